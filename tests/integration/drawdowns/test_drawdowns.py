from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from creditbridge.access.rules import Role
from creditbridge.facts import service as facts
from creditbridge.kernel import clock
from creditbridge.kernel.errors import (
    Conflict,
    DuplicateRequest,
    InvalidInput,
    NotAllowed,
    NotFound,
    RuleRefused,
)
from creditbridge.notices.model import Notice
from creditbridge.store import constraints
from creditbridge.store.audit import AuditEntry
from creditbridge.webhooks import endpoints, secret_keeping
from creditbridge.webhooks.endpoints import Wish
from creditbridge.webhooks.model import WebhookMessage
from creditbridge.webhooks.rules import Event
from lenders.pricing.running import Keep, accrued_interest
from matching.drawdowns import amending, deciding, requesting, servicing
from matching.drawdowns.model import Amendment, Drawdown
from matching.drawdowns.position import changes_of, loan_of, position, terms_of
from matching.drawdowns.rules import DRAWDOWN_STATE_WORDS, AmendmentKind, DrawdownState, Request
from matching.drawdowns.servicing import Payment
from matching.ledger import credit, limits, pools
from matching.ledger.checking import trial_balance
from matching.ledger.model import LedgerTransaction
from matching.ledger.rules import Counted, Owner
from matching.lines import holding, supporting
from matching.lines.model import CreditLine
from matching.lines.supporting import Support
from tests.scene import WAN

TODAY = date(2026, 11, 23)


@pytest.fixture
def line(lines_, lender, product, firm):
    """A revolving line of 1.5 million for twelve months, repaid in equal instalments."""
    return lines_.online(lender, product, firm)


@pytest.fixture
def act(database):
    def run(use, *args, **values):
        with database.write() as session:
            return use(session, *args, **values)

    return run


@pytest.fixture
def drawn(act, line, firm, lender):
    """100,000 yuan, paid out today for six months."""
    made = act(requesting.request, firm.owner, line.public_id, Request(10 * WAN, 6, "采购"))
    act(deciding.approve, lender.approver, made.public_id)
    return act(deciding.disburse, lender.reviewer, made.public_id, on=clock.today())


def counters(database, line):
    with database.read() as session:
        return limits.counted(session, Owner.LINE, line.id)


def now(database, drawdown, on=None):
    with database.read() as session:
        found = position(session, session.get_one(Drawdown, drawdown.id), on or clock.today())
        # Worked out while the session lasts.
        assert found.rows
        assert found.owed.total_fen >= 0
        return found


def holds(database):
    with database.read() as session:
        assert trial_balance(session).findings == ()


def on_day(days):
    return clock.at(clock.now() + timedelta(days=days))


def test_of_two_that_together_exceed_the_line_one_succeeds(database, act, line, firm):
    act(requesting.request, firm.owner, line.public_id, Request(100 * WAN, 6))
    with pytest.raises(RuleRefused) as refused:
        act(requesting.request, firm.owner, line.public_id, Request(100 * WAN, 6))
    assert refused.value.code == "limit_exhausted"
    assert counters(database, line) == Counted(150 * WAN, 100 * WAN, 0)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Drawdown)) == 1
    holds(database)


def test_from_request_to_repaid(database, act, line, firm, lender, drawn):
    assert drawn.state_now is DrawdownState.PERFORMING
    assert counters(database, line) == Counted(150 * WAN, 0, 10 * WAN)
    rows = now(database, drawn).rows
    with on_day(31):
        first = rows[0]
        act(servicing.repay, lender.reviewer, drawn.public_id, Payment(first.payment_fen, first.due))
        assert now(database, drawn).outstanding_fen == 10 * WAN - first.principal_fen
        assert counters(database, line).used_fen == 10 * WAN - first.principal_fen
        holds(database)
        left = now(database, drawn).outstanding_fen
        act(
            servicing.repay,
            lender.reviewer,
            drawn.public_id,
            Payment(left + _accrued(database, drawn), clock.today()),
        )
    with database.read() as session:
        row = session.get_one(Drawdown, drawn.id)
        assert row.state_now is DrawdownState.SETTLED
        line_row = session.get_one(CreditLine, line.id)
        assert (line_row.disbursed_fen, line_row.balance_fen) == (10 * WAN, 0)
    assert counters(database, line) == Counted(150 * WAN, 0, 0)
    holds(database)


