"""Every step from every state and by every role: what domain section 3 allows, and nothing else."""

from __future__ import annotations

import pytest

from creditbridge.access.rules import Role
from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import Conflict, NotAllowed, RuleRefused
from matching.applications import rules
from matching.applications.rules import (
    APPLICATION,
    FIRST_DECISIONS,
    OFFER,
    OPEN_STATES,
    PURPOSE_WORDS,
    STEP_WORDS,
    STEPS,
    SUBMISSION,
    SUBMISSION_STATE_TONES,
    SUBMISSION_STATE_WORDS,
    SUPPLEMENT,
    Purpose,
)
from matching.applications.rules import SubmissionState as S

LEGAL = {
    (S.SUBMITTED, "accept"): S.ACCEPTED,
    (S.SUBMITTED, "not_accept"): S.NOT_ACCEPTED,
    (S.ACCEPTED, "start_review"): S.UNDER_REVIEW,
    (S.UNDER_REVIEW, "request_supplement"): S.ACTION_REQUIRED,
    (S.ACTION_REQUIRED, "answer_supplement"): S.UNDER_REVIEW,
    (S.ACTION_REQUIRED, "miss_supplement"): S.INCOMPLETE,
    (S.UNDER_REVIEW, "propose_terms"): S.PENDING_APPROVAL,
    (S.PENDING_APPROVAL, "return_terms"): S.UNDER_REVIEW,
    (S.PENDING_APPROVAL, "approve_terms"): S.OFFERED,
    (S.UNDER_REVIEW, "reject"): S.REJECTED,
    (S.PENDING_APPROVAL, "reject"): S.REJECTED,
    (S.OFFERED, "accept_offer"): S.OFFER_ACCEPTED,
    (S.OFFERED, "decline_offer"): S.OFFER_DECLINED,
    (S.OFFERED, "renegotiate"): S.UNDER_REVIEW,
    (S.OFFERED, "expire_offer"): S.OFFER_EXPIRED,
    (S.OFFER_ACCEPTED, "record_grant"): S.GRANTED,
    (S.GRANTED, "close"): S.CLOSED,
    (S.REJECTED, "reopen"): S.UNDER_REVIEW,
    **{
        (state, "supersede"): S.SUPERSEDED
        for state in (
            S.SUBMITTED,
            S.ACCEPTED,
            S.UNDER_REVIEW,
            S.ACTION_REQUIRED,
            S.PENDING_APPROVAL,
            S.OFFERED,
        )
    },
    **{
        (state, "withdraw"): S.WITHDRAWN
        for state in (
            S.SUBMITTED,
            S.ACCEPTED,
            S.UNDER_REVIEW,
            S.ACTION_REQUIRED,
            S.PENDING_APPROVAL,
            S.OFFERED,
            S.OFFER_ACCEPTED,
        )
    },
}
"""Written out from the domain, not read from the table."""

