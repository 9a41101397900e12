"""The whole city's first products are those :func:`matching.ranking.rules.rank` gives each firm by itself."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.index.firm_bitsets import pack
from matching.index.whole_city import FIRMS_A_TILE, Verdicts
from matching.ranking.likelihood import Likelihood
from matching.ranking.rules import VERDICT_ORDER, Candidate, rank
from matching.ranking.whole_city import NONE, rank_city

costs = st.one_of(
    st.none(), st.integers(300, 420).map(lambda points: points * 100), st.integers(0, 2_000_000)
)
days = st.one_of(st.none(), st.integers(0, 45))
likely = st.one_of(st.none(), st.integers(0, 1_000_000).map(lambda ppm: Likelihood(ppm, 5, 9, 3)))


def _verdicts(table):
    """Packed verdicts of a table of firms and products, each the place of a verdict."""
    firms, products = table.shape
    tiles = -(-firms // FIRMS_A_TILE)
    packed = Verdicts(np.zeros((tiles, 2 * products, FIRMS_A_TILE // 64), dtype=np.uint64), firms)
    for product in range(products):
        packed.put(product, pack(table[:, product] == 0), pack(table[:, product] < 2))
    return packed


def _one_by_one(table, offers, grades, estimates, most):
    rows = []
    for firm, grade in zip(table, grades, strict=True):
        seen = [
            replace(offer, verdict=VERDICT_ORDER[verdict], likelihood=estimates[grade].get(offer.product_id))
            for offer, verdict in zip(offers, firm, strict=True)
        ]
        at = {offer.product_id: place for place, offer in enumerate(offers)}
        row = [
            at[one.candidate.product_id] for one in rank(seen) if one.candidate.verdict != VERDICT_ORDER[2]
        ]
        rows.append((row + [NONE] * most)[:most])
    return rows


@settings(max_examples=80, deadline=None)  # the first call compiles the loop
@given(st.data())
def test_each_firm_gets_the_first_of_its_own_order(data):
    products = data.draw(st.integers(1, 90))
    firms = data.draw(st.integers(1, 6))
    dice = data.draw(st.randoms(use_true_random=False))
    offers = [
        Candidate(f"p{dice.randrange(10**6)}-{n}", "eligible", apr_ppm=apr, median_days=median)
        for n, (apr, median) in enumerate(
            data.draw(st.lists(st.tuples(costs, days), min_size=products, max_size=products))
        )
    ]
    some = data.draw(st.lists(likely, min_size=5, max_size=5))
    estimates = [
        {offer.product_id: dice.choice(some) for offer in offers if dice.random() < 0.9} for _ in range(3)
    ]
    weights = dice.choice(((8, 1, 1), (1, 1, 8), (0, 0, 1), (0, 1, 3)))
    table = np.array([dice.choices((0, 1, 2), weights, k=products) for _ in range(firms)])
    grades = np.array([dice.randrange(3) for _ in range(firms)], dtype=np.uint8)
    most = data.draw(st.integers(1, 25))
    found = rank_city(_verdicts(table), offers, grades, estimates, most)
    assert found.tolist() == _one_by_one(table, offers, grades, estimates, most)


def test_firms_beyond_a_tile_and_products_beyond_a_word_get_their_own_order_too():
    draw = np.random.default_rng(1)
    offers = [
        Candidate(
            f"p{n}",
            "eligible",
            apr_ppm=None if n % 9 == 0 else 30_000 + 700 * (n * 7 % 50),
            median_days=n % 31,
        )
        for n in range(130)
    ]
    estimates = [
        {offer.product_id: Likelihood(n * 7_000 % 10**6, 9, 9, 9) for n, offer in enumerate(offers)},
        {},
    ]
    table = draw.choice(3, (FIRMS_A_TILE + 70, 130), p=(0.1, 0.1, 0.8))
    grades = draw.integers(0, 2, len(table)).astype(np.uint8)
    found = rank_city(_verdicts(table), offers, grades, estimates, 20)
    some = [0, 63, 64, FIRMS_A_TILE - 1, FIRMS_A_TILE, FIRMS_A_TILE + 69]
    assert found[some].tolist() == _one_by_one(table[some], offers, grades[some], estimates, 20)