def _accrued(database, drawdown):
    with database.read() as session:
        row = session.get_one(Drawdown, drawdown.id)
        return accrued_interest(terms_of(row, row.paid_out_on), changes_of(row), clock.today())[1]


def test_rejected_and_cancelled_drawdowns_free_what_they_held(database, act, line, firm, lender):
    made = act(requesting.request, firm.owner, line.public_id, Request(10 * WAN, 6))
    act(deciding.reject, lender.approver, made.public_id, reason="用途不符")
    other = act(requesting.request, firm.owner, line.public_id, Request(150 * WAN, 6))
    act(deciding.approve, lender.approver, other.public_id)
    act(requesting.cancel, firm.owner, other.public_id, reason="不需要了")
    third = act(requesting.request, firm.owner, line.public_id, Request(150 * WAN, 6))
    act(deciding.approve, lender.approver, third.public_id)
    act(deciding.cancel, lender.reviewer, third.public_id, reason="资料有误")
    assert counters(database, line) == Counted(150 * WAN, 0, 0)
    holds(database)


def test_every_illegal_step_writes_nothing(database, act, line, firm, lender, drawn):
    def written():
        with database.read() as session:
            return [
                session.scalar(select(func.count()).select_from(table))
                for table in (AuditEntry, LedgerTransaction, Notice)
            ]

    before = written()
    uses = [
        (deciding.approve, lender.approver, {}),
        (deciding.reject, lender.approver, {"reason": "x"}),
        (deciding.cancel, lender.reviewer, {"reason": "x"}),
        (deciding.disburse, lender.reviewer, {"on": TODAY}),
        (requesting.cancel, firm.owner, {"reason": "x"}),
    ]
    for use, actor, values in uses:
        with pytest.raises(Conflict):
            act(use, actor, drawn.public_id, **values)
    for step in ("compensate", "write_off"):
        with pytest.raises(Conflict):
            act(servicing.end_badly, lender.approver, drawn.public_id, step, reason="x")
    assert written() == before


def test_only_the_right_people_take_each_step(act, line, firm, lender, strange_lender, scene):
    with pytest.raises(NotAllowed):
        act(requesting.request, firm.staff, line.public_id, Request(WAN, 6))
    with pytest.raises(NotFound):
        act(requesting.request, scene.firm().owner, line.public_id, Request(WAN, 6))
    made = act(requesting.request, firm.owner, line.public_id, Request(WAN, 6))
    with pytest.raises(NotAllowed):
        act(deciding.approve, lender.reviewer, made.public_id)
    with pytest.raises(NotFound):
        act(deciding.approve, strange_lender.approver, made.public_id)
    act(deciding.approve, lender.approver, made.public_id)
    with pytest.raises(NotAllowed):
        act(deciding.disburse, lender.approver, made.public_id, on=TODAY)


def test_who_approved_does_not_pay_out_in_another_role(act, line, firm, lender):
    made = act(requesting.request, firm.owner, line.public_id, Request(WAN, 6))
    act(deciding.approve, lender.approver, made.public_id)
    same = replace(lender.approver, role=Role.LENDER_REVIEWER)
    with pytest.raises(RuleRefused) as refused:
        act(deciding.disburse, same, made.public_id, on=TODAY)
    assert refused.value.code == "own_work"


