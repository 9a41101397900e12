"""Credit lines for tests: accepted offers and grants, each step in a committed transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.registry.model import Firm
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType, PublishedProduct
from matching.applications import offering, reviewing
from matching.applications.model import Submission
from matching.lines import service as lines
from matching.lines.model import CreditLine
from matching.lines.rules import GrantTerms, LineKind
from matching.lines.service import OfflineGrant, OnlineGrant
from tests.scene import WAN, Scene, TestFirm, TestLender, terms

TODAY = date(2026, 11, 23)
GRANT = GrantTerms(
    contract_number="HT-001",
    granted_on=date(2026, 11, 2),
    amount_fen=100 * WAN,
    annual_rate_ppm=38_500,
    term_months=12,
    repayment_method=RepaymentMethod.EQUAL_INSTALMENT,
    guarantee_type=GuaranteeType.UNSECURED,
    kind=LineKind.NEW,
)


@dataclass
class Lines:
    scene: Scene
    made: int = 0

    def accepted(self, lender: TestLender, product: PublishedProduct, firm: TestFirm) -> Submission:
        """A submission whose offer of 1.5 million the firm accepted."""
        database = self.scene.people.database
        submission = self.scene.submit(firm, [product], branch_id=lender.branches[0])[0]
        key = submission.public_id
        with database.write() as session:
            reviewing.accept(session, lender.reviewer, key)
        with database.write() as session:
            reviewing.start_review(session, lender.reviewer, key)
        with database.write() as session:
            offering.propose_terms(session, lender.reviewer, key, terms())
        with database.write() as session:
            offering.approve_terms(session, lender.approver, key)
        with database.write() as session:
            return offering.accept_offer(session, firm.owner, key)

    def online(
        self, lender: TestLender, product: PublishedProduct, firm: TestFirm, **changes: object
    ) -> CreditLine:
        """The recorded grant of an accepted offer."""
        submission = self.accepted(lender, product, firm)
        grant = replace(OnlineGrant(self.number(), clock.today()), **changes)  # type: ignore[arg-type]
        with self.scene.people.database.write() as session:
            return lines.record_grant(session, lender.reviewer, submission.public_id, grant)

    def offline(
        self,
        lender: TestLender,
        firm: TestFirm,
        *,
        product: PublishedProduct | None = None,
        branch: str | None = None,
        **changes: object,
    ) -> CreditLine:
        """A grant made elsewhere, with a contract number of its own unless one is given."""
        with self.scene.people.database.write() as session:
            return self.offline_within(session, lender, firm, product=product, branch=branch, **changes)

    def offline_within(
        self,
        session: Session,
        lender: TestLender,
        firm: TestFirm,
        *,
        product: PublishedProduct | None = None,
        branch: str | None = None,
        **changes: object,
    ) -> CreditLine:
        """The same in a unit of work of the caller's."""
        grant = replace(GRANT, **{"contract_number": self.number(), **changes})  # type: ignore[arg-type]
        code = session.scalars(select(Firm.uscc).where(Firm.id == firm.id)).one() or ""
        return lines.record_offline(
            session,
            lender.reviewer,
            OfflineGrant(code, grant, product.public_id if product else None, branch),
        )

    def code_of(self, firm: TestFirm) -> str:
        with self.scene.people.database.read() as session:
            return session.scalars(select(Firm.uscc).where(Firm.id == firm.id)).one() or ""

    def number(self) -> str:
        self.made += 1
        return f"HT-{self.made:03d}"
