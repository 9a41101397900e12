"""Submissions, and what the door showed of a firm, as the API answers them to a lender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from borrowers.documents import service as documents
from creditbridge.access.guard import current_actor
from creditbridge.disclosure import door
from creditbridge.disclosure.door import DisclosedFirm
from creditbridge.disclosure.rules import Purpose, Scope
from creditbridge.facts.catalogue import catalogue, named_lists
from creditbridge.facts.values import say_value, value_to_json
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.store import unit
from lenders.pricing.fees import FeeLine
from matching.applications import lookup, offering
from matching.applications.api_answers import (
    decision_shown,
    event_shown,
    offer_shown,
    submission_shown,
    supplement_shown,
)
from matching.applications.desk import credit
from matching.applications.desk.steps import approvals_of, available_steps, interest_in
from matching.applications.offering import Terms
from matching.applications.queue import QueueRow, row_of

if TYPE_CHECKING:
    from matching.applications.model import Submission


def queue_shown(row: QueueRow) -> dict[str, Any]:
    """A submission in the queue: nothing of it needs a consent."""
    submission, service = row.submission, row.service
    return {
        **submission_shown(submission),
        "firm_name": submission.firm_name,
        "firm_uscc": submission.firm_uscc,
        "branch": row.branch,
        "officer": row.officer,
        "clock": {"status": service.status, "due_on": service.due_on, "words": service.words}
        if service
        else None,
    }


def desk_shown(row: Submission) -> dict[str, Any]:
    """A submission with all its parts and the steps this officer may take."""
    session, actor = unit.session(), current_actor()
    product = offering.product_of(session, row)
    interest = interest_in(actor, row)
    return {
        **queue_shown(row_of(session, row)),
        "product_id": product.public_id,
        "product_version": product.version_number,
        "purpose_note": row.purpose_note,
        "reopenings": row.reopenings,
        "steps": available_steps(actor, row),
        "interest": interest,
        "approvals": approvals_of(row),
        "may_look": interest is None
        and door.may_look(session, actor, row.firm_id, Purpose.PRE_LOAN, for_id=row.public_id),
        "offers": [offer_shown(offer) for offer in row.offers],
        "supplements": [supplement_shown(request) for request in row.supplements],
        "decisions": [decision_shown(decision) for decision in row.decisions],
        "events": [event_shown(event) for event in lookup.timeline(session, row, for_firm=False)],
    }


def disclosed(submission: Submission, shown: DisclosedFirm) -> dict[str, Any]:
    """What one look through the door showed, no more than its consent opens."""
    contact = {"name": submission.contact_name, "phone": submission.contact_phone}
    return {
        "entry_id": shown.entry_public_id,
        "consent_id": shown.consent_public_id,
        "looked_at": shown.looked_at,
        "name": shown.firm.name,
        "uscc": shown.firm.uscc,
        "opened": [scope for scope in Scope if scope in shown.opened],
        "withheld": [scope for scope in Scope if scope in shown.withheld],
        "facts": _facts(shown),
        "lists": [
            {"list": code, "name": named_lists()[code].name, "member": held.member, "as_of": held.as_of}
            for code, held in sorted(shown.facts.lists.items())
        ],
        "criteria": [
            {
                "sentence": line.sentence,
                "finding": line.finding,
                "verdict": line.verdict,
                "source": line.source,
                "as_of": line.on,
                "self_reported": line.self_reported,
            }
            for line in credit.criteria_of(submission.explanation, shown.opened)
        ],
        "documents": _documents(submission) if Scope.DOCUMENTS in shown.opened else [],
        "contact": contact if Scope.CONTACTS in shown.opened else None,
    }


def terms_taken(body: dict[str, Any]) -> Terms:
    """Terms as sent.

    Raises:
        InvalidInput: a fee with both or neither of rate and sum.
    """
    return Terms(**{**body, "fees": tuple(_fee(place, row) for place, row in enumerate(body["fees"]))})


def _fee(place: int, row: dict[str, Any]) -> FeeLine:
    try:
        return FeeLine(**row)
    except InvalidInput as error:
        raise InvalidInput({f"fees.{place}.{path}": words for path, words in error.fields.items()}) from error


def _facts(shown: DisclosedFirm) -> list[dict[str, Any]]:
    on = clock.today()
    return [
        {
            "fact": code,
            "name": fact.name,
            "value": value_to_json(held.value),
            "words": say_value(fact, held.value, on),
            "source": held.source,
            "as_of": held.as_of,
            "confirmed": held.confirmed,
        }
        for code, fact in catalogue().items()
        if (held := shown.facts.values.get(code)) is not None
    ]


def _documents(submission: Submission) -> list[dict[str, Any]]:
    held = {row.id: row for row in documents.documents_of(unit.session(), submission.firm_id)}
    return [
        {
            "id": held[row.document_id].public_id,
            "material_code": row.material_code,
            "file_name": held[row.document_id].file_name,
            "media_type": held[row.document_id].media_type,
            "size": held[row.document_id].size,
        }
        for row in submission.documents
        if row.document_id in held
    ]
