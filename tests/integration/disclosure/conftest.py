"""A firm with facts, its owner, a lender's officers, and consents between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.app import reactions
from creditbridge.disclosure import consents, door
from creditbridge.disclosure.door import DisclosedFirm
from creditbridge.disclosure.model import Consent
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.institutions.model import Lender
from tests.firms import claimed_firm
from tests.people import People

WHY = Words("审核贷款申请", "Review of a loan application")
DAY = date(2026, 11, 1)
LAST = date(2027, 3, 31)


@dataclass
class Scene:
    """Who plays: the owner of a firm, a reviewer of a lender."""

    database: Database
    owner: Actor
    reviewer: Actor
    firm: Firm
    people: People
    signed: list[Consent] = field(default_factory=list)

    def sign(self, **changes: Any) -> Consent:
        terms: dict[str, Any] = {
            "firm_id": self.firm.id,
            "lender_organisation_id": self.reviewer.organisation_id,
            "purpose": "pre_loan",
            "scope": ["operations", "tax"],
            "expires_on": LAST,
            "for_kind": "submission",
            "for_id": "s" * 20,
        }
        with self.database.write() as session:
            return consents.sign(session, self.owner, **{**terms, **changes})

    def look(self, **changes: Any) -> DisclosedFirm:
        terms: dict[str, Any] = {"purpose": "pre_loan", "what": ["operations"], "why": WHY}
        actor = changes.pop("actor", self.reviewer)
        return door.look(self.database, actor, self.firm.id, **{**terms, **changes})


@pytest.fixture
def scene(database: Database, people: People) -> Scene:
    owner = people.member(Role.FIRM_OWNER)
    lender = people.organisation(OrganisationKind.LENDER, "城市银行")
    reviewer = people.member(Role.LENDER_REVIEWER, lender)
    firm = claimed_firm(database, owner)
    reactions.connect()
    with database.write() as session:
        session.add(
            Lender(organisation_id=lender.id, kind="city_bank", licence_number="DOOR-1", state="approved")
        )
        known = {
            "annual_revenue": FactValue(1_000_000_00, FactSource.DEMO, DAY),
            "tax_paid_12m": FactValue(50_000_00, FactSource.DEMO, DAY),
            "business_loan_balance": FactValue(7_00, FactSource.DEMO, DAY),
            "registered_capital": FactValue(3_000_000_00, FactSource.REGISTRY, DAY),
        }
        facts.record_facts(session, firm.id, known, actor=None, reason="test")
    return Scene(database, owner, reviewer, firm, people)
