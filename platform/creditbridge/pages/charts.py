"""Charts as numbers ready for inline SVG: few, labelled directly, readable in grey, with their figures beside.

Positions are computed here, in whole units of a fixed drawing box; the macros only write them down. The content
security policy allows no style attributes, so colours are classes and sizes are SVG attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from creditbridge.kernel.words import Words
from creditbridge.pages.filters import FORMATS, NOTHING
from creditbridge.pages.i18n import say

HEIGHT: Final = 220
_MARGIN: Final = 1
"""Per cent of the width kept free at either end, so that the end points are drawn whole."""
_TOP: Final = 28
_BOTTOM: Final = 32
_SHARES: Final = 6
"""Kinds of filling for the parts of a whole; each has its own grey and hatching."""


def _write(kind: str, value: int | None) -> str:
    return NOTHING if value is None else str(FORMATS[kind](value))


@dataclass(frozen=True, slots=True)
class Bar:
    """One labelled figure, leading to its rows. A value of None (hidden, or not known) shows as a dash."""

    label: str | Words
    value: int | None
    href: str | None = None
    note: str | Words | None = None

    @property
    def text(self) -> str:
        return say(self.label)


@dataclass(frozen=True, slots=True)
class DrawnBar:
    label: str
    shown: str
    length: int
    href: str | None
    note: str = ""
    start: int = 0
    share: str = ""
    filling: int = 0


@dataclass(frozen=True, slots=True)
class BarChart:
    """Horizontal bars from a common zero."""

    title: str
    bars: Sequence[Bar]
    kind: str = "number"
    label_heading: str | None = None
    value_heading: str | None = None

    @property
    def drawn(self) -> list[DrawnBar]:
        most = max((abs(bar.value or 0) for bar in self.bars), default=0) or 1
        return [
            DrawnBar(bar.text, _write(self.kind, bar.value), _part(bar.value, most), bar.href, say(bar.note))
            for bar in self.bars
        ]


def _part(value: int | None, whole: int, length: int = 1000) -> int:
    """A length in thousandths of the box; something that is there is never invisible."""
    if not value or value < 0:
        return 0
    return max(4, round(value * length / whole))


@dataclass(frozen=True, slots=True)
class Funnel(BarChart):
    """Steps of a process, each with its share of the one before."""

    @property
    def drawn(self) -> list[DrawnBar]:
        most = max((bar.value or 0 for bar in self.bars), default=0) or 1
        found: list[DrawnBar] = []
        before: int | None = None
        for bar in self.bars:
            share = _share(bar.value, before) if before else ""
            found.append(
                DrawnBar(
                    bar.text,
                    _write(self.kind, bar.value),
                    _part(bar.value, most),
                    bar.href,
                    say(bar.note),
                    share=share,
                )
            )
            before = bar.value
        return found


def _share(part: int | None, whole: int | None) -> str:
    return "" if part is None or not whole else str(FORMATS["percent"](round(part * 1_000_000 / whole)))


@dataclass(frozen=True, slots=True)
class ShareBar(BarChart):
    """One bar cut into the parts of a whole."""

    @property
    def drawn(self) -> list[DrawnBar]:
        whole = sum(bar.value or 0 for bar in self.bars) or 1
        found: list[DrawnBar] = []
        start = 0
        for place, bar in enumerate(self.bars):
            length = round((bar.value or 0) * 1000 / whole)
            found.append(
                DrawnBar(
                    bar.text, _write(self.kind, bar.value), length, bar.href, say(bar.note),
                    start=start, share=_share(bar.value, whole), filling=place % _SHARES + 1,
                )
            )  # fmt: skip
            start += length
        return found


@dataclass(frozen=True, slots=True)
class DrawnPoint:
    label: str
    shown: str
    x: str
    y: int | None
    anchor: str
    naming: str


@dataclass(frozen=True, slots=True)
class Segment:
    x1: str
    y1: int
    x2: str
    y2: int


@dataclass(frozen=True, slots=True)
class Gridline:
    y: int
    shown: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """One series over ordered points (months, days). A missing value breaks the line.

    Across, positions are per cent of the width, so that the drawing stretches and its letters do not.
    """

    title: str
    points: Sequence[tuple[str | Words, int | None]]
    kind: str = "number"
    label_heading: str | None = None
    value_heading: str | None = None
    height: int = HEIGHT

    @property
    def base(self) -> int:
        return self.height - _BOTTOM

    @property
    def _top(self) -> int:
        return _nice_top(max((value or 0 for _, value in self.points), default=0))

    def _y(self, value: int) -> int:
        return round(self.base - value * (self.base - _TOP) / self._top)

    @property
    def drawn(self) -> list[DrawnPoint]:
        last = len(self.points) - 1
        return [
            DrawnPoint(
                say(label),
                _write(self.kind, value),
                f"{_MARGIN + place * (100 - 2 * _MARGIN) / max(1, last):.2f}%",
                None if value is None else self._y(value),
                "end" if place == last > 0 else "start" if place == 0 < last else "middle",
                _naming(last - place, last + 1),
            )
            for place, (label, value) in enumerate(self.points)
        ]

    @property
    def segments(self) -> list[Segment]:
        points = self.drawn
        return [
            Segment(one.x, one.y, two.x, two.y)
            for one, two in pairwise(points)
            if one.y is not None and two.y is not None
        ]

    @property
    def grid(self) -> list[Gridline]:
        top = self._top
        return [Gridline(self._y(value), _write(self.kind, value)) for value in (0, top // 2, top)]


def _naming(from_last: int, count: int) -> str:
    """Whether a point's name stands under the axis: ``always``, only where there is room (``wide``), or ``never``.

    Counted from the last point, which is the one people look for.
    """
    every = max(1, -(-count // 6))
    if from_last % (2 * every) == 0:
        return "always"
    return "wide" if from_last % every == 0 else "never"


def _nice_top(most: int) -> int:
    """The next of 2, 4, 6, 8, 10 times a power of ten: an axis people can halve in their heads."""
    if most <= 2:
        return 2
    power = int(10 ** (len(str(most)) - 1))
    for factor in (1, 2, 4, 6, 8, 10):
        if factor * power >= most and factor * power % 2 == 0:
            return factor * power
    return 10 * power
