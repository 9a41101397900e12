"""Every criterion in a firm's way, of every product at once: the product bitsets' verdicts with their reasons.

Each comparison's truth is looked up in the firm's cell; a criterion is the least of its clauses, a clause the greatest
of its comparisons. What is told of a criterion is its own truth, whether or not an alternative makes up for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.firm_facts import FactValue, FirmFacts
from lenders.admission.tree import Criterion
from matching.index.clauses import clauses_of_criterion
from matching.index.product_bitsets import NO_BESIDE, ProductBitsets, bits_of

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Criteria that fail (truth -1) or are open (0): ``products[n]`` has criterion ``places[n]`` of its rule so."""

    products: Places
    places: Places
    truths: NDArray[np.int8]


class Reasons:
    """What stands in firms' way, for rules that have a short form in clauses; of others nothing is told."""

    def __init__(self, rules: ProductBitsets) -> None:
        self.rules = rules
        numbers = {asked.literal: number for number, asked in enumerate(rules.asked)}
        criteria: dict[Criterion, int] = {}
        of_rules: list[list[int]] = []
        odd = set(rules.odd)
        for place, tree in enumerate(rules.trees):
            own = [] if place in odd else [_nameless(criterion) for criterion in tree.criteria()]
            of_rules.append([criteria.setdefault(criterion, len(criteria)) for criterion in own])
        clauses = [clauses_of_criterion(criterion) for criterion in criteria]
        self._literals, self._clause_starts = _joined(
            [numbers[part] for part in clause] for several in clauses for clause in several
        )
        self._criterion_starts = _starts([len(several) for several in clauses])
        self._asked, _ = _joined(of_rules)
        lengths = [len(own) for own in of_rules]
        self._products = np.repeat(np.arange(len(of_rules)), lengths)
        self._places = (
            np.concatenate([np.arange(length) for length in lengths]) if lengths else self._products
        )
        self._axis = np.array([asked.axis for asked in rules.asked], dtype=np.int64)
        self._first = _starts([len(asked.truths) for asked in rules.asked])
        self._table = np.concatenate([asked.truths for asked in rules.asked] or [np.zeros(0, dtype=np.int8)])

    def of(self, known: FirmFacts, beside: Mapping[str, FactValue] = NO_BESIDE) -> InTheWay:
        """Every criterion in one firm's way, of products it does not surely qualify for."""
        cells = np.array(self.rules.cells(known, beside), dtype=np.int64)
        if not len(self._asked) or cells.min(initial=0) < 0:
            none = np.zeros(0, dtype=np.int64)
            return InTheWay(none, none, none.astype(np.int8))
        yes, _ = self.rules.firm(known, beside)
        told = self._table[self._first + cells[self._axis]]
        met = np.maximum.reduceat(told[self._literals], self._clause_starts)
        criteria = np.minimum.reduceat(met, self._criterion_starts)
        truths = criteria[self._asked]
        there = np.flatnonzero((truths < 1) & ~bits_of(yes, len(self.rules.trees))[self._products])
        return InTheWay(self._products[there], self._places[there], truths[there])


def _nameless(criterion: Criterion) -> Criterion:
    """The same criterion of another rule is the same."""
    return Criterion("", criterion.test, criterion.when, criterion.missing, criterion.max_age_days)


def _starts(lengths: Sequence[int]) -> Places:
    return (
        np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64) if lengths else np.zeros(0, np.int64)
    )


def _joined(lists: Iterable[Sequence[int]]) -> tuple[Places, Places]:
    several = list(lists)
    parts = [part for one in several for part in one]
    return np.array(parts, dtype=np.int64), _starts([len(one) for one in several])
