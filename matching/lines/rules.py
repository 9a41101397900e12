"""Credit lines (domain section 3): their life cycle, what kinds there are, and what a grant may say. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from creditbridge.kernel.dates import add_months
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.money import FEN_PER_YUAN, MAX_FEN, MAX_RATE_PPM, amount_words
from creditbridge.kernel.words import Words
from creditbridge.registry.sizes import Size
from lenders.pricing.schedule import MAX_TERM_MONTHS, RepaymentMethod
from lenders.products.rules import GuaranteeType

CONTRACT_LENGTH = 60
EARLIEST_GRANT = date(2000, 1, 1)
"""Older dates are typing mistakes."""


class LineState(StrEnum):
    PENDING_SIGNING = "pending_signing"
    ACTIVE = "active"
    FROZEN = "frozen"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    TERMINATED = "terminated"


class LineKind(StrEnum):
    """新增, 增额 or 续贷. A renewal is a new line that names the one it renews."""

    NEW = "new"
    INCREASE = "increase"
    RENEWAL = "renewal"


class LineSource(StrEnum):
    """Whether the grant ended an application made here, or was made elsewhere and entered."""

    ONLINE = "online"
    OFFLINE = "offline"


class EntryKind(StrEnum):
    """A grant is never rewritten: a correction takes the old amount back and books the right one."""

    GRANT = "grant"
    REVERSAL = "reversal"
    CORRECTION = "correction"
    ADJUSTMENT = "adjustment"


LINE_STATE_WORDS = {
    LineState.PENDING_SIGNING: Words("待签约", "To be signed"),
    LineState.ACTIVE: Words("生效中", "Active"),
    LineState.FROZEN: Words("已冻结", "Frozen"),
    LineState.CANCELLED: Words("已取消", "Cancelled"),
    LineState.EXPIRED: Words("已到期", "Expired"),
    LineState.TERMINATED: Words("已终止", "Terminated"),
}
LINE_STATE_TONES = {
    LineState.PENDING_SIGNING: "info",
    LineState.ACTIVE: "success",
    LineState.FROZEN: "warning",
    LineState.CANCELLED: "neutral",
    LineState.EXPIRED: "neutral",
    LineState.TERMINATED: "danger",
}
LINE_KIND_WORDS = {
    LineKind.NEW: Words("新增", "New"),
    LineKind.INCREASE: Words("增额", "Increase"),
    LineKind.RENEWAL: Words("续贷", "Renewal"),
}
LINE_SOURCE_WORDS = {
    LineSource.ONLINE: Words("平台申请", "Through the platform"),
    LineSource.OFFLINE: Words("线下办理", "Offline"),
}
ENTRY_KIND_WORDS = {
    EntryKind.GRANT: Words("登记授信", "Grant recorded"),
    EntryKind.REVERSAL: Words("冲销", "Reversed"),
    EntryKind.ADJUSTMENT: Words("调整额度，企业已同意", "Limit changed with the firm’s consent"),
    EntryKind.CORRECTION: Words("更正后登记", "Recorded as corrected"),
}

CREDIT_LINE = Lifecycle(
    "credit_line",
    initial=LineState.PENDING_SIGNING,
    steps={
        "sign": ((LineState.PENDING_SIGNING,), LineState.ACTIVE),
        "cancel": ((LineState.PENDING_SIGNING,), LineState.CANCELLED),
        "freeze": ((LineState.ACTIVE,), LineState.FROZEN),
        "unfreeze": ((LineState.FROZEN,), LineState.ACTIVE),
        "expire": ((LineState.ACTIVE, LineState.FROZEN), LineState.EXPIRED),
        "terminate": ((LineState.ACTIVE, LineState.FROZEN), LineState.TERMINATED),
    },
    words=LINE_STATE_WORDS,
)
UNSIGNED = frozenset({LineState.PENDING_SIGNING, LineState.CANCELLED})
"""States of a line whose contract is not signed, or never was."""


class LineStep(StrEnum):
    """The steps an officer takes by hand; the others come with recording and with time."""

    SIGN = "sign"
    CANCEL = "cancel"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    TERMINATE = "terminate"


STEP_WORDS = {
    "sign": Words("签约生效", "Sign"),
    "cancel": Words("取消", "Cancel"),
    "freeze": Words("冻结", "Freeze"),
    "unfreeze": Words("解冻", "Unfreeze"),
    "terminate": Words("终止", "Terminate"),
}
"""The steps an officer takes by hand, each with a reason; the others come with recording and with time."""


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What a lender states of a grant. ``maturity_on`` follows from date and term unless the contract says otherwise.

    Attributes:
        amount_fen: the limit granted, in fen.
        annual_rate_ppm: the contract's yearly rate.
        first_time_borrower: declared by the lender: the firm never had a bank loan before.
        renews: contract number of the lender's line this one renews; for a renewal only.
    """

    contract_number: str
    granted_on: date
    amount_fen: int
    annual_rate_ppm: int
    term_months: int
    repayment_method: RepaymentMethod
    guarantee_type: GuaranteeType
    first_time_borrower: bool = False
    kind: LineKind = LineKind.NEW
    maturity_on: date | None = None
    renews: str = ""

    @property
    def maturity(self) -> date:
        return self.maturity_on or add_months(self.granted_on, self.term_months)

    @property
    def unsecured(self) -> bool:
        """信用贷款: nothing but the firm's word stands for it."""
        return self.guarantee_type is GuaranteeType.UNSECURED


