"""What is laid over a record without changing it: disputed, repaired, corrected, expired. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbridge.kernel.words import Words


class OverlayKind(StrEnum):
    """Why a record no longer counts as it was delivered."""

    DISPUTED = "disputed"
    REPAIRED = "repaired"
    CORRECTED = "corrected"
    EXPIRED = "expired"


OVERLAY_WORDS: Mapping[OverlayKind, Words] = {
    OverlayKind.DISPUTED: Words("异议处理中", "Disputed"),
    OverlayKind.REPAIRED: Words("已修复", "Repaired"),
    OverlayKind.CORRECTED: Words("已更正", "Corrected"),
    OverlayKind.EXPIRED: Words("已到期", "Expired"),
}


@dataclass(frozen=True, slots=True)
class Overlay:
    """One overlay. It holds from ``from_on`` on, and no longer once ``until_on`` has come.

    Disputed, repaired and expired records do not count. A corrected one counts with the values given here, or not at
    all where it was ``withdrawn``. ``number`` and ``ended_number`` are its steps, for looking back.
    """

    number: int
    record_no: int
    firm_no: int
    kind: OverlayKind
    from_on: date
    until_on: date | None = None
    ended_number: int | None = None
    withdrawn: bool = False
    occurred_on: int | None = None
    ends_on: int | None = None
    value: int | None = None
    severity: int | None = None

    def holds_on(self, day: date, limit: int = 2**63 - 1) -> bool:
        """Whether it holds on a day, as far as was known before the step ``limit``."""
        if self.number >= limit or day < self.from_on:
            return False
        if self.ended_number is not None and self.ended_number < limit:
            return self.until_on is not None and day < self.until_on
        return True

    def corrections(self) -> Mapping[str, int]:
        """The columns that a correction changes."""
        given = {
            "occurred_on": self.occurred_on,
            "ends_on": self.ends_on,
            "value": self.value,
            "severity": self.severity,
        }
        return {name: value for name, value in given.items() if value is not None}
