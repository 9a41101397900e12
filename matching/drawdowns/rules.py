"""Drawdowns (domain section 3): their life cycle, what may be asked for, and what is owed on a day. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from creditbridge.access.rules import Role
from creditbridge.kernel.dates import add_months
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.money import MAX_FEN, amount_words
from creditbridge.kernel.words import Words
from lenders.pricing.overdue import Owed, PenaltyPolicy, is_overdue, penalty_interest
from lenders.pricing.running import RowKind, RunningRow
from lenders.pricing.schedule import MAX_TERM_MONTHS, DayCount, RepaymentMethod

PURPOSE_LENGTH = 200


class DrawdownState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DISBURSED = "disbursed"
    PERFORMING = "performing"
    OVERDUE = "overdue"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    COMPENSATED = "compensated"
    WRITTEN_OFF = "written_off"


_S = DrawdownState
DRAWDOWN_STATE_WORDS = {
    _S.REQUESTED: Words("待审批", "Waiting for approval"),
    _S.APPROVED: Words("待放款", "Approved, to be paid out"),
    _S.DISBURSED: Words("已放款", "Paid out"),
    _S.PERFORMING: Words("正常还款", "Being repaid"),
    _S.OVERDUE: Words("已逾期", "Overdue"),
    _S.SETTLED: Words("已结清", "Settled"),
    _S.CANCELLED: Words("已取消", "Cancelled"),
    _S.REJECTED: Words("未通过", "Rejected"),
    _S.COMPENSATED: Words("已代偿", "Compensated"),
    _S.WRITTEN_OFF: Words("已核销", "Written off"),
}
DRAWDOWN_STATE_TONES = {
    _S.REQUESTED: "warning",
    _S.APPROVED: "info",
    _S.DISBURSED: "success",
    _S.PERFORMING: "success",
    _S.OVERDUE: "danger",
    _S.SETTLED: "neutral",
    _S.CANCELLED: "neutral",
    _S.REJECTED: "danger",
    _S.COMPENSATED: "danger",
    _S.WRITTEN_OFF: "danger",
}
DRAWDOWN = Lifecycle(
    "drawdown",
    initial=_S.REQUESTED,
    steps={
        "approve": ((_S.REQUESTED,), _S.APPROVED),
        "reject": ((_S.REQUESTED,), _S.REJECTED),
        "disburse": ((_S.APPROVED,), _S.DISBURSED),
        "cancel": ((_S.APPROVED,), _S.CANCELLED),
        "perform": ((_S.DISBURSED,), _S.PERFORMING),
        "fall_overdue": ((_S.PERFORMING,), _S.OVERDUE),
        "catch_up": ((_S.OVERDUE,), _S.PERFORMING),
        "settle": ((_S.PERFORMING, _S.OVERDUE), _S.SETTLED),
        "compensate": ((_S.OVERDUE,), _S.COMPENSATED),
        "write_off": ((_S.OVERDUE,), _S.WRITTEN_OFF),
    },
    words=DRAWDOWN_STATE_WORDS,
)
OPEN_REQUESTS = (_S.REQUESTED, _S.APPROVED)
"""Asked for, and neither paid out nor refused."""
OUTSTANDING = (_S.DISBURSED, _S.PERFORMING, _S.OVERDUE)
"""Paid out and not yet at an end."""

STEP_WORDS = {
    "approve": Words("同意放款", "Approve"),
    "reject": Words("不同意", "Reject"),
    "cancel": Words("取消提款", "Cancel"),
    "compensate": Words("登记代偿", "Record compensation"),
    "write_off": Words("登记核销", "Write off"),
}
STEPS: Mapping[str, frozenset[Role]] = {
    "approve": frozenset({Role.LENDER_APPROVER}),
    "reject": frozenset({Role.LENDER_APPROVER}),
    "disburse": frozenset({Role.LENDER_REVIEWER}),
    "cancel": frozenset({Role.LENDER_REVIEWER, Role.FIRM_OWNER}),
    "perform": frozenset(),
    "fall_overdue": frozenset(),
    "catch_up": frozenset(),
    "settle": frozenset(),
    "compensate": frozenset({Role.LENDER_APPROVER}),
    "write_off": frozenset({Role.LENDER_APPROVER}),
}
"""Who takes each step; what nobody takes follows from payments and time."""
WITH_REASON = frozenset({"reject", "cancel", "compensate", "write_off"})


def may_take(role: Role, step: str) -> bool:
    return role in STEPS[step]


@dataclass(frozen=True, slots=True)
class Request:
    """What a firm asks for: an amount for some months, repaid as the line says."""

    amount_fen: int
    term_months: int
    purpose: str = ""


def check_request(request: Request, *, today: date, line_ends_on: date) -> None:
    """Hold a request to itself and to the line's term.

    Raises:
        InvalidInput: names every field.
    """
    problems: dict[str, list[Words]] = {}
    if type(request.amount_fen) is not int or not 0 < request.amount_fen <= MAX_FEN:
        words = Words("提款金额应大于 0，且不超过 {most}。", "The amount must be above 0 and at most {most}.")
        problems["amount_fen"] = [words.fill(most=amount_words(MAX_FEN))]
    if not 1 <= request.term_months <= MAX_TERM_MONTHS:
        words = Words("期限应在 1 至 {most} 个月之间。", "The term must be 1 to {most} months.")
        problems["term_months"] = [words.fill(most=MAX_TERM_MONTHS)]
    elif add_months(today, request.term_months) > line_ends_on:
        words = Words(
            "到期日不能晚于授信到期日 {day}，请缩短期限。",
            "It would fall due after the line ends on {day}. Choose a shorter term.",
        )
        problems["term_months"] = [words.fill(day=line_ends_on.isoformat())]
    if len(request.purpose) > PURPOSE_LENGTH:
        words = Words("最多 {n} 个字。", "At most {n} characters.")
        problems["purpose"] = [words.fill(n=PURPOSE_LENGTH)]
    if problems:
        raise InvalidInput(problems)


def day_count_of(method: RepaymentMethod) -> DayCount:
    """Equal payments count months of thirty days; whatever is repaid at will or at the end counts its days over 360."""
    if method in (RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL):
        return DayCount.THIRTY_360
    return DayCount.ACT_360


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as the books have it."""

    on: date
    principal_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class Due:
    """What fell due up to a day, in all."""

    principal_fen: int
    interest_fen: int


