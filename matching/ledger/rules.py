"""What accounts there are, and the laws of the books: every transaction sums to nought in each book. Pure.

Two books. **Commitments** say what may still be granted and drawn: a product's quota, a line's limit, a risk pool's
capital, each split into what is free, held and used. **Money** says what was lent, charged, repaid and lost. A limit
moves as hold → post or void: what is held is either used or free again, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from creditbridge.kernel.money import MAX_FEN
from creditbridge.kernel.words import Words


class Book(StrEnum):
    COMMITMENT = "commitment"
    MONEY = "money"


class Owner(StrEnum):
    """Whose account it is. A line whose lender only reports has its loans in one account of the line."""

    PRODUCT = "product"
    LINE = "line"
    DRAWDOWN = "drawdown"
    POOL = "pool"
    LENDER = "lender"


class AccountKind(StrEnum):
    QUOTA_FREE = "quota_free"
    QUOTA_HELD = "quota_held"
    QUOTA_USED = "quota_used"
    LINE_LIMIT = "line_limit"
    LINE_AVAILABLE = "line_available"
    LINE_HELD = "line_held"
    LINE_USED = "line_used"
    POOL_CAPITAL = "pool_capital"
    POOL_FREE = "pool_free"
    POOL_HELD = "pool_held"
    POOL_USED = "pool_used"
    POOL_PAID = "pool_paid"
    PRINCIPAL = "principal"
    INTEREST_DUE = "interest_due"
    PENALTY_DUE = "penalty_due"
    FUNDS = "funds"
    INTEREST_INCOME = "interest_income"
    PENALTY_INCOME = "penalty_income"
    COMPENSATED = "compensated"
    LOSS = "loss"
    CARRIED = "carried"


_K = AccountKind
COMMITMENTS = frozenset(
    {
        _K.QUOTA_FREE,
        _K.QUOTA_HELD,
        _K.QUOTA_USED,
        _K.LINE_LIMIT,
        _K.LINE_AVAILABLE,
        _K.LINE_HELD,
        _K.LINE_USED,
        _K.POOL_CAPITAL,
        _K.POOL_FREE,
        _K.POOL_HELD,
        _K.POOL_USED,
        _K.POOL_PAID,
    }
)
CONTRA = frozenset(
    {_K.QUOTA_FREE, _K.LINE_LIMIT, _K.POOL_CAPITAL, _K.FUNDS, _K.INTEREST_INCOME, _K.PENALTY_INCOME}
)
"""Accounts that other accounts are set against; every other account never falls below nought."""

ACCOUNT_WORDS = {
    _K.QUOTA_FREE: Words("产品额度（未占用）", "Product quota, free"),
    _K.QUOTA_HELD: Words("产品额度（方案占用）", "Product quota, held by offers"),
    _K.QUOTA_USED: Words("产品额度（已授信）", "Product quota, granted"),
    _K.LINE_LIMIT: Words("授信额度", "Limits of lines"),
    _K.LINE_AVAILABLE: Words("可用额度", "Available on lines"),
    _K.LINE_HELD: Words("提款占用额度", "Held for drawdowns"),
    _K.LINE_USED: Words("已用额度", "Used on lines"),
    _K.POOL_CAPITAL: Words("风险补偿资金", "Capital of risk pools"),
    _K.POOL_FREE: Words("风险补偿资金（未占用）", "Risk pools, free"),
    _K.POOL_HELD: Words("风险补偿资金（提款占用）", "Risk pools, held"),
    _K.POOL_USED: Words("风险补偿资金（在保）", "Risk pools, at risk"),
    _K.POOL_PAID: Words("风险补偿资金（已代偿）", "Risk pools, paid out"),
    _K.PRINCIPAL: Words("贷款本金", "Principal outstanding"),
    _K.INTEREST_DUE: Words("应收利息", "Interest due"),
    _K.PENALTY_DUE: Words("应收罚息", "Penalty interest due"),
    _K.FUNDS: Words("放款与回款", "Paid out and received"),
    _K.INTEREST_INCOME: Words("利息收入", "Interest charged"),
    _K.PENALTY_INCOME: Words("罚息收入", "Penalty interest charged"),
    _K.COMPENSATED: Words("已代偿", "Compensated"),
    _K.LOSS: Words("已核销", "Written off"),
    _K.CARRIED: Words("无还本续贷结转", "Carried over by renewals"),
}


class TransactionKind(StrEnum):
    OPENING = "opening"
    QUOTA_HOLD = "quota_hold"
    QUOTA_VOID = "quota_void"
    QUOTA_POST = "quota_post"
    LINE_OPEN = "line_open"
    LINE_CHANGE = "line_change"
    LINE_CLOSE = "line_close"
    DRAW_HOLD = "draw_hold"
    DRAW_VOID = "draw_void"
    DRAW_POST = "draw_post"
    CHARGE = "charge"
    REPAYMENT = "repayment"
    COMPENSATION = "compensation"
    WRITE_OFF = "write_off"
    CARRY_OUT = "carry_out"
    REPORT = "report"
    POOL_FUND = "pool_fund"


TRANSACTION_WORDS = {
    TransactionKind.OPENING: Words("期初余额", "Opening balance"),
    TransactionKind.QUOTA_HOLD: Words("方案占用产品额度", "Quota held for an offer"),
    TransactionKind.QUOTA_VOID: Words("退回产品额度", "Quota given back"),
    TransactionKind.QUOTA_POST: Words("授信使用产品额度", "Quota used by a grant"),
    TransactionKind.LINE_OPEN: Words("授信额度生效", "Line opened"),
    TransactionKind.LINE_CHANGE: Words("授信额度调整", "Limit changed"),
    TransactionKind.LINE_CLOSE: Words("授信额度关闭", "Line closed"),
    TransactionKind.DRAW_HOLD: Words("提款占用额度", "Held for a drawdown"),
    TransactionKind.DRAW_VOID: Words("提款占用解除", "Hold released"),
    TransactionKind.DRAW_POST: Words("放款", "Paid out"),
    TransactionKind.CHARGE: Words("计息", "Interest charged"),
    TransactionKind.REPAYMENT: Words("还款", "Repayment"),
    TransactionKind.COMPENSATION: Words("代偿", "Compensation"),
    TransactionKind.WRITE_OFF: Words("核销", "Written off"),
    TransactionKind.CARRY_OUT: Words("无还本续贷转出", "Carried over by a renewal"),
    TransactionKind.REPORT: Words("报送放款与余额", "Lender’s report"),
    TransactionKind.POOL_FUND: Words("风险补偿资金到位", "Risk pool funded"),
}
SETTLING = frozenset({TransactionKind.DRAW_VOID, TransactionKind.DRAW_POST})
"""What ends a hold; each names the hold it settles, and no hold is settled twice."""


@dataclass(frozen=True, slots=True)
class Account:
    kind: AccountKind
    owner: Owner
    owner_id: int

    @property
    def book(self) -> Book:
        return Book.COMMITMENT if self.kind in COMMITMENTS else Book.MONEY


@dataclass(frozen=True, slots=True)
class Posting:
    """So many fen onto an account, or off it below nought."""

    account: Account
    fen: int


class Unbalanced(AssertionError):
    """A transaction that the books refuse; an error of the program, never of a user."""


def moved(fen: int, source: Account, target: Account) -> tuple[Posting, Posting]:
    """Fen off one account and onto another."""
    return Posting(source, -fen), Posting(target, fen)


def netted(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """One posting an account, none of nought, in a stable order."""
    sums: dict[Account, int] = {}
    for posting in postings:
        sums[posting.account] = sums.get(posting.account, 0) + posting.fen
    return tuple(Posting(account, fen) for account, fen in sums.items() if fen)


def check_balanced(postings: Sequence[Posting]) -> None:
    """Hold a transaction to the laws of the books.

    Raises:
        Unbalanced: it does not sum to nought in each book, is empty, or an amount is no number of fen.
    """
    if not postings:
        raise Unbalanced("a transaction needs postings")
    sums: dict[Book, int] = {}
    for posting in postings:
        if type(posting.fen) is not int or not 0 < abs(posting.fen) <= MAX_FEN * 1000:
            raise Unbalanced(f"{posting.fen!r} is no amount in fen")
        book = posting.account.book
        sums[book] = sums.get(book, 0) + posting.fen
    if any(sums.values()):
        raise Unbalanced(f"sums to {sums}")


def quota(product_id: int, kind: AccountKind) -> Account:
    return Account(kind, Owner.PRODUCT, product_id)


def line(line_id: int, kind: AccountKind) -> Account:
    return Account(kind, Owner.LINE, line_id)


def pool(pool_id: int, kind: AccountKind) -> Account:
    return Account(kind, Owner.POOL, pool_id)


def lender(lender_id: int, kind: AccountKind) -> Account:
    return Account(kind, Owner.LENDER, lender_id)


@dataclass(frozen=True, slots=True)
class Counted:
    """A limit's counters, as the conditional updates keep them."""

    limit_fen: int
    held_fen: int
    used_fen: int

    @property
    def available_fen(self) -> int:
        return self.limit_fen - self.held_fen - self.used_fen