_OUT_OF_RANGE = Words("应在 {low} 至 {high} 之间。", "Enter a value from {low} to {high}.")
_REQUIRED = Words("请填写此项。", "Fill this in.")


def check_terms(terms: GrantTerms, today: date) -> None:
    """Hold the statement to itself: ranges, dates in order, and kinds that do not contradict.

    Raises:
        InvalidInput: names every field that is wrong.
    """
    problems = {
        name: [words]
        for name, words in (
            ("contract_number", _contract_problem(terms.contract_number)),
            ("granted_on", _date_problem(terms.granted_on, today)),
            ("amount_fen", _amount_problem(terms.amount_fen)),
            ("annual_rate_ppm", _range_problem(terms.annual_rate_ppm, 0, MAX_RATE_PPM)),
            ("term_months", _range_problem(terms.term_months, 1, MAX_TERM_MONTHS)),
            ("first_time_borrower", _first_time_problem(terms)),
            ("renews", _renews_problem(terms)),
        )
        if words is not None
    }
    if "granted_on" not in problems and "term_months" not in problems and terms.maturity <= terms.granted_on:
        problems["maturity_on"] = [
            Words("到期日应晚于授信日期。", "The maturity must lie after the date of the grant.")
        ]
    if problems:
        raise InvalidInput(problems)


def _contract_problem(number: str) -> Words | None:
    if not number.strip():
        return _REQUIRED
    if len(number) > CONTRACT_LENGTH:
        return Words("最多 {n} 个字。", "At most {n} characters.").fill(n=CONTRACT_LENGTH)
    return None


def _date_problem(on: date, today: date) -> Words | None:
    if on > today:
        return Words("授信日期不能晚于今天。", "The date of the grant cannot lie in the future.")
    if on < EARLIEST_GRANT:
        return Words("授信日期过早，请检查年份。", "This date is too early. Check the year.")
    return None


def _amount_problem(fen: int) -> Words | None:
    if 0 < fen <= MAX_FEN:
        return None
    return Words(
        "授信金额应大于 0，且不超过 {most}。", "The amount must be above 0 and at most {most}."
    ).fill(most=amount_words(MAX_FEN))


def _range_problem(value: int, low: int, high: int) -> Words | None:
    return None if low <= value <= high else _OUT_OF_RANGE.fill(low=low, high=high)


def _first_time_problem(terms: GrantTerms) -> Words | None:
    if terms.first_time_borrower and terms.kind is not LineKind.NEW:
        return Words(
            "增额或续贷的企业不是首贷户。", "A firm that has a line already is no first-time borrower."
        )
    return None


def _renews_problem(terms: GrantTerms) -> Words | None:
    if terms.kind is LineKind.RENEWAL or not terms.renews:
        return None
    return Words("只有续贷需要填写原合同编号。", "Only a renewal names the contract that it renews.")


@dataclass(frozen=True, slots=True)
class InclusiveDefinition:
    """普惠小微 as in force in a period: sizes of firms and the most that may be granted; ``source`` is the rule's."""

    effective_from: date
    effective_to: date | None
    sizes: frozenset[str]
    most_fen: int
    source: Words


@cache
def inclusive_definitions() -> tuple[InclusiveDefinition, ...]:
    """Every definition of inclusive lending, from ``data/inclusive_msme.json``."""
    text = resources.files("matching.lines").joinpath("data/inclusive_msme.json").read_text("utf-8")
    return tuple(
        InclusiveDefinition(
            date.fromisoformat(row["effective_from"]),
            date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
            frozenset(row["sizes"]),
            row["most_yuan"] * FEN_PER_YUAN,
            Words.from_json(row["source"]),
        )
        for row in json.loads(text)["definitions"]
    )


