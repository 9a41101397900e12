"""Does a rule mean something: every criterion held to the fact catalogue, and rules no firm can ever meet.

Errors keep a rule from being saved; warnings are shown beside it. A path leads to the node as it stands in the JSON:
``all.2.any.0.value``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Any

from creditbridge.facts.catalogue import Fact, FactType, Subject, named_lists
from creditbridge.facts.values import ValueProblem, value_from_json
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount, AmountNode, Combined, PerUnit, Share, Tiers
from lenders.admission.contradiction import impossible
from lenders.admission.label_codes import label_fault
from lenders.admission.sentence import comparison_sentence
from lenders.admission.tree import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_SET_SIZE,
    SET_OPERATORS,
    Criterion,
    Group,
    Mode,
    Node,
    Operator,
    Test,
    Tree,
    join_path,
)
from lenders.admission.truth import operators_for

MAX_YEARS = 150


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a rule, where, and how bad it is. ``code`` is for machines."""

    path: str
    code: str
    words: Words
    severity: Severity = Severity.ERROR


def validate(tree: Tree, catalogue: Mapping[str, Fact]) -> list[Problem]:
    """Every problem of a rule, in tree order; none means it may be published."""
    problems = [*_bounds(tree), *_double_ids(tree)]
    problems += _node(tree.root, "", inside_any=False, catalogue=catalogue)
    if not any(problem.severity is Severity.ERROR for problem in problems):
        problems += _impossible(tree.root, "", catalogue)
    return problems


def validate_amount(amount: Amount, catalogue: Mapping[str, Fact]) -> list[Problem]:
    """Every problem of an amount formula."""
    return list(_amount(amount.root, "amount", catalogue))


def _bounds(tree: Tree) -> Iterator[Problem]:
    if _depth(tree.root) > MAX_DEPTH:
        words = Words("嵌套过深，最多 {most} 层。", "Nested too deep; {most} levels at most.")
        yield Problem("", "too_deep", words.fill(most=MAX_DEPTH))
    if sum(1 for _ in tree.nodes()) > MAX_NODES:
        words = Words("条件过多，最多 {most} 个节点。", "Too many nodes; {most} at most.")
        yield Problem("", "too_many_nodes", words.fill(most=MAX_NODES))


def _depth(node: Node) -> int:
    return 1 + max((_depth(inner) for inner in node.nodes), default=0) if isinstance(node, Group) else 0


def _double_ids(tree: Tree) -> Iterator[Problem]:
    for identity, times in Counter(criterion.id for criterion in tree.criteria()).items():
        if times > 1:
            words = Words("编号“{id}”重复。", "The id “{id}” appears more than once.").fill(id=identity)
            yield Problem("", "double_id", words)


def _node(node: Node, path: str, *, inside_any: bool, catalogue: Mapping[str, Fact]) -> Iterator[Problem]:
    if isinstance(node, Criterion):
        yield from _test(node.test, path, catalogue)
        for place, test in enumerate(node.when):
            yield from _test(test, join_path(join_path(path, "when"), place), catalogue)
        if node.when and inside_any:
            # Where it does not apply, a criterion is met; among alternatives that would open the whole group.
            words = Words(
                "“任意一项”之内的条件不能带适用情形，请改用一组“全部符合”。",
                "A criterion inside “any” cannot have “when”; use an “all” of both instead.",
            )
            yield Problem(join_path(path, "when"), "when_inside_any", words)
        return
    inside = join_path(path, node.mode)
    if not node.nodes and (path or node.mode is Mode.ANY):
        yield Problem(inside, "empty_group", Words("条件组不能为空。", "A group cannot be empty."))
    for place, inner in enumerate(node.nodes):
        yield from _node(
            inner, join_path(inside, place), inside_any=node.mode is Mode.ANY, catalogue=catalogue
        )


def _test(test: Test, path: str, catalogue: Mapping[str, Fact]) -> Iterator[Problem]:
    fact = catalogue.get(test.fact)
    if fact is None:
        words = Words("数据目录中没有“{code}”。", "The fact catalogue has no “{code}”.").fill(code=test.fact)
        yield Problem(join_path(path, "fact"), "unknown_fact", words)
    elif not fact.matchable:
        words = Words("“{name}”不能用作准入条件。", "“{name}” cannot be used as a condition.").fill(
            name=fact.name
        )
        yield Problem(join_path(path, "fact"), "not_matchable", words)
    elif test.operator not in operators_for(fact):
        words = Words("“{name}”不能这样比较。", "“{name}” cannot be compared in this way.").fill(
            name=fact.name
        )
        yield Problem(join_path(path, "operator"), "wrong_operator", words)
    elif test.scale is not None and (found := _other_scale(fact, test.scale)):
        yield Problem(join_path(path, "scale"), "other_scale", found)
    else:
        yield from _value(fact, test, join_path(path, "value"))


