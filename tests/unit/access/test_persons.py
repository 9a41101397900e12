"""Which accounts are taken for one person's."""

from __future__ import annotations

import pytest

from creditbridge.access.persons import Account, are_one_person, digits_of

BANK, OTHER_BANK = frozenset({1}), frozenset({2})


def account(
    user_id: int, name: str = "张伟", phone: str = "", email: str = "", at: frozenset[int] = BANK
) -> Account:
    return Account(user_id, name, phone, email, at)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0512-55550101", "051255550101"),
        ("0512", ""),
        ("", ""),
    ],
)
def test_a_number_is_its_digits(typed: str, digits: str) -> None:
    assert digits_of(typed) == digits


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (account(1), account(1, "李娜"), True),
        (account(1, phone="138 0013 8000"), account(2, "李娜", "+8613800138000", at=OTHER_BANK), True),
        (account(1, email="Zhang@bank.example"), account(2, "李娜", email="zhang@bank.example "), True),
        (account(1), account(2), True),
        (account(1), account(2, at=OTHER_BANK), False),
        (account(1), account(2, "李娜"), False),
        (account(1, phone="13800138000"), account(2, phone="13900139000"), False),
        (account(1, phone="13800138000"), account(2), True),
        (account(1, phone="0512"), account(2, "李娜", phone="0512"), False),
    ],
)
def test_likeness(one: Account, other: Account, same: bool) -> None:
    assert are_one_person(one, other) is same
    assert are_one_person(other, one) is same
