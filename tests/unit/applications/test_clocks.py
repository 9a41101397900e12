from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.applications.clocks import DecisionClock, ServiceStatus, service_of, target_date
from matching.applications.rules import SubmissionState

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
DAY = timedelta(days=1)


def test_a_running_clock() -> None:
    assert DecisionClock(START).days(START + 3 * DAY) == 3


def test_whole_pauses_are_taken_off() -> None:
    assert DecisionClock(START, paused_seconds=86_400).days(START + 3 * DAY) == 2


def test_a_standing_clock_does_not_move() -> None:
    clock = DecisionClock(START, paused_since=START + DAY)
    assert clock.seconds(START + 2 * DAY) == clock.seconds(START + 9 * DAY) == 86_400


def test_a_decided_clock_is_over() -> None:
    clock = DecisionClock(START, decided_at=START + 2 * DAY)
    assert clock.days(START + 30 * DAY) == 2


def test_before_the_start_it_is_nought() -> None:
    assert DecisionClock(START).seconds(START - DAY) == 0


def test_a_present_pause_counts_as_standing_still() -> None:
    clock = DecisionClock(START, paused_seconds=100, paused_since=START + DAY)
    assert clock.stood_still(START + 2 * DAY) == 86_500


def test_after_the_decision_nothing_stands_still() -> None:
    clock = DecisionClock(START, paused_seconds=100, paused_since=START + DAY, decided_at=START + DAY)
    assert clock.stood_still(START + 5 * DAY) == 100


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**6))
def test_time_never_runs_back(elapsed: int, paused: int, more: int) -> None:
    clock = DecisionClock(START, paused_seconds=paused)
    now = START + timedelta(seconds=elapsed)
    assert 0 <= clock.seconds(now) <= clock.seconds(now + timedelta(seconds=more))


def test_acceptance_is_due_in_two_working_days() -> None:
    service = service_of(DecisionClock(START), SubmissionState.SUBMITTED, START)
    assert service is not None
    assert (service.status, service.due_on, service.days) == (ServiceStatus.ON_TIME, date(2026, 11, 25), 2)
    assert service.words.zh == "剩余 2 天"


def test_the_decision_is_due_in_ten_working_days() -> None:
    service = service_of(DecisionClock(START), SubmissionState.UNDER_REVIEW, START)
    assert service is not None
    assert service.due_on == date(2026, 12, 7)


def test_a_pause_moves_the_target_by_whole_days() -> None:
    clock = DecisionClock(START, paused_seconds=86_401)
    assert target_date(clock, 10, START) == date(2026, 12, 9)


def test_a_target_never_falls_on_a_day_of_rest() -> None:
    assert target_date(DecisionClock(START, paused_seconds=5 * 86_400), 10, START) == date(2026, 12, 14)


def test_on_the_last_day_it_is_due_today() -> None:
    service = service_of(DecisionClock(START), SubmissionState.SUBMITTED, START + 2 * DAY)
    assert service is not None
    assert (service.status, service.tone) == (ServiceStatus.DUE_SOON, "warning")


def test_after_it_it_is_overdue() -> None:
    service = service_of(DecisionClock(START), SubmissionState.SUBMITTED, START + 4 * DAY)
    assert service is not None
    assert (service.status, service.days) == (ServiceStatus.OVERDUE, 2)


def test_while_the_firm_supplies_it_is_paused() -> None:
    clock = DecisionClock(START, paused_since=START + DAY)
    service = service_of(clock, SubmissionState.ACTION_REQUIRED, START + 20 * DAY)
    assert service is not None
    assert service.status is ServiceStatus.PAUSED


def test_a_decision_says_what_it_took() -> None:
    clock = DecisionClock(START, decided_at=START + timedelta(hours=36))
    service = service_of(clock, SubmissionState.OFFERED, START + 9 * DAY)
    assert service is not None
    assert service.words.zh == "用时 1.5 天"


@pytest.mark.parametrize("state", [SubmissionState.WITHDRAWN, SubmissionState.INCOMPLETE])
def test_what_ended_undecided_has_no_service(state: SubmissionState) -> None:
    assert service_of(DecisionClock(START), state, START + DAY) is None
