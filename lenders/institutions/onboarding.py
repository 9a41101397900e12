"""Bringing lenders onto the platform and seeing them off: the platform administrator's steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access import service as access
from creditbridge.access.memberships import Newcomer
from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, InvalidInput, NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.notices import service as notices
from creditbridge.store import change_counter, constraints
from creditbridge.store.transitions import move
from lenders.institutions import service
from lenders.institutions.members import open_account
from lenders.institutions.model import Lender
from lenders.institutions.rules import LENDER, STEPS_WITH_REASON, LenderKind, LenderState

_LICENCE_TAKEN = DuplicateRequest(
    "licence_taken",
    Words("该许可证号已登记过金融机构。", "A lender with this licence number is registered already."),
)
constraints.register({"uq_lender_licence_number": _LICENCE_TAKEN})

_NOTICES = {
    "approve": "lender.approved",
    "resume": "lender.approved",
    "suspend": "lender.suspended",
    "exit": "lender.exited",
}


@dataclass(frozen=True, slots=True)
class LenderProfile:
    """What a lender says of itself."""

    name_zh: str
    kind: LenderKind
    licence_number: str
    name_en: str = ""
    intro_zh: str = ""
    intro_en: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    address: str = ""
    website: str = ""


def register(session: Session, actor: Actor | None, profile: LenderProfile) -> Lender:
    """A lender that has applied, with its organisation. ``actor`` is None for the demo city and the command line.

    Raises:
        NotAllowed: if the actor is no platform administrator.
        InvalidInput: if the licence number is registered already.
    """
    if actor is not None:
        _check_administrator(actor)
    _check_licence(session, profile.licence_number)
    organisation = access.create_organisation(
        session, OrganisationKind.LENDER, profile.name_zh, name_en=profile.name_en
    )
    lender = Lender(
        organisation=organisation,
        kind=profile.kind.value,
        licence_number=profile.licence_number,
        state=LenderState.APPLIED.value,
    )
    write_profile(lender, profile)
    session.add(lender)
    session.flush()
    record_as(session, actor, "lender.registered", subject_kind="lender", subject_id=lender.public_id)
    return lender


def add_lender(
    session: Session, actor: Actor, profile: LenderProfile, *, login_name: str, member_name: str
) -> tuple[Lender, Newcomer]:
    """A lender with its first member, a product manager whose first password is shown once.

    Raises:
        NotAllowed: if the actor is no platform administrator.
        InvalidInput: if the login name is taken.
    """
    lender = register(session, actor, profile)
    newcomer = open_account(
        session, actor, lender, login_name=login_name, name=member_name, role=Role.LENDER_PRODUCT_MANAGER
    )
    return lender, newcomer


def change_profile(session: Session, actor: Actor, profile: LenderProfile) -> Lender:
    """A lender's product manager says anew what the lender says of itself; name, kind and licence stay the platform's.

    Raises:
        NotAllowed: if the actor is no product manager.
    """
    if not actor.has_role(Role.LENDER_PRODUCT_MANAGER):
        raise NotAllowed
    lender = service.lender_of(session, actor)
    write_profile(lender, profile)
    session.flush()
    record_as(session, actor, "lender.profile_changed", subject_kind="lender", subject_id=lender.public_id)
    return lender


def change_registration(session: Session, actor: Actor, public_id: str, profile: LenderProfile) -> Lender:
    """The platform corrects a lender's name, kind, licence and what it says of itself."""
    _check_administrator(actor)
    lender = service.lender(session, public_id)
    _check_licence(session, profile.licence_number, own_id=lender.id)
    lender.kind, lender.licence_number = profile.kind.value, profile.licence_number
    organisation = session.get_one(Organisation, lender.organisation_id)
    organisation.name, organisation.name_en = profile.name_zh, profile.name_en
    write_profile(lender, profile)
    change_counter.raise_counter(session)
    session.flush()
    record_as(
        session, actor, "lender.registration_changed", subject_kind="lender", subject_id=lender.public_id
    )
    return lender


def write_profile(lender: Lender, profile: LenderProfile) -> None:
    """Copy what a lender says of itself onto its row."""
    for name in ("intro_zh", "intro_en", "contact_name", "contact_phone", "address", "website"):
        setattr(lender, name, getattr(profile, name))


def profile_of(lender: Lender) -> LenderProfile:
    """What a lender says of itself, to begin a form with."""
    return LenderProfile(
        name_zh=lender.organisation.name,
        name_en=lender.organisation.name_en,
        kind=LenderKind(lender.kind),
        licence_number=lender.licence_number,
        intro_zh=lender.intro_zh,
        intro_en=lender.intro_en,
        contact_name=lender.contact_name,
        contact_phone=lender.contact_phone,
        address=lender.address,
        website=lender.website,
    )


def with_changes(before: LenderProfile, changes: Mapping[str, Any]) -> LenderProfile:
    """A profile with some of it said anew."""
    return replace(before, **changes)


def take_step(session: Session, actor: Actor | None, public_id: str, step: str, reason: str = "") -> Lender:
    """``approve``, ``suspend``, ``resume`` or ``exit`` a lender; its products follow at once.

    Raises:
        NotAllowed: if the actor is no platform administrator.
        Conflict: if the step is not legal from its state.
        InvalidInput: if the step takes something away and no reason is given.
    """
    if actor is not None:
        _check_administrator(actor)
    lender = service.lender(session, public_id)
    LENDER.check(step, LenderState(lender.state))
    if step in STEPS_WITH_REASON and not reason.strip():
        raise InvalidInput({"reason": [Words("请写明原因。", "Say why.")]})
    approved_at = lender.approved_at or (clock.now() if step == "approve" else None)
    move(session, lender, LENDER, step, state_reason=reason.strip(), approved_at=approved_at)
    change_counter.raise_counter(session)
    notices.notify(
        session,
        organisation_id=lender.organisation_id,
        kind=_NOTICES[step],
        params={"reason": reason.strip()},
        link=("lender_institutions.own", {}),
        subject=("lender", lender.public_id),
    )
    record_as(
        session,
        actor,
        f"lender.{step}",
        subject_kind="lender",
        subject_id=lender.public_id,
        reason=reason.strip(),
    )
    return lender


def _check_licence(session: Session, number: str, own_id: int | None = None) -> None:
    """Say it at the field; two at once are still kept apart by the constraint."""
    taken = session.scalar(
        select(Lender.id).where(Lender.licence_number == number, Lender.id != (own_id or 0))
    )
    if taken is not None:
        raise InvalidInput({"licence_number": [_LICENCE_TAKEN.words]})


def _check_administrator(actor: Actor) -> None:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
