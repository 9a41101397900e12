"""The one door to a firm's data for another party: check, mask, record, and only then answer.

Every look is under a live consent of that firm for that lender and purpose, checked now. Its ledger entry is
committed before the data leaves; if it cannot be written, the look is refused (trust.md, rule 9).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents, ledger
from creditbridge.disclosure.model import Consent
from creditbridge.disclosure.rules import LookKind, Purpose, Scope, withheld
from creditbridge.disclosure.scopes import masked
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel.errors import NotAllowed, NotFound, Unavailable
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database

OFFICERS = (Role.LENDER_REVIEWER, Role.LENDER_APPROVER, Role.LENDER_VIEWER)

NO_CONSENT = Words(
    "该企业没有对贵机构的有效授权，不能查看其数据。如需查看，请联系企业重新授权。",
    "This firm has no live consent for your institution, so its data cannot be shown. Ask the firm for a new consent.",
)
OUT_OF_SCOPE = Words(
    "企业的授权不包含这些数据，不能查看。",
    "The firm's consent does not cover this data, so it cannot be shown.",
)
LEDGER_DOWN = Words(
    "查询记录暂时无法写入，为保护企业权益，本次查看未进行。请稍后再试。",
    "The access ledger cannot be written at the moment, so nothing was shown. Try again later.",
)
RecipientCheck = Callable[[Session, Actor], None]
"""Raises NotAllowed unless the actor's institution may look at firms now."""

Finding = TypeVar("Finding")

_recipient_checks: list[RecipientCheck] = []
_log = structlog.get_logger()


def check_recipients_with(check: RecipientCheck) -> None:
    """Let the room that knows institutions say who may look now. Until one has said how, nobody may."""
    _recipient_checks[:] = [check]


@dataclass(frozen=True, slots=True)
class DisclosedFirm:
    """What one look showed: the firm, its facts as the consent masks them, and what was asked for but withheld."""

    firm: Firm
    facts: FirmFacts
    opened: frozenset[Scope]
    withheld: frozenset[Scope]
    consent_public_id: str
    entry_public_id: str
    looked_at: datetime


def look(
    database: Database,
    actor: Actor,
    firm_id: int,
    *,
    purpose: Purpose | str,
    what: Collection[Scope | str],
    why: Words,
    kind: LookKind = LookKind.LOOK,
    items: Collection[str] = (),
    for_id: str | None = None,
) -> DisclosedFirm:
    """Look at a firm's data for the scopes ``what``, from a page that is read or from a job.

    The firm reads ``why`` in its ledger; ``items`` are public ids of documents opened; with ``for_id`` only a consent
    of that submission will do. The entry has its own transaction: inside an open write unit use :func:`look_within`.

    Raises:
        NotFound: there is no such firm.
        NotAllowed: ``no_live_consent``, ``out_of_scope``, a role that looks at no firm, or an institution that may
            not work on the platform now.
        Unavailable: the ledger entry cannot be written.
    """
    try:
        with database.write() as session:
            return look_within(
                session,
                actor,
                firm_id,
                purpose=purpose,
                what=what,
                why=why,
                kind=kind,
                items=items,
                for_id=for_id,
            )
    except NotAllowed as refusal:
        _note_refusal(database, actor, firm_id, refusal.code)
        raise
    except SQLAlchemyError as error:
        _log.exception("access_entry_not_written", firm_id=firm_id, organisation_id=actor.organisation_id)
        raise Unavailable("ledger_unavailable", LEDGER_DOWN) from error


def look_within(
    session: Session,
    actor: Actor,
    firm_id: int,
    *,
    purpose: Purpose | str,
    what: Collection[Scope | str],
    why: Words,
    kind: LookKind = LookKind.LOOK,
    items: Collection[str] = (),
    for_id: str | None = None,
) -> DisclosedFirm:
    """The same inside a write unit of work: what it answers may leave the process only after that has committed.

    Raises:
        NotFound, NotAllowed: as :func:`look`.
    """
    firm = session.get(Firm, firm_id)
    if firm is None:
        raise NotFound(Words("企业", "firm"))
    asked = frozenset(Scope(scope) for scope in what)
    consent = _live_consent(session, actor, firm_id, Purpose(purpose), for_id)
    closed = withheld(asked, consent.scope)
    opened = asked - closed
    if not opened:
        raise NotAllowed("out_of_scope", OUT_OF_SCOPE)
    shown = masked(facts.facts_of(session, firm_id), opened)
    ordered = [scope for scope in Scope if scope in opened]
    entry = ledger.enter(session, actor, consent, kind=kind, what=ordered, items=list(items), why=why)
    return DisclosedFirm(firm, shown, opened, closed, consent.public_id, entry.public_id, entry.at)


@dataclass(frozen=True, slots=True)
class Told(Generic[Finding]):
    """What a comparison told: its findings, and the entry in the firm's access ledger."""

    found: Sequence[Finding]
    entry_public_id: str


def watch_within(
    session: Session,
    actor: Actor,
    firm_id: int,
    *,
    purpose: Purpose | str,
    what: Collection[Scope | str],
    why: Words,
    worth_telling: Callable[[FirmFacts], Sequence[Finding]],
) -> Told[Finding] | None:
    """Let a rule compare a firm's facts on a lender's behalf; what it finds is a look, entered before it is answered.

    The rule is given the facts as the consent masks them, and must keep nothing for the lender but its findings. Where
    it finds nothing, nothing leaves and nothing is entered.

    Raises:
        NotFound, NotAllowed: as :func:`look`.
    """
    firm = session.get(Firm, firm_id)
    if firm is None:
        raise NotFound(Words("企业", "firm"))
    consent = _live_consent(session, actor, firm_id, Purpose(purpose), None)
    opened = frozenset(Scope(scope) for scope in what) - withheld(
        [Scope(scope) for scope in what], consent.scope
    )
    if not opened:
        raise NotAllowed("out_of_scope", OUT_OF_SCOPE)
    found = worth_telling(masked(facts.facts_of(session, firm_id), opened))
    if not found:
        return None
    ordered = [scope for scope in Scope if scope in opened]
    entry = ledger.enter(session, actor, consent, kind=LookKind.LOOK, what=ordered, items=[], why=why)
    return Told(found, entry.public_id)


def may_look(
    session: Session, actor: Actor, firm_id: int, purpose: Purpose | str, *, for_id: str | None = None
) -> bool:
    """Whether a look would find a live consent now, for saying so beside a link. It shows nothing and decides nothing."""
    return (
        actor.has_role(*OFFICERS)
        and consents.live_consent(session, firm_id, actor.organisation_id, purpose, for_id=for_id) is not None
    )


def _live_consent(
    session: Session, actor: Actor, firm_id: int, purpose: Purpose, for_id: str | None
) -> Consent:
    if not actor.has_role(*OFFICERS) or not _recipient_checks:
        raise NotAllowed
    for check in _recipient_checks:
        check(session, actor)
    # Held until the entry is committed: once a revocation is told to the firm, no look that began before it shows data.
    consent = consents.live_consent(
        session, firm_id, actor.organisation_id, purpose, for_id=for_id, hold=True
    )
    if consent is None:
        raise NotAllowed("no_live_consent", NO_CONSENT)
    return consent


def _note_refusal(database: Database, actor: Actor, firm_id: int, code: str) -> None:
    """Refused tries go to the audit trail, in a transaction of their own since the look's was rolled back."""
    with database.write() as session:
        firm = session.get_one(Firm, firm_id)
        record_as(
            session, actor, "disclosure.refused", subject_kind="firm", subject_id=firm.public_id, code=code
        )
