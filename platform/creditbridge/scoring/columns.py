"""What scoring reads of firms and what it answers, as columns over firms.

:class:`FirmColumns` says what the register knows of each firm, as codes; :class:`IndicatorTable` holds the value of
each indicator of each firm with a mask of what is known. Both stand in the order of ``firm_no``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.records.columns import NO_DAY
from creditbridge.registry import industries
from creditbridge.registry.readings import EntityKind
from creditbridge.registry.sizes import Size

UNKNOWN = 0
"""The code of a property the register does not say."""

SECTION_CODES: Mapping[str, int] = {one.code: number for number, one in enumerate(industries.sections(), 1)}
"""A letter of the standard to its code: A is 1."""
DIVISION_CODES: Mapping[str, int] = {one.code: int(one.code) for one in industries.divisions()}
"""A division's two digits as a number."""
SIZE_CODES: Mapping[str, int] = {size.value: number for number, size in enumerate(reversed(Size), 1)}
"""micro 1, small 2, medium 3, large 4."""
KIND_CODES: Mapping[str, int] = {
    kind.value: number for number, kind in enumerate((kind for kind in EntityKind if kind != "unknown"), 1)
}

_DTYPES = {
    "firm_no": "u4",
    "section": "u1",
    "division": "u1",
    "size": "u1",
    "entity_kind": "u1",
    "established_on": "i4",
    "region": "i4",
    "capital": "i8",
}


@dataclass(frozen=True, slots=True)
class FirmColumns:
    """Firms by rising ``firm_no``. Codes are those above, a region its six digits, 0 what is not known.

    ``capital`` is the registered capital in fen, where it is in yuan.
    """

    firm_no: NDArray[np.uint32]
    section: NDArray[np.uint8]
    division: NDArray[np.uint8]
    size: NDArray[np.uint8]
    entity_kind: NDArray[np.uint8]
    established_on: NDArray[np.int32]
    region: NDArray[np.int32]
    capital: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.firm_no.shape[0])

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> FirmColumns:
        """Columns from arrays or lists, brought to their types; a property left out is known of no firm.

        Raises:
            ValueError: if they differ in length or the numbers do not rise.
        """
        count = len(columns["firm_no"])
        nothing = {"established_on": NO_DAY}
        typed = {
            name: np.asarray(columns.get(name, np.full(count, nothing.get(name, UNKNOWN))), dtype)
            for name, dtype in _DTYPES.items()
        }
        if any(array.shape != (count,) for array in typed.values()):
            raise ValueError("the columns differ in length")
        if count > 1 and not np.all(typed["firm_no"][1:] > typed["firm_no"][:-1]):
            raise ValueError("firm_no must rise")
        return cls(**typed)

    def taken(self, which: NDArray[Any] | slice) -> FirmColumns:
        return FirmColumns(**{field.name: getattr(self, field.name)[which] for field in fields(self)})


def capital_in_fen(minor: int | None, currency: str | None) -> int:
    """A registered capital as columns hold it: in fen; unknown in another currency, which is not converted."""
    return minor if minor is not None and currency == "CNY" else UNKNOWN


@dataclass(frozen=True)
class IndicatorTable:
    """The value of each indicator of each firm on a day.

    Attributes:
        on: the day.
        firm_no: u4, the rows.
        codes: the indicators, the columns.
        values: i8 [firms, indicators]; 0 where not known. Stored column by column.
        known: bool, the same shape.
        parts: the parts of the catalogue, and ``applies``, bool [firms, parts], to which of them a firm belongs.
        next_change_on: i4, the first later day on which a value may change without a new record; NO_DAY for never.
            It may come early, it never comes late.
    """

    on: date
    firm_no: NDArray[np.uint32]
    codes: tuple[str, ...]
    values: NDArray[np.int64]
    known: NDArray[np.bool_]
    parts: tuple[str, ...]
    applies: NDArray[np.bool_]
    next_change_on: NDArray[np.int32]

    def __len__(self) -> int:
        return int(self.firm_no.shape[0])

    @cached_property
    def positions(self) -> Mapping[str, int]:
        return {code: position for position, code in enumerate(self.codes)}

    def column(self, code: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """An indicator's values over the firms, and which of them are known."""
        position = self.positions[code]
        return self.values[:, position], self.known[:, position]

    def of_firm(self, row: int) -> dict[str, int | None]:
        """One firm's values by code; None is not known."""
        return {
            code: int(self.values[row, position]) if self.known[row, position] else None
            for code, position in self.positions.items()
        }
