"""A firm's portrait in words and figures: its class, peers, what moved, and the values of indicators and records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import Label
from creditbridge.records.catalogue import CreditItem, ValueKind, loaded
from creditbridge.records.columns import NO_VALUE
from creditbridge.registry import industries
from creditbridge.runs import summing
from creditbridge.runs.dimensions import Dimension
from creditbridge.runs.evaluating import Model
from creditbridge.runs.results import UNRATED, Results
from creditbridge.scoring.indicators import Indicator, Shown
from creditbridge.scoring.scorecards import GRADES

_LEVEL_NAMES = "一二三四五"
_CITY = Words("全市", "the city")
_UNKNOWN = Words("没有数据", "no data")
_YES, _NO = Words("是", "yes"), Words("否", "no")
_UNITS: Mapping[Shown, Words] = {
    Shown.COUNT: Words("{n}", "{n}"),
    Shown.DAYS: Words("{n} 天", "{n} days"),
    Shown.MONTHS: Words("{n} 个月", "{n} months"),
    Shown.YEARS: Words("{n} 年", "{n} years"),
}
_BETWEEN = Words("{low} 至 {high}", "{low} to {high}")
_AT_LEAST = Words("不低于 {low}", "at least {low}")
_AT_MOST = Words("不高于 {high}", "at most {high}")


@dataclass(frozen=True, slots=True)
class TypeWords:
    """One of the three types of a scorecard."""

    name: Words
    meaning: Words


@dataclass(frozen=True, slots=True)
class Peers:
    """Whom a firm is compared with: its division, else its section, else the city."""

    name: Words
    firms: int
    score: int
    dimensions: Mapping[Dimension, int | None]


@dataclass(frozen=True, slots=True)
class IndicatorMove:
    """An indicator whose points changed between two runs; None of a value is not known."""

    indicator: Indicator
    before: int | None
    now: int | None
    points_before: int
    points_now: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What changed between two runs: score, grade and class as before and now, labels, and the indicators behind it."""

    score: tuple[int | None, int | None]
    grade: tuple[str | None, str | None]
    standing: tuple[Words | None, Words | None]
    gained: Sequence[Label]
    lost: Sequence[Label]
    indicators: Sequence[IndicatorMove]

    @property
    def is_nothing(self) -> bool:
        same = all(pair[0] == pair[1] for pair in (self.score, self.grade, self.standing))
        return same and not (self.gained or self.lost or self.indicators)


def types_of(scorecard: Mapping[str, Any]) -> Sequence[TypeWords]:
    """The types of a scorecard in its JSON form."""
    return [
        TypeWords(Words.from_json(row["name"]), Words.from_json(row["meaning"]))
        for row in scorecard.get("types", ())
    ]


def class_words(kind: TypeWords, level: int) -> Words:
    """A class: the type and its level, 1 for the best."""
    return Words("{name}{zh}级", "{name}, level {level}").fill(
        name=kind.name, zh=_LEVEL_NAMES[level - 1], level=level
    )


def standing_of(found: Results, row: int, types: Sequence[TypeWords]) -> Words | None:
    """The class of one firm; None where it is not rated."""
    if int(found.score[row]) == UNRATED or not types:
        return None
    return class_words(types[int(found.type[row])], int(found.level[row]))


def peers_of(medians: Mapping[str, Any], section: int, division: int) -> Peers | None:
    """The smallest group around a firm that is large enough not to tell of single ones."""
    for code, name in _groups(section, division):
        held = medians.get(code)
        if held is not None:
            known = held.get("dimensions", {})
            return Peers(name, held["firms"], held["score"], {one: known.get(one.value) for one in Dimension})
    return None


def _groups(section: int, division: int) -> Iterator[tuple[str, Words]]:
    for code in (summing.DIVISION_OF_CODE.get(division), summing.SECTION_OF_CODE.get(section)):
        if code is not None:
            yield code, industries.industry_name(code)
    yield summing.CITY, _CITY


