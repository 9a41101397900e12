"""Conflicts of interest: who has one takes no step about the firm, by no role and no account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim
from creditbridge.access import service as access
from creditbridge.access.model import Organisation, User
from creditbridge.access.rules import Role
from creditbridge.disclosure.model import AccessEntry
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.store.audit import AuditEntry
from matching.applications import conflicting, deciding, offering, queue, reviewing, supplementing
from matching.applications.model import Submission
from matching.applications.queue import Filters, Whose
from matching.applications.reasons import Reason
from matching.conflicts import service as conflicts
from matching.conflicts.model import ConflictOfInterest
from matching.conflicts.rules import Relation
from tests.scene import Scene, submit_within, terms


@pytest.fixture
def submission(session: Session, product, firm) -> Submission:
    return submit_within(session, firm, [product])[0]


@pytest.fixture
def in_review(session: Session, lender, submission) -> Submission:
    reviewing.accept(session, lender.reviewer, submission.public_id)
    reviewing.start_review(session, lender.reviewer, submission.public_id)
    return submission


def _declare(session: Session, actor, submission: Submission, **said) -> ConflictOfInterest:
    return conflicting.declare(session, actor, submission.public_id, relation=Relation.RELATIVE, **said)


def _refused(step: Callable[[], object]) -> None:
    with pytest.raises(RuleRefused) as refusal:
        step()
    assert refusal.value.code == "conflict_of_interest"


def test_whoever_declares_one_takes_no_step(session, lender, submission) -> None:
    _declare(session, lender.reviewer, submission)
    key, actor = submission.public_id, lender.reviewer

    _refused(lambda: reviewing.accept(session, actor, key))
    _refused(lambda: deciding.not_accept(session, actor, key, codes=[Reason.DEBT_TOO_HIGH]))
    _refused(lambda: reviewing.add_note(session, actor, key, "备注"))
    _refused(lambda: reviewing.assign(session, actor, key, actor.user_public_id))
    _refused(lambda: reviewing.transfer(session, actor, key, lender.branches[1]))

    assert submission.state == "submitted"
    reviewing.accept(session, lender.other_reviewer, key)


def test_nor_reviews_proposes_or_asks(session, lender, in_review) -> None:
    _declare(session, lender.reviewer, in_review)
    key, actor = in_review.public_id, lender.reviewer

    _refused(lambda: offering.propose_terms(session, actor, key, terms()))
    _refused(lambda: deciding.reject(session, actor, key, codes=[Reason.DEBT_TOO_HIGH]))
    _refused(
        lambda: supplementing.request_supplement(
            session, actor, key, items=["流水"], deadline=clock.today().replace(day=30)
        )
    )
    assert in_review.state == "under_review"


def test_nor_approves(session, lender, in_review) -> None:
    offering.propose_terms(session, lender.reviewer, in_review.public_id, terms())
    _declare(session, lender.approver, in_review)

    _refused(lambda: offering.approve_terms(session, lender.approver, in_review.public_id))
    _refused(lambda: offering.return_terms(session, lender.approver, in_review.public_id, reason="再核算"))
    assert in_review.state == "pending_approval"
    assert in_review.quota_held_fen == 0


def test_what_they_handled_is_nobodys_and_they_are_not_assigned(session, lender, in_review) -> None:
    assert in_review.officer_id == lender.reviewer.user_id
    _declare(session, lender.reviewer, in_review)

    assert in_review.officer_id is None
    with pytest.raises(InvalidInput):
        reviewing.assign(session, lender.other_reviewer, in_review.public_id, lender.reviewer.user_public_id)
    reviewing.assign(
        session, lender.other_reviewer, in_review.public_id, lender.other_reviewer.user_public_id
    )
    assert in_review.officer_id == lender.other_reviewer.user_id


def test_the_queue_keeps_it_out_of_their_own_work(session, lender, submission) -> None:
    reviewing.accept(session, lender.reviewer, submission.public_id)
    _declare(session, lender.reviewer, submission)
    submission.officer_id = lender.reviewer.user_id  # as if somebody had put it back by hand
    session.flush()

    mine, _ = queue.page_of(session, lender.reviewer, Filters(whose=Whose.MINE))
    everybodys, _ = queue.page_of(session, lender.reviewer, Filters(whose=Whose.ALL))

    assert mine == []
    assert [row.kept_away for row in everybodys] == [True]
    assert queue.for_desk(session, lender.reviewer, Whose.TEAM) == []
    assert len(queue.for_desk(session, lender.other_reviewer, Whose.TEAM)) == 1


def test_another_role_does_not_help(session, lender, in_review) -> None:
    offering.propose_terms(session, lender.reviewer, in_review.public_id, terms())
    _declare(session, lender.other_reviewer, in_review)
    promoted = replace(lender.other_reviewer, role=Role.LENDER_APPROVER)

    _refused(lambda: offering.approve_terms(session, promoted, in_review.public_id))


@pytest.mark.parametrize("same", ["phone", "email", "name"])
def test_nor_does_another_account(session, lender, in_review, same: str) -> None:
    offering.propose_terms(session, lender.reviewer, in_review.public_id, terms())
    _declare(session, lender.other_reviewer, in_review)
    values = {"phone": "138-0013-8000", "email": "a@bank.example", "name": "同一人"}
    for actor in (lender.other_reviewer, lender.approver):
        session.execute(update(User).where(User.id == actor.user_id).values({same: values[same]}))

    _refused(lambda: offering.approve_terms(session, lender.approver, in_review.public_id))


@pytest.mark.parametrize("same", ["phone", "email", "name"])
def test_nobody_approves_their_own_terms_by_another_account(session, lender, in_review, same: str) -> None:
    offering.propose_terms(session, lender.reviewer, in_review.public_id, terms())
    values = {"phone": "13800138000", "email": "a@bank.example", "name": "同一人"}
    for actor in (lender.reviewer, lender.approver):
        session.execute(update(User).where(User.id == actor.user_id).values({same: values[same]}))

    with pytest.raises(RuleRefused, match="own_work"):
        offering.approve_terms(session, lender.approver, in_review.public_id)
    with pytest.raises(RuleRefused, match="own_work"):
        deciding.reject(session, lender.approver, in_review.public_id, codes=[Reason.DEBT_TOO_HIGH])


@pytest.mark.parametrize("ended", [False, True])
def test_a_person_of_the_firms_own_account_keeps_away(session, lender, firm, submission, ended: bool) -> None:
    """The same user in both organisations, also one who left the firm's account."""
    firms = session.get_one(Organisation, firm.owner.organisation_id)
    user = session.get_one(User, lender.reviewer.user_id)
    membership = access.add_member(session, user, firms, Role.FIRM_STAFF)
    if ended:
        membership.ended_at = clock.now()
        session.flush()

    assert conflicts.relation_of(session, user.id, firm.id) is Relation.SAME_PERSON
    _refused(lambda: reviewing.accept(session, lender.reviewer, submission.public_id))


