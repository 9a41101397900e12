"""Consents: a firm lets a lender see a scope of its data for a purpose until a day. Use cases.

Which firm an account speaks for is known to the borrowers' room, above: ``firm_id`` is always the firm that
``borrowers.claims`` answered for the actor.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import texts
from creditbridge.disclosure.model import Consent
from creditbridge.disclosure.rules import LIFECYCLE, LONGEST_DAYS, ConsentState, Purpose, Scope, state_on
from creditbridge.disclosure.texts import ConsentText, FilledText
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store.transitions import move
from creditbridge.webhooks import telling
from creditbridge.webhooks.rules import Event

RevocationListener: TypeAlias = Callable[[Session, Consent, Actor, str], None]
"""Called in the transaction of the revocation with the consent, who revoked it and why."""

CONSENT = Words("授权", "consent")
_ONLY_OWNER = Words(
    "只有企业负责人可以签署或撤销授权。请联系本企业负责人。",
    "Only the owner of the firm's account can sign or revoke a consent. Ask the owner.",
)
_listeners: list[RevocationListener] = []


def on_revoked(listener: RevocationListener) -> None:
    """Have a room above act on a revocation in its transaction. Registering the same listener twice is harmless."""
    if listener not in _listeners:
        _listeners.append(listener)


def wording(
    session: Session,
    *,
    firm_id: int,
    lender_organisation_id: int,
    purpose: Purpose | str,
    scope: Collection[str],
    expires_on: date,
) -> FilledText:
    """The exact text a signatory is shown, and whose digest the consent keeps."""
    firm = session.get_one(Firm, firm_id)
    lender = session.get_one(Organisation, lender_organisation_id)
    text = texts.text_in_force(Purpose(purpose), clock.today())
    return texts.filled(text, firm=firm.name, lender=lender.name, scope=scope, expires_on=expires_on)


def wording_of(session: Session, consent: Consent) -> FilledText:
    """The text a consent was given under, in the version of that day."""
    return _wording(session, consent, texts.text_of_version(Purpose(consent.purpose), consent.text_version))


def prepare(
    session: Session,
    actor: Actor,
    *,
    firm_id: int,
    lender_organisation_id: int,
    purpose: Purpose | str,
    scope: Collection[str],
    expires_on: date,
    for_kind: str = "",
    for_id: str = "",
) -> Consent:
    """Lay a consent before the owner, unsigned: it opens nothing yet. Staff may do this.

    Raises:
        NotAllowed: the actor does not act for a firm.
        InvalidInput: an unknown scope or purpose, no scope at all, a day that is past or too far away.
        NotFound: there is no such lender.
    """
    if not actor.is_firm or actor.user_id is None:
        raise NotAllowed
    chosen = _checked(purpose, scope, expires_on)
    _active_lender(session, lender_organisation_id)
    consent = Consent(
        firm_id=firm_id,
        firm_organisation_id=actor.organisation_id,
        lender_organisation_id=lender_organisation_id,
        purpose=chosen.value,
        scope=[code.value for code in Scope if code.value in scope],
        expires_on=expires_on,
        state=LIFECYCLE.initial.value,
        for_kind=for_kind,
        for_id=for_id,
        prepared_by=actor.user_id,
    )
    text = _wording(session, consent, texts.text_in_force(chosen, clock.today()))
    consent.text_version, consent.text_digest = text.version, text.digest
    session.add(consent)
    session.flush()
    _record(session, actor, "prepared", consent)
    return consent


def sign(
    session: Session,
    actor: Actor,
    *,
    firm_id: int,
    lender_organisation_id: int,
    purpose: Purpose | str,
    scope: Collection[str],
    expires_on: date,
    for_kind: str = "",
    for_id: str = "",
) -> Consent:
    """Prepare and sign in one step, as the owner does by ticking the box of one lender.

    Raises:
        NotAllowed: the actor is not the owner.
        InvalidInput, NotFound: as :func:`prepare`.
    """
    _check_owner(actor)
    consent = prepare(
        session,
        actor,
        firm_id=firm_id,
        lender_organisation_id=lender_organisation_id,
        purpose=purpose,
        scope=scope,
        expires_on=expires_on,
        for_kind=for_kind,
        for_id=for_id,
    )
    return _sign(session, actor, consent)


def sign_prepared(session: Session, actor: Actor, public_id: str) -> Consent:
    """Sign what staff laid before the owner.

    Raises:
        NotAllowed: the actor is not the owner.
        NotFound: the account has no such consent.
        Conflict: it is not awaiting a signature, or its last day has passed.
    """
    _check_owner(actor)
    return _sign(session, actor, consent_of_account(session, actor, public_id))


def revoke(session: Session, actor: Actor, public_id: str, reason: str = "") -> Consent:
    """Revoke a live consent: no look succeeds from the moment this commits, and what hangs on it is told.

    Raises:
        NotAllowed: the actor is not the owner.
        NotFound: the account has no such consent.
        Conflict: it is not live any more.
    """
    _check_owner(actor)
    consent = consent_of_account(session, actor, public_id)
    move(session, consent, LIFECYCLE, "revoke", ended_at=clock.now(), end_reason=reason)
    _record(session, actor, "revoked", consent, reason)
    for listener in _listeners:
        listener(session, consent, actor, reason)
    return consent


def consume(session: Session, consent_id: int, grant_ref: str, *, actor: Actor | None = None) -> None:
    """Note that the grant this consent served is recorded; the lender looks no more under it.

    Raises:
        Conflict: it is not live any more.
    """
    consent = session.get_one(Consent, consent_id)
    move(session, consent, LIFECYCLE, "consume", ended_at=clock.now(), grant_ref=grant_ref)
    _record(session, actor, "consumed", consent)


def end(session: Session, consent_id: int, *, actor: Actor | None = None, reason: str = "") -> None:
    """End a consent that serves nothing any more. One that is over already stays as it is."""
    consent = session.get_one(Consent, consent_id)
    if ConsentState(consent.state) in LIFECYCLE.final_states:
        return
    move(session, consent, LIFECYCLE, "end", ended_at=clock.now(), end_reason=reason)
    _record(session, actor, "ended", consent, reason)


def end_all_of_firm(session: Session, firm_id: int, *, actor: Actor | None = None, reason: str = "") -> None:
    """End every open consent of a firm, when the account that gave them turns out not to speak for it."""
    for consent in session.scalars(select(Consent).where(Consent.firm_id == firm_id, _is_open())):
        end(session, consent.id, actor=actor, reason=reason)


def expire_due(session: Session) -> int:
    """Move consents past their last day to expired; answers how many. The door never waits for this."""
    due = session.scalars(select(Consent).where(_is_open(), Consent.expires_on < clock.today())).all()
    for consent in due:
        move(session, consent, LIFECYCLE, "expire", ended_at=clock.now())
        _record(session, None, "expired", consent)
    return len(due)


def live_consent(
    session: Session,
    firm_id: int,
    lender_organisation_id: int,
    purpose: Purpose | str,
    *,
    for_id: str | None = None,
    hold: bool = False,
) -> Consent | None:
    """The newest consent that is live now for this firm, lender and purpose, of one submission if ``for_id`` is given.

    With ``hold`` it cannot be revoked before the caller's transaction has ended.
    """
    statement = select(Consent).where(
        Consent.firm_id == firm_id,
        Consent.lender_organisation_id == lender_organisation_id,
        Consent.purpose == Purpose(purpose).value,
        Consent.state == ConsentState.ACTIVE.value,
        Consent.expires_on >= clock.today(),
    )
    if for_id is not None:
        statement = statement.where(Consent.for_id == for_id)
    statement = statement.order_by(Consent.id.desc()).limit(1)
    return session.scalar(statement.with_for_update(read=True) if hold else statement)


def live_for(session: Session, purpose: Purpose | str) -> dict[tuple[int, int], int]:
    """Every lender and firm with a consent for a purpose that is live now, with the newest consent's key."""
    rows = session.execute(
        select(Consent.lender_organisation_id, Consent.firm_id, Consent.id)
        .where(
            Consent.purpose == Purpose(purpose).value,
            Consent.state == ConsentState.ACTIVE.value,
            Consent.expires_on >= clock.today(),
        )
        .order_by(Consent.id)
    )
    return {(lender, firm): consent for lender, firm, consent in rows}


