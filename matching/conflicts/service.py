"""Finding, declaring and lifting conflicts of interest.

Whoever handles a firm asks :func:`check` first. It looks at four things: what is declared of the person (for any
lender, by any of their accounts), whether they are or were a member of the firm's own account, whether one of their
accounts is taken for a person's of that account (:mod:`creditbridge.access.persons`), and whether their telephone is
the one the firm gave for its contact.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim
from borrowers.claims.rules import ClaimState
from creditbridge.access import persons
from creditbridge.access.model import Membership, User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from matching.conflicts.model import ON_RECORD, ConflictOfInterest
from matching.conflicts.rules import (
    CONFLICT,
    DECLARABLE,
    MAX_NAME,
    MAX_NOTE,
    Named,
    Relation,
    check_may_lift,
    refuse_conflict,
)

KIND = "conflict"
PAGE = 50
_SPOKE_FOR_IT = (ClaimState.VERIFIED.value, ClaimState.REVOKED.value)


def relation_of(
    session: Session, user_id: int | None, firm_id: int, *, phones: Sequence[str] = ()
) -> Relation | None:
    """What ties a person to a firm, None if nothing is known to. ``phones`` are those the firm gave for its contact."""
    if user_id is None:
        return None
    accounts = persons.accounts_of_person(session, user_id)
    declared = session.scalar(
        select(ConflictOfInterest.relation)
        .where(
            ConflictOfInterest.firm_id == firm_id,
            ConflictOfInterest.user_id.in_(accounts),
            ConflictOfInterest.standing.is_not(None),
        )
        .order_by(ConflictOfInterest.id)
        .limit(1)
    )
    if declared is not None:
        return Relation(declared)
    if firm_id in _firms_of_accounts(session, accounts):
        return Relation.SAME_PERSON
    given = {persons.digits_of(phone) for phone in (*phones, *_phones_of_claim(session, firm_id))} - {""}
    return Relation.CONTACT if given and given & persons.phones_of(session, accounts) else None


def check(session: Session, actor: Actor, firm_id: int, *, phones: Sequence[str] = ()) -> None:
    """Refuse an officer who has an interest in the firm; a firm and the system itself pass.

    Raises:
        RuleRefused: ``conflict_of_interest``.
    """
    if actor.is_lender:
        refuse_conflict(relation_of(session, actor.user_id, firm_id, phones=phones))


def firms_of(session: Session, actor: Actor) -> set[int]:
    """The firms an officer keeps away from, by what is declared and by accounts, for lists."""
    if actor.user_id is None:
        return set()
    accounts = persons.accounts_of_person(session, actor.user_id)
    declared = session.scalars(
        select(ConflictOfInterest.firm_id).where(
            ConflictOfInterest.user_id.in_(accounts), ConflictOfInterest.standing.is_not(None)
        )
    )
    return set(declared) | _firms_of_accounts(session, accounts)


def declare(
    session: Session,
    actor: Actor,
    firm: Firm,
    relation: Relation,
    *,
    note: str = "",
    officer_id: str | None = None,
) -> ConflictOfInterest:
    """An officer declares a tie of their own; an approver may enter one of a colleague, by public id of the person.

    Raises:
        NotAllowed: the actor is no officer of a lender, or names a colleague and is no approver.
        InvalidInput: ``relation``, ``note``, or ``officer`` who is nobody of this lender.
        DuplicateRequest: ``conflict_declared``.
    """
    if not actor.is_lender or actor.user_id is None:
        raise NotAllowed
    user_id, name, named = actor.user_id, actor.name, Named.OFFICER
    if officer_id and officer_id != actor.user_public_id:
        if not actor.has_role(Role.LENDER_APPROVER):
            raise NotAllowed
        colleague = _colleague(session, actor, officer_id)
        user_id, name, named = colleague.id, colleague.name, Named.COLLEAGUE
    if user_id in _known(session, actor.organisation_id, firm.id):
        raise ON_RECORD
    made = _row(actor, firm, relation, note, named)
    made.user_id, made.officer_name = user_id, name
    return _declared(session, actor, made)


def name_by_firm(
    session: Session,
    actor: Actor,
    firm: Firm,
    lender_organisation_id: int,
    relation: Relation,
    *,
    officer: str,
    note: str = "",
) -> list[ConflictOfInterest]:
    """A firm says that somebody at a lender has a tie to it. Everybody there of that name keeps away until it is lifted.

    The firm learns nothing of who works there: a name that nobody bears is kept as well, for an approver to look into.

    Raises:
        NotAllowed: the actor is no firm's.
        InvalidInput: ``officer``, ``relation`` or ``note``.
    """
    if not actor.is_firm:
        raise NotAllowed
    name = officer.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidInput({"officer": [Words("请填写人员姓名。", "Give the person’s name.")]})
    people = session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == lender_organisation_id, User.name == name)
    ).all()
    known = _known(session, lender_organisation_id, firm.id)
    made = []
    found: list[int | None] = [person.id for person in people if person.id not in known]
    for user_id in found if people else [None]:
        row = _row(actor, firm, relation, note, Named.FIRM)
        row.lender_organisation_id, row.user_id, row.officer_name = lender_organisation_id, user_id, name
        made.append(_declared(session, actor, row))
    return made


def lift(session: Session, actor: Actor, conflict_id: str, *, reason: str) -> ConflictOfInterest:
    """An approver without an interest of their own lifts a conflict that is not, or no longer, so.

    Raises:
        NotFound: it is not of the actor's lender.
        NotAllowed: the actor is no approver, or the lender may not work on the platform now.
        RuleRefused: ``own_work`` or ``conflict_of_interest``.
        Conflict: it is lifted already.
        InvalidInput: no reason.
    """
    if not actor.has_role(Role.LENDER_APPROVER):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    found = conflict_of(session, actor, conflict_id)
    check_may_lift(
        own=persons.is_any_of(session, actor.user_id, [found.user_id]),
        conflicted=relation_of(session, actor.user_id, found.firm_id) is not None,
    )
    if not 1 <= len(reason.strip()) <= MAX_NOTE:
        words = Words("请填写原因，不超过 500 字。", "Give a reason of at most 500 characters.")
        raise InvalidInput({"reason": [words]})
    move(
        session,
        found,
        CONFLICT,
        "lift",
        standing=None,
        lifted_by_id=actor.user_id,
        lifted_by=actor.name,
        lifted_at=clock.now(),
        lift_reason=reason.strip(),
    )
    _trace(session, actor, found, "lifted", reason.strip())
    return found


def conflict_of(session: Session, actor: Actor, public_id: str) -> ConflictOfInterest:
    """A conflict on record at the actor's lender.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(
        select(ConflictOfInterest).where(
            ConflictOfInterest.public_id == public_id,
            ConflictOfInterest.lender_organisation_id == actor.organisation_id,
        )
    )
    if found is None:
        raise NotFound(Words("回避登记", "conflict of interest"))
    return found


