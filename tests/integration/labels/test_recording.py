"""A run writes what changed, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import func, select

from creditbridge.kernel import clock
from creditbridge.labels import counting, service
from creditbridge.labels.catalogue import Category, numbered
from creditbridge.labels.index import Combination
from creditbridge.labels.model import FirmLabels, LabelState, PastLabel
from creditbridge.labels.rules import Ending, Viewer

FINE = (0, "penalty.environment", date(2026, 5, 4))
AUDIT = (0, "tax.audit", date(2026, 5, 5))
LOAN = (1, "commitment.loan_granted", date(2026, 6, 6))


def _codes(found):
    return {given.label.code for several in found.by_category.values() for given in several}


def test_labels_are_given_with_evidence_and_date(labelled, session):
    done = labelled.run([FINE, LOAN])

    assert done.firms == done.changed == 4
    held = service.labels_of_firm(session, labelled.firms[0].id, Viewer.PLATFORM)
    given = next(one for one in held.by_category[Category.RISK] if one.label.code == "penalised_environment")
    assert given.since == date(2026, 11, 1)
    assert given.evidence[0].record_nos == (1,)
    assert given.evidence[0].latest_on == date(2026, 5, 4)


def test_a_second_run_over_the_same_writes_nothing(labelled, session):
    labelled.run([FINE, LOAN])
    before = session.scalars(select(LabelState.generation)).one()

    done = labelled.run([FINE, LOAN], date(2026, 11, 2))

    assert (done.changed, done.given, done.withdrawn, done.matchable) == (0, 0, 0, {})
    assert session.scalars(select(LabelState.generation)).one() == before


def test_a_label_is_withdrawn_when_its_evidence_goes_and_kept_otherwise(labelled, session):
    labelled.run([LOAN, FINE])

    done = labelled.run([LOAN], date(2026, 11, 2))

    assert (done.changed, done.withdrawn) == (1, 1)
    past = session.scalars(select(PastLabel)).one()
    assert (past.label, past.since, past.until) == (
        "penalised_environment",
        date(2026, 11, 1),
        date(2026, 11, 2),
    )
    held = service.labels_of_firm(session, labelled.firms[0].id, Viewer.FIRM)
    assert "size_micro" in _codes(held)
    assert held.former[0].ending is Ending.WITHDRAWN


def test_a_retired_label_ends_as_retired(labelled, session):
    labelled.run([FINE])
    retired = [
        replace(label, retired_on=date(2026, 11, 2)) if label.code == "size_micro" else label
        for label in numbered()
    ]
    labelled.run([FINE], date(2026, 11, 3), labels=retired)

    # The catalogue of this installation still gives it, so that this run's word stands as a withdrawal.
    assert set(session.scalars(select(PastLabel.label))) == {"size_micro"}


def test_only_labels_that_may_be_matched_go_into_the_facts(labelled):
    done = labelled.run([FINE, AUDIT, LOAN])

    first = done.matchable[labelled.firms[0].id]
    assert "penalised_environment" in first
    assert "tax_audited" not in first
    assert "newly_granted" in done.matchable[labelled.firms[1].id]


def test_the_nature_decides_who_sees_a_label(labelled, session):
    labelled.run([FINE, AUDIT, LOAN])
    first, second = labelled.firms[:2]

    assert "tax_audited" in _codes(service.labels_of_firm(session, first.id, Viewer.PLATFORM))
    for viewer in (Viewer.FIRM, Viewer.ANYONE):
        assert "tax_audited" not in _codes(service.labels_of_firm(session, first.id, viewer))
    assert "newly_granted" in _codes(service.labels_of_firm(session, second.id, Viewer.FIRM))
    assert "newly_granted" not in _codes(service.labels_of_firm(session, second.id, Viewer.ANYONE))


def test_combinations_are_counted_and_listed(labelled, session):
    labelled.run([FINE, LOAN])
    index = counting.current(session).index

    assert index.count(Combination()) == 4
    assert index.count(Combination(all_of=("size_micro",))) == 2
    assert index.count(Combination(all_of=("size_micro",), none_of=("penalised_environment",))) == 1
    assert index.count(Combination(any_of=(("size:micro", "size:large"),))) == 3
    found = service.firms_of(session, Combination(all_of=("penalised_environment",)))
    assert [row.firm.id for row in found] == [labelled.firms[0].id]


def test_the_index_follows_the_next_run(labelled, session):
    labelled.run([FINE])
    assert counting.current(session).index.count(Combination(all_of=("penalised_environment",))) == 1
    labelled.run([], date(2026, 11, 2))

    assert counting.current(session).index.count(Combination(all_of=("penalised_environment",))) == 0
    assert counting.current(session).as_of == date(2026, 11, 2)


def test_past_labels_are_forgotten_after_their_retention(labelled, session):
    labelled.run([FINE])
    labelled.run([], date(2026, 11, 2))

    with clock.at(clock.now().replace(year=2031, month=10)):
        assert service.forget_past(session) == 0
    with clock.at(clock.now().replace(year=2031, month=12)):
        assert service.forget_past(session) == 1
    assert session.scalar(select(func.count()).select_from(FirmLabels)) == 4
