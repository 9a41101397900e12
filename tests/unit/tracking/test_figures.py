"""Figures: shares, the weighted rate, averages and medians, worked out from whole numbers."""

from __future__ import annotations

import pytest

from matching.tracking.figures import Figures, median_in_days

DAY = 86_400


def test_nothing_has_no_shares() -> None:
    none = Figures()
    assert none.weighted_rate_ppm is None
    assert none.average_fen is None
    assert (none.first_time_ppm, none.unsecured_ppm, none.inclusive_ppm) == (None, None, None)


def test_the_rate_is_weighed_by_amount_to_the_basis_point() -> None:
    figures = Figures(amount_fen=300, rate_weight=100 * 38_500 + 200 * 40_000)
    assert figures.weighted_rate_ppm == 39_500
    assert Figures(amount_fen=300, rate_weight=100 * 38_500 + 200 * 38_600).weighted_rate_ppm == 38_600


def test_first_time_borrowers_are_a_share_of_grants_and_the_others_of_the_amount() -> None:
    figures = Figures(grants=4, first_time=1, amount_fen=200, unsecured_fen=50, inclusive_fen=150)
    assert (figures.first_time_ppm, figures.unsecured_ppm, figures.inclusive_ppm) == (
        250_000,
        250_000,
        750_000,
    )


def test_the_average_is_a_firms() -> None:
    assert Figures(firms=3, grants=5, amount_fen=100).average_fen == 33


@pytest.mark.parametrize(
    ("seconds", "days"),
    [([], None), ([DAY], 1.0), ([DAY, 2 * DAY], 1.5), ([0, DAY // 2, 10 * DAY], 0.5), ([DAY // 3], 0.3)],
)
def test_the_median_is_told_in_days_with_one_decimal(seconds: list[int], days: float | None) -> None:
    assert median_in_days(seconds) == days