TAKERS = {
    "accept": {Role.LENDER_REVIEWER},
    "not_accept": {Role.LENDER_REVIEWER},
    "start_review": {Role.LENDER_REVIEWER},
    "request_supplement": {Role.LENDER_REVIEWER},
    "propose_terms": {Role.LENDER_REVIEWER},
    "record_grant": {Role.LENDER_REVIEWER},
    "close": {Role.LENDER_REVIEWER},
    "return_terms": {Role.LENDER_APPROVER},
    "approve_terms": {Role.LENDER_APPROVER},
    "reopen": {Role.LENDER_APPROVER},
    "reject": {Role.LENDER_REVIEWER, Role.LENDER_APPROVER},
    "answer_supplement": {Role.FIRM_OWNER, Role.FIRM_STAFF},
    "accept_offer": {Role.FIRM_OWNER},
    "decline_offer": {Role.FIRM_OWNER},
    "renegotiate": {Role.FIRM_OWNER},
    "withdraw": {Role.FIRM_OWNER},
    "miss_supplement": set(),
    "expire_offer": set(),
    "supersede": set(),
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_is_legal_exactly_where_the_domain_says(step: str, state: S) -> None:
    if (state, step) in LEGAL:
        assert SUBMISSION.check(step, state) is LEGAL[state, step]
    else:
        with pytest.raises(Conflict):
            SUBMISSION.check(step, state)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_is_its_roles_alone(step: str, role: Role) -> None:
    assert rules.may_take(role, step) is (role in TAKERS[step])


def test_the_table_holds_every_step_once() -> None:
    assert set(STEPS) == set(SUBMISSION.steps) == set(TAKERS)


def test_every_step_and_state_has_words_and_tone() -> None:
    assert set(STEPS) <= set(STEP_WORDS)
    assert set(SUBMISSION_STATE_WORDS) == set(SUBMISSION_STATE_TONES) == set(S)


def test_the_words_are_those_users_know() -> None:
    said = [SUBMISSION_STATE_WORDS[state].zh for state in S]
    assert said == [
        "待受理", "已受理", "审核中", "待补充材料", "待审批", "待企业确认", "企业已确认", "已授信", "已办结",
        "不予受理", "未通过", "企业未接受", "方案已失效", "已选择其他方案", "已撤回", "材料未补齐终止",
    ]  # fmt: skip


def test_only_open_states_can_be_withdrawn() -> None:
    assert {state for state in S if "withdraw" in SUBMISSION.legal_steps(state)} == set(OPEN_STATES)


def test_what_nobody_leaves() -> None:
    assert SUBMISSION.final_states == {
        S.CLOSED,
        S.NOT_ACCEPTED,
        S.OFFER_DECLINED,
        S.OFFER_EXPIRED,
        S.SUPERSEDED,
        S.WITHDRAWN,
        S.INCOMPLETE,
    }


@pytest.mark.parametrize(
    ("role", "state", "offered"),
    [
        (Role.LENDER_REVIEWER, S.UNDER_REVIEW, ["request_supplement", "propose_terms", "reject"]),
        (Role.LENDER_REVIEWER, S.PENDING_APPROVAL, []),
        (Role.LENDER_APPROVER, S.UNDER_REVIEW, []),
        (Role.LENDER_APPROVER, S.PENDING_APPROVAL, ["return_terms", "approve_terms", "reject"]),
        (Role.LENDER_VIEWER, S.UNDER_REVIEW, []),
        (Role.FIRM_OWNER, S.OFFERED, ["accept_offer", "decline_offer", "renegotiate", "withdraw"]),
        (Role.FIRM_STAFF, S.OFFERED, []),
    ],
)
def test_the_steps_offered(role: Role, state: S, offered: list[str]) -> None:
    assert rules.steps_for(role, state) == offered


def test_checking_refuses_the_role_before_the_state() -> None:
    with pytest.raises(NotAllowed):
        rules.check_step(Role.FIRM_STAFF, "withdraw", S.CLOSED)


def test_checking_refuses_an_illegal_state() -> None:
    with pytest.raises(Conflict):
        rules.check_step(Role.FIRM_OWNER, "withdraw", S.CLOSED)


@pytest.mark.parametrize(
    ("role", "state"), [(Role.LENDER_APPROVER, S.UNDER_REVIEW), (Role.LENDER_REVIEWER, S.PENDING_APPROVAL)]
)
def test_rejecting_is_for_whoever_holds_it_now(role: Role, state: S) -> None:
    with pytest.raises(NotAllowed):
        rules.check_step(role, "reject", state)


def test_a_legal_step_passes() -> None:
    rules.check_step(Role.LENDER_REVIEWER, "reject", S.UNDER_REVIEW)


def test_reopening_once() -> None:
    rules.check_may_reopen(0)
    with pytest.raises(RuleRefused):
        rules.check_may_reopen(1)


def test_first_decisions_are_steps() -> None:
    assert set(STEPS) >= FIRST_DECISIONS


def test_purposes_are_those_of_the_fact() -> None:
    choices = catalogue()["loan_purpose"].choices
    assert [purpose.value for purpose in Purpose] == list(choices)
    assert [choices[purpose.value].zh for purpose in Purpose] == [
        PURPOSE_WORDS[purpose].zh for purpose in Purpose
    ]


@pytest.mark.parametrize("cycle", [APPLICATION, OFFER, SUPPLEMENT])
def test_every_state_of_the_smaller_cycles_is_reachable(cycle) -> None:
    reached = {cycle.initial} | {step.target for step in cycle.steps.values()}
    assert reached == set(cycle.words)
