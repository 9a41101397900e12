"""What each use case of the books writes, entry by entry, and what each counter allows, to the fen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.money import MAX_FEN, PPM
from creditbridge.store.audit import AuditEntry
from lenders.institutions.model import Lender
from lenders.products.model import Product
from matching.ledger import checking, credit, limits, pools, posting, quotas, rules, statements
from matching.ledger.checking import trial_balance
from matching.ledger.credit import Loan, Parts
from matching.ledger.model import LedgerAccount, LedgerEntry, LedgerLimit, LedgerTransaction, RiskPool
from matching.ledger.posting import About, Draft
from matching.ledger.rules import AccountKind, Counted, Owner, TransactionKind, Unbalanced, moved
from matching.lines.model import CreditLine
from tests.illegal_steps import a_row

K, T = AccountKind, TransactionKind
LINE, POOL = Owner.LINE, Owner.POOL
ON = date(2026, 11, 20)


@pytest.fixture
def about(session) -> About:
    """A bare line with its lender and firm: the books ask for no more than their keys."""
    key = a_row(session, CreditLine.__table__)
    line = session.get_one(CreditLine, key)
    lender = session.scalars(select(Lender.id).order_by(Lender.id)).first()
    return About(line_id=key, lender_id=lender, firm_id=line.firm_id, text="HT-1")


def drawn(about: About, number: int = 7, pool: int | None = None) -> About:
    return About(about.line_id, number, None, pool, about.firm_id, about.lender_id, about.text)


def written(session, since: int = 0) -> list[tuple[TransactionKind, dict[str, int]]]:
    """Every transaction after a key: its kind, and fen by account."""
    found = []
    rows = session.scalars(
        select(LedgerTransaction).where(LedgerTransaction.id > since).order_by(LedgerTransaction.id)
    )
    for row in rows:
        session.refresh(row)
        entries = session.execute(
            select(LedgerAccount.kind, LedgerAccount.owner_kind, LedgerEntry.fen)
            .join(LedgerEntry, LedgerEntry.account_id == LedgerAccount.id)
            .where(LedgerEntry.transaction_id == row.id)
        ).all()
        assert row.entry_count == len(entries)
        assert row.moved_fen == sum(fen for *_, fen in entries if fen > 0)
        found.append((TransactionKind(row.kind), {f"{owner}:{kind}": fen for kind, owner, fen in entries}))
    return found


def last(session) -> int:
    return session.scalar(select(func.max(LedgerTransaction.id))) or 0


def refused(code: str, use, *arguments, **values) -> RuleRefused:
    with pytest.raises(RuleRefused) as caught:
        use(*arguments, **values)
    assert caught.value.code == code
    return caught.value


# ---- counters ----


@pytest.fixture
def others(session):
    """Limits beside the one that is moved, which must stay as they are."""
    limits.open_limit(session, LINE, 2, 50)
    limits.open_limit(session, POOL, 1, 60)
    limits.open_limit(session, LINE, 1, 100)
    yield
    assert limits.counted(session, LINE, 2) == Counted(50, 0, 0)
    assert limits.counted(session, POOL, 1) == Counted(60, 0, 0)
    assert limits.why_closed(session, LINE, 2) is None
    assert limits.why_closed(session, POOL, 1) is None


def now(session) -> Counted | None:
    return limits.counted(session, LINE, 1)


def test_a_limit_is_held_up_to_its_last_fen(session, others):
    limits.hold(session, LINE, 1, 60)
    limits.hold(session, LINE, 1, 40)
    assert now(session) == Counted(100, 100, 0)
    error = refused("limit_exhausted", limits.hold, session, LINE, 1, 1)
    assert "0" in error.words.en
    assert now(session) == Counted(100, 100, 0)


def test_what_is_used_counts_as_what_is_held(session, others):
    limits.hold(session, LINE, 1, 60)
    limits.use(session, LINE, 1, 60)
    assert now(session) == Counted(100, 0, 60)
    refused("limit_exhausted", limits.hold, session, LINE, 1, 41)
    limits.hold(session, LINE, 1, 40)
    assert now(session) == Counted(100, 40, 60)


def test_the_refusal_says_what_is_left_of_a_line_or_of_a_pool(session):
    limits.open_limit(session, LINE, 1, 123_456)
    limits.open_limit(session, POOL, 1, 234_567)
    line = refused("limit_exhausted", limits.hold, session, LINE, 1, 999_999)
    pool = refused("limit_exhausted", limits.hold, session, POOL, 1, 999_999)
    none = refused("limit_exhausted", limits.hold, session, LINE, 9, 1)
    assert "1,234.56" in line.words.en
    assert "可用额度" in line.words.zh
    assert "2,345.67" in pool.words.en
    assert "风险补偿资金" in pool.words.zh
    assert "0" in none.words.en


def test_no_more_is_freed_or_used_than_is_held(session, others):
    limits.hold(session, LINE, 1, 30)
    for use in (limits.void, limits.use):
        with pytest.raises(Unbalanced):
            use(session, LINE, 1, 31)
    limits.void(session, LINE, 1, 10)
    limits.use(session, LINE, 1, 20)
    assert now(session) == Counted(100, 0, 20)


def test_a_closed_limit_takes_no_hold_and_no_use_but_frees(session, others):
    limits.hold(session, LINE, 1, 30)
    limits.set_open(session, LINE, 1, is_open=False, reason="x" * 600)
    assert limits.why_closed(session, LINE, 1) == "x" * 500
    refused("limit_closed", limits.hold, session, LINE, 1, 1)
    refused("limit_closed", limits.use, session, LINE, 1, 30)
    limits.void(session, LINE, 1, 30)
    assert now(session) == Counted(100, 0, 0)
    limits.set_open(session, LINE, 1, is_open=True, reason="y")
    assert limits.why_closed(session, LINE, 1) is None
    limits.hold(session, LINE, 1, 1)
    assert session.scalars(select(LedgerLimit.closed_reason).where(LedgerLimit.owner_id == 1)).all() == [
        "",
        "",
    ]


def test_a_limit_can_be_closed_from_its_beginning_and_without_a_reason(session):
    limits.open_limit(session, LINE, 1, 100, is_open=False)
    assert limits.why_closed(session, LINE, 1) == ""
    refused("limit_closed", limits.hold, session, LINE, 1, 1)
    assert limits.counted(session, LINE, 9) is None
    assert limits.why_closed(session, LINE, 9) is None


def test_use_is_shifted_between_nought_and_what_is_not_held(session, others):
    limits.hold(session, LINE, 1, 30)
    refused("limit_exhausted", limits.shift_used, session, LINE, 1, 71)
    limits.shift_used(session, LINE, 1, 70)
    assert now(session) == Counted(100, 30, 70)
    refused("limit_exhausted", limits.shift_used, session, LINE, 1, -71)
    limits.shift_used(session, LINE, 1, -70)
    assert now(session) == Counted(100, 30, 0)


def test_a_limit_falls_to_what_is_used_and_held_and_no_further(session, others):
    limits.hold(session, LINE, 1, 30)
    limits.shift_used(session, LINE, 1, 20)
    refused("limit_in_use", limits.change, session, LINE, 1, -51)
    limits.change(session, LINE, 1, -50)
    assert now(session) == Counted(50, 30, 20)
    limits.change(session, LINE, 1, 25)
    assert now(session) == Counted(75, 30, 20)


def test_an_unused_limit_falls_to_nought_and_not_below(session, others):
    refused("limit_in_use", limits.change, session, LINE, 1, -101)
    limits.change(session, LINE, 1, -100)
    assert now(session) == Counted(0, 0, 0)


def test_what_the_session_holds_is_written_before_a_counter_moves(session):
    session.add(LedgerLimit(owner_kind="line", owner_id=1, limit_fen=10))
    limits.hold(session, LINE, 1, 4)
    assert now(session) == Counted(10, 4, 0)
    session.add(LedgerLimit(owner_kind="line", owner_id=2, limit_fen=10))
    limits.set_open(session, LINE, 2, is_open=False, reason="r")
    assert limits.why_closed(session, LINE, 2) == "r"


# ---- writing ----


def draft(number: int, fen: int = 5, **values) -> Draft:
    return Draft(
        T.OPENING,
        moved(fen, rules.line(number, K.LINE_LIMIT), rules.line(number, K.LINE_AVAILABLE)),
        About(),
        **values,
    )


def test_a_transaction_says_all_it_is_about(session, about):
    pool = RiskPool(name={"zh": "池", "en": "Pool"}, most_share_ppm=1)
    session.add(pool)
    product = a_row(session, Product.__table__)
    session.flush()
    told = About(about.line_id, 9, product, pool.id, about.firm_id, about.lender_id, "HT-1")
    key = posting.post(
        session, None, Draft(T.CHARGE, draft(1, 8).postings, told, ON, reference="once", memo="m" * 600)
    )
    row = session.get_one(LedgerTransaction, key)
    assert (row.kind, row.on_date, row.at) == ("charge", ON, clock.now())
    assert (row.entry_count, row.moved_fen, row.reference, row.settles_id) == (2, 8, "once", None)
    assert (row.line_id, row.drawdown_id, row.product_id, row.pool_id) == (about.line_id, 9, product, pool.id)
    assert (row.firm_id, row.lender_id, row.about) == (about.firm_id, about.lender_id, "HT-1")
    assert (row.memo, row.user_id, row.user_name) == ("m" * 500, None, "")
    assert len(row.public_id) > 10


def test_who_wrote_it_stands_in_it(database, people):
    actor = people.member(Role.LENDER_REVIEWER)
    with database.write() as session:
        row = session.get_one(LedgerTransaction, posting.post(session, actor, draft(1)))
        assert (row.user_id, row.user_name) == (actor.user_id, actor.name)
        assert (row.on_date, row.about, row.memo) == (clock.today(), "", "")


def test_many_transactions_are_written_in_order_and_accounts_once(session):
    drafts = [draft(number, number) for number in range(1, 305)]
    keys = posting.post_all(session, None, drafts)
    assert len(set(keys)) == 304
    moved_fen = dict(session.execute(select(LedgerTransaction.id, LedgerTransaction.moved_fen)).all())
    assert [moved_fen[key] for key in keys] == list(range(1, 305))
    assert session.scalar(select(func.count()).select_from(LedgerAccount)) == 608
    posting.post_all(session, None, drafts[:2])
    assert session.scalar(select(func.count()).select_from(LedgerAccount)) == 608
    owners = session.execute(
        select(LedgerAccount.owner_id, LedgerEntry.fen)
        .join(LedgerEntry, LedgerEntry.account_id == LedgerAccount.id)
        .where(LedgerEntry.fen > 0)
    ).all()
    assert all(owner == fen for owner, fen in owners)


def test_postings_on_one_account_become_one_entry(session):
    twice = [*draft(1, 5).postings, *draft(1, 3).postings]
    posting.post(session, None, Draft(T.OPENING, twice, About()))
    assert written(session) == [(T.OPENING, {"line:line_limit": -8, "line:line_available": 8})]


def test_only_the_end_of_a_hold_settles_one(session):
    hold = posting.post(session, None, draft(1))
    for kind in (T.DRAW_POST, T.DRAW_VOID):
        other = posting.post(session, None, draft(1))
        key = posting.post(session, None, Draft(kind, draft(1).postings, About(), settles_id=other))
        assert session.get_one(LedgerTransaction, key).settles_id == other
    with pytest.raises(Unbalanced, match="settles no hold"):
        posting.post(session, None, Draft(T.CHARGE, draft(1).postings, About(), settles_id=hold))


def test_what_does_not_balance_is_not_written(session):
    with pytest.raises(Unbalanced):
        posting.post_all(session, None, [draft(1), Draft(T.OPENING, draft(2).postings[:1], About())])
    assert written(session) == []


# ---- quotas ----


@pytest.fixture
def product(session) -> int:
    key = a_row(session, Product.__table__)
    session.execute(update(Product).where(Product.id == key).values(quota_fen=100, quota_used_fen=0))
    return key


def used(session, product: int) -> int:
    return session.scalar(select(Product.quota_used_fen).where(Product.id == product))


def test_quota_is_held_given_back_and_used(session, product):
    told = About(product_id=product, text="S-1")
    quotas.hold(session, None, product, 60, told)
    assert used(session, product) == 60
    quotas.void(session, None, product, 10, told)
    assert used(session, product) == 50
    quotas.use_held(session, None, product, held_fen=50, granted_fen=50, about=told)
    assert used(session, product) == 50
    assert written(session) == [
        (T.QUOTA_HOLD, {"product:quota_free": -60, "product:quota_held": 60}),
        (T.QUOTA_VOID, {"product:quota_held": -10, "product:quota_free": 10}),
        (T.QUOTA_POST, {"product:quota_held": -50, "product:quota_used": 50}),
    ]
    rows = session.execute(select(LedgerTransaction.product_id, LedgerTransaction.about)).all()
    assert set(rows) == {(product, "S-1")}


@pytest.mark.parametrize(("granted", "kind", "fen"), [(70, T.QUOTA_HOLD, 20), (30, T.QUOTA_VOID, 20)])
def test_a_grant_takes_what_its_offer_lacks_and_gives_back_what_it_does_not_need(
    session, product, granted, kind, fen
):
    quotas.hold(session, None, product, 50, About())
    quotas.use_held(session, None, product, held_fen=50, granted_fen=granted, about=About())
    assert used(session, product) == granted
    (_, first, second) = written(session)
    assert first == (kind, {"product:quota_free": 50 - granted, "product:quota_held": granted - 50})
    assert second == (T.QUOTA_POST, {"product:quota_held": -granted, "product:quota_used": granted})
    assert abs(50 - granted) == fen


def test_used_quota_is_shifted_either_way_or_not_at_all(session, product):
    quotas.shift_used(session, None, product, 40, About(text="up"))
    quotas.shift_used(session, None, product, -15, About(text="down"))
    assert used(session, product) == 25
    quotas.shift_used(session, None, product, 0, About())
    quotas.shift_used(session, None, None, 10, About())
    assert written(session) == [
        (T.QUOTA_POST, {"product:quota_free": -40, "product:quota_used": 40}),
        (T.QUOTA_VOID, {"product:quota_used": -15, "product:quota_free": 15}),
    ]
    quotas.shift_used(session, None, product, 1, About())
    assert used(session, product) == 26


def test_no_more_quota_is_taken_than_there_is_and_the_books_say_nothing(session, product):
    for use in (quotas.hold, quotas.shift_used):
        refused("quota_exhausted", use, session, None, product, 101, About())
    assert written(session) == []
    quotas.hold(session, None, product, 100, About())


# ---- lines and loans ----


def open_line(session, about, fen=1_000) -> None:
    credit.open_line(session, None, about, fen)


def test_a_line_opens_changes_and_closes(session, about):
    open_line(session, about)
    credit.change_limit(session, None, about, 500)
    credit.change_limit(session, None, about, -200)
    credit.change_limit(session, None, about, 0)
    credit.change_limit(session, None, about, 1)
    assert limits.counted(session, LINE, about.line_id) == Counted(1_301, 0, 0)
    limits.hold(session, LINE, about.line_id, 301)
    assert credit.close_line(session, None, about, reason="到期") == 1_000
    assert credit.close_line(session, None, about, reason="到期") == 0
    assert limits.counted(session, LINE, about.line_id) == Counted(301, 301, 0)
    assert limits.why_closed(session, LINE, about.line_id) == "到期"
    both = lambda fen: {"line:line_limit": -fen, "line:line_available": fen}  # noqa: E731 - a name for a pair
    assert written(session) == [
        (T.LINE_OPEN, both(1_000)),
        (T.LINE_CHANGE, both(500)),
        (T.LINE_CHANGE, both(-200)),
        (T.LINE_CHANGE, both(1)),
        (T.LINE_CLOSE, both(-1_000)),
    ]
    row = session.get_one(LedgerTransaction, last(session))
    assert (row.memo, row.about, row.line_id) == ("到期", "HT-1", about.line_id)


def test_a_line_that_is_closed_to_the_last_fen_says_so(session, about):
    credit.open_line(session, None, about, 1, is_open=False)
    assert limits.why_closed(session, LINE, about.line_id) == ""
    assert credit.close_line(session, None, about, reason="x") == 1
    assert [kind for kind, _ in written(session)] == [T.LINE_OPEN, T.LINE_CLOSE]


@pytest.fixture
def pool(session) -> int:
    made = RiskPool(name={"zh": "池", "en": "Pool"}, most_share_ppm=500_000)
    session.add(made)
    session.flush()
    credit.fund_pool(session, None, made.id, 400, is_new=True)
    credit.fund_pool(session, None, made.id, 200)
    credit.fund_pool(session, None, made.id, -100)
    assert limits.counted(session, POOL, made.id) == Counted(500, 0, 0)
    assert [fen["pool:pool_free"] for kind, fen in written(session) if kind is T.POOL_FUND] == [
        400,
        200,
        -100,
    ]
    assert [fen["pool:pool_capital"] for _, fen in written(session)] == [-400, -200, 100]
    assert session.get_one(LedgerTransaction, last(session)).pool_id == made.id
    return made.id


def test_a_drawdown_is_held_and_freed_with_its_pools_part(session, about, pool):
    open_line(session, about)
    since = last(session)
    loan = Loan(drawn(about, pool=pool), revolving=True, pool_share_ppm=300_000)
    key = credit.hold(session, None, loan, 101)
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 101, 0)
    assert limits.counted(session, POOL, pool) == Counted(500, 30, 0)
    credit.void(session, None, loan, key, 101)
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 0, 0)
    assert limits.counted(session, POOL, pool) == Counted(500, 0, 0)
    assert written(session, since) == [
        (
            T.DRAW_HOLD,
            {"line:line_available": -101, "line:line_held": 101, "pool:pool_free": -30, "pool:pool_held": 30},
        ),
        (
            T.DRAW_VOID,
            {"line:line_held": -101, "line:line_available": 101, "pool:pool_held": -30, "pool:pool_free": 30},
        ),
    ]
    row = session.get_one(LedgerTransaction, last(session))
    assert (row.settles_id, row.drawdown_id, row.pool_id) == (key, 7, pool)


def test_a_loan_without_a_pool_touches_none(session, about, pool):
    open_line(session, about)
    since = last(session)
    loan = Loan(drawn(about), revolving=True, pool_share_ppm=300_000)
    key = credit.hold(session, None, loan, 100)
    credit.pay_out(session, None, loan, key, fen=100, on=ON)
    credit.repay(session, None, loan, Parts(100, outstanding_fen=100), ON)
    assert limits.counted(session, POOL, pool) == Counted(500, 0, 0)
    assert all("pool" not in account for _, fen in written(session, since) for account in fen)
    with pytest.raises(AssertionError):
        Loan(About(), revolving=True).line_id  # noqa: B018 - asking is what fails
    with pytest.raises(AssertionError):
        Loan(About(), revolving=True).of_lender(K.FUNDS)


def paid_out(session, about, pool, fen=100, *, revolving=True) -> Loan:
    open_line(session, about)
    loan = Loan(drawn(about, pool=pool), revolving=revolving, pool_share_ppm=300_000)
    key = credit.hold(session, None, loan, fen)
    since = last(session)
    credit.pay_out(session, None, loan, key, fen=fen, on=ON)
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 0, fen)
    assert limits.counted(session, POOL, pool) == Counted(500, 0, fen * 3 // 10)
    assert written(session, since) == [
        (
            T.DRAW_POST,
            {
                "line:line_held": -fen,
                "line:line_used": fen,
                "pool:pool_held": -fen * 3 // 10,
                "pool:pool_used": fen * 3 // 10,
                "lender:funds": -fen,
                "drawdown:principal": fen,
            },
        )
    ]
    row = session.get_one(LedgerTransaction, last(session))
    assert (row.on_date, row.settles_id) == (ON, key)
    return loan


def test_interest_and_penalty_are_charged_each_or_both_or_neither(session, about, pool):
    loan = paid_out(session, about, pool)
    since = last(session)
    for interest, penalty in ((5, 0), (0, 3), (1, 1), (0, 0)):
        credit.charge(session, None, loan, interest_fen=interest, penalty_fen=penalty, on=ON)
    assert written(session, since) == [
        (T.CHARGE, {"lender:interest_income": -5, "drawdown:interest_due": 5}),
        (T.CHARGE, {"lender:penalty_income": -3, "drawdown:penalty_due": 3}),
        (
            T.CHARGE,
            {
                "lender:interest_income": -1,
                "drawdown:interest_due": 1,
                "lender:penalty_income": -1,
                "drawdown:penalty_due": 1,
            },
        ),
    ]
    assert session.get_one(LedgerTransaction, last(session)).on_date == ON


@pytest.mark.parametrize("revolving", [True, False])
def test_a_repayment_frees_the_pools_part_and_a_revolving_line(session, about, pool, revolving):
    loan = paid_out(session, about, pool, revolving=revolving)
    credit.charge(session, None, loan, interest_fen=5, penalty_fen=3, on=ON)
    since = last(session)
    key = credit.repay(session, None, loan, Parts(40, 5, 3, outstanding_fen=100), ON, memo="还款")
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 0, 60 if revolving else 100)
    assert limits.counted(session, POOL, pool) == Counted(500, 0, 18)
    line = {"line:line_used": -40, "line:line_available": 40} if revolving else {}
    assert written(session, since) == [
        (
            T.REPAYMENT,
            {
                "drawdown:principal": -40,
                "drawdown:interest_due": -5,
                "drawdown:penalty_due": -3,
                "lender:funds": 48,
                "pool:pool_used": -12,
                "pool:pool_free": 12,
                **line,
            },
        )
    ]
    row = session.get_one(LedgerTransaction, key)
    assert (row.id, row.memo, row.on_date) == (last(session), "还款", ON)


def test_interest_alone_frees_nothing(session, about, pool):
    loan = paid_out(session, about, pool)
    credit.charge(session, None, loan, interest_fen=5, penalty_fen=0, on=ON)
    since = last(session)
    credit.repay(session, None, loan, Parts(0, 5, outstanding_fen=100), ON)
    assert written(session, since) == [(T.REPAYMENT, {"drawdown:interest_due": -5, "lender:funds": 5})]
    assert limits.counted(session, POOL, pool) == Counted(500, 0, 30)
    assert session.get_one(LedgerTransaction, last(session)).memo == ""


def test_a_compensated_loan_leaves_line_and_pool_used(session, about, pool):
    loan = paid_out(session, about, pool)
    since = last(session)
    credit.compensate(session, None, loan, Parts(100, outstanding_fen=100), ON, memo="代偿")
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 0, 100)
    assert limits.counted(session, POOL, pool) == Counted(500, 0, 30)
    assert written(session, since) == [
        (
            T.COMPENSATION,
            {
                "drawdown:principal": -100,
                "lender:compensated": 100,
                "pool:pool_used": -30,
                "pool:pool_paid": 30,
            },
        )
    ]
    row = session.get_one(LedgerTransaction, last(session))
    assert (row.memo, row.on_date) == ("代偿", ON)


def test_a_loss_frees_the_pool_and_not_the_line(session, about, pool):
    loan = paid_out(session, about, pool)
    since = last(session)
    credit.write_off(session, None, loan, Parts(100, outstanding_fen=100), ON, memo="核销")
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 0, 100)
    assert limits.counted(session, POOL, pool) == Counted(500, 0, 0)
    assert written(session, since) == [
        (
            T.WRITE_OFF,
            {"drawdown:principal": -100, "lender:loss": 100, "pool:pool_used": -30, "pool:pool_free": 30},
        )
    ]
    row = session.get_one(LedgerTransaction, last(session))
    assert (row.memo, row.on_date) == ("核销", ON)


@pytest.mark.parametrize(
    ("revolving", "lent", "repaid", "entries"),
    [
        (
            True,
            100,
            30,
            {"lender:funds": -70, "line:principal": 70, "line:line_available": -70, "line:line_used": 70},
        ),
        (
            False,
            100,
            30,
            {"lender:funds": -70, "line:principal": 70, "line:line_available": -100, "line:line_used": 100},
        ),
        (True, 0, 0, None),
        (True, 50, 50, None),
        (
            False,
            50,
            50,
            {"line:line_available": -50, "line:line_used": 50},
        ),
        (
            True,
            1,
            0,
            {"lender:funds": -1, "line:principal": 1, "line:line_available": -1, "line:line_used": 1},
        ),
    ],
)
def test_a_report_moves_what_is_lent_and_what_is_used(session, about, revolving, lent, repaid, entries):
    open_line(session, about)
    since = last(session)
    credit.report(session, None, Loan(about, revolving=revolving), lent_fen=lent, repaid_fen=repaid, on=ON)
    assert written(session, since) == ([(T.REPORT, entries)] if entries else [])
    in_use = lent - repaid if revolving else lent
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 0, in_use)
    if entries:
        assert session.get_one(LedgerTransaction, last(session)).on_date == ON


def test_use_without_a_loan_is_counted_either_way(session, about):
    open_line(session, about)
    since = last(session)
    loan = Loan(about, revolving=True)
    for fen in (1, 0, 99, -40):
        credit.shift_line_used(session, None, loan, fen)
    assert limits.counted(session, LINE, about.line_id) == Counted(1_000, 0, 60)
    assert written(session, since) == [
        (T.LINE_CHANGE, {"line:line_available": -fen, "line:line_used": fen}) for fen in (1, 99, -40)
    ]


@pytest.mark.parametrize("use", ["hold", "pool"])
def test_what_is_refused_leaves_the_books_as_they_were(session, about, pool, use):
    open_line(session, about)
    since = last(session)
    share = 1_000_000 if use == "pool" else 0
    loan = Loan(drawn(about, pool=pool), revolving=True, pool_share_ppm=share)
    refused("limit_exhausted", credit.hold, session, None, loan, 501 if use == "pool" else 1_001)
    assert written(session, since) == []


# ---- statements ----


def test_statements_show_each_movement_the_newest_first(session, about, pool, people):
    loan = paid_out(session, about, pool)
    credit.charge(session, None, loan, interest_fen=5, penalty_fen=3, on=ON)
    credit.repay(
        session, None, loan, Parts(40, 5, 3, outstanding_fen=100), ON + timedelta(days=1), memo="按期"
    )
    found = statements.of_line(session, about.line_id)
    assert [row.kind for row in found] == [T.REPAYMENT, T.CHARGE, T.DRAW_POST, T.DRAW_HOLD, T.LINE_OPEN]
    paid = found[0]
    assert (paid.principal_fen, paid.interest_fen, paid.available_fen, paid.funds_fen) == (-40, -8, 40, 48)
    assert (paid.on, paid.at, paid.text, paid.who) == (ON + timedelta(days=1), clock.now(), "HT-1", "")
    assert (paid.memo, paid.line_id) == ("按期", about.line_id)
    assert paid.words == rules.TRANSACTION_WORDS[T.REPAYMENT]
    row = session.get_one(LedgerTransaction, last(session))
    assert paid.id == row.public_id
    assert dict((words.en, fen) for words, fen in paid.parts)["Principal outstanding"] == -40  # noqa: C402
    assert found[1].interest_fen == 8
    assert found[2].funds_fen == -100
    assert paid.on_account(K.PRINCIPAL, K.FUNDS) == 8
    assert paid.on_account(K.LOSS) == 0
    assert [row.id for row in statements.of_line(session, about.line_id, start=1, limit=2)] == [
        row.id for row in found[1:3]
    ]
    assert [row.kind for row in statements.of_drawdown(session, 7)] == [row.kind for row in found[:4]]
    assert statements.of_drawdown(session, 8) == []
    assert statements.of_line(session, about.line_id + 1) == []
    assert len(statements.of_lender(session, about.lender_id)) == len(found)
    assert len(statements.of_lender(session, about.lender_id, start=1, limit=2)) == 2
    assert statements.of_lender(session, about.lender_id + 1000) == []
    assert len(statements.of_firm(session, about.firm_id, start=3)) == 2
    assert len(statements.of_firm(session, about.firm_id, limit=1)) == 1


def test_a_firm_does_not_see_what_is_held_of_a_products_quota(session, about, product):
    quotas.hold(session, None, product, 60, About(product_id=product, firm_id=about.firm_id))
    assert statements.of_firm(session, about.firm_id) == []
    open_line(session, about)
    assert [row.kind for row in statements.of_firm(session, about.firm_id)] == [T.LINE_OPEN]


def test_more_than_a_page_is_shown_by_pages(session, about):
    open_line(session, about)
    for _ in range(51):
        credit.change_limit(session, None, about, 1)
    assert len(statements.of_line(session, about.line_id)) == statements.PAGE == 50
    assert len(statements.of_firm(session, about.firm_id)) == 50
    assert len(statements.of_lender(session, about.lender_id)) == 50
    assert len(statements.of_line(session, about.line_id, start=50)) == 2


def test_sums_are_those_of_single_accounts_drawdowns_and_lenders(session, about, pool):
    loan = paid_out(session, about, pool)
    other = Loan(drawn(about, 8), revolving=True)
    key = credit.hold(session, None, other, 11)
    credit.pay_out(session, None, other, key, fen=11, on=ON)
    credit.charge(session, None, loan, interest_fen=5, penalty_fen=3, on=ON)
    assert statements.balance(session, loan.account(K.PRINCIPAL)) == 100
    assert statements.balance(session, other.account(K.PRINCIPAL)) == 11
    assert statements.balance(session, loan.account(K.LOSS)) == 0
    assert statements.balance(session, loan.of_lender(K.FUNDS)) == -111
    assert statements.balance(session, rules.line(about.line_id, K.LINE_USED)) == 111
    assert statements.drawdown_sums(session, 7, T.CHARGE) == {
        K.INTEREST_INCOME: -5,
        K.INTEREST_DUE: 5,
        K.PENALTY_INCOME: -3,
        K.PENALTY_DUE: 3,
    }
    assert statements.drawdown_sums(session, 9, T.CHARGE) == {}
    totals = statements.totals_of_lender(session, about.lender_id)
    assert (totals[K.PRINCIPAL], totals[K.FUNDS], totals[K.LINE_USED]) == (111, -111, 111)
    assert statements.totals_of_lender(session, about.lender_id + 1000) == {}


# ---- pools ----


def test_an_administrator_sets_a_pool_up_and_funds_it(database, people):
    administrator = people.member(Role.PLATFORM_ADMINISTRATOR)
    with database.write() as session:
        made = pools.create(
            session, administrator, name="甲池", name_en="", sponsor="市财政局", share_ppm=PPM, fen=MAX_FEN
        )
        second = pools.create(
            session, administrator, name="乙池", name_en="B", sponsor="", share_ppm=1, fen=1
        )
        pools.fund(session, administrator, second.public_id, fen=1)
        assert (made.words.zh, made.words.en, second.words.en) == ("甲池", "甲池", "B")
        assert (made.sponsor, made.most_share_ppm) == ("市财政局", PPM)
        assert [pool.id for pool in pools.pools(session)] == [made.id, second.id]
        assert pools.pool_of(session, second.public_id) is second
        found = {row.pool.id: row.counted for row in pools.figures(session)}
        assert found == {made.id: Counted(MAX_FEN, 0, 0), second.id: Counted(2, 0, 0)}
        session.add(RiskPool(name={"zh": "x", "en": "x"}, most_share_ppm=1))
        session.flush()
        assert len(pools.figures(session)) == 2
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_kind == "risk_pool").order_by(AuditEntry.id)
        ).all()
        assert [(entry.action, entry.subject_id, entry.details["amount_fen"]) for entry in entries] == [
            ("risk_pool.created", made.public_id, MAX_FEN),
            ("risk_pool.created", second.public_id, 1),
            ("risk_pool.funded", second.public_id, 1),
        ]
        assert all(entry.actor_id == administrator.user_id for entry in entries)
        names = session.scalars(select(LedgerTransaction.user_name)).all()
        assert set(names) == {administrator.name}
    with database.read() as session:
        assert trial_balance(session).findings == ()


@pytest.mark.parametrize(
    ("share", "fen", "fields"),
    [
        (0, 1, {"share_ppm"}),
        (PPM + 1, 1, {"share_ppm"}),
        (1, 0, {"amount_fen"}),
        (1, MAX_FEN + 1, {"amount_fen"}),
        (-1, -1, {"share_ppm", "amount_fen"}),
    ],
)
def test_a_pool_that_cannot_be_is_refused(database, people, share, fen, fields):
    administrator = people.member(Role.PLATFORM_ADMINISTRATOR)
    with pytest.raises(InvalidInput) as caught, database.write() as session:
        pools.create(session, administrator, name="x", name_en="x", sponsor="", share_ppm=share, fen=fen)
    assert set(caught.value.fields) == fields


def test_a_pool_is_funded_by_an_administrator_with_an_amount_in_range(database, people):
    administrator, stranger = people.member(Role.PLATFORM_ADMINISTRATOR), people.member(Role.LENDER_REVIEWER)
    with database.write() as session:
        made = pools.create(session, administrator, name="x", name_en="x", sponsor="", share_ppm=1, fen=1)
        for fen in (0, MAX_FEN + 1):
            with pytest.raises(InvalidInput) as caught:
                pools.fund(session, administrator, made.public_id, fen=fen)
            assert set(caught.value.fields) == {"amount_fen"}
        with pytest.raises(NotFound):
            pools.fund(session, administrator, "none", fen=1)
        with pytest.raises(NotAllowed):
            pools.fund(session, stranger, made.public_id, fen=1)
        with pytest.raises(NotAllowed):
            pools.create(session, stranger, name="x", name_en="x", sponsor="", share_ppm=1, fen=1)
        pools.fund(session, administrator, made.public_id, fen=MAX_FEN)


# ---- the trial balance ----


@pytest.fixture
def booked(session, about, pool, product) -> Loan:
    """Books that hold: a line, its quota, a loan with a pool, one hold that is open."""
    loan = paid_out(session, about, pool)
    quotas.hold(session, None, product, 60, About(product_id=product))
    quotas.use_held(session, None, product, held_fen=60, granted_fen=50, about=About(product_id=product))
    credit.hold(session, None, Loan(drawn(about, 8), revolving=True), 11)
    session.execute(update(Product).where(Product.id != product).values(quota_used_fen=0))
    assert findings(session) == ()
    return loan


@pytest.fixture(autouse=True)
def no_witnesses(monkeypatch):
    """Rooms above tell of lines that stand here with their keys alone."""
    monkeypatch.setattr(checking, "_WITNESSES", [])


def findings(session) -> tuple[str, ...]:
    session.flush()
    return trial_balance(session).findings


def test_the_balance_counts_what_came_and_went(session, booked):
    trial = trial_balance(session)
    assert trial.holds
    assert trial.transactions == len(written(session)) == 10
    assert trial.entries == session.scalar(select(func.count()).select_from(LedgerEntry))
    rows = {row.kind: row for row in trial.rows}
    assert list(rows) == [kind for kind in rules.ACCOUNT_WORDS if kind in rows]
    assert (rows[K.LINE_HELD].onto_fen, rows[K.LINE_HELD].off_fen, rows[K.LINE_HELD].balance_fen) == (
        111,
        100,
        11,
    )
    assert (rows[K.QUOTA_USED].onto_fen, rows[K.QUOTA_USED].off_fen) == (50, 0)
    assert (rows[K.QUOTA_FREE].onto_fen, rows[K.QUOTA_FREE].off_fen) == (10, 60)
    assert rows[K.PRINCIPAL].accounts == 1
    assert rows[K.POOL_FREE].balance_fen == 470


def test_an_empty_book_holds(session):
    trial = trial_balance(session)
    assert (trial.rows, trial.transactions, trial.entries, trial.findings) == ((), 0, 0, ())
    assert trial.holds


def entry_of(session, kind: T, account: K) -> LedgerEntry:
    return session.scalars(
        select(LedgerEntry)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerTransaction.kind == kind.value, LedgerAccount.kind == account.value)
        .order_by(LedgerEntry.id)
    ).first()


def test_a_changed_entry_is_told_with_its_transaction_and_all_sums(session, booked):
    entry = entry_of(session, T.DRAW_POST, K.PRINCIPAL)
    session.execute(update(LedgerEntry).where(LedgerEntry.id == entry.id).values(fen=101))
    assert findings(session) == (
        (
            f"transaction {entry.transaction_id} (draw_post): commitments sum to 0, money to 1; "
            "6 of 6 entries, 231 of 230 fen moved"
        ),
        "all entries sum to 1 fen",
    )


def test_a_changed_commitment_is_told_by_every_check_that_sees_it(session, booked):
    entry = entry_of(session, T.DRAW_HOLD, K.LINE_HELD)
    line = booked.line_id
    session.execute(update(LedgerEntry).where(LedgerEntry.id == entry.id).values(fen=90))
    settle = session.scalars(select(LedgerTransaction).where(LedgerTransaction.settles_id.is_not(None))).one()
    assert findings(session) == (
        (
            f"transaction {entry.transaction_id} (draw_hold): commitments sum to -10, money to 0; "
            "4 of 4 entries, 120 of 130 fen moved"
        ),
        "all entries sum to -10 fen",
        f"transaction {settle.id} settles draw_hold {entry.transaction_id}, which held 90 fen, by -100 fen",
        f"line {line}: counters (limit, held, used, free) (1000, 11, 100, 889), books (1000, 1, 100, 889)",
    )


def test_a_missing_entry_is_told(session, booked):
    entry = entry_of(session, T.QUOTA_VOID, K.QUOTA_HELD)
    session.execute(delete(LedgerEntry).where(LedgerEntry.id == entry.id))
    (first, *_) = findings(session)
    assert first == (
        f"transaction {entry.transaction_id} (quota_void): commitments sum to 10, money to 0; "
        "1 of 2 entries, 10 of 10 fen moved"
    )


def test_a_transaction_that_says_another_sum_is_told(session, booked):
    key = last(session)
    session.execute(update(LedgerTransaction).where(LedgerTransaction.id == key).values(moved_fen=12))
    assert findings(session) == (
        f"transaction {key} (draw_hold): commitments sum to 0, money to 0; 2 of 2 entries, 11 of 12 fen moved",
    )


def test_a_transaction_that_says_another_count_is_told(session, booked):
    key = last(session)
    session.execute(update(LedgerTransaction).where(LedgerTransaction.id == key).values(entry_count=3))
    assert findings(session) == (
        f"transaction {key} (draw_hold): commitments sum to 0, money to 0; 2 of 3 entries, 11 of 11 fen moved",
    )


def test_an_account_below_nought_is_told(session, booked):
    posting.post(
        session,
        None,
        Draft(
            T.CHARGE,
            moved(101, booked.account(K.PRINCIPAL), booked.of_lender(K.FUNDS)),
            booked.about,
        ),
    )
    assert findings(session) == ("account principal of drawdown 7 is below nought: -1 fen",)


def test_a_hold_settled_by_another_kind_of_entry_is_told(session, booked):
    settle = session.scalars(select(LedgerTransaction).where(LedgerTransaction.settles_id.is_not(None))).one()
    opened = session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == "line_open")).one()
    session.execute(
        update(LedgerTransaction).where(LedgerTransaction.id == settle.id).values(settles_id=opened.id)
    )
    assert findings(session) == (
        f"transaction {settle.id} settles line_open {opened.id}, which held None fen, by None fen",
    )


@pytest.mark.parametrize(
    ("values", "counters"),
    [
        ({"limit_fen": 1001}, "(1001, 11, 100, 890)"),
        ({"held_fen": 12}, "(1000, 12, 100, 888)"),
        ({"used_fen": 99}, "(1000, 11, 99, 890)"),
    ],
)
def test_a_counter_that_differs_is_told(session, booked, values, counters):
    session.execute(update(LedgerLimit).where(LedgerLimit.owner_kind == "line").values(**values))
    assert findings(session) == (
        f"line {booked.line_id}: counters (limit, held, used, free) {counters}, books (1000, 11, 100, 889)",
    )


def test_a_pools_counter_that_differs_is_told_and_what_it_paid_counts_as_used(session, booked):
    credit.compensate(session, None, booked, Parts(100, outstanding_fen=100), ON, memo="x")
    assert findings(session) == ()
    session.execute(update(LedgerLimit).where(LedgerLimit.owner_kind == "pool").values(used_fen=31))
    pool = booked.about.pool_id
    assert findings(session) == (
        f"pool {pool}: counters (limit, held, used, free) (500, 0, 31, 469), books (500, 0, 30, 470)",
    )


def test_counters_that_are_gone_are_told(session, booked):
    session.execute(delete(LedgerLimit))
    assert findings(session) == (
        f"line {booked.line_id} is in the books and has no counters",
        f"pool {booked.about.pool_id} is in the books and has no counters",
    )


def test_a_counter_without_books_is_told(session):
    session.execute(
        insert(LedgerLimit).values(owner_kind="line", owner_id=5, limit_fen=9, held_fen=0, used_fen=0)
    )
    assert findings(session) == (
        "line 5: counters (limit, held, used, free) (9, 0, 0, 9), books (0, 0, 0, 0)",
    )


def test_a_quota_that_differs_is_told(session, booked, product):
    session.execute(update(Product).where(Product.id == product).values(quota_used_fen=51))
    assert findings(session) == (f"product {product}: counter says 51 fen of quota are used, the books 50",)


def test_rooms_above_tell_what_differs_once_and_no_more_than_is_read(session, monkeypatch):
    def witness(_session):
        return [f"finding {number}" for number in range(60)]

    for _ in range(2):
        checking.ask_witness(witness)
    trial = trial_balance(session)
    assert len(trial.findings) == checking.MOST_FINDINGS == 50
    assert trial.findings[0] == "finding 0"
    assert not trial.holds
    assert len(checking._WITNESSES) == 1


def test_balances_are_by_owner(session, booked):
    assert checking.balances(session, K.LINE_USED, LINE) == {booked.line_id: 100}
    assert checking.balances(session, K.PRINCIPAL, Owner.DRAWDOWN) == {7: 100}
    assert checking.balances(session, K.PRINCIPAL, LINE) == {}