def test_a_frozen_or_blocked_line_takes_no_new_drawdown_and_leaves_the_old_alone(
    database, act, line, firm, lender, drawn
):
    approved = act(requesting.request, firm.owner, line.public_id, Request(WAN, 6))
    act(deciding.approve, lender.approver, approved.public_id)
    with database.write() as session:
        holding.block_drawing(session, session.get_one(CreditLine, line.id), "信用等级下降")
    with pytest.raises(RuleRefused) as refused:
        act(requesting.request, firm.owner, line.public_id, Request(WAN, 6))
    assert refused.value.code == "limit_closed"
    with pytest.raises(RuleRefused):
        act(deciding.disburse, lender.reviewer, approved.public_id, on=TODAY)
    act(servicing.repay, lender.reviewer, drawn.public_id, Payment(WAN, TODAY))
    act(deciding.cancel, lender.reviewer, approved.public_id, reason="等级下降")
    holds(database)


def test_terms_past_the_lines_end_and_odd_days_are_refused(act, line, firm, lender, drawn):
    with pytest.raises(InvalidInput):
        act(requesting.request, firm.owner, line.public_id, Request(WAN, 13))
    made = act(requesting.request, firm.owner, line.public_id, Request(WAN, 12))
    act(deciding.approve, lender.approver, made.public_id)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(InvalidInput):
            act(deciding.disburse, lender.reviewer, made.public_id, on=day)
    with on_day(3), pytest.raises(InvalidInput):
        act(deciding.disburse, lender.reviewer, made.public_id, on=clock.today())
    for payment in (
        Payment(0, TODAY),
        Payment(-1, TODAY),
        Payment(10**13 + 1, TODAY),
        Payment(WAN, TODAY - timedelta(days=1)),
        Payment(WAN, TODAY + timedelta(days=1)),
        Payment(10 * WAN + 1, TODAY),
    ):
        with pytest.raises(InvalidInput):
            act(servicing.repay, lender.reviewer, drawn.public_id, payment)


def test_late_payments_bear_penalty_and_catching_up_performs_again(database, act, lender, drawn):
    first = now(database, drawn).rows[0]
    with on_day(40):
        act(servicing.service_due)
        act(servicing.service_due)
        late = now(database, drawn)
        assert late.drawdown.state_now is DrawdownState.OVERDUE
        assert late.owed.principal_fen == first.principal_fen
        assert late.owed.penalty_fen > 0
        assert late.charged_penalty_fen == late.owed.penalty_fen
        holds(database)
        act(servicing.repay, lender.reviewer, drawn.public_id, Payment(late.owed.total_fen, clock.today()))
        again = now(database, drawn)
        assert again.drawdown.state_now is DrawdownState.PERFORMING
        assert again.owed.total_fen == 0
    holds(database)
    with database.read() as session:
        kinds = session.scalars(select(Notice.kind)).all()
    assert kinds.count("drawdown.overdue") == 1
    assert "drawdown.to_collect" in kinds


def test_a_loan_overdue_for_years_still_owes_its_principal(database, drawn):
    """Each night of lateness is a movement of its own."""
    before = now(database, drawn).outstanding_fen
    with database.write() as session:
        loan = loan_of(session.get_one(Drawdown, drawn.id))
        for _ in range(510):
            credit.charge(session, None, loan, interest_fen=0, penalty_fen=1, on=clock.today())
    late = now(database, drawn)
    assert (late.outstanding_fen, late.charged_penalty_fen) == (before, 510)


def test_a_loan_that_cannot_be_serviced_does_not_keep_the_others_from_it(database, act, drawn, monkeypatch):
    charge, seen = servicing.charge, []

    def fails_first(session, actor, at):
        seen.append(at.drawdown.public_id)
        charge(session, actor, at)
        if len(seen) == 1:
            raise Conflict("broken", DRAWDOWN_STATE_WORDS[DrawdownState.OVERDUE])

    monkeypatch.setattr(servicing, "charge", fails_first)
    with on_day(40):
        assert act(servicing.service_due) == 1
        failed = now(database, drawn)
        assert (failed.charged_interest_fen, failed.drawdown.state_now) == (0, DrawdownState.PERFORMING)
        act(servicing.service_due)
        assert now(database, drawn).drawdown.state_now is DrawdownState.OVERDUE
    holds(database)


