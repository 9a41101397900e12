"""Reporting, withdrawing and confirming facts."""

import io
from datetime import date

import pytest
from sqlalchemy import select

from borrowers.documents.model import Document
from borrowers.reported_facts import service
from borrowers.reported_facts.model import ReportedFact
from creditbridge.access.rules import Role
from creditbridge.disclosure import consents
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound

DAY = date(2026, 11, 1)
PDF = b"%PDF-1.7\n"


def report(database, side, as_of=DAY, **values):
    with database.write() as session:
        return service.report(session, side.owner, firm_id=side.firm.id, values=values, as_of=as_of)


def known(database, side, code):
    with database.read() as session:
        return facts.facts_of(session, side.firm.id).values.get(code)


def official(database, side, code, value):
    with database.write() as session:
        facts.record_facts(
            session, side.firm.id, {code: FactValue(value, FactSource.TAX, DAY)}, actor=None, reason="t"
        )


def states(database, code):
    with database.read() as session:
        return list(
            session.scalars(
                select(ReportedFact.state).where(ReportedFact.fact == code).order_by(ReportedFact.id)
            )
        )


def consent(database, side, reviewer, scope=("operations",)):
    with database.write() as session:
        consents.sign(
            session,
            side.owner,
            firm_id=side.firm.id,
            lender_organisation_id=reviewer.organisation_id,
            purpose="pre_loan",
            scope=list(scope),
            expires_on=date(2027, 1, 1),
        )


def test_what_is_reported_is_known_at_once_and_marked(database, side):
    report(database, side, annual_revenue=100)
    assert known(database, side, "annual_revenue") == FactValue(
        100, FactSource.SELF_REPORTED, DAY, confirmed=False
    )


def test_a_later_report_replaces_the_earlier(database, side):
    report(database, side, annual_revenue=100)
    report(database, side, annual_revenue=200)
    assert states(database, "annual_revenue") == ["replaced", "reported"]
    assert known(database, side, "annual_revenue").value == 200


def test_the_same_report_again_is_one(database, side):
    report(database, side, annual_revenue=100)
    assert report(database, side, annual_revenue=100) == []


def test_an_authoritys_value_is_never_written_over(database, side):
    official(database, side, "annual_revenue", 5)
    with pytest.raises(InvalidInput) as refusal:
        report(database, side, annual_revenue=100)
    assert "税务部门" in refusal.value.fields["annual_revenue"][0].zh


@pytest.mark.parametrize(
    "values", [{}, {"platform_grade": "A"}, {"no_such": 1}, {"employees": -1}, {"legal_rep_age": DAY}]
)
def test_what_may_not_be_reported_is_refused(database, side, values):
    with pytest.raises(InvalidInput):
        report(database, side, **values)


def test_a_future_date_is_refused(database, side):
    with pytest.raises(InvalidInput):
        report(database, side, as_of=date(2027, 1, 1), employees=3)


def test_withdrawn_the_fact_is_missing_again(database, side):
    (row,) = report(database, side, employees=3)
    assert side.client.post(f"/firm/facts/reports/{row.public_id}/withdraw").status_code == 302
    assert known(database, side, "employees") is None
    assert side.client.post(f"/firm/facts/reports/{row.public_id}/withdraw").status_code == 404


def test_withdrawing_leaves_what_an_authority_has_stated_since(database, side):
    (row,) = report(database, side, employees=3)
    official(database, side, "employees", 4)
    with database.write() as session:
        service.withdraw(session, side.owner, side.firm.id, row.public_id)
    assert known(database, side, "employees").value == 4


def test_another_firm_cannot_withdraw_it(database, side, make_side):
    (row,) = report(database, side, employees=3)
    assert make_side().client.post(f"/firm/facts/reports/{row.public_id}/withdraw").status_code == 404


def test_a_reviewer_confirms_under_a_consent(database, side, people):
    (row,) = report(database, side, annual_revenue=100)
    reviewer = people.member(Role.LENDER_REVIEWER)
    consent(database, side, reviewer)
    with database.write() as session:
        service.confirm(session, reviewer, row.public_id)
    held = known(database, side, "annual_revenue")
    assert (held.source, held.confirmed) == (FactSource.SELF_REPORTED, True)
    with database.write() as session, pytest.raises(Conflict):
        service.confirm(session, reviewer, row.public_id)


