"""How the values and bins of indicators are said."""

from __future__ import annotations

import pytest

from creditbridge.scoring.indicators import Indicator, Shown, catalogue
from creditbridge.scoring.sentences import bins_told, range_told, value_told


def shown_as(shown: Shown) -> Indicator:
    return next(one for one in catalogue().indicators.values() if one.shown is shown)


@pytest.mark.parametrize(
    ("shown", "low", "high", "said"),
    [
        (Shown.COUNT, None, 1, "0"),
        (Shown.COUNT, None, 3, "0 至 2"),
        (Shown.COUNT, 1, 2, "1"),
        (Shown.COUNT, 2, 4, "2 至 3"),
        (Shown.COUNT, 4, None, "4 及以上"),
        (Shown.YES_NO, None, 1, "否"),
        (Shown.YES_NO, 1, None, "是"),
        (Shown.PPM, 200_000, 500_000, "20% 至不到 50%"),
        (Shown.PPM, None, 200_000, "低于 20%"),
        (Shown.YEARS, 3, 5, "3 年至不到 5 年"),
        (Shown.YEARS, 15, None, "15 年及以上"),
        (Shown.COUNT, None, None, "任何值"),
    ],
)
def test_a_bin_is_said_as_people_say_it(shown: Shown, low: int | None, high: int | None, said: str) -> None:
    assert range_told(shown_as(shown), low, high).zh.replace("年 ", "年") == said


def test_the_ends_of_grades_are_grades() -> None:
    graded = shown_as(Shown.GRADE)
    assert range_told(graded, None, 1) == value_told(graded, 0)
    assert range_told(graded, 1, 2) == value_told(graded, 1)


def test_no_bin_of_the_catalogue_is_below_nothing() -> None:
    """Not one says “below no”, “below 1” of a count, or a share with the last part before the next bin."""
    for one in catalogue().indicators.values():
        for words, _points in bins_told(one, one.bins):
            assert not words.zh.startswith(("低于 是", "低于 否")), one.code
            assert "9999" not in words.zh, one.code
            if one.shown is Shown.COUNT:
                assert not words.zh.startswith("低于"), one.code
