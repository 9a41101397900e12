"""The firm a visitor of the demo signs in as, and what it is in the middle of.

Everything here goes through the real use cases, each at its own moment: a grant of last spring, a rejection with two
reasons, and an application that lies with three lenders, of which one offers, one asks for papers, one reviews.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from borrowers.documents import service as documents
from borrowers.reported_facts import service as reported_facts
from creditbridge.access.rules import Actor
from creditbridge.demo.claims import FirmAccount
from creditbridge.demo.firms.conduct import grade_of
from creditbridge.demo.firms.knowing import LAST_RUN, QUARTER
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.demo.history import consenting
from creditbridge.demo.history.pacing import by_daylight
from creditbridge.demo.market.products import DemoProduct
from creditbridge.demo.papers import paper
from creditbridge.disclosure import consents
from creditbridge.disclosure.rules import Purpose as ConsentPurpose
from creditbridge.disclosure.rules import Scope
from creditbridge.facts.firm_facts import FactSource, FactValue, ListMembership
from creditbridge.facts.values import RawValue
from creditbridge.kernel import clock
from creditbridge.store.files import FileStore
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType
from matching.applications import deciding, drafting, offering, reviewing, submitting, supplementing
from matching.applications.drafting import Chosen, Need
from matching.applications.model import Submission
from matching.applications.offering import Terms
from matching.applications.reasons import Reason
from matching.applications.rules import Purpose
from matching.lines import balances
from matching.lines import service as lines
from matching.lines.rules import BalanceReport
from matching.lines.service import OnlineGrant

WAN = 1_000_000
SHOWCASE_TRADE = "1751"
_TOWN = "990101"
_SOURCE = FactSource.TAX
_SCORE = 712
_SOUND = 0.3
"""As a firm of grade B is, whatever the seed."""
_LAST_FEED = timedelta(days=21)

_KNOWN: Mapping[str, RawValue] = {
    "annual_revenue": 2680 * WAN, "invoiced_sales_12m": 2510 * WAN, "tax_sales_12m": 2640 * WAN,
    "revenue_growth": 82_000, "net_profit": 143 * WAN, "total_assets": 1950 * WAN, "employees": 46,
    "social_insurance_headcount": 41, "social_insurance_current": True, "export_volume_12m": 880 * WAN,
    "tax_credit_grade": "B", "tax_paid_12m": 78 * WAN, "tax_paid_avg_2y": 74 * WAN, "tax_payments_6m": 6,
    "tax_payments_3m": 3, "tax_half_years_paid_24m": 4, "tax_honest_24m": True, "tax_violation": False,
    "tax_arrears": 0, "tax_paid_by_law": True, "firm_size": "small", "abnormal_listed": False,
    "seriously_dishonest": False, "under_enforcement": False, "judgment_defaulter": False, "penalties_12m": 1,
    "lawsuits_as_defendant_12m": 1, "annual_report_filed": True, "compliance_grade": "B",
    "environmental_rating": "yellow", "serious_accident_3y": False, "first_time_borrower": False,
    "business_loans": 1, "lenders_with_credit": 1, "business_loan_balance": 120 * WAN, "overdue_now": False,
    "overdue_count_24m": 0, "worst_loan_class_5y": "normal", "technology_firm": False,
    "tech_certifications": frozenset({"innovative_sme"}), "valid_patents": 1, "owns_ip": True,
    "ip_kinds": frozenset({"patent", "trademark"}), "platform_score": _SCORE, "platform_grade": grade_of(_SCORE),
    "debt_asset_ratio": 460_000, "verifiable_data": frozenset({"account", "payroll", "tax", "invoice"}),
    "credit_inquiries_12m": 5, "credit_inquiries_6m": 3, "fixed_premises": True, "new_hires": 4,
    "new_graduate_hires": 0, "new_hire_ratio": 87_000, "largest_customer_share": 310_000,
}  # fmt: skip
_NOT_KNOWN = ("electricity_12m", "total_debt", "operating_since", "credit_inquiries_1m", "nonbank_small_loans", "nonbank_small_loan_balance", "new_hires_contract_1y", "startup_loans_received", "equity_funded", "government_contracts_12m", "external_guarantees")  # fmt: skip
_LISTS = {
    "cultivation_pool": True,
    "financing_recommended": True,
    "sukedai_reserve": False,
    "kunkedai_list": False,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the scenes are played: the database, the files, the products by code, the present."""

    session: Session
    files: FileStore
    products: Mapping[str, DemoProduct]
    now: datetime

    def ago(self, days: float) -> datetime:
        return by_daylight(self.now, days)


def showcase_firm(firms: Sequence[DemoFirm]) -> DemoFirm:
    """The first sound textile company of the register."""
    return next(
        firm
        for firm in firms
        if firm.sector.code == SHOWCASE_TRADE
        and firm.is_active
        and firm.row.entity_kind == "enterprise"
        and firm.row.name.endswith("有限公司")
    )


