"""Which lender is suggested for which need, all needs together, within what each lender can take. Pure.

An edge says how well a need and a lender's product suit each other, 0 to 100 from both sides. Each need is given one
lender at most; a lender takes so many needs at most, and a product no more than is left of its quota.

:func:`greedy` takes the best edge that still fits, again and again. :func:`assign` solves the same as a whole (a mixed
integer programme, HiGHS through SciPy) and so never comes to less; the whole numbers are checked again afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from creditbridge.kernel.money import FEN_PER_WAN

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint

SECONDS = 10.0
"""A solution not proven best in this time is compared with the greedy one, and the better is taken."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A need (by key), a lender and its product, how well they suit (0 to 100), and the amount needed in fen."""

    need: int
    lender: int
    product: int
    score: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be taken: needs by lender, fen by product. What is not named is not limited."""

    needs: Mapping[int, int] = field(default_factory=dict)
    fen: Mapping[int, int] = field(default_factory=dict)


def worth(edges: Iterable[Edge]) -> int:
    """What an assignment comes to. One more need served is worth a point beside its score."""
    return sum(edge.score + 1 for edge in edges)


def greedy(edges: Sequence[Edge], room: Room) -> list[Edge]:
    """The best edge first, as long as it fits."""
    taken: list[Edge] = []
    for edge in sorted(edges, key=lambda each: (-each.score, each.need, each.product)):
        if fits([*taken, edge], room):
            taken.append(edge)
    return taken


def assign(edges: Sequence[Edge], room: Room) -> list[Edge]:
    """The assignment of most worth; in the order of the needs."""
    plain = greedy(edges, room)
    whole = _solved(edges, room) if edges else []
    best = whole if fits(whole, room) and worth(whole) > worth(plain) else plain
    return sorted(best, key=lambda edge: edge.need)


def fits(edges: Iterable[Edge], room: Room) -> bool:
    """Whether an assignment keeps every limit, in whole numbers."""
    needs: set[int] = set()
    lenders: dict[int, int] = defaultdict(int)
    products: dict[int, int] = defaultdict(int)
    for edge in edges:
        if edge.need in needs:
            return False
        needs.add(edge.need)
        lenders[edge.lender] += 1
        products[edge.product] += edge.amount_fen
    return all(count <= room.needs.get(lender, count) for lender, count in lenders.items()) and all(
        fen <= room.fen.get(product, fen) for product, fen in products.items()
    )


def _solved(edges: Sequence[Edge], room: Room) -> list[Edge]:
    from scipy.optimize import Bounds, milp  # takes a second to load, which pages do without

    rows: list[tuple[list[int], list[float], float]] = []
    for need, places in _by(edges, "need").items():
        del need
        rows.append((places, [1.0] * len(places), 1.0))
    for lender, places in _by(edges, "lender").items():
        if lender in room.needs:
            rows.append((places, [1.0] * len(places), float(room.needs[lender])))
    for product, places in _by(edges, "product").items():
        if product in room.fen:
            amounts = [edges[place].amount_fen / FEN_PER_WAN for place in places]
            rows.append((places, amounts, room.fen[product] / FEN_PER_WAN))
    found = milp(
        c=-np.array([edge.score + 1 for edge in edges], dtype=float),
        constraints=_constraint(rows, len(edges)),
        integrality=np.ones(len(edges), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"time_limit": SECONDS},
    )
    if found.x is None:
        return []
    return [edge for edge, share in zip(edges, found.x, strict=True) if share > 0.5]


def _by(edges: Sequence[Edge], name: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for place, edge in enumerate(edges):
        found[getattr(edge, name)].append(place)
    return found


def _constraint(rows: Sequence[tuple[list[int], list[float], float]], width: int) -> LinearConstraint:
    from scipy.optimize import LinearConstraint
    from scipy.sparse import csr_array

    values = [value for _, weights, _ in rows for value in weights]
    columns = [place for places, _, _ in rows for place in places]
    lines = [number for number, (places, _, _) in enumerate(rows) for _ in places]
    matrix = csr_array((values, (lines, columns)), shape=(len(rows), width))
    return LinearConstraint(matrix, ub=np.array([most for _, _, most in rows]))
