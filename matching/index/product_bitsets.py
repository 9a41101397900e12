"""The evaluator over products: each cell of each fact has a row of bits, one a product; a firm is the AND of its rows.

A row has two halves: products for which the cell surely passes, and those for which it passes or is open. Clauses
that join several facts stand in slots: a product's first such clause in slot 1, its second in slot 2, and so on; within
a slot the rows of a firm's cells are joined by OR, and slots by AND. So the work for a firm grows with the facts asked
for, not with the criteria of a thousand products. The few rules without a short form in clauses are read one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import FactColumns
from creditbridge.facts.firm_facts import FactValue, FirmFacts
from lenders.admission.tree import Tree
from matching.eligibility.rules import Verdict, verdict
from matching.index.axes import Asked, Axis, CellsOfFirm, make_axes
from matching.index.clauses import Numbering, Numbers, TooManyClauses
from matching.index.comparing import Words

NO_BESIDE: Mapping[str, FactValue] = {}


def _numbers(numbering: Numbering, tree: Tree) -> Numbers | None:
    """The clauses of a rule; None where it has no short form."""
    try:
        return numbering.rule(tree)
    except TooManyClauses:
        return None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of bits over products.

    ``terms`` are pairs of an axis and the first of its rows; ``ends`` say where each slot's terms end, ``starts`` with
    which bits it begins.
    """

    terms: NDArray[np.int64]
    ends: NDArray[np.int64]
    starts: Words
    bits: Words


