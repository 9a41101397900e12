"""The first products of every firm of the city, in the very order :func:`matching.ranking.rules.rank` gives one firm.

Without a need said, what a product's place depends on beside itself is the cheapest cost among those open to the firm,
and the firm's grade, by which likelihood is estimated. So there are as many orders as there are costs and grades; they
are worked out once, and each firm's matches are put into the one that is its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.index import tile_kernels
from matching.index.whole_city import FIRMS_A_TILE, Verdicts, cores, parts_of
from matching.ranking.likelihood import Likelihood
from matching.ranking.rules import (
    UNPUBLISHED_MOST,
    WEIGHTS,
    Candidate,
    Part,
    cost_score,
    likelihood_score,
    speed_score,
)

NONE = 65_535
"""Stands where a firm has no more matches."""
ORDERS_IN = 8
"""In so many parts the orders are worked out."""
Estimates = Mapping[str, Likelihood | None]
"""How likely terms are offered, by the product's public id; one left out is not known."""
Ints = NDArray[np.int64]


def rank_city(
    verdicts: Verdicts,
    offers: Sequence[Candidate],
    grades: NDArray[np.uint8],
    estimates: Sequence[Estimates],
    most: int,
) -> NDArray[np.uint16]:
    """The first matches of each firm: those it qualifies for, then those it may qualify for.

    Args:
        verdicts: of every firm on the products, in the order of ``offers``.
        offers: what the order sees of each product; their verdicts and likelihoods are not read.
        grades: for each firm, which of ``estimates`` are those of its grade.
        estimates: for each grade the likelihood of each product.
        most: how many matches a firm is given.

    Returns:
        A row a firm of places in ``offers``, :data:`NONE` behind the last.
    """
    known = sorted({offer.apr_ppm for offer in offers if offer.apr_ppm is not None})
    # A firm to which no product with a published cost is open is measured by the cheapest of all: the first order.
    rank_of_cost = {cost: place for place, cost in enumerate(known)}
    costs = np.array(
        [len(known) if one.apr_ppm is None else rank_of_cost[one.apr_ppm] for one in offers], dtype=np.uint16
    )
    cheapest = _cheapest(verdicts, costs, len(known))
    # Few of the orders are anybody's: grades and costs that go together at some firm.
    width = max(1, len(known))
    pairs = grades * np.int64(width) + cheapest
    is_asked = np.bincount(pairs, minlength=1) > 0
    asked, orders = np.flatnonzero(is_asked), (np.cumsum(is_asked) - 1)[pairs]
    yardsticks, at = np.unique(asked % width, return_inverse=True)
    scores, ties = _costs(offers, known, yardsticks), _ties(offers)
    rest = np.stack([_rest(offers, each) for each in estimates])
    with cores() as threads:
        several = threads.map(
            lambda some: _ordered(WEIGHTS[Part.COST] * scores[at[some]] + rest[asked[some] // width], ties),
            np.array_split(np.arange(len(asked)), ORDERS_IN),
        )
        ordered, places = (np.concatenate(some) for some in zip(*several, strict=True))
    best = np.empty((verdicts.firms, most), dtype=np.uint16)

    def rank(part: tuple[int, int]) -> None:
        some = _firms_of(part, verdicts.firms)
        tile_kernels.rank_tiles(
            some.stop - some.start,
            verdicts.tiles[part[0] : part[1]],
            orders[some],
            places,
            ordered,
            NONE,
            best[some],
        )

    with cores() as threads:
        list(threads.map(rank, parts_of(len(verdicts.tiles))))
    return best


def _cheapest(verdicts: Verdicts, costs: NDArray[np.uint16], known: int) -> Ints:
    """For each firm the place of the cheapest cost open to it, 0 where none is known."""
    found = np.zeros(verdicts.firms, dtype=np.int64)
    by_cost = np.flatnonzero(costs < known)
    by_cost = by_cost[np.argsort(costs[by_cost], kind="stable")]

    def find(part: tuple[int, int]) -> None:
        some = _firms_of(part, verdicts.firms)
        tile_kernels.cheapest_of_tiles(
            some.stop - some.start, verdicts.tiles[part[0] : part[1]], by_cost, costs, found[some]
        )

    with cores() as threads:
        list(threads.map(find, parts_of(len(verdicts.tiles))))
    return found


def _firms_of(part: tuple[int, int], firms: int) -> slice:
    """The firms of a run of tiles."""
    return slice(part[0] * FIRMS_A_TILE, min(part[1] * FIRMS_A_TILE, firms))


def _costs(offers: Sequence[Candidate], known: Sequence[int], yardsticks: Ints) -> Ints:
    """The score of every product's cost, a row for each of some known costs that it may be measured by."""
    if not known:
        return np.zeros((1, len(offers)), dtype=np.int64)
    told = np.array([known[-1] if one.apr_ppm is None else one.apr_ppm for one in offers], dtype=np.int64)
    # The score depends on the difference alone, and few differences are distinct.
    differences, which = np.unique(told - np.array(known)[yardsticks, None], return_inverse=True)
    scores = np.array([cost_score(difference, 0) for difference in differences.tolist()], dtype=np.int64)
    found = scores[which].reshape(len(yardsticks), len(offers))
    silent = np.array([one.apr_ppm is None for one in offers])
    return np.where(silent, np.minimum(found, UNPUBLISHED_MOST), found)


def _rest(offers: Sequence[Candidate], estimates: Estimates) -> Ints:
    """The weighted scores of what does not depend on others, for firms of one grade."""
    return np.array(
        [
            WEIGHTS[Part.SPEED] * speed_score(one.median_days)
            + WEIGHTS[Part.LIKELIHOOD] * likelihood_score(estimates.get(one.product_id))
            for one in offers
        ],
        dtype=np.int64,
    )


def _ordered(scores: Ints, ties: Ints) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """For each row of scores the products in their order, and the place of each."""
    products = scores.shape[1]
    order = np.argsort(ties - scores * products, axis=1).astype(np.uint16)
    places = np.empty(order.shape, dtype=np.uint16)
    np.put_along_axis(places, order, np.arange(products, dtype=np.uint16)[None, :], axis=1)
    return order, places


def _ties(offers: Sequence[Candidate]) -> Ints:
    """What decides between equal scores: cost, days, public id; what is not told comes last."""
    order = sorted(
        range(len(offers)),
        key=lambda n: (
            offers[n].apr_ppm is None,
            offers[n].apr_ppm or 0,
            offers[n].median_days is None,
            offers[n].median_days or 0,
            offers[n].product_id,
        ),
    )
    places = np.empty(len(offers), dtype=np.int64)
    places[order] = np.arange(len(offers))
    return places