def due_by(rows: Sequence[RunningRow], on: date) -> Due:
    """What the plan asks for up to and with a day."""
    past = [row for row in rows if row.due <= on]
    return Due(sum(row.principal_fen for row in past), sum(row.interest_fen for row in past))


def paid_by(payments: Sequence[Paid], on: date) -> Due:
    past = [row for row in payments if row.on <= on]
    return Due(sum(row.principal_fen for row in past), sum(row.interest_fen for row in past))


def late_by(rows: Sequence[RunningRow], payments: Sequence[Paid], on: date) -> Owed:
    """What was due by a day and is not paid."""
    due, paid = due_by(rows, on), paid_by(payments, on)
    return Owed(
        0, max(due.interest_fen - paid.interest_fen, 0), max(due.principal_fen - paid.principal_fen, 0)
    )


def oldest_due(rows: Sequence[RunningRow], payments: Sequence[Paid], on: date) -> date | None:
    """The day the oldest unpaid instalment fell due; None where nothing is unpaid."""
    paid = paid_by(payments, on)
    principal = interest = 0
    for row in rows:
        if row.due > on:
            return None
        principal, interest = principal + row.principal_fen, interest + row.interest_fen
        if principal > paid.principal_fen or interest > paid.interest_fen:
            return row.due
    return None


def days_late(rows: Sequence[RunningRow], payments: Sequence[Paid], on: date) -> int:
    """Days since the oldest unpaid instalment fell due; nought where none is unpaid."""
    oldest = oldest_due(rows, payments, on)
    return (on - oldest).days if oldest else 0


