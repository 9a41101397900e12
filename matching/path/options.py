"""The actions that could matter for a rule: for each fact it reads, every lawful move across one of its thresholds.

A number moves only the way and only as far as ``facts/data/fact_actions.json`` allows; what is not known may be
supplied by whoever knows it; what is known and not named there is never moved. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from creditbridge.facts.actions import Action, ActionKind, FactAction, Timing, Way, fact_actions
from creditbridge.facts.catalogue import Fact, FactType, Subject, catalogue, named_lists
from creditbridge.facts.firm_facts import FactValue, FirmFacts
from creditbridge.facts.values import RawValue, say_code, say_value
from creditbridge.kernel.dates import MonthEnd, add_months
from creditbridge.kernel.words import Words
from creditbridge.repair.actions import earliest
from lenders.admission.tree import Operator, Test, Tree
from matching.path.targets import (
    TARGETS,
    bounds_told,
    codes_of,
    distance_from,
    is_measured,
    values_worth_telling,
)

Beside: TypeAlias = Mapping[str, FactValue]
_LIST_OPERATORS = frozenset({Operator.IN_LIST, Operator.NOT_IN_LIST})

_MENDING = frozenset({ActionKind.FILE, ActionKind.PAY, ActionKind.FINISH, ActionKind.REPAIR})
_MENDING_WAYS = frozenset({Way.SET_TRUE, Way.SET_FALSE, Way.SET_ZERO})

_REPORT = Words("如实补充“{fact}”", "Supply this truthfully: {fact}")
_REPORT_HOW = Words(
    "这项信息平台还不知道。实际情况为“{value}”时即符合。",
    "The platform does not know this yet. It is met if in fact: {value}.",
)
_REFRESH = Words("更新“{fact}”", "Bring up to date: {fact}")
_REFRESH_HOW = Words(
    "已有的信息超过了产品规定的时限，按目前的实际情况重新填报。",
    "What is known is older than the product accepts; report how it is now.",
)
_TARGET = Words("达到：{value}", "To reach: {value}")


def tests_of(trees: Iterable[Tree]) -> dict[str, list[Test]]:
    """Every comparison of the rules, those of conditions included, by fact; those on a list by ``list:code``."""
    found: dict[str, list[Test]] = defaultdict(list)
    for tree in trees:
        for criterion in tree.criteria():
            for test in (criterion.test, *criterion.when):
                found[slot_of(test)].append(test)
    return found


def labels_of(trees: Iterable[Tree]) -> frozenset[str]:
    """The labels that the rules ask about."""
    return frozenset(codes_of(tests_of(trees).get("labels", ())))


def slot_of(test: Test) -> str:
    """What a comparison reads: a fact's code, or a list as ``list:code``."""
    return f"list:{test.value}" if test.operator in _LIST_OPERATORS else test.fact


def options(
    trees: Sequence[Tree],
    known: FirmFacts,
    on: date,
    *,
    beside: Beside | None = None,
    with_derived: bool = True,
) -> list[Action]:
    """Every action on a single fact that could matter for the rules.

    ``with_derived`` leaves out facts that follow from records (the platform's grade and score) where a simulation
    works them out from what is done about the records.
    """
    aged = _aged(trees)
    found: list[Action] = []
    for slot, tests in sorted(tests_of(trees).items()):
        if slot.startswith("list:"):
            found += _list_option(slot, known, on)
            continue
        fact = catalogue()[slot]
        if fact.type is FactType.LABEL_SET or fact.subject in (Subject.FIRM_LENDER, Subject.PERSON):
            continue
        found += _fact_options(fact, tests, known, beside or {}, on, aged=slot in aged, derived=with_derived)
    return found


def mending(known: FirmFacts, on: date) -> list[Action]:
    """What the firm can put right of itself, whatever a rule reads: a report to file, arrears to pay, a listing to leave.

    Grades, scores and labels follow from it.
    """
    found: list[Action] = []
    for code, way in sorted(fact_actions().items()):
        held = known.values.get(code)
        if way.way in _MENDING_WAYS and way.kind in _MENDING and held is not None:
            found += _moves(catalogue()[code], way, (), held, on)
    return found


def _aged(trees: Iterable[Tree]) -> frozenset[str]:
    """The facts that some criterion wants to be young."""
    return frozenset(
        criterion.test.fact
        for tree in trees
        for criterion in tree.criteria()
        if criterion.max_age_days is not None
    )


