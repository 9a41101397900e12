"""Scenario 5: 2 million, two drawdowns of 1.5 million at once, a repayment, and a downgrade that blocks new ones only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.webhooks import secret_keeping
from matching.monitoring import watching
from tests.conftest import TODAY
from tests.integration.scenarios.telling import applies, offers, takes_up
from tests.scene import Scene

DRAW = {"amount_fen": "150", "term_months": "6", "purpose": "采购面料"}


def test_a_line_is_drawn_once_restored_and_blocked_after_a_downgrade(scene: Scene, at_desk) -> None:
    secret_keeping.seal_with("k" * 40)
    lender, firm = scene.lender(), scene.firm(grade="B")
    owner, reviewer, approver = at_desk(firm.owner), at_desk(lender.reviewer), at_desk(lender.approver)
    product = scene.product(lender)
    sent = applies(owner, [product])[product.name.zh]
    takes_up(reviewer, sent)
    offers(reviewer, approver, sent, amount_fen="200")
    owner.sends(f"/firm/submissions/{sent}/accept")
    grant = {
        "contract_number": "HT-1", "granted_on": "2026-11-23", "amount_fen": "200", "kind": "new", "revolving": "1",
    }  # fmt: skip
    line = reviewer.opens(f"/lender/applications/{sent}/grant", **grant)

    assert sorted(draws_at_once(at_desk, firm.owner, line)) == [302, 422]
    told = owner.reads(f"/firm/lines/{line}/drawdowns")
    assert "提款占用 150 万元" in told
    assert "可用额度 50 万元" in told

    (drawdown,) = owner.finds(f"/firm/lines/{line}/drawdowns", "/firm/drawdowns/")
    approver.sends(f"/lender/drawdowns/{drawdown}/steps/approve")
    reviewer.sends(f"/lender/drawdowns/{drawdown}/pay-out", on="2026-11-23")
    paid = {"amount_fen": "1000000", "on": "2026-11-23", "keep": "term"}
    reviewer.sends(f"/lender/drawdowns/{drawdown}/payments", **paid)
    assert "可用额度 150 万元" in owner.reads(f"/firm/lines/{line}/drawdowns")

    owner.sends(f"/firm/lines/{line}/consent", agreed="1")
    watch(scene)
    worse = FactValue("E", FactSource.PLATFORM_SCORE, clock.today())
    with scene.people.database.write() as session:
        facts.record_facts(session, firm.id, {"platform_grade": worse}, actor=None, reason="test")
    watch(scene)
    owner.sends(f"/firm/lines/{line}/drawdowns", status=422, **{**DRAW, "amount_fen": "10"})
    assert "暂不能新增提款" in owner.reads(f"/firm/lines/{line}")
    assert "正常还款" in owner.reads(f"/firm/drawdowns/{drawdown}")
    assert "信用等级" in reviewer.reads("/lender/alerts")


def draws_at_once(at_desk, actor, line: str) -> list[int]:
    """Two windows of the owner send the same wish at the same moment; the statuses they get."""
    windows = [at_desk(actor) for _ in range(2)]
    ready = Barrier(2)

    def draw(window) -> int:
        with clock.at(TODAY):
            ready.wait()
            return window.client.post(f"/firm/lines/{line}/drawdowns", data=DRAW).status_code

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(draw, windows))


def watch(scene: Scene) -> None:
    """The nightly comparison of firms with a line."""
    with scene.people.database.write() as session:
        watching.run(session)
