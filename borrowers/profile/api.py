"""A firm's own registration and facts as JSON."""

from __future__ import annotations

from datetime import date
from typing import Any

from borrowers.claims.service import firm_of
from borrowers.profile.answers import OwnFirmAnswer
from creditbridge.access.guard import current_actor
from creditbridge.facts import service as facts
from creditbridge.facts.catalogue import Fact, Sensitivity, catalogue, named_lists
from creditbridge.facts.firm_facts import SOURCE_WORDS, FactValue, ListMembership
from creditbridge.facts.values import say_value, value_to_json
from creditbridge.kernel import clock
from creditbridge.pages.answers import coded
from creditbridge.pages.api import Blueprint
from creditbridge.registry.readings import FIRM_STATUS_WORDS
from creditbridge.store import unit

blueprint = Blueprint("api_firm", __name__, description="我的企业 The firm itself: registration and facts")


@blueprint.reading("/firm", answers=OwnFirmAnswer)
def own_firm() -> dict[str, Any]:
    """Show your firm's registration and every fact known of it, with source and date."""
    session = unit.session()
    firm = firm_of(session, current_actor())
    known, on = facts.facts_of(session, firm.id), clock.today()
    held = ((fact, known.values.get(code)) for code, fact in catalogue().items())
    return {
        "id": firm.public_id,
        "uscc": firm.uscc,
        "identity_status": firm.identity_status,
        "name": firm.name,
        "kind": firm.entity_kind,
        "status": firm.status,
        "status_words": FIRM_STATUS_WORDS[firm.status],  # type: ignore[index]  # an enumeration's members equal their values
        "established_on": firm.established_on,
        "region_code": firm.region_code,
        "industry_code": firm.industry_code,
        "address": firm.address,
        "facts": [_fact(fact, value, on) for fact, value in held if value is not None and _is_shown(fact)],
        "lists": [
            _list(code, on_list) for code, on_list in sorted(known.lists.items()) if code in named_lists()
        ],
    }


def _is_shown(fact: Fact) -> bool:
    """What the platform keeps for itself is shown to nobody by machine."""
    return fact.sensitivity is not Sensitivity.INTERNAL


def _fact(fact: Fact, held: FactValue, on: date) -> dict[str, Any]:
    return {
        "fact": fact.code,
        "name": fact.name,
        "value": value_to_json(held.value),
        "words": say_value(fact, held.value, on),
        "source": coded(held.source, SOURCE_WORDS),
        "source_code": held.source,
        "as_of": held.as_of,
        "confirmed": held.confirmed,
    }


def _list(code: str, held: ListMembership) -> dict[str, Any]:
    return {
        "list": code,
        "name": named_lists()[code].name,
        "member": held.member,
        "source_code": held.source,
        "as_of": held.as_of,
    }
