"""When a comparison holds: three-valued, because what is not known is neither met nor failed.

Kleene's strong logic: True, False, and None for unknown. A conjunction with a failure fails whatever is unknown; an
alternative that holds decides whatever is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

from creditbridge.facts.catalogue import Fact, FactType, Subject, catalogue
from creditbridge.facts.firm_facts import FactValue, FirmFacts, ListMembership
from creditbridge.facts.values import age_in_years
from creditbridge.registry import industries, regions
from lenders.admission.tree import Operator, Test

Truth: TypeAlias = bool | None
"""True, False, or None: not known."""


def conjunction(truths: Iterable[Truth]) -> Truth:
    """All hold. Nothing to hold is held."""
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return None if unknown else True


def disjunction(truths: Iterable[Truth]) -> Truth:
    """Any one holds. Of nothing, none does."""
    unknown = False
    for truth in truths:
        if truth:
            return True
        unknown = unknown or truth is None
    return None if unknown else False


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


def implication(condition: Truth, consequence: Truth) -> Truth:
    """The consequence holds wherever the condition does. Met either way, it is met without knowing the condition."""
    return disjunction((negation(condition), consequence))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a rule is read: the firm's facts, those of others beside it, and the legal date.

    ``beside`` holds facts about firm and lender, application and person by fact code.
    """

    facts: FirmFacts
    on: date
    beside: Mapping[str, FactValue] = field(default_factory=dict)

    def find(self, test: Test) -> FactValue | ListMembership | None:
        """The value a test reads, or None."""
        if test.operator in (Operator.IN_LIST, Operator.NOT_IN_LIST):
            return self.facts.lists.get(str(test.value))
        found = self.facts.values.get(test.fact)
        return found if found is not None else self.beside.get(test.fact)


def holds(test: Test, known: Known) -> Truth:
    """Whether a comparison holds of what is known."""
    return holds_of(test, known.find(test), known.on)


def holds_of(test: Test, found: FactValue | ListMembership | None, on: date) -> Truth:
    """The same for a value found already. A code coarser than the ones asked for (a city, where a county is) is unknown."""
    if found is None:
        return None
    if isinstance(found, ListMembership):
        return found.member is (test.operator is Operator.IN_LIST)
    fact = catalogue()[test.fact]
    return _COMPARE[test.operator](fact, _comparable(fact, found.value, on), test.value)


def _comparable(fact: Fact, value: Any, on: date) -> Any:
    """A stored value as its thresholds are written: an age in whole years, a date as ISO text."""
    if not isinstance(value, date):
        return value
    return age_in_years(value, on) if fact.type is FactType.YEARS else value.isoformat()


def _order(fact: Fact, value: Any) -> Any:
    """What to compare by: for grades the distance from the worst, so that a better grade is the greater."""
    return -fact.scale.rank(value) if fact.scale else value


def _at_least(fact: Fact, value: Any, bound: Any) -> Truth:
    return bool(_order(fact, value) >= _order(fact, bound))


def _at_most(fact: Fact, value: Any, bound: Any) -> Truth:
    return bool(_order(fact, value) <= _order(fact, bound))


@lru_cache(maxsize=65_536)
def inside(hierarchy: FactType, code: str, ancestor: str) -> Truth:
    """Whether a region or industry lies inside another; None if it is the coarser one, and so may or may not."""
    is_within = regions.is_within if hierarchy is FactType.REGION else industries.is_within
    if is_within(code, ancestor):
        return True
    return None if is_within(ancestor, code) else False


def _within(fact: Fact, value: Any, codes: Any) -> Truth:
    return disjunction(inside(fact.type, value, code) for code in codes)


_COMPARE: Mapping[Operator, Callable[[Fact, Any, Any], Truth]] = {
    Operator.AT_LEAST: _at_least,
    Operator.AT_MOST: _at_most,
    Operator.MORE_THAN: lambda fact, value, bound: not _at_most(fact, value, bound),
    Operator.LESS_THAN: lambda fact, value, bound: not _at_least(fact, value, bound),
    Operator.BETWEEN: lambda _, value, bounds: bool(bounds[0] <= value <= bounds[1]),
    Operator.IN_SET: lambda _, value, codes: value in codes,
    Operator.NOT_IN_SET: lambda _, value, codes: value not in codes,
    Operator.WITHIN: _within,
    Operator.NOT_WITHIN: lambda fact, value, codes: negation(_within(fact, value, codes)),
    Operator.ALL_OF: lambda _, value, codes: value.issuperset(codes),
    Operator.ANY_OF: lambda _, value, codes: not value.isdisjoint(codes),
    Operator.NONE_OF: lambda _, value, codes: value.isdisjoint(codes),
    Operator.IS_TRUE: lambda _, value, __: bool(value),
    Operator.IS_FALSE: lambda _, value, __: not value,
}

_ORDERED = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN)
_MEMBER = (Operator.IN_SET, Operator.NOT_IN_SET)
_HIERARCHY = (Operator.WITHIN, Operator.NOT_WITHIN)
_SETS = (Operator.ALL_OF, Operator.ANY_OF, Operator.NONE_OF)
_BARE = (Operator.IS_TRUE, Operator.IS_FALSE)

_OPERATORS: Mapping[FactType, tuple[Operator, ...]] = {
    FactType.NUMBER_FEN: _ORDERED,
    FactType.NUMBER: _ORDERED,
    FactType.COUNT: _ORDERED,
    FactType.RATIO_PPM: _ORDERED,
    FactType.DATE: _ORDERED,
    FactType.YEARS: _ORDERED,
    FactType.SCALE_GRADE: (Operator.AT_LEAST, Operator.AT_MOST, *_MEMBER),
    FactType.CHOICE: _MEMBER,
    FactType.CHOICES: _SETS,
    FactType.LABEL_SET: _SETS,
    FactType.REGION: _HIERARCHY,
    FactType.INDUSTRY: _HIERARCHY,
    FactType.BOOLEAN: _BARE,
}


def operators_for(fact: Fact) -> tuple[Operator, ...]:
    """The operators a fact can be compared with, the commonest first."""
    if fact.subject is Subject.FIRM_LIST:
        return (Operator.IN_LIST, Operator.NOT_IN_LIST)
    return _OPERATORS[fact.type]
