"""What a label rests on: records by their number, a value, an age, or that there is no record of a kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

MOST_RECORDS = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence. ``kind`` is records, no_records, indicator, fact or age; the others as the kind needs."""

    kind: str
    codes: tuple[str, ...]
    value: int | str | None = None
    record_nos: tuple[int, ...] = ()
    latest_on: date | None = None
    months: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The short form that is stored: what is empty is left out."""
        full = {
            "kind": self.kind,
            "codes": list(self.codes),
            "value": self.value,
            "record_nos": list(self.record_nos),
            "latest_on": self.latest_on.isoformat() if self.latest_on else None,
            "months": self.months,
        }
        return {name: value for name, value in full.items() if value not in (None, [])}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        latest = data.get("latest_on")
        return cls(
            data["kind"],
            tuple(data.get("codes", ())),
            data.get("value"),
            tuple(data.get("record_nos", ())),
            date.fromisoformat(latest) if latest else None,
            data.get("months"),
        )
