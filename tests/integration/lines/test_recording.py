"""Recording grants: the line with all it holds, and what becomes of application, consent and quota."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from creditbridge.disclosure.model import Consent
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.registry.model import Firm
from creditbridge.store.audit import AuditEntry
from creditbridge.store.database import Database
from lenders.products import service as products
from lenders.products.rules import GuaranteeType, PublishedProduct
from matching.applications.model import Submission
from matching.lines import service as lines
from matching.lines.model import CreditLine, LineEntry
from matching.lines.rules import LineKind
from matching.lines.service import OfflineGrant, OnlineGrant
from tests.lines import GRANT, TODAY, Lines
from tests.scene import WAN, Scene, TestFirm, TestLender


@pytest.fixture
def submission(lines_: Lines, lender: TestLender, product: PublishedProduct, firm: TestFirm) -> Submission:
    """One whose offer the firm accepted."""
    return lines_.accepted(lender, product, firm)


def test_an_accepted_offer_becomes_an_active_line(
    lines_: Lines, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    line = lines_.online(lender, product, firm)
    assert (line.state, line.source, line.standing) == ("active", "online", True)
    assert (line.amount_fen, line.annual_rate_ppm, line.term_months) == (150 * WAN, 38_500, 12)
    assert (line.repayment_method, line.guarantee_type, line.unsecured) == (
        "equal_instalment",
        "unsecured",
        True,
    )
    assert line.maturity_on == date(2027, 11, 23)


def test_it_is_placed_at_the_branch_and_with_the_officer_who_handled_it(
    lines_: Lines, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    line = lines_.online(lender, product, firm)
    assert line.branch is not None
    assert line.branch.zh == "城东支行"
    assert line.officer_name == lender.reviewer.name


def test_the_submission_is_granted_and_its_consent_consumed(
    lines_: Lines, database: Database, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    line = lines_.online(lender, product, firm)
    with database.read() as session:
        submission = session.get_one(Submission, line.submission_id)
        assert (submission.state, submission.granted_fen) == ("granted", 150 * WAN)
        assert session.get_one(Consent, submission.consent_id).state == "consumed"


def test_a_lower_grant_returns_the_rest_of_the_quota(
    lines_: Lines, scene: Scene, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    product = scene.product(lender, name="限额贷", quota_fen=200 * WAN)
    lines_.online(lender, product, firm, amount_fen=120 * WAN)
    with database.read() as session:
        assert products.quota_left(session, product.product_id) == 80 * WAN


def test_more_than_the_firm_accepted_is_refused_and_nothing_is_written(
    lines_: Lines, database: Database, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    submission = lines_.accepted(lender, product, firm)
    with pytest.raises(RuleRefused, match="above_accepted"), database.write() as session:
        lines.record_grant(
            session,
            lender.reviewer,
            submission.public_id,
            OnlineGrant("HT-9", TODAY, amount_fen=151 * WAN),
        )
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CreditLine)) == 0


def test_a_grant_needs_an_accepted_offer(
    scene: Scene, database: Database, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    submission = scene.submit(firm, [product])[0]
    with pytest.raises(Conflict), database.write() as session:
        lines.record_grant(session, lender.reviewer, submission.public_id, OnlineGrant("HT-9", TODAY))


def test_a_grant_is_recorded_once(
    lines_: Lines, database: Database, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    submission = lines_.accepted(lender, product, firm)
    with database.write() as session:
        lines.record_grant(session, lender.reviewer, submission.public_id, OnlineGrant("HT-9", TODAY))
    with pytest.raises(Conflict), database.write() as session:
        lines.record_grant(session, lender.reviewer, submission.public_id, OnlineGrant("HT-10", TODAY))


def test_a_grant_cannot_be_dated_before_the_firm_accepted(
    lines_: Lines, database: Database, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    submission = lines_.accepted(lender, product, firm)
    with pytest.raises(InvalidInput) as refused, database.write() as session:
        lines.record_grant(
            session, lender.reviewer, submission.public_id, OnlineGrant("HT-9", date(2026, 11, 1))
        )
    assert list(refused.value.fields) == ["granted_on"]


@pytest.mark.parametrize("role", ["approver", "viewer", "manager"])
def test_only_a_reviewer_records(
    submission: Submission, database: Database, lender: TestLender, role: str
) -> None:
    with pytest.raises(NotAllowed), database.write() as session:
        lines.record_grant(session, getattr(lender, role), submission.public_id, OnlineGrant("HT-9", TODAY))


def test_another_lender_finds_no_such_application(
    submission: Submission, strange_lender: TestLender, database: Database
) -> None:
    with pytest.raises(NotFound), database.write() as session:
        lines.record_grant(session, strange_lender.reviewer, submission.public_id, OnlineGrant("HT-9", TODAY))


def test_what_is_known_of_the_firm_is_frozen(
    lines_: Lines, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    with database.write() as session:
        registered = session.get_one(Firm, firm.id)
        registered.industry_code, registered.region_code = "1711", "320581"
        size = FactValue("small", FactSource.ANNUAL_REPORT, date(2026, 6, 30))
        facts.record_facts(session, firm.id, {"firm_size": size}, actor=None, reason="test")
    line = lines_.offline(lender, firm)
    with database.write() as session:
        grade = FactValue("C", FactSource.PLATFORM_SCORE, date(2026, 11, 20))
        facts.record_facts(session, firm.id, {"platform_grade": grade}, actor=None, reason="test")
    with database.read() as session:
        kept = session.get_one(CreditLine, line.id)
        assert (kept.grade, kept.grade_scale, kept.grade_scale_version) == ("A", "platform_grade", 1)
        assert (kept.firm_size, kept.section, kept.division, kept.region_code) == (
            "small",
            "C",
            "17",
            "320581",
        )
        assert kept.inclusive_msme


def test_an_offline_grant_draws_on_the_quota(
    lines_: Lines, scene: Scene, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    product = scene.product(lender, name="限额贷", quota_fen=150 * WAN)
    lines_.offline(lender, firm, product=product)
    with pytest.raises(RuleRefused, match="quota_exhausted"):
        lines_.offline(lender, firm, product=product)
    with database.read() as session:
        assert products.quota_left(session, product.product_id) == 50 * WAN


def test_an_offline_grant_needs_a_registered_firm(database: Database, lender: TestLender) -> None:
    with pytest.raises(InvalidInput) as refused, database.write() as session:
        lines.record_offline(session, lender.reviewer, OfflineGrant("91990000NOBODY0001", GRANT))
    assert list(refused.value.fields) == ["firm_uscc"]


def test_a_contract_is_recorded_once_a_lender(
    lines_: Lines, strange_lender: TestLender, lender: TestLender, firm: TestFirm
) -> None:
    lines_.offline(lender, firm, contract_number="HT-1")
    lines_.offline(strange_lender, firm, contract_number="HT-1")
    with pytest.raises(InvalidInput, match="contract_recorded"):
        lines_.offline(lender, firm, contract_number="HT-1")


def test_another_lenders_product_is_not_found(
    lines_: Lines, strange_lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    with pytest.raises(NotFound):
        lines_.offline(strange_lender, firm, product=product)


def test_a_renewal_names_the_lenders_line_to_the_same_firm(
    lines_: Lines, lender: TestLender, firm: TestFirm
) -> None:
    old = lines_.offline(lender, firm, contract_number="HT-OLD")
    new = lines_.offline(lender, firm, kind=LineKind.RENEWAL, renews="HT-OLD")
    assert new.renews_line_id == old.id
    with pytest.raises(InvalidInput) as refused:
        lines_.offline(lender, firm, kind=LineKind.RENEWAL, renews="HT-NONE")
    assert list(refused.value.fields) == ["renews"]


def test_the_first_entry_sums_to_the_line_and_the_trail_names_it(
    lines_: Lines, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    line = lines_.offline(lender, firm)
    with database.read() as session:
        entry = session.scalars(select(LineEntry)).one()
        assert (entry.kind, entry.amount_fen) == ("grant", line.amount_fen)
        trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "line.recorded")).one()
        assert trail.subject_id == line.public_id
        assert "100" not in str(trail.details)


def test_the_firm_is_told_of_an_offline_grant(
    lines_: Lines, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    line = lines_.offline(lender, firm)
    with database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "line.recorded")).one()
        assert (notice.organisation_id, notice.link_values) == (
            firm.owner.organisation_id,
            {"line_id": line.public_id},
        )


def test_a_secured_grant_above_the_ceiling_is_not_inclusive(
    lines_: Lines, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    with database.write() as session:
        size = FactValue("micro", FactSource.ANNUAL_REPORT, date(2026, 6, 30))
        facts.record_facts(session, firm.id, {"firm_size": size}, actor=None, reason="test")
    mortgaged = lines_.offline(lender, firm, guarantee_type=GuaranteeType.MORTGAGE, amount_fen=1_000 * WAN)
    large = lines_.offline(lender, firm, amount_fen=1_000 * WAN + 1)
    assert (mortgaged.unsecured, mortgaged.inclusive_msme) == (False, True)
    assert (large.unsecured, large.inclusive_msme) == (True, False)


def test_terms_out_of_range_name_their_fields(lines_: Lines, lender: TestLender, firm: TestFirm) -> None:
    wrong = replace(GRANT, contract_number=" ", granted_on=date(2026, 11, 24), amount_fen=0, term_months=0)
    with pytest.raises(InvalidInput) as refused:
        lines_.offline(
            lender,
            firm,
            contract_number=wrong.contract_number,
            granted_on=wrong.granted_on,
            amount_fen=0,
            term_months=0,
        )
    assert set(refused.value.fields) == {"contract_number", "granted_on", "amount_fen", "term_months"}
