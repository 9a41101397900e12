"""A radar: a few sides of one thing on axes from a common centre, beside what is usual, as numbers for inline SVG.

The own figure is a filled shape, what is usual a dashed outline, so that they are told apart without colour. A side that
is not known has no corner, and is said to be unknown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from creditbridge.kernel.words import Words
from creditbridge.pages.filters import NOTHING, number
from creditbridge.pages.i18n import say

WIDTH: Final = 420
HEIGHT: Final = 330
RADIUS: Final = 105
_CENTRE: Final = (WIDTH / 2, HEIGHT / 2 + 8)
_NAMES_OUT: Final = 20
"""How far outside the outermost ring a name stands."""
_RINGS: Final = 4
_BESIDE: Final = 0.3
"""From this share of the radius to a side, a name stands beside its axis and no longer above or below it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One side: its own value and the usual one, None where not known."""

    label: str | Words
    value: int | None
    usual: int | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class DrawnAxis:
    label: str
    shown: str
    usual: str
    href: str | None
    x: str
    y: str
    name_x: str
    name_y: str
    anchor: str
    dot: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class RadarChart:
    """Sides from 0 to ``most``. ``usual_heading`` is empty where there is nothing to compare with."""

    title: str | Words
    axes: Sequence[Axis]
    value_heading: str
    usual_heading: str = ""
    label_heading: str | None = None
    most: int = 1000
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def centre(self) -> tuple[str, str]:
        return _written(_CENTRE[0]), _written(_CENTRE[1])

    @property
    def drawn(self) -> list[DrawnAxis]:
        return [self._drawn(place, axis) for place, axis in enumerate(self.axes)]

    @property
    def rings(self) -> list[str]:
        """The corners of each ring, from the innermost to the outermost."""
        places = range(len(self.axes))
        return [
            " ".join(self._corner(place, self.most * ring / _RINGS) for place in places)
            for ring in range(1, _RINGS + 1)
        ]

    @property
    def shape(self) -> str:
        """The corners of the own figure."""
        return self._outline([axis.value for axis in self.axes])

    @property
    def usual_shape(self) -> str:
        return self._outline([axis.usual for axis in self.axes]) if self.usual_heading else ""

    @property
    def spoken(self) -> str:
        """The whole chart as one sentence, for those who do not see it."""
        sides = [
            f"{say(axis.label)} {_figure(axis.value)}"
            + (f" ({self.usual_heading} {_figure(axis.usual)})" if self.usual_heading else "")
            for axis in self.axes
        ]
        return f"{say(self.title)}: {'; '.join(sides)}"

    def _drawn(self, place: int, axis: Axis) -> DrawnAxis:
        x, y = self._point(place, self.most)
        cos, sin = self._direction(place)
        name = (_CENTRE[0] + cos * (RADIUS + _NAMES_OUT), _CENTRE[1] + sin * (RADIUS + _NAMES_OUT))
        beside = "middle" if abs(cos) < _BESIDE else "start" if cos > 0 else "end"
        known = None if axis.value is None else self._point(place, axis.value)
        return DrawnAxis(
            say(axis.label), _figure(axis.value), _figure(axis.usual), axis.href, _written(x), _written(y),
            _written(name[0]), _written(name[1] - 6), beside,
            None if known is None else (_written(known[0]), _written(known[1])),
        )  # fmt: skip

    def _outline(self, values: Sequence[int | None]) -> str:
        return " ".join(self._corner(place, value) for place, value in enumerate(values) if value is not None)

    def _corner(self, place: int, value: float) -> str:
        x, y = self._point(place, value)
        return f"{_written(x)},{_written(y)}"

    def _point(self, place: int, value: float) -> tuple[float, float]:
        cos, sin = self._direction(place)
        length = RADIUS * min(max(value, 0), self.most) / self.most
        return _CENTRE[0] + cos * length, _CENTRE[1] + sin * length

    def _direction(self, place: int) -> tuple[float, float]:
        """The first axis points up, the others follow clockwise."""
        angle = 2 * math.pi * place / len(self.axes) - math.pi / 2
        return math.cos(angle), math.sin(angle)


def _written(length: float) -> str:
    return f"{length:.1f}"


def _figure(value: int | None) -> str:
    return NOTHING if value is None else number(value)
