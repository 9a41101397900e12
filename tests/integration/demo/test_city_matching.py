"""In the demo city every criterion has all its outcomes, and every product somebody."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim
from creditbridge.access.model import Membership, User
from creditbridge.facts import service as facts
from creditbridge.facts.catalogue import Subject, catalogue
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel import clock
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.eligibility import service as eligibility
from matching.eligibility.rules import CriterionVerdict, Verdict, explain

# Loading a whole city takes its time on a machine that has other things to do.
pytestmark = pytest.mark.timeout(300)

Outcomes = dict[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def outcomes(city: Database) -> Outcomes:
    """What each criterion on a firm's own facts comes to, over the firms that are active (over all, for the status)."""
    found: Outcomes = defaultdict(set)
    with city.read() as session:
        active = set(session.scalars(select(Firm.id).where(Firm.status == "active")))
        firms = list(facts.all_facts(session))
        for product in products.published(session):
            if product.for_firms:
                _note(found, product, [(key in active, known) for key, known in firms])
    return found


def _note(found: Outcomes, product: PublishedProduct, firms: list[tuple[bool, FirmFacts]]) -> None:
    wanted = {
        criterion.id
        for criterion in product.admission.criteria()
        if catalogue()[criterion.test.fact].subject in (Subject.FIRM, Subject.FIRM_LIST)
    }
    for identity in wanted:
        found[(product.name.zh, identity)] = set()
    left = set(wanted)
    for is_active, known in firms:
        if not left:
            return
        for row in explain(product.admission, known, on=clock.today()).criteria():
            key = (product.name.zh, row.criterion.id)
            if row.criterion.id in wanted and (is_active or row.criterion.test.fact == "registration_status"):
                found[key].add("missing" if row.value is None else row.verdict.value)
                if found[key] >= {"pass", "fail", "missing"}:
                    left.discard(row.criterion.id)


def test_every_criterion_on_a_firms_own_facts_has_all_three_outcomes(outcomes: Outcomes) -> None:
    wanted = {CriterionVerdict.PASS, CriterionVerdict.FAIL, CriterionVerdict.MISSING}
    lacking = {key: seen for key, seen in outcomes.items() if not wanted <= seen}
    assert len(outcomes) > 100
    assert lacking == {}


def test_every_product_for_firms_may_admit_somebody(city: Database) -> None:
    with city.read() as session:
        for product in products.published(session):
            if product.for_firms:
                counts = eligibility.counts(session, product.version_id)
                assert counts.eligible + counts.tentative > 0, product.name.zh
                assert counts.not_eligible > 0, product.name.zh


def test_the_showcase_firm_sees_a_healthy_spread(city: Database) -> None:
    with city.read() as session:
        matches = eligibility.matches_of(session, _firm_of(session, "owner"))
    counts = Counter(match.verdict for match in matches)
    assert counts[Verdict.ELIGIBLE] >= 5
    assert counts[Verdict.TENTATIVE] >= 5
    assert counts[Verdict.NOT_ELIGIBLE] >= 10


def test_something_the_showcase_firm_fails_it_can_change(city: Database) -> None:
    with city.read() as session:
        matches = eligibility.matches_of(session, _firm_of(session, "owner"))
    actionable = {
        row.criterion.test.fact
        for match in matches
        for row in match.explanation.criteria()
        if row.open
        and row.verdict is CriterionVerdict.FAIL
        and catalogue()[row.criterion.test.fact].actionable
    }
    assert len(actionable) >= 3


def _firm_of(session: Session, login_name: str) -> int:
    return session.scalars(
        select(Claim.firm_id)
        .join(Membership, Membership.organisation_id == Claim.organisation_id)
        .join(User, User.id == Membership.user_id)
        .where(User.login_name == login_name, Claim.state == "verified")
    ).one()
