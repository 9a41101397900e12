"""What the pages about scorecards show: weights by category, what a version changes, and the outcome of a trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from creditbridge.kernel.words import Words
from creditbridge.registry import industries
from creditbridge.registry.sizes import SIZE_WORDS, Size
from creditbridge.scoring.columns import SIZE_CODES
from creditbridge.scoring.comparing import STEPS, Comparison, Movement
from creditbridge.scoring.indicators import (
    CATEGORY_WORDS,
    Bins,
    Category,
    Indicator,
    IndicatorCatalogue,
    Part,
    catalogue,
    read_bins,
)
from creditbridge.scoring.scorecards import GRADES, Scorecard
from creditbridge.scoring.sentences import bins_told, missing_told, told

UNKNOWN_WORDS = Words("未知", "Not known")


@dataclass(frozen=True, slots=True)
class WeightRow:
    """An indicator in a scorecard, with the bins it is cut by there."""

    indicator: Indicator
    weight: int
    bins: Bins

    @property
    def basis(self) -> Words:
        return told(self.indicator.value)

    @property
    def bin_words(self) -> list[tuple[Words, int]]:
        return bins_told(self.indicator, self.bins)

    @property
    def missing(self) -> Words:
        return missing_told(self.indicator)


@dataclass(frozen=True, slots=True)
class WeightGroup:
    """The indicators of one category of the general part, or of one specialised part."""

    code: str
    name: Words
    weight: int
    rows: Sequence[WeightRow]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a version says otherwise than the one in use."""

    what: Words
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MovementRow:
    name: Words
    movement: Movement


def groups(card: Scorecard | None, known: IndicatorCatalogue | None = None) -> list[WeightGroup]:
    """Every indicator by category and part, with its weight in a scorecard (0 without one)."""
    against = known or catalogue()
    found = [
        _group(category.value, CATEGORY_WORDS[category], rows, card)
        for category in Category
        if (
            rows := [
                one
                for one in against.indicators.values()
                if _is_general(one, against) and one.category is category
            ]
        )
    ]
    special = [part for part in against.parts.values() if part.applies is not None]
    return found + [_group(part.code, part.name, _of_part(part, against), card) for part in special]


def _group(code: str, name: Words, rows: Sequence[Indicator], card: Scorecard | None) -> WeightGroup:
    shown = [
        WeightRow(
            one,
            card.weights.get(one.code, 0) if card else 0,
            card.bins.get(one.code, one.bins) if card else one.bins,
        )
        for one in rows
    ]
    return WeightGroup(code, name, sum(row.weight for row in shown), shown)


def _is_general(one: Indicator, known: IndicatorCatalogue) -> bool:
    return known.parts[one.part].applies is None


def _of_part(part: Part, known: IndicatorCatalogue) -> list[Indicator]:
    return [one for one in known.indicators.values() if one.part == part.code]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What the second content says otherwise than the first."""
    return [*_changed_weights(before, after), *_changed_bins(before, after), *_changed_lines(before, after)]


def _changed_weights(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for code, indicator in catalogue().indicators.items():
        old, new = before["weights"].get(code, 0), after["weights"].get(code, 0)
        if old != new:
            yield Change(
                Words("权重：{name}", "Weight of “{name}”").fill(name=indicator.name), str(old), str(new)
            )


def _changed_bins(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for code, indicator in catalogue().indicators.items():
        old, new = before.get("bins", {}).get(code), after.get("bins", {}).get(code)
        if old != new:
            what = Words("分档：{name}", "Bins of “{name}”").fill(name=indicator.name)
            yield Change(what, _points(indicator, old), _points(indicator, new))


def _points(indicator: Indicator, stated: Sequence[Mapping[str, Any]] | None) -> str:
    bins = indicator.bins if stated is None else read_bins(stated)
    return " / ".join(map(str, bins.points))


def _changed_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for grade in GRADES[:-1]:
        old, new = before["grades"][grade], after["grades"][grade]
        if old != new:
            yield Change(Words(f"{grade} 级分数线", f"Least score of {grade}"), str(old), str(new))
    for name, key in ((Words("三型五级", "Types and levels"), "types"), (Words("封顶规则", "Caps"), "caps")):
        for old, new in zip(before.get(key, []), after.get(key, []), strict=False):
            if old != new:
                yield Change(_named(name, old), _figures(old), _figures(new))
        if len(before.get(key, [])) != len(after.get(key, [])):
            yield Change(name, str(len(before.get(key, []))), str(len(after.get(key, []))))


def _named(name: Words, stated: Mapping[str, Any]) -> Words:
    of = Words.from_json(stated.get("name") or stated["reason"])
    return Words("{name}：{of}", "{name}: {of}").fill(name=name, of=of)


def _figures(stated: Mapping[str, Any]) -> str:
    return " / ".join(map(str, stated["levels"])) if "levels" in stated else str(stated["score"])


def by_size(outcome: Comparison) -> list[MovementRow]:
    """Movement by size, the largest first."""
    names = {SIZE_CODES[size.value]: SIZE_WORDS[size] for size in Size}
    ordered = sorted(outcome.by_size, reverse=True)
    return [MovementRow(names.get(code, UNKNOWN_WORDS), outcome.by_size[code]) for code in ordered]


def by_division(outcome: Comparison) -> list[MovementRow]:
    """Movement by division, those that move most first."""
    names = {int(one.code): one.name for one in industries.divisions()}
    ordered = sorted(outcome.by_division.items(), key=lambda pair: (-abs(pair[1].total_change), pair[0]))
    return [MovementRow(names.get(code, UNKNOWN_WORDS), movement) for code, movement in ordered]


def step_words() -> list[Words]:
    """What each stretch of changes of score is called, from the largest fall to the largest rise."""
    words = [Words(f"下降超过 {-STEPS[0]} 分", f"more than {-STEPS[0]} lower")]
    for low, high in pairwise(STEPS):
        if low == 0:
            words.append(Words("不变", "unchanged"))
        elif high <= 0:
            words.append(Words(f"下降 {-high + 1} 至 {-low} 分", f"{-high + 1} to {-low} lower"))
        else:
            words.append(Words(f"上升 {low} 至 {high - 1} 分", f"{low} to {high - 1} higher"))
    return [*words, Words(f"上升 {STEPS[-1]} 分及以上", f"{STEPS[-1]} or more higher")]
