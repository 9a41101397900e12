"""Two-person approval above the lender's own limit, and changing that limit by two people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation, User
from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import (
    Conflict,
    DuplicateRequest,
    InvalidInput,
    NotAllowed,
    NotFound,
    RuleRefused,
)
from creditbridge.notices.model import Notice
from creditbridge.store.audit import AuditEntry
from matching.applications import offering, reviewing
from matching.applications.model import Submission
from matching.approvals import service as approvals
from matching.drawdowns import amending
from matching.drawdowns.rules import AmendmentState
from matching.lines import holding
from matching.lines import service as lines
from matching.lines.rules import LineState
from matching.lines.service import OnlineGrant
from tests.lines import Lines
from tests.scene import WAN, Scene, TestLender, submit_within, terms


@pytest.fixture
def second(scene: Scene, lender: TestLender) -> Actor:
    """A second approver of the lender."""
    with scene.people.database.read() as session:
        home = session.get_one(Organisation, lender.approver.organisation_id)
    return scene.people.member(Role.LENDER_APPROVER, home, branch_id=lender.branch_ids[0])


def set_limit(session: Session, lender: TestLender, second: Actor, fen: int | None) -> None:
    change = approvals.propose(session, second, second_above_fen=fen, reason="总行授权调整")
    approvals.decide(session, lender.approver, change.public_id, "confirm")


@pytest.fixture
def proposed(session: Session, lender, second, product, firm) -> Submission:
    submission = submit_within(session, firm, [product])[0]
    reviewing.accept(session, lender.reviewer, submission.public_id)
    reviewing.start_review(session, lender.reviewer, submission.public_id)
    offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    return submission


def own_work(step: Callable[[], object]) -> None:
    with pytest.raises(RuleRefused, match="own_work"):
        step()


# The limit itself


def test_there_is_none_to_begin_with(session, lender) -> None:
    assert approvals.limit_of(session, lender.approver.organisation_id) is None


def test_it_changes_by_two_people(session, lender, second) -> None:
    change = approvals.propose(session, second, second_above_fen=100 * WAN, reason="总行授权调整")
    assert approvals.limit_of(session, lender.approver.organisation_id) is None
    own_work(lambda: approvals.decide(session, second, change.public_id, "confirm"))
    own_work(lambda: approvals.decide(session, second, change.public_id, "refuse"))

    approvals.decide(session, lender.approver, change.public_id, "confirm")

    assert approvals.limit_of(session, lender.approver.organisation_id) == 100 * WAN
    with pytest.raises(Conflict):
        approvals.decide(session, lender.approver, change.public_id, "refuse")
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_id == change.public_id).order_by(AuditEntry.id)
    ).all()
    assert actions == ["approval_limit.proposed", "approval_limit.confirmed"]


def test_nor_by_one_person_with_two_accounts(session, lender, second) -> None:
    for actor in (lender.approver, second):
        session.execute(update(User).where(User.id == actor.user_id).values(phone="13800138000"))
    change = approvals.propose(session, second, second_above_fen=100 * WAN, reason="总行授权调整")
    own_work(lambda: approvals.decide(session, lender.approver, change.public_id, "confirm"))


def test_nor_by_one_person_in_two_roles(session, lender, second) -> None:
    change = approvals.propose(session, lender.manager, second_above_fen=100 * WAN, reason="总行授权调整")
    own_work(
        lambda: approvals.decide(
            session, replace(lender.manager, role=Role.LENDER_APPROVER), change.public_id, "confirm"
        )
    )


def test_refused_or_withdrawn_it_stays(session, lender, second) -> None:
    first = approvals.propose(session, second, second_above_fen=WAN, reason="试行")
    with pytest.raises(DuplicateRequest):
        approvals.propose(session, lender.approver, second_above_fen=2 * WAN, reason="试行")
    approvals.decide(session, lender.approver, first.public_id, "refuse")
    again = approvals.propose(session, second, second_above_fen=WAN, reason="试行")
    with pytest.raises(NotAllowed):
        approvals.decide(session, lender.approver, again.public_id, "withdraw")
    approvals.decide(session, second, again.public_id, "withdraw")
    assert approvals.limit_of(session, second.organisation_id) is None


def test_who_may_propose_and_decide(session, strange_lender, lender, second) -> None:
    for actor in (lender.reviewer, lender.viewer):
        with pytest.raises(NotAllowed):
            approvals.propose(session, actor, second_above_fen=WAN, reason="试行")
    change = approvals.propose(session, lender.manager, second_above_fen=WAN, reason="试行")
    with pytest.raises(NotAllowed):
        approvals.decide(session, lender.reviewer, change.public_id, "confirm")
    with pytest.raises(NotFound):
        approvals.decide(session, strange_lender.approver, change.public_id, "confirm")


@pytest.mark.parametrize("fen", [-1, 10**18, None])
def test_a_limit_that_cannot_be(session, lender, fen) -> None:
    with pytest.raises(InvalidInput):
        approvals.propose(session, lender.approver, second_above_fen=fen, reason="试行")


# Offers


def test_at_the_limit_one_approver_is_enough(session, lender, second, proposed) -> None:
    set_limit(session, lender, second, 150 * WAN)
    offering.approve_terms(session, lender.approver, proposed.public_id)
    assert proposed.state == "offered"


def test_above_it_the_firm_sees_nothing_before_the_second(session, lender, second, proposed) -> None:
    set_limit(session, lender, second, 150 * WAN - 1)

    offering.approve_terms(session, lender.approver, proposed.public_id)

    assert (proposed.state, proposed.quota_held_fen, proposed.offered_fen) == ("pending_approval", 0, None)
    assert proposed.current_offer.state == "proposed"
    own_work(lambda: offering.approve_terms(session, lender.approver, proposed.public_id))

    offering.approve_terms(session, second, proposed.public_id)
    offer = proposed.current_offer
    assert (proposed.state, offer.state) == ("offered", "sent")
    assert (offer.first_approved_by_id, offer.approved_by_id) == (lender.approver.user_id, second.user_id)


def test_the_proposer_is_neither_of_the_two(session, lender, second, proposed) -> None:
    set_limit(session, lender, second, WAN)
    promoted = replace(lender.reviewer, role=Role.LENDER_APPROVER)
    own_work(lambda: offering.approve_terms(session, promoted, proposed.public_id))
    offering.approve_terms(session, lender.approver, proposed.public_id)
    own_work(lambda: offering.approve_terms(session, promoted, proposed.public_id))


def test_nor_one_person_by_two_accounts(session, lender, second, proposed) -> None:
    set_limit(session, lender, second, WAN)
    offering.approve_terms(session, lender.approver, proposed.public_id)
    for actor in (lender.approver, second):
        session.execute(update(User).where(User.id == actor.user_id).values(email="a@bank.example"))
    own_work(lambda: offering.approve_terms(session, second, proposed.public_id))


def test_the_second_may_return_or_the_first_reject(session, lender, second, proposed) -> None:
    set_limit(session, lender, second, WAN)
    offering.approve_terms(session, lender.approver, proposed.public_id)
    offering.return_terms(session, second, proposed.public_id, reason="利率再核算")
    assert proposed.state == "under_review"

    offering.propose_terms(session, lender.reviewer, proposed.public_id, terms(amount_fen=140 * WAN))
    assert proposed.current_offer.first_approved_by_id is None
    offering.approve_terms(session, lender.approver, proposed.public_id)
    assert proposed.state == "pending_approval"


def test_the_other_approver_is_asked(session, lender, second, proposed) -> None:
    set_limit(session, lender, second, WAN)
    offering.approve_terms(session, lender.approver, proposed.public_id)
    kinds = session.scalars(
        select(Notice.kind).where(Notice.subject_id == proposed.public_id, Notice.done_at.is_(None))
    ).all()
    assert "submission.terms_second_approval" in kinds


# Grants and limits of lines


def test_a_grant_above_it_is_signed_by_an_approver(scene, database, lender, second, product, firm) -> None:
    accepted = Lines(scene).accepted(lender, product, firm)
    with database.write() as session:
        set_limit(session, lender, second, 100 * WAN)
    with database.write() as session:
        line = lines.record_grant(
            session, lender.reviewer, accepted.public_id, OnlineGrant("HT-1", clock.today())
        )
        assert line.state == LineState.PENDING_SIGNING
        key = line.public_id
    promoted = replace(lender.reviewer, role=Role.LENDER_APPROVER)
    with database.write() as session:
        own_work(lambda: holding.take_step(session, promoted, key, "sign", reason="合同已签"))
    with database.write() as session:
        signed = holding.take_step(session, lender.approver, key, "sign", reason="合同已签")
        assert signed.state == LineState.ACTIVE


def test_raising_a_limit_above_it_needs_two(scene, database, lender, second, product, firm) -> None:
    line = Lines(scene).online(lender, product, firm)
    with database.write() as session:
        set_limit(session, lender, second, 160 * WAN)
    with database.write() as session:
        made = amending.propose_limit(
            session, lender.reviewer, line.public_id, amount_fen=170 * WAN, reason="旺季备货"
        )
        key = made.public_id
    with database.write() as session:
        first = amending.decide(session, lender.approver, key, "approve")
        assert first.state == AmendmentState.PROPOSED
    with database.write() as session:
        own_work(lambda: amending.decide(session, lender.approver, key, "approve"))
    with database.write() as session:
        assert amending.decide(session, second, key, "approve").state == AmendmentState.OFFERED


def test_lowering_one_needs_one(scene, database, lender, second, product, firm) -> None:
    line = Lines(scene).online(lender, product, firm)
    with database.write() as session:
        set_limit(session, lender, second, 10 * WAN)
    with database.write() as session:
        made = amending.propose_limit(
            session, lender.reviewer, line.public_id, amount_fen=120 * WAN, reason="企业减额"
        )
        assert amending.decide(session, lender.approver, made.public_id, "approve").state == "offered"


# Pages


def test_the_pages(as_actor, database, scene, lender, second, product, firm) -> None:
    submission = scene.submit(firm, [product])[0]
    with database.write() as session:
        set_limit(session, lender, second, 100 * WAN)
        reviewing.accept(session, lender.reviewer, submission.public_id)
        reviewing.start_review(session, lender.reviewer, submission.public_id)
        offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    one = f"/lender/applications/{submission.public_id}"
    approver, other = as_actor(lender.approver), as_actor(second)

    assert "同意，交第二位审批人" in approver.get(one).text
    assert approver.post(f"{one}/approve-terms").status_code == 303
    page = approver.get(one).text
    assert "您已同意这份方案" in page
    assert "审批通过并发给企业" not in page
    assert approver.post(f"{one}/approve-terms").status_code == 409
    assert "接受方案" not in as_actor(firm.owner).get(f"/firm/submissions/{submission.public_id}").text
    assert "审批通过并发给企业" in other.get(one).text
    assert other.post(f"{one}/approve-terms").status_code == 303
    assert "接受方案" in as_actor(firm.owner).get(f"/firm/submissions/{submission.public_id}").text


def test_the_settings_page(as_actor, lender, second) -> None:
    manager, approver = as_actor(lender.manager), as_actor(lender.approver)
    url = "/lender/approval-limit"
    assert "任何金额都由一位审批人审批" in manager.get(url).text
    assert manager.post(url, data={"second_above_fen": "-1", "reason": "试行"}).status_code == 422
    assert manager.post(url, data={"second_above_fen": "100", "reason": ""}).status_code == 422
    assert (
        as_actor(lender.reviewer).post(url, data={"second_above_fen": "1", "reason": "x"}).status_code == 403
    )

    assert manager.post(url, data={"second_above_fen": "100", "reason": "试行"}).status_code == 302
    page = approver.get(url).text
    assert "同意，立即生效" in page
    assert "这项变更由您提出" in manager.get(url).text
    change = page.split("/lender/approval-limit/")[1].split("/")[0]
    assert manager.post(f"{url}/{change}/confirm").status_code == 403
    assert approver.post(f"{url}/{change}/confirm").status_code == 302
    assert "由两位审批人审批" in approver.get(url).text
    assert approver.post(f"{url}/{change}/anything").status_code == 404
