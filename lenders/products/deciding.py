"""Deciding on versions and products: a second officer approves, the platform publishes, either returns.

Then suspend, resume and retire. Each step stands in the life-cycle table; four eyes are kept by rule.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from creditbridge.access import persons
from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, RuleRefused
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from creditbridge.store import change_counter, outbox
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from lenders.institutions.rules import LenderState
from lenders.products import lookup
from lenders.products.announcing import announce
from lenders.products.lifecycle import (
    PRODUCT,
    VERSION,
    VERSION_STATE_WORDS,
    ProductState,
    VersionState,
    check_second_officer,
)
from lenders.products.model import Product, ProductVersion
from lenders.products.rules import ProductTerms

PUBLISHED = "products.published"
"""Emitted with the keys of the version and of the one it replaces."""
REASON_NEEDED = Words("请写明原因。", "Say why.")


def approve(session: Session, actor: Actor, public_id: str, *, seen: int | None = None) -> ProductVersion:
    """A second officer of the lender approves the version that waits; ``seen`` is the row version they looked at.

    Raises:
        NotAllowed: if the actor is no approver of the lender.
        RuleRefused: ``own_work`` if the actor wrote any part of it; ``retired`` for a retired product.
        Conflict: if no version waits for approval, or it changed since.
    """
    if not actor.has_role(Role.LENDER_APPROVER):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    product = lookup.product(session, actor, public_id)
    lookup.check_not_retired(product)
    version = _in_work(product, seen)
    VERSION.check("approve", VersionState(version.state))
    own = persons.accounts_of_person(session, actor.user_id) if actor.user_id is not None else set()
    check_second_officer(actor.user_id, version.author_ids, own)
    move(session, version, VERSION, "approve", approved_at=clock.now(), approved_by_id=actor.user_id)
    _record(session, actor, product, "approved", version)
    return version


def return_to_draft(
    session: Session, actor: Actor, public_id: str, reason: str, *, seen: int | None = None
) -> ProductVersion:
    """Hand the version back with a reason: the lender's approver before, the platform after approval.

    Raises:
        NotAllowed: if the version waits for somebody else.
        InvalidInput: without a reason.
    """
    product = lookup.product(session, actor, public_id)
    version = _in_work(product, seen)
    VERSION.check("return", VersionState(version.state))
    waits_for = (
        Role.LENDER_APPROVER
        if version.state == VersionState.PENDING_APPROVAL
        else Role.PLATFORM_ADMINISTRATOR
    )
    if not actor.has_role(waits_for):
        raise NotAllowed
    move(
        session,
        version,
        VERSION,
        "return",
        returned_reason=_reason(reason),
        approved_at=None,
        approved_by_id=None,
        submitted_at=None,
    )
    _record(session, actor, product, "returned", version, reason=reason)
    return version


def publish(session: Session, actor: Actor, public_id: str, *, seen: int | None = None) -> ProductVersion:
    """The platform puts an approved version before the firms; the one that was live is replaced.

    Raises:
        NotAllowed: if the actor is no platform administrator.
        RuleRefused: ``lender_not_approved`` while the lender is not on the platform; ``retired`` for a retired product.
    """
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    product = lookup.product(session, actor, public_id)
    lookup.check_not_retired(product)
    version = _in_work(product, seen)
    VERSION.check("publish", VersionState(version.state))
    if product.lender.state != LenderState.APPROVED:
        raise RuleRefused(
            "lender_not_approved",
            Words(
                "该机构当前不在平台服务，不能发布其产品。",
                "This lender is not on the platform now, so its products cannot be published.",
            ),
        )
    before = lookup.live_version(product)
    if before is not None:
        move(session, before, VERSION, "replace", replaced_at=clock.now())
    move(session, version, VERSION, "publish", published_at=clock.now())
    product.quota_fen = ProductTerms.from_json(version.terms).quota_fen
    session.flush()
    if product.state == ProductState.UNPUBLISHED:
        move(session, product, PRODUCT, "open")
    change_counter.raise_counter(session)
    outbox.emit(session, PUBLISHED, version_id=version.id, before_id=before.id if before else None)
    _record(session, actor, product, "published", version)
    return version


def suspend(session: Session, actor: Actor, public_id: str, reason: str) -> Product:
    """Take no more applications for now. By the lender's product manager or the platform, with a reason."""
    return _take_step(session, actor, public_id, "suspend", done="suspended", reason=_reason(reason))


def resume(session: Session, actor: Actor, public_id: str) -> Product:
    """Take applications again."""
    return _take_step(session, actor, public_id, "resume", done="resumed")


def retire(session: Session, actor: Actor, public_id: str, reason: str) -> Product:
    """Take a suspended product off the platform for good; what was applied for under it goes on."""
    return _take_step(session, actor, public_id, "retire", done="retired", reason=_reason(reason))


def _take_step(
    session: Session, actor: Actor, public_id: str, step: str, *, done: str, reason: str = ""
) -> Product:
    if not actor.has_role(Role.LENDER_PRODUCT_MANAGER, Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    product = lookup.product(session, actor, public_id)
    if step == "resume" and product.suspended_by_platform and not actor.is_platform:
        raise RuleRefused(
            "suspended_by_platform",
            Words(
                "该产品由平台暂停，请联系平台恢复。",
                "The platform suspended this product; ask the platform to resume it.",
            ),
        )
    by_platform = step == "suspend" and actor.is_platform
    move(session, product, PRODUCT, step, state_reason=reason, suspended_by_platform=by_platform)
    change_counter.raise_counter(session)
    _record(session, actor, product, done, None, reason=reason)
    return product


def _in_work(product: Product, seen: int | None) -> ProductVersion:
    version = lookup.version_in_work(product)
    if version is None:
        raise illegal_step(VERSION_STATE_WORDS[VersionState(lookup.newest_version(product).state)])
    if seen is not None and seen != version.version:
        raise illegal_step(VERSION_STATE_WORDS[VersionState(version.state)])
    return version


def _reason(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput({"reason": [REASON_NEEDED]})
    return reason.strip()


def _record(
    session: Session,
    actor: Actor,
    product: Product,
    step: str,
    version: ProductVersion | None,
    *,
    reason: str = "",
) -> None:
    number = version.number if version else None
    announce(session, product, version, step, reason)
    lookup.note_event(session, actor, product, step, number=number, reason=reason)
    record_as(
        session,
        actor,
        f"product.{step}",
        subject_kind="product",
        subject_id=product.public_id,
        reason=reason,
        number=number,
    )