def is_inclusive_msme(size: Size | None, amount_fen: int, on: date) -> bool:
    """Whether a grant of a date counts as 普惠小微. Of a firm whose size is not known it is not claimed."""
    return any(
        row.effective_from <= on
        and (row.effective_to is None or on <= row.effective_to)
        and size is not None
        and size.value in row.sizes
        and amount_fen <= row.most_fen
        for row in inclusive_definitions()
    )


@dataclass(frozen=True, slots=True)
class BalanceReport:
    """What a lender reports of a line on a date: all that was ever paid out, what is outstanding, what is overdue; fen.

    ``overdue_days`` counts from the oldest amount that was not paid when it was due.
    """

    as_of: date
    disbursed_fen: int
    balance_fen: int
    overdue_fen: int = 0
    overdue_days: int = 0


def check_balance(
    report: BalanceReport,
    *,
    amount_fen: int,
    granted_on: date,
    revolving: bool,
    today: date,
    before: BalanceReport | None,
    after: BalanceReport | None,
) -> None:
    """Hold a report to the line and to the reports of other dates.

    What was paid out only grows. Only a revolving line may pay out more than its limit over time.

    Raises:
        InvalidInput: names every figure that cannot be.
    """
    problems: dict[str, list[Words]] = {}
    if not granted_on <= report.as_of <= today:
        problems["as_of"] = [
            Words(
                "截止日期应在授信日期 {first} 至今天之间。",
                "Choose a date from the grant on {first} to today.",
            ).fill(first=granted_on.isoformat())
        ]
    disbursed = _disbursed_problem(report, amount_fen, revolving, before, after)
    if disbursed is not None:
        problems["disbursed_fen"] = [disbursed]
    if not 0 <= report.balance_fen <= min(report.disbursed_fen, amount_fen):
        problems["balance_fen"] = [
            Words(
                "贷款余额不能超过累计放款金额和授信金额。",
                "The balance cannot exceed what was paid out, nor the amount granted.",
            )
        ]
    problems |= _overdue_problems(report, granted_on)
    if problems:
        raise InvalidInput(problems)


def _overdue_problems(report: BalanceReport, granted_on: date) -> dict[str, list[Words]]:
    problems: dict[str, list[Words]] = {}
    if not 0 <= report.overdue_fen <= max(report.balance_fen, 0):
        problems["overdue_fen"] = [
            Words("逾期金额应在 0 与贷款余额之间。", "What is overdue must lie between 0 and the balance.")
        ]
    most = max((report.as_of - granted_on).days, 0)
    if not 0 <= report.overdue_days <= most or (report.overdue_fen > 0) != (report.overdue_days > 0):
        problems["overdue_days"] = [
            Words(
                "有逾期金额时请填写逾期天数（不超过授信以来的 {most} 天），没有逾期时两项都填 0。",
                "With an amount overdue, say for how many days (at most {most}, since the grant); without, both are 0.",
            ).fill(most=most)
        ]
    return problems


def _disbursed_problem(
    report: BalanceReport,
    amount_fen: int,
    revolving: bool,
    before: BalanceReport | None,
    after: BalanceReport | None,
) -> Words | None:
    most = MAX_FEN if revolving else amount_fen
    if not 0 <= report.disbursed_fen <= most:
        return Words(
            "累计放款金额应在 0 至 {most} 之间。", "What was paid out must lie between 0 and {most}."
        ).fill(most=amount_words(most))
    if before is not None and report.disbursed_fen < before.disbursed_fen:
        return Words(
            "累计放款金额不能少于 {day} 报送的 {amount}。",
            "What was paid out in all cannot be less than the {amount} reported as of {day}.",
        ).fill(day=before.as_of.isoformat(), amount=amount_words(before.disbursed_fen))
    if after is not None and report.disbursed_fen > after.disbursed_fen:
        return Words(
            "累计放款金额不能多于 {day} 报送的 {amount}。",
            "What was paid out in all cannot be more than the {amount} reported as of {day}.",
        ).fill(day=after.as_of.isoformat(), amount=amount_words(after.disbursed_fen))
    return None


BLOCKED_BY_ALERT = Words("贷后预警，暂停新的提款", "An alert after the grant: no new drawdowns for now")
"""Why an alert blocks new drawdowns of a line, which keeps the Chinese."""

OWN_RECORD = Words(
    "不能更正自己登记的授信，请由另一位审批人办理。",
    "You recorded this grant, so another officer has to correct it.",
)
"""Four eyes: a grant is corrected by another person than the one who recorded it last."""
