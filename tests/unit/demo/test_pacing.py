"""Steps of the history: in office hours, in order, along legal paths."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from creditbridge.demo.dice import Dice
from creditbridge.demo.history.pacing import Ending, by_daylight, moments, office_hour, path
from creditbridge.kernel.clock import LEGAL_ZONE
from creditbridge.kernel.dates import is_working_day
from matching.applications.rules import SUBMISSION, SubmissionState

SATURDAY_NIGHT = datetime(2026, 11, 21, 23, 0, tzinfo=LEGAL_ZONE)


@pytest.mark.parametrize("ending", list(Ending))
@pytest.mark.parametrize("seed", range(12))
def test_every_path_is_legal_and_ends_where_it_says(ending: Ending, seed: int) -> None:
    state = SUBMISSION.initial
    for pause in path(Dice(f"path {seed}"), ending):
        state = SUBMISSION.check(pause.step, state)
    expected = {ending.value, "closed"} if ending is Ending.GRANTED else {ending.value}
    assert SubmissionState(state).value in expected


def test_work_is_done_on_working_days_in_office_hours() -> None:
    moment = office_hour(Dice("hours"), SATURDAY_NIGHT).astimezone(LEGAL_ZONE)
    assert is_working_day(moment.date())
    assert time(9) <= moment.time() < time(18)


def test_moments_follow_one_another() -> None:
    dice = Dice("moments")
    at = moments(dice, path(dice, Ending.GRANTED), SATURDAY_NIGHT)
    assert at == sorted(at)
    assert len(set(at)) == len(at)
    assert at[0] > SATURDAY_NIGHT


@pytest.mark.parametrize("hour", [1, 9, 16, 23])
def test_stories_are_told_by_daylight_and_keep_their_order(hour: int) -> None:
    now = SATURDAY_NIGHT.replace(hour=hour)
    told = [by_daylight(now, ago / 20) for ago in range(100)]
    assert told == sorted(told, reverse=True)
    assert told[0] == now
    earlier = [at for at in told if at.date() < now.date()]
    assert {(now - timedelta(days=ago / 20)).date() for ago in range(100)} == {at.date() for at in told}
    assert all(time(9) <= at.time() < time(18) for at in earlier)
