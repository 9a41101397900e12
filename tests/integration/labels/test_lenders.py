"""A lender sees a firm's labels through the door alone: by name, under a consent, and never internal ones."""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.app import reactions
from creditbridge.disclosure import consents, door
from creditbridge.disclosure.rules import Purpose, Scope
from creditbridge.facts import service as facts
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.facts.values import say_value
from creditbridge.kernel.errors import NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from tests.integration.labels.conftest import LabelledCity
from tests.scene import Scene

WHY = Words("审查", "Review")


@pytest.fixture
def scene(people) -> Scene:
    reactions.connect()
    return Scene(people)


def _look(database, officer, firm, scope):
    return door.look(database, officer, firm.id, purpose=Purpose.PRE_LOAN, what=[scope], why=WHY)


def test_labels_need_a_consent_and_leave_out_internal_ones(database, scene):
    lender, firm = scene.lender(), scene.firm()
    with database.write() as session:
        row = session.get(Firm, firm.id)
        done = LabelledCity(session, [row]).run(
            [(0, "tax.audit", date(2026, 5, 5)), (0, "commitment.loan_granted", date(2026, 6, 6))], sizes=(3,)
        )
        held = FactValue(done.matchable[firm.id], FactSource.PLATFORM_SCORE, date(2026, 11, 1))
        facts.record_facts(session, firm.id, {"labels": held}, actor=None, reason="run")

    with pytest.raises(NotAllowed):
        _look(database, lender.reviewer, firm, Scope.EVALUATION)
    with database.write() as session:
        consents.sign(
            session,
            firm.owner,
            firm_id=firm.id,
            lender_organisation_id=lender.reviewer.organisation_id,
            purpose="pre_loan",
            scope=["evaluation"],
            expires_on=date(2027, 3, 31),
            for_kind="submission",
            for_id="s" * 20,
        )
    shown = _look(database, lender.reviewer, firm, Scope.EVALUATION).facts.values["labels"].value

    assert "newly_granted" in shown
    assert "tax_audited" not in shown
    said = say_value(catalogue()["labels"], shown, date(2026, 11, 1)).zh
    assert "近一年获授信" in said
