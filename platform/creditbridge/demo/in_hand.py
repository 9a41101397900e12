"""What the showcase lender has in hand after its grants: drawdowns, a shared risk, alerts, and its own system connected.

Everything goes through the real use cases, each at its own moment; only what the lender's system answered is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.demo.claims import FirmAccount
from creditbridge.demo.history.pacing import by_daylight
from creditbridge.demo.market.products import DemoProduct
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.store.transitions import move
from creditbridge.webhooks import endpoints
from creditbridge.webhooks.endpoints import Wish
from creditbridge.webhooks.model import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from creditbridge.webhooks.rules import CHOOSABLE, DELIVERY
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType
from matching.drawdowns import amending, deciding, requesting, servicing
from matching.drawdowns.model import Drawdown
from matching.drawdowns.position import position
from matching.drawdowns.rules import Request
from matching.drawdowns.servicing import Payment
from matching.ledger import pools
from matching.lines import service as lines
from matching.lines import supporting
from matching.lines.model import CreditLine
from matching.lines.rules import GrantTerms, LineKind, LineState
from matching.lines.service import OfflineGrant
from matching.lines.supporting import Support
from matching.monitoring import alerts, consenting, watching
from matching.monitoring.model import MonitorAlert

WAN = 1_000_000
WATCHED = 2
"""Firms of the showcase lender that became overdue elsewhere: one alert is handled, one waits."""
_ADDRESS = "https://core-banking.invalid/creditbridge/events"
"""No address of this domain is anybody's, so that nothing leaves the demo; the endpoint is paused besides."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The lender whose work it is, by one of its products, and the platform's administrator."""

    session: Session
    product: DemoProduct
    administrator: Actor
    now: datetime

    @property
    def reviewer(self) -> Actor:
        return self.product.lender.reviewers[0]

    @property
    def approver(self) -> Actor:
        return self.product.lender.approver

    def ago(self, days: float) -> datetime:
        return by_daylight(self.now, days)


def leave(desk: Desk, showcase: FirmAccount, others: Sequence[FirmAccount]) -> None:
    """Leave drawdowns of the showcase firm on every step, alerts about two others, and messages that were delivered."""
    endpoint = _connected(desk)
    line = _line(desk, showcase)
    _share_the_risk(desk, line)
    _drawdowns(desk, line, showcase.owner)
    _alerts(desk, {account.firm.firm_id: account for account in others})
    _delivered(desk, endpoint)


def _line(desk: Desk, showcase: FirmAccount) -> CreditLine:
    """A revolving line that a branch of the lender's granted this autumn."""
    with clock.at(desk.ago(75)):
        terms = GrantTerms(
            contract_number=f"DEMO-YUC-{clock.today().year}-9002",
            granted_on=clock.today(),
            amount_fen=150 * WAN,
            annual_rate_ppm=39_500,
            term_months=24,
            repayment_method=RepaymentMethod.EQUAL_INSTALMENT,
            guarantee_type=GuaranteeType.PUBLIC_GUARANTEE,
            kind=LineKind.INCREASE,
        )
        grant = OfflineGrant(
            showcase.firm.row.uscc or "", terms, desk.product.published.public_id, revolving=True
        )
        return lines.record_offline(desk.session, desk.reviewer, grant)


def _share_the_risk(desk: Desk, line: CreditLine) -> None:
    with clock.at(desk.ago(120)):
        pool = pools.create(
            desk.session,
            desk.administrator,
            name="小微企业贷款风险补偿资金池",
            name_en="Risk pool for loans to small firms",
            sponsor="演示市财政局",
            share_ppm=400_000,
            fen=5_000 * WAN,
        )
    with clock.at(desk.ago(74)):
        stated = Support("演示市融资担保有限公司", "DB-DEMO-0017", 400_000, 400_000, pool.public_id, WAN)
        supporting.record_support(desk.session, desk.reviewer, line.public_id, stated)