def _list_option(slot: str, known: FirmFacts, on: date) -> list[Action]:
    code = slot.removeprefix("list:")
    held, way = known.lists.get(code), fact_actions()["in_list"]
    if held is not None and held.member:
        return []
    named = named_lists()[code]
    words = Words("申请列入“{list}”", "Apply for a place on: {list}").fill(list=named.name)
    how = Words("由{keeper}受理。{how}", "Kept by: {keeper}. {how}").fill(keeper=named.kept_by, how=way.how)
    return [
        Action(
            f"{slot}=true",
            slot,
            way.kind,
            words,
            how,
            earliest(way.timing, on, None),
            way.effort,
            lists={code: True},
        )
    ]


def _fact_options(
    fact: Fact,
    tests: Sequence[Test],
    known: FirmFacts,
    beside: Beside,
    on: date,
    *,
    aged: bool,
    derived: bool,
) -> list[Action]:
    held = known.values.get(fact.code) or beside.get(fact.code)
    way = fact_actions().get(fact.code)
    found: list[Action] = []
    if way is not None and way.way is not Way.NONE and (derived or not way.derived):
        found += _moves(fact, way, tests, held, on)
    if held is None and fact.self_reportable and fact.subject is Subject.FIRM:
        found += _reports(fact, tests, on, taken={action.code for action in found})
    if aged and held is not None and fact.self_reportable and held.value is not None:
        found.append(_refresh(fact, held, on))
    return found


def _refresh(fact: Fact, held: FactValue, on: date) -> Action:
    return Action(
        f"{fact.code}:refresh",
        fact.code,
        ActionKind.REFRESH,
        _REFRESH.fill(fact=fact.name),
        _REFRESH_HOW,
        on,
        values={fact.code: held.value},
    )


def _reports(fact: Fact, tests: Sequence[Test], on: date, *, taken: set[str]) -> Iterator[Action]:
    values = values_worth_telling(fact, tests, on)
    # Of several that would do, the one on the threshold is told: whoever has more needs no telling.
    near = distance_from(fact, *bounds_told(fact, tests, on))
    steps = {value: step for step, value in enumerate(sorted(values, key=near))} if is_measured(fact) else {}
    for value in values:
        code = f"{fact.code}={_written(value)}"
        if code in taken:
            continue
        said = say_value(fact, value, on)
        yield Action(
            code,
            fact.code,
            ActionKind.REPORT,
            _REPORT.fill(fact=fact.name),
            _REPORT_HOW.fill(value=said),
            on,
            values={fact.code: value},
            target=said,
            step=steps.get(value, 0),
        )


def _moves(
    fact: Fact, way: FactAction, tests: Sequence[Test], held: FactValue | None, on: date
) -> list[Action]:
    value = None if held is None else held.value
    since = None if held is None else held.as_of
    if way.way is Way.WINDOW:
        return _window(fact, way, held, on)
    if way.way is Way.ADD:
        return list(_adds(fact, way, tests, value, on))
    first = earliest(way.timing, on, since)
    found = []
    targets = TARGETS[way.way](fact, way, tests, value)
    steps = {target: step for step, target in enumerate(sorted(targets, key=distance_from(fact, value)))}
    for target in targets:
        told = None if isinstance(target, bool) else say_value(fact, target, on)
        found.append(
            Action(
                f"{fact.code}={_written(target)}",
                fact.code,
                way.kind,
                way.words,
                way.how,
                first,
                way.effort,
                values={fact.code: target},
                target=None if told is None else _TARGET.fill(value=told),
                step=steps[target],
                after=way.after,
            )
        )
    return found


def _window(fact: Fact, way: FactAction, held: FactValue | None, on: date) -> list[Action]:
    """The count of a window falls to none once everything it counts has left it, at the latest a window after its date."""
    if held is None or not isinstance(held.value, int) or held.value <= 0 or way.window_months is None:
        return []
    # What happened on the last day counted leaves the window the day after.
    gone = add_months(held.as_of, way.window_months, MonthEnd.NEXT_DAY) + timedelta(days=1)
    return [
        Action(
            f"{fact.code}=0",
            fact.code,
            way.kind,
            way.words,
            way.how,
            max(gone, on),
            way.effort,
            values={fact.code: 0},
        )
    ]


def _adds(
    fact: Fact, way: FactAction, tests: Sequence[Test], value: RawValue | None, on: date
) -> Iterator[Action]:
    held = value if isinstance(value, frozenset) else frozenset()
    for code in codes_of(tests):
        if code in held:
            continue
        words, days = way.codes.get(code, (None, way.timing.days))
        named = say_code(fact, code)
        yield Action(
            f"{fact.code}+{code}",
            f"{fact.code}+{code}",
            way.kind,
            words or Words("{what}：{code}", "{what}: {code}").fill(what=way.words, code=named),
            way.how,
            earliest(Timing(days=days), on, None),
            way.effort,
            adds={fact.code: frozenset({code})},
        )


def _written(value: RawValue) -> str:
    if isinstance(value, frozenset):
        return ",".join(sorted(value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