def _other_scale(fact: Fact, named: tuple[str, int]) -> Words | None:
    """What is wrong where a threshold is of a scale, or a version of it, that the fact is not graded by now."""
    if fact.scale is None:
        return Words("“{name}”没有等级。", "“{name}” is not graded.").fill(name=fact.name)
    if named == (fact.scale.code, fact.scale.version):
        return None
    return Words(
        "门槛用的是等级体系 {code} 第 {version} 版，“{name}”现行的是“{scale}”第 {current} 版。请按现行等级重新选择。",
        "The threshold is of version {version} of the scale {code}; “{name}” is graded by version {current} of “{scale}”. Choose again by the current grades.",
    ).fill(
        code=named[0],
        version=named[1],
        name=fact.name,
        scale=fact.scale.name,
        current=fact.scale.version,
    )


def _value(fact: Fact, test: Test, path: str) -> Iterator[Problem]:
    """Hold a threshold to its fact's type, and a pair of bounds to its order."""
    if fact.subject is Subject.FIRM_LIST:
        if test.value not in named_lists():
            yield Problem(path, "unknown_list", Words("没有这个名单。", "There is no such list."))
        return
    if fact.type is FactType.BOOLEAN:
        return
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if len(values) > MAX_SET_SIZE:
        words = Words("最多 {most} 项。", "{most} items at most.").fill(most=MAX_SET_SIZE)
        yield Problem(path, "set_too_large", words)
        return
    if isinstance(test.value, tuple) != (test.operator in SET_OPERATORS or test.operator is Operator.BETWEEN):
        yield Problem(
            path, "wrong_shape", Words("数值的形式与比较方式不符。", "The value does not fit the operator.")
        )
        return
    wrong = next(filter(None, (_threshold_problem(fact, value) for value in values)), None)
    if wrong is not None:
        yield Problem(path, "wrong_value", wrong)
    elif fact.type is FactType.LABEL_SET:
        yield from _labels(values, path)
    elif test.operator is Operator.BETWEEN and not _ordered(values):
        yield Problem(
            path, "bounds_crossed", Words("下限不能大于上限。", "The lower bound exceeds the upper one.")
        )


def _labels(codes: Iterable[Any], path: str) -> Iterator[Problem]:
    """A condition names labels that are given today and may be matched; a retired one is told with its successor."""
    for code in codes:
        fault = label_fault(code, clock.today())
        if fault is not None:
            yield Problem(path, *fault)


def _ordered(bounds: tuple[Any, ...]) -> bool:
    return len(bounds) == 2 and bool(bounds[0] <= bounds[1])


_AS_SET = frozenset({FactType.CHOICES, FactType.LABEL_SET})


def _threshold_problem(fact: Fact, value: Any) -> Words | None:
    """What keeps a threshold from being one of its fact's type. An age is asked for in whole years."""
    if fact.type is FactType.YEARS:
        if type(value) is int and 0 <= value <= MAX_YEARS:
            return None
        return Words("请填写 0 到 {most} 之间的整年数。", "Give whole years from 0 to {most}.").fill(
            most=MAX_YEARS
        )
    try:
        value_from_json(fact, [value] if fact.type in _AS_SET else value)
    except ValueProblem as problem:
        return problem.words
    if fact.type is FactType.DATE and date.fromisoformat(value).isoformat() != value:
        return Words("请把日期写成 2026-03-31。", "Write the date as 2026-03-31.")
    return None


def _impossible(
    node: Node, path: str, catalogue: Mapping[str, Fact], *, read: bool = False
) -> Iterator[Problem]:
    """Warn where criteria that must all hold leave no value of a fact. An “all” inside another is ``read`` with it."""
    if isinstance(node, Criterion):
        return
    inside = join_path(path, node.mode)
    if node.mode is Mode.ALL and not read:
        for code, tests in _asked_together(node).items():
            if impossible(catalogue[code], tests):
                why = _clash(catalogue[code], tests)
                words = _IMPOSSIBLE.fill(name=catalogue[code].name, why=why)
                yield Problem(inside, "impossible", words, Severity.WARNING)
        yield from _no_way_in(node, inside, catalogue)
    for place, inner in enumerate(node.nodes):
        yield from _impossible(inner, join_path(inside, place), catalogue, read=node.mode is Mode.ALL)


