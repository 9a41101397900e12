"""Corrections and voids: what was recorded stays, what counts changes, and only a second officer does it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.store.database import Database
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.lines import balances, correcting, holding, lookup
from matching.lines.model import CreditLine, LineBalance, LineEntry
from matching.lines.rules import BalanceReport
from tests.lines import GRANT, TODAY, Lines
from tests.scene import WAN, Scene, TestFirm, TestLender


def entries(database: Database) -> list[tuple[str, int]]:
    with database.read() as session:
        return [
            (row.kind, row.amount_fen) for row in session.scalars(select(LineEntry).order_by(LineEntry.id))
        ]


def correct(database: Database, lender: TestLender, line: CreditLine, **changes: object) -> CreditLine:
    with database.write() as session:
        now = correcting.terms_of(lookup.line_of_lender(session, lender.approver, line.public_id))
        terms = replace(now, **changes)  # type: ignore[arg-type]
        return correcting.correct(session, lender.approver, line.public_id, terms, reason="录入有误")


@pytest.fixture
def line(lines_: Lines, lender: TestLender, firm: TestFirm) -> CreditLine:
    """An offline grant of a million."""
    return lines_.offline(lender, firm)


def test_a_correction_takes_the_old_back_and_books_the_new(
    database: Database, lender: TestLender, line: CreditLine
) -> None:
    changed = correct(database, lender, line, amount_fen=80 * WAN)
    assert changed.amount_fen == 80 * WAN
    assert entries(database) == [("grant", 100 * WAN), ("reversal", -100 * WAN), ("correction", 80 * WAN)]


def test_entries_always_sum_to_the_line(database: Database, lender: TestLender, line: CreditLine) -> None:
    correct(database, lender, line, amount_fen=80 * WAN)
    with pytest.raises(RuleRefused, match="own_work"):
        correct(database, lender, line, amount_fen=1)
    with database.read() as session:
        total = session.scalar(select(func.sum(LineEntry.amount_fen)))
        assert total == session.get_one(CreditLine, line.id).amount_fen == 80 * WAN


def test_a_reviewer_does_not_correct(database: Database, lender: TestLender, line: CreditLine) -> None:
    with pytest.raises(NotAllowed), database.write() as session:
        correcting.correct(session, lender.other_reviewer, line.public_id, GRANT, reason="x")


def test_another_lenders_approver_finds_no_line(
    database: Database, strange_lender: TestLender, line: CreditLine
) -> None:
    with pytest.raises(NotFound), database.write() as session:
        correcting.correct(session, strange_lender.approver, line.public_id, GRANT, reason="x")


def test_a_correction_needs_a_reason(database: Database, lender: TestLender, line: CreditLine) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        correcting.correct(session, lender.approver, line.public_id, GRANT, reason=" ")


def test_a_correction_changes_something(database: Database, lender: TestLender, line: CreditLine) -> None:
    with pytest.raises(Conflict, match="unchanged"):
        correct(database, lender, line)


def test_the_quota_follows_a_correction(
    lines_: Lines, scene: Scene, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    product = scene.product(lender, name="限额贷", quota_fen=150 * WAN)
    line = lines_.offline(lender, firm, product=product)
    correct(database, lender, line, amount_fen=60 * WAN)
    with database.read() as session:
        assert products.quota_left(session, product.product_id) == 90 * WAN


def test_accepted_terms_cannot_be_corrected(
    lines_: Lines, database: Database, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    line = lines_.online(lender, product, firm)
    with pytest.raises(RuleRefused, match="accepted_terms"):
        correct(database, lender, line, annual_rate_ppm=40_000)
    with pytest.raises(RuleRefused, match="above_accepted"):
        correct(database, lender, line, amount_fen=151 * WAN)


def test_what_was_paid_out_bounds_a_correction(
    database: Database, lender: TestLender, line: CreditLine
) -> None:
    with database.write() as session:
        balances.report_balance(
            session, lender.reviewer, line.public_id, BalanceReport(TODAY, 90 * WAN, 50 * WAN)
        )
    with pytest.raises(InvalidInput) as refused:
        correct(database, lender, line, amount_fen=80 * WAN)
    assert list(refused.value.fields) == ["amount_fen"]


def test_the_firm_is_told_of_a_correction(
    database: Database, lender: TestLender, line: CreditLine, firm: TestFirm
) -> None:
    correct(database, lender, line, amount_fen=80 * WAN)
    with database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "line.corrected")).one()
        assert (notice.organisation_id, notice.params["reason"]) == (firm.owner.organisation_id, "录入有误")


def test_a_void_takes_everything_back_and_frees_the_contract_number(
    lines_: Lines, database: Database, lender: TestLender, firm: TestFirm, line: CreditLine
) -> None:
    with database.write() as session:
        gone = correcting.void(session, lender.approver, line.public_id, reason="企业选错")
    assert (gone.standing, gone.state) == (None, "terminated")
    assert entries(database) == [("grant", 100 * WAN), ("reversal", -100 * WAN)]
    lines_.offline(lender, firm, contract_number=line.contract_number)


def test_a_voided_record_is_not_touched_again(
    database: Database, lender: TestLender, line: CreditLine
) -> None:
    with database.write() as session:
        correcting.void(session, lender.approver, line.public_id, reason="企业选错")
    with pytest.raises(Conflict, match="voided"), database.write() as session:
        correcting.void(session, lender.approver, line.public_id, reason="再来")
    with pytest.raises(Conflict, match="voided"), database.write() as session:
        balances.report_balance(session, lender.reviewer, line.public_id, BalanceReport(TODAY, 0, 0))


def test_a_grant_that_ended_an_application_is_not_voided(
    lines_: Lines, database: Database, lender: TestLender, product: PublishedProduct, firm: TestFirm
) -> None:
    line = lines_.online(lender, product, firm)
    with pytest.raises(RuleRefused, match="online_grant"), database.write() as session:
        correcting.void(session, lender.approver, line.public_id, reason="x")


@pytest.mark.parametrize("model", [LineEntry, LineBalance])
def test_history_is_only_added_to(
    database: Database, lender: TestLender, line: CreditLine, model: type[LineEntry | LineBalance]
) -> None:
    with database.write() as session:
        balances.report_balance(session, lender.reviewer, line.public_id, BalanceReport(TODAY, 1, 1))
    with database.write_session() as session:
        session.scalars(select(model)).one().user_name = "别人"
        with pytest.raises(AssertionError, match="only ever added to"):
            session.flush()
        session.rollback()


def test_an_approver_freezes_unfreezes_and_terminates(
    database: Database, lender: TestLender, line: CreditLine
) -> None:
    states = []
    for step in ("freeze", "unfreeze", "freeze", "terminate"):
        with database.write() as session:
            states.append(
                holding.take_step(session, lender.approver, line.public_id, step, reason="核查").state
            )
    assert states == ["frozen", "active", "frozen", "terminated"]


def test_an_illegal_step_is_refused_by_rule(database: Database, lender: TestLender, line: CreditLine) -> None:
    with pytest.raises(Conflict), database.write() as session:
        holding.take_step(session, lender.approver, line.public_id, "unfreeze", reason="x")


@pytest.mark.parametrize("step", ["expire", "nothing"])
def test_what_time_or_recording_does_is_nobodys_step(
    database: Database, lender: TestLender, line: CreditLine, step: str
) -> None:
    with pytest.raises(NotFound), database.write() as session:
        holding.take_step(session, lender.approver, line.public_id, step, reason="x")


def test_a_line_expires_the_day_after_its_maturity(
    lines_: Lines, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    over = lines_.offline(lender, firm, maturity_on=TODAY.replace(day=22))
    last_day = lines_.offline(lender, firm, maturity_on=TODAY)
    with database.write() as session:
        assert holding.expire_due(session) == 1
    with database.read() as session:
        assert session.get_one(CreditLine, over.id).state == "expired"
        assert session.get_one(CreditLine, last_day.id).state == "active"
