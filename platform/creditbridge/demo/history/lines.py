"""The credit lines of the history: what a grant records, what was reported of it since, and grants made offline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.demo.dice import Dice, rounded
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.demo.history.playing import WAN, Grant, drawn_rate
from creditbridge.demo.market.products import DemoProduct
from creditbridge.kernel import clock, ids
from creditbridge.kernel.dates import add_months
from creditbridge.registry.sizes import Size
from lenders.institutions.model import Branch
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType, ProductTerms
from matching.lines.freezing import freeze
from matching.lines.model import CreditLine, LineBalance, LineEntry
from matching.lines.recording import stated
from matching.lines.rules import (
    CREDIT_LINE,
    BalanceReport,
    EntryKind,
    GrantTerms,
    LineKind,
    LineSource,
    LineState,
    check_balance,
    check_terms,
    is_inclusive_msme,
)

_RENEWAL_WINDOW = timedelta(days=60)
_REPORT_EVERY_MONTHS = 3
OVERDUE_LINES = 3


@dataclass(frozen=True, slots=True)
class _Deal:
    """A grant, online or offline, before it is a line."""

    firm: DemoFirm
    product: DemoProduct
    branch: Branch
    officer: Actor
    at: datetime
    terms: GrantTerms
    source: LineSource
    grant: Grant | None = None


class Book:
    """Records grants in the order of time, so that renewals find what they renew."""

    def __init__(self, session: Session, dice: Dice, now: datetime) -> None:
        self.lines: list[CreditLine] = []
        self._session = session
        self._dice = dice
        self._now = now
        self._held: dict[int, list[CreditLine]] = {}

    def record(
        self, grants: Iterable[Grant], offline: Iterable[tuple[DemoFirm, DemoProduct, datetime]]
    ) -> None:
        """Make a line of each grant, with its entry and reports."""
        deals = [_online(grant) for grant in grants]
        deals += [_offline(self._dice, *chosen) for chosen in offline]
        for number, deal in enumerate(sorted(deals, key=lambda deal: (deal.at, deal.firm.row.firm_no))):
            self._record(number, deal)
        self._leave_overdue()
        self._hold_some()

    def _record(self, number: int, deal: _Deal) -> None:
        code = deal.product.lender.code[:3].upper()
        terms = self._kind_of(deal, f"DEMO-{code}-{deal.terms.granted_on.year}-{number + 1:04d}")
        check_terms(terms, clock.legal_date(self._now))
        line = _line(self._session, deal, terms)
        if terms.renews:
            line.renews = next(
                held for held in self._held[deal.firm.firm_id] if held.contract_number == terms.renews
            )
        line.state = CREDIT_LINE.check("sign", LineState(line.state)).value
        line.version = 2
        self._report(deal, line)
        self._held.setdefault(deal.firm.firm_id, []).append(line)
        self.lines.append(line)

    def _kind_of(self, deal: _Deal, contract_number: str) -> GrantTerms:
        """New, an increase or a renewal, by what the firm had before; a first loan only where it had none."""
        before = self._held.get(deal.firm.firm_id, [])
        mine = [line for line in before if line.lender_id == deal.product.lender.row.id]
        kind, renews = LineKind.NEW, ""
        if mine:
            last = mine[-1]
            ends_soon = last.maturity_on <= deal.terms.granted_on + _RENEWAL_WINDOW
            kind = LineKind.RENEWAL if ends_soon else LineKind.INCREASE
            renews = last.contract_number if ends_soon else ""
        known = deal.firm.facts.get("first_time_borrower")
        first = not before and (known is None or known.value is True) and self._dice.chance(0.8)
        return replace(
            deal.terms,
            contract_number=contract_number,
            kind=kind,
            renews=renews,
            first_time_borrower=first and kind is LineKind.NEW,
        )

    def _report(self, deal: _Deal, line: CreditLine) -> None:
        """The lender's reports: after the first drawing, then every quarter, and one at the end."""
        today = clock.legal_date(self._now)
        days = [min(line.granted_on + timedelta(days=9), today)]
        months = _REPORT_EVERY_MONTHS
        while (day := add_months(line.granted_on, months)) < min(today, line.maturity_on):
            days.append(day)
            months += _REPORT_EVERY_MONTHS
        if line.maturity_on < today:
            days.append(line.maturity_on)
            line.state = CREDIT_LINE.check("expire", LineState(line.state)).value
            line.version += 1
        share = self._dice.pick((0.5, 0.8, 1.0, 1.0))
        # A limit reckoned from sales is no round sum: rounding must not draw more than it.
        drawn = min(rounded(line.amount_fen * share, WAN) or line.amount_fen, line.amount_fen)
        before: BalanceReport | None = None
        for day in dict.fromkeys(days):
            report = self._reported(line, day, drawn, before)
            _enter_report(line, report, before, deal.officer, self._now)
            before = report

    def _reported(
        self, line: CreditLine, day: date, drawn: int, before: BalanceReport | None
    ) -> BalanceReport:
        if line.repayment_method == RepaymentMethod.REVOLVING:
            more = rounded(line.amount_fen * self._dice.between(0, 0.4), WAN) if before else drawn
            paid_out = (before.disbursed_fen if before else 0) + more
            left = rounded(line.amount_fen * self._dice.between(0, 0.9), WAN)
            balance = 0 if day >= line.maturity_on else min(left, paid_out, line.amount_fen)
            return BalanceReport(day, paid_out, balance)
        paid_out = line.amount_fen if before else drawn
        return BalanceReport(day, paid_out, rounded(paid_out * _left(line, day), 100))

    def _leave_overdue(self) -> None:
        """A few lines that ended lately with a balance."""
        today = clock.legal_date(self._now)
        ended = [line for line in self.lines if line.state == LineState.EXPIRED and line.maturity_on < today]
        for line in ended[-OVERDUE_LINES:]:
            last = line.balances[-1]
            last.balance_fen = line.balance_fen = (
                rounded(min(last.disbursed_fen, line.amount_fen) * 0.3, WAN) or WAN
            )

    def _hold_some(self) -> None:
        """One frozen line and one terminated one."""
        active = [line for line in self.lines if line.state == LineState.ACTIVE]
        for line, step, reason in zip(
            active[:20:10],
            ("freeze", "terminate"),
            ("企业涉诉，暂停用信。", "企业提前结清，终止额度。"),
            strict=False,
        ):
            line.state = CREDIT_LINE.check(step, LineState(line.state)).value
            line.version += 1
            line.state_reason = reason


