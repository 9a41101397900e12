"""The evaluator over products: each cell of each fact has a row of bits, one a product; a firm is the AND of its rows.

A row has two halves: products for which the cell surely passes, and those for which it passes or is open. Clauses
that join several facts stand in slots: a product's first such clause in slot 1, its second in slot 2, and so on; within a
slot the rows of a firm's cells are joined by OR, and slots by AND. So the work for a firm grows with the facts asked
for, not with the criteria of a thousand products. The few rules without a short form in clauses are read one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import FactColumns
from creditbridge.facts.firm_facts import FactValue, FirmFacts
from lenders.admission.tree import Missing, Test, Tree
from matching.eligibility.rules import Verdict, verdict
from matching.index import kernels
from matching.index.axes import Axis, axis_key, find, make_axes
from matching.index.clauses import Clause, Literal, TooManyClauses, clauses_of
from matching.index.comparing import Truths, Words
from matching.index.firm_bitsets import FirmBitsets

NO_BESIDE: Mapping[str, FactValue] = {}


@lru_cache(maxsize=8_192)
def _clauses(tree: Tree) -> tuple[Clause, ...] | None:
    """The clauses of a rule; None where it has no short form."""
    try:
        return clauses_of(tree)
    except TooManyClauses:
        return None


def literal_truths(literal: Literal, truths: Truths) -> Truths:
    """What a comparison's truths mean in a clause."""
    if literal.missing is not Missing.TENTATIVE:
        truths = np.where(truths == 0, 1 if literal.missing is Missing.PASS else -1, truths).astype(np.int8)
    return -truths if literal.denied else truths


@dataclass(frozen=True, slots=True)
class Term:
    """An axis at a place of the evaluation: its rows begin at ``first``."""

    axis: int
    first: int


