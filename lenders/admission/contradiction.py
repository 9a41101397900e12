"""Whether comparisons of one fact, all of which must hold, leave any value at all.

Sound, not complete: it answers True only where no value can meet them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from creditbridge.facts.catalogue import Fact, FactType, Subject
from lenders.admission.tree import Operator, Test
from lenders.admission.truth import inside


def impossible(fact: Fact, tests: Sequence[Test]) -> bool:
    """True where no value of the fact can meet every comparison."""
    if fact.subject is Subject.FIRM_LIST:
        return _lists_clash(tests)
    return _CHECKS[fact.type](fact, tests)


def _lists_clash(tests: Sequence[Test]) -> bool:
    inside_of = {test.value for test in tests if test.operator is Operator.IN_LIST}
    return any(test.value in inside_of for test in tests if test.operator is Operator.NOT_IN_LIST)


def _range_empty(_fact: Fact, tests: Sequence[Test]) -> bool:
    """Bounds as closed, open or half-open intervals; whole numbers need one between open bounds."""
    lows = [_low(test) for test in tests if test.operator in _LOWER]
    highs = [_high(test) for test in tests if test.operator in _UPPER]
    if not lows or not highs:
        return False
    low, high = max(lows), min(highs)
    return bool(low > high)


_LOWER = frozenset({Operator.AT_LEAST, Operator.MORE_THAN, Operator.BETWEEN})
_UPPER = frozenset({Operator.AT_MOST, Operator.LESS_THAN, Operator.BETWEEN})


def _low(test: Test) -> tuple[Any, int]:
    """The lowest value allowed; the second part places an open bound just above its number."""
    if isinstance(test.value, tuple):
        return test.value[0], 0
    return _next(test.value, 1) if test.operator is Operator.MORE_THAN else (test.value, 0)


def _high(test: Test) -> tuple[Any, int]:
    if isinstance(test.value, tuple):
        return test.value[1], 0
    return _next(test.value, -1) if test.operator is Operator.LESS_THAN else (test.value, 0)


def _next(value: Any, step: int) -> tuple[Any, int]:
    return (value + step, 0) if isinstance(value, int) else (value, step)


def _codes_run_out(fact: Fact, tests: Sequence[Test]) -> bool:
    codes = list(fact.scale.grades if fact.scale else fact.choices)
    return not any(all(_allows(fact, test, code) for test in tests) for code in codes)


def _allows(fact: Fact, test: Test, code: str) -> bool:
    if isinstance(test.value, tuple):
        return (code in test.value) is (test.operator is Operator.IN_SET)
    assert fact.scale is not None, "only grades are compared with one code"
    assert isinstance(test.value, str), "a grade is a code"
    worse_by = fact.scale.rank(code) - fact.scale.rank(test.value)
    return worse_by <= 0 if test.operator is Operator.AT_LEAST else worse_by >= 0


def _sets_clash(_fact: Fact, tests: Sequence[Test]) -> bool:
    refused = _codes(tests, Operator.NONE_OF)
    if refused & _codes(tests, Operator.ALL_OF):
        return True
    return any(refused.issuperset(_tuple(test)) for test in tests if test.operator is Operator.ANY_OF)


def _codes(tests: Sequence[Test], operator: Operator) -> set[Any]:
    return {code for test in tests if test.operator is operator for code in _tuple(test)}


def _tuple(test: Test) -> tuple[Any, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


def _places_clash(fact: Fact, tests: Sequence[Test]) -> bool:
    """Two places none of which lies in the other, or a place wholly inside one that is refused."""
    refused = _codes(tests, Operator.NOT_WITHIN)
    wanted = [_tuple(test) for test in tests if test.operator is Operator.WITHIN]
    left = [
        [code for code in codes if not any(inside(fact.type, code, out) for out in refused)]
        for codes in wanted
    ]
    return any(not any(_meet(fact, a, b) for a in one for b in other) for one in left for other in left)


def _meet(fact: Fact, one: str, other: str) -> bool:
    return inside(fact.type, one, other) is not False


def _answers_clash(_fact: Fact, tests: Sequence[Test]) -> bool:
    return len({test.operator for test in tests}) > 1


_CHECKS: Mapping[FactType, Callable[[Fact, Sequence[Test]], bool]] = {
    FactType.NUMBER_FEN: _range_empty,
    FactType.NUMBER: _range_empty,
    FactType.COUNT: _range_empty,
    FactType.RATIO_PPM: _range_empty,
    FactType.YEARS: _range_empty,
    FactType.DATE: _range_empty,
    FactType.SCALE_GRADE: _codes_run_out,
    FactType.CHOICE: _codes_run_out,
    FactType.CHOICES: _sets_clash,
    FactType.LABEL_SET: _sets_clash,
    FactType.REGION: _places_clash,
    FactType.INDUSTRY: _places_clash,
    FactType.BOOLEAN: _answers_clash,
}
