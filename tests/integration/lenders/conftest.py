"""Fixtures of the lenders' tests: a platform, a lender with its officers, and products on any step of the way."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from creditbridge.access import passwords
from creditbridge.access.rules import Actor, Role
from creditbridge.store.database import Database
from lenders.institutions import onboarding
from lenders.institutions import service as institutions
from lenders.institutions.model import Lender
from lenders.institutions.onboarding import LenderProfile
from lenders.institutions.rules import LenderKind
from lenders.products import deciding, drafting, service
from lenders.products.rules import Contact, Draft, ProductTerms, PublishedProduct, in_both
from tests.people import People


@dataclass(frozen=True)
class Officers:
    """A lender and one of each of its people."""

    lender: Lender
    manager: Actor
    approver: Actor
    reviewer: Actor


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody types a password here: one made-up hash does for all."""
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "no password opens this account")


@pytest.fixture
def admin(people: People) -> Actor:
    return people.member(Role.PLATFORM_ADMINISTRATOR)


class Town:
    """Makes lenders and products, each in a committed transaction."""

    def __init__(self, database: Database, people: People, admin: Actor) -> None:
        self.database, self.people, self.admin, self.made = database, people, admin, 0

    def lender(self, *, approved: bool = True) -> Officers:
        self.made += 1
        with self.database.write() as session:
            profile = LenderProfile(f"星湖银行 {self.made}", LenderKind.CITY_BANK, f"B{self.made:04d}")
            lender = onboarding.register(session, self.admin, profile)
            if approved:
                onboarding.take_step(session, self.admin, lender.public_id, "approve")
            organisation = lender.organisation
        roles = (Role.LENDER_PRODUCT_MANAGER, Role.LENDER_APPROVER, Role.LENDER_REVIEWER)
        manager, approver, reviewer = (self.people.member(role, organisation) for role in roles)
        with self.database.read() as session:
            lender = institutions.lender(session, lender.public_id)
            return Officers(lender, manager, approver, reviewer)

    def drafted(self, officers: Officers, draft: Draft) -> str:
        with self.database.write() as session:
            return drafting.create_product(session, officers.manager, draft).public_id

    def submitted(self, officers: Officers, draft: Draft) -> str:
        public_id = self.drafted(officers, draft)
        with self.database.write() as session:
            drafting.submit(session, officers.manager, public_id)
        return public_id

    def approved(self, officers: Officers, draft: Draft) -> str:
        public_id = self.submitted(officers, draft)
        with self.database.write() as session:
            deciding.approve(session, officers.approver, public_id)
        return public_id

    def published(self, officers: Officers, draft: Draft) -> PublishedProduct:
        with self.database.write() as session:
            return service.load_published(
                session, draft, author=officers.manager, approver=officers.approver, publisher=self.admin
            )


@pytest.fixture
def town(database: Database, people: People, admin: Actor) -> Town:
    return Town(database, people, admin)


@pytest.fixture
def officers(town: Town) -> Officers:
    return town.lender()


@pytest.fixture
def draft() -> Draft:
    terms = ProductTerms(
        amount_max_fen=300_000_000,
        term_months_max=12,
        quota_fen=1_000_000_000,
        contact=Contact("王经理", "0512-5550123"),
        description=in_both("面向小微企业的信用贷款。", ""),
    )
    return Draft("助企贷", terms)
