"""An admission rule as the rows of the product editor, and back, without loss.

The root's criteria are rows. A group right under the root, of the other mode, is the rows that carry the same label.
Whatever is nested deeper is one row holding the JSON of its part, so that every tree can be edited row by row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from lenders.admission.tree import (
    LANGUAGE,
    Criterion,
    Group,
    Missing,
    Mode,
    Node,
    Operator,
    Test,
    Tree,
)
from lenders.admission.truth import operators_for
from lenders.products import thresholds
from lenders.products.rules import english_of, in_both

MAX_ROWS = 100
MAX_JSON = 60_000

Row = dict[str, Any]
Problems = dict[str, list[Words]]


class GroupLabel(StrEnum):
    """Rows with the same label form one group."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    E = "e"
    F = "f"
    G = "g"
    H = "h"


GROUP_LABEL_WORDS = {label: Words(f"组 {label.name}", f"Group {label.name}") for label in GroupLabel}
MODE_WORDS = {
    Mode.ALL: Words("全部符合", "All of them"),
    Mode.ANY: Words("符合任意一项", "Any one of them"),
}
_CHOOSE_FACT = Words("请选择条件项目。", "Choose what the condition is about.")
_CHOOSE_OPERATOR = Words("请选择比较方式。", "Choose how to compare.")
_WRONG_OPERATOR = Words(
    "该项目不能这样比较，请重新选择。", "This cannot be compared in that way. Choose again."
)
_NO_JSON = Words(
    "JSON 格式有误：第 {line} 行第 {column} 列。", "This is not valid JSON: line {line}, column {column}."
)


@dataclass(frozen=True, slots=True)
class Read:
    """A tree, and which row each node of it came from: node path → field path of the form."""

    tree: Tree
    places: Mapping[str, str] = field(default_factory=dict)

    def field_of(self, path: str) -> str:
        """The form's field for a path that validation names."""
        best = max((known for known in self.places if _leads_to(known, path)), key=len, default=None)
        if best is None:
            return "criteria"
        row, rest = self.places[best], path[len(best) :].lstrip(".")
        if row.endswith(".json"):
            return row
        return f"{row}.{rest}" if rest.split(".")[-1] in {"fact", "operator", "value"} else f"{row}.fact"

    def criterion_at(self, row: str) -> Criterion | None:
        """The criterion that a row of the form is; None where the row is a nested part, or is not there."""
        path = next((path for path, place in self.places.items() if place == row), None)
        if path is None:
            return None
        node: Node = self.tree.root
        for step in path.split(".")[1::2]:
            assert isinstance(node, Group)
            node = node.nodes[int(step)]
        return node if isinstance(node, Criterion) else None


def _leads_to(known: str, path: str) -> bool:
    return path == known or path.startswith(f"{known}.")


def rows_of(tree: Tree) -> list[Row]:
    """The rows of a tree, in its order."""
    labels = iter(GroupLabel)
    rows: list[Row] = []
    for node in tree.root.nodes:
        if isinstance(node, Criterion):
            # The rows have no place for a scale's version: such a condition stays as it was written.
            named = any(test.scale is not None for test in (node.test, *node.when))
            rows.append({"json": as_text(node.to_json())} if named else _criterion_row(node))
            continue
        label = next(labels, None) if _is_simple(node, tree.root.mode) else None
        if label is None:
            rows.append({"json": as_text(node.to_json())})
        else:
            rows += [_criterion_row(inner, label) for inner in node.nodes if isinstance(inner, Criterion)]
    return rows


def _is_simple(group: Group, outer: Mode) -> bool:
    return (
        group.mode is not outer
        and bool(group.nodes)
        and all(isinstance(node, Criterion) and node.test.scale is None for node in group.nodes)
    )