def test_the_telephone_of_the_firms_contact_keeps_away(session, lender, submission) -> None:
    session.execute(
        update(User)
        .where(User.id == lender.reviewer.user_id)
        .values(phone=submission.contact_phone.replace("-", " "))
    )
    _refused(lambda: reviewing.accept(session, lender.reviewer, submission.public_id))


def test_a_refused_claim_ties_nobody_to_a_firm(session, lender, firm, stranger) -> None:
    user = session.get_one(User, lender.reviewer.user_id)
    access.add_member(
        session, user, session.get_one(Organisation, stranger.owner.organisation_id), Role.FIRM_STAFF
    )
    session.execute(update(Claim).where(Claim.firm_id == stranger.id).values(state="refused"))

    assert conflicts.relation_of(session, user.id, stranger.id) is None


def test_a_declaration_follows_the_person_to_another_lender(
    session, strange_lender, lender, firm, submission
) -> None:
    _declare(session, lender.reviewer, submission)
    user = session.get_one(User, lender.reviewer.user_id)
    access.add_member(
        session,
        user,
        session.get_one(Organisation, strange_lender.reviewer.organisation_id),
        Role.LENDER_REVIEWER,
    )
    assert conflicts.relation_of(session, user.id, firm.id) is Relation.RELATIVE


def test_the_firm_names_somebody_who_then_keeps_away(session, lender, firm, in_review) -> None:
    conflicting.name_officer(
        session, firm.staff, in_review.public_id, officer=lender.reviewer.name, relation=Relation.EMPLOYEE
    )

    assert in_review.officer_id is None
    _refused(lambda: offering.propose_terms(session, lender.reviewer, in_review.public_id, terms()))


def test_a_name_that_nobody_bears_is_kept_for_the_approver(session, lender, firm, submission) -> None:
    conflicting.name_officer(
        session, firm.owner, submission.public_id, officer="没有这人", relation=Relation.SHAREHOLDER
    )
    (row,) = conflicts.about_firm(session, lender.approver, firm.id)
    assert (row.user_id, row.officer_name) == (None, "没有这人")


def test_another_firm_names_nobody(session, stranger, lender, submission) -> None:
    with pytest.raises(NotFound):
        conflicting.name_officer(
            session,
            stranger.owner,
            submission.public_id,
            officer=lender.reviewer.name,
            relation=Relation.EMPLOYEE,
        )


def test_only_an_approver_enters_a_colleagues(session, lender, submission) -> None:
    with pytest.raises(NotAllowed):
        _declare(session, lender.reviewer, submission, officer_id=lender.approver.user_public_id)

    made = _declare(session, lender.approver, submission, officer_id=lender.reviewer.user_public_id)
    assert (made.user_id, made.named_by) == (lender.reviewer.user_id, "colleague")


def test_somebody_of_another_lender_is_no_colleague(session, strange_lender, lender, submission) -> None:
    with pytest.raises(InvalidInput):
        _declare(session, lender.approver, submission, officer_id=strange_lender.reviewer.user_public_id)