def shape_register(firm: DemoFirm) -> None:
    """What the register says of the showcase firm; before it is written."""
    firm.row.region_code, firm.row.industry_code = _TOWN, SHOWCASE_TRADE
    firm.row.established_on = date(2016, 5, 18)
    firm.row.capital_raw, firm.row.capital_minor, firm.row.capital_currency = (
        "500万元人民币",
        500 * WAN,
        "CNY",
    )
    firm.revenue_fen, firm.employees, firm.soundness = 2680 * WAN, 46, _SOUND


def shape_facts(firm: DemoFirm, today: date) -> None:
    """What is known of it: enough for several products, too little for some, against a few."""
    for code, value in _KNOWN.items():
        source = firm.facts[code].source if code in firm.facts else _SOURCE
        if code.startswith("platform_"):
            source = FactSource.PLATFORM_SCORE
        as_of = today - (LAST_RUN if source is FactSource.PLATFORM_SCORE else _LAST_FEED)
        firm.facts[code] = FactValue(value, source, as_of)
    for code in _NOT_KNOWN:
        firm.facts.pop(code, None)
    firm.lists.clear()
    for code, member in _LISTS.items():
        firm.lists[code] = ListMembership(member, FactSource.LIST_KEEPER, today - timedelta(days=60))
    points = [(_SCORE - 18 * n, today - LAST_RUN - QUARTER * n) for n in (3, 2, 1)]
    firm.grade_history = [(on, score, grade_of(score)) for score, on in points]


def play(stage: Stage, account: FirmAccount) -> int:
    """Live through the firm's story; answers how many submissions it made."""
    _earlier_grant(stage, account)
    _rejection(stage, account)
    _report(stage, account)
    _three_lenders(stage, account)
    _unfinished_draft(stage, account)
    return 5


def _earlier_grant(stage: Stage, account: FirmAccount) -> None:
    product = stage.products["invoice"]
    reviewer, approver = product.lender.reviewers[0], product.lender.approver
    with clock.at(stage.ago(214)):
        sent = _apply(stage, account, ["invoice"], 150 * WAN, 12)[0]
    _review(stage, sent, reviewer, 213.8)
    with clock.at(stage.ago(211)):
        offering.propose_terms(
            stage.session, reviewer, sent.public_id, _terms(120 * WAN, 42_500, RepaymentMethod.REVOLVING)
        )
    with clock.at(stage.ago(210.2)):
        offering.approve_terms(stage.session, approver, sent.public_id)
    with clock.at(stage.ago(208.9)):
        offering.accept_offer(stage.session, account.owner, sent.public_id)
    with clock.at(stage.ago(206)):
        line = lines.record_grant(
            stage.session,
            reviewer,
            sent.public_id,
            OnlineGrant(f"DEMO-YUC-{clock.today().year}-9001", clock.today()),
        )
    for days, disbursed, balance in ((190, 120, 120), (100, 120, 90), (12, 180, 120)):
        with clock.at(stage.ago(days)):
            balances.report_balance(
                stage.session,
                reviewer,
                line.public_id,
                BalanceReport(clock.today(), disbursed * WAN, balance * WAN),
            )
    with clock.at(stage.ago(200)):
        consents.sign(
            stage.session,
            account.owner,
            firm_id=account.firm.firm_id,
            lender_organisation_id=product.lender.row.organisation_id,
            purpose=ConsentPurpose.POST_LOAN,
            scope=[Scope.OPERATIONS, Scope.TAX, Scope.EVALUATION],
            expires_on=clock.today() + timedelta(days=360),
        )


def _rejection(stage: Stage, account: FirmAccount) -> None:
    reviewer = stage.products["chain"].lender.reviewers[0]
    with clock.at(stage.ago(63)):
        sent = _apply(stage, account, ["chain"], 500 * WAN, 12)[0]
    _review(stage, sent, reviewer, 62.5)
    with clock.at(stage.ago(58.7)):
        deciding.reject(
            stage.session,
            reviewer,
            sent.public_id,
            codes=[Reason.CASH_FLOW_WEAK, Reason.AMOUNT_TOO_HIGH],
            text="申请金额与近 12 个月订单规模不匹配，可降低金额后再申请。",
        )


def _report(stage: Stage, account: FirmAccount) -> None:
    with clock.at(stage.ago(9)):
        evidence = _document(stage, account.owner, account, "用电缴费汇总.pdf", "electricity bills")
        reported_facts.report(
            stage.session,
            account.owner,
            firm_id=account.firm.firm_id,
            values={"electricity_12m": 412_000, "operating_since": date(2016, 7, 1)},
            as_of=clock.today() - timedelta(days=20),
            document_id=evidence,
        )


