"""A small scene for tests of the main job: lenders with officers, products, firms with accounts, applications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from borrowers.claims.model import Claim
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.disclosure.rules import Scope
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from lenders.admission.tree import EVERYONE, Criterion, Group, Mode, Operator, Test, Tree
from lenders.institutions.model import Branch, Lender
from lenders.pricing.rates import RateStructure
from lenders.pricing.schedule import RepaymentMethod
from lenders.products import service as products
from lenders.products.drafting import Draft
from lenders.products.rules import GuaranteeType, Material, ProductTerms, PublishedProduct
from matching.applications import drafting, submitting
from matching.applications.drafting import Chosen, Need
from matching.applications.model import Submission
from matching.applications.offering import Terms
from matching.applications.rules import Purpose
from tests.people import People

WAN = 1_000_000
"""10,000 yuan in fen."""
ALL_SCOPES = tuple(Scope)
NEED = Need(200 * WAN, 12, Purpose.WORKING_CAPITAL, "王经理", "0512-5555 0101")


@dataclass(frozen=True)
class TestLender:
    """A lender on the platform with one officer for each role and two branches."""

    __test__ = False

    id: int
    public_id: str
    name: str
    manager: Actor
    reviewer: Actor
    other_reviewer: Actor
    approver: Actor
    viewer: Actor
    branches: tuple[str, str]
    branch_ids: tuple[int, int]


@dataclass(frozen=True)
class TestFirm:
    """A registered, active firm with a verified account."""

    __test__ = False

    id: int
    public_id: str
    name: str
    owner: Actor
    staff: Actor


@dataclass
class Scene:
    """Makes what a test needs, each in a committed transaction of its own."""

    people: People
    made: int = 0
    _publisher: list[Actor] = field(default_factory=list)

    @property
    def publisher(self) -> Actor:
        if not self._publisher:
            self._publisher.append(self.people.member(Role.PLATFORM_ADMINISTRATOR))
        return self._publisher[0]

    def lender(self, name: str = "") -> TestLender:
        self.made += 1
        name = name or f"测试银行 {self.made}"
        organisation = self.people.organisation(OrganisationKind.LENDER, name)
        with self.people.database.write() as session:
            lender = Lender(
                organisation_id=organisation.id,
                kind="city_bank",
                licence_number=f"LICENCE-{self.made}",
                state="approved",
            )
            session.add(lender)
            session.flush()
            branches = [
                Branch(lender_id=lender.id, kind="branch", name=f"{label}支行") for label in ("城东", "城西")
            ]
            session.add_all(branches)
            session.flush()
            lender_id, public_id = lender.id, lender.public_id
            ids, public_ids = [row.id for row in branches], [row.public_id for row in branches]

        def officer(role: Role) -> Actor:
            return self.people.member(role, organisation, branch_id=ids[0])

        return TestLender(
            id=lender_id,
            public_id=public_id,
            name=name,
            manager=self.people.member(Role.LENDER_PRODUCT_MANAGER, organisation),
            reviewer=officer(Role.LENDER_REVIEWER),
            other_reviewer=officer(Role.LENDER_REVIEWER),
            approver=officer(Role.LENDER_APPROVER),
            viewer=officer(Role.LENDER_VIEWER),
            branches=(public_ids[0], public_ids[1]),
            branch_ids=(ids[0], ids[1]),
        )

    def product(
        self,
        lender: TestLender,
        *,
        name: str = "稳企贷",
        admission: Tree = EVERYONE,
        quota_fen: int | None = None,
        rate: RateStructure | None = None,
    ) -> PublishedProduct:
        terms = ProductTerms(
            amount_min_fen=10 * WAN,
            amount_max_fen=300 * WAN,
            rate=rate or RateStructure.between(36_500, 48_000),
            term_months_min=6,
            term_months_max=36,
            repayment_methods=(RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.INTEREST_THEN_BULLET),
            guarantee_types=(GuaranteeType.UNSECURED, GuaranteeType.MORTGAGE),
            materials=(Material("licence", Words("营业执照", "Business licence")),),
            quota_fen=quota_fen,
            description=Words("面向本市企业。", "For firms of this city."),
        )
        with self.people.database.write() as session:
            return products.load_published(
                session,
                Draft(name_zh=name, name_en="Steady loan", terms=terms, admission=admission),
                author=lender.manager,
                approver=lender.approver,
                publisher=self.publisher,
            )

    def firm(self, name: str = "", *, status: str = "active", grade: str | None = "A") -> TestFirm:
        self.made += 1
        name = name or f"测试企业 {self.made}"
        organisation = self.people.organisation(OrganisationKind.FIRM, name)
        owner = self.people.member(Role.FIRM_OWNER, organisation)
        staff = self.people.member(Role.FIRM_STAFF, organisation)
        with self.people.database.write() as session:
            firm = Firm(firm_no=self.made, uscc=f"91990000TEST{self.made:06d}", name=name, status=status)
            session.add(firm)
            session.flush()
            session.add(
                Claim(
                    firm_id=firm.id,
                    organisation_id=organisation.id,
                    claimed_by=owner.user_id,
                    operator_name="经办人",
                    operator_phone="0512",
                    state="verified",
                )
            )
            if grade:
                value = FactValue(grade, FactSource.PLATFORM_SCORE, date(2026, 11, 1))
                facts.record_facts(session, firm.id, {"platform_grade": value}, actor=None, reason="test")
            return TestFirm(firm.id, firm.public_id, name, owner, staff)

    def submit(
        self,
        firm: TestFirm,
        chosen: Sequence[PublishedProduct],
        *,
        need: Need = NEED,
        branch_id: str | None = None,
    ) -> list[Submission]:
        """The firm applies to these products, with every consent signed."""
        with self.people.database.write() as session:
            return submit_within(session, firm, chosen, need=need, branch_id=branch_id)


def submit_within(
    session: Session,
    firm: TestFirm,
    chosen: Sequence[PublishedProduct],
    *,
    need: Need = NEED,
    branch_id: str | None = None,
) -> list[Submission]:
    """The same in a unit of work of the caller's."""
    draft = drafting.start_draft(session, firm.owner)
    drafting.save_need(session, firm.owner, draft.public_id, need)
    drafting.choose_products(
        session, firm.owner, draft.public_id, [Chosen(row.public_id, branch_id) for row in chosen]
    )
    return submitting.submit(
        session,
        firm.owner,
        draft.public_id,
        signed_lenders={row.lender.public_id for row in chosen},
        scope=ALL_SCOPES,
        consent_expires_on=clock.today() + timedelta(days=90),
    )


def grade_at_least(grade: str) -> Tree:
    """The rule that asks for a grade."""
    return Tree(Group(Mode.ALL, (Criterion("grade", Test("platform_grade", Operator.AT_LEAST, grade)),)))


def terms(**changes: object) -> Terms:
    """Terms a reviewer may propose for :data:`NEED`."""
    values: dict[str, object] = {
        "amount_fen": 150 * WAN,
        "annual_rate_ppm": 38_500,
        "term_months": 12,
        "repayment_method": RepaymentMethod.EQUAL_INSTALMENT,
        "guarantee_type": GuaranteeType.UNSECURED,
        "expires_on": clock.today() + timedelta(days=14),
        **changes,
    }
    return Terms(**values)  # type: ignore[arg-type]
