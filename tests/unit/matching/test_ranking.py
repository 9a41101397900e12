from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.ranking.likelihood import Likelihood
from matching.ranking.rules import (
    PART_WORDS,
    UNPUBLISHED_MOST,
    VERDICT_ORDER,
    WEIGHTS,
    Candidate,
    Need,
    Part,
    rank,
)

WAN = 1_000_000


def offer(name, apr_ppm=40_000, **changed):
    return replace(Candidate(name, "eligible", apr_ppm, 10 * WAN, 300 * WAN, 3, 12, 6), **changed)


def order(offers, need=None):
    return [ranked.candidate.product_id for ranked in rank(offers, need)]


def part(ranked, kind):
    return next(scored for scored in ranked.parts if scored.part is kind)


candidates = st.lists(
    st.builds(
        Candidate,
        product_id=st.text("abcdef", min_size=1, max_size=4),
        verdict=st.sampled_from(VERDICT_ORDER),
        apr_ppm=st.none() | st.integers(0, 360_000),
        amount_min_fen=st.none() | st.integers(0, 100 * WAN),
        amount_max_fen=st.none() | st.integers(100 * WAN, 1_000 * WAN),
        term_min_months=st.none() | st.integers(1, 12),
        term_max_months=st.none() | st.integers(12, 60),
        median_days=st.none() | st.integers(0, 90),
        likelihood=st.none()
        | st.builds(Likelihood, st.integers(0, 10**6), st.just(3), st.just(9), st.just(2)),
    ),
    max_size=8,
    unique_by=lambda candidate: candidate.product_id,
)
needs = st.none() | st.builds(Need, st.none() | st.integers(1, 2_000 * WAN), st.none() | st.integers(1, 120))


def test_the_cheaper_comes_first():
    assert order([offer("b", 45_000), offer("a", 50_000), offer("c", 40_000)]) == ["c", "b", "a"]


def test_what_a_firm_may_apply_for_comes_before_what_is_cheap():
    offers = [
        offer("cheap", 10_000, verdict="not_eligible"),
        offer("maybe", 20_000, verdict="tentative"),
        offer("dear", 90_000),
    ]
    assert order(offers) == ["dear", "maybe", "cheap"]


def test_costs_lose_twenty_points_a_percentage_point():
    ranked = rank([offer("a", 40_000), offer("b", 52_500)])
    assert [part(one, Part.COST).score for one in ranked] == [100, 75]
    assert part(ranked[1], Part.COST).reason.zh == "年化综合融资成本 5.25%，比最低的高 1.25 个百分点。"


def test_the_yardstick_is_the_cheapest_the_firm_may_apply_for():
    ranked = rank([offer("a", 40_000), offer("b", 10_000, verdict="not_eligible")])
    assert [part(one, Part.COST).score for one in ranked] == [100, 100]


def test_with_nothing_open_the_cheapest_of_all_is_the_yardstick():
    ranked = rank([offer("a", 60_000, verdict="not_eligible"), offer("b", 40_000, verdict="not_eligible")])
    assert [part(one, Part.COST).score for one in ranked] == [100, 60]


def test_an_unpublished_rate_counts_as_the_dearest_known():
    ranked = rank([offer("known", 40_000), offer("dear", 80_000), offer("silent", None)])
    assert [one.candidate.product_id for one in ranked] == ["known", "dear", "silent"]
    assert part(ranked[2], Part.COST).score == part(ranked[1], Part.COST).score == 20
    assert "最高的 8.00% 计" in part(ranked[2], Part.COST).reason.zh


def test_an_unpublished_rate_never_ranks_as_cheap_beside_one_known():
    ranked = rank([offer("silent", None), offer("known")])
    assert [one.candidate.product_id for one in ranked] == ["known", "silent"]
    assert part(ranked[1], Part.COST).score == UNPUBLISHED_MOST


def test_with_no_cost_known_none_scores():
    ranked = rank([offer("a", None)])
    assert part(ranked[0], Part.COST).score == 0
    assert "以银行审批为准" in part(ranked[0], Part.COST).reason.zh


