"""The rule a what-if starts from, and the rule it asks for: thresholds moved, criteria left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import inf

from creditbridge.facts.catalogue import Subject, catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from lenders.admission.tree import Criterion, Group, Mode, Node, Operator, Scalar, Test, Tree
from lenders.admission.validation import Severity, validate
from lenders.products import thresholds

Moves = Mapping[str, Test | None]
"""Another comparison for a criterion, by its id; None leaves the criterion out."""
MOVABLE = frozenset(
    {Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN}
)
LEFT_OUT = "-"


def moves_of(tree: Tree, asked: Mapping[str, str]) -> dict[str, Test | None]:
    """The moves that typed thresholds ask for, by criterion; what is as it stands, or empty, moves nothing.

    A pair of bounds is typed with ``..`` between; :data:`LEFT_OUT` leaves the criterion out.

    Raises:
        InvalidInput: names each threshold that cannot be read or makes no sense.
    """
    problems: dict[str, list[Words]] = {}
    moves: dict[str, Test | None] = {}
    for criterion in tree.criteria():
        text = asked.get(criterion.id, "").strip()
        if text == LEFT_OUT:
            moves[criterion.id] = None
        elif text and criterion.test.operator in MOVABLE and text != typed(criterion.test):
            try:
                test = _read(criterion.test, text)
            except thresholds.ThresholdProblem as problem:
                problems[criterion.id] = [problem.words]
                continue
            if test != criterion.test:
                moves[criterion.id] = test
                problems |= _wrong(criterion, test)
    if problems:
        raise InvalidInput(problems)
    return moves


def typed(test: Test) -> str:
    """A threshold as it is typed."""
    values, high = thresholds.show(catalogue()[test.fact], test.value)
    return f"{values[0]}..{high}" if high else " ".join(values)


def moved_rule(tree: Tree, moves: Moves) -> Tree:
    """The rule with its moves made."""
    root = _moved(tree.root, moves)
    if root is None:
        return Tree(Group(Mode.ALL, ()))
    return Tree(root if isinstance(root, Group) else Group(Mode.ALL, (root,)))


def moves_between(tree: Tree, other: Tree) -> dict[str, Test | None] | None:
    """What was moved to make one rule of another; None where they differ in more than their thresholds."""
    tests = {criterion.id: criterion.test for criterion in other.criteria()}
    moves: dict[str, Test | None] = {
        criterion.id: tests[criterion.id]
        for criterion in tree.criteria()
        if criterion.id in tests and tests[criterion.id] != criterion.test
    }
    return moves if moved_rule(tree, moves) == other else None


def is_wider(test: Test | None, other: Test | None) -> bool:
    """Whether a comparison surely admits every value that another does; None is a criterion left out, which admits all.

    A rule depends on its criteria in one direction only, so what is wider of a criterion is wider of the rule.
    """
    if test is None or test == other:
        return True
    if other is None or (test.fact, test.operator) != (other.fact, other.operator):
        return False
    if test.operator not in MOVABLE:
        return False
    low, high = _span(test)
    other_low, other_high = _span(other)
    return low <= other_low and other_high <= high


def widening(tree: Tree, moves: Moves) -> bool | None:
    """Whether moves make a rule wider, or else narrower; None where some do this and some that."""
    own = {criterion.id: criterion.test for criterion in tree.criteria()}
    if all(is_wider(test, own[name]) for name, test in moves.items()):
        return True
    return False if all(is_wider(own[name], test) for name, test in moves.items()) else None


def _span(test: Test) -> tuple[float, float]:
    low, high = test.value if isinstance(test.value, tuple) else (test.value, test.value)
    if test.operator in (Operator.AT_LEAST, Operator.MORE_THAN):
        return _height(test, low), inf
    if test.operator in (Operator.AT_MOST, Operator.LESS_THAN):
        return -inf, _height(test, high)
    return _height(test, low), _height(test, high)


def _height(test: Test, value: Scalar | None) -> float:
    """Where a threshold stands among others of its fact."""
    scale = catalogue()[test.fact].scale
    if isinstance(value, int) or value is None:
        return value or 0
    return -scale.rank(value) if scale is not None else date.fromisoformat(value).toordinal()


def is_of_firm(criterion: Criterion) -> bool:
    """Whether the city knows what a criterion asks for; what is asked of a loan or a person is open for every firm."""
    return catalogue()[criterion.test.fact].subject in (Subject.FIRM, Subject.FIRM_LIST)


def _read(test: Test, text: str) -> Test:
    low, _, high = text.partition("..")
    value = thresholds.read(catalogue()[test.fact], test.operator, [low.strip()], high.strip())
    return replace(test, value=value)


def _wrong(criterion: Criterion, test: Test) -> dict[str, list[Words]]:
    alone = Tree(Group(Mode.ALL, (replace(criterion, test=test, when=()),)))
    found = [one.words for one in validate(alone, catalogue()) if one.severity is Severity.ERROR]
    return {criterion.id: found} if found else {}


def _moved(node: Node, moves: Moves) -> Node | None:
    """A node with its moves made; None where it holds for every firm."""
    if isinstance(node, Criterion):
        test = moves.get(node.id, node.test)
        return None if test is None else replace(node, test=test)
    inner = [_moved(part, moves) for part in node.nodes]
    if node.mode is Mode.ANY and None in inner:
        return None
    return replace(node, nodes=tuple(part for part in inner if part is not None))
