"""By what credit lines are told apart and counted, and a selection of them as it stands in an address. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from creditbridge.kernel.words import Words
from matching.lines.rules import LineSource, LineState

UNKNOWN = "unknown"
"""The key of what a line does not say: no grade was known, no branch or product was named."""


class Dimension(StrEnum):
    LENDER = "lender"
    BRANCH = "branch"
    PRODUCT = "product"
    GRADE = "grade"
    SECTION = "section"
    DIVISION = "division"
    SIZE = "size"
    TOWN = "town"
    MONTH = "month"
    KIND = "kind"


DIMENSION_WORDS: Mapping[Dimension, Words] = {
    Dimension.LENDER: Words("金融机构", "Lender"),
    Dimension.BRANCH: Words("网点", "Branch"),
    Dimension.PRODUCT: Words("产品", "Product"),
    Dimension.GRADE: Words("信用等级", "Credit grade"),
    Dimension.SECTION: Words("行业门类", "Industry section"),
    Dimension.DIVISION: Words("行业大类", "Industry division"),
    Dimension.SIZE: Words("企业规模", "Firm size"),
    Dimension.TOWN: Words("所在区镇", "Town"),
    Dimension.MONTH: Words("授信月份", "Month of grant"),
    Dimension.KIND: Words("授信类型", "Kind of grant"),
}


class Mark(StrEnum):
    """Yes-or-no marks of a grant that shares are told of."""

    FIRST_TIME = "first_time"
    UNSECURED = "unsecured"
    INCLUSIVE = "inclusive"


MARK_WORDS: Mapping[Mark, Words] = {
    Mark.FIRST_TIME: Words("首贷", "First-time borrowers"),
    Mark.UNSECURED: Words("信用贷款", "Unsecured"),
    Mark.INCLUSIVE: Words("普惠小微", "Inclusive, small and micro"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which lines are meant. ``picked`` holds one key a dimension; the dates are of the grant, both inclusive."""

    granted_from: date | None = None
    granted_to: date | None = None
    picked: Mapping[Dimension, str] = field(default_factory=dict)
    marks: frozenset[Mark] = frozenset()
    state: LineState | None = None
    source: LineSource | None = None
    text: str = ""

    def pick(self, dimension: Dimension, key: str) -> Selection:
        """The part of this selection that lies under one key."""
        return replace(self, picked={**self.picked, dimension: key})

    def mark(self, mark: Mark) -> Selection:
        return replace(self, marks=self.marks | {mark})

    def as_query(self) -> dict[str, Any]:
        """The parameters of an address that says the same."""
        said = {
            "from": self.granted_from.isoformat() if self.granted_from else "",
            "to": self.granted_to.isoformat() if self.granted_to else "",
            **{dimension.value: key for dimension, key in self.picked.items()},
            **{mark.value: "1" for mark in Mark if mark in self.marks},
            "state": self.state.value if self.state else "",
            "source": self.source.value if self.source else "",
            "text": self.text,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def is_empty(self) -> bool:
        return not self.as_query()


QUERY_NAMES = ("from", "to", *Dimension, *Mark, "state", "source", "text")
MAX_KEY = 64
MAX_TEXT = 80
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)


def read_selection(asked: Mapping[str, str]) -> Selection:
    """A selection from an address; what cannot be read counts as not asked."""
    state, source = asked.get("state", ""), asked.get("source", "")
    picked = {
        dimension: key
        for dimension in Dimension
        if (key := asked.get(dimension.value, "").strip()) and len(key) <= MAX_KEY and "\0" not in key
    }
    return Selection(
        granted_from=_day(asked.get("from", "")),
        granted_to=_day(asked.get("to", "")),
        picked=picked,
        marks=frozenset(mark for mark in Mark if asked.get(mark.value) == "1"),
        state=LineState(state) if state in list(LineState) else None,
        source=LineSource(source) if source in list(LineSource) else None,
        text=asked.get("text", "").replace("\0", "").strip()[:MAX_TEXT],
    )


def month_number(key: str) -> int | None:
    """``2026-11`` as 202611; None for what is no month."""
    found = _MONTH.fullmatch(key)
    return int(found[1]) * 100 + int(found[2]) if found else None


def month_key(number: int) -> str:
    """202611 as ``2026-11``."""
    return f"{number // 100}-{number % 100:02d}"


def _day(text: str) -> date | None:
    """A date, unless its year is a typing mistake: at the ends of the calendar there is no room to reckon."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 1900 <= day.year <= 2999 else None