def test_a_payment_dated_before_the_nightly_charge_takes_penalty_back(database, act, lender, drawn):
    with on_day(45):
        act(servicing.service_due)
        day = clock.today() - timedelta(days=5)
        owed = now(database, drawn, day).owed
        act(servicing.repay, lender.reviewer, drawn.public_id, Payment(owed.total_fen, day))
        assert now(database, drawn).owed.total_fen == 0
    holds(database)


def test_an_overdue_loan_is_compensated_from_the_pool_or_written_off(
    database, act, line, firm, lender, scene
):
    pool = act(
        pools.create,
        scene.publisher,
        name="风险池",
        name_en="",
        sponsor="财政局",
        share_ppm=500_000,
        fen=50 * WAN,
    )
    act(
        supporting.record_support,
        lender.reviewer,
        line.public_id,
        Support("担保公司", "DB-1", 300_000, 200_000, pool.public_id, 1_000_000),
    )
    ended = []
    for step in ("compensate", "write_off"):
        made = act(requesting.request, firm.owner, line.public_id, Request(10 * WAN, 2))
        act(deciding.approve, lender.approver, made.public_id)
        act(deciding.disburse, lender.reviewer, made.public_id, on=TODAY)
        ended.append((made, step))
    with database.read() as session:
        assert limits.counted(session, Owner.POOL, pool.id) == Counted(50 * WAN, 0, 4 * WAN)
    with on_day(90):
        act(servicing.service_due)
        for made, step in ended:
            act(servicing.end_badly, lender.approver, made.public_id, step, reason="无法偿还")
            assert now(database, made).outstanding_fen == 0
            holds(database)
    with database.read() as session:
        assert limits.counted(session, Owner.POOL, pool.id) == Counted(50 * WAN, 0, 2 * WAN)
    assert counters(database, line) == Counted(150 * WAN, 0, 20 * WAN)


def test_premium_subsidy_is_seventy_percent_for_the_cultivation_pool(act, line, lender, firm):
    stated = Support("担保公司", "", 500_000, 0, None, 1_000_001)
    assert act(supporting.record_support, lender.reviewer, line.public_id, stated).subsidy_fen == 0
    act(facts.set_list_membership, "cultivation_pool", firm.id, True, TODAY)
    row = act(supporting.record_support, lender.reviewer, line.public_id, stated)
    assert (row.subsidy_ppm, row.subsidy_fen, row.in_cultivation_pool) == (700_000, 700_001, True)


@pytest.mark.parametrize(
    "stated",
    [
        Support(guarantor_share_ppm=100_000),
        Support("甲", guarantor_share_ppm=1_000_001),
        Support("甲", guarantor_share_ppm=600_000, pool_share_ppm=500_000),
        Support(pool_share_ppm=100_000),
        Support(premium_fen=-1),
    ],
)
def test_shares_that_do_not_make_a_whole_are_refused(act, line, lender, stated):
    with pytest.raises(InvalidInput):
        act(supporting.record_support, lender.reviewer, line.public_id, stated)


def test_a_limit_changes_only_with_two_officers_and_the_firm(database, act, line, firm, lender, drawn):
    made = act(
        amending.propose_limit, lender.reviewer, line.public_id, amount_fen=200 * WAN, reason="经营扩大"
    )
    with pytest.raises(Conflict):
        act(amending.answer, firm.owner, made.public_id, "accept")
    with pytest.raises(NotAllowed):
        act(amending.decide, lender.reviewer, made.public_id, "approve")
    act(amending.decide, lender.approver, made.public_id, "approve")
    with pytest.raises(NotAllowed):
        act(amending.answer, firm.staff, made.public_id, "accept")
    act(amending.answer, firm.owner, made.public_id, "accept")
    assert counters(database, line) == Counted(200 * WAN, 0, 10 * WAN)
    holds(database)
    lower = act(amending.propose_limit, lender.reviewer, line.public_id, amount_fen=5 * WAN, reason="压降")
    act(amending.decide, lender.approver, lower.public_id, "approve")
    with pytest.raises(RuleRefused) as refused:
        act(amending.answer, firm.owner, lower.public_id, "accept")
    assert refused.value.code == "limit_in_use"
    act(amending.answer, firm.owner, lower.public_id, "decline")
    with database.read() as session:
        assert session.get_one(CreditLine, line.id).amount_fen == 200 * WAN
        assert session.get_one(Amendment, lower.id).state == "declined"


