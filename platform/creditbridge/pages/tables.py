"""Tables: columns declared once, shown on the page and written to a file from the same declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import request, url_for

from creditbridge.kernel.words import Words
from creditbridge.pages.filters import FORMATS, NOTHING
from creditbridge.pages.i18n import say

NUMERIC: Final = frozenset({"number", "amount", "exact", "rate", "percent"})
DATED: Final = frozenset({"day", "moment"})
SHORTEST_LINE: Final = 8
"""Signs of a text that never breaks over two lines: a type, a channel, a town."""
LONGEST_CODE: Final = 24
"""Signs of a code (contract number, public id) that never breaks either."""
LONGEST_PHRASE: Final = 80
"""Widths of a Latin letter beyond which a text's column is given room, so that no cell is many lines tall."""
LONGEST_POSITION: Final = 15
"""Digits of a number that either database still takes for a key or an offset."""


def _measure(text: str) -> int:
    """How wide a text is, in Latin letters: a Chinese sign is as wide as two."""
    return sum(1 if sign.isascii() else 2 for sign in text)


@dataclass(frozen=True, slots=True)
class Empty:
    """What to say where there is nothing, and the next step."""

    title: str
    text: str = ""
    action_label: str | None = None
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``key``: attribute or key of a row, and the name it is sorted by in the address.

    ``kind``: text, number, amount (fen), exact (fen), rate (ppm), percent (ppm), day, moment, state (Words).
    ``value``, ``href``, ``tone`` and ``note`` are asked per row; ``total`` is shown at the foot.
    """

    key: str
    label: str
    kind: str = "text"
    sort: bool = False
    value: Callable[[Any], Any] | None = None
    href: Callable[[Any], str | None] | None = None
    tone: Callable[[Any], str] | None = None
    note: Callable[[Any], str | None] | None = None
    total: Any = None

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    def setting(self, value: Any) -> str:
        """The class of a cell: how its value is set. Short words and codes stay on one line where there is room."""
        if self.numeric:
            return "num" if value is not None else "num nothing"
        shown = self.shown(value)
        is_code = shown.isascii() and " " not in shown and len(shown) <= LONGEST_CODE
        if self.kind in DATED or is_code or len(shown) <= SHORTEST_LINE:
            return "nowrap"
        return "long" if _measure(shown) > LONGEST_PHRASE else "phrase"

    def of(self, row: Any) -> Any:
        """The cell's value, typed, as a file export needs it."""
        if self.value is not None:
            return self.value(row)
        return row.get(self.key) if isinstance(row, Mapping) else getattr(row, self.key)

    def shown(self, value: Any) -> str:
        if value is None or value == "":
            return NOTHING
        write = FORMATS.get(self.kind)
        return str(write(value)) if write is not None else say(value)


@dataclass(slots=True)
class Table:
    """Rows with their columns. ``queue`` lets j, k and Enter walk the rows; the first link of a row is opened."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    caption: str | Words
    empty: Empty | None = None
    next_cursor: str | None = None
    export_url: str | None = None
    queue: bool = False
    hide_caption: bool = True
    id: str = "table"
    sorted_by: str = field(default_factory=lambda: request.args.get("sort", ""))

    @property
    def has_totals(self) -> bool:
        return any(column.total is not None for column in self.columns)

    def direction(self, column: Column) -> str | None:
        """``ascending``, ``descending`` or None, as ``aria-sort`` has it."""
        if self.sorted_by == column.key:
            return "ascending"
        return "descending" if self.sorted_by == f"-{column.key}" else None

    def sort_url(self, column: Column) -> str:
        """The other direction; figures begin with the largest."""
        descending_next = (
            column.numeric if self.direction(column) is None else self.direction(column) == "ascending"
        )
        return query_url(sort=f"-{column.key}" if descending_next else column.key, cursor=None)

    @property
    def next_url(self) -> str | None:
        return query_url(cursor=self.next_cursor) if self.next_cursor else None


def query_url(**changes: str | None) -> str:
    """This page's address with some query parameters changed, or taken out by None."""
    query: dict[str, Any] = {name: request.args.getlist(name) for name in request.args if name not in changes}
    query.update({name: value for name, value in changes.items() if value is not None})
    return url_for(request.endpoint or "static", **{**(request.view_args or {}), **query})


def asked_position() -> int | None:
    """The place in a list that the address asks for, by a number; None for the first page, and for nonsense."""
    text = request.args.get("cursor", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION else None
