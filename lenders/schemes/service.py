"""Policy schemes: made and ended by the platform, read by everybody, joined by lenders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import DuplicateRequest, InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.store import change_counter, constraints
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from lenders.institutions.model import Lender
from lenders.schemes.model import Scheme, SchemeParticipant
from lenders.schemes.rules import SCHEME, SchemeState

SCHEME_WORDS = Words("政策产品", "policy scheme")
FIELDS = (
    "name_zh", "name_en", "sponsor_zh", "sponsor_en", "description_zh", "description_en",
    "support_zh", "support_en", "region_codes", "valid_from", "valid_to",
)  # fmt: skip

_NAME_TAKEN = DuplicateRequest(
    "scheme_name_taken", Words("已有同名的政策产品。", "There is already a scheme of that name.")
)
constraints.register({"uq_scheme_name_zh": _NAME_TAKEN})


def all_schemes(session: Session, *, open_only: bool = False) -> Sequence[Scheme]:
    """Schemes with their participants, newest first."""
    query = select(Scheme).options(selectinload(Scheme.participants).joinedload(SchemeParticipant.lender))
    if open_only:
        query = query.where(Scheme.state == SchemeState.OPEN.value)
    return session.scalars(query.order_by(Scheme.id.desc())).unique().all()


def scheme(session: Session, public_id: str) -> Scheme:
    """A scheme by its public id.

    Raises:
        NotFound: if there is none.
    """
    found = session.scalar(
        select(Scheme)
        .where(Scheme.public_id == public_id)
        .options(
            selectinload(Scheme.participants)
            .joinedload(SchemeParticipant.lender)
            .joinedload(Lender.organisation)
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(SCHEME_WORDS)
    return found


def schemes_of_lender(session: Session, lender_id: int) -> Sequence[Scheme]:
    """Running schemes a lender takes part in."""
    return session.scalars(
        select(Scheme)
        .join(Scheme.participants)
        .where(SchemeParticipant.lender_id == lender_id, Scheme.state == SchemeState.OPEN.value)
        .order_by(Scheme.id)
    ).all()


def joined_scheme(session: Session, lender_id: int, public_id: str) -> Scheme | None:
    """A running scheme, if the lender takes part in it."""
    return next(
        (found for found in schemes_of_lender(session, lender_id) if found.public_id == public_id), None
    )


def create_scheme(
    session: Session, actor: Actor, values: dict[str, Any], participant_ids: Sequence[str] = ()
) -> Scheme:
    """A new running scheme. ``values`` has the columns in ``FIELDS``; participants are lenders' public ids."""
    _check_administrator(actor)
    _check_name(session, values["name_zh"])
    made = Scheme(
        **{name: values.get(name) for name in FIELDS if values.get(name) is not None}
        | {"region_codes": values.get("region_codes") or []}
    )
    session.add(made)
    session.flush()
    _record(session, actor, made, "created")
    for lender_public_id in participant_ids:
        add_participant(session, actor, made.public_id, lender_public_id)
    return scheme(session, made.public_id)


def change_scheme(session: Session, actor: Actor, public_id: str, values: dict[str, Any]) -> Scheme:
    """Change what a scheme says."""
    _check_administrator(actor)
    found = scheme(session, public_id)
    _check_name(session, values.get("name_zh", found.name_zh), own_id=found.id)
    for name in FIELDS:
        if name in values:
            setattr(found, name, values[name])
    found.version += 1
    change_counter.raise_counter(session)
    _record(session, actor, found, "changed")
    session.flush()
    return found


def add_participant(session: Session, actor: Actor, public_id: str, lender_public_id: str) -> Scheme:
    """Let a lender take part. One that does already stays as it is."""
    _check_administrator(actor)
    found = scheme(session, public_id)
    lender = institutions.lender(session, lender_public_id)
    if all(participant.lender_id != lender.id for participant in found.participants):
        session.add(SchemeParticipant(scheme_id=found.id, lender_id=lender.id))
        session.flush()
        _record(session, actor, found, "joined", lender=lender.public_id)
    return scheme(session, public_id)


def remove_participant(session: Session, actor: Actor, public_id: str, lender_public_id: str) -> Scheme:
    """End a lender's part in a scheme; products it already offers under it stay as they are.

    Raises:
        NotFound: if it takes no part.
    """
    _check_administrator(actor)
    found = scheme(session, public_id)
    leaving = next((each for each in found.participants if each.lender.public_id == lender_public_id), None)
    if leaving is None:
        raise NotFound(institutions.LENDER_WORDS)
    found.participants.remove(leaving)
    _record(session, actor, found, "left", lender=lender_public_id)
    session.flush()
    return found


def take_step(session: Session, actor: Actor, public_id: str, step: str) -> Scheme:
    """``close`` or ``reopen`` a scheme; products under a closed one take no applications."""
    _check_administrator(actor)
    found = scheme(session, public_id)
    move(session, found, SCHEME, step)
    change_counter.raise_counter(session)
    _record(session, actor, found, step)
    return found


def _check_name(session: Session, name: str, own_id: int | None = None) -> None:
    """Say it at the field; two at once are still kept apart by the constraint."""
    taken = session.scalar(select(Scheme.id).where(Scheme.name_zh == name, Scheme.id != (own_id or 0)))
    if taken is not None:
        raise InvalidInput({"name_zh": [_NAME_TAKEN.words]})


def _check_administrator(actor: Actor) -> None:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed


def _record(session: Session, actor: Actor, found: Scheme, what: str, **ids: str) -> None:
    record_as(session, actor, f"scheme.{what}", subject_kind="scheme", subject_id=found.public_id, **ids)