def test_one_change_of_a_kind_at_a_time(database, act, line, lender):
    act(amending.propose_limit, lender.reviewer, line.public_id, amount_fen=200 * WAN, reason="扩大")
    with pytest.raises(IntegrityError) as caught:
        act(amending.propose_limit, lender.reviewer, line.public_id, amount_fen=210 * WAN, reason="扩大")
    assert isinstance(constraints.explain(caught.value), DuplicateRequest)


def test_an_extension_and_a_rate_take_effect_when_the_firm_agrees(database, act, firm, lender, drawn):
    before = now(database, drawn).rows
    for kind, value in ((AmendmentKind.EXTENSION, 3), (AmendmentKind.RATE, 30_000)):
        made = act(
            amending.propose_for_drawdown, lender.reviewer, drawn.public_id, kind, value=value, reason="困难"
        )
        act(amending.decide, lender.approver, made.public_id, "approve")
        act(amending.answer, firm.owner, made.public_id, "accept")
    after = now(database, drawn).rows
    assert len(after) == len(before) + 3
    assert after[1].interest_fen < before[1].interest_fen
    assert sum(row.principal_fen for row in after) == 10 * WAN
    with pytest.raises(InvalidInput):
        act(
            amending.propose_for_drawdown,
            lender.reviewer,
            drawn.public_id,
            AmendmentKind.EXTENSION,
            value=7,
            reason="x",
        )


def test_a_fixed_rate_is_not_set_anew_without_the_firm(act, lender, drawn):
    with pytest.raises(RuleRefused) as refused:
        act(servicing.set_rate, lender.approver, drawn.public_id, on=TODAY, rate_ppm=30_000)
    assert refused.value.code == "fixed_rate"


def test_an_early_repayment_lowers_payments_or_ends_sooner(database, act, lender, drawn):
    with on_day(10):
        act(
            servicing.repay,
            lender.reviewer,
            drawn.public_id,
            Payment(5 * WAN, clock.today(), Keep.PAYMENT),
        )
        after = now(database, drawn)
        assert after.outstanding_fen < 5 * WAN + 20_000
        assert len([row for row in after.rows if row.balance_fen >= 0]) < 7
        with pytest.raises(InvalidInput):
            act(servicing.repay, lender.reviewer, drawn.public_id, Payment(6 * WAN, clock.today()))
    holds(database)