def as_text(value: Any) -> str:
    """JSON as it is shown in the editor."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _criterion_row(criterion: Criterion, label: GroupLabel | None = None) -> Row:
    row: Row = {"id": criterion.id, **test_row(criterion.test), "group": label}
    if criterion.when:
        row["when"] = [test_row(test) for test in criterion.when]
    if criterion.missing is not Missing.TENTATIVE:
        row["missing"] = criterion.missing
    row["max_age_days"] = criterion.max_age_days
    if criterion.note is not None:
        row |= {"note_zh": criterion.note.zh, "note_en": english_of(criterion.note)}
    return row


def test_row(test: Test) -> Row:
    """A comparison as typed."""
    texts, high = thresholds.show(catalogue().get(test.fact), test.value)
    return {"fact": test.fact, "operator": test.operator.value, "value": texts, "high": high}


def read_rows(mode: Mode, rows: Sequence[Row]) -> Read:
    """The tree of the editor's rows.

    Raises:
        InvalidInput: naming the fields of every row that cannot be read.
    """
    problems: Problems = {}
    ids = {row["id"] for row in rows if row.get("id")}
    reading = _Reading(mode, ids, problems)
    for place, row in enumerate(rows):
        reading.take(place, row)
    if problems:
        raise InvalidInput(problems)
    return reading.finish()


class _Reading:
    def __init__(self, mode: Mode, ids: set[str], problems: Problems) -> None:
        self.mode, self.ids, self.problems = mode, ids, problems
        self.nodes: list[Node | list[Criterion]] = []
        self.groups: dict[GroupLabel, int] = {}
        self.places: dict[str, str] = {}

    @property
    def inner_mode(self) -> Mode:
        return Mode.ANY if self.mode is Mode.ALL else Mode.ALL

    def take(self, place: int, row: Row) -> None:
        here = f"criteria.{place}"
        if row.get("json"):
            self._part(row["json"], here)
            return
        criterion = read_criterion(row, here, self.ids, self.problems)
        if criterion is None:
            return
        label = row.get("group")
        if label is None:
            self.places[f"{self.mode.value}.{len(self.nodes)}"] = here
            self.nodes.append(criterion)
            return
        at = self.groups.setdefault(label, len(self.nodes))
        if at == len(self.nodes):
            self.nodes.append([])
        group = self.nodes[at]
        assert isinstance(group, list)
        self.places[f"{self.mode.value}.{at}.{self.inner_mode.value}.{len(group)}"] = here
        group.append(criterion)

    def _part(self, text: str, here: str) -> None:
        try:
            part = Tree.from_json({"language": LANGUAGE, "all": [read_json(text)]})
        except InvalidInput as error:
            self.problems[f"{here}.json"] = said_with_paths(error, "all.0")
            return
        self.places[f"{self.mode.value}.{len(self.nodes)}"] = f"{here}.json"
        self.nodes.append(part.root.nodes[0])

    def finish(self) -> Read:
        nodes = [Group(self.inner_mode, tuple(n)) if isinstance(n, list) else n for n in self.nodes]
        return Read(Tree(Group(self.mode, tuple(nodes))), self.places)


def read_json(text: str) -> Any:
    """What a JSON text holds.

    Raises:
        InvalidInput: at which line and column it stops being JSON.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        words = _NO_JSON.fill(line=error.lineno, column=error.colno)
    except (ValueError, RecursionError):
        words = Words("JSON 过长或嵌套过深。", "The JSON is too long or nested too deep.")
    raise InvalidInput({"": [words]})


def said_with_paths(error: InvalidInput, inside: str = "") -> list[Words]:
    """The problems of a JSON text, each with where in it."""
    said = []
    for path, several in error.fields.items():
        short = path.removeprefix(inside).lstrip(".")
        said += [
            Words("{path}：{words}", "{path}: {words}").fill(path=short, words=words) if short else words
            for words in several
        ]
    return said


def read_criterion(row: Row, here: str, ids: set[str], problems: Problems) -> Criterion | None:
    """One row as a criterion; what is wrong goes into ``problems`` and answers None."""
    test = read_test(row, here, problems)
    when = [
        read_test(part, f"{here}.when.{place}", problems) for place, part in enumerate(row.get("when") or [])
    ]
    if test is None or None in when:
        return None
    note = row.get("note_zh") or row.get("note_en")
    return Criterion(
        row.get("id") or _new_id(test.fact, ids),
        test,
        tuple(part for part in when if part is not None),
        row.get("missing") or Missing.TENTATIVE,
        row.get("max_age_days"),
        in_both(row.get("note_zh") or note, row.get("note_en") or "") if note else None,
    )


def read_test(row: Row, here: str, problems: Problems) -> Test | None:
    """One comparison; what is wrong goes into ``problems`` and answers None."""
    fact = catalogue().get(row.get("fact") or "")
    if fact is None:
        problems[f"{here}.fact"] = [_CHOOSE_FACT]
        return None
    stated = row.get("operator")
    if not stated:
        problems[f"{here}.operator"] = [_CHOOSE_OPERATOR]
        return None
    if stated not in operators_for(fact):
        problems[f"{here}.operator"] = [_WRONG_OPERATOR]
        return None
    operator = Operator(stated)
    try:
        value = thresholds.read(fact, operator, row.get("value") or [], row.get("high") or "")
    except thresholds.ThresholdProblem as problem:
        problems[f"{here}.{problem.field}"] = [problem.words]
        return None
    return Test(fact.code, operator, value)


def _new_id(fact: str, ids: set[str]) -> str:
    """An id after the fact that no other row has."""
    short = fact[:40]
    found = (
        short
        if short not in ids
        else next(f"{short}_{n}" for n in range(2, 1000) if f"{short}_{n}" not in ids)
    )
    ids.add(found)
    return found