def _online(grant: Grant) -> _Deal:
    walk = grant.walk
    offer = walk.row.current_offer
    assert offer is not None
    terms = GrantTerms(
        contract_number="",
        granted_on=clock.legal_date(grant.at),
        amount_fen=grant.amount_fen,
        annual_rate_ppm=offer.annual_rate_ppm,
        term_months=offer.term_months,
        repayment_method=RepaymentMethod(offer.repayment_method),
        guarantee_type=GuaranteeType(offer.guarantee_type),
    )
    return _Deal(
        walk.account.firm,
        walk.product,
        walk.branch,
        walk.reviewer,
        grant.at,
        terms,
        LineSource.ONLINE,
        grant,
    )


def _offline(dice: Dice, firm: DemoFirm, product: DemoProduct, at: datetime) -> _Deal:
    """A grant that a branch made without the platform, under one of its products."""
    branch = product.lender.branch_for(firm.row.region_code)
    published = product.published.terms
    terms = GrantTerms(
        contract_number="",
        granted_on=clock.legal_date(at) - timedelta(days=dice.whole(0, 12)),
        amount_fen=_offline_amount(dice, published),
        annual_rate_ppm=drawn_rate(dice, published, clock.legal_date(at)),
        term_months=min(dice.pick((12, 12, 24, 36)), published.term_months_max or 36),
        repayment_method=dice.pick(published.repayment_methods or tuple(RepaymentMethod)),
        guarantee_type=dice.pick(
            published.guarantee_types or (GuaranteeType.UNSECURED, GuaranteeType.MORTGAGE)
        ),
    )
    officer = product.lender.reviewer_for(branch)
    return _Deal(firm, product, branch, officer, at, terms, LineSource.OFFLINE)


def _offline_amount(dice: Dice, terms: ProductTerms) -> int:
    least = terms.amount_min_fen or 10 * WAN
    most = max(min(terms.amount_max_fen or 500 * WAN, 800 * WAN), least)
    return min(max(rounded(dice.spread(120 * WAN, 0.7), 5 * WAN), least), most)


