"""Facts recorded by column leave behind what facts recorded one by one do."""

from datetime import date

import pytest
from sqlalchemy import select

from creditbridge.facts import recording, service, snapshots
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.facts.model import FactChange
from creditbridge.facts.recording import Said
from creditbridge.kernel.errors import InvalidInput
from creditbridge.store import change_counter
from creditbridge.store.audit import AuditEntry
from tests.firms import register_firm

DAY, LATER = date(2026, 11, 1), date(2026, 11, 2)
TAX = FactSource.TAX
SAID = {
    "annual_revenue": [5, 0, None],
    "overdue_now": [True, None, False],
    "platform_grade": ["A", "B", None],
    "labels": [["a_label", "b_label"], [], ["a_label"]],
    "registered_capital": [100, 200, 300],
}


def by_column(session, firms, said=None, on=DAY):
    """Everything said is news, as of a day."""
    columns = [Said(code, TAX.value, values) for code, values in (said or SAID).items()]

    def news(values, _held):
        return {
            column.code: {"value": value, "source": column.source, "as_of": on.isoformat(), "confirmed": True}
            for column, value in zip(columns, values, strict=True)
            if value is not None
        }

    return recording.record_said(session, [firm.id for firm in firms], columns, news, reason="run")


def one_by_one(session, firms, on=DAY):
    changes = {
        firm.id: {
            code: FactValue(frozenset(one) if isinstance(one, list) else one, TAX, on)
            for code, values in SAID.items()
            if (one := values[place]) is not None
        }
        for place, firm in enumerate(firms)
    }
    service.record_many(session, changes, actor=None, reason="run")


def logged(session, firms):
    """The log, firm by firm, without what tells rows apart: key, moment, and the digest, which has the firm's key."""
    rows = session.scalars(select(FactChange).where(FactChange.firm_id.in_([firm.id for firm in firms])))
    places = {firm.id: place for place, firm in enumerate(firms)}
    return sorted(
        (
            (places[row.firm_id], row.fact, row.source, row.as_of, row.confirmed, row.value, row.reason)
            for row in rows
        ),
        key=str,
    )


def test_rows_log_and_trail_are_the_same(session):
    some, others = ([register_firm(session) for _ in range(3)] for _ in range(2))
    one_by_one(session, some)
    assert by_column(session, others) == 3
    for one, other in zip(some, others, strict=True):
        left, right = service.facts_of(session, one.id), service.facts_of(session, other.id)
        assert dict(left.values) == dict(right.values)
        assert right.change_seq == left.change_seq + 1 == change_counter.current(session)
    assert logged(session, some) == logged(session, others)
    before, after = session.scalars(select(AuditEntry).where(AuditEntry.action == "facts.recorded")).all()
    assert (before.subject_kind, before.reason, before.details["firms"]) == ("change_seq", "run", 3)
    assert (after.subject_kind, after.reason, after.details["firms"]) == ("change_seq", "run", 3)


def test_the_log_digests_the_same(session):
    firm = register_firm(session)
    by_column(session, [firm], {code: values[:1] for code, values in SAID.items()})
    for row in session.scalars(select(FactChange)):
        value = SAID[row.fact][0]
        assert row.digest == service.stored.digest(firm.id, row.fact, value, row.change_seq)
        assert row.value == (value if row.fact == "registered_capital" else None)


def test_others_stay_and_what_goes_is_noted(session):
    firm = register_firm(session)
    service.record_facts(
        session,
        firm.id,
        {"employees": FactValue(3, FactSource.DEMO, DAY), "labels": FactValue(frozenset(), TAX, DAY)},
        actor=None,
        reason="x",
    )
    held = service.facts_of(session, firm.id)
    said = [Said("annual_revenue", TAX.value, [7])]

    def news(values, known):
        assert set(known) == set(held.values)
        fact = {"value": values[0], "source": TAX.value, "as_of": "2026-11-02", "confirmed": True}
        return {"annual_revenue": fact, "labels": None}

    assert recording.record_said(session, [firm.id], said, news, reason="run") == 1
    assert set(service.facts_of(session, firm.id).values) == {"employees", "annual_revenue"}
    gone = session.scalars(select(FactChange).order_by(FactChange.id.desc())).first()
    assert (gone.fact, gone.source, gone.as_of, gone.confirmed, gone.value) == (
        "labels",
        None,
        None,
        None,
        None,
    )
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.subject_kind, entry.subject_id) == ("firm", firm.public_id)
    assert entry.details["facts"] == ["annual_revenue", "labels"]


def test_a_later_day_is_written_and_not_logged(session):
    firms = [register_firm(session) for _ in range(3)]
    by_column(session, firms)
    before = len(logged(session, firms))
    assert by_column(session, firms, on=LATER) == 3
    assert len(logged(session, firms)) == before
    assert service.facts_of(session, firms[0].id).values["annual_revenue"].as_of == LATER


def test_without_news_the_counter_stays(session):
    firms = [register_firm(session)]
    before = change_counter.current(session)
    said = [Said("annual_revenue", TAX.value, [5])]
    assert recording.record_said(session, [firms[0].id], said, lambda *_: {}, reason="run") == 0
    assert change_counter.current(session) == before
    assert service.facts_of(session, firms[0].id).values == {}


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("no_such_fact", [1]),
        ("legal_rep_age", ["1980-01-01"]),
        ("in_list", [True]),
        ("employees", [1, 2, -1]),
        ("employees", [1, "3"]),
        ("annual_revenue", [1, 10**30]),
        ("overdue_now", [True, 1]),
        ("platform_grade", ["A", "Z"]),
        ("labels", [["ok"], ["Not A Code"]]),
    ],
)
def test_what_the_catalogue_does_not_take_is_refused(session, code, values):
    firms = [register_firm(session) for _ in values]
    with pytest.raises(InvalidInput) as refusal:
        by_column(session, firms, {code: values})
    assert set(refusal.value.fields) == {code}


def test_more_firms_than_are_written_at_a_time(session, monkeypatch):
    monkeypatch.setattr(recording, "_CHUNK", 2)
    firms = [register_firm(session) for _ in range(5)]
    assert by_column(session, firms, {"annual_revenue": [1, 2, 3, 4, 5]}) == 5
    found = [service.facts_of(session, firm.id) for firm in firms]
    assert [known.values["annual_revenue"].value for known in found] == [1, 2, 3, 4, 5]
    assert len({known.change_seq for known in found}) == 1


def test_a_snapshot_of_the_stored_form_is_one_of_the_values(session, tmp_path):
    firms = [register_firm(session) for _ in range(3)]
    by_column(session, firms[:2], {code: values[:2] for code, values in SAID.items()})
    service.set_list_membership(session, "cultivation_pool", firms[2].id, True, DAY)
    session.info[snapshots.FOLDER_KEY] = tmp_path / "stored"
    name = snapshots.take(session)
    assert name == snapshots.write(tmp_path / "values", (known for _, known in service.all_facts(session)))
    snapshots.verify(tmp_path / "stored", name)
    assert snapshots.read(tmp_path / "stored", name, firms[2].firm_no).lists["cultivation_pool"].member
