"""The smallest sets of changes that make a firm eligible, several of them, best first.

A path is a set of actions and a legal date: with exactly those actions taken, the rule holds on that date. Its size is
the number of its actions, and one more where it also waits for a date on which something changes by itself (an age
reached). Shown are the paths that lose nothing by being shorter: taking any action away, or coming any earlier, the
rule would not hold. They are ordered by size, then date, then effort.

For each date on which anything changes the search walks a bounded tree: some part of the rule does not hold yet, and
whatever makes it hold must include an action that touches a fact this part reads. So every minimal set is met, and no
smaller one is missed, as long as the budget of evaluations lasts; where it does not, ``complete`` says so. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from creditbridge.facts.actions import Action
from creditbridge.facts.catalogue import FactType, Subject, catalogue
from creditbridge.facts.firm_facts import FactValue, FirmFacts
from creditbridge.kernel.dates import MonthEnd, add_months
from lenders.admission.tree import Criterion, Group, Mode, Test, Tree
from matching.eligibility.rules import CriterionVerdict, Verdict, explain, verdict
from matching.path.options import slot_of

Apply: TypeAlias = Callable[[tuple[Action, ...], date], FirmFacts]
"""The facts there would be on a date after some actions."""
Beside: TypeAlias = Mapping[str, FactValue]

MOST_ACTIONS = 5
MOST_PATHS = 6
BUDGET = 6_000
HORIZON_YEARS = 3
_ENOUGH = 24
"""So many minimal sets of one date are more than anybody reads; larger ones are not looked for."""


@dataclass(frozen=True, slots=True)
class Path:
    """Actions in the order of their dates, and the date on which the rule then holds.

    ``waits`` says that the date lies after everything to be done. ``verdict`` is eligible, or tentative where only
    what the application itself or the lender tells is still open; ``left`` names those facts.
    """

    actions: tuple[Action, ...]
    on: date
    waits: bool
    verdict: Verdict
    left: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.actions) + self.waits

    @property
    def effort(self) -> int:
        return sum(action.effort for action in self.actions)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(action.code for action in self.actions)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search answers.

    Where there is no path, ``blocked`` are the criteria that no action and no waiting within the horizon touches, and
    ``short`` those that do not hold either, for all that can be done about them.
    """

    paths: tuple[Path, ...]
    complete: bool
    blocked: tuple[Criterion, ...] = ()
    short: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the nodes that must all hold, what it reads, and whether time alone can change it."""

    tree: Tree
    reads: frozenset[str]
    timed: bool


@dataclass(slots=True)
class Search:
    """One rule, one firm, one universe of actions.

    ``steady`` promises that what actions change does not depend on the date, so that an answer holds for every date
    where nothing the part reads grows older.
    """

    tree: Tree
    apply: Apply
    actions: Sequence[Action]
    today: date
    beside: Beside = field(default_factory=dict)
    valid: Callable[[date], bool] = lambda _: True
    most_actions: int = MOST_ACTIONS
    budget: int = BUDGET
    steady: bool = False
    _parts: tuple[_Part, ...] = ()
    _spent: int = 0
    _held: dict[tuple[int, frozenset[str], date | None], bool] = field(default_factory=dict)
    _by_slot: dict[str, list[Action]] = field(default_factory=dict)
    _cut: bool = False

    def __post_init__(self) -> None:
        root = self.tree.root
        nodes = root.nodes if root.mode is Mode.ALL else (root,)
        self._parts = tuple(_part(node) for node in nodes)
        for action in self.actions:
            self._by_slot.setdefault(action.slot, []).append(action)

    def run(self, *, most: int = MOST_PATHS) -> Found:
        """The best paths. A firm that is eligible already has the empty path."""
        kept: list[Path] = []
        events = frozenset(time_events(self.tree, self.apply((), self.today), self.today))
        for on in _dates(self.actions, events, self.today):
            if not self.valid(on):
                continue
            for taken in self._at(on, kept, may_wait=on == self.today or on in events):
                path = self._path(taken, on)
                if not any(_no_worse(other, path) for other in kept):
                    kept[:] = [other for other in kept if not _no_worse(path, other)]
                    kept.append(path)
            if self._cut:
                break
        kept.sort(key=lambda path: (path.size, path.on, path.effort, sorted(path.codes)))
        if kept:
            return Found(tuple(kept[:most]), not self._cut)
        return Found((), not self._cut, *self._obstacles())

    def _at(self, on: date, kept: Sequence[Path], *, may_wait: bool) -> list[tuple[Action, ...]]:
        """The minimal sets of actions that can be taken by a date and make the rule hold on it, and not before."""
        solved: list[tuple[Action, ...]] = []
        for size in range(min(self.most_actions, _worth(kept)) + 1):
            solved += self._walk((), size, on, tuple(solved), set())
            if self._cut or () in solved or len(solved) >= _ENOUGH:
                break
        return [taken for taken in solved if may_wait or self._latest(taken) == on]

    def _latest(self, taken: Iterable[Action]) -> date:
        return max((action.earliest_on for action in taken), default=self.today)

    def _walk(
        self,
        taken: tuple[Action, ...],
        left: int,
        on: date,
        solved: Sequence[tuple[Action, ...]],
        seen: set[tuple[str, ...]],
    ) -> Iterator[tuple[Action, ...]]:
        """Sets of exactly so many more actions; none that holds a smaller solution.

        What was ``seen`` is not gone through again: one set comes up in every order its actions can be taken in.
        """
        if any(set(other) <= set(taken) for other in solved):
            return
        if self._spent >= self.budget:
            self._cut = True
            return
        self._spent += 1
        part = self._unmet(taken, on)
        if part is None:
            if left == 0:
                yield taken
            return
        if left == 0:
            return
        for added in self._additions(part, taken, left, on):
            bigger = tuple(sorted((*taken, *added), key=lambda action: action.code))
            codes = tuple(action.code for action in bigger)
            if codes not in seen:
                seen.add(codes)
                yield from self._walk(bigger, left - len(added), on, solved, seen)

    def _additions(
        self, reads: frozenset[str], taken: tuple[Action, ...], left: int, on: date
    ) -> Iterator[tuple[Action, ...]]:
        slots = {action.slot for action in taken}
        for action in self.actions:
            if action.slot in slots or action.earliest_on > on or reads.isdisjoint(action.touches):
                continue
            for added in self._with_what_comes_first(action, slots, on):
                if len(added) <= left:
                    yield added

    def _with_what_comes_first(
        self, action: Action, slots: set[str], on: date
    ) -> Iterator[tuple[Action, ...]]:
        first = [one for one in self._by_slot.get(action.after or "", ()) if one.earliest_on <= on]
        if action.after is None or action.after in slots or not first:
            yield (action,)
            return
        for one in first:
            yield (one, action)

    def _unmet(self, taken: tuple[Action, ...], on: date) -> frozenset[str] | None:
        """What the first part that does not hold reads; None when all hold."""
        for number in range(len(self._parts)):
            if not self._part_holds(number, taken, on):
                return self._parts[number].reads
        return None

    def _part_holds(self, number: int, taken: tuple[Action, ...], on: date) -> bool:
        part = self._parts[number]
        moving = frozenset(action.code for action in taken if not part.reads.isdisjoint(action.touches))
        key = (number, moving, on if part.timed or not self.steady else None)
        answer = self._held.get(key)
        if answer is None:
            answer = holds(part.tree, self.apply(taken, on), on, self.beside)
            self._held[key] = answer
        return answer

    def _path(self, taken: tuple[Action, ...], on: date) -> Path:
        ordered = tuple(sorted(taken, key=lambda action: (action.earliest_on, action.effort, action.code)))
        facts = self.apply(taken, on)
        left = _lacking(self.tree, facts, on, self.beside)
        return Path(ordered, on, self._latest(ordered) < on, verdict(self.tree, facts, on, self.beside), left)

    def _obstacles(self) -> tuple[tuple[Criterion, ...], tuple[Criterion, ...]]:
        """What fails or is missing now: in parts that no action and no time touches, and in the others."""
        facts = self.apply((), self.today)
        timed = {fact for fact in _reads(self.tree.root) if _is_age(fact)}
        touched = timed.union(*(action.touches for action in self.actions)) if self.actions else timed
        blocked: list[Criterion] = []
        short: list[Criterion] = []
        for part in self._parts:
            if not holds(part.tree, facts, self.today, self.beside):
                rows = explain(part.tree, facts, on=self.today, beside=self.beside).criteria()
                found = blocked if part.reads.isdisjoint(touched) else short
                found += [row.criterion for row in rows if row.open]
        return tuple(blocked), tuple(short)


def holds(tree: Tree, facts: FirmFacts, on: date, beside: Beside) -> bool:
    """Whether nothing of the firm itself stands in the way: eligible, or open only in what others tell later."""
    answer = verdict(tree, facts, on, beside)
    if answer is Verdict.TENTATIVE:
        return not _of_the_firm(_lacking(tree, facts, on, beside))
    return answer is Verdict.ELIGIBLE


def _worth(kept: Sequence[Path]) -> int:
    """The size beyond which a path would not be shown any more."""
    sizes = sorted(path.size for path in kept)
    return sizes[MOST_PATHS - 1] if len(sizes) >= MOST_PATHS else MOST_ACTIONS


def _reads(node: Criterion | Group) -> frozenset[str]:
    if isinstance(node, Group):
        return frozenset().union(*(_reads(inner) for inner in node.nodes)) if node.nodes else frozenset()
    return frozenset(slot_of(test) for test in (node.test, *node.when))


def _part(node: Criterion | Group) -> _Part:
    tree, reads = Tree(Group(Mode.ALL, (node,))), _reads(node)
    ages = any(_is_age(fact) for fact in reads)
    return _Part(tree, reads, ages or any(row.max_age_days is not None for row in tree.criteria()))


def _is_age(fact: str) -> bool:
    return not fact.startswith("list:") and catalogue()[fact].type is FactType.YEARS


def _of_the_firm(lacking: Iterable[str]) -> bool:
    return any(catalogue()[code].subject in (Subject.FIRM, Subject.FIRM_LIST) for code in lacking)


def _lacking(tree: Tree, facts: FirmFacts, on: date, beside: Beside) -> tuple[str, ...]:
    rows = explain(tree, facts, on=on, beside=beside).criteria()
    missing = [row for row in rows if row.open and row.verdict is CriterionVerdict.MISSING]
    return tuple(dict.fromkeys(code for row in missing for code in row.lacking))


def _no_worse(one: Path, other: Path) -> bool:
    """Whether a path is no later, no longer, and asks in each thing it touches for the same as another, or for less."""
    return (
        one.on <= other.on
        and one.size <= other.size
        and all(any(_asks_no_more(action, beside) for beside in other.actions) for action in one.actions)
    )


def _asks_no_more(action: Action, other: Action) -> bool:
    is_alike = (action.slot, action.kind) == (other.slot, other.kind)
    return action.code == other.code or (is_alike and action.step < other.step)


def _dates(actions: Iterable[Action], events: Iterable[date], today: date) -> list[date]:
    """Today and every later day on which something can be done or changes by itself, within the horizon."""
    last = add_months(today, 12 * HORIZON_YEARS)
    days = {today, *events, *(action.earliest_on for action in actions)}
    return sorted(day for day in days if today <= day <= last)


def time_events(tree: Tree, facts: FirmFacts, today: date) -> list[date]:
    """The days after today on which some comparison of the rule changes its answer with nothing done."""
    found: set[date] = set()
    for criterion in tree.criteria():
        held = facts.values.get(criterion.test.fact)
        if criterion.max_age_days is not None and held is not None:
            found.add(held.as_of + timedelta(days=criterion.max_age_days + 1))
        for test in (criterion.test, *criterion.when):
            found.update(_birthdays(test, facts))
    last = add_months(today, 12 * HORIZON_YEARS)
    return sorted(day for day in found if today < day <= last)


def _birthdays(test: Test, facts: FirmFacts) -> Iterator[date]:
    """The days on which an age reaches a threshold of the comparison, or passes it."""
    held = facts.values.get(test.fact)
    if not _is_age(slot_of(test)) or held is None or not isinstance(held.value, date):
        return
    bounds = test.value if isinstance(test.value, tuple) else (test.value,)
    for bound in bounds:
        if isinstance(bound, int):
            for years in (bound, bound + 1):
                if held.value.year + years < date.max.year:
                    yield add_months(held.value, 12 * years, MonthEnd.NEXT_DAY)
