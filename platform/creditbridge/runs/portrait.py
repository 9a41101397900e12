"""A firm's portrait in words and figures: its class, peers, what moved, and the values of indicators and records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.values import say_code
from creditbridge.kernel.money import amount_words, exact_words
from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import Label
from creditbridge.records.catalogue import SEVERITY_WORDS, CreditItem, Severity, ValueKind, items
from creditbridge.records.columns import NO_VALUE
from creditbridge.registry import industries
from creditbridge.runs import summing
from creditbridge.runs.dimensions import Dimension
from creditbridge.runs.evaluating import Model
from creditbridge.runs.results import UNRATED, Results
from creditbridge.scoring.indicators import Indicator, Shown
from creditbridge.scoring.language import OF_TIME, OF_VALUE, Measure, Take
from creditbridge.scoring.program import chosen_items
from creditbridge.scoring.scorecards import GRADES
from creditbridge.scoring.sentences import percent_words, range_told, record_value, unit_words, value_told

_LEVEL_NAMES = "一二三四五"
_CITY = Words("全市", "the city")
_UNKNOWN = Words("没有数据", "no data")
_NONE = Words("无", "none")


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
    return _UNKNOWN if value is None else value_told(indicator, value)


def exact_value_words(indicator: Indicator, value: int | None) -> Words:
    """The same to the fen: for a page from which it is worked out by hand."""
    if value is not None and indicator.shown is Shown.FEN:
        return exact_words(value)
    return value_words(indicator, value)


def range_words(indicator: Indicator, low: int | None, high: int | None) -> Words:
    """The values from one to another, both among them; None for open."""
    return range_told(indicator, low, None if high is None else high + 1)


def record_words(item: CreditItem, value: int, *, exact: bool = False) -> Words | None:
    """A record's value as people read it, amounts to the fen if ``exact``; None where it has none."""
    if value == NO_VALUE or item.value is ValueKind.NONE:
        return None
    if item.value is ValueKind.FEN and not exact:
        return amount_words(value)
    if item.value is ValueKind.GRADE:
        grade = item.grades[value] if 0 <= value < len(item.grades) else str(value)
        return say_code(catalogue()["environmental_rating"], grade)
    return record_value(item, value)


def measured_words(measure: Measure, value: int | None) -> Words:
    """What a measure came to, to the last digit."""
    if value is None:
        return _UNKNOWN
    if measure.take is Take.EXISTS:
        return Words("是", "yes") if value else Words("否", "no")
    if measure.take in OF_TIME:
        return unit_words(measure.unit, value)
    if measure.take is Take.WORST_SEVERITY:
        return SEVERITY_WORDS[tuple(Severity)[value]] if value else _NONE
    return _value_words(measure, value) if measure.take in OF_VALUE else Words(f"{value:,}", f"{value:,}")


def _value_words(measure: Measure, value: int) -> Words:
    if measure.take is Take.SLOPE:
        return percent_words(value)
    valued = [one for one in chosen_items(measure.filter, items()) if one.value is not ValueKind.NONE]
    return record_words(valued[0], value, exact=True) or _UNKNOWN


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
