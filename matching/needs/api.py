"""Financing needs as JSON: a firm posts one, lenders answer without knowing whose it is, the firm reveals itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from creditbridge.access.guard import current_actor
from creditbridge.disclosure import door
from creditbridge.disclosure.rules import Purpose
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.values import say_value, value_to_json
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, encode_cursor, number_after
from creditbridge.store import unit
from matching.conflicts import service as conflicts
from matching.needs import answering, lookup, posting, revealing
from matching.needs.api_schemas import (
    EXAMPLE_ANSWER,
    EXAMPLE_DECLINE,
    EXAMPLE_MATCH,
    EXAMPLE_NEED,
    EXAMPLE_REVEAL,
    AnswerBody,
    DeclineBody,
    FinancingNeedBody,
    MatchBody,
    NeedAnswer,
    NeedForLenderAnswer,
    NeedRefAnswer,
    NeedsOfLenderQuery,
    RevealBody,
    RevealedFirmAnswer,
)
from matching.needs.rules import NEED_STATE_WORDS, PART_STATE_WORDS, PartState
from matching.needs.schemas import details_of, indication_of
from matching.needs.showing import NOT_TOLD, grade_words, purpose_words, section_words, size_words, town_words

if TYPE_CHECKING:
    from matching.needs.model import FinancingNeed, NeedLender

blueprint = Blueprint("api_needs", __name__, description="融资需求 Financing needs")

OWN = "/firm/needs/<public_id:need_id>"
ASKED = "/lender/needs/<public_id:need_id>"
REVEALED = (PartState.REVEALED, PartState.MATCHED)


@blueprint.reading("/firm/needs", answers=page_schema(NeedRefAnswer))
def firm_needs() -> dict[str, Any]:
    """List your firm's needs, the newest first; fifty at most."""
    rows = lookup.needs_of_firm(unit.session(), current_actor())
    return {"items": [_need(row) for row in rows], "next_cursor": None}


@blueprint.changing(
    "/firm/needs", takes=FinancingNeedBody, answers=NeedAnswer, status=201, example=EXAMPLE_NEED
)
def write(body: dict[str, Any]) -> Any:
    """Write a need as a draft; nobody sees it before it is posted."""
    made = posting.write(unit.session(), current_actor(), details_of(body))
    where = url_for("api_needs.firm_need", need_id=made.public_id)
    return _own(made.public_id), 201, {"Location": where}


@blueprint.reading(OWN, answers=NeedAnswer)
def firm_need(need_id: str) -> dict[str, Any]:
    """Show one of your firm's needs with every lender's part."""
    return _own(need_id)


@blueprint.changing(OWN, method="PUT", takes=FinancingNeedBody, answers=NeedAnswer, example=EXAMPLE_NEED)
def rewrite(body: dict[str, Any], need_id: str) -> dict[str, Any]:
    """Replace a draft; what is posted stays as it was posted."""
    posting.rewrite(unit.session(), current_actor(), need_id, details_of(body))
    return _own(need_id)


@blueprint.changing(f"{OWN}/post", answers=NeedAnswer)
def post(need_id: str) -> dict[str, Any]:
    """Show the need, without your firm's name, to every lender with a product it could have."""
    posting.post(unit.session(), current_actor(), need_id)
    return _own(need_id)


@blueprint.changing(f"{OWN}/withdraw", answers=NeedAnswer)
def withdraw(need_id: str) -> dict[str, Any]:
    """Withdraw a need; every open part ends, and so does every consent given for it."""
    posting.withdraw(unit.session(), current_actor(), need_id)
    return _own(need_id)


@blueprint.changing(f"{OWN}/reveal", takes=RevealBody, answers=NeedAnswer, example=EXAMPLE_REVEAL)
def reveal(body: dict[str, Any], need_id: str) -> dict[str, Any]:
    """Reveal your firm to lenders that are interested: the owner signs one consent for each."""
    revealing.reveal(unit.session(), current_actor(), need_id, body["lenders"])
    return _own(need_id)


@blueprint.changing(f"{OWN}/match", takes=MatchBody, answers=NeedAnswer, example=EXAMPLE_MATCH)
def match(body: dict[str, Any], need_id: str) -> dict[str, Any]:
    """Settle on a lender your firm revealed itself to; the others' parts and consents end."""
    revealing.match(unit.session(), current_actor(), need_id, body["lender"])
    return _own(need_id)


@blueprint.reading("/lender/needs", asks=NeedsOfLenderQuery, answers=page_schema(NeedForLenderAnswer))
def lender_needs(asked: dict[str, Any]) -> dict[str, Any]:
    """List needs your lender could serve, the newest first, without the firms' names."""
    rows, after = lookup.parts_of_lender(
        unit.session(),
        current_actor(),
        open_only=asked["open"],
        cursor=number_after(asked["cursor"]),
        limit=asked["limit"],
    )
    return {"items": [_asked(row) for row in rows], "next_cursor": encode_cursor(after)}


