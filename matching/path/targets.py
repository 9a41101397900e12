"""The values a fact could be told or brought to: one of every cell that the thresholds of rules cut its range into. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from creditbridge.facts.actions import FactAction, Way
from creditbridge.facts.catalogue import Fact, FactType
from creditbridge.facts.values import RawValue
from creditbridge.kernel.dates import add_months
from creditbridge.kernel.money import PPM
from lenders.admission.tree import Operator, Test

_NUMBERS = frozenset({FactType.NUMBER_FEN, FactType.NUMBER, FactType.COUNT, FactType.RATIO_PPM})


def values_worth_telling(fact: Fact, tests: Sequence[Test], on: date) -> list[RawValue]:
    """One value of every cell that the thresholds cut the fact's range into."""
    if fact.type is FactType.BOOLEAN:
        return [True, False]
    if fact.type in _NUMBERS:
        return sorted({value for bound in _bounds(tests) for value in (bound - 1, bound, bound + 1)})
    if fact.type is FactType.YEARS:
        ages = {age for bound in _bounds(tests) for age in (bound - 1, bound, bound + 1) if age >= 0}
        return [add_months(on, -12 * age) for age in sorted(ages) if age < 200]
    if fact.type is FactType.DATE:
        days = [date.fromisoformat(text) for test in tests for text in _listed(test.value)]
        return sorted({day + timedelta(days=n) for day in days for n in (-1, 0, 1)})
    if fact.type is FactType.CHOICES:
        return [frozenset(), *(frozenset({code}) for code in codes_of(tests)), frozenset(codes_of(tests))]
    return list(fact.scale.grades if fact.scale else fact.choices or codes_of(tests))


def _raised(fact: Fact, way: FactAction, tests: Sequence[Test], value: RawValue | None) -> list[RawValue]:
    if not isinstance(value, int) or fact.type not in _NUMBERS:
        return []
    reach = _reach(way, value)
    return [bound for bound in _cell_starts(tests) if value < bound and (reach is None or bound <= reach)]


def _lowered(fact: Fact, way: FactAction, tests: Sequence[Test], value: RawValue | None) -> list[RawValue]:
    if not isinstance(value, int) or fact.type not in _NUMBERS:
        return []
    step = _step(way, value)
    least = 0 if step is None else max(0, value - step)
    return [bound - 1 for bound in _cell_starts(tests) if least <= bound - 1 < value]


def _asked(_fact: Fact, _way: FactAction, tests: Sequence[Test], value: RawValue | None) -> list[RawValue]:
    """What is asked for can be asked otherwise; where nothing was said there is nothing to change."""
    if not isinstance(value, int):
        return []
    cells = {near for bound in _cell_starts(tests) for near in (bound - 1, bound)}
    return sorted(cell for cell in cells if cell > 0 and cell != value)


def _better(fact: Fact, way: FactAction, _tests: Sequence[Test], value: RawValue | None) -> list[RawValue]:
    if fact.scale is None or not isinstance(value, str):
        return []
    rank = fact.scale.rank(value)
    best = max(0, rank - (way.most_step or len(fact.scale.grades)))
    return list(list(fact.scale.grades)[best:rank])


def _extended(_fact: Fact, _way: FactAction, tests: Sequence[Test], value: RawValue | None) -> list[RawValue]:
    if not isinstance(value, date):
        return []
    bounds = {date.fromisoformat(text) for test in tests for text in _listed(test.value)}
    wanted = {bound + timedelta(days=n) for bound in bounds for n in (0, 1)}
    return sorted(day for day in wanted if day > value)


def _to(*, target: bool) -> Callable[..., list[RawValue]]:
    def targets(_fact: Fact, _way: FactAction, _tests: Sequence[Test], value: RawValue | None) -> list[Any]:
        return [] if value == target else [target]

    return targets


def _zeroed(_fact: Fact, _way: FactAction, _tests: Sequence[Test], value: RawValue | None) -> list[RawValue]:
    return [0] if isinstance(value, int) and value > 0 else []


TARGETS: Mapping[Way, Callable[[Fact, FactAction, Sequence[Test], RawValue | None], list[RawValue]]] = {
    Way.SET_TRUE: _to(target=True),
    Way.SET_FALSE: _to(target=False),
    Way.SET_ZERO: _zeroed,
    Way.RAISE: _raised,
    Way.LOWER: _lowered,
    Way.RAISE_GRADE: _better,
    Way.EXTEND: _extended,
    Way.ASK: _asked,
}
"""For each way of moving a fact, the values worth moving it to: those just across a threshold."""


def is_measured(fact: Fact) -> bool:
    """Whether values of a fact are more or less, and not just different."""
    return fact.type in _NUMBERS or fact.type in (FactType.YEARS, FactType.DATE)


def bounds_told(fact: Fact, tests: Sequence[Test], on: date) -> list[RawValue]:
    """The thresholds of a fact as values that can be told."""
    if fact.type is FactType.DATE:
        return [date.fromisoformat(text) for test in tests for text in _listed(test.value)]
    bounds = sorted(_bounds(tests))
    return (
        [add_months(on, -12 * age) for age in bounds if age < 200]
        if fact.type is FactType.YEARS
        else [*bounds]
    )


def distance_from(fact: Fact, *marks: RawValue | None) -> Callable[[RawValue], tuple[int, int]]:
    """How far values lie from the nearest of some marks, and where, so that an order of them is certain."""
    places = [_place(fact, mark) for mark in marks if mark is not None]

    def distance(value: RawValue) -> tuple[int, int]:
        place = _place(fact, value)
        return min((abs(place - mark) for mark in places), default=0), place

    return distance


def _place(fact: Fact, value: RawValue) -> int:
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, str):
        return fact.scale.rank(value) if fact.scale is not None else 0
    return value if isinstance(value, int) else 0


def _step(way: FactAction, value: int) -> int | None:
    if way.most_step_ppm is not None:
        return max(abs(value) * way.most_step_ppm // PPM, way.least_step)
    return way.most_step


def _reach(way: FactAction, value: int) -> int | None:
    step = _step(way, value)
    return None if step is None else value + step


def _cell_starts(tests: Iterable[Test]) -> list[int]:
    """The least number of each cell but the first: where some comparison changes its answer."""
    starts: set[int] = set()
    for test in tests:
        values = [value for value in _listed(test.value) if isinstance(value, int)]
        if test.operator in (Operator.AT_LEAST, Operator.LESS_THAN):
            starts.update(values)
        elif test.operator in (Operator.AT_MOST, Operator.MORE_THAN):
            starts.update(value + 1 for value in values)
        elif test.operator is Operator.BETWEEN and len(values) == 2:
            starts.update((values[0], values[1] + 1))
    return sorted(starts)


def _bounds(tests: Iterable[Test]) -> set[int]:
    return {value for test in tests for value in _listed(test.value) if isinstance(value, int)}


def codes_of(tests: Iterable[Test]) -> list[str]:
    """The codes that comparisons name."""
    return sorted({value for test in tests for value in _listed(test.value) if isinstance(value, str)})


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)