@pytest.mark.parametrize(
    ("wanted", "least", "most", "score", "words"),
    [
        (100 * WAN, 10 * WAN, 300 * WAN, 100, "需求 100 万元在产品额度范围内。"),
        (100 * WAN, None, 100 * WAN, 100, "需求 100 万元在产品额度范围内。"),
        (400 * WAN, 10 * WAN, 300 * WAN, 75, "需求 400 万元高于产品最高额度 300 万元。"),
        (5 * WAN, 10 * WAN, 300 * WAN, 50, "需求 5 万元低于产品起点 10 万元。"),
        (100 * WAN, 10 * WAN, None, 50, "产品未公布最高额度，按中间值计。"),
    ],
)
def test_fit_of_amount(wanted, least, most, score, words):
    (ranked,) = rank([offer("a", amount_min_fen=least, amount_max_fen=most)], Need(amount_fen=wanted))
    assert part(ranked, Part.AMOUNT).score == score
    assert part(ranked, Part.AMOUNT).reason.zh == words


@pytest.mark.parametrize(
    ("wanted", "least", "most", "score", "words"),
    [
        (12, 3, 12, 100, "需求期限 12 个月在产品期限范围内。"),
        (36, 3, 12, 33, "需求期限 36 个月长于产品最长期限 12 个月。"),
        (2, 3, 12, 67, "需求期限 2 个月短于产品最短期限 3 个月。"),
        (12, None, None, 50, "产品未公布最长期限，按中间值计。"),
    ],
)
def test_fit_of_term(wanted, least, most, score, words):
    (ranked,) = rank([offer("a", term_min_months=least, term_max_months=most)], Need(term_months=wanted))
    assert part(ranked, Part.TERM).score == score
    assert part(ranked, Part.TERM).reason.zh == words


@pytest.mark.parametrize(
    ("days", "score", "words"),
    [
        (0, 100, "一半的申请在一天内办结。"),
        (6, 80, "一半的申请在 6 天内办结。"),
        (30, 0, "一半的申请在 30 天内办结。"),
        (90, 0, "一半的申请在 90 天内办结。"),
        (None, 50, "办理记录不足，按中间值计。"),
    ],
)
def test_speed(days, score, words):
    (ranked,) = rank([offer("a", median_days=days)])
    assert part(ranked, Part.SPEED).score == score
    assert part(ranked, Part.SPEED).reason.zh == words


def test_without_a_need_amount_and_term_do_not_count():
    (ranked,) = rank([offer("a")])
    assert [scored.part for scored in ranked.parts] == [Part.COST, Part.SPEED, Part.LIKELIHOOD]
    assert ranked.score == 83


def test_the_score_is_the_weighted_mean_of_its_parts():
    (ranked,) = rank([offer("a")], Need(400 * WAN, 36))
    assert [(scored.score, scored.weight) for scored in ranked.parts] == [
        (100, 40),
        (75, 15),
        (33, 10),
        (80, 15),
        (50, 20),
    ]
    assert ranked.score == 77


def test_fit_may_outweigh_a_small_difference_in_cost():
    offers = [offer("cheap", 40_000, amount_max_fen=20 * WAN), offer("fitting", 42_000)]
    assert order(offers, Need(amount_fen=200 * WAN)) == ["fitting", "cheap"]


def test_ties_fall_to_the_quicker_then_to_the_public_id():
    offers = [offer("b", median_days=80), offer("c", median_days=70), offer("a", median_days=80)]
    assert order(offers) == ["c", "a", "b"]


def test_no_candidates_no_order():
    assert rank([]) == []


def test_an_unknown_verdict_is_an_error():
    with pytest.raises(ValueError, match="verdict"):
        Candidate("a", "paid")


@given(candidates, needs, st.randoms())
def test_the_order_does_not_depend_on_the_order_given(offers, need, random):
    shuffled = list(offers)
    random.shuffle(shuffled)
    assert rank(shuffled, need) == rank(offers, need)


@given(candidates, needs)
def test_scores_stay_between_nought_and_a_hundred(offers, need):
    ranked = rank(offers, need)
    assert [one.place for one in ranked] == list(range(1, len(offers) + 1))
    assert all(0 <= scored.score <= 100 for one in ranked for scored in one.parts)
    tiers = [VERDICT_ORDER.index(one.candidate.verdict) for one in ranked]
    assert tiers == sorted(tiers)


@given(candidates, needs)
def test_all_else_equal_an_unpublished_rate_never_stands_before_a_published_one(offers, need):
    for known in (one for one in offers if one.apr_ppm is not None):
        silent = replace(known, product_id="silent", apr_ppm=None)
        names = order([*offers, silent], need)
        assert names.index(known.product_id) < names.index("silent")


def test_weights_are_a_whole_and_every_part_has_words():
    assert sum(WEIGHTS.values()) == 100
    assert set(WEIGHTS) == set(PART_WORDS) == set(Part)
