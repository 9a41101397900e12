"""A firm with a line gets worse: its lender is warned within the next run, once, within the consent, and seen by the firm."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from creditbridge.access.rules import Actor
from creditbridge.disclosure import consents, ledger
from creditbridge.disclosure.model import Consent
from creditbridge.disclosure.rules import Purpose, Scope
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from creditbridge.webhooks import endpoints
from creditbridge.webhooks.endpoints import Wish
from creditbridge.webhooks.model import WebhookMessage
from creditbridge.webhooks.rules import CHOOSABLE, Event
from matching.conflicts import service as conflicts
from matching.conflicts.rules import Relation
from matching.lines.model import CreditLine
from matching.monitoring import alerts, watching
from matching.monitoring.alerts import Shown
from matching.monitoring.model import MonitorAlert
from matching.monitoring.rules import AlertState, Blocking
from tests.lines import Lines
from tests.people import People
from tests.scene import Scene, TestFirm, TestLender

Learn = Callable[..., None]
AsActor = Callable[[Actor], FlaskClient]
Run = Callable[[], int]


def shown(database: Database, actor: Actor) -> list[Shown]:
    with database.read() as session:
        return list(alerts.alerts_of(session, actor)[0])


def line_now(database: Database, line: CreditLine) -> CreditLine:
    with database.read() as session:
        return session.get_one(CreditLine, line.id)


def live_post_loan(session: Any, firm: TestFirm) -> Consent:
    return session.scalars(
        select(Consent).where(
            Consent.firm_id == firm.id, Consent.purpose == "post_loan", Consent.state == "active"
        )
    ).one()


def test_an_officer_with_an_interest_in_the_firm_neither_reads_nor_handles_its_alert(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn, run
) -> None:
    learn(firm, seriously_dishonest=True)
    assert run() == 1
    with database.write() as session:
        conflicts.declare(session, lender.approver, session.get_one(Firm, firm.id), Relation.RELATIVE)
    with database.read() as session:
        [shown], _ = alerts.alerts_of(session, lender.approver)
        assert (shown.findings, shown.kept_away) == (None, True)
        key = shown.alert.public_id
        with pytest.raises(RuleRefused, match="conflict_of_interest"):
            alerts.alert_of(session, lender.approver, key)
        assert alerts.alert_of(session, lender.reviewer, key).findings
    with database.write() as session, pytest.raises(RuleRefused, match="conflict_of_interest"):
        alerts.handle(session, lender.approver, key, note="放行", allow_drawing=True)


def test_a_drop_of_the_grade_warns_the_lender_once(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    assert run() == 0, "the grade is that of the grant"
    learn(firm, platform_grade="C")

    assert run() == 1
    assert run() == 0
    [one] = shown(database, lender.reviewer)
    assert [(f.mark, f.before, f.after) for f in one.findings or ()] == [("grade:platform_grade", "A", "C")]
    learn(firm, annual_revenue=5_000_000_00)
    assert run() == 0, "another fact changed"


def test_a_new_serious_label_or_list_entry_warns(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    run()
    learn(firm, labels=["judgment_debtor", "enforced"], seriously_dishonest=True)

    assert run() == 1
    [one] = shown(database, lender.reviewer)
    assert {f.mark for f in one.findings or ()} == {
        "label:judgment_debtor",
        "label:enforced",
        "fact:seriously_dishonest",
    }


def test_the_firm_reads_the_look_in_its_ledger_and_only_where_something_was_told(
    database: Database, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    def looks() -> int:
        with database.read() as session:
            rows = ledger.entries_of_firm(session, firm.id).rows
            return sum(row.entry.purpose == "post_loan" for row in rows)

    run()
    assert looks() == 0
    learn(firm, platform_grade="B")
    run()
    assert looks() == 1


def test_without_a_consent_nobody_is_warned(
    database: Database, lender: TestLender, firm: TestFirm, line: CreditLine, learn: Learn, run: Run
) -> None:
    learn(firm, platform_grade="E")

    assert run() == 0
    assert shown(database, lender.reviewer) == []


def test_a_revoked_consent_ends_the_warnings_and_closes_those_there_were(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    learn(firm, platform_grade="B")
    run()
    with database.write() as session:
        consents.revoke(session, firm.owner, live_post_loan(session, firm).public_id)
    learn(firm, platform_grade="E")

    assert run() == 0
    [one] = shown(database, lender.reviewer)
    assert one.findings is None


def test_what_the_consent_does_not_cover_is_not_told(
    database: Database, lender: TestLender, firm: TestFirm, line: CreditLine, learn: Learn, run: Run
) -> None:
    with database.write() as session:
        consents.sign(
            session,
            firm.owner,
            firm_id=firm.id,
            lender_organisation_id=lender.reviewer.organisation_id,
            purpose=Purpose.POST_LOAN,
            scope=[Scope.TAX.value],
            expires_on=clock.today(),
        )
    learn(firm, platform_grade="E", labels=["judgment_debtor"], tax_credit_grade="A")
    assert run() == 0
    learn(firm, tax_credit_grade="D")
    assert run() == 1
    [one] = shown(database, lender.reviewer)
    assert [f.mark for f in one.findings or ()] == ["grade:tax_credit_grade"]


def test_another_lender_is_not_warned_and_finds_nothing(
    database: Database,
    scene: Scene,
    lender: TestLender,
    firm: TestFirm,
    consented: CreditLine,
    learn: Learn,
    run: Run,
) -> None:
    other = scene.lender()
    Lines(scene).offline(other, firm)
    learn(firm, platform_grade="E")
    run()

    [one] = shown(database, lender.reviewer)
    assert shown(database, other.reviewer) == []
    with database.read() as session, pytest.raises(NotFound):
        alerts.alert_of(session, other.reviewer, one.alert.public_id)


def test_officers_and_systems_are_told_that_there_is_an_alert_and_not_what_about(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    with database.write() as session:
        endpoints.add(session, lender.manager, Wish("https://hooks.example.com/", "", CHOOSABLE))
    learn(firm, platform_grade="E")
    run()

    with database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "monitoring.alert")).one()
        message = session.scalars(select(WebhookMessage).where(WebhookMessage.event == "firm.alert")).one()
    assert notice.is_todo
    assert set(notice.params) == {"firm", "contract"}
    assert set(json.loads(message.body)["data"]) == {"alert_id", "severity", "line_ids", "drawing_blocked"}


def test_a_serious_alert_blocks_new_drawdowns_and_leaves_what_is_lent(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    before = line_now(database, consented)
    learn(firm, platform_grade="E")
    run()

    after = line_now(database, consented)
    assert after.drawing_blocked
    assert (after.state, after.balance_fen, after.amount_fen) == (
        before.state,
        before.balance_fen,
        before.amount_fen,
    )


def test_a_mild_alert_blocks_only_where_the_lender_chose_so(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    learn(firm, platform_grade="B")
    run()
    assert not line_now(database, consented).drawing_blocked
    with database.write() as session:
        with pytest.raises(NotAllowed):
            alerts.choose_blocking(session, lender.reviewer, Blocking.ANY)
        alerts.choose_blocking(session, lender.approver, Blocking.ANY)
    learn(firm, platform_grade="C")
    run()
    assert line_now(database, consented).drawing_blocked


def test_an_alert_is_handled_once_with_a_note_and_an_approver_allows_drawing_again(
    database: Database, lender: TestLender, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    learn(firm, platform_grade="E")
    run()
    key = shown(database, lender.reviewer)[0].alert.public_id
    with database.write_session() as session:
        with pytest.raises(NotAllowed):
            alerts.handle(session, lender.reviewer, key, note="看过", allow_drawing=True)
        with pytest.raises(InvalidInput):
            alerts.handle(session, lender.reviewer, key, note=" ", allow_drawing=False)
        with pytest.raises(NotAllowed):
            alerts.handle(session, lender.viewer, key, note="看过", allow_drawing=False)
        session.rollback()
    with database.write() as session:
        alerts.handle(session, lender.approver, key, note="已上门核实", allow_drawing=True)
    with database.write_session() as session:
        with pytest.raises(Conflict):
            alerts.handle(session, lender.approver, key, note="再次", allow_drawing=False)
        session.rollback()
    assert not line_now(database, consented).drawing_blocked
    with database.read() as session:
        assert session.scalars(select(MonitorAlert)).one().state_now is AlertState.HANDLED
        assert (
            session.scalars(select(Notice).where(Notice.kind == "monitoring.alert")).one().done_at is not None
        )
        assert alerts.open_count(session, lender.reviewer) == 0


def test_pages_of_an_alert(
    as_actor: Callable[[Actor], FlaskClient],
    lender: TestLender,
    firm: TestFirm,
    consented: CreditLine,
    learn: Learn,
    run: Run,
    database: Database,
) -> None:
    learn(firm, platform_grade="C")
    run()
    key = shown(database, lender.reviewer)[0].alert.public_id
    reviewer, approver = as_actor(lender.reviewer), as_actor(lender.approver)

    assert "1 条贷后预警待处理" in reviewer.get("/lender").text
    assert "信用等级由 A 级降至 C 级" in reviewer.get("/lender/alerts?state=new").text
    assert "信用等级由 A 级降至 C 级" in reviewer.get(f"/lender/lines/{consented.public_id}").text
    assert approver.post("/lender/alerts/policy", data={"blocking": "any"}).status_code == 302
    answer = approver.post(f"/lender/alerts/{key}/handle", data={"note": "已核实", "allow_drawing": "true"})
    assert answer.status_code == 302
    assert "已核实" in reviewer.get(f"/lender/alerts/{key}").text
    assert reviewer.post(f"/lender/alerts/{key}/handle", data={"note": "再"}).status_code == 409


def test_the_owner_consents_on_the_page_of_the_line_and_only_once(
    as_actor: Callable[[Actor], FlaskClient],
    people: People,
    firm: TestFirm,
    line: CreditLine,
    database: Database,
) -> None:
    url = f"/firm/lines/{line.public_id}/consent"
    owner = as_actor(firm.owner)
    assert owner.post(url, data={}).status_code == 422, "the box is not ticked"
    assert as_actor(firm.staff).post(url, data={"agreed": "true"}).status_code == 403
    assert owner.post(url, data={"agreed": "true"}).status_code == 302
    assert owner.post(url, data={"agreed": "true"}).status_code == 422
    with database.read() as session:
        assert live_post_loan(session, firm).expires_on == line.maturity_on


def told_of_change(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        bodies = session.scalars(
            select(WebhookMessage.body)
            .where(WebhookMessage.event == "firm.credit_changed")
            .order_by(WebhookMessage.id)
        )
        return [json.loads(body)["data"] for body in bodies]


@pytest.fixture
def endpoint(database: Database, lender: TestLender) -> None:
    with database.write() as session:
        wish = Wish("https://hooks.example.com/", "", (Event.FIRM_CREDIT_CHANGED,))
        endpoints.add(session, lender.manager, wish)


def test_systems_are_told_that_a_grade_is_another_for_better_or_worse(
    database: Database,
    endpoint: None,
    firm: TestFirm,
    consented: CreditLine,
    learn: Learn,
    run: Run,
) -> None:
    run()
    assert told_of_change(database) == [], "the grade is that of the grant"
    learn(firm, platform_grade="B")
    run()
    learn(firm, platform_grade="A")
    assert run() == 0, "better is no alert"
    run()

    told = told_of_change(database)
    assert [each["changed"] for each in told] == [["grade:platform_grade"]] * 2
    assert [each["firm_id"] for each in told] == [firm.public_id] * 2
    assert told[0]["line_ids"] == [consented.public_id]
    assert "B" not in json.dumps(told[0]["changed"]), "which grade it is the lender asks under the consent"
    with database.read() as session:
        looks = {row.entry.public_id for row in ledger.entries_of_firm(session, firm.id).rows}
    assert {each["access_entry_id"] for each in told} <= looks, "the firm reads each of them in its ledger"


def test_and_that_labels_are_others(
    database: Database, endpoint: None, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    learn(firm, labels=["tax_a"])
    run()
    learn(firm, labels=["tax_a", "enforced"])
    run()
    learn(firm, annual_revenue=5_000_000_00)
    run()
    assert [each["changed"] for each in told_of_change(database)] == [["labels"]]


def test_without_consent_nothing_is_told(
    database: Database, endpoint: None, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run
) -> None:
    run()
    with database.write() as session:
        consents.revoke(session, firm.owner, live_post_loan(session, firm).public_id, reason="不再同意")
    learn(firm, platform_grade="E")
    run()
    assert told_of_change(database) == []


def test_a_look_stops_when_the_consent_is_revoked_while_a_run_goes_on(
    database: Database,
    endpoint: None,
    scene: Scene,
    lender: TestLender,
    product: Any,
    firm: TestFirm,
    consented: CreditLine,
    learn: Learn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The job has picked its firms under live consents; one revokes before its turn: nothing of it is seen or told."""
    learn(firm, platform_grade="E")
    picked = watching._watchings

    def revoked_meanwhile(session: Any) -> Any:
        pairs = picked(session)
        assert pairs, "picked under the live consent"
        consents.revoke(session, firm.owner, live_post_loan(session, firm).public_id, reason="不再同意")
        return pairs

    monkeypatch.setattr(watching, "_watchings", revoked_meanwhile)
    with database.write() as session:
        assert watching.run(session) == 0
    assert told_of_change(database) == []
    assert shown(database, lender.reviewer) == []
    with database.read() as session:
        rows = ledger.entries_of_firm(session, firm.id).rows
        assert [row for row in rows if row.entry.purpose == "post_loan"] == []