def consent_of_account(session: Session, actor: Actor, public_id: str) -> Consent:
    """A consent this account gave.

    Raises:
        NotFound: it gave no such consent.
    """
    statement = select(Consent).where(
        Consent.public_id == public_id, Consent.firm_organisation_id == actor.organisation_id
    )
    consent = session.scalar(statement) if actor.is_firm else None
    if consent is None:
        raise NotFound(CONSENT)
    return consent


def consent_of_firm(session: Session, firm_id: int, public_id: str) -> Consent:
    """A consent of a firm, whichever account gave it; to be read.

    Raises:
        NotFound: the firm has no such consent.
    """
    consent = session.scalar(
        select(Consent).where(Consent.public_id == public_id, Consent.firm_id == firm_id)
    )
    if consent is None:
        raise NotFound(CONSENT)
    return consent


def consents_of_firm(session: Session, firm_id: int) -> Sequence[tuple[Consent, Organisation]]:
    """Every consent of a firm with its lender: what is open first, newest first."""
    statement = (
        select(Consent, Organisation)
        .join(Organisation, Organisation.id == Consent.lender_organisation_id)
        .where(Consent.firm_id == firm_id)
        .order_by(Consent.id.desc())
    )
    rows = [(consent, lender) for consent, lender in session.execute(statement)]
    open_first = (ConsentState.AWAITING, ConsentState.ACTIVE)
    return sorted(
        rows, key=lambda row: state_on(row[0].state, row[0].expires_on, clock.today()) not in open_first
    )


