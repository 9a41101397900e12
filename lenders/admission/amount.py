"""How much a product lends: a closed tree of caps, shares, sums per unit and tiers, evaluated to an amount in fen.

JSON: ``{"language": 1, "amount": node}``, a node being one of

* ``{"kind": "cap", "fen": 30000000}``: a fixed amount
* ``{"kind": "share", "fact": f, "ppm": 50000}``: a share of a fact in fen, rounded down
* ``{"kind": "per_unit", "fact": f, "fen": 1000000}``: so much for each of a counted fact
* ``{"kind": "tiers", "tiers": [{"when": [test, …], "amount": node}, …], "otherwise": node}``: the first tier all of
  whose comparisons hold; ``otherwise`` may be left out and is then nothing
* ``{"kind": "min" | "max" | "sum", "of": [node, …]}``

Facts not known leave a range: the least and the most the cap can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, TypeAlias

from creditbridge.facts.firm_facts import FactValue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, PPM
from creditbridge.kernel.words import Words
from lenders.admission.tree import LANGUAGE, MAX_DEPTH, MAX_NODES, Test, join_path, read_tests
from lenders.admission.truth import Known, conjunction, holds

MAX_TIERS = 50


class Combination(StrEnum):
    MIN = "min"
    MAX = "max"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Cap:
    fen: int

    def to_json(self) -> dict[str, Any]:
        return {"kind": "cap", "fen": self.fen}


@dataclass(frozen=True, slots=True)
class Share:
    fact: str
    ppm: int

    def to_json(self) -> dict[str, Any]:
        return {"kind": "share", "fact": self.fact, "ppm": self.ppm}


@dataclass(frozen=True, slots=True)
class PerUnit:
    fact: str
    fen: int

    def to_json(self) -> dict[str, Any]:
        return {"kind": "per_unit", "fact": self.fact, "fen": self.fen}


@dataclass(frozen=True, slots=True)
class Tier:
    when: tuple[Test, ...]
    amount: AmountNode

    def to_json(self) -> dict[str, Any]:
        return {"when": [test.to_json() for test in self.when], "amount": self.amount.to_json()}


@dataclass(frozen=True, slots=True)
class Tiers:
    tiers: tuple[Tier, ...]
    otherwise: AmountNode | None = None

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"kind": "tiers", "tiers": [tier.to_json() for tier in self.tiers]}
        if self.otherwise is not None:
            row["otherwise"] = self.otherwise.to_json()
        return row


@dataclass(frozen=True, slots=True)
class Combined:
    how: Combination
    of: tuple[AmountNode, ...]

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.how.value, "of": [node.to_json() for node in self.of]}


AmountNode: TypeAlias = Cap | Share | PerUnit | Tiers | Combined


@dataclass(frozen=True, slots=True)
class AmountVerdict:
    """What a firm may borrow at most, in fen.

    ``cap_fen`` is None while facts it rests on are ``missing``; it then lies from ``least_fen`` to ``most_fen``,
    where None means that nothing known bounds it.
    """

    cap_fen: int | None
    least_fen: int
    most_fen: int | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Amount:
    """A whole amount formula."""

    root: AmountNode

    def to_json(self) -> dict[str, Any]:
        return {"language": LANGUAGE, "amount": self.root.to_json()}

    @classmethod
    def from_json(cls, data: Any) -> Amount:
        """Read a formula.

        Raises:
            InvalidInput: ``invalid_amount``; ``fields`` names the path, such as ``amount.of.1.fen``.
        """
        if (
            not isinstance(data, dict)
            or data.keys() != {"language", "amount"}
            or data["language"] != LANGUAGE
        ):
            _refuse(
                "",
                Words(
                    "应为 language 和 amount 两项，语言版本为 {version}。",
                    "Give language and amount, the version being {version}.",
                ).fill(version=LANGUAGE),
            )
        formula = cls(_read(data["amount"], "amount", 1))
        if len(formula.nodes()) > MAX_NODES:
            _refuse(
                "amount",
                Words(
                    "额度公式过长，最多 {most} 个节点。", "The formula is too long; {most} nodes at most."
                ).fill(most=MAX_NODES),
            )
        return formula

    def nodes(self) -> list[AmountNode]:
        """Every node, the root first."""
        return _walk(self.root)

    def evaluate(self, known: Known) -> AmountVerdict:
        """The cap for what is known. A negative share counts as nothing."""
        missing: dict[str, None] = {}
        least, most = _evaluate(self.root, known, missing)
        decided = least if least == most else None
        return AmountVerdict(decided, least, most, tuple(missing) if decided is None else ())


# --- evaluation: each node gives the least and the most it can be; None is without bound

_Range: TypeAlias = tuple[int, int | None]


def _evaluate(node: AmountNode, known: Known, missing: dict[str, None]) -> _Range:
    if isinstance(node, Cap):
        return node.fen, node.fen
    if isinstance(node, Tiers):
        return _tiers(node, known, missing)
    if isinstance(node, Combined):
        return _COMBINE[node.how]([_evaluate(inner, known, missing) for inner in node.of])
    found = known.facts.values.get(node.fact) or known.beside.get(node.fact)
    if found is None:
        missing[node.fact] = None
        return 0, None
    fen = _measured(node, found)
    return fen, fen


def _measured(node: Share | PerUnit, found: FactValue) -> int:
    assert type(found.value) is int, "the formula was validated against the catalogue"
    fen = found.value * node.ppm // PPM if isinstance(node, Share) else found.value * node.fen
    return max(fen, 0)


def _tiers(node: Tiers, known: Known, missing: dict[str, None]) -> _Range:
    possible: list[_Range] = []
    for tier in node.tiers:
        truth = conjunction(holds(test, known) for test in tier.when)
        if truth is None:
            missing.update((test.fact, None) for test in tier.when if holds(test, known) is None)
        if truth is not False:
            possible.append(_evaluate(tier.amount, known, missing))
        if truth:
            return _spread(possible)
    possible.append((0, 0) if node.otherwise is None else _evaluate(node.otherwise, known, missing))
    return _spread(possible)


def _mosts(ranges: Sequence[_Range]) -> list[int]:
    return [most for _, most in ranges if most is not None]


def _spread(ranges: Sequence[_Range]) -> _Range:
    mosts = _mosts(ranges)
    return min(least for least, _ in ranges), max(mosts) if len(mosts) == len(ranges) else None


def _smallest(ranges: Sequence[_Range]) -> _Range:
    return min(least for least, _ in ranges), min(_mosts(ranges), default=None)


def _largest(ranges: Sequence[_Range]) -> _Range:
    return max(least for least, _ in ranges), _spread(ranges)[1]


def _total(ranges: Sequence[_Range]) -> _Range:
    mosts = _mosts(ranges)
    return sum(least for least, _ in ranges), sum(mosts) if len(mosts) == len(ranges) else None


_COMBINE: Mapping[Combination, Callable[[Sequence[_Range]], _Range]] = {
    Combination.MIN: _smallest,
    Combination.MAX: _largest,
    Combination.SUM: _total,
}


def _walk(node: AmountNode) -> list[AmountNode]:
    inner: tuple[AmountNode, ...] = ()
    if isinstance(node, Combined):
        inner = node.of
    elif isinstance(node, Tiers):
        inner = tuple(tier.amount for tier in node.tiers) + (
            () if node.otherwise is None else (node.otherwise,)
        )
    return [node, *(deep for child in inner for deep in _walk(child))]


# --- reading


def _refuse(path: str, words: Words) -> NoReturn:
    raise InvalidInput({path: [words]}, code="invalid_amount")


def _read(data: Any, path: str, depth: int) -> AmountNode:
    kind = data.get("kind") if isinstance(data, dict) else None
    if depth > MAX_DEPTH:
        _refuse(
            path,
            Words("嵌套过深，最多 {most} 层。", "Nested too deep; {most} levels at most.").fill(
                most=MAX_DEPTH
            ),
        )
    if not isinstance(kind, str) or kind not in _KINDS:
        _refuse(path, Words("没有这种额度公式。", "There is no such formula."))
    keys, read = _KINDS[kind]
    required = {"kind", *keys} - {"otherwise"}
    if not required <= data.keys() <= {"kind", *keys}:
        _refuse(
            path,
            Words("应恰好包含这些项：{listed}。", "It must hold exactly: {listed}.").fill(
                listed=", ".join(("kind", *keys))
            ),
        )
    return read(data, path, depth)


def _read_cap(data: dict[str, Any], path: str, _depth: int) -> Cap:
    return Cap(_positive(data["fen"], MAX_FEN, join_path(path, "fen")))


def _read_share(data: dict[str, Any], path: str, _depth: int) -> Share:
    return Share(_fact(data["fact"], path), _positive(data["ppm"], 100 * PPM, join_path(path, "ppm")))


def _read_per_unit(data: dict[str, Any], path: str, _depth: int) -> PerUnit:
    return PerUnit(_fact(data["fact"], path), _positive(data["fen"], MAX_FEN, join_path(path, "fen")))


def _read_tiers(data: dict[str, Any], path: str, depth: int) -> Tiers:
    inside = join_path(path, "tiers")
    tiers = tuple(
        _read_tier(row, join_path(inside, place), depth)
        for place, row in enumerate(_several(data["tiers"], inside))
    )
    otherwise = data.get("otherwise")
    return Tiers(
        tiers, None if otherwise is None else _read(otherwise, join_path(path, "otherwise"), depth + 1)
    )


def _read_tier(row: Any, path: str, depth: int) -> Tier:
    if not isinstance(row, dict) or row.keys() != {"when", "amount"}:
        _refuse(path, Words("每一档应有 when 和 amount。", "A tier has when and amount."))
    tests = read_tests(row["when"], join_path(path, "when"))
    if not tests:
        _refuse(join_path(path, "when"), Words("每一档至少要有一个条件。", "A tier needs a condition."))
    return Tier(tests, _read(row["amount"], join_path(path, "amount"), depth + 1))


def _read_combined(data: dict[str, Any], path: str, depth: int) -> Combined:
    inside = join_path(path, "of")
    nodes = tuple(
        _read(row, join_path(inside, place), depth + 1)
        for place, row in enumerate(_several(data["of"], inside))
    )
    return Combined(Combination(data["kind"]), nodes)


_KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[dict[str, Any], str, int], AmountNode]]] = {
    "cap": (("fen",), _read_cap),
    "share": (("fact", "ppm"), _read_share),
    "per_unit": (("fact", "fen"), _read_per_unit),
    "tiers": (("tiers", "otherwise"), _read_tiers),
    **{how.value: (("of",), _read_combined) for how in Combination},
}


def _positive(data: Any, most: int, path: str) -> int:
    if type(data) is not int or not 1 <= data <= most:
        _refuse(
            path,
            Words("请填写 1 到 {most} 之间的整数。", "Give a whole number from 1 to {most}.").fill(most=most),
        )
    return data


def _fact(data: Any, path: str) -> str:
    if type(data) is not str:
        _refuse(join_path(path, "fact"), Words("请填写数据项代码。", "Give the code of a fact."))
    return data


def _several(data: Any, path: str) -> list[Any]:
    if not isinstance(data, list) or not 1 <= len(data) <= MAX_TIERS:
        _refuse(path, Words("应有 1 到 {most} 项。", "There must be 1 to {most} items.").fill(most=MAX_TIERS))
    return data
