"""A firm disputes a record: flagged and out of scoring at once, decided with a reason, rescored; replay stays the same."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from borrowers.disputes import service
from borrowers.disputes.model import Dispute
from borrowers.disputes.rules import Correction, DisputeState
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.records import manifest
from creditbridge.records.columns import day_number
from creditbridge.registry.model import Firm
from creditbridge.runs import portraying, replaying, tasks, working
from creditbridge.runs import service as runs
from creditbridge.runs.rules import RunKind, evaluation_id
from creditbridge.store.outbox import OutboxEvent
from tests.integration.disputes.conftest import FIRM_NO
from tests.integration.runs.conftest import TODAY
from tests.lake import put

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def firm_of(session, number=FIRM_NO):
    return session.scalars(select(Firm).where(Firm.firm_no == number)).one()


def score(database):
    with database.read() as session:
        return portraying.portrait_of(session, firm_of(session)).score


def counting(database):
    """The firm's records that count today: item number, value, end."""
    with database.read() as session:
        held = manifest.opened(session).read_firms([FIRM_NO], clock.today())
    return {
        int(number): (int(value), int(ends))
        for number, value, ends in zip(held.record_no, held.value, held.ends_on, strict=True)
    }


def raised(database, owner, number, reason="不是本企业的处罚"):
    with database.write() as session:
        return service.raise_dispute(session, owner, firm_of(session), number, reason).public_id


def taken_up(database, administrator, public_id):
    with database.write() as session:
        service.check(session, administrator, public_id)
    return public_id


@pytest.fixture
def penalty(city):
    """A serious record that holds the firm's score down."""
    return put(city, [(FIRM_NO, "penalty.serious_list", date(2026, 11, 3), None, None)])[0]


def test_a_disputed_record_is_out_of_scoring_at_once_and_counts_again_when_rejected(
    city, run, owner, administrator, penalty
):
    before = run()
    held_down = score(city)
    made = taken_up(city, administrator, raised(city, owner, penalty))
    assert penalty not in counting(city)
    assert tasks.catch_up(city, {})  # what the event of the dispute brings about
    with city.read() as session:
        asked = runs.going_on(session).public_id
    assert tasks.catch_up(city, {})  # one that waits will see what comes meanwhile
    assert working.carry_out(city, asked)
    assert score(city) > held_down
    with city.write() as session:
        service.reject(session, administrator, made, "已与市场监管部门核对，列入决定有效")
    assert penalty in counting(city)
    run(RunKind.DAILY)
    assert score(city) == held_down
    with city.read() as session:
        one = session.scalars(select(Dispute)).one()
        assert (one.state, one.outcome) == (DisputeState.REJECTED, "reject")
        again = replaying.replay(session, evaluation_id(before.public_id, firm_of(session).public_id))
        assert again.is_same


def test_an_upheld_dispute_withdraws_the_record_for_good(city, run, owner, administrator, penalty):
    made = taken_up(city, administrator, raised(city, owner, penalty))
    with city.write() as session:
        service.uphold(session, administrator, made, "决定书所列为另一企业")
    assert penalty not in counting(city)
    with city.read() as session:
        (mark,) = {
            row.number: row for row in manifest.opened(session).overlays_of(FIRM_NO) if row.withdrawn
        }.values()
        assert mark.record_no == penalty
    with pytest.raises(Conflict), city.write() as session:
        service.reject(session, administrator, made, "又改主意")


def test_an_upheld_dispute_can_put_day_end_and_value_right(city, owner, administrator):
    (fine,) = put(city, [(FIRM_NO, "penalty.fine", date(2026, 1, 5), None, 900_000)])
    made = taken_up(city, administrator, raised(city, owner, fine))
    with city.write() as session:
        right = Correction(ends_on=date(2026, 6, 1), value=90_000)
        service.uphold(session, administrator, made, "金额录入有误", correction=right)
    assert counting(city)[fine] == (90_000, day_number(date(2026, 6, 1)))
    again = taken_up(city, administrator, raised(city, owner, fine, "仍不对"))  # the later correction stands
    with city.write() as session:
        service.uphold(session, administrator, again, "再次更正", correction=Correction(value=80_000))
    assert counting(city)[fine][0] == 80_000


def test_a_correction_corrects_something_and_ends_after_it_began(city, owner, administrator, penalty):
    made = taken_up(city, administrator, raised(city, owner, penalty))
    for wrong in (Correction(), Correction(ends_on=date(2026, 11, 1))):
        with pytest.raises(InvalidInput), city.write() as session:
            service.uphold(session, administrator, made, "x", correction=wrong)
    with pytest.raises(InvalidInput) as refused, city.write() as session:
        service.uphold(session, administrator, made, "  ")
    assert "answer" in refused.value.fields
    assert penalty not in counting(city)


