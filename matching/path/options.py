"""The actions that could matter for a rule: for each fact it reads, every lawful move across one of its thresholds.

A number moves only the way and only as far as ``facts/data/fact_actions.json`` allows; what is not known may be
supplied by whoever knows it; what is known and not named there is never moved. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from creditbridge.facts.actions import Action, ActionKind, FactAction, Timing, Way, fact_actions
from creditbridge.facts.catalogue import Fact, FactType, Subject, catalogue, named_lists
from creditbridge.facts.firm_facts import FactValue, FirmFacts
from creditbridge.facts.values import RawValue, say_code, say_value
from creditbridge.kernel.dates import MonthEnd, add_months
from creditbridge.kernel.money import PPM
from creditbridge.kernel.words import Words
from creditbridge.repair.actions import earliest
from lenders.admission.tree import Operator, Test, Tree

Beside: TypeAlias = Mapping[str, FactValue]
_NUMBERS = frozenset({FactType.NUMBER_FEN, FactType.NUMBER, FactType.COUNT, FactType.RATIO_PPM})
_LIST_OPERATORS = frozenset({Operator.IN_LIST, Operator.NOT_IN_LIST})

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
    for value in _values_worth_telling(fact, tests, on):
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
        )


def _values_worth_telling(fact: Fact, tests: Sequence[Test], on: date) -> list[RawValue]:
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
        return [frozenset(), *(frozenset({code}) for code in _codes(tests)), frozenset(_codes(tests))]
    return list(fact.scale.grades if fact.scale else fact.choices or _codes(tests))


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
    for target in _TARGETS[way.way](fact, way, tests, value):
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
    for code in _codes(tests):
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


_TARGETS: Mapping[Way, Callable[[Fact, FactAction, Sequence[Test], RawValue | None], list[RawValue]]] = {
    Way.SET_TRUE: _to(target=True),
    Way.SET_FALSE: _to(target=False),
    Way.SET_ZERO: _zeroed,
    Way.RAISE: _raised,
    Way.LOWER: _lowered,
    Way.RAISE_GRADE: _better,
    Way.EXTEND: _extended,
    Way.ASK: _asked,
}


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


def _codes(tests: Iterable[Test]) -> list[str]:
    return sorted({value for test in tests for value in _listed(test.value) if isinstance(value, str)})


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _written(value: RawValue) -> str:
    if isinstance(value, frozenset):
        return ",".join(sorted(value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
