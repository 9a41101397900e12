"""A firm supplies facts of itself by the API."""

from __future__ import annotations

from typing import Any

from borrowers.claims.service import firm_of
from borrowers.documents import service as documents
from borrowers.reported_facts import service
from borrowers.reported_facts.api_schemas import EXAMPLE, ReportBody, ReportsAnswer, typed_values
from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import InvalidInput
from creditbridge.pages.api import Blueprint
from creditbridge.store import unit

blueprint = Blueprint("api_reported_facts", __name__, description="企业自报 Facts a firm reports of itself")


@blueprint.changing(
    "/firm/reported-facts", takes=ReportBody, answers=ReportsAnswer, status=201, example=EXAMPLE
)
def report(body: dict[str, Any]) -> dict[str, Any]:
    """Report facts of your firm; they count at once and are marked until a lender confirms them."""
    session, actor = unit.session(), current_actor()
    firm = firm_of(session, actor)
    evidence = documents.document(session, firm.id, body["document_id"]) if body["document_id"] else None
    values = typed_values(body["values"])
    try:
        made = service.report(
            session,
            actor,
            firm_id=firm.id,
            values=values,
            as_of=body["as_of"],
            document_id=evidence.id if evidence else None,
        )
    except InvalidInput as error:
        named = {f"values.{path}" if path in values else path: words for path, words in error.fields.items()}
        raise InvalidInput(named) from error
    return {
        "items": [
            {
                "id": row.public_id,
                "fact": row.fact,
                "value": row.value["value"],
                "as_of": row.as_of,
                "state": row.state,
            }
            for row in made
        ]
    }