def _no_way_in(group: Group, path: str, catalogue: Mapping[str, Fact]) -> Iterator[Problem]:
    """Warn where each alternative of an “any” contradicts what must hold beside it, or itself."""
    beside = [criterion.test for criterion in _unconditional(group)]
    for place, node in enumerate(group.nodes):
        if not isinstance(node, Group) or node.mode is Mode.ALL or not node.nodes:
            continue
        ways = [[*beside, *_tests_of(alternative)] for alternative in node.nodes]
        if all(_contradict(way, catalogue) for way in ways) and not _contradict(beside, catalogue):
            yield Problem(join_path(path, place), "impossible", _NO_WAY_IN, Severity.WARNING)


def _tests_of(alternative: Node) -> list[Test]:
    """What surely has to hold for an alternative to hold."""
    if isinstance(alternative, Criterion):
        return [] if alternative.when else [alternative.test]
    if alternative.mode is Mode.ALL:
        return [criterion.test for criterion in _unconditional(alternative)]
    return _tests_of(alternative.nodes[0]) if len(alternative.nodes) == 1 else []


def _contradict(tests: Iterable[Test], catalogue: Mapping[str, Fact]) -> bool:
    asked: dict[str, list[Test]] = {}
    for test in tests:
        asked.setdefault(test.fact, []).append(test)
    return any(impossible(catalogue[code], several) for code, several in asked.items())


_NO_WAY_IN = Words(
    "“任意一项”之内的每一项都与其他条件矛盾，没有企业能够符合。",
    "Each alternative here contradicts the other conditions: no firm can ever qualify.",
)


_IMPOSSIBLE = Words(
    "关于“{name}”的条件互相矛盾，没有企业能够符合：{why}。",
    "The conditions on “{name}” contradict each other, so no firm can ever qualify: {why}.",
)
_MOST_SAID = 3


def _clash(fact: Fact, tests: list[Test]) -> Words:
    """Which comparisons cannot hold together: the first two that exclude each other, else the first few of all."""
    two = next((pair for pair in combinations(tests, 2) if impossible(fact, pair)), None)
    said = [comparison_sentence(test) for test in (two or tests[:_MOST_SAID])]
    return Words("；".join(words.zh for words in said), "; ".join(words.en for words in said))


def _asked_together(group: Group) -> dict[str, list[Test]]:
    asked: dict[str, list[Test]] = {}
    for criterion in _unconditional(group):
        asked.setdefault(criterion.test.fact, []).append(criterion.test)
    return asked


def _unconditional(group: Group) -> Iterable[Criterion]:
    for node in group.nodes:
        if isinstance(node, Criterion):
            if not node.when:
                yield node
        elif node.mode is Mode.ALL:
            yield from _unconditional(node)


def _amount(node: AmountNode, path: str, catalogue: Mapping[str, Fact]) -> Iterator[Problem]:
    if isinstance(node, Combined):
        for place, inner in enumerate(node.of):
            yield from _amount(inner, join_path(join_path(path, "of"), place), catalogue)
    elif isinstance(node, Tiers):
        yield from _tiers(node, path, catalogue)
    elif isinstance(node, Share | PerUnit):
        fact = catalogue.get(node.fact)
        if fact is None or not fact.matchable or fact.type not in _MEASURED[type(node)]:
            words = Words("额度公式不能用这一项。", "The formula cannot be based on this fact.")
            yield Problem(join_path(path, "fact"), "wrong_fact", words)


_MEASURED: Mapping[type, frozenset[FactType]] = {
    Share: frozenset({FactType.NUMBER_FEN}),
    PerUnit: frozenset({FactType.COUNT, FactType.NUMBER}),
}


def _tiers(node: Tiers, path: str, catalogue: Mapping[str, Fact]) -> Iterator[Problem]:
    for place, tier in enumerate(node.tiers):
        inside = join_path(join_path(path, "tiers"), place)
        for number, test in enumerate(tier.when):
            yield from _test(test, join_path(join_path(inside, "when"), number), catalogue)
        yield from _amount(tier.amount, join_path(inside, "amount"), catalogue)
    if node.otherwise is not None:
        yield from _amount(node.otherwise, join_path(path, "otherwise"), catalogue)
