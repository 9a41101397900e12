"""The admission language: a closed, bounded tree of criteria, and its JSON form.

A rule is ``{"language": 1, "all": [node, …]}`` (or ``"any"``). A node is a criterion or a group ``{"all": […]}`` or
``{"any": […]}``. A criterion compares one fact; it may apply only ``when`` other comparisons hold, say what an
unknown fact means, and how old the fact may be. Nothing in a tree is executed. ``docs/admission.md`` is the reference.

Reading checks the shape; :mod:`lenders.admission.validation` checks the meaning against the fact catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, TypeAlias

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words

LANGUAGE = 1
MAX_DEPTH = 6
MAX_NODES = 200
MAX_SET_SIZE = 500
MAX_CONDITIONS = 10
MAX_AGE_DAYS = 3_660
MAX_NOTE = 500
MAX_INTEGER = 10**15
MAX_TEXT = 64
CRITERION_ID = re.compile(r"[a-z][a-z0-9_]{0,47}", re.ASCII)

Scalar: TypeAlias = int | str
"""A threshold as JSON has it: an integer (fen, ppm, count, years), a code, or an ISO date."""
Threshold: TypeAlias = Scalar | tuple[Scalar, ...] | None


class Operator(StrEnum):
    """The whole set of comparisons. Bounds are inclusive but for ``more_than`` and ``less_than``."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    IN_SET = "in_set"
    NOT_IN_SET = "not_in_set"
    WITHIN = "within"
    NOT_WITHIN = "not_within"
    ALL_OF = "all_of"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    IN_LIST = "in_list"
    NOT_IN_LIST = "not_in_list"
    IS_TRUE = "is_true"
    IS_FALSE = "is_false"


SET_OPERATORS = frozenset(
    {
        Operator.IN_SET,
        Operator.NOT_IN_SET,
        Operator.WITHIN,
        Operator.NOT_WITHIN,
        Operator.ALL_OF,
        Operator.ANY_OF,
        Operator.NONE_OF,
    }
)
BARE_OPERATORS = frozenset({Operator.IS_TRUE, Operator.IS_FALSE})


class Missing(StrEnum):
    """What an unknown fact means for a criterion."""

    TENTATIVE = "tentative"
    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


MISSING_WORDS: Mapping[Missing, Words] = {
    Missing.TENTATIVE: Words("待补充信息", "More information needed"),
    Missing.FAIL: Words("视为不符合", "Counts as not met"),
    Missing.PASS: Words("视为符合", "Counts as met"),
}


class Mode(StrEnum):
    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of one fact. The shape of ``value`` follows the operator: none, one, a pair or a tuple of codes."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    fact: str
    operator: Operator
    value: Threshold = None
    scale: tuple[str, int] | None = None
    """The graded scale a threshold is of, and its version; None for the current one."""

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"fact": self.fact, "operator": self.operator.value}
        if self.operator not in BARE_OPERATORS:
            row["value"] = list(self.value) if isinstance(self.value, tuple) else self.value
        if self.scale is not None:
            row["scale"] = {"code": self.scale[0], "version": self.scale[1]}
        return row


@dataclass(frozen=True, slots=True)
class Criterion:
    """A comparison a firm has to meet. Where ``when`` does not hold, the criterion does not apply to the firm."""

    id: str
    test: Test
    when: tuple[Test, ...] = ()
    missing: Missing = Missing.TENTATIVE
    max_age_days: int | None = None
    note: Words | None = None

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"id": self.id, **self.test.to_json()}
        if self.when:
            row["when"] = [test.to_json() for test in self.when]
        if self.missing is not Missing.TENTATIVE:
            row["missing"] = self.missing.value
        if self.max_age_days is not None:
            row["max_age_days"] = self.max_age_days
        if self.note is not None:
            row["note"] = self.note.as_json()
        return row


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes of which all, or any one, must hold."""

    mode: Mode
    nodes: tuple[Criterion | Group, ...]

    def to_json(self) -> dict[str, Any]:
        return {self.mode.value: [node.to_json() for node in self.nodes]}


Node: TypeAlias = Criterion | Group


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole admission rule. The empty ``all`` admits every firm."""

    root: Group

    def to_json(self) -> dict[str, Any]:
        return {"language": LANGUAGE, **self.root.to_json()}

    @classmethod
    def from_json(cls, data: Any) -> Tree:
        """Read a rule.

        Raises:
            InvalidInput: ``invalid_rule``; ``fields`` names the path of what is wrong, such as ``all.0.value``.
        """
        row = _object(data, "")
        if row.get("language") != LANGUAGE or type(row["language"]) is not int:
            _refuse(
                "language",
                Words("规则语言版本应为 {version}。", "The language version must be {version}.").fill(
                    version=LANGUAGE
                ),
            )
        inner = {key: value for key, value in row.items() if key != "language"}
        if not _is_group(inner):
            _refuse("", _NO_GROUP)
        _check_size(inner)
        return cls(_group(inner, "", 1))

    def nodes(self) -> Iterator[Node]:
        """Every node in tree order, the root first."""
        return _walk(self.root)

    def criteria(self) -> Iterator[Criterion]:
        """Every criterion in tree order."""
        return (node for node in self.nodes() if isinstance(node, Criterion))


