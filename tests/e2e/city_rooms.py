"""The rooms of the small city beyond the main job: records and runs, scorecards, drawdowns, alerts, needs, endpoints.

Each is brought about through its services, as its people and jobs would.
"""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from borrowers.disputes import service as disputes
from borrowers.documents import service as documents
from borrowers.documents.rules import DocumentKind
from creditbridge.access.rules import Actor
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock, uscc
from creditbridge.records import intake
from creditbridge.records.feeds import feeds
from creditbridge.registry.model import Firm
from creditbridge.reports import service as reports
from creditbridge.runs import service as runs
from creditbridge.runs import working
from creditbridge.runs.rules import RunKind
from creditbridge.scoring import service as scorecards
from creditbridge.scoring import trying
from creditbridge.webhooks import delivering, endpoints
from creditbridge.webhooks.endpoints import Wish
from creditbridge.webhooks.model import WebhookDelivery
from creditbridge.webhooks.rules import CHOOSABLE
from lenders.products.rules import PublishedProduct
from matching.drawdowns import amending, deciding, requesting, servicing
from matching.drawdowns.model import Drawdown
from matching.drawdowns.rules import Request
from matching.drawdowns.servicing import Payment
from matching.ledger import pools
from matching.lines import supporting
from matching.lines.model import CreditLine
from matching.lines.supporting import Support
from matching.monitoring import consenting, watching
from matching.needs import answering, posting
from matching.needs.answering import Indication
from matching.needs.posting import NeedDetails
from matching.tracking import unserved
from tests.city import PDF
from tests.lake import put
from tests.lines import Lines
from tests.receiving import receiving
from tests.scene import WAN

if TYPE_CHECKING:
    from tests.e2e.city import City

NEIGHBOURS = 12
"""Firms on the register with records and no account, so that figures by industry are large enough to be public."""
FIRST_NO = 7_100
_RECORDS = (
    ("report.filed", 200, None),
    ("report.revenue", 200, 1_200 * WAN),
    ("report.assets", 200, 1_900 * WAN),
    ("report.employees", 200, 36),
    ("social.insured_people", 60, 34),
    ("tax.credit_grade", 150, 1),
    ("commitment.kept", 90, None),
    ("honour.high_tech", 300, None),
    *(("tax.paid", 30 * month, 5 * WAN) for month in range(1, 12)),
    *(("tax.sales", 30 * month, 100 * WAN) for month in range(1, 12)),
)  # fmt: skip
BATCH_HEAD = "uni_social_crd_cd,busexclist,inclu_dt,remove_dt,inclu_reason"


def evaluate(city: City) -> None:
    """Records of the firm and its neighbours, a batch with a row in quarantine, runs, labels, and two reports."""
    today = clock.today()
    with city.database.write() as session:
        session.execute(
            update(Firm)
            .where(Firm.id == city.firm.id)
            .values(industry_code="1751", region_code="990101", established_on=today - timedelta(days=3_650))
        )
        own_no = session.get_one(Firm, city.firm.id).firm_no
        rows = [
            Firm(
                firm_no=FIRST_NO + place,
                uscc=uscc.synthetic(FIRST_NO + place),
                name=f"长桥纺织{place + 1}厂",
                status="active",
                entity_kind="enterprise",
                industry_code="1751",
                region_code="990101",
                established_on=today - timedelta(days=1_500 + 200 * place),
            )
            for place in range(NEIGHBOURS)
        ]
        session.add_all(rows)
        session.flush()
        registered = {"industry": FactValue("17", FactSource.REGISTRY, today)}
        ids = [city.firm.id, *(row.id for row in rows)]
        facts.record_many(session, dict.fromkeys(ids, registered), actor=None, reason="test")
        told = [row.uscc for row in rows[:2]]
    told_of = _records(own_no)
    numbers = put(city.database, told_of)
    _batch(city, [code or "" for code in told])
    first = today.replace(day=1)
    for kind, on in ((RunKind.PAST, first - timedelta(days=1)), (RunKind.FULL, today)):
        with city.database.write() as session:
            asked = runs.ask(session, kind, on, actor=city.people["administrator"], user_name="运行人员")
        assert working.carry_out(city.database, asked.public_id)
    for days in (1, 40):
        with clock.at(clock.now() - timedelta(days=days)), city.database.write() as session:
            reports.make_due(session)
    place = next(at for at, row in enumerate(told_of) if row[:2] == (own_no, "honour.high_tech"))
    _dispute(city, numbers[place])


def _dispute(city: City, record_no: int) -> None:
    """The firm disputes a record of it, with evidence; the platform has not looked yet."""
    with city.database.write() as session:
        firm = session.get_one(Firm, city.firm.id)
        evidence = documents.keep(
            session,
            city.files,
            city.firm.owner,
            firm.id,
            kind=DocumentKind.DISPUTE.value,
            filename="certificate.pdf",
            stream=io.BytesIO(PDF),
        )
        disputes.raise_dispute(session, city.firm.owner, firm, record_no, "2026-07", document_id=evidence.id)


def _records(own_no: int) -> list[tuple[object, ...]]:
    """What departments know: the same good news of everybody, and a fine of some."""
    today = clock.today()
    firms = [own_no, *range(FIRST_NO, FIRST_NO + NEIGHBOURS)]
    rows: list[tuple[object, ...]] = [
        (firm_no, item, today - timedelta(days=days), None, value)
        for firm_no in firms
        for item, days, value in _RECORDS
    ]
    for firm_no in (own_no, *firms[1::4]):
        start = today - timedelta(days=100)
        rows.append((firm_no, "penalty.fine_low", start, start + timedelta(days=365), 2_000_00))
    return rows


