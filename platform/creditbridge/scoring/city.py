"""Every firm of the city with its records, part by part, as indicators are worked out from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.kernel.errors import InvalidInput
from creditbridge.records import manifest
from creditbridge.records.buckets import BUCKETS, buckets_of
from creditbridge.records.columns import NO_DAY, RecordColumns, day_number
from creditbridge.registry import industries
from creditbridge.registry.model import Firm
from creditbridge.scoring.columns import (
    DIVISION_CODES,
    KIND_CODES,
    SECTION_CODES,
    SIZE_CODES,
    UNKNOWN,
    FirmColumns,
    capital_in_fen,
)

FIRMS_IN_A_PART = 8_192


def parts_of(session: Session, on: date) -> Iterator[tuple[RecordColumns, FirmColumns]]:
    """The city's firms with the records that count on a day. What the lake holds of firms not registered is left out."""
    firms = registered(session)
    lake = manifest.opened(session)
    bucket_of = buckets_of(firms.firm_no)
    held: list[RecordColumns] = []
    taken = np.zeros(len(firms), dtype=np.bool_)
    for bucket in range(BUCKETS):
        held.append(lake.read(bucket, on))
        taken |= bucket_of == bucket
        if np.count_nonzero(taken) >= FIRMS_IN_A_PART or bucket == BUCKETS - 1:
            some = firms.taken(taken)
            records = RecordColumns.joined(held)
            yield records.taken(np.isin(records.firm_no, some.firm_no)), some
            held.clear()
            taken[:] = False


def registered(session: Session) -> FirmColumns:
    """What the register and the facts say of every firm."""
    sizes = facts.values_of(session, "firm_size")
    rows = session.execute(
        select(
            Firm.id,
            Firm.firm_no,
            Firm.industry_code,
            Firm.entity_kind,
            Firm.established_on,
            Firm.region_code,
            Firm.capital_minor,
            Firm.capital_currency,
        ).order_by(Firm.firm_no)
    ).all()
    industry = [_industry(row.industry_code) for row in rows]
    return FirmColumns.of(
        {
            "firm_no": [row.firm_no for row in rows],
            "section": [section for section, _ in industry],
            "division": [division for _, division in industry],
            "size": [SIZE_CODES.get(sizes.get(row.id, ""), UNKNOWN) for row in rows],
            "entity_kind": [KIND_CODES.get(row.entity_kind, UNKNOWN) for row in rows],
            "established_on": [
                day_number(row.established_on) if row.established_on else NO_DAY for row in rows
            ],
            "region": [int(row.region_code or UNKNOWN) for row in rows],
            "capital": [capital_in_fen(row.capital_minor, row.capital_currency) for row in rows],
        }
    )


def _industry(code: str | None) -> tuple[int, int]:
    """Section and division; unknown where the register says none or a strange one."""
    try:
        division = industries.division_of(code) if code else None
        section = industries.section_of(code) if code else None
    except InvalidInput:
        return UNKNOWN, UNKNOWN
    return SECTION_CODES.get(section or "", UNKNOWN), DIVISION_CODES.get(division or "", UNKNOWN)
