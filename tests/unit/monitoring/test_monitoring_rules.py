"""What of a change is worth an alert: only what is worse, only what is new, each once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.disclosure.scopes import scope_of_fact
from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.kernel.errors import Conflict
from matching.monitoring.rules import (
    ALERT,
    AlertState,
    Blocking,
    Finding,
    Known,
    Severity,
    highest,
    known_of,
    say_finding,
    watched,
    worse,
)

GRADES = "ABCDE"


def facts(**values: Any) -> FirmFacts:
    on = date(2026, 11, 1)
    return FirmFacts(1, {code: FactValue(value, FactSource.COURT, on) for code, value in values.items()})


def found(before: Known, **values: Any) -> dict[str, Severity]:
    return {finding.mark: finding.severity for finding in worse(before, known_of(facts(**values), before))}


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("A", "B", Severity.WARNING),
        ("A", "C", Severity.SERIOUS),
        ("C", "D", Severity.SERIOUS),
        ("D", "E", Severity.SERIOUS),
        ("B", "C", Severity.WARNING),
        ("B", "A", None),
        ("C", "C", None),
    ],
)
def test_a_grade_that_drops_is_told_and_how_far_decides(
    before: str, after: str, severity: Severity | None
) -> None:
    expected = {} if severity is None else {"grade:platform_grade": severity}
    assert found(Known({"platform_grade": before}), platform_grade=after) == expected


def test_a_grade_seen_for_the_first_time_is_no_drop() -> None:
    assert found(Known(), platform_grade="E") == {}


def test_what_becomes_true_is_told_once() -> None:
    assert found(Known(), seriously_dishonest=True) == {"fact:seriously_dishonest": Severity.SERIOUS}
    known = known_of(facts(seriously_dishonest=True), Known())
    assert found(known, seriously_dishonest=True) == {}


def test_what_ended_and_began_again_is_told_again() -> None:
    known = known_of(facts(seriously_dishonest=True), Known())
    known = known_of(facts(seriously_dishonest=False), known)
    assert found(known, seriously_dishonest=True) == {"fact:seriously_dishonest": Severity.SERIOUS}


def test_new_labels_are_told_by_how_serious_they_are_and_others_not_at_all() -> None:
    before = Known(marks=frozenset({"label:tax_arrears"}))
    assert found(
        before, labels=frozenset({"tax_arrears", "judgment_debtor", "enforced", "a_good_label"})
    ) == {
        "label:judgment_debtor": Severity.SERIOUS,
        "label:enforced": Severity.WARNING,
    }


def test_a_firm_that_is_no_longer_active_is_told() -> None:
    assert found(Known(), registration_status="active") == {}
    assert found(Known(), registration_status="dormant") == {
        "state:registration_status=dormant": Severity.SERIOUS
    }


def test_what_the_consent_does_not_show_stays_as_it_was_known() -> None:
    before = Known(
        {"platform_grade": "B"},
        frozenset({"label:enforced", "fact:abnormal_listed", "state:registration_status=dormant"}),
    )
    assert known_of(facts(), before) == before


@settings(max_examples=60)
@given(st.lists(st.sampled_from(GRADES), min_size=1, max_size=12))
def test_over_any_history_of_grades_each_step_down_is_told_and_nothing_else(grades: list[str]) -> None:
    known = Known({"platform_grade": "C"})
    last = "C"
    for grade in grades:
        after = known_of(facts(platform_grade=grade), known)
        assert bool(worse(known, after)) == (GRADES.index(grade) > GRADES.index(last))
        known, last = after, grade


def test_known_and_findings_survive_storing() -> None:
    known = Known({"platform_grade": "B"}, frozenset({"label:enforced"}))
    finding = Finding("grade:platform_grade", Severity.SERIOUS, "A", "D")
    assert Known.from_json(known.as_json()) == known
    assert Finding.from_json(finding.as_json()) == finding


def test_everything_watched_is_a_fact_that_a_scope_opens() -> None:
    for fact in watched().facts:
        assert fact in catalogue()
        assert scope_of_fact(fact) is not None, fact
    assert all(catalogue()[fact].type is FactType.SCALE_GRADE for fact in watched().low)
    assert all(watched().low[fact] <= set(catalogue()[fact].scale.grades) for fact in watched().low)  # type: ignore[union-attr]


def test_findings_are_said_in_both_languages() -> None:
    said = [
        say_finding(finding)
        for finding in (
            Finding("grade:platform_grade", Severity.SERIOUS, "A", "C"),
            Finding("fact:seriously_dishonest", Severity.SERIOUS),
            Finding("state:registration_status=dormant", Severity.SERIOUS),
            Finding("label:enforced", Severity.WARNING),
        )
    ]
    assert said[0].zh == "信用等级由 A 级降至 C 级"
    assert "fell from A to C" in said[0].en
    assert "歇业" in said[2].zh
    assert all(words.zh and words.en for words in said)


def test_an_alert_is_as_serious_as_its_most_serious_finding() -> None:
    mild, bad = Finding("label:enforced", Severity.WARNING), Finding("fact:x", Severity.SERIOUS)
    assert highest([mild]) is Severity.WARNING
    assert highest([mild, bad]) is Severity.SERIOUS
    assert [f.mark for f in worse(Known(), Known({}, frozenset({"label:enforced", "label:tax_d"})))] == [
        "label:tax_d",
        "label:enforced",
    ]


@pytest.mark.parametrize(
    ("blocking", "warning", "serious"),
    [(Blocking.NEVER, False, False), (Blocking.SERIOUS, False, True), (Blocking.ANY, True, True)],
)
def test_what_blocks_drawdowns_is_the_lenders_choice(
    blocking: Blocking, warning: bool, serious: bool
) -> None:
    assert blocking.blocks(Severity.WARNING) is warning
    assert blocking.blocks(Severity.SERIOUS) is serious


def test_an_alert_is_handled_once() -> None:
    assert ALERT.check("handle", AlertState.NEW) is AlertState.HANDLED
    with pytest.raises(Conflict):
        ALERT.check("handle", AlertState.HANDLED)