def test_who_may_do_what(city, owner, administrator, people, penalty):
    other = put(city, [(FIRM_NO + 1, "penalty.fine", TODAY, None, 1)])[0]
    (internal,) = put(city, [(FIRM_NO, "tax.audit", date(2026, 11, 2), None, None)])
    for number in (other, internal, 10**9):
        with pytest.raises(NotFound), city.write() as session:
            service.raise_dispute(session, owner, firm_of(session), number, "x")
    with pytest.raises(NotAllowed), city.write() as session:
        service.raise_dispute(session, administrator, firm_of(session), penalty, "x")
    with pytest.raises(InvalidInput), city.write() as session:
        service.raise_dispute(session, owner, firm_of(session), penalty, " ")
    made = raised(city, owner, penalty)
    with pytest.raises(RuleRefused) as twice, city.write() as session:
        service.raise_dispute(session, owner, firm_of(session), penalty, "again")
    assert twice.value.code == "already_disputed"
    regulator = people.member(Role.PLATFORM_REGULATOR)
    for actor in (owner, regulator):
        with pytest.raises(NotAllowed), city.write() as session:
            service.check(session, actor, made)
    with pytest.raises(Conflict), city.write() as session:  # not checked yet
        service.reject(session, administrator, made, "x")
    with city.read() as session, pytest.raises(NotFound):
        service.own_file(session, firm_of(session, FIRM_NO + 1), made)


def test_everybody_concerned_is_told_and_the_clock_runs(city, owner, administrator, penalty):
    made = raised(city, owner, penalty)
    with city.read() as session:
        one = session.scalars(select(Dispute)).one()
        assert one.due_on == clock.today() + timedelta(days=20)
        todo = session.scalars(select(Notice).where(Notice.kind == "dispute.raised")).one()
        assert str(todo.due_on) == one.due_on.isoformat()
        assert todo.organisation_id == administrator.organisation_id
        wanted = session.scalars(select(OutboxEvent).where(OutboxEvent.name == runs.WANTED)).all()
        assert len(wanted) == 1
    taken_up(city, administrator, made)
    with city.write() as session:
        service.reject(session, administrator, made, "记录无误")
    with city.read() as session:
        told = session.scalars(
            select(Notice.kind).where(Notice.organisation_id == owner.organisation_id)
        ).all()
        assert sorted(told) == ["dispute.checking", "dispute.rejected"]


def test_nothing_is_run_where_nothing_was_laid_since(city, run):
    run()
    assert tasks.catch_up(city, {})
    with city.read() as session:
        assert runs.going_on(session) is None


def post_form(client, address, fields):
    return client.post(address, data=fields, content_type="multipart/form-data")


def text(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def test_from_the_record_to_the_answer_on_the_pages(city, owner, administrator, as_actor, penalty):
    firm = as_actor(owner)
    page = text(firm.get("/firm/credit?category=penalty"))
    address = f"/firm/credit/records/{penalty}/dispute"
    assert f'href="{address}"' in page
    assert "最迟" in text(firm.get(address))
    sent = post_form(firm, address, {"reason": "不是本企业", "evidence": (io.BytesIO(PNG), "proof.png")})
    assert sent.status_code == 302
    own = text(firm.get(sent.headers["Location"]))
    assert "待核查" in own
    assert "proof.png" in own
    assert firm.get(f"{sent.headers['Location']}/evidence").get_data() == PNG
    page = text(firm.get("/firm/credit?category=penalty"))
    assert "异议处理中" in page
    assert f'href="{address}"' not in page
    desk = as_actor(administrator)
    queue = text(desk.get("/platform/disputes"))
    detail = re.search(r'href="(/platform/disputes/[0-9a-z]+)"', queue).group(1)
    assert "不是本企业" in text(desk.get(detail))
    assert desk.get(f"{detail}/evidence").get_data() == PNG
    assert post_form(desk, f"{detail}/check", {}).status_code == 302
    wrong = post_form(desk, f"{detail}/decide", {"outcome": "correct", "answer": "x"})
    assert wrong.status_code == 422
    done = post_form(desk, f"{detail}/decide", {"outcome": "withdraw", "answer": "列错了企业"})
    assert done.status_code == 302
    firm = as_actor(owner)
    own = text(firm.get(sent.headers["Location"]))
    assert "列错了企业" in own
    assert "异议成立，撤销该记录" in own
    assert "异议成立" in text(firm.get("/firm/disputes"))


def test_the_portrait_says_what_can_be_repaired_and_when(city, owner, as_actor):
    put(city, [(FIRM_NO, "penalty.fine", date(2026, 5, 6), date(2026, 8, 1), 900_000)])
    page = text(as_actor(owner).get("/firm/credit"))
    assert "信用修复" in page
    assert "最早" in page
