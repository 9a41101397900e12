"""The lender's review: accept, assign, transfer, start, note."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.model import Membership, User
from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from lenders.institutions import service as institutions
from matching.applications import announcing, clocks
from matching.applications.lookup import submission_of_lender
from matching.applications.model import Note, Submission
from matching.applications.rules import OPEN_STATES, SUBMISSION_STATE_WORDS
from matching.applications.stepping import check_officer, note_event, take_step
from matching.conflicts import service as conflicts

OFFICERS = (Role.LENDER_REVIEWER, Role.LENDER_APPROVER)
MAX_NOTE = 2000


def accept(session: Session, actor: Actor, submission_id: str) -> Submission:
    """Take a submission up; whoever accepts it handles it, unless an officer is assigned already.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
    """
    submission = submission_of_lender(session, actor, submission_id)
    officer_id = submission.officer_id or actor.user_id
    take_step(session, actor, submission, "accept", officer_id=officer_id)
    announcing.announce(session, submission, "accept", due_on=_decide_by(submission))
    return submission


def start_review(session: Session, actor: Actor, submission_id: str) -> Submission:
    """Begin to review an accepted submission.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
    """
    submission = submission_of_lender(session, actor, submission_id)
    take_step(session, actor, submission, "start_review")
    announcing.announce(session, submission, "start_review", due_on=_decide_by(submission))
    return submission


def assign(session: Session, actor: Actor, submission_id: str, officer_id: str) -> Submission:
    """Give a submission in flight to an officer of the lender, by public id of the person.

    Raises:
        NotFound: there is no such submission of this lender.
        NotAllowed: the actor is neither reviewer nor approver.
        Conflict: the submission has ended.
        InvalidInput: ``officer``: nobody of that id reviews for this lender, or one with an interest in the firm.
        RuleRefused: ``conflict_of_interest``: the actor has one.
    """
    submission = _movable(session, actor, submission_id)
    officer = next((user for user in officers(session, actor) if user.public_id == officer_id), None)
    if officer is None:
        raise InvalidInput(
            {"officer": [Words("请选择本机构的审核员。", "Choose a reviewer of your institution.")]}
        )
    if submission.officer_id == officer.id:
        return submission
    relation = conflicts.relation_of(
        session, officer.id, submission.firm_id, phones=(submission.contact_phone,)
    )
    if relation is not None:
        words = Words(
            "该人员与这家企业存在利益关系，须回避，请另选一位。",
            "This officer has an interest in the firm. Choose another.",
        )
        raise InvalidInput({"officer": [words]})
    submission.officer_id = officer.id
    note_event(session, actor, submission, "assign", officer.name)
    announcing.hand_over_todos(session, submission, "assign", {})
    return submission


def transfer(
    session: Session, actor: Actor, submission_id: str, branch_id: str, reason: str = ""
) -> Submission:
    """Move a submission in flight to another branch of the lender; it is then nobody's until accepted or assigned.

    Raises:
        NotFound: there is no such submission of this lender.
        NotAllowed: the actor is neither reviewer nor approver.
        Conflict: the submission has ended.
        InvalidInput: ``branch``: no such active branch of this lender.
    """
    submission = _movable(session, actor, submission_id)
    branches = institutions.branches_of(session, submission.lender_id, active_only=True)
    branch = next((row for row in branches if row.public_id == branch_id), None)
    if branch is None:
        raise InvalidInput(
            {"branch": [Words("请选择本机构的网点。", "Choose a branch of your institution.")]}
        )
    if submission.branch_id == branch.id:
        return submission
    submission.branch_id, submission.officer_id = branch.id, None
    note_event(session, actor, submission, "transfer", reason or branch.name)
    announcing.hand_over_todos(session, submission, "transfer", {"branch": branch.words.as_json()})
    return submission


def add_note(session: Session, actor: Actor, submission_id: str, text: str) -> Note:
    """Write an internal note; the firm never sees it.

    Raises:
        NotFound: there is no such submission of this lender.
        NotAllowed: the actor is neither reviewer nor approver.
        InvalidInput: the text is empty or too long.
    """
    submission = submission_of_lender(session, actor, submission_id)
    _check_officer(session, actor, submission)
    if not 1 <= len(text.strip()) <= MAX_NOTE:
        words = Words("请填写备注，不超过 {most} 字。", "Write a note of at most {most} characters.").fill(
            most=MAX_NOTE
        )
        raise InvalidInput({"text": [words]})
    note = Note(submission_id=submission.id, author_id=actor.user_id, author=actor.name, text=text.strip())
    session.add(note)
    return note


def officers(session: Session, actor: Actor) -> Sequence[User]:
    """The reviewers of the actor's institution, by name."""
    return session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == actor.organisation_id,
            Membership.role == Role.LENDER_REVIEWER.value,
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
        .order_by(User.name, User.id)
    ).all()


def colleagues(session: Session, actor: Actor) -> Sequence[User]:
    """Everybody who reviews or approves for the actor's institution, by name."""
    return session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == actor.organisation_id,
            Membership.role.in_([role.value for role in OFFICERS]),
            Membership.ended_at.is_(None),
        )
        .order_by(User.name, User.id)
    ).all()


def people_by_id(session: Session, user_ids: set[int]) -> dict[int, str]:
    """Names of persons by key, for pages that show who handles what."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return dict(rows.all())


def _movable(session: Session, actor: Actor, submission_id: str) -> Submission:
    submission = submission_of_lender(session, actor, submission_id)
    _check_officer(session, actor, submission)
    if submission.state_now not in OPEN_STATES:
        raise illegal_step(SUBMISSION_STATE_WORDS[submission.state_now])
    return submission


def _check_officer(session: Session, actor: Actor, submission: Submission) -> None:
    if not actor.has_role(*OFFICERS):
        raise NotAllowed
    check_officer(session, actor, submission)


def _decide_by(submission: Submission) -> date:
    return clocks.target_date(submission.decision_clock, clocks.DECIDE_WITHIN, clock.now())
