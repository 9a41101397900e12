"""Seeing to it that every criterion on a firm's own facts has all three outcomes in the city.

Chance gives most of them. Where one is lacking, one spare firm is changed: the first, in a fixed order, that the
criterion applies to. Facts of the register are left alone; the draw of the register has all outcomes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from creditbridge.demo.firms.register import TOWNS, DemoFirm, sectors
from creditbridge.facts import from_registry
from creditbridge.facts.catalogue import Fact, FactType, Subject, catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, ListMembership
from creditbridge.facts.values import RawValue
from lenders.admission.tree import Criterion, Test, Tree
from lenders.admission.truth import Known, Truth, conjunction, holds, holds_of

OUTCOMES: tuple[Truth, ...] = (True, False, None)


def of_own_facts(trees: Iterable[Tree]) -> Iterator[Criterion]:
    """The criteria of these rules that rest on facts of the firm itself or its places on lists."""
    for tree in trees:
        for criterion in tree.criteria():
            if catalogue()[criterion.test.fact].subject in (Subject.FIRM, Subject.FIRM_LIST):
                yield criterion


def cover(spare: Sequence[DemoFirm], trees: Sequence[Tree], today: date) -> int:
    """Change spare firms until no criterion lacks an outcome among them; answers how many were changed.

    Args:
        spare: active firms that may be changed; each is changed once at most.
        trees: the admission rules.
        today: the legal date.
    """
    unchanged = list(spare)
    for criterion in of_own_facts(trees):
        if criterion.test.fact in from_registry.PUSHED:
            continue
        seen = _outcomes_seen(criterion, spare, today)
        for wanted in OUTCOMES:
            if wanted not in seen:
                _bring_about(criterion, wanted, unchanged, today)
    return len(spare) - len(unchanged)


def admit(firm: DemoFirm, tree: Tree, today: date) -> None:
    """Let a firm meet every criterion of a rule that rests on its own facts."""
    for criterion in of_own_facts([tree]):
        if criterion.test.fact not in from_registry.PUSHED and outcome(criterion, firm, today) is not True:
            _set(firm, criterion.test, wanted=True, today=today)


def outcome(criterion: Criterion, firm: DemoFirm, today: date) -> Truth | str:
    """Met, not met, or None for not known; ``not applicable`` where its conditions do not hold."""
    known = Known(firm.known, today)
    if conjunction(holds(test, known) for test in criterion.when) is not True:
        return "not applicable"
    return holds(criterion.test, known)


def _outcomes_seen(criterion: Criterion, firms: Sequence[DemoFirm], today: date) -> set[Truth | str]:
    """The outcomes among these firms, as far as it takes to find all three."""
    seen: set[Truth | str] = set()
    for firm in firms:
        seen.add(outcome(criterion, firm, today))
        if seen.issuperset(OUTCOMES):
            break
    return seen


def _bring_about(criterion: Criterion, wanted: Truth, unchanged: list[DemoFirm], today: date) -> None:
    for firm in unchanged:
        if outcome(criterion, firm, today) != "not applicable" and _set(
            firm, criterion.test, wanted=wanted, today=today
        ):
            unchanged.remove(firm)
            return


def _set(firm: DemoFirm, test: Test, *, wanted: Truth, today: date) -> bool:
    """Give a firm a value that brings the outcome about; answers whether there is one."""
    as_of = today - timedelta(days=30)
    if catalogue()[test.fact].subject is Subject.FIRM_LIST:
        code = str(test.value)
        firm.lists.pop(code, None)
        on_list = ListMembership(member=True, source=FactSource.LIST_KEEPER, as_of=as_of)
        if wanted is not None:
            fits = holds_of(test, on_list, today) is wanted
            firm.lists[code] = on_list if fits else replace(on_list, member=False)
        return True
    if wanted is None:
        firm.facts.pop(test.fact, None)
        return True
    for value in _candidates(test, today):
        held = FactValue(value, FactSource.DEMO, as_of)
        if holds_of(test, held, today) is wanted:
            firm.facts[test.fact] = held
            return True
    return False


def _candidates(test: Test, today: date) -> Iterator[RawValue]:
    """Values on both sides of a comparison."""
    fact = catalogue()[test.fact]
    if fact.type is FactType.BOOLEAN:
        yield from (True, False)
    elif fact.type in (FactType.CHOICES, FactType.LABEL_SET):
        named = [str(code) for code in test.value] if isinstance(test.value, tuple) else []
        yield from (frozenset(), frozenset(named), *(frozenset({code}) for code in fact.choices))
    elif fact.type in (FactType.CHOICE, FactType.SCALE_GRADE):
        yield from fact.scale.grades if fact.scale else fact.choices
    elif fact.type in (FactType.REGION, FactType.INDUSTRY):
        yield from TOWNS if fact.type is FactType.REGION else (sector.code for sector in sectors())
    else:
        yield from _numbers(fact, test, today)


def _numbers(fact: Fact, test: Test, today: date) -> Iterator[RawValue]:
    bounds = test.value if isinstance(test.value, tuple) else (test.value,)
    for bound in bounds:
        if fact.type is FactType.YEARS and isinstance(bound, int):
            yield from (today - timedelta(days=round(365.25 * (bound + more))) for more in (0.5, -0.5, 1.5))
        elif isinstance(bound, int):
            yield from (bound, bound + 1, max(bound - 1, 0) if fact.type is FactType.COUNT else bound - 1)