def _batch(city: City, codes: list[str]) -> None:
    """A file of a feed in which one row has a day that is none."""
    folder: Path = city.database.places["lake_folder"]
    path = folder.parent / "名单.csv"
    rows = [
        f"{code},1,{day},,未按期年报" for code, day in zip(codes, ("2026-03-01", "2026-02-30"), strict=True)
    ]
    path.write_text("\n".join([BATCH_HEAD, *rows]) + "\n", "utf-8")
    intake.take(
        city.database,
        feeds()["abnormal_list"],
        intake.Sent(path, "名单.csv", "2026-03", user_name="运行人员"),
    )


def write_a_scorecard(city: City, author: Actor) -> None:
    """A version in work, compared on the whole city."""
    with city.database.write() as session:
        begun = scorecards.start(session, author)
        content = {**begun.content, "weights": {**begun.content["weights"], "firm_age": 500}}
        scorecards.rewrite(
            session, author, begun.public_id, content, note="提高成立年限的权重", seen=begun.version
        )
        trial = trying.ask(session, author, begun.public_id)
    trying.carry_out(city.database, trial.public_id)


def lend(city: City, product: PublishedProduct) -> None:
    """A line of the firm's with drawdowns in every state people act on, its guarantee, and an alert about the firm."""
    line = Lines(city.scene, made=50).online(city.lender, product, city.firm)
    paid = _draw(city, line, 20 * WAN, days_ago=70)
    _draw(city, line, 10 * WAN, days_ago=0)
    with city.database.write() as session:
        waiting = requesting.request(
            session, city.firm.owner, line.public_id, Request(5 * WAN, 6, "采购面料")
        )
    with city.database.write() as session:
        deciding.approve(session, city.lender.approver, waiting.public_id)
    with city.database.write() as session:
        requesting.request(session, city.firm.owner, line.public_id, Request(8 * WAN, 6, "支付加工费"))
    with city.database.write() as session:
        servicing.repay(session, city.lender.reviewer, paid.public_id, Payment(2 * WAN, clock.today()))
    with city.database.write() as session:
        amending.propose_limit(
            session, city.lender.reviewer, line.public_id, amount_fen=180 * WAN, reason="订单增加"
        )
    with city.database.write() as session:
        pool = pools.create(
            session,
            city.people["administrator"],
            name="中小企业风险补偿资金池",
            name_en="Risk pool for small firms",
            sponsor="市财政局",
            share_ppm=500_000,
            fen=3_000 * WAN,
        )
    with city.database.write() as session:
        supporting.record_support(
            session,
            city.lender.reviewer,
            line.public_id,
            Support("江湾融资担保有限公司", "DB-2026-01", 400_000, 400_000, pool.public_id, 3 * WAN),
        )
    _watch(city, line)


def _draw(city: City, line: CreditLine, fen: int, *, days_ago: int) -> Drawdown:
    with clock.at(clock.now() - timedelta(days=days_ago)):
        with city.database.write() as session:
            made = requesting.request(session, city.firm.owner, line.public_id, Request(fen, 6, "采购面料"))
        with city.database.write() as session:
            deciding.approve(session, city.lender.approver, made.public_id)
        with city.database.write() as session:
            return deciding.disburse(session, city.lender.reviewer, made.public_id, on=clock.today())


def _watch(city: City, line: CreditLine) -> None:
    """The firm lets itself be watched, and then becomes known for an abnormal listing."""
    with city.database.write() as session:
        consenting.sign(session, city.firm.owner, line.public_id)
    with city.database.write() as session:
        watching.run(session)
    listed = {"abnormal_listed": FactValue(True, FactSource.MARKET_SUPERVISION, clock.today())}
    with city.database.write() as session:
        facts.record_facts(session, city.firm.id, listed, actor=None, reason="test")
    with city.database.write() as session:
        assert watching.run(session) == 1
    cleared = {"abnormal_listed": FactValue(False, FactSource.MARKET_SUPERVISION, clock.today())}
    with city.database.write() as session:
        facts.record_facts(session, city.firm.id, cleared, actor=None, reason="test")


def need_credit(city: City) -> None:
    """A need of each state, the one that is still written last, and one that no product meets."""
    told = NeedDetails(100 * WAN, 12, "working_capital", "王经理", "0512-55550101", "采购面料")
    for step in ("answer", "post", "write"):
        with city.database.write() as session:
            need = posting.write(session, city.firm.owner, told)
            if step != "write":
                posting.post(session, city.firm.owner, need.public_id)
        if step == "answer":
            with city.database.write() as session:
                answer = Indication(90 * WAN, 39_000, 12, "欢迎来行面谈")
                answering.respond(session, city.lender.reviewer, need.public_id, answer)
    shut_out = city.scene.firm(grade="E")
    with city.database.write() as session:
        need = posting.write(session, shut_out.owner, replace(told, amount_fen=9_000 * WAN))
        posting.post(session, shut_out.owner, need.public_id)
    with city.database.write() as session:
        unserved.count(session)


def connect_a_system(city: City) -> None:
    """The lender's system takes one message and refuses the next."""
    with receiving() as receiver:
        receiver.answers = [200, 500]
        with city.database.write() as session:
            made, _ = endpoints.add(session, city.lender.manager, Wish(receiver.url, "核心系统", CHOOSABLE))
        for _ in receiver.answers[:]:
            with city.database.write() as session:
                endpoints.send_test(session, city.lender.manager, made.public_id)
            with city.database.read() as session:
                sent = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id.desc())).first()
                assert sent is not None
            delivering.deliver(city.database, sent.public_id)
