"""The rule language of labels: a closed, bounded tree over a firm's records, indicators and facts. Pure.

A rule is stored as JSON and read strictly: no code is evaluated, every node is one of those below, and depth, size
and numbers are bounded. :mod:`creditbridge.labels.engine` evaluates it for a whole city, and
:mod:`creditbridge.labels.explaining` for one firm with its evidence; a property test holds the two together.

A rule answers yes, no or not known. A missing indicator or fact is not known, and neither is its contrary: a label is
assigned on evidence only. Of records, having none is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

MAX_DEPTH = 6
MAX_NODES = 40
MAX_ITEMS = 60
MAX_MONTHS = 240
MAX_COUNT = 100_000
MAX_NUMBER = 10**15
MAX_YEARS = 200
EVERY = ".*"
"""``penalty.*`` stands for every item of the category ``penalty``."""


class RuleError(ValueError):
    """A rule that cannot be read; ``path`` leads to the node."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'rule'}: {problem}")
        self.path = path


@dataclass(frozen=True, slots=True)
class Records:
    """At least so many records of the items that occurred within the last months and are not later than the day.

    ``open``: only those that still hold on the day. ``severity``: at least this class. ``value_at_least`` and
    ``value_at_most``: only records whose value lies there.
    """

    items: tuple[str, ...]
    months: int | None = None
    open: bool = False
    severity: int = 0
    at_least: int = 1
    value_at_least: int | None = None
    value_at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """The values of the records of a window come to at least this much."""

    items: tuple[str, ...]
    at_least: int
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest record of the items in the window has one of these values."""

    items: tuple[str, ...]
    values: tuple[int, ...]
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator lies between two bounds, either of which may be open."""

    code: str
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class FactIs:
    """A fact lies between bounds, or is one of the codes (an industry or region: lies within one of them)."""

    code: str
    at_least: int | None = None
    at_most: int | None = None
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Age:
    """Since the date of a fact at least, or not yet, so many full years have passed."""

    fact: str
    years_at_least: int | None = None
    years_below: int | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    nodes: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    nodes: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: Rule


Leaf: TypeAlias = Records | Sum | Latest | Indicator | FactIs | Age
Rule: TypeAlias = Leaf | AllOf | AnyOf | Not
RECORD_LEAVES = (Records, Sum, Latest)


def read_rule(data: Any) -> Rule:
    """Read a rule from its JSON form.

    Raises:
        RuleError: it is no rule, or passes a bound.
    """
    rule = _node(data, "", 1)
    if sum(1 for _ in _nodes(rule)) > MAX_NODES:
        raise RuleError("", f"more than {MAX_NODES} nodes")
    return rule


def leaves(rule: Rule) -> Iterator[Leaf]:
    """The leaves in the order of the tree."""
    for node in _nodes(rule):
        if not isinstance(node, AllOf | AnyOf | Not):
            yield node


def items_of(leaf: Records | Sum | Latest, catalogue: Mapping[str, int]) -> tuple[int, ...]:
    """The numbers of the items a leaf names, ``category.*`` written out.

    Raises:
        RuleError: the catalogue of items has no such item.
    """
    numbers: set[int] = set()
    for item in leaf.items:
        if item.endswith(EVERY):
            inside = [number for code, number in catalogue.items() if code.startswith(item[:-1])]
        else:
            inside = [catalogue[item]] if item in catalogue else []
        if not inside:
            raise RuleError("", f"no such item: {item}")
        numbers.update(inside)
    return tuple(sorted(numbers))


def _nodes(rule: Rule) -> Iterator[Rule]:
    yield rule
    if isinstance(rule, AllOf | AnyOf):
        for inner in rule.nodes:
            yield from _nodes(inner)
    elif isinstance(rule, Not):
        yield from _nodes(rule.node)


def _node(data: Any, path: str, depth: int) -> Rule:
    if depth > MAX_DEPTH:
        raise RuleError(path, f"deeper than {MAX_DEPTH}")
    if not isinstance(data, dict) or len(data) != 1:
        raise RuleError(path, "a node is an object with one key")
    kind, body = next(iter(data.items()))
    inside = f"{path}.{kind}".lstrip(".")
    if kind in ("all", "any"):
        if not isinstance(body, list) or not body:
            raise RuleError(inside, "must be a list of nodes")
        nodes = tuple(_node(each, f"{inside}.{place}", depth + 1) for place, each in enumerate(body))
        return AllOf(nodes) if kind == "all" else AnyOf(nodes)
    if kind == "not":
        return Not(_node(body, inside, depth + 1))
    if kind not in _READERS:
        raise RuleError(inside, "no such node")
    return _READERS[kind](_Body(body, inside))