@dataclass(frozen=True)
class ProductBitsets:
    """Rules compiled for one legal date.

    ``asked`` are the comparisons of all rules, ``distinct`` the clauses of them, ``clauses`` which of those each has.
    ``odd`` rules are read one by one. The rows are laid out when the first firm is asked about: the whole city is read
    without them.
    """

    on: date
    trees: tuple[Tree, ...]
    axes: tuple[Axis, ...]
    finder: CellsOfFirm
    asked: tuple[Asked, ...]
    distinct: tuple[tuple[int, ...], ...]
    clauses: tuple[tuple[int, ...], ...]
    odd: tuple[int, ...]

    @property
    def words(self) -> int:
        """Words of one half of a row."""
        return max(1, -(-len(self.trees) // 64))

    @cached_property
    def rows(self) -> Rows:
        """What one firm is matched by."""
        return _Layout(self.axes, self.asked, len(self.trees)).laid_out(
            self.distinct, self.clauses, closed=self.odd
        )

    def cells(self, known: FirmFacts, beside: Mapping[str, FactValue] = NO_BESIDE) -> list[int]:
        """The cell of one firm on each axis; -1 for a code nobody had when the rules were compiled."""
        return self.finder.of(known, beside)

    def firm(self, known: FirmFacts, beside: Mapping[str, FactValue] = NO_BESIDE) -> tuple[Words, Words]:
        """One firm against every product: bits of those it qualifies for, and of those it may qualify for."""
        from matching.index import kernels  # loads the compiler, which most pages do without

        cells = np.array(self.cells(known, beside), dtype=np.int64)
        if cells.size and cells.min() < 0:
            return self._one_by_one(range(len(self.trees)), known, beside)
        rows, row = self.rows, np.empty(self.words * 2, dtype=np.uint64)
        places = rows.terms[:, 1] + cells[rows.terms[:, 0]]
        kernels.match_firm(places, rows.bits, rows.ends, rows.starts, row, np.empty_like(row))
        yes, maybe = row[: self.words], row[self.words :]
        if self.odd:
            more = self._one_by_one(self.odd, known, beside)
            yes, maybe = yes | more[0], maybe | more[1]
        return yes, maybe

    def verdicts(self, known: FirmFacts, beside: Mapping[str, FactValue] = NO_BESIDE) -> list[Verdict]:
        """One firm's verdicts in the order of the rules."""
        yes, maybe = (bits_of(half, len(self.trees)) for half in self.firm(known, beside))
        return [
            Verdict.ELIGIBLE if sure else Verdict.TENTATIVE if possible else Verdict.NOT_ELIGIBLE
            for sure, possible in zip(yes.tolist(), maybe.tolist(), strict=True)
        ]

    def _one_by_one(
        self, places: Iterable[int], known: FirmFacts, beside: Mapping[str, FactValue]
    ) -> tuple[Words, Words]:
        sure = possible = 0
        for place in places:
            found = verdict(self.trees[place], known, self.on, beside)
            sure |= (found is Verdict.ELIGIBLE) << place
            possible |= (found is not Verdict.NOT_ELIGIBLE) << place
        return _half(sure, self.words), _half(possible, self.words)


def compile_rules(
    trees: Sequence[Tree], on: date, codes: Mapping[str, tuple[str, ...]] | None = None
) -> ProductBitsets:
    """Compile rules for a legal date; ``codes`` are those of the city's coded columns, by their keys."""
    numbering = Numbering()
    clauses = [_numbers(numbering, tree) for tree in trees]
    axes, asked = make_axes(list(numbering.literals), codes or {}, on)
    return ProductBitsets(
        on,
        tuple(trees),
        tuple(axes),
        CellsOfFirm(axes, on),
        tuple(asked),
        tuple(numbering.clauses),
        tuple(some or () for some in clauses),
        tuple(place for place, some in enumerate(clauses) if some is None),
    )


def codes_of(columns: FactColumns) -> dict[str, tuple[str, ...]]:
    """The codes of the city's columns."""
    return {key: column.codes for key, column in columns.columns.items() if column.codes}


class _Layout:
    """Writes the rows: which products ask which clause is gathered as whole numbers used as bitsets."""

    def __init__(self, axes: Sequence[Axis], asked: Sequence[Asked], products: int) -> None:
        self.axes, self.asked, self.products = axes, asked, products
        self.words = max(1, -(-products // 64))
        self.terms: list[tuple[int, int]] = []
        self.ends: list[int] = []
        self.starts: list[Words] = []
        self.rows: list[Words] = []
        self._height = 0

    def laid_out(
        self, distinct: Sequence[tuple[int, ...]], clauses: Sequence[Sequence[int]], closed: Iterable[int]
    ) -> Rows:
        """Lay out the clauses of all products; ``closed`` products have no row and never pass."""
        axes_of = [len({self.asked[part].axis for part in clause}) for clause in distinct]
        base: dict[int, int] = defaultdict(int)
        slots: list[dict[int, int]] = []
        shut = sum(1 << product for product in closed)
        for product, several in enumerate(clauses):
            bit, used = 1 << product, 0
            for clause in several:
                if axes_of[clause] == 0:
                    shut |= bit
                elif axes_of[clause] == 1:
                    base[clause] |= bit
                else:
                    if used == len(slots):
                        slots.append(defaultdict(int))
                    slots[used][clause] |= bit
                    used += 1
        everything = (1 << self.products) - 1
        self._finish(everything & ~shut, self._base({distinct[at]: some for at, some in base.items()}))
        for slot in slots:
            taken = reduce(or_, slot.values())
            self._finish(everything & ~taken, self._slot({distinct[at]: some for at, some in slot.items()}))

        return Rows(
            np.array(self.terms, dtype=np.int64).reshape(-1, 2),
            np.array(self.ends, dtype=np.int64),
            np.stack(self.starts),
            np.concatenate(self.rows) if self.rows else np.zeros((1, 2 * self.words), dtype=np.uint64),
        )

    def _finish(self, start: int, tables: Mapping[int, Words]) -> None:
        self.starts.append(np.concatenate([_half(start, self.words)] * 2))
        for axis, table in tables.items():
            self.terms.append((axis, self._height))
            self.rows.append(table)
            self._height += len(table)
        self.ends.append(len(self.terms))

    def _base(self, base: Mapping[tuple[int, ...], int]) -> dict[int, Words]:
        """Rows that begin full and lose the products whose clause fails, or is open, in the cell."""
        tables: dict[int, Words] = {}
        for clause, products in base.items():
            axis = self.asked[clause[0]].axis
            truths = reduce(np.maximum, (self.asked[part].truths for part in clause))
            if axis not in tables:
                tables[axis] = np.full((self.axes[axis].cells, 2 * self.words), ~np.uint64(0))
            kept = ~_half(products, self.words)
            tables[axis][truths < 1, : self.words] &= kept
            tables[axis][truths < 0, self.words :] &= kept
        return tables

    def _slot(self, slot: Mapping[tuple[int, ...], int]) -> dict[int, Words]:
        """Rows that begin empty and gain the products one of whose comparisons passes, or is open, in the cell."""
        wanted: dict[int, int] = defaultdict(int)
        for clause, products in slot.items():
            for part in clause:
                wanted[part] |= products
        tables: dict[int, Words] = {}
        for part, products in wanted.items():
            axis, truths = self.asked[part].axis, self.asked[part].truths
            if axis not in tables:
                tables[axis] = np.zeros((self.axes[axis].cells, 2 * self.words), dtype=np.uint64)
            gained = _half(products, self.words)
            tables[axis][truths > 0, : self.words] |= gained
            tables[axis][truths >= 0, self.words :] |= gained
        return tables


def _half(products: int, words: int) -> Words:
    return np.frombuffer(products.to_bytes(words * 8, "little"), dtype=np.uint64)


def bits_of(half: Words, count: int) -> NDArray[np.bool_]:
    """One flag a product."""
    return np.unpackbits(half.view(np.uint8), count=count, bitorder="little").view(np.bool_)
