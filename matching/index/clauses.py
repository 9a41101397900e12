"""A rule in clauses, all of which must hold: each clause is any of several comparisons. Pure.

Kleene's logic is distributive, so a rule of groups in groups says the same as an "all" of "any"s. A criterion that
applies only ``when`` others hold is the clause "not those, or it is met"; a comparison of sets is one of each code.
Rules whose clauses would be too many are left to the evaluator over firms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product as crossed
from typing import TypeAlias, TypeVar

from lenders.admission.tree import Criterion, Missing, Mode, Node, Operator, Test, Tree

MAX_CLAUSES = 64
"""More clauses of several comparisons than this a rule may not grow to."""
_OF_SETS = (Operator.ALL_OF, Operator.ANY_OF, Operator.NONE_OF)


@dataclass(frozen=True, slots=True)
class Literal:
    """A comparison as it stands in a clause: how old a value may be, what unknown means, and whether it is denied.

    Of sets it asks for one code, always as ``any_of``.
    """

    test: Test
    max_age_days: int | None = None
    missing: Missing = Missing.TENTATIVE
    denied: bool = False


Clause: TypeAlias = tuple[Literal, ...]
Numbers: TypeAlias = tuple[int, ...]
_Part = TypeVar("_Part", Literal, int)


class TooManyClauses(Exception):
    """The rule is valid and has no short form in clauses."""


def clauses_of(tree: Tree) -> tuple[Clause, ...]:
    """The clauses of a rule, each once.

    Raises:
        TooManyClauses: there would be more than :data:`MAX_CLAUSES` of those that join comparisons.
    """
    return tuple(dict.fromkeys(_node(tree.root, clauses_of_criterion)))


class Numbering:
    """Many rules in clauses, each comparison and each clause of them numbered once, in the order they are met.

    What rules share is brought into clauses once: a thousand rules choose their criteria from a few hundred.
    """

    def __init__(self) -> None:
        self.literals: dict[Literal, int] = {}
        self.clauses: dict[Numbers, int] = {}
        self._criteria: dict[tuple[Test, tuple[Test, ...], Missing, int | None], list[Numbers]] = {}

    def rule(self, tree: Tree) -> Numbers:
        """The numbers of a rule's clauses.

        Raises:
            TooManyClauses: as :func:`clauses_of`.
        """
        numbers = self.clauses
        return tuple(
            [
                numbers.setdefault(clause, len(numbers))
                for clause in dict.fromkeys(_node(tree.root, self._criterion))
            ]
        )

    def _criterion(self, criterion: Criterion) -> list[Numbers]:
        key = (criterion.test, criterion.when, criterion.missing, criterion.max_age_days)
        found = self._criteria.get(key)
        if found is None:
            numbers = self.literals
            found = self._criteria[key] = [
                tuple([numbers.setdefault(part, len(numbers)) for part in clause])
                for clause in clauses_of_criterion(criterion)
            ]
        return found


def clauses_of_criterion(criterion: Criterion) -> list[Clause]:
    """One criterion in clauses.

    Raises:
        TooManyClauses: as :func:`clauses_of`.
    """
    met = _comparison(criterion.test, criterion.max_age_days, criterion.missing)
    if not criterion.when:
        return met
    return _any([*(_comparison(test, denied=True) for test in criterion.when), met])


def _node(
    node: Node, of_criterion: Callable[[Criterion], list[tuple[_Part, ...]]]
) -> list[tuple[_Part, ...]]:
    if isinstance(node, Criterion):
        return of_criterion(node)
    inner = [_node(part, of_criterion) for part in node.nodes]
    if node.mode is Mode.ALL:
        return _bounded(clause for clauses in inner for clause in clauses)
    return _any(inner)


def _comparison(
    test: Test, max_age: int | None = None, missing: Missing = Missing.TENTATIVE, *, denied: bool = False
) -> list[Clause]:
    """A comparison, or its denial. A set either shares one code at least, or lacks each of them."""
    if test.operator not in _OF_SETS or not isinstance(test.value, tuple):
        return [(Literal(test, max_age, missing, denied),)]
    if test.operator is Operator.NONE_OF:
        denied = not denied
        # Denying exchanges what counts as met and as not met, so the meaning of unknown is exchanged before.
        missing = _EXCHANGED[missing]
    has = [
        Literal(Test(test.fact, Operator.ANY_OF, (code,)), max_age, missing, denied) for code in test.value
    ]
    asks_for_all = test.operator is Operator.ALL_OF
    return [tuple(has)] if asks_for_all is denied else [(one,) for one in has]


_EXCHANGED = {Missing.TENTATIVE: Missing.TENTATIVE, Missing.PASS: Missing.FAIL, Missing.FAIL: Missing.PASS}


def _any(inner: Sequence[list[tuple[_Part, ...]]]) -> list[tuple[_Part, ...]]:
    joined = (
        tuple(dict.fromkeys(part for clause in chosen for part in clause)) for chosen in crossed(*inner)
    )
    return _bounded(joined)


def _bounded(clauses: Iterable[tuple[_Part, ...]]) -> list[tuple[_Part, ...]]:
    kept: list[tuple[_Part, ...]] = []
    joined = 0
    for clause in clauses:
        joined += len(clause) > 1
        if joined > MAX_CLAUSES:
            raise TooManyClauses
        kept.append(clause)
    return kept