def _three_lenders(stage: Stage, account: FirmAccount) -> None:
    codes = ["textile", "export", "equipment"]
    with clock.at(stage.ago(7.1)):
        sent = _apply(stage, account, codes, 200 * WAN, 12, papers=True)
    by_product = {row.product_id: row for row in sent}
    offered, asked, reviewed = (
        by_product[stage.products[code].published.product_id] for code in ("textile", "export", "equipment")
    )
    for code, row, days in (("textile", offered, 6.9), ("export", asked, 6.2), ("equipment", reviewed, 4.2)):
        _review(stage, row, stage.products[code].lender.reviewers[0], days)
    lender = stage.products["textile"].lender
    with clock.at(stage.ago(3.9)):
        offering.propose_terms(
            stage.session,
            lender.reviewers[0],
            offered.public_id,
            _terms(180 * WAN, 38_500, RepaymentMethod.INTEREST_THEN_BULLET),
        )
    with clock.at(stage.ago(3.2)):
        _look(stage, lender.approver, offered)
    with clock.at(stage.ago(3.1)):
        offering.approve_terms(stage.session, lender.approver, offered.public_id)
    with clock.at(stage.ago(2.2)):
        supplementing.request_supplement(
            stage.session,
            stage.products["export"].lender.reviewers[0],
            asked.public_id,
            items=["近一年报关单汇总", "主要境外客户合同"],
            deadline=clock.today() + timedelta(days=12),
            note="请提供近一年出口情况证明。",
        )


def _unfinished_draft(stage: Stage, account: FirmAccount) -> None:
    assert account.staff is not None
    with clock.at(stage.ago(0.2)):
        drafting.start_draft(
            stage.session, account.staff, product_id=stage.products["P08"].published.public_id
        )


def _apply(
    stage: Stage,
    account: FirmAccount,
    codes: Sequence[str],
    amount_fen: int,
    term_months: int,
    *,
    papers: bool = False,
) -> list[Submission]:
    session, owner = stage.session, account.owner
    draft = drafting.start_draft(session, owner)
    need = Need(
        amount_fen,
        term_months,
        Purpose.WORKING_CAPITAL,
        owner.name,
        "10055550101",
        "旺季备料，采购棉纱和染料。",
    )
    drafting.save_need(session, owner, draft.public_id, need)
    chosen = [stage.products[code] for code in codes]
    drafting.choose_products(
        session,
        owner,
        draft.public_id,
        [Chosen(row.published.public_id, row.lender.branch_for(_TOWN).public_id) for row in chosen],
    )
    if papers:
        for name, title, material in (
            ("营业执照.pdf", "licence", "licence"),
            ("财务报表.pdf", "statements", "statements"),
        ):
            key = _document(stage, owner, account, name, title, kind=material)
            public_id = next(
                row.public_id
                for row in documents.documents_of(session, account.firm.firm_id)
                if row.id == key
            )
            drafting.attach_document(session, owner, draft.public_id, public_id, material)
    return submitting.submit(
        session,
        owner,
        draft.public_id,
        signed_lenders={row.published.lender.public_id for row in chosen},
        scope=tuple(Scope),
        consent_expires_on=clock.today() + timedelta(days=90),
    )


def _document(
    stage: Stage, actor: Actor, account: FirmAccount, name: str, title: str, *, kind: str = "evidence"
) -> int:
    kept = documents.keep(
        stage.session,
        stage.files,
        actor,
        account.firm.firm_id,
        kind=kind,
        filename=name,
        stream=io.BytesIO(paper(title)),
    )
    return kept.id


def _review(stage: Stage, row: Submission, reviewer: Actor, days_ago: float) -> None:
    """Take a submission up and begin to review it."""
    with clock.at(stage.ago(days_ago)):
        reviewing.accept(stage.session, reviewer, row.public_id)
    with clock.at(stage.ago(days_ago - 0.1)):
        reviewing.start_review(stage.session, reviewer, row.public_id)
        _look(stage, reviewer, row)


def _look(stage: Stage, officer: Actor, row: Submission) -> None:
    """An officer opens the application: the firm finds it in its access ledger, as it does after every look."""
    consent = consents.live_consent(
        stage.session, row.firm_id, officer.organisation_id, ConsentPurpose.PRE_LOAN, for_id=row.public_id
    )
    if consent is not None:
        lender = next(
            product.lender
            for product in stage.products.values()
            if product.lender.row.organisation_id == officer.organisation_id
        )
        entry = consenting.look(consent, officer, row.product, clock.now(), lender.branches)
        entry.consent_id = consent.id
        stage.session.add(entry)
        stage.session.flush()


def _terms(amount_fen: int, rate_ppm: int, method: RepaymentMethod) -> Terms:
    return Terms(
        amount_fen=amount_fen,
        annual_rate_ppm=rate_ppm,
        term_months=12,
        repayment_method=method,
        guarantee_type=GuaranteeType.UNSECURED,
        expires_on=clock.today() + timedelta(days=14),
    )