def value_words(indicator: Indicator, value: int | None) -> Words:
    """An indicator's value as people read it."""
    if value is None:
        return _UNKNOWN
    if indicator.shown is Shown.FEN:
        return amount_words(value)
    if indicator.shown is Shown.PPM:
        return Words(f"{value / 10_000:g}%", f"{value / 10_000:g}%")
    if indicator.shown is Shown.YES_NO:
        return _YES if value else _NO
    if indicator.shown is Shown.GRADE:
        grade = indicator.grades[value] if 0 <= value < len(indicator.grades) else str(value)
        return Words(grade, grade)
    return _UNITS[indicator.shown].fill(n=f"{value:,}")


def range_words(indicator: Indicator, low: int | None, high: int | None) -> Words:
    """The values from one to another, None for open."""
    if indicator.shown is Shown.YES_NO or (low is not None and low == high):
        return value_words(indicator, low if low is not None else high)
    if low is not None and high is not None:
        return _BETWEEN.fill(low=value_words(indicator, low), high=value_words(indicator, high))
    if low is not None:
        return _AT_LEAST.fill(low=value_words(indicator, low))
    return _AT_MOST.fill(high=value_words(indicator, high))


def record_words(item: CreditItem, value: int) -> Words | None:
    """A record's value as people read it; None where it has none."""
    if value == NO_VALUE or item.value is ValueKind.NONE:
        return None
    if item.value is ValueKind.FEN:
        return amount_words(value)
    if item.value is ValueKind.PPM:
        return Words(f"{value / 10_000:g}%", f"{value / 10_000:g}%")
    if item.value is ValueKind.GRADE:
        grade = item.grades[value] if 0 <= value < len(item.grades) else str(value)
        return Words(grade, grade)
    return Words("{n} {unit}", "{n} {unit}").fill(n=f"{value:,}", unit=loaded().units[item.unit])


def moved(
    before: tuple[Results, int],
    now: tuple[Results, int],
    model: Model,
    types: Sequence[TypeWords],
    most: int = 5,
) -> Moved:
    """What changed of a firm between two findings that rest on the same catalogues."""
    labels = [(place, label) for place, label in enumerate(model.labels)]
    had, has = (found.labels[row] for found, row in (before, now))
    return Moved(
        score=(_score(*before), _score(*now)),
        grade=(_grade(*before), _grade(*now)),
        standing=(standing_of(*before, types), standing_of(*now, types)),
        gained=[label for place, label in labels if has[place] and not had[place]],
        lost=[label for place, label in labels if had[place] and not has[place]],
        indicators=_moved_most(_indicator_moves(before, now, model), model, most),
    )


def _score(found: Results, row: int) -> int | None:
    score = int(found.score[row])
    return None if score == UNRATED else score


def _grade(found: Results, row: int) -> str | None:
    return None if _score(found, row) is None else GRADES[int(found.grade[row])]


def _indicator_moves(
    before: tuple[Results, int], now: tuple[Results, int], model: Model
) -> Iterator[IndicatorMove]:
    was, is_ = (_values(*one) for one in (before, now))
    for place, code in enumerate(model.indicators.codes):
        old, new = was[place], is_[place]
        if old == new or not model.scorecard.weights.get(code, 0):
            continue
        indicator = model.indicators.indicators[code]
        bins = model.scorecard.bins_of(code, model.indicators)
        points = [
            indicator.missing_points(bins) if value is None else bins.points_of(value) for value in (old, new)
        ]
        if points[0] is not None and points[1] is not None and points[0] != points[1]:
            yield IndicatorMove(indicator, old, new, points[0], points[1])


def _values(found: Results, row: int) -> list[int | None]:
    known = found.known[row]
    values: list[int | None] = found.values[row].tolist()
    for place in np.flatnonzero(~known).tolist():
        values[place] = None
    return values


def _moved_most(moves: Iterable[IndicatorMove], model: Model, most: int) -> list[IndicatorMove]:
    def weight(move: IndicatorMove) -> int:
        share = model.scorecard.weights[move.indicator.code]
        return abs(move.points_now - move.points_before) * share

    return sorted(moves, key=lambda move: (-weight(move), move.indicator.code))[:most]