@blueprint.reading(ASKED, answers=NeedForLenderAnswer)
def lender_need(need_id: str) -> dict[str, Any]:
    """Show one need with your lender's part in it."""
    return _theirs(need_id)


@blueprint.changing(f"{ASKED}/respond", takes=AnswerBody, answers=NeedForLenderAnswer, example=EXAMPLE_ANSWER)
def respond(body: dict[str, Any], need_id: str) -> dict[str, Any]:
    """Say that your lender is interested, by the day in ``respond_by``."""
    answering.respond(unit.session(), current_actor(), need_id, indication_of(body))
    return _theirs(need_id)


@blueprint.changing(
    f"{ASKED}/decline", takes=DeclineBody, answers=NeedForLenderAnswer, example=EXAMPLE_DECLINE
)
def decline(body: dict[str, Any], need_id: str) -> dict[str, Any]:
    """Say that your lender is not interested, or no longer."""
    answering.decline(unit.session(), current_actor(), need_id, message=body["message"])
    return _theirs(need_id)


@blueprint.reading(f"{ASKED}/firm", answers=RevealedFirmAnswer, ruled=True)
def firm(need_id: str) -> dict[str, Any]:
    """Look at the firm behind a need under the consent it gave when it revealed itself.

    Every call writes an entry in the firm's access ledger before it answers. Without a live consent it is refused,
    and so is an officer with an interest in the firm.
    """
    actor = current_actor()
    part = lookup.part_of_lender(unit.session(), actor, need_id)
    if part.state_now in REVEALED:  # before that a refusal for this reason would tell who the firm is
        conflicts.check(unit.session(), actor, part.need.firm_id, phones=(part.need.contact_phone,))
    seen = door.look(
        unit.database(),
        actor,
        part.need.firm_id,
        purpose=Purpose.PRE_LOAN,
        what=revealing.SCOPES,
        why=revealing.WHY,
        for_id=part.need.public_id,
    )
    on = clock.today()
    return {
        "entry_id": seen.entry_public_id,
        "consent_id": seen.consent_public_id,
        "looked_at": seen.looked_at,
        "name": seen.firm.name,
        "uscc": seen.firm.uscc,
        "contact": {"name": part.need.contact_name, "phone": part.need.contact_phone},
        "opened": sorted(seen.opened),
        "withheld": sorted(seen.withheld),
        "facts": [
            {
                "fact": code,
                "name": fact.name,
                "value": value_to_json(held.value),
                "value_words": say_value(fact, held.value, on),
                "source": held.source,
                "as_of": held.as_of,
            }
            for code, fact in catalogue().items()
            if (held := seen.facts.values.get(code)) is not None
        ],
    }


def _own(need_id: str) -> dict[str, Any]:
    need = lookup.need_of_firm(unit.session(), current_actor(), need_id)
    return {
        **_need(need),
        "contact_name": need.contact_name,
        "contact_phone": need.contact_phone,
        "parts": [_part(part) for part in need.parts],
    }


def _theirs(need_id: str) -> dict[str, Any]:
    return _asked(lookup.part_of_lender(unit.session(), current_actor(), need_id))


def _asked(part: NeedLender) -> dict[str, Any]:
    """What was written and told of the firm is not shown any more once the need has ended for this lender."""
    need = _need(part.need)
    if not part.is_told:
        return {"need": need | {"note": ""}, "firm": None, "part": _part(part)}
    return {"need": need, "firm": _unnamed(part.need), "part": _part(part)}


def _need(need: FinancingNeed) -> dict[str, Any]:
    return {
        "id": need.public_id,
        "state": need.state_now,
        "state_words": NEED_STATE_WORDS[need.state_now],
        "amount_fen": need.amount_fen,
        "term_months": need.term_months,
        "purpose": {"code": need.purpose, "words": purpose_words(need.purpose)},
        "note": need.note,
        "posted_at": need.posted_at,
        "respond_by": need.respond_by,
        "expires_on": need.expires_on,
    }


def _unnamed(need: FinancingNeed) -> dict[str, Any]:
    def told(code: str | None, words: Words) -> dict[str, Any]:
        return {"code": code or "", "words": words if code else NOT_TOLD}

    return {
        "grade": told(need.grade, grade_words(need.grade)),
        "size": told(need.firm_size, size_words(need.firm_size)),
        "section": told(need.section, section_words(need.section)),
        "town": told(need.region_code, town_words(need.region_code)),
    }


def _part(part: NeedLender) -> dict[str, Any]:
    indication = None
    if part.offer_amount_fen is not None:
        indication = {
            "amount_fen": part.offer_amount_fen,
            "rate_ppm": part.offer_rate_ppm,
            "term_months": part.offer_term_months,
        }
    return {
        "id": part.public_id,
        "lender": part.lender,
        "product_id": part.product_public_id,
        "product": part.product,
        "verdict": part.verdict,
        "score": part.score,
        "suggested": part.suggested,
        "state": part.state_now,
        "state_words": PART_STATE_WORDS[part.state_now],
        "answered_at": part.answered_at,
        "indication": indication,
        "message": part.message,
    }