EVERYONE = Tree(Group(Mode.ALL, ()))
"""The rule that admits every firm."""


def _check_size(data: Any) -> None:
    """Refuse too many nodes before any of them is read: whatever is sent, no more than that many are looked at."""
    waiting, seen = [(data, 1)], 0
    while waiting:
        seen += 1
        if seen > MAX_NODES:
            words = Words("条件过多，最多 {most} 个节点。", "Too many nodes; {most} at most.")
            _refuse("", words.fill(most=MAX_NODES))
        row, depth = waiting.pop()
        for mode in Mode if isinstance(row, dict) and depth <= MAX_DEPTH else ():
            inner = row.get(mode.value)
            if isinstance(inner, list):
                if depth == 1 and len(inner) > MAX_NODES:
                    return  # reading stops at this list by itself, and names it
                waiting += [(node, depth + 1) for node in inner[: MAX_NODES + 1]]


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Group):
        for inner in node.nodes:
            yield from _walk(inner)


_TEST_KEYS = frozenset({"fact", "operator", "value", "scale"})
_CRITERION_KEYS = _TEST_KEYS | {"id", "when", "missing", "max_age_days", "note"}
_NO_GROUP = Words("应恰好有一个条件组 all 或 any。", "There must be exactly one group, all or any.")


def _refuse(path: str, words: Words) -> NoReturn:
    raise InvalidInput({path: [words]}, code="invalid_rule")


