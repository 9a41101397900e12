"""Two months laid beside each other tell of no single firm."""

from __future__ import annotations

import random

import pytest

from creditbridge.reports.differencing import moved_firms, too_few
from creditbridge.reports.rules import NO_INDUSTRY, TOTAL, Standing


def test_who_moved_came_or_went_is_counted_in_its_section() -> None:
    firms = [
        Standing(1, "17", "A", None),
        Standing(2, "17", "B", None),
        Standing(3, "17", "A", None),
        Standing(4, "51", "C", None, in_business=False),
        Standing(5, "51", None, None, in_business=False),
        Standing(6, "", "D", None),
        Standing(7, "F", None, None),
    ]
    assert moved_firms(firms, {1: "A", 2: "A", 4: "C", 6: "E"}) == {"C": 2, "F": 1, NO_INDUSTRY: 1}


@pytest.mark.parametrize(
    ("moved", "hidden"),
    [
        ({}, set()),
        ({"C": 5, "F": 900}, set()),
        ({"C": 1, "F": 7, "G": 900}, {"C", "F"}),
        ({"C": 4, "F": 1, "G": 900}, {"C", "F"}),
        ({"C": 1, "F": 2}, {"C", "F", TOTAL}),
        ({"C": 1}, {"C", TOTAL}),
    ],
)
def test_sections_of_few_moves_are_hidden_with_others(moved: dict[str, int], hidden: set[str]) -> None:
    assert too_few(moved) == hidden


def test_what_is_left_to_work_out_tells_of_five_firms_at_least() -> None:
    draw = random.Random(7)
    for _ in range(2_000):
        moved = {key: draw.choice([0, 0, 1, 2, 4, 5, 9, 300]) for key in "ABCDEFGH"}
        hidden = too_few(moved)
        assert all(not 0 < moved[key] < 5 for key in moved if key not in hidden)
        if hidden and TOTAL not in hidden:
            assert sum(moved[key] for key in hidden) >= 5
