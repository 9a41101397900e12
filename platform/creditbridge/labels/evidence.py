"""What a label rests on: records by their number, a value, an age, or that there is no record of a kind. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
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

    def as_text(self) -> str:
        """That form as the text that is stored. A run says it of every label of a city."""
        if self.kind != "records" or self.latest_on is None:
            return _text_of(self)
        numbers = ", ".join(map(str, self.record_nos))
        months = "" if self.months is None else f', "months": {self.months}'
        return (
            f'{{"kind": "records", "codes": {_codes(self.codes)}, "value": {self.value}, '
            f'"record_nos": [{numbers}], "latest_on": "{self.latest_on.isoformat()}"{months}}}'
        )

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


_encoded = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(maxsize=16_384)
def _text_of(evidence: Evidence) -> str:
    return _encoded(evidence.to_json())


@lru_cache(maxsize=4_096)
def _codes(codes: tuple[str, ...]) -> str:
    return _encoded(codes)