def _wording(session: Session, consent: Consent, text: ConsentText) -> FilledText:
    firm = session.get_one(Firm, consent.firm_id)
    lender = session.get_one(Organisation, consent.lender_organisation_id)
    return texts.filled(
        text, firm=firm.name, lender=lender.name, scope=consent.scope, expires_on=consent.expires_on
    )


def _sign(session: Session, actor: Actor, consent: Consent) -> Consent:
    if consent.expires_on < clock.today():
        raise RuleRefused(
            "consent_expired",
            Words(
                "这份授权的截止日期已过，请重新发起。",
                "The last day of this consent has passed. Start again.",
            ),
        )
    moment = {"signed_by": actor.user_id, "signed_by_name": actor.name, "signed_at": clock.now()}
    move(session, consent, LIFECYCLE, "sign", **moment)
    _record(session, actor, "signed", consent)
    return consent


def _check_owner(actor: Actor) -> None:
    if not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed("only_owner_signs", _ONLY_OWNER)


def _checked(purpose: Purpose | str, scope: Collection[str], expires_on: date) -> Purpose:
    problems: dict[str, list[Words]] = {}
    if purpose not in list(Purpose):
        problems["purpose"] = [Words("请选择授权用途。", "Choose a purpose.")]
    if not scope or any(code not in list(Scope) for code in scope):
        problems["scope"] = [Words("请至少选择一项数据范围。", "Choose at least one kind of data.")]
    last = clock.today() + timedelta(days=LONGEST_DAYS)
    if not clock.today() <= expires_on <= last:
        words = Words("截止日期应在今天至 {last} 之间。", "The last day must lie between today and {last}.")
        problems["expires_on"] = [words.fill(last=last.isoformat())]
    if problems:
        raise InvalidInput(problems)
    return Purpose(purpose)


def _active_lender(session: Session, organisation_id: int) -> Organisation:
    lender = session.get(Organisation, organisation_id)
    if lender is None or lender.kind != OrganisationKind.LENDER.value or not lender.is_active:
        raise NotFound(Words("金融机构", "lender"))
    return lender


def _is_open() -> ColumnElement[bool]:
    return Consent.state.in_([ConsentState.AWAITING.value, ConsentState.ACTIVE.value])


TOLD_TO_SYSTEMS: Mapping[str, Event] = {
    "signed": Event.CONSENT_SIGNED,
    "revoked": Event.CONSENT_REVOKED,
    "expired": Event.CONSENT_EXPIRED,
}


def _record(session: Session, actor: Actor | None, step: str, consent: Consent, reason: str = "") -> None:
    if step in TOLD_TO_SYSTEMS:
        telling.tell(
            session,
            consent.lender_organisation_id,
            TOLD_TO_SYSTEMS[step],
            consent_id=consent.public_id,
            purpose=consent.purpose,
            state=consent.state,
            for_kind=consent.for_kind,
            for_id=consent.for_id,
        )
    record_as(
        session,
        actor,
        f"consent.{step}",
        subject_kind="consent",
        subject_id=consent.public_id,
        reason=reason,
        purpose=consent.purpose,
        scope=consent.scope,
        text_version=consent.text_version,
        text_digest=consent.text_digest,
    )