def test_one_declaration_stands_at_a_time(session, lender, submission) -> None:
    _declare(session, lender.reviewer, submission)
    with pytest.raises(DuplicateRequest):
        _declare(session, lender.reviewer, submission)


def test_an_approver_lifts_it_with_a_reason(session, lender, submission) -> None:
    made = _declare(session, lender.reviewer, submission)
    with pytest.raises(InvalidInput):
        conflicts.lift(session, lender.approver, made.public_id, reason=" ")
    conflicts.lift(session, lender.approver, made.public_id, reason="经核实为同名人员")

    reviewing.accept(session, lender.reviewer, submission.public_id)
    assert submission.state == "accepted"


def test_nobody_lifts_their_own_nor_where_they_have_one(session, lender, submission) -> None:
    own = _declare(session, lender.approver, submission)
    others = _declare(session, lender.reviewer, submission)

    with pytest.raises(NotAllowed):
        conflicts.lift(session, lender.reviewer, others.public_id, reason="没有")
    with pytest.raises(RuleRefused, match="own_work"):
        conflicts.lift(session, lender.approver, own.public_id, reason="没有")
    with pytest.raises(RuleRefused, match="conflict_of_interest"):
        conflicts.lift(session, lender.approver, others.public_id, reason="没有")


def test_another_lender_sees_and_lifts_none(session, strange_lender, lender, firm, submission) -> None:
    made = _declare(session, lender.reviewer, submission)
    with pytest.raises(NotFound):
        conflicts.lift(session, strange_lender.approver, made.public_id, reason="没有")
    assert conflicts.about_firm(session, strange_lender.approver, firm.id) == []


def test_it_stands_in_the_trail(session, lender, submission) -> None:
    made = _declare(session, lender.reviewer, submission)
    conflicts.lift(session, lender.approver, made.public_id, reason="经核实为同名人员")
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == made.public_id).order_by(AuditEntry.id)
    ).all()
    assert [(entry.action, entry.actor_id) for entry in entries] == [
        ("conflict.declared", lender.reviewer.user_id),
        ("conflict.lifted", lender.approver.user_id),
    ]
    assert entries[1].reason == "经核实为同名人员"


# Pages and API


@pytest.fixture
def sent(scene: Scene, lender, firm) -> Submission:
    return scene.submit(firm, [scene.product(lender)])[0]


def _url(submission: Submission, rest: str = "") -> str:
    return f"/lender/applications/{submission.public_id}{rest}"


def test_the_page_says_keep_away_and_looks_at_nothing(as_actor, database, lender, sent) -> None:
    reviewer = as_actor(lender.reviewer)
    answer = reviewer.post(_url(sent, "/conflict"), data={"relation": "shareholder", "note": "持股 5%"})
    assert answer.status_code == 303

    page = reviewer.get(_url(sent)).text
    assert "您须回避" in page
    assert "受理申请" not in page
    assert "保存备注" not in page
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AccessEntry)) == 0
    refused = reviewer.post(_url(sent, "/accept"))
    assert refused.status_code == 409
    assert "须回避" in refused.text
    assert "您须回避" in reviewer.get("/lender/applications?whose=all").text


def test_a_form_without_relation_is_said_at_the_form(as_actor, lender, sent) -> None:
    answer = as_actor(lender.reviewer).post(_url(sent, "/conflict"), data={"relation": "", "note": ""})
    assert answer.status_code == 422
    assert "登记利益关系" in answer.text


def test_the_firm_names_somebody_on_its_page(as_actor, database, lender, firm, sent) -> None:
    owner = as_actor(firm.owner)
    assert "机构人员与本企业有利益关系" in owner.get(f"/firm/submissions/{sent.public_id}").text
    owner.post(
        f"/firm/submissions/{sent.public_id}/name-conflict",
        data={"officer": lender.reviewer.name, "relation": "employee", "note": ""},
    )
    assert as_actor(lender.reviewer).post(_url(sent, "/accept")).status_code == 409
    assert as_actor(lender.other_reviewer).post(_url(sent, "/accept")).status_code == 303


def test_the_list_is_an_approvers_and_ones_own(as_actor, database, lender, sent) -> None:
    as_actor(lender.reviewer).post(_url(sent, "/conflict"), data={"relation": "business", "note": ""})
    approver = as_actor(lender.approver)
    assert lender.reviewer.name in approver.get("/lender/conflicts").text
    with database.read() as session:
        key = session.scalars(select(ConflictOfInterest.public_id)).one()
    assert as_actor(lender.other_reviewer).get(f"/lender/conflicts/{key}").status_code == 403

    assert approver.post(f"/lender/conflicts/{key}/lift", data={"reason": ""}).status_code == 422
    assert approver.post(f"/lender/conflicts/{key}/lift", data={"reason": "已转让股份"}).status_code == 302
    assert "已转让股份" in approver.get(f"/lender/conflicts/{key}").text
