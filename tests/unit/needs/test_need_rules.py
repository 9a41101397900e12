from datetime import date, timedelta

import pytest

from creditbridge.kernel.errors import Conflict, RuleRefused
from matching.eligibility.rules import Verdict
from matching.needs.rules import (
    NEED,
    NEED_STATE_TONES,
    NEED_STATE_WORDS,
    OPEN_NEEDS,
    PART,
    PART_STATE_TONES,
    PART_STATE_WORDS,
    NeedState,
    PartState,
    check_in_time,
    check_room,
    clocks_on,
)
from matching.needs.suggesting import lender_score

ON = date(2026, 11, 23)


def test_a_need_goes_the_way_of_the_domain_and_no_other():
    state = NEED.initial
    for step, reached in (
        ("post", "posted"),
        ("respond", "responded"),
        ("reveal", "revealed"),
        ("match", "matched"),
    ):
        state = NEED.check(step, state)
        assert state == reached
    assert NEED.final_states == {NeedState.MATCHED, NeedState.EXPIRED, NeedState.WITHDRAWN}
    for step, wrong in (
        ("reveal", NeedState.POSTED),
        ("match", NeedState.RESPONDED),
        ("expire", NeedState.DRAFT),
    ):
        with pytest.raises(Conflict):
            NEED.check(step, wrong)
    for state in OPEN_NEEDS:
        assert {"expire", "withdraw"} <= set(NEED.legal_steps(state))


def test_a_lender_answers_once_and_may_step_back():
    assert PART.check("respond", PartState.INVITED) is PartState.INTERESTED
    assert PART.check("decline", PartState.INTERESTED) is PartState.DECLINED
    with pytest.raises(Conflict):
        PART.check("respond", PartState.DECLINED)
    with pytest.raises(Conflict):
        PART.check("reveal", PartState.INVITED)


def test_every_state_has_words_and_a_tone():
    assert set(NEED_STATE_WORDS) == set(NEED_STATE_TONES) == set(NeedState)
    assert set(PART_STATE_WORDS) == set(PART_STATE_TONES) == set(PartState)


def test_clocks_run_in_working_days_and_days():
    clocks = clocks_on(ON)
    assert clocks.respond_by(ON) == date(2026, 11, 30)
    assert clocks.expires_on(ON) == ON + timedelta(days=30)


def test_answers_come_in_time():
    check_in_time(ON, ON)
    for late in (ON - timedelta(days=1), None):
        with pytest.raises(RuleRefused, match="answer_too_late"):
            check_in_time(late, ON)


def test_only_so_many_needs_at_once():
    check_room(4, ON)
    with pytest.raises(RuleRefused, match="too_many_needs"):
        check_room(5, ON)


def test_from_the_lenders_side_conditions_and_grade_count():
    assert lender_score(Verdict.ELIGIBLE, "A") == 100
    assert lender_score(Verdict.ELIGIBLE, "E") < lender_score(Verdict.ELIGIBLE, None)
    assert lender_score(Verdict.TENTATIVE, "A") < lender_score(Verdict.ELIGIBLE, "A")
