"""What the register says of every firm, as columns: what scoring and labels read of a firm besides its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.kernel.errors import InvalidInput
from creditbridge.labels.columns import Column
from creditbridge.records.columns import NO_DAY, day_number
from creditbridge.registry import industries
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import EntityKind
from creditbridge.scoring.columns import (
    DIVISION_CODES,
    KIND_CODES,
    SECTION_CODES,
    SIZE_CODES,
    UNKNOWN,
    FirmColumns,
    capital_in_fen,
)

_NONE = -1
_SECTION, _DIVISION, _SIZE, _KIND, _ESTABLISHED, _REGION, _INDUSTRY, _CAPITAL = range(8)
_LONGEST_CODE = 7


@dataclass(frozen=True, slots=True)
class Coded:
    """One property of every firm as a place among its codes; -1 where it is not known."""

    places: NDArray[np.int32]
    codes: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Coded:
        codes = tuple(sorted({value for value in values if value}))
        place = {code: number for number, code in enumerate(codes)}
        return cls(np.array([place.get(value or "", _NONE) for value in values], np.int32), codes)

    def taken(self, which: NDArray[Any]) -> Coded:
        return Coded(self.places[which], self.codes)

    def column(self) -> Column:
        """As labels read it."""
        return Column(self.places.clip(0).astype(np.int64), self.places != _NONE, self.codes)

    def mapped(self, numbers: Sequence[int], dtype: str) -> NDArray[Any]:
        """Each firm's code as a number of another list; 0 where it is not known."""
        table = np.array([*numbers, UNKNOWN], dtype)
        return table[self.places]


@dataclass(frozen=True, slots=True)
class Registrations:
    """Firms by rising ``firm_no``, with their keys and public ids; days are counted from 1970-01-01.

    ``capital`` is the registered capital in fen, 0 where it is not known or not in yuan.
    """

    firm_no: NDArray[np.uint32]
    firm_id: NDArray[np.int64]
    industry: Coded
    region: Coded
    kind: Coded
    size: Coded
    established_on: NDArray[np.int32]
    capital: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.firm_no)

    def taken(self, which: NDArray[Any]) -> Registrations:
        """The firms a mask selects."""
        parts: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            parts[field.name] = value.taken(which) if isinstance(value, Coded) else value[which]
        return Registrations(**parts)

    def columns(self) -> FirmColumns:
        """As scoring reads them."""
        numbers = [_industry_numbers(code) for code in self.industry.codes]
        return FirmColumns.of(
            {
                "firm_no": self.firm_no,
                "section": self.industry.mapped([one[0] for one in numbers], "u1"),
                "division": self.industry.mapped([one[1] for one in numbers], "u1"),
                "size": self.size.mapped([SIZE_CODES.get(code, UNKNOWN) for code in self.size.codes], "u1"),
                "entity_kind": self.kind.mapped(
                    [KIND_CODES.get(code, UNKNOWN) for code in self.kind.codes], "u1"
                ),
                "established_on": self.established_on,
                "region": self.region.mapped([int(code) for code in self.region.codes], "i4"),
                "capital": self.capital,
            }
        )

    def stated(self) -> NDArray[np.int64]:
        """All of it as numbers that can be kept: section, division, size, kind, founding, region, industry, capital.

        The industry's code stands in the bytes of its number.
        """
        firms = self.columns()
        packed = self.industry.mapped([_packed(code) for code in self.industry.codes], "i8")
        columns = (
            firms.section,
            firms.division,
            firms.size,
            firms.entity_kind,
            firms.established_on,
            firms.region,
        )
        return np.stack([*(column.astype(np.int64) for column in columns), packed, firms.capital], axis=1)

    def as_stated(self, stated: NDArray[np.int64]) -> Registrations:
        """The same firms as they were registered when :meth:`stated` said so; earlier runs stated no capital."""
        none = np.full(len(stated), UNKNOWN, np.int64)
        size, kind = (
            [_code_of(numbers, number) for number in stated[:, place].tolist()]
            for numbers, place in ((SIZE_CODES, _SIZE), (KIND_CODES, _KIND))
        )
        return Registrations(
            self.firm_no,
            self.firm_id,
            industry=Coded.of([_unpacked(number) for number in stated[:, _INDUSTRY].tolist()]),
            region=Coded.of([f"{number:06}" if number else None for number in stated[:, _REGION].tolist()]),
            kind=Coded.of(kind),
            size=Coded.of(size),
            established_on=stated[:, _ESTABLISHED].astype(np.int32),
            capital=stated[:, _CAPITAL] if stated.shape[1] > _CAPITAL else none,
        )

    def facts(self) -> dict[str, Column]:
        """As labels read them, by fact."""
        known = self.established_on != NO_DAY
        coded = {
            "industry": self.industry,
            "registered_region": self.region,
            "entity_kind": self.kind,
            "firm_size": self.size,
        }
        return {
            **{name: one.column() for name, one in coded.items() if one.codes},
            "established_on": Column(np.where(known, self.established_on, 0).astype(np.int64), known),
            "registered_capital": Column(self.capital, self.capital != UNKNOWN),
        }


def _packed(code: str) -> int:
    return int.from_bytes(code.encode(), "big")


def _unpacked(number: int) -> str | None:
    return number.to_bytes(_LONGEST_CODE, "big").lstrip(b"\0").decode() or None


def _code_of(numbers: Mapping[str, int], number: int) -> str | None:
    return next((code for code, one in numbers.items() if one == number), None)


def _industry_numbers(code: str) -> tuple[int, int]:
    try:
        division = industries.division_of(code)
        return SECTION_CODES[industries.section_of(code)], DIVISION_CODES[division] if division else UNKNOWN
    except (InvalidInput, KeyError):
        return UNKNOWN, UNKNOWN


def read(session: Session, firm_nos: Iterable[int] | None = None) -> Registrations:
    """The firms with these numbers, or all of them."""
    statement = select(
        Firm.firm_no,
        Firm.id,
        Firm.industry_code,
        Firm.region_code,
        Firm.entity_kind,
        Firm.established_on,
        Firm.capital_minor,
        Firm.capital_currency,
    ).order_by(Firm.firm_no)
    if firm_nos is not None:
        statement = statement.where(Firm.firm_no.in_(list(firm_nos)))
    rows = session.execute(statement).all()
    keys = [row.id for row in rows]
    sizes = facts.values_of(session, "firm_size", keys if firm_nos is not None else None)
    return Registrations(
        firm_no=np.array([row.firm_no for row in rows], np.uint32),
        firm_id=np.array(keys, np.int64),
        industry=Coded.of([row.industry_code for row in rows]),
        region=Coded.of([row.region_code for row in rows]),
        kind=Coded.of([None if row.entity_kind == EntityKind.UNKNOWN else row.entity_kind for row in rows]),
        size=Coded.of([sizes.get(key) for key in keys]),
        established_on=np.array(
            [NO_DAY if row.established_on is None else day_number(row.established_on) for row in rows],
            np.int32,
        ),
        capital=np.array([capital_in_fen(row.capital_minor, row.capital_currency) for row in rows], np.int64),
    )