def test_without_a_consent_the_report_is_not_found(database, side, people):
    (row,) = report(database, side, annual_revenue=100)
    reviewer = people.member(Role.LENDER_REVIEWER)
    with database.write() as session, pytest.raises(NotFound):
        service.confirm(session, reviewer, row.public_id)


def test_a_consent_that_does_not_cover_the_fact_does_not_do(database, side, people):
    (row,) = report(database, side, annual_revenue=100)
    reviewer = people.member(Role.LENDER_REVIEWER)
    consent(database, side, reviewer, scope=("tax",))
    with database.write() as session, pytest.raises(NotAllowed):
        service.confirm(session, reviewer, row.public_id)


def test_changing_a_confirmed_value_makes_it_unconfirmed(database, side, people):
    (row,) = report(database, side, annual_revenue=100)
    reviewer = people.member(Role.LENDER_REVIEWER)
    consent(database, side, reviewer)
    with database.write() as session:
        service.confirm(session, reviewer, row.public_id)
    assert report(database, side, as_of=date(2026, 11, 20), annual_revenue=100) == []
    report(database, side, annual_revenue=300)
    assert known(database, side, "annual_revenue").confirmed is False


def post(client, group, **fields):
    return client.post(
        f"/firm/facts/{group}", data={"as_of": "2026-11-01", **fields}, content_type="multipart/form-data"
    )


def test_the_page_saves_what_is_filled_in_and_keeps_the_evidence(database, side):
    answer = post(
        side.client,
        "operations",
        annual_revenue="125",
        net_profit="-3",
        evidence=(io.BytesIO(PDF), "利润表.pdf"),
    )
    assert answer.status_code == 302
    assert known(database, side, "annual_revenue").value == 1_250_000_00
    assert known(database, side, "net_profit").value == -30_000_00
    with database.read() as session:
        assert session.scalars(select(Document)).one().kind == "evidence"
    assert "利润表.pdf" in side.client.get("/firm/facts").text


def test_every_group_has_its_page(side):
    from borrowers.reported_facts.rules import groups

    for code in groups():
        assert side.client.get(f"/firm/facts/{code}").status_code == 200


def test_the_form_shows_again_what_was_reported(database, side):
    post(side.client, "operations", annual_revenue="125")
    assert 'value="125"' in side.client.get("/firm/facts/operations").text


def test_what_an_authority_stated_is_shown_and_not_asked(database, side):
    official(database, side, "annual_revenue", 5_000_000_00)
    page = side.client.get("/firm/facts/operations").text
    assert "税务部门" in page
    assert 'name="annual_revenue"' not in page
    assert post(side.client, "operations", annual_revenue="1").status_code == 422


@pytest.mark.parametrize(
    "fields",
    [
        {"annual_revenue": "-1"},
        {"annual_revenue": "很多"},
        {"as_of": "2027-01-01", "annual_revenue": "1"},
        {"as_of": "", "annual_revenue": "1"},
        {"platform_grade": "A"},
        {"surprise": "1"},
        {},
        {"annual_revenue": "1", "evidence": (io.BytesIO(b"<html>"), "a.pdf")},
    ],
)
def test_a_bad_form_is_answered_with_422_and_nothing_is_written(database, side, fields):
    assert post(side.client, "operations", **fields).status_code == 422
    with database.read() as session:
        assert session.scalar(select(ReportedFact.id)) is None
        assert session.scalar(select(Document.id)) is None


def test_a_group_that_does_not_exist_is_not_found(side):
    assert side.client.get("/firm/facts/secrets").status_code == 404


def test_staff_report_too(database, side, staff, as_actor):
    assert post(as_actor(staff), "employment", employees="36").status_code == 302
    assert known(database, side, "employees").value == 36


def test_an_account_without_a_firm_has_no_such_page(people, as_actor):
    assert as_actor(people.member(Role.FIRM_OWNER)).get("/firm/facts").status_code == 404
