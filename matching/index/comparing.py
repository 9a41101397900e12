"""How one comparison reads a column: bounds for ordered facts, a truth a code, bits for sets. Pure.

The truth of a code is asked of :func:`lenders.admission.truth.holds_of` itself, so that there is one meaning of
"within" and of a grade; only bounds of ordered facts and bits of sets have a form of their own here, and a property
test holds them to the same answers.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import Fact, FactType, catalogue
from creditbridge.facts.columns import EPOCH, YES, Kind, kind_of, list_key
from creditbridge.facts.firm_facts import FactSource, FactValue
from lenders.admission.tree import Operator, Test
from lenders.admission.truth import Truth, holds_of

Truths: TypeAlias = NDArray[np.int8]
"""1 holds, 0 unknown, -1 does not hold: negation is the sign, all of several the least, any of several the greatest."""
Words: TypeAlias = NDArray[np.uint64]

LOWEST, HIGHEST = -(2**62), 2**62
IN_LISTS = (Operator.IN_LIST, Operator.NOT_IN_LIST)
_SOME_DAY = date(2000, 1, 1)


def column_key(test: Test) -> str:
    """The column a comparison reads."""
    return list_key(str(test.value)) if test.operator in IN_LISTS else test.fact


def kind_of_test(test: Test) -> Kind:
    return Kind.CODED if test.operator in IN_LISTS else kind_of(catalogue()[test.fact])


def as_truth(truth: Truth) -> int:
    return 0 if truth is None else (1 if truth else -1)


def interval(test: Test, on: date) -> tuple[int, int]:
    """The stored values that meet a comparison of an ordered fact, both ends included."""
    fact, value = catalogue()[test.fact], test.value
    low, high = value if isinstance(value, tuple) else (value, value)
    if fact.type is FactType.YEARS:
        return _since(test.operator, int(low or 0), int(high or 0), on)
    return _bounds(test.operator, _stored(fact, low), _stored(fact, high))


def _stored(fact: Fact, threshold: Any) -> int:
    return date.fromisoformat(threshold).toordinal() if fact.type is FactType.DATE else int(threshold)


def _bounds(operator: Operator, low: int, high: int) -> tuple[int, int]:
    match operator:
        case Operator.AT_LEAST:
            return low, HIGHEST
        case Operator.MORE_THAN:
            return low + 1, HIGHEST
        case Operator.AT_MOST:
            return LOWEST, high
        case Operator.LESS_THAN:
            return LOWEST, high - 1
        case Operator.BETWEEN:
            return low, high
    raise NotImplementedError(f"no stretch of values is known to meet {operator}")


def _since(operator: Operator, low: int, high: int, on: date) -> tuple[int, int]:
    """Bounds on an age as bounds on the date it counts from: the older, the earlier."""
    least, most = _bounds(operator, low, high)
    earliest = LOWEST if most == HIGHEST else last_day_of_age(most + 1, on) + 1
    latest = HIGHEST if least == LOWEST else last_day_of_age(least, on)
    return earliest, latest


def last_day_of_age(years: int, on: date) -> int:
    """The ordinal of the last day from which, on a legal date, at least so many whole years have passed."""
    year = on.year - years
    if year < 1:
        return 0
    try:
        return date(year, on.month, on.day).toordinal()
    except ValueError:  # 29 February in a common year: a year from 1 March is not complete yet
        return date(year, 2, 28).toordinal()


@lru_cache(maxsize=16_384)
def truth_of_code(test: Test, code: str) -> int:
    """Whether a coded value meets a comparison."""
    if test.operator in IN_LISTS:
        return as_truth((code == YES) is (test.operator is Operator.IN_LIST))
    fact = catalogue()[test.fact]
    value = code == YES if fact.type is FactType.BOOLEAN else code
    return as_truth(holds_of(test, FactValue(value, FactSource.DEMO, _SOME_DAY), _SOME_DAY))


@lru_cache(maxsize=4_096)
def _truths_of_codes(test: Test, codes: tuple[str, ...]) -> Truths:
    return np.array([truth_of_code(test, code) for code in codes], dtype=np.int8)


def truths_of_codes(test: Test, codes: tuple[str, ...]) -> Truths:
    """The same for all codes of a column."""
    return _truths_of_codes(test, codes)


def oldest_day(on: date, max_age_days: int | None) -> int:
    """The first day a value may hold as of to count as known."""
    return 1 if max_age_days is None else max(on.toordinal() - EPOCH - max_age_days, 1)