def _object(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        _refuse(path, Words("这里应为对象。", "This must be an object."))
    return data


def _array(data: Any, path: str, most: int) -> list[Any]:
    if not isinstance(data, list) or len(data) > most:
        _refuse(
            path,
            Words("这里应为数组，最多 {most} 项。", "This must be an array of {most} items at most.").fill(
                most=most
            ),
        )
    return data


def _known_keys(row: dict[str, Any], path: str, known: frozenset[str]) -> None:
    for key in row:
        if key not in known:
            _refuse(join_path(path, str(key)), Words("不认识这一项。", "This key is not known here."))


def join_path(path: str, step: str | int) -> str:
    """A path one step deeper: ``all.0.value``."""
    return f"{path}.{step}" if path else str(step)


def _is_group(row: dict[str, Any]) -> bool:
    return row.keys() in ({"all"}, {"any"})


def _node(data: Any, path: str, depth: int) -> Node:
    row = _object(data, path)
    return _group(row, path, depth) if _is_group(row) else _criterion(row, path)


def _group(row: dict[str, Any], path: str, depth: int) -> Group:
    if depth > MAX_DEPTH:
        _refuse(
            path,
            Words("嵌套过深，最多 {most} 层。", "Nested too deep; {most} levels at most.").fill(
                most=MAX_DEPTH
            ),
        )
    ((mode, items),) = row.items()
    inside = join_path(path, mode)
    listed = _array(items, inside, MAX_NODES)
    return Group(
        Mode(mode),
        tuple(_node(item, join_path(inside, place), depth + 1) for place, item in enumerate(listed)),
    )


def _criterion(row: dict[str, Any], path: str) -> Criterion:
    _known_keys(row, path, _CRITERION_KEYS)
    identity = row.get("id")
    if type(identity) is not str or not CRITERION_ID.fullmatch(identity):
        _refuse(
            join_path(path, "id"),
            Words(
                "编号应为小写字母、数字和下划线，以字母开头。",
                "The id is lower-case letters, digits and underscores, a letter first.",
            ),
        )
    when = _array(row.get("when", []), join_path(path, "when"), MAX_CONDITIONS)
    missing = row.get("missing", Missing.TENTATIVE.value)
    if missing not in list(Missing):
        _refuse(
            join_path(path, "missing"),
            Words("应为 tentative、fail 或 pass。", "This must be tentative, fail or pass."),
        )
    return Criterion(
        identity,
        _test({key: value for key, value in row.items() if key in _TEST_KEYS}, path),
        read_tests(when, join_path(path, "when")),
        Missing(missing),
        _max_age(row.get("max_age_days"), join_path(path, "max_age_days")),
        _note(row.get("note"), join_path(path, "note")),
    )


def read_tests(rows: Any, path: str) -> tuple[Test, ...]:
    """Read comparisons all of which must hold, as ``when`` and the tiers of an amount have them.

    Raises:
        InvalidInput: ``invalid_rule``.
    """
    return tuple(
        _test(_object(row, join_path(path, place)), join_path(path, place))
        for place, row in enumerate(_array(rows, path, MAX_CONDITIONS))
    )


def _test(row: dict[str, Any], path: str) -> Test:
    _known_keys(row, path, _TEST_KEYS)
    fact, operator = row.get("fact"), row.get("operator")
    if type(fact) is not str or not 0 < len(fact) <= MAX_TEXT:
        _refuse(join_path(path, "fact"), Words("请填写数据项代码。", "Give the code of a fact."))
    if operator not in list(Operator):
        _refuse(join_path(path, "operator"), Words("没有这种比较方式。", "There is no such operator."))
    known = Operator(operator)
    if known in BARE_OPERATORS and "value" in row:
        _refuse(join_path(path, "value"), Words("这种比较方式不带数值。", "This operator takes no value."))
    value = _threshold(known, row.get("value"), join_path(path, "value"))
    return Test(fact, known, value, _scale(row.get("scale"), join_path(path, "scale")))


def _scale(data: Any, path: str) -> tuple[str, int] | None:
    if data is None:
        return None
    row = _object(data, path)
    if row.keys() != {"code", "version"} or type(row["code"]) is not str or type(row["version"]) is not int:
        _refuse(path, Words("请写明等级体系的代码和版本。", "Give the scale’s code and version."))
    return row["code"][:MAX_TEXT], row["version"]


def _threshold(operator: Operator, data: Any, path: str) -> Threshold:
    if operator in BARE_OPERATORS:
        return None
    if operator is Operator.BETWEEN:
        pair = _array(data, path, 2)
        if len(pair) != 2:
            _refuse(path, Words("请填写下限和上限。", "Give a lower and an upper bound."))
        return tuple(_scalar(item, path) for item in pair)
    if operator in SET_OPERATORS:
        codes = tuple(_scalar(item, path) for item in _array(data, path, MAX_SET_SIZE))
        if not codes or len(set(codes)) != len(codes) or not all(isinstance(code, str) for code in codes):
            _refuse(path, Words("请填写一个或多个代码，不要重复。", "Give one or more codes, each once."))
        return codes
    return _scalar(data, path)


def _scalar(data: Any, path: str) -> Scalar:
    if type(data) is int and abs(data) <= MAX_INTEGER:
        return data
    if type(data) is str and 0 < len(data) <= MAX_TEXT:
        return data
    _refuse(path, Words("请填写整数或代码。", "Give a whole number or a code."))


def _max_age(data: Any, path: str) -> int | None:
    if data is None:
        return None
    if type(data) is not int or not 1 <= data <= MAX_AGE_DAYS:
        _refuse(
            path,
            Words("请填写 1 到 {most} 之间的天数。", "Give a number of days from 1 to {most}.").fill(
                most=MAX_AGE_DAYS
            ),
        )
    return data


def _note(data: Any, path: str) -> Words | None:
    if data is None:
        return None
    row = _object(data, path)
    if row.keys() != {"zh", "en"} or not all(
        type(text) is str and len(text) <= MAX_NOTE for text in row.values()
    ):
        _refuse(
            path,
            Words(
                "说明应有中英文，各不超过 {most} 字。",
                "A note has zh and en, {most} characters each at most.",
            ).fill(most=MAX_NOTE),
        )
    return Words.from_json(row)