@dataclass(frozen=True, slots=True)
class ProductBitsets:
    """Rules compiled for one legal date. ``ends`` say where each slot's terms end; ``odd`` are read one by one."""

    on: date
    trees: tuple[Tree, ...]
    axes: tuple[Axis, ...]
    terms: tuple[Term, ...]
    ends: NDArray[np.int64]
    starts: Words
    rows: Words
    odd: tuple[int, ...]

    @property
    def words(self) -> int:
        """Words of one half of a row."""
        return int(self.starts.shape[1]) // 2

    def city(self, columns: FactColumns, *, out: Words | None = None) -> Verdicts:
        """Every firm against every product."""
        cells, starts, ends, first = self._prepared(columns)
        firm_words = -(-len(columns) // 64)
        if out is None:
            out = np.empty((self.words * 128, firm_words), dtype=np.uint64)
        kernels.match_city(cells, self.rows, first, ends, starts, out)
        half = self.words * 64
        found = Verdicts(out[: len(self.trees)], out[half : half + len(self.trees)], len(columns))
        if self.odd:
            bitmaps = FirmBitsets(columns, self.on)
            for place in self.odd:
                pair = bitmaps.tree(self.trees[place])
                found.yes[place], found.maybe[place] = pair.yes, pair.maybe
        return found

    def ranked(self, columns: FactColumns, most: int) -> NDArray[np.uint16]:
        """The first products each firm qualifies for, products standing in the order of their rank; of rules in clauses."""
        cells, starts, ends, first = self._prepared(columns)
        best: NDArray[np.uint16] = kernels.rank_city(cells, self.rows, first, ends, starts, most)
        return best

    def firm(self, known: FirmFacts, beside: Mapping[str, FactValue] = NO_BESIDE) -> tuple[Words, Words]:
        """One firm against every product: bits of those it qualifies for, and of those it may qualify for."""
        found = [find(axis, known, beside) for axis in self.axes]
        cells = [axis.of_firm(value, self.on) for axis, value in zip(self.axes, found, strict=True)]
        width = self.words * 2
        row = np.empty(width, dtype=np.uint64)
        if -1 in cells:
            return self._one_by_one(known, beside)
        places = np.array([term.first + cells[term.axis] for term in self.terms], dtype=np.int64)
        kernels.match_firm(places, self.rows, self.ends, self.starts, row, np.empty_like(row))
        yes, maybe = row[: self.words], row[self.words :]
        for place in self.odd:
            _set(yes, maybe, place, verdict(self.trees[place], known, self.on, beside))
        return yes, maybe

    def verdicts(self, known: FirmFacts, beside: Mapping[str, FactValue] = NO_BESIDE) -> list[Verdict]:
        """One firm's verdicts in the order of the rules."""
        yes, maybe = (_bits(half, len(self.trees)) for half in self.firm(known, beside))
        open_or_not = np.where(maybe, Verdict.TENTATIVE, Verdict.NOT_ELIGIBLE)
        return [Verdict(found) for found in np.where(yes, Verdict.ELIGIBLE, open_or_not)]

    def _one_by_one(self, known: FirmFacts, beside: Mapping[str, FactValue]) -> tuple[Words, Words]:
        """A firm with a code nobody had when the rules were compiled."""
        yes, maybe = np.zeros(self.words, dtype=np.uint64), np.zeros(self.words, dtype=np.uint64)
        for place, tree in enumerate(self.trees):
            _set(yes, maybe, place, verdict(tree, known, self.on, beside))
        return yes, maybe

    def _prepared(self, columns: FactColumns) -> tuple[Any, Words, NDArray[np.int64], NDArray[np.int64]]:
        """The cells of the city; what it knows nothing of is settled beforehand."""
        held = [axis.of_city(columns, self.on) for axis in self.axes]
        stands = {axis: at for at, axis in enumerate(place for place, of in enumerate(held) if of is not None)}
        cells = np.stack([held[axis] for axis in stands]) if stands else np.zeros((0, len(columns)), np.uint16)
        starts, first, ends, begin = self.starts.copy(), [], [], 0
        for slot, end in enumerate(self.ends.tolist()):
            for term in self.terms[begin:end]:
                if term.axis in stands:
                    first.append((stands[term.axis], term.first))
                elif slot:
                    starts[slot] |= self.rows[term.first]
                else:
                    starts[0] &= self.rows[term.first]
            ends.append(len(first))
            begin = end
        return cells, starts, np.array(ends), np.array(first, dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Packed verdicts: a bitmap over firms for each product, of those eligible and of those that are or may be."""

    yes: Words
    maybe: Words
    firms: int

    def counts(self, product: int) -> tuple[int, int, int]:
        """Eligible, tentative, not eligible."""
        eligible = int(np.bitwise_count(self.yes[product]).sum())
        possible = int(np.bitwise_count(self.maybe[product]).sum())
        return eligible, possible - eligible, self.firms - possible


def compile_rules(
    trees: Sequence[Tree], on: date, codes: Mapping[str, tuple[str, ...]] | None = None
) -> ProductBitsets:
    """Compile rules for a legal date; ``codes`` are those of the city's coded columns, by their keys."""
    known: dict[int, tuple[Clause, ...]] = {}
    odd: list[int] = []
    for place, tree in enumerate(trees):
        found = _clauses(tree)
        if found is None:
            odd.append(place)
        else:
            known[place] = found
    axes = make_axes(_tests_by_axis(known.values()), codes or {}, on)
    return _Compiler(tuple(trees), tuple(axes), on).compiled(known, tuple(odd))


def codes_of(columns: FactColumns) -> dict[str, tuple[str, ...]]:
    """The codes of the city's columns."""
    return {key: column.codes for key, column in columns.columns.items() if column.codes}


def _tests_by_axis(rules: Iterable[tuple[Clause, ...]]) -> dict[tuple[str, int | None], list[Test]]:
    asked: dict[tuple[str, int | None], dict[Test, None]] = defaultdict(dict)
    for literal in dict.fromkeys(part for clauses in rules for clause in clauses for part in clause):
        asked[axis_key(literal.test, literal.max_age_days)][literal.test] = None
    return {key: list(tests) for key, tests in asked.items()}


class _Compiler:
    """Gathers which products ask which clause, as whole numbers used as bitsets, and writes the rows."""

    def __init__(self, trees: tuple[Tree, ...], axes: tuple[Axis, ...], on: date) -> None:
        self.trees, self.axes, self.on = trees, axes, on
        self.words = max(1, -(-len(trees) // 64))
        self.place_of: dict[tuple[tuple[str, int | None], Test], tuple[int, int]] = {}
        for number, axis in enumerate(axes):
            for row, test in enumerate(axis.tests):
                self.place_of[((axis.key, axis.max_age_days), test)] = (number, row)
        self.rows: list[Words] = []
        self.height = 0

    def compiled(self, known: Mapping[int, tuple[Clause, ...]], odd: tuple[int, ...]) -> ProductBitsets:
        base: dict[Clause, int] = defaultdict(int)
        slots: list[dict[Clause, int]] = []
        closed = 0
        for product, clauses in known.items():
            bit, used = 1 << product, 0
            for clause in clauses:
                if not clause:
                    closed |= bit
                elif len({self._where(part)[0] for part in clause}) == 1:
                    base[clause] |= bit
                else:
                    if used == len(slots):
                        slots.append(defaultdict(int))
                    slots[used][clause] |= bit
                    used += 1
        everything = (1 << len(self.trees)) - 1
        starts, terms = [self._row(everything & ~closed)], self._base(base)
        ends = [len(terms)]
        for slot in slots:
            terms += self._slot(slot)
            ends.append(len(terms))
            starts.append(self._row(everything & ~_union(slot.values())))
        rows = np.concatenate(self.rows) if self.rows else np.zeros((1, 2 * self.words), dtype=np.uint64)
        return ProductBitsets(
            self.on, self.trees, self.axes, tuple(terms), np.array(ends), np.stack(starts), rows, odd
        )

    def _where(self, literal: Literal) -> tuple[int, int]:
        return self.place_of[(axis_key(literal.test, literal.max_age_days), literal.test)]

    def _truths(self, literal: Literal) -> tuple[int, Truths]:
        axis, row = self._where(literal)
        return axis, literal_truths(literal, self.axes[axis].truths[row])

    def _base(self, base: Mapping[Clause, int]) -> list[Term]:
        """Rows that begin full and lose the products whose clause fails, or is open, in the cell."""
        tables: dict[int, Words] = {}
        for clause, products in base.items():
            axis = self._where(clause[0])[0]
            truths = np.maximum.reduce([self._truths(part)[1] for part in clause])
            if axis not in tables:
                tables[axis] = np.full((self.axes[axis].cells, 2 * self.words), ~np.uint64(0))
            kept = ~self._half(products)
            tables[axis][truths < 1, : self.words] &= kept
            tables[axis][truths < 0, self.words :] &= kept
        return self._placed(tables)

    def _slot(self, slot: Mapping[Clause, int]) -> list[Term]:
        """Rows that begin empty and gain the products one of whose comparisons passes, or is open, in the cell."""
        asked: dict[Literal, int] = defaultdict(int)
        for clause, products in slot.items():
            for part in clause:
                asked[part] |= products
        tables: dict[int, Words] = {}
        for literal, products in asked.items():
            axis, truths = self._truths(literal)
            if axis not in tables:
                tables[axis] = np.zeros((self.axes[axis].cells, 2 * self.words), dtype=np.uint64)
            gained = self._half(products)
            tables[axis][truths > 0, : self.words] |= gained
            tables[axis][truths >= 0, self.words :] |= gained
        return self._placed(tables)

    def _placed(self, tables: Mapping[int, Words]) -> list[Term]:
        terms = []
        for axis, table in tables.items():
            terms.append(Term(axis, self.height))
            self.rows.append(table)
            self.height += len(table)
        return terms

    def _half(self, products: int) -> Words:
        return np.frombuffer(products.to_bytes(self.words * 8, "little"), dtype=np.uint64)

    def _row(self, products: int) -> Words:
        return np.concatenate([self._half(products)] * 2)


def _union(several: Iterable[int]) -> int:
    joined = 0
    for one in several:
        joined |= one
    return joined


def _bits(half: Words, count: int) -> NDArray[np.bool_]:
    return np.unpackbits(half.view(np.uint8), count=count, bitorder="little").view(np.bool_)


def _set(yes: Words, maybe: Words, place: int, found: Verdict) -> None:
    word, bit = place >> 6, np.uint64(1 << (place & 63))
    for half, holds in ((yes, found is Verdict.ELIGIBLE), (maybe, found is not Verdict.NOT_ELIGIBLE)):
        half[word] = half[word] | bit if holds else half[word] & ~bit