def penalty_by(
    rows: Sequence[RunningRow],
    payments: Sequence[Paid],
    rate_ppm: int,
    on: date,
    policy: PenaltyPolicy,
) -> int:
    """All penalty interest up to a day, from the first instalment on; each day's is rounded to the fen.

    What is paid within the days of grace bears none; what is not bears it from its due date.
    """
    days = sorted({row.due for row in rows if row.due < on} | {row.on for row in payments if row.on < on})
    total = 0
    for start, end in pairwise([*days, on]):
        owed = late_by(rows, payments, start)
        oldest = oldest_due(rows, payments, start)
        if owed.total_fen == 0 or oldest is None:
            continue
        if not is_overdue(oldest, _cleared(rows, payments, oldest, on), policy):
            continue
        day = start.fromordinal(start.toordinal() + 1)
        free_of_grace = PenaltyPolicy(
            policy.surcharge_ppm, 0, policy.compound, policy.day_count, policy.rounding
        )
        daily = penalty_interest(owed, rate_ppm, since=start, on=day, policy=free_of_grace)
        total += daily * (end - start).days
    return total


def _cleared(rows: Sequence[RunningRow], payments: Sequence[Paid], due: date, on: date) -> date:
    """When what fell due on a day was paid, or the day asked about where it is not."""
    for payment in sorted(payments, key=lambda row: row.on):
        paid = paid_by(payments, payment.on)
        asked = due_by(rows, due)
        if (
            payment.on >= due
            and paid.principal_fen >= asked.principal_fen
            and paid.interest_fen >= asked.interest_fen
        ):
            return min(payment.on, on)
    return on


def next_due(rows: Sequence[RunningRow], on: date) -> RunningRow | None:
    """The next instalment after a day."""
    ahead = [row for row in rows if row.due > on and row.kind is RowKind.INSTALMENT]
    return ahead[0] if ahead else None


class AmendmentKind(StrEnum):
    """What an amendment changes: a line's limit, a drawdown's term, or its rate."""

    LIMIT = "limit"
    EXTENSION = "extension"
    RATE = "rate"


class AmendmentState(StrEnum):
    PROPOSED = "proposed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"


AMENDMENT_KIND_WORDS = {
    AmendmentKind.LIMIT: Words("调整授信额度", "Change of the limit"),
    AmendmentKind.EXTENSION: Words("展期", "Extension"),
    AmendmentKind.RATE: Words("调整利率", "Change of the rate"),
}
AMENDMENT_STATE_WORDS = {
    AmendmentState.PROPOSED: Words("待审批", "Waiting for approval"),
    AmendmentState.OFFERED: Words("待企业确认", "Waiting for the firm"),
    AmendmentState.ACCEPTED: Words("企业已同意", "Agreed"),
    AmendmentState.DECLINED: Words("企业未同意", "Declined"),
    AmendmentState.RETURNED: Words("已退回", "Returned"),
}
AMENDMENT_STATE_TONES = {
    AmendmentState.PROPOSED: "warning",
    AmendmentState.OFFERED: "warning",
    AmendmentState.ACCEPTED: "success",
    AmendmentState.DECLINED: "neutral",
    AmendmentState.RETURNED: "neutral",
}
AMENDMENT = Lifecycle(
    "amendment",
    initial=AmendmentState.PROPOSED,
    steps={
        "first_approve": ((AmendmentState.PROPOSED,), AmendmentState.PROPOSED),
        "approve": ((AmendmentState.PROPOSED,), AmendmentState.OFFERED),
        "return": ((AmendmentState.PROPOSED,), AmendmentState.RETURNED),
        "accept": ((AmendmentState.OFFERED,), AmendmentState.ACCEPTED),
        "decline": ((AmendmentState.OFFERED,), AmendmentState.DECLINED),
    },
    words=AMENDMENT_STATE_WORDS,
)