def test_pages_lead_from_the_line_to_the_repayment(database, as_actor, line, firm, lender):
    owner, approver, reviewer = as_actor(firm.owner), as_actor(lender.approver), as_actor(lender.reviewer)
    page = f"/firm/lines/{line.public_id}/drawdowns"
    assert page in owner.get(f"/firm/lines/{line.public_id}").text
    refused = owner.post(page, data={"amount_fen": "151", "term_months": "6"})
    assert refused.status_code == 422
    assert "可用额度不足" in refused.text
    for wrong in ("0", "-5", "1.23456789", "99999999999"):
        assert owner.post(page, data={"amount_fen": wrong, "term_months": "6"}).status_code == 422
    made = owner.post(page, data={"amount_fen": "150", "term_months": "6", "purpose": "采购"})
    assert made.status_code == 302
    drawdown = made.location.rsplit("/", 1)[1]
    assert "还款计划" in owner.get(made.location).text
    theirs = f"/lender/drawdowns/{drawdown}"
    assert theirs in approver.get("/lender/drawdowns?state=requested").text
    assert approver.post(f"{theirs}/steps/approve").status_code == 302
    assert approver.post(f"{theirs}/steps/approve").status_code == 409
    assert reviewer.post(f"{theirs}/pay-out", data={"on": TODAY.isoformat()}).status_code == 302
    assert "登记还款" in reviewer.get(theirs).text
    paid = reviewer.post(f"{theirs}/payments", data={"amount_fen": "1000000", "on": TODAY.isoformat()})
    assert paid.status_code == 302
    assert "提前还款" in owner.get(f"/firm/drawdowns/{drawdown}").text
    assert counters(database, line) == Counted(150 * WAN, 0, 50 * WAN)
    limit = reviewer.post(
        f"/lender/lines/{line.public_id}/limit", data={"amount_fen": "200", "reason": "扩大"}
    )
    assert limit.status_code == 302
    shown = approver.get(f"/lender/lines/{line.public_id}/drawdowns").text
    amendment = shown.split("/lender/amendments/")[1].split("/")[0]
    assert approver.post(f"/lender/amendments/{amendment}/approve").status_code == 302
    assert "额度由" in owner.get(page).text
    assert owner.post(f"/firm/amendments/{amendment}/accept").status_code == 302
    assert counters(database, line).limit_fen == 200 * WAN
    support = f"/lender/lines/{line.public_id}/support"
    sent = {"guarantor": "担保公司", "guarantor_share_ppm": "30", "premium_fen": "5000"}
    assert reviewer.post(support, data=sent).status_code == 302
    assert "担保公司" in reviewer.get(f"/lender/lines/{line.public_id}").text
    assert "担保公司" in reviewer.get(support).text
    assert reviewer.post(support, data={"guarantor_share_ppm": "30"}).status_code == 422
    holds(database)


def test_risk_pools_are_set_up_and_funded_on_a_page(database, as_actor, scene):
    administrator = as_actor(scene.publisher)
    sent = {"name": "市风险池", "share_ppm": "40", "amount_fen": "1000"}
    assert administrator.post("/platform/risk-pools", data=sent).status_code == 302
    shown = administrator.get("/platform/risk-pools").text
    assert "市风险池" in shown
    address = "/platform/risk-pools/" + shown.split('action="/platform/risk-pools/')[1].split('"')[0]
    assert administrator.post(address, data={"amount_fen": "500"}).status_code == 302
    assert administrator.post(address, data={"amount_fen": "0"}).status_code == 422
    assert administrator.post("/platform/risk-pools", data={**sent, "share_ppm": "0"}).status_code == 422
    assert "¥15,000,000.00" in administrator.get("/platform/risk-pools").text
    holds(database)


def test_the_lenders_systems_are_told_of_what_the_firm_did(database, act, line, firm, lender):
    secret_keeping.seal_with("k" * 40)
    wanted = (Event.DRAWDOWN_REQUESTED, Event.DRAWDOWN_CANCELLED)
    act(endpoints.add, lender.manager, Wish("https://93.184.216.34/hook", "核心系统", wanted))
    made = act(requesting.request, firm.owner, line.public_id, Request(10 * WAN, 6, "采购"))
    act(deciding.approve, lender.approver, made.public_id)
    act(requesting.cancel, firm.owner, made.public_id, reason="不需要了")
    with database.read() as session:
        bodies = [
            json.loads(body)
            for body in session.scalars(select(WebhookMessage.body).order_by(WebhookMessage.id))
        ]

    assert [body["type"] for body in bodies] == ["drawdown.requested", "drawdown.cancelled"]
    assert bodies[0]["data"] == {
        "drawdown_id": made.public_id,
        "line_id": line.public_id,
        "state": "requested",
    }
    assert "100000" not in str(bodies)
