"""A reviewer confirms or refuses what the firm reported of itself, from the application's page."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import select

from borrowers.documents import service as documents
from borrowers.reported_facts import service as reported_facts
from borrowers.reported_facts.model import ReportedFact
from creditbridge.disclosure import consents
from creditbridge.disclosure.model import Consent
from creditbridge.facts import service as facts
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from creditbridge.notices.model import Notice
from creditbridge.store import change_counter
from creditbridge.store.audit import AuditEntry
from creditbridge.store.files import FileStore
from matching.applications import checking, lookup

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def submission(scene, lender, product, firm):
    return scene.submit(firm, [product])[0]


@pytest.fixture
def evidence(database, settings, firm):
    with database.write() as session:
        return documents.keep(
            session,
            FileStore(settings.files_dir),
            firm.owner,
            firm.id,
            kind="evidence",
            filename="流水.pdf",
            stream=io.BytesIO(PDF),
        )


@pytest.fixture
def report(database, firm, evidence) -> ReportedFact:
    with database.write() as session:
        return reported_facts.report(
            session,
            firm.owner,
            firm_id=firm.id,
            values={"annual_revenue": 800_000_00},
            as_of=date(2026, 6, 30),
            document_id=evidence.id,
        )[0]


@pytest.fixture
def reviewer(as_actor, lender):
    return as_actor(lender.reviewer)


def url(submission, report, step: str) -> str:
    return f"/lender/applications/{submission.public_id}/reported-facts/{report.public_id}/{step}"


def known(database, firm):
    with database.read() as session:
        return facts.facts_of(session, firm.id).values.get("annual_revenue")


def test_the_page_offers_to_check_it_and_opens_the_evidence(as_actor, lender, submission, report, evidence):
    reviewer = as_actor(lender.reviewer)
    page = reviewer.get(f"/lender/applications/{submission.public_id}").text
    assert url(submission, report, "confirm") in page
    assert url(submission, report, "refuse") in page

    opened = reviewer.get(f"/lender/applications/{submission.public_id}/documents/{evidence.public_id}")
    assert opened.data == PDF


def test_a_viewer_is_offered_nothing(as_actor, lender, submission, report):
    page = as_actor(lender.viewer).get(f"/lender/applications/{submission.public_id}").text
    assert "reported-facts" not in page


def test_confirming_marks_the_fact_and_raises_the_counter(database, reviewer, firm, submission, report):
    with database.read() as session:
        before = change_counter.current(session)
    answer = reviewer.post(url(submission, report, "confirm"), follow_redirects=True)

    assert answer.status_code == 200
    assert "已核实，企业已收到通知" in answer.text
    assert "reported-facts" not in answer.text
    assert known(database, firm).confirmed
    with database.read() as session:
        assert change_counter.current(session) > before


def test_the_firm_is_told_and_both_sides_see_it_on_the_timeline(database, reviewer, firm, submission, report):
    reviewer.post(url(submission, report, "confirm"))
    with database.read() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "reported_fact.confirmed")).one()
        assert told.organisation_id == firm.owner.organisation_id
        events = lookup.timeline(session, submission, for_firm=True)
        assert events[-1].step == "confirm_fact"
        actions = set(session.scalars(select(AuditEntry.action)))
        assert {"reported_fact.confirmed", "submission.confirm_fact"} <= actions


def test_refusing_takes_the_fact_out_and_tells_the_firm_why(database, reviewer, firm, submission, report):
    reviewer.post(url(submission, report, "refuse"), data={"reason": "与流水不符"})

    assert known(database, firm) is None
    with database.read() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "reported_fact.refused")).one()
        assert told.params["reason"] == "与流水不符"


def test_a_refusal_without_a_reason_changes_nothing(database, reviewer, firm, submission, report):
    answer = reviewer.post(url(submission, report, "refuse"), data={"reason": " "}, follow_redirects=True)

    assert "写明不符的原因" in answer.text
    assert known(database, firm) is not None


def test_the_service_itself_asks_for_a_reason(session, lender, submission, report):
    with pytest.raises(InvalidInput):
        checking.refuse_fact(session, lender.reviewer, submission.public_id, report.public_id, reason="")


def test_a_firm_reports_anew_what_was_refused(database, lender, firm, submission, report):
    with database.write() as session:
        checking.refuse_fact(session, lender.reviewer, submission.public_id, report.public_id, reason="不符")
    with database.write() as session:
        reported_facts.report(
            session,
            firm.owner,
            firm_id=firm.id,
            values={"annual_revenue": 700_000_00},
            as_of=date(2026, 6, 30),
        )
    assert known(database, firm).value == 700_000_00


def test_it_is_checked_once(session, lender, submission, report):
    checking.confirm_fact(session, lender.reviewer, submission.public_id, report.public_id)
    with pytest.raises(Conflict):
        checking.confirm_fact(session, lender.approver, submission.public_id, report.public_id)


@pytest.fixture
def theirs(scene, product, stranger):
    return scene.submit(stranger, [product])[0]


def test_another_firms_report_is_not_found(database, lender, theirs, report):
    with database.write() as session, pytest.raises(NotFound):
        checking.confirm_fact(session, lender.reviewer, theirs.public_id, report.public_id)


def test_another_lender_confirms_nothing(strange_lender, submission, report, database):
    with database.write() as session, pytest.raises(NotFound):
        checking.confirm_fact(session, strange_lender.reviewer, submission.public_id, report.public_id)


def test_without_a_live_consent_nothing_is_confirmed(database, lender, firm, submission, report):
    with database.write() as session:
        consents.revoke(session, firm.owner, session.get_one(Consent, submission.consent_id).public_id)
    with database.write() as session, pytest.raises(NotAllowed):
        checking.confirm_fact(session, lender.reviewer, submission.public_id, report.public_id)


def test_a_fact_outside_the_consent_is_not_confirmed(database, lender, submission, report):
    with database.write() as session:
        session.get_one(Consent, submission.consent_id).scope = ["registration"]
    with database.write() as session, pytest.raises(NotAllowed):
        checking.confirm_fact(session, lender.reviewer, submission.public_id, report.public_id)


def test_a_viewer_confirms_nothing(session, lender, submission, report):
    with pytest.raises(NotAllowed):
        checking.confirm_fact(session, lender.viewer, submission.public_id, report.public_id)