def _line(session: Session, deal: _Deal, terms: GrantTerms) -> CreditLine:
    """The row a recorded grant has, with the firm frozen as it is known, and the grant's entry."""
    frozen = freeze(session, deal.firm.row)
    published = deal.product.published
    line = CreditLine(
        public_id=deal.grant.public_id if deal.grant else ids.public_id(),
        created_at=deal.at,
        lender_id=published.lender.id,
        lender_organisation_id=published.lender.organisation_id,
        lender_name=published.lender.name.as_json(),
        branch_id=deal.branch.id,
        branch_name=deal.branch.words.as_json(),
        officer_id=deal.officer.user_id,
        officer_name=deal.officer.name,
        recorded_by_id=deal.officer.user_id,
        product_id=published.product_id,
        product_version_id=published.version_id,
        product_name=published.name.as_json(),
        source=deal.source.value,
        state=CREDIT_LINE.initial.value,
        standing=True,
        firm_id=deal.firm.firm_id,
        firm_name=deal.firm.row.name,
        firm_uscc=deal.firm.row.uscc or "",
        grade=frozen.grade,
        grade_scale=frozen.grade_scale,
        grade_scale_version=frozen.grade_scale_version,
        firm_size=frozen.firm_size.value if frozen.firm_size else None,
        section=frozen.section,
        division=frozen.division,
        region_code=frozen.region_code,
        **_columns(terms, frozen.firm_size),
    )
    # What is granted through the platform revolves unless the contract says otherwise.
    line.revolving = deal.source is LineSource.ONLINE or terms.repayment_method is RepaymentMethod.REVOLVING
    line.entries.append(
        LineEntry(
            public_id=ids.public_id(),
            kind=EntryKind.GRANT.value,
            amount_fen=terms.amount_fen,
            stated=stated(terms),
            at=deal.at,
            user_id=deal.officer.user_id,
            user_name=deal.officer.name,
        )
    )
    return line


def _columns(terms: GrantTerms, size: Size | None) -> dict[str, Any]:
    return {
        "contract_number": terms.contract_number,
        "granted_on": terms.granted_on,
        "amount_fen": terms.amount_fen,
        "annual_rate_ppm": terms.annual_rate_ppm,
        "term_months": terms.term_months,
        "maturity_on": terms.maturity,
        "repayment_method": terms.repayment_method.value,
        "guarantee_type": terms.guarantee_type.value,
        "unsecured": terms.unsecured,
        "first_time_borrower": terms.first_time_borrower,
        "kind": terms.kind.value,
        "inclusive_msme": is_inclusive_msme(size, terms.amount_fen, terms.granted_on),
    }


def _left(line: CreditLine, day: date) -> float:
    """The share of an ordinary loan that is outstanding on a day."""
    if day >= line.maturity_on:
        return 0.0
    if line.repayment_method in (RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL):
        return (line.maturity_on - day).days / (line.maturity_on - line.granted_on).days
    return 1.0


def _enter_report(
    line: CreditLine, report: BalanceReport, before: BalanceReport | None, officer: Actor, now: datetime
) -> None:
    check_balance(
        report,
        amount_fen=line.amount_fen,
        granted_on=line.granted_on,
        revolving=line.repayment_method == RepaymentMethod.REVOLVING,
        today=clock.legal_date(now),
        before=before,
        after=None,
    )
    at = min(datetime.combine(report.as_of + timedelta(days=2), time(10, 0), clock.LEGAL_ZONE), now)
    line.balances.append(
        LineBalance(
            public_id=ids.public_id(),
            created_at=at,
            as_of=report.as_of,
            disbursed_fen=report.disbursed_fen,
            balance_fen=report.balance_fen,
            user_id=officer.user_id,
            user_name=officer.name,
        )
    )
    line.disbursed_fen, line.balance_fen, line.balance_on = (
        report.disbursed_fen,
        report.balance_fen,
        report.as_of,
    )


def granted_by_product(lines: Sequence[CreditLine]) -> dict[int, int]:
    """What the lines draw on each product's quota."""
    drawn: dict[int, int] = {}
    for line in lines:
        if line.product_id is not None:
            drawn[line.product_id] = drawn.get(line.product_id, 0) + line.amount_fen
    return drawn
