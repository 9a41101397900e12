from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from creditbridge.kernel.errors import Conflict
from creditbridge.webhooks.rules import (
    DELIVERY,
    ENDPOINT,
    EVENT_WORDS,
    MOST_TRIES,
    PAUSES,
    DeliveryState,
    EndpointState,
    Event,
    body_of,
    pause_after,
)

ROOT = Path(__file__).parents[3]


def test_a_body_is_compact_json_in_the_form_of_the_standard() -> None:
    body = body_of(
        "line.changed", datetime(2026, 11, 23, 2, tzinfo=UTC), {"line_id": "l1", "state": "frozen"}
    )

    assert body == (
        '{"type":"line.changed","timestamp":"2026-11-23T02:00:00.000+00:00","data":{"line_id":"l1","state":"frozen"}}'
    )
    assert json.loads(body)["data"]["state"] == "frozen"


def test_pauses_grow_and_end() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert pause_after(1) == timedelta(seconds=5)
    assert pause_after(MOST_TRIES - 1) == PAUSES[-1]
    assert pause_after(MOST_TRIES) is None


def test_every_event_has_words() -> None:
    assert set(EVENT_WORDS) == set(Event)


@pytest.mark.parametrize(("cycle", "states"), [(DELIVERY, DeliveryState), (ENDPOINT, EndpointState)])
def test_a_step_is_taken_only_from_where_it_is_legal(cycle, states) -> None:
    for state in states:
        for name, step in cycle.steps.items():
            if state in step.sources:
                assert cycle.check(name, state) is step.target
            else:
                with pytest.raises(Conflict):
                    cycle.check(name, state)


def test_the_manual_names_every_event() -> None:
    manual = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z_.]+)` ", manual, re.MULTILINE))

    assert named == {event.value for event in Event}
