from __future__ import annotations

import pytest

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN
from matching.approvals.rules import approvals_needed, check_limit, check_reason, is_enough


@pytest.mark.parametrize(
    ("amount", "limit", "needed"),
    [(100, None, 1), (MAX_FEN, None, 1), (100, 100, 1), (101, 100, 2), (1, 0, 2)],
)
def test_two_above_the_limit_and_not_at_it(amount: int, limit: int | None, needed: int) -> None:
    assert approvals_needed(amount, limit) == needed


@pytest.mark.parametrize(
    ("given", "needed", "enough"), [([], 1, True), ([None], 2, False), ([7], 2, True), ([None], 1, True)]
)
def test_enough_with_the_one_just_given(given: list[int | None], needed: int, enough: bool) -> None:
    assert is_enough(given, needed) is enough


@pytest.mark.parametrize(("before", "after"), [(None, 0), (None, MAX_FEN), (5, None), (5, 6)])
def test_a_limit_that_may_be(before: int | None, after: int | None) -> None:
    check_limit(before, after)


@pytest.mark.parametrize(("before", "after"), [(None, -1), (None, MAX_FEN + 1), (5, 5), (None, None)])
def test_a_limit_that_may_not_be(before: int | None, after: int | None) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_limit(before, after)
    assert list(refusal.value.fields) == ["second_above_fen"]


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_a_change_has_a_reason(reason: str) -> None:
    with pytest.raises(InvalidInput):
        check_reason(reason)
    check_reason("总行授权调整")
