"""A rejected firm sees the coded reasons, agrees to a re-match, and gets it by fit first (scenario 7)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from creditbridge.kernel.errors import Conflict, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.store.audit import AuditEntry
from lenders.pricing.rates import RateStructure
from lenders.products import service as products
from lenders.products.drafting import Draft
from lenders.products.rules import PublishedProduct
from matching.applications import deciding, lookup, rematching, reviewing
from matching.applications.model import Submission
from matching.applications.reasons import Reason
from tests.scene import Scene, TestFirm, TestLender, grade_at_least


@pytest.fixture
def others(scene: Scene) -> tuple[PublishedProduct, PublishedProduct]:
    """Two products of other lenders."""
    return (
        scene.product(scene.lender(), name="合适贷"),
        scene.product(scene.lender(), name="优质贷", admission=grade_at_least("A")),
    )


@pytest.fixture
def rejected(scene: Scene, database, lender: TestLender, product, firm: TestFirm) -> Submission:
    submission = scene.submit(firm, [product])[0]
    key = submission.public_id
    with database.write() as session:
        reviewing.accept(session, lender.reviewer, key)
        reviewing.start_review(session, lender.reviewer, key)
        return deciding.reject(
            session,
            lender.reviewer,
            key,
            codes=[Reason.DEBT_TOO_HIGH, Reason.LITIGATION],
            text="近期新增负债。",
        )


def test_the_owner_agrees_once_and_gets_what_fits(
    database, rejected, others, product, firm: TestFirm
) -> None:
    with database.write() as session:
        rematching.agree(session, firm.owner, rejected.public_id)
    with database.write() as session:
        found = rematching.agree(session, firm.owner, rejected.public_id)
        rows = rematching.refitted(session, found)
        asked = session.scalars(
            select(AuditEntry.actor_id).where(AuditEntry.action == "submission.rematch")
        ).all()
    names = [row.row.match.product.name.zh for row in rows]
    assert "合适贷" in names
    assert product.name.zh not in names, "the product that was rejected is not offered again"
    fits = [row.fit for row in rows]
    assert fits == sorted(fits, reverse=True)
    assert asked == [firm.owner.user_id]


def test_fit_comes_before_cost(scene: Scene, database, rejected, firm: TestFirm) -> None:
    """A cheaper product whose term is far too short comes after one that fits."""
    fitting = scene.product(scene.lender(), name="合适贷")
    lender = scene.lender()
    short = replace(
        fitting.terms, rate=RateStructure.between(10_000, 12_000), term_months_min=1, term_months_max=3,
        description=Words("短期", "Short"),
    )  # fmt: skip
    with database.write() as session:
        products.load_published(
            session,
            Draft(name_zh="便宜短贷", name_en="Short", terms=short, admission=fitting.admission),
            author=lender.manager,
            approver=lender.approver,
            publisher=scene.publisher,
        )
    with database.write() as session:
        found = rematching.agree(session, firm.owner, rejected.public_id)
        names = [row.row.match.product.name.zh for row in rematching.refitted(session, found)]
    assert names == ["合适贷", "便宜短贷"]


def test_who_may_not(database, rejected, firm: TestFirm, scene: Scene) -> None:
    stranger = scene.firm()
    with database.write_session() as session:
        with pytest.raises(NotAllowed):
            rematching.agree(session, firm.staff, rejected.public_id)
        with pytest.raises(NotFound):
            rematching.agree(session, stranger.owner, rejected.public_id)
        session.rollback()


def test_only_after_a_rejection(scene: Scene, database, product, firm: TestFirm) -> None:
    submission = scene.submit(firm, [product])[0]
    with database.write_session() as session:
        with pytest.raises(Conflict):
            rematching.agree(session, firm.owner, submission.public_id)
        session.rollback()


def test_the_lender_does_not_read_it(database, rejected, firm: TestFirm, lender: TestLender) -> None:
    with database.write() as session:
        rematching.agree(session, firm.owner, rejected.public_id)
    with database.read() as session:
        found = lookup.submission_of_lender(session, lender.reviewer, rejected.public_id)
        lenders = [event.step for event in lookup.timeline(session, found, for_firm=False)]
        firms = [event.step for event in lookup.timeline(session, found, for_firm=True)]
    assert "rematch" not in lenders
    assert "rematch" in firms


def test_on_the_pages(as_actor, rejected, others, firm: TestFirm) -> None:
    owner = as_actor(firm.owner)
    one = f"/firm/submissions/{rejected.public_id}"
    page = owner.get(one).text
    assert "近期新增负债" in page
    assert "同意并重新匹配" in page
    assert owner.get(f"{one}/rematch").status_code == 302, "nothing is shown before the firm agreed"
    assert owner.post(f"{one}/rematch").status_code == 302
    page = owner.get(f"{one}/rematch").text
    assert "合适贷" in page
    assert "适合度" in page
    assert as_actor(firm.staff).post(f"{one}/rematch").status_code == 403
    assert "查看重新匹配的结果" in as_actor(firm.staff).get(one).text
