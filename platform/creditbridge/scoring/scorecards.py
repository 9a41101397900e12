"""A scorecard as data: weights of indicators, their own bins, caps, grades, and the three types of five levels.

The content of a version (:mod:`creditbridge.scoring.model`) is the JSON form read here. It is checked whole before a
version is submitted, and never changes after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from creditbridge.kernel.words import Words
from creditbridge.scoring.indicators import Bins, CatalogueError, IndicatorCatalogue, catalogue, read_bins

GRADES = ("A", "B", "C", "D", "E")
"""The scale ``platform_grade``, from best to worst."""
LEVELS = 5
TYPES = 3
MOST_SCORE = 1_000
MOST_WEIGHT = 1_000


class ScorecardError(ValueError):
    """A scorecard that contradicts itself; ``problems`` say each place and what is wrong."""

    def __init__(self, problems: Sequence[tuple[str, Words]]) -> None:
        super().__init__("; ".join(f"{place}: {words.en}" for place, words in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the indicator's value is known and lies in the range."""

    indicator: str
    at_least: int | None
    at_most: int | None

    def holds(self, value: int | None) -> bool:
        return (
            value is not None
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )


@dataclass(frozen=True, slots=True)
class Cap:
    """While the condition holds, the score is at most ``score``, whatever else is known."""

    condition: Condition
    score: int
    reason: Words


@dataclass(frozen=True, slots=True)
class CreditType:
    """One of the three types: a firm is of the first of which a condition holds; the last takes the rest.

    ``levels`` are the least scores of levels 1 to 4; what is below is level 5.
    """

    code: str
    name: Words
    meaning: Words
    any_of: tuple[Condition, ...]
    levels: tuple[int, ...]

    def level(self, score: int) -> int:
        return 1 + sum(score < edge for edge in self.levels)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """``grades`` are the least scores of A to D; what is below is E. ``bins`` replace an indicator's own."""

    name: Words
    weights: Mapping[str, int]
    bins: Mapping[str, Bins]
    caps: tuple[Cap, ...]
    grades: tuple[int, ...]
    types: tuple[CreditType, ...]

    def bins_of(self, code: str, known: IndicatorCatalogue) -> Bins:
        return self.bins.get(code, known.indicators[code].bins)

    def grade(self, score: int) -> str:
        return GRADES[sum(score < edge for edge in self.grades)]


@cache
def first_scorecard() -> Mapping[str, Any]:
    """The content the installation begins with, as its JSON form."""
    text = resources.files("creditbridge.scoring").joinpath("data/scorecard.json").read_text("utf-8")
    content: Mapping[str, Any] = json.loads(text)
    return content


def read(stated: Mapping[str, Any], known: IndicatorCatalogue | None = None) -> Scorecard:
    """A scorecard from its JSON form.

    Raises:
        ScorecardError: it is none, or contradicts itself.
    """
    against = known or catalogue()
    try:
        card = Scorecard(
            name=Words.from_json(stated["name"]),
            weights={code: int(weight) for code, weight in stated["weights"].items()},
            bins={code: read_bins(bins) for code, bins in stated.get("bins", {}).items()},
            caps=tuple(_cap(row) for row in stated.get("caps", ())),
            grades=tuple(int(stated["grades"][grade]) for grade in GRADES[:-1]),
            types=tuple(_type(row) for row in stated["types"]),
        )
    except CatalogueError as error:
        raise ScorecardError([("bins", Words(f"分档有误：{error}", str(error)))]) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        words = Words(
            "评分模型的内容无法读取：缺少或写错了 {what}。",
            "The scorecard cannot be read: {what} is missing or wrong.",
        )
        raise ScorecardError([("content", words.fill(what=str(error)))]) from error
    if problems := list(_problems(card, against)):
        raise ScorecardError(problems)
    return card


def _cap(row: Mapping[str, Any]) -> Cap:
    return Cap(_condition(row), int(row["score"]), Words.from_json(row["reason"]))


def _type(row: Mapping[str, Any]) -> CreditType:
    return CreditType(
        row["code"],
        Words.from_json(row["name"]),
        Words.from_json(row["meaning"]),
        tuple(_condition(each) for each in row.get("any_of", ())),
        tuple(int(edge) for edge in row["levels"]),
    )


def _condition(row: Mapping[str, Any]) -> Condition:
    low, high = row.get("at_least"), row.get("at_most")
    if low is None and high is None:
        raise ValueError("at_least / at_most")
    return Condition(row["indicator"], None if low is None else int(low), None if high is None else int(high))


def _problems(card: Scorecard, known: IndicatorCatalogue) -> Sequence[tuple[str, Words]]:
    found: list[tuple[str, Words]] = []
    named = [*card.weights, *card.bins, *(cap.condition.indicator for cap in card.caps)]
    named += [condition.indicator for one in card.types for condition in one.any_of]
    found += [
        (code, Words("没有这个指标。", "There is no such indicator."))
        for code in dict.fromkeys(named)
        if code not in known.indicators
    ]
    found += [
        (code, Words("权重应在 0 到 {most} 之间。", "A weight runs from 0 to {most}.").fill(most=MOST_WEIGHT))
        for code, weight in card.weights.items()
        if not 0 <= weight <= MOST_WEIGHT
    ]
    if not any(weight for code, weight in card.weights.items() if _is_general(code, known)):
        found.append(
            ("weights", Words("通用部分至少要有一个指标有权重。", "Some general indicator needs a weight."))
        )
    if not _falls(card.grades):
        found.append(
            (
                "grades",
                Words("等级分数线应从 A 到 D 逐级降低。", "The grades' least scores must fall from A to D."),
            )
        )
    found += [
        (cap.condition.indicator, Words("封顶分应在 0 到 1000 之间。", "A cap runs from 0 to 1000."))
        for cap in card.caps
        if not 0 <= cap.score <= MOST_SCORE
    ]
    return found + _problems_of_types(card.types)


def _problems_of_types(types: Sequence[CreditType]) -> list[tuple[str, Words]]:
    found: list[tuple[str, Words]] = []
    if len({one.code for one in types}) != TYPES:
        found.append(("types", Words("应有三个不同的类型。", "There must be three different types.")))
    if any(not one.any_of for one in types[:-1]) or (types and types[-1].any_of):
        words = Words(
            "除最后一个类型外都要有条件，最后一个没有条件。",
            "Every type but the last needs a condition; the last has none.",
        )
        found.append(("types", words))
    found += [
        (one.code, Words("五级分数线应有四条且逐级降低。", "Five levels need four least scores that fall."))
        for one in types
        if len(one.levels) != LEVELS - 1 or not _falls(one.levels)
    ]
    return found


def _is_general(code: str, known: IndicatorCatalogue) -> bool:
    return code in known.indicators and known.parts[known.indicators[code].part].applies is None


def _falls(edges: Sequence[int]) -> bool:
    inside = all(0 < edge <= MOST_SCORE for edge in edges)
    return inside and all(high > low for high, low in pairwise(edges))
