"""Records of firms as columns: what indicators, labels and repairs read, and the order they may rely on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

NO_DAY: Final = 2**31 - 1
"""``ends_on`` of what has not ended."""
NO_VALUE: Final = -(2**63)
"""``value`` of a record without one."""
EPOCH: Final = date(1970, 1, 1)

Starts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DTYPES: Final[Mapping[str, str]] = {
    "firm_no": "u4",
    "item": "u2",
    "occurred_on": "i4",
    "ends_on": "i4",
    "value": "i8",
    "severity": "u1",
    "received_on": "i4",
    "record_no": "i8",
}


def day_number(day: date) -> int:
    """A legal date as columns hold it: days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date | None:
    """The date of a column's day; None for :data:`NO_DAY`."""
    return None if number == NO_DAY else EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """Records sorted by firm_no, then occurred_on, then record_no.

    Attributes:
        firm_no: u4, the firm.
        item: u2, the number of the credit item.
        occurred_on: i4, days since 1970-01-01, a legal date.
        ends_on: i4, the first day on which it no longer holds; :data:`NO_DAY` while it is open.
        value: i8, by the item's kind; :data:`NO_VALUE` for none.
        severity: u1, 0 none, 1 minor, 2 general, 3 serious.
        received_on: i4, the day the platform took it.
        record_no: i8, the record's number in the lake.
    """

    firm_no: npt.NDArray[np.uint32]
    item: npt.NDArray[np.uint16]
    occurred_on: npt.NDArray[np.int32]
    ends_on: npt.NDArray[np.int32]
    value: npt.NDArray[np.int64]
    severity: npt.NDArray[np.uint8]
    received_on: npt.NDArray[np.int32]
    record_no: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.firm_no.shape[0])

    @classmethod
    def empty(cls) -> RecordColumns:
        return cls(**{name: np.empty(0, dtype) for name, dtype in DTYPES.items()})

    @classmethod
    def of(cls, columns: Mapping[str, npt.ArrayLike]) -> RecordColumns:
        """Columns from arrays or lists of one length, brought to their types and into order."""
        typed: dict[str, Any] = {name: np.asarray(columns[name], dtype) for name, dtype in DTYPES.items()}
        if len({array.shape for array in typed.values()}) > 1:
            raise ValueError("the columns differ in length")
        return cls(**typed).ordered()

    @classmethod
    def joined(cls, parts: Iterable[RecordColumns]) -> RecordColumns:
        """Several sets of records as one, in order."""
        filled = [part for part in parts if len(part)]
        if len(filled) < 2:
            return filled[0] if filled else cls.empty()
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in filled]) for name in DTYPES}
        ).ordered()

    def ordered(self) -> RecordColumns:
        """The same records in the order above; itself where they already are."""
        if self.is_ordered():
            return self
        return self.taken(np.lexsort((self.record_no, self.occurred_on, self.firm_no)))

    def is_ordered(self) -> bool:
        if len(self) < 2:
            return True
        firm, day, number = self.firm_no, self.occurred_on, self.record_no
        later = number[1:] >= number[:-1]
        later = (day[1:] > day[:-1]) | ((day[1:] == day[:-1]) & later)
        return bool(np.all((firm[1:] > firm[:-1]) | ((firm[1:] == firm[:-1]) & later)))

    def taken(self, which: npt.NDArray[Any] | slice) -> RecordColumns:
        """The records a mask, a list of places or a slice selects; the caller keeps the order."""
        return RecordColumns(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def of_firms(self, firm_nos: npt.ArrayLike) -> Starts:
        """Where the records of each firm begin: int64[len + 1] offsets for loops by firm.

        ``firm_nos`` must rise, and must hold every firm of the records; one without records has an empty stretch.
        """
        wanted = np.asarray(firm_nos, dtype=np.uint32)
        starts = np.empty(wanted.shape[0] + 1, dtype=np.int64)
        starts[:-1] = np.searchsorted(self.firm_no, wanted, side="left")
        starts[-1] = len(self)
        return starts
