"""What a firm has consented to, and who looked at its data, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from borrowers.claims.service import firm_of
from borrowers.consents.api_schemas import ConsentAnswer, LookAnswer, RevocationBody
from creditbridge.access.guard import current_actor
from creditbridge.disclosure import consents, ledger
from creditbridge.disclosure.ledger import LedgerRow
from creditbridge.disclosure.rules import STATE_WORDS, state_on
from creditbridge.disclosure.scopes import say_scopes
from creditbridge.kernel import clock
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, Paging, decode_cursor, encode_cursor, number_after
from creditbridge.store import unit

if TYPE_CHECKING:
    from creditbridge.disclosure.model import Consent

blueprint = Blueprint("api_consents", __name__, description="授权与查询记录 Consents and the access ledger")


@blueprint.reading("/consents", asks=Paging, answers=page_schema(ConsentAnswer))
def own_consents(asked: dict[str, Any]) -> dict[str, Any]:
    """List your firm's consents: what is open first, newest first."""
    session = unit.session()
    found = consents.consents_of_firm(session, firm_of(session, current_actor()).id)
    start, limit = number_after(asked["cursor"]) or 0, asked["limit"]
    return {
        "items": [_shown(consent, lender.name) for consent, lender in found[start : start + limit]],
        "next_cursor": encode_cursor(start + limit if start + limit < len(found) else None),
    }


@blueprint.changing(
    "/consents/<public_id:consent_id>/revoke",
    takes=RevocationBody,
    answers=ConsentAnswer,
    example={"reason": "已通过其他渠道融资。"},
)
def revoke(body: dict[str, Any], consent_id: str) -> dict[str, Any]:
    """Revoke a live consent: the lender's next look is refused.

    Before the grant this withdraws the submission it serves.
    """
    session, actor = unit.session(), current_actor()
    consents.revoke(session, actor, consent_id, body["reason"])
    firm = firm_of(session, actor)
    return next(
        _shown(consent, lender.name)
        for consent, lender in consents.consents_of_firm(session, firm.id)
        if consent.public_id == consent_id
    )


@blueprint.reading("/access-ledger", asks=Paging, answers=page_schema(LookAnswer))
def access_ledger(asked: dict[str, Any]) -> dict[str, Any]:
    """List every look at your firm's data, newest first."""
    session = unit.session()
    firm = firm_of(session, current_actor())
    page = ledger.entries_of_firm(session, firm.id, decode_cursor(asked["cursor"]), limit=asked["limit"])
    return {"items": [_look(row) for row in page.rows], "next_cursor": encode_cursor(page.next_cursor)}


def _shown(consent: Consent, lender: str) -> dict[str, Any]:
    state = state_on(consent.state, consent.expires_on, clock.today())
    return {
        "id": consent.public_id,
        "lender": lender,
        "purpose": consent.purpose,
        "scope": consent.scope,
        "scope_words": say_scopes(consent.scope),
        "state": state,
        "state_words": STATE_WORDS[state],
        "text_version": consent.text_version,
        "text_sha256": consent.text_digest,
        "signed_by": consent.signed_by_name or None,
        "signed_at": consent.signed_at,
        "expires_on": consent.expires_on,
        "ended_at": consent.ended_at,
        "for_kind": consent.for_kind,
        "for_id": consent.for_id,
    }


def _look(row: LedgerRow) -> dict[str, Any]:
    entry = row.entry
    return {
        "id": entry.public_id,
        "at": entry.at,
        "kind": entry.kind,
        "purpose": entry.purpose,
        "organisation": entry.organisation_name,
        "branch": entry.branch_name,
        "officer": entry.officer_name,
        "via": entry.via,
        "scopes": entry.what,
        "documents": entry.items,
        "why": row.why,
        "consent_id": row.consent_public_id,
    }
