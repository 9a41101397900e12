"""The order in chosen cases, each with its reason in ``ranking_cases.json``; and the estimate behind likelihood."""

import inspect
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.money import PPM
from matching.ranking import likelihood, rules, service
from matching.ranking.likelihood import STRENGTH, Estimator, Likelihood, Outcome, Tally, drawn, shifted
from matching.ranking.rules import Candidate, Need, rank

WAN = 1_000_000
READ = json.loads((Path(__file__).parent / "ranking_cases.json").read_text("utf-8"))
NEED = Need(READ["need"]["amount"] * WAN, READ["need"]["term"])


def candidate(name, row):
    apr, likely = row.get("apr", 4.0), row.get("likely", 60)
    return Candidate(
        product_id=name,
        verdict=row.get("verdict", "eligible"),
        apr_ppm=None if apr is None else round(apr * 10_000),
        amount_min_fen=10 * WAN,
        amount_max_fen=row.get("most", 300) * WAN,
        term_min_months=1,
        term_max_months=row.get("months", 36),
        median_days=row.get("days", 8),
        likelihood=None if likely is None else Likelihood(likely * 10_000, 30, 50, 10),
    )


@pytest.mark.parametrize("case", READ["cases"], ids=lambda case: case["name"])
def test_the_order_of_a_chosen_case(case):
    ranked = rank([candidate(name, row) for name, row in case["products"].items()], NEED)
    assert [row.candidate.product_id for row in ranked] == case["order"], case["why"]


def test_nothing_that_could_be_paid_for_enters_the_order():
    asked = set(inspect.signature(Candidate).parameters)
    assert asked == {
        "product_id", "verdict", "apr_ppm", "amount_min_fen", "amount_max_fen", "term_min_months",
        "term_max_months", "median_days", "likelihood",
    }  # fmt: skip
    for module in (rules, service, likelihood):
        text = inspect.getsource(module).lower()
        for word in ("sponsor", "promot", "advert", "commission", "boost"):
            assert word not in text


def test_without_enough_decisions_of_the_city_there_is_no_estimate():
    assert Estimator.of([Outcome(1, 1, "A", 4, 5)]).likelihood(1, 1, "A") is None


def test_a_new_product_counts_as_its_lender_does_and_a_new_lender_as_the_city():
    made = Estimator.of([Outcome(1, 1, "A", 90, 10), Outcome(2, 2, "A", 10, 90)])
    assert made.likelihood(9, 1, "A").ppm > made.likelihood(9, 3, "A").ppm > made.likelihood(9, 2, "A").ppm
    assert made.likelihood(9, 3, "A").percent == 50


def test_one_decision_moves_little_and_a_hundred_move_much():
    ground = [Outcome(9, 9, "A", 50, 50)]
    one = Estimator.of([*ground, Outcome(1, 1, "A", 1, 0)]).likelihood(1, 1, "A")
    many = Estimator.of([*ground, Outcome(1, 1, "A", 100, 0)]).likelihood(1, 1, "A")
    assert 50 < one.percent < 65
    assert many.percent > 90
    assert "不足 5 笔" in one.reason.zh
    assert "审核 100 笔、给出方案 100 笔" in many.reason.zh


def test_a_better_grade_is_likelier_where_the_city_says_so():
    made = Estimator.of([Outcome(1, 1, "A", 80, 20), Outcome(1, 1, "D", 20, 80), Outcome(2, 1, "B", 3, 3)])
    assert made.likelihood(2, 1, "A").ppm > made.likelihood(2, 1, "B").ppm > made.likelihood(2, 1, "D").ppm


def test_small_counts_are_not_told():
    told = Likelihood(500_000, 3, 4, 1).reason
    assert "4" not in told.zh.replace("5 笔", "").replace("50%", "")


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, PPM))
def test_a_rate_drawn_lies_between_the_sample_and_what_it_is_drawn_to(offered, refused, towards):
    tally = Tally(offered, offered + refused)
    rate = drawn(tally, towards)
    sample = towards if tally.decided == 0 else offered * PPM / tally.decided
    assert min(sample, towards) - 1 <= rate <= max(sample, towards) + 1
    if tally.decided:
        by_hand = (offered * PPM + STRENGTH * towards) / (tally.decided + STRENGTH)
        assert abs(rate - by_hand) <= 1


@given(st.integers(0, PPM), st.integers(0, PPM), st.integers(0, PPM))
def test_odds_shift_in_the_direction_of_the_grade(rate, other, base):
    moved = shifted(rate, other, base)
    assert 0 <= moved <= PPM
    inside = min(PPM - 1_000, max(1_000, rate))
    if other > base:
        assert moved >= inside - 1_001
    elif other < base:
        assert moved <= inside + 1_001
    else:
        assert abs(moved - inside) <= 1
