"""Reading lenders and branches: who an actor's lender is, which lenders there are, who serves a region."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotAllowed, NotFound
from creditbridge.kernel.words import Words
from lenders.institutions.model import Branch, Lender
from lenders.institutions.rules import LENDER_STATE_WORDS, LenderState, covers

LENDER_WORDS = Words("金融机构", "lender")
BRANCH_WORDS = Words("网点", "branch")


def lender_of(session: Session, actor: Actor) -> Lender:
    """The lender the actor is a member of, whatever its state.

    Raises:
        NotFound: if the actor's organisation is no lender.
    """
    found = session.scalar(select(Lender).where(Lender.organisation_id == actor.organisation_id))
    if found is None:
        raise NotFound(LENDER_WORDS)
    return found


def working_lender_of(session: Session, actor: Actor) -> Lender:
    """The actor's lender, if it may work on the platform now.

    Raises:
        NotFound: if the actor's organisation is no lender.
        NotAllowed: ``lender_not_approved``.
    """
    lender = lender_of(session, actor)
    if lender.state != LenderState.APPROVED:
        raise NotAllowed(
            "lender_not_approved",
            Words(
                "贵机构当前状态为“{state}”，不能办理此项业务。请联系平台。",
                "Your institution is now “{state}”, so this cannot be done. Ask the platform.",
            ).fill(state=LENDER_STATE_WORDS[LenderState(lender.state)]),
        )
    return lender


def check_may_look(session: Session, actor: Actor) -> None:
    """What the door of disclosure asks of a lender's officer: their lender may work on the platform now.

    Raises:
        NotAllowed: ``lender_not_approved``, also when the organisation is no lender.
    """
    try:
        working_lender_of(session, actor)
    except NotFound as error:
        raise NotAllowed("lender_not_approved") from error


def lender(session: Session, public_id: str) -> Lender:
    """A lender by its public id, whatever its state.

    Raises:
        NotFound: if there is none.
    """
    found = session.scalar(select(Lender).where(Lender.public_id == public_id))
    if found is None:
        raise NotFound(LENDER_WORDS)
    return found


def shown_lender(session: Session, public_id: str) -> Lender:
    """A lender that the public may see: on the platform, or suspended for now.

    Raises:
        NotFound: if there is none.
    """
    found = lender(session, public_id)
    if found.state not in (LenderState.APPROVED, LenderState.SUSPENDED):
        raise NotFound(LENDER_WORDS)
    return found


def all_lenders(session: Session, *, state: LenderState | None = None) -> Sequence[Lender]:
    """Every lender, or those in one state, by name."""
    query = select(Lender).join(Lender.organisation).order_by(Organisation.name, Lender.id)
    if state is not None:
        query = query.where(Lender.state == state.value)
    return session.scalars(query).unique().all()


def branches_of(session: Session, lender_id: int, *, active_only: bool = False) -> Sequence[Branch]:
    """A lender's branches in the order they were opened."""
    query = select(Branch).where(Branch.lender_id == lender_id).order_by(Branch.id)
    if active_only:
        query = query.where(Branch.is_active)
    return session.scalars(query.options(selectinload(Branch.service_areas))).all()


def branch_of_lender(session: Session, lender_id: int, public_id: str) -> Branch:
    """One of a lender's own branches.

    Raises:
        NotFound: if it has none with that public id.
    """
    found = session.scalar(select(Branch).where(Branch.lender_id == lender_id, Branch.public_id == public_id))
    if found is None:
        raise NotFound(BRANCH_WORDS)
    return found


def branch_name(session: Session, branch_id: int) -> str:
    """The name of a branch as it is now; empty if there is no such branch."""
    return session.scalar(select(Branch.name).where(Branch.id == branch_id)) or ""


def branches_serving(session: Session, lender_id: int, region_code: str) -> list[Branch]:
    """A lender's active branches whose service area contains a region; one without areas serves everywhere."""
    return [
        branch
        for branch in branches_of(session, lender_id, active_only=True)
        if not branch.service_areas or any(covers(code, region_code) for code in branch.region_codes)
    ]
