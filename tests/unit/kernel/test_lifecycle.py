from __future__ import annotations

from enum import StrEnum

import pytest

from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.lifecycle import Lifecycle, Step
from creditbridge.kernel.words import Words


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    GONE = "gone"


DOOR = Lifecycle(
    "door",
    initial=Door.SHUT,
    steps={
        "open": ((Door.SHUT,), Door.OPEN),
        "shut": ((Door.OPEN,), Door.SHUT),
        "remove": ((Door.OPEN, Door.SHUT), Door.GONE),
    },
    words={Door.OPEN: Words("开", "open"), Door.SHUT: Words("关", "shut"), Door.GONE: Words("拆除", "gone")},
)


def test_a_life_cycle_is_what_its_table_says():
    words = {Door.OPEN: Words("开", "open"), Door.SHUT: Words("关", "shut")}
    made = Lifecycle("door", initial=Door.SHUT, steps={"open": ([Door.SHUT], Door.OPEN)}, words=words)
    assert (made.kind, made.initial, made.words) == ("door", Door.SHUT, words)
    assert made.steps == {"open": Step("open", frozenset({Door.SHUT}), Door.OPEN)}
    assert made.step("open").target is Door.OPEN
    assert made.final_states == {Door.OPEN}
    with pytest.raises(KeyError):
        made.step("shut")
    with pytest.raises(KeyError):
        made.check("shut", Door.OPEN)


def test_a_state_without_words_is_refused_as_unknown():
    made = Lifecycle("door", initial=Door.SHUT, steps={"open": ((Door.SHUT,), Door.OPEN)}, words={})
    with pytest.raises(Conflict) as refused:
        made.check("open", Door.GONE)
    assert refused.value.code == "illegal_step"
    assert "未知" in refused.value.words.zh
    assert "unknown" in refused.value.words.en


def test_a_legal_step_leads_to_its_target():
    assert DOOR.check("open", Door.SHUT) is Door.OPEN


@pytest.mark.parametrize(("step", "state"), [("open", Door.OPEN), ("open", Door.GONE), ("remove", Door.GONE)])
def test_an_illegal_step_is_refused_with_the_present_state_in_words(step: str, state: Door):
    with pytest.raises(Conflict) as refusal:
        DOOR.check(step, state)
    assert DOOR.words[state].zh in refusal.value.words.zh
    assert DOOR.words[state].en in refusal.value.words.en


def test_legal_steps_and_final_states_are_told():
    assert DOOR.legal_steps(Door.OPEN) == ["shut", "remove"]
    assert DOOR.final_states == {Door.GONE}