def page_of(
    session: Session, actor: Actor, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[ConflictOfInterest], int | None]:
    """The lender's conflicts, the newest first, and the cursor of the next page; others than approvers see their own."""
    query = select(ConflictOfInterest).where(
        ConflictOfInterest.lender_organisation_id == actor.organisation_id
    )
    if not actor.has_role(Role.LENDER_APPROVER):
        query = query.where(ConflictOfInterest.user_id == actor.user_id)
    if before is not None:
        query = query.where(ConflictOfInterest.id < before)
    rows = session.scalars(query.order_by(ConflictOfInterest.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def about_firm(session: Session, actor: Actor, firm_id: int) -> Sequence[ConflictOfInterest]:
    """The conflicts that stand between the actor's lender and a firm."""
    return session.scalars(
        select(ConflictOfInterest)
        .where(
            ConflictOfInterest.lender_organisation_id == actor.organisation_id,
            ConflictOfInterest.firm_id == firm_id,
            ConflictOfInterest.standing.is_not(None),
        )
        .order_by(ConflictOfInterest.id)
    ).all()


def _firms_of_accounts(session: Session, accounts: set[int]) -> set[int]:
    """The firms whose own account these persons use or used. A claim that was refused never spoke for the firm."""
    return set(
        session.scalars(
            select(Claim.firm_id)
            .join(Membership, Membership.organisation_id == Claim.organisation_id)
            .where(Membership.user_id.in_(accounts), Claim.state.in_(_SPOKE_FOR_IT))
        )
    )


def _phones_of_claim(session: Session, firm_id: int) -> Sequence[str]:
    return session.scalars(
        select(Claim.operator_phone).where(Claim.firm_id == firm_id, Claim.state == ClaimState.VERIFIED.value)
    ).all()


def _known(session: Session, lender_organisation_id: int, firm_id: int) -> set[int | None]:
    """Whose ties to a firm stand at a lender."""
    return set(
        session.scalars(
            select(ConflictOfInterest.user_id).where(
                ConflictOfInterest.firm_id == firm_id,
                ConflictOfInterest.lender_organisation_id == lender_organisation_id,
                ConflictOfInterest.standing.is_not(None),
            )
        )
    )


def _colleague(session: Session, actor: Actor, officer_id: str) -> User:
    found = session.scalar(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == actor.organisation_id, User.public_id == officer_id)
    )
    if found is None or actor.kind is not OrganisationKind.LENDER:
        raise InvalidInput(
            {"officer": [Words("请选择本机构的人员。", "Choose somebody of your institution.")]}
        )
    return found


def _row(actor: Actor, firm: Firm, relation: Relation, note: str, named: Named) -> ConflictOfInterest:
    """A row at the actor's own lender; a firm's statement is put with the lender that it is about."""
    problems: dict[str, list[Words]] = {}
    if relation not in DECLARABLE:
        problems["relation"] = [Words("请选择关系。", "Choose the relation.")]
    if len(note) > MAX_NOTE:
        problems["note"] = [Words("说明不能超过 500 字。", "Use at most 500 characters.")]
    if problems:
        raise InvalidInput(problems)
    return ConflictOfInterest(
        lender_organisation_id=actor.organisation_id,
        firm_id=firm.id,
        firm_name=firm.name,
        relation=relation.value,
        note=note.strip(),
        named_by=named.value,
        declared_by_id=actor.user_id,
    )


def _declared(session: Session, actor: Actor, made: ConflictOfInterest) -> ConflictOfInterest:
    session.add(made)
    session.flush()
    _trace(session, actor, made, "declared", "")
    return made


def _trace(session: Session, actor: Actor, row: ConflictOfInterest, step: str, reason: str) -> None:
    record_as(
        session,
        actor,
        f"conflict.{step}",
        subject_kind=KIND,
        subject_id=row.public_id,
        reason=reason,
        named_by=row.named_by,
        officer_known=row.user_id is not None,
    )
