"""A rule in clauses, all of which must hold: each clause is any of several comparisons. Pure.

Kleene's logic is distributive, so a rule of groups in groups says the same as an "all" of "any"s. A criterion that
applies only ``when`` others hold is the clause "not those, or it is met". Rules whose clauses would be too many are
left to the evaluator over firms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product as crossed

from lenders.admission.tree import Criterion, Group, Missing, Mode, Node, Test, Tree

MAX_CLAUSES = 64
"""More than this a rule may not grow to."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A comparison as it stands in a clause: how old a value may be, what unknown means, and whether it is denied."""

    test: Test
    max_age_days: int | None = None
    missing: Missing = Missing.TENTATIVE
    denied: bool = False


Clause = tuple[Literal, ...]


class TooManyClauses(Exception):
    """The rule is valid and has no short form in clauses."""


def clauses_of(tree: Tree) -> tuple[Clause, ...]:
    """The clauses of a rule, each once.

    Raises:
        TooManyClauses: there would be more than :data:`MAX_CLAUSES` of those that join comparisons.
    """
    return tuple(dict.fromkeys(_node(tree.root)))


def clause_of(criterion: Criterion) -> Clause:
    """One criterion as a clause."""
    met = Literal(criterion.test, criterion.max_age_days, criterion.missing)
    return (*(Literal(test, denied=True) for test in criterion.when), met)


def _node(node: Node) -> list[Clause]:
    if isinstance(node, Criterion):
        return [clause_of(node)]
    inner = [_node(part) for part in node.nodes]
    if node.mode is Mode.ALL:
        return _bounded(clause for clauses in inner for clause in clauses)
    return _bounded(_any(inner))


def _any(inner: Sequence[list[Clause]]) -> Iterable[Clause]:
    return (tuple(dict.fromkeys(part for clause in chosen for part in clause)) for chosen in crossed(*inner))


def _bounded(clauses: Iterable[Clause]) -> list[Clause]:
    kept: list[Clause] = []
    joined = 0
    for clause in clauses:
        joined += len(clause) > 1
        if joined > MAX_CLAUSES:
            raise TooManyClauses
        kept.append(clause)
    return kept


