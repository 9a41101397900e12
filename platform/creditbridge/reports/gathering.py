"""What a report counts, read from the rooms that know it: facts, labels and the lake."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel.errors import InvalidInput
from creditbridge.labels import service as labels
from creditbridge.labels.catalogue import Category
from creditbridge.records import manifest
from creditbridge.records.catalogue import numbered
from creditbridge.records.columns import day_number
from creditbridge.registry import industries
from creditbridge.registry.readings import FirmStatus
from creditbridge.reports.rules import GRADES, Standing

_ENDED = frozenset(
    {
        FirmStatus.LICENCE_REVOKED.value,
        FirmStatus.DEREGISTERED.value,
        FirmStatus.REGISTRATION_CANCELLED.value,
        FirmStatus.MOVED_OUT.value,
    }
)


def standings(session: Session) -> Iterator[Standing]:
    """Every firm registered here, as its facts have it."""
    for _firm_id, held in facts.all_facts(session):
        yield Standing(
            held.firm_no,
            _division(_code(held, "industry")),
            _code(held, "platform_grade"),
            _code(held, "firm_size"),
            _code(held, "registration_status") not in _ENDED,
        )


def _code(held: FirmFacts, fact: str) -> str | None:
    known = held.values.get(fact)
    return str(known.value) if known is not None else None


def _division(code: str | None) -> str:
    """The division of an industry, its section where no division is told, or nothing."""
    if code is None:
        return ""
    try:
        return industries.division_of(code) or industries.section_of(code)
    except InvalidInput:
        return ""


def adverse_records(session: Session, first: date, last: date) -> dict[int, int]:
    """How many adverse records of each firm were received in these days, as they count today."""
    lake = manifest.opened(session)
    adverse = np.array([item.is_adverse for item in numbered()], np.bool_)
    found: dict[int, int] = {}
    for bucket in lake.files:
        records = lake.read(bucket, last + timedelta(days=1))
        chosen = adverse[records.item]
        chosen &= (records.received_on >= day_number(first)) & (records.received_on <= day_number(last))
        firms, counts = np.unique(records.firm_no[chosen], return_counts=True)
        found.update(zip(firms.tolist(), counts.tolist(), strict=True))
    return found


def new_risks(session: Session, first: date, last: date) -> dict[int, list[str]]:
    """The risk labels each firm was newly given in these days, by its number."""
    found: dict[int, list[str]] = defaultdict(list)
    for firm_no, code in labels.given_between(session, Category.RISK, first, last):
        found[firm_no].append(code)
    return found


def packed(firms: Mapping[int, str | None]) -> bytes:
    """The grade of each firm by its number, one byte a firm: 0 for none."""
    grades = np.zeros(max(firms, default=-1) + 1, np.uint8)
    for number, grade in firms.items():
        grades[number] = GRADES.index(grade) + 1 if grade in GRADES else 0
    return zlib.compress(grades.tobytes())


def unpacked(content: bytes) -> dict[int, str]:
    """The grades of the firms that had one."""
    grades = np.frombuffer(zlib.decompress(content), np.uint8)
    return {int(number): GRADES[grades[number] - 1] for number in np.flatnonzero(grades)}