def test_the_firm_reads_on_its_line_why_nothing_new_can_be_drawn_in_its_language(
    database: Database, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run, as_actor: AsActor
) -> None:
    owner = as_actor(firm.owner)
    address = f"/firm/lines/{consented.public_id}"
    assert "暂不能新增提款" not in owner.get(address).get_data(as_text=True)
    learn(firm, platform_grade="E")
    run()
    assert "贷后预警，暂停新的提款" in owner.get(address).get_data(as_text=True)
    owner.set_cookie("lang", "en")
    for page in (address, f"{address}/drawdowns"):
        told = owner.get(page).get_data(as_text=True)
        assert "An alert after the grant: no new drawdowns for now" in told
        assert "贷后预警" not in told


def test_the_ledger_names_the_system_in_the_readers_language(
    database: Database, firm: TestFirm, consented: CreditLine, learn: Learn, run: Run, as_actor: AsActor
) -> None:
    learn(firm, platform_grade="E")
    run()
    owner = as_actor(firm.owner)
    assert "贷后监测（系统）" in owner.get("/firm/access-ledger").get_data(as_text=True)
    owner.set_cookie("lang", "en")
    told = owner.get("/firm/access-ledger").get_data(as_text=True)
    assert "Monitoring (by the system)" in told
    assert "贷后监测（系统）" not in told