class _Body:
    """The body of a leaf: each key is taken once, and none may be left."""

    def __init__(self, data: Any, path: str) -> None:
        if not isinstance(data, dict):
            raise RuleError(path, "must be an object")
        self.left, self.path = dict(data), path

    def codes(self, key: str, most: int = MAX_ITEMS) -> tuple[str, ...]:
        value = self.left.pop(key, None)
        if (
            not isinstance(value, list)
            or not 0 < len(value) <= most
            or not all(isinstance(code, str) and code for code in value)
            or len(set(value)) != len(value)
        ):
            raise RuleError(self.path, f"{key} must be 1 to {most} codes, each once")
        return tuple(value)

    def code(self, key: str) -> str:
        value = self.left.pop(key, None)
        if not isinstance(value, str) or not value:
            raise RuleError(self.path, f"{key} must be a code")
        return value

    def number(self, key: str, low: int, high: int) -> int | None:
        if key not in self.left:
            return None
        value = self.left.pop(key)
        if type(value) is not int or not low <= value <= high:
            raise RuleError(self.path, f"{key} must be a whole number from {low} to {high}")
        return value

    def flag(self, key: str) -> bool:
        value = self.left.pop(key, False)
        if type(value) is not bool:
            raise RuleError(self.path, f"{key} must be true or false")
        return value

    def end(self, holds: bool, problem: str) -> None:
        if self.left:
            raise RuleError(self.path, f"unknown: {', '.join(sorted(self.left))}")
        if not holds:
            raise RuleError(self.path, problem)


def _months(body: _Body) -> int | None:
    return body.number("months", 1, MAX_MONTHS)


def _ordered(low: int | None, high: int | None) -> bool:
    return low is None or high is None or low <= high


def _records(body: _Body) -> Records:
    found = Records(
        body.codes("items"),
        _months(body),
        body.flag("open"),
        body.number("severity", 1, 3) or 0,
        body.number("at_least", 1, MAX_COUNT) or 1,
        body.number("value_at_least", -MAX_NUMBER, MAX_NUMBER),
        body.number("value_at_most", -MAX_NUMBER, MAX_NUMBER),
    )
    body.end(_ordered(found.value_at_least, found.value_at_most), "the bounds are crossed")
    return found


def _sum(body: _Body) -> Sum:
    items, least, months = body.codes("items"), body.number("at_least", 1, MAX_NUMBER), _months(body)
    body.end(least is not None, "needs at_least")
    return Sum(items, least or 1, months)


def _latest(body: _Body) -> Latest:
    items, values, months = body.codes("items"), body.left.pop("values", None), _months(body)
    whole = isinstance(values, list) and 0 < len(values) <= MAX_ITEMS and all(type(v) is int for v in values)
    body.end(whole, "values must be whole numbers")
    return Latest(items, tuple(values), months)


def _indicator(body: _Body) -> Indicator:
    code, low, high = body.code("code"), *_bounds(body)
    body.end((low, high) != (None, None) and _ordered(low, high), "needs bounds in order")
    return Indicator(code, low, high)


def _fact(body: _Body) -> FactIs:
    code, low, high = body.code("code"), *_bounds(body)
    among = body.codes("in", 200) if "in" in body.left else ()
    bounded = (low, high) != (None, None)
    body.end(bounded != bool(among) and _ordered(low, high), "needs bounds in order, or codes")
    return FactIs(code, low, high, among)


def _age(body: _Body) -> Age:
    fact = body.code("fact")
    least, below = body.number("years_at_least", 0, MAX_YEARS), body.number("years_below", 1, MAX_YEARS)
    ordered = least is None or below is None or least < below
    body.end((least, below) != (None, None) and ordered, "needs years in order")
    return Age(fact, least, below)


def _bounds(body: _Body) -> Sequence[int | None]:
    return tuple(body.number(key, -MAX_NUMBER, MAX_NUMBER) for key in ("at_least", "at_most"))


_READERS: Mapping[str, Callable[[_Body], Leaf]] = {
    "records": _records,
    "sum": _sum,
    "latest": _latest,
    "indicator": _indicator,
    "fact": _fact,
    "age": _age,
}
