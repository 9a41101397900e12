"""Applications and submissions as the API answers them to the firm."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from borrowers.claims import service as claims
from borrowers.documents import service as documents
from creditbridge.access.guard import current_actor
from creditbridge.disclosure import texts
from creditbridge.disclosure.rules import Purpose, Scope
from creditbridge.kernel import clock
from creditbridge.store import unit
from lenders.directory.showing import lender_ref
from matching.applications import lookup, offering
from matching.applications.api_answers import (
    decision_shown,
    event_shown,
    offer_shown,
    submission_shown,
    supplement_shown,
)
from matching.applications.applicant import choosing
from matching.applications.applicant.following import reasons_told, sent_offer_of, what_comes_next
from matching.applications.applicant.wizard import CONSENT_DAYS
from matching.applications.drafting import chosen_of
from matching.applications.rematching import Refitted
from matching.applications.rules import steps_for
from matching.applications.standing import Standing, standings
from matching.ranking.rules import Part

if TYPE_CHECKING:
    from matching.applications.model import Application, Submission


def application_ref(row: Application) -> dict[str, Any]:
    """An application as the list shows it."""
    return {
        "id": row.public_id,
        "state": row.state,
        "amount_fen": row.amount_fen,
        "term_months": row.term_months,
        "purpose": row.purpose,
        "saved_at": row.saved_at,
        "submitted_at": row.submitted_at,
        "submissions": [submission_shown(submission) for submission in row.submissions],
    }


def application_shown(row: Application) -> dict[str, Any]:
    """An application with everything in the form."""
    held = {
        document.id: document.public_id for document in documents.documents_of(unit.session(), row.firm_id)
    }
    return {
        **application_ref(row),
        "purpose_note": row.purpose_note,
        "contact_name": row.contact_name,
        "contact_phone": row.contact_phone,
        "products": [
            {"product_id": chosen.product_id, "branch_id": chosen.branch_id} for chosen in chosen_of(row)
        ],
        "documents": [
            {"document_id": held[attached.document_id], "material_code": attached.material_code}
            for attached in row.documents
            if attached.document_id in held
        ],
    }


def submission_detail(row: Submission) -> dict[str, Any]:
    """A submission as the firm follows it; offers appear once a second officer of the lender approved them."""
    session, actor = unit.session(), current_actor()
    offer, told, waiting = sent_offer_of(session, row), reasons_told(row), row.open_supplement
    product = offering.product_of(session, row)
    return {
        **submission_shown(row),
        "product_id": product.public_id,
        "product_version": product.version_number,
        "next": what_comes_next(row),
        "steps": steps_for(actor.role, row.state_now),
        "offer": offer_shown(offer.offer) if offer else None,
        "offer_total_fen": offer.cost.total_fen if offer else None,
        "offer_first_payment_fen": offer.first_payment_fen if offer else None,
        "supplement": supplement_shown(waiting) if waiting else None,
        "decision": decision_shown(told[1]) if told else None,
        "events": [event_shown(event) for event in lookup.timeline(session, row, for_firm=True)],
    }


def check_shown(row: Application) -> dict[str, Any]:
    """Where each product of a draft stands, and the consents to be signed for it."""
    session = unit.session()
    firm = claims.firm_of(session, current_actor())
    rows = standings(session, firm, row)
    needed = choosing.scopes_needed(rows)
    last_day = clock.today() + timedelta(days=CONSENT_DAYS)
    return {
        "items": [_standing(standing, firm.name, needed, last_day) for standing in rows],
        "scope": needed,
        "consent_expires_on": last_day,
    }


def _standing(row: Standing, firm: str, scope: list[Scope], last_day: date) -> dict[str, Any]:
    text = texts.filled(
        texts.text_in_force(Purpose.PRE_LOAN, clock.today()),
        firm=firm,
        lender=row.product.lender.name.zh,
        scope=scope,
        expires_on=last_day,
    )
    return {
        "product_id": row.product.public_id,
        "product": row.product.name,
        "lender": lender_ref(row.product.lender),
        "verdict": row.verdict,
        "can_be_sent": not row.obstacles,
        "obstacles": row.obstacles,
        "missing_materials": row.missing_materials,
        "consent": {"version": text.version, "title": text.title, "paragraphs": text.paragraphs},
    }


def refitted_shown(row: Refitted) -> dict[str, Any]:
    """A product of a re-match."""
    product = row.row.match.product
    told = (Part.AMOUNT, Part.TERM, Part.LIKELIHOOD)
    return {
        "place": row.place,
        "product_id": product.public_id,
        "product": product.name,
        "lender": lender_ref(product.lender),
        "verdict": row.row.match.verdict,
        "fit": row.fit,
        "reasons": [part.reason for part in row.row.ranked.parts if part.part in told],
    }
