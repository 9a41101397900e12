"""The life cycles of lenders, products, versions and schemes: every legal step, and every other refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from creditbridge.kernel.errors import Conflict, RuleRefused
from creditbridge.kernel.lifecycle import Lifecycle
from lenders.institutions.rules import LENDER, LENDER_STATE_TONES, BranchKind, LenderRole, covers, may_head
from lenders.products.lifecycle import (
    PRODUCT,
    PRODUCT_STATE_TONES,
    VERSION,
    VERSION_STATE_TONES,
    check_second_officer,
)
from lenders.schemes.rules import SCHEME

LEGAL: list[tuple[Lifecycle[Any], set[tuple[str, str, str]]]] = [
    (
        LENDER,
        {
            ("applied", "approve", "approved"),
            ("approved", "suspend", "suspended"),
            ("suspended", "resume", "approved"),
            ("suspended", "exit", "exited"),
        },
    ),
    (
        PRODUCT,
        {
            ("unpublished", "open", "open"),
            ("open", "suspend", "suspended"),
            ("suspended", "resume", "open"),
            ("suspended", "retire", "retired"),
        },
    ),
    (
        VERSION,
        {
            ("draft", "submit", "pending_approval"),
            ("pending_approval", "approve", "pending_publication"),
            ("pending_approval", "return", "draft"),
            ("pending_publication", "return", "draft"),
            ("pending_publication", "publish", "live"),
            ("live", "replace", "replaced"),
        },
    ),
    (SCHEME, {("open", "close", "closed"), ("closed", "reopen", "open")}),
]
EVERY = [
    pytest.param(cycle, state, step, legal, id=f"{cycle.kind}-{state}-{step}")
    for cycle, legal in LEGAL
    for state in cycle.words
    for step in cycle.steps
]


@pytest.mark.parametrize(("cycle", "state", "step", "legal"), EVERY)
def test_each_step_from_each_state(cycle: Lifecycle[Any], state: StrEnum, step: str, legal: set[Any]):
    target = next((after for before, name, after in legal if (before, name) == (state, step)), None)
    if target is None:
        with pytest.raises(Conflict):
            cycle.check(step, state)
    else:
        assert cycle.check(step, state) == target


@pytest.mark.parametrize(
    ("tones", "cycle"),
    [(LENDER_STATE_TONES, LENDER), (PRODUCT_STATE_TONES, PRODUCT), (VERSION_STATE_TONES, VERSION)],
)
def test_every_state_has_words_and_a_tone(tones, cycle):
    assert tones.keys() == cycle.words.keys()


def test_a_second_officer_is_somebody_else():
    check_second_officer(3, [1, 2])
    check_second_officer(3, [1, 2], {3, 4})


def test_another_account_of_the_author_is_the_author() -> None:
    with pytest.raises(RuleRefused):
        check_second_officer(3, [1, 2], {3, 2})


@pytest.mark.parametrize("approver", [1, None])
def test_an_author_or_nobody_is_no_second_officer(approver):
    with pytest.raises(RuleRefused):
        check_second_officer(approver, [1, 2])


@pytest.mark.parametrize(
    ("parent", "child", "allowed"),
    [
        (BranchKind.BRANCH, BranchKind.SUB_BRANCH, True),
        (BranchKind.BRANCH, BranchKind.OUTLET, True),
        (BranchKind.SUB_BRANCH, BranchKind.OUTLET, True),
        (BranchKind.OUTLET, BranchKind.BRANCH, False),
        (BranchKind.BRANCH, BranchKind.BRANCH, False),
    ],
)
def test_who_stands_above_whom(parent, child, allowed):
    assert may_head(parent, child) is allowed


@pytest.mark.parametrize(
    ("area", "region", "inside"),
    [
        ("320500", "320581", True),
        ("320000", "320581", True),
        ("320581", "320581", True),
        ("320581", "320500", False),
        ("320500", "321000", False),
        ("320110", "320111", False),
        ("320110", "320110", True),
        ("990000", "990101", True),
    ],
)
def test_a_service_area_covers_what_lies_inside(area, region, inside):
    assert covers(area, region) is inside


def test_a_lenders_roles_are_the_access_rooms_roles():
    assert {role.value for role in LenderRole} == {
        "lender_product_manager",
        "lender_reviewer",
        "lender_approver",
        "lender_viewer",
    }