def _drawdowns(desk: Desk, line: CreditLine, owner: Actor) -> None:
    """One that is being repaid, one that waits to be paid out, one that waits for approval, and a higher limit."""
    session = desk.session
    running = _asked(desk, line, owner, 70, Request(60 * WAN, 6, "采购棉纱"))
    with clock.at(desk.ago(69)):
        deciding.approve(session, desk.approver, running.public_id)
    with clock.at(desk.ago(68)):
        deciding.disburse(session, desk.reviewer, running.public_id, on=clock.today())
    for days in (37, 7):
        with clock.at(desk.ago(days)):
            owed = position(session, running, clock.today()).owed.total_fen
            if owed:
                payment = Payment(owed, clock.today())
                servicing.repay(session, desk.reviewer, running.public_id, payment)
    approved = _asked(desk, line, owner, 3, Request(20 * WAN, 6, "支付染整加工费"))
    with clock.at(desk.ago(1.5)):
        deciding.approve(session, desk.approver, approved.public_id)
    _asked(desk, line, owner, 0.4, Request(15 * WAN, 6, "旺季备料"))
    with clock.at(desk.ago(0.9)):
        amending.propose_limit(
            session,
            desk.reviewer,
            line.public_id,
            amount_fen=180 * WAN,
            reason="出口订单增加，企业申请提高额度。",
        )


def _asked(desk: Desk, line: CreditLine, owner: Actor, days: float, asked: Request) -> Drawdown:
    with clock.at(desk.ago(days)):
        return requesting.request(desk.session, owner, line.public_id, asked)


def _alerts(desk: Desk, accounts: Mapping[int, FirmAccount]) -> None:
    """Firms with a line of the lender's let it watch them; then another lender reports them overdue."""
    session = desk.session
    held = session.scalars(
        select(CreditLine)
        .where(
            CreditLine.lender_id == desk.product.lender.row.id,
            CreditLine.state == LineState.ACTIVE.value,
            CreditLine.firm_id.in_(accounts),
            CreditLine.maturity_on > clock.legal_date(desk.now),
            CreditLine.granted_on < clock.legal_date(desk.ago(40)),
        )
        .order_by(CreditLine.id)
    )
    watched: dict[int, CreditLine] = {}
    for line in held:
        if len(watched) < WATCHED:
            watched.setdefault(line.firm_id, line)
    for days, line in zip((11.0, 0.6), watched.values(), strict=False):
        with clock.at(desk.ago(30)):
            consenting.sign(session, accounts[line.firm_id].owner, line.public_id)
        with clock.at(desk.ago(days)):
            overdue = FactValue(value=True, source=FactSource.LENDER, as_of=clock.today())
            facts.record_facts(
                session, line.firm_id, {"overdue_now": overdue}, actor=None, reason="lender report"
            )
            watching.run(session)
    told = session.scalars(
        select(MonitorAlert).where(MonitorAlert.firm_id.in_(watched)).order_by(MonitorAlert.id)
    ).all()
    if len(told) == WATCHED:
        first = told[0]
        with clock.at(desk.ago(9)):
            alerts.handle(
                session,
                desk.approver,
                first.public_id,
                note="已电话核实，企业在他行的逾期款已于次日结清，恢复提款。",
                allow_drawing=True,
            )


def _connected(desk: Desk) -> WebhookEndpoint:
    """The address of the lender's own system, set up before any of this happened."""
    with clock.at(desk.ago(130)):
        wish = Wish(_ADDRESS, "核心信贷系统", CHOOSABLE)
        return endpoints.add(desk.session, desk.product.lender.manager, wish)[0]


def _delivered(desk: Desk, endpoint: WebhookEndpoint) -> None:
    """The system took what it was told, once at the second try; since it is paused for maintenance, the last waits."""
    session = desk.session
    sent = session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint.id)
        .order_by(WebhookDelivery.created_at, WebhookDelivery.id)
    ).all()
    for place, delivery in enumerate(sent[:-1]):
        with clock.at(delivery.created_at + timedelta(seconds=3)):
            if place == 1:
                _tried(desk, delivery, 503)
                move(session, delivery, DELIVERY, "put_off")
            _tried(desk, delivery, 200)
            move(session, delivery, DELIVERY, "deliver", ended_at=clock.now(), next_try_at=None)
    with clock.at(desk.ago(0.8)):
        endpoints.take_step(session, desk.product.lender.manager, endpoint.public_id, "pause")


def _tried(desk: Desk, delivery: WebhookDelivery, status: int) -> None:
    move(desk.session, delivery, DELIVERY, "claim", tries=delivery.tries + 1)
    desk.session.add(
        WebhookAttempt(delivery_id=delivery.id, status=status, milliseconds=86 + 7 * delivery.tries)
    )
