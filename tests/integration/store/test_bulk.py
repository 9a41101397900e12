"""Rows written in bulk are read back as rows that a session wrote."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from creditbridge.labels.model import FirmLabels, PastLabel
from creditbridge.store import bulk
from tests.firms import register_firm

AT = datetime(2026, 11, 2, 3, 4, 5, 678901, tzinfo=UTC)
COLUMNS = ("firm_id", "codes", "details", "facets", "digest", "changed_on", "updated_at")


def row_of(
    firm, codes='["a", "b"]', details='{"a": {"since": "2026-11-01", "说明": "长\\t\\\\行\\n\\"引\\""}}'
):
    return firm.id, codes, details, '{"size": "micro"}', "0f", date(2026, 11, 2), AT


def read(session):
    session.expire_all()
    return {row.firm_id: row for row in session.scalars(select(FirmLabels))}


def test_every_kind_of_value_comes_back_as_it_was(session):
    firms = [register_firm(session) for _ in range(3)]
    bulk.insert_rows(session, FirmLabels.__table__, COLUMNS, (row_of(firm) for firm in firms))
    found = read(session)
    assert found.keys() == {firm.id for firm in firms}
    one = found[firms[1].id]
    assert one.codes == ["a", "b"]
    assert one.details == {"a": {"since": "2026-11-01", "说明": '长\t\\行\n"引"'}}
    assert (one.changed_on, one.updated_at, one.digest) == (date(2026, 11, 2), AT, "0f")


def test_rows_are_changed_by_their_key(session):
    firms = [register_firm(session) for _ in range(3)]
    bulk.insert_rows(session, FirmLabels.__table__, COLUMNS, [row_of(firm) for firm in firms])
    changes = [('["c"]', date(2026, 11, 3), firms[2].id), ("[]", date(2026, 11, 4), firms[0].id)]
    bulk.update_rows(session, FirmLabels.__table__, "firm_id", ("codes", "changed_on"), changes)
    found = read(session)
    assert [found[firm.id].codes for firm in firms] == [[], ["a", "b"], ["c"]]
    assert found[firms[0].id].changed_on == date(2026, 11, 4)
    assert found[firms[0].id].facets == {"size": "micro"}


def test_what_is_not_named_takes_its_default_and_keys_are_given(session):
    firm = register_firm(session)
    columns = ("firm_id", "label", "since", "until", "reason", "evidence")
    rows = [(firm.id, code, date(2026, 1, 1), date(2026, 2, 1), "withdrawn", "[]") for code in "ab"]
    bulk.insert_rows(session, PastLabel.__table__, columns, rows)
    session.add(
        PastLabel(firm_id=firm.id, label="c", since=AT.date(), until=AT.date(), reason="", evidence=[])
    )
    session.flush()
    found = session.scalars(select(PastLabel).order_by(PastLabel.id)).all()
    assert [row.label for row in found] == ["a", "b", "c"]


def test_nothing_is_written_of_no_rows(session):
    bulk.insert_rows(session, FirmLabels.__table__, COLUMNS, iter(()))
    bulk.update_rows(session, FirmLabels.__table__, "firm_id", ("codes",), iter(()))
    assert read(session) == {}


def test_a_row_that_cannot_be_is_refused_as_by_any_statement(session):
    firm = register_firm(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        bulk.insert_rows(session, FirmLabels.__table__, COLUMNS, [row_of(firm), row_of(firm)])
    assert read(session) == {}
