"""The life cycles of applications, submissions, offers and supplement requests, and who may take which step.

Domain section 3. Submission steps are named as use cases; each stands in :data:`STEPS` with the roles that take
it, so that the pages ask the same table which forms to show that the services ask whether to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from creditbridge.access.rules import Role
from creditbridge.kernel.errors import NotAllowed, RuleRefused
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words

MAX_PRODUCTS = 5
"""How many products one application may go to."""
MAX_SUPPLEMENT_ITEMS = 10
MAX_REOPENINGS = 1


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CLOSED = "closed"


class SubmissionState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    ACTION_REQUIRED = "action_required"
    PENDING_APPROVAL = "pending_approval"
    OFFERED = "offered"
    OFFER_ACCEPTED = "offer_accepted"
    GRANTED = "granted"
    CLOSED = "closed"
    NOT_ACCEPTED = "not_accepted"
    REJECTED = "rejected"
    OFFER_DECLINED = "offer_declined"
    OFFER_EXPIRED = "offer_expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    INCOMPLETE = "incomplete"


class OfferState(StrEnum):
    """``proposed`` until a second officer approves; a ``sent`` offer is what the firm sees."""

    PROPOSED = "proposed"
    RETURNED = "returned"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    REPLACED = "replaced"
    LAPSED = "lapsed"


class SupplementState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    MISSED = "missed"
    LAPSED = "lapsed"


class Purpose(StrEnum):
    """What the money is for; the codes are those of the fact ``loan_purpose``."""

    WORKING_CAPITAL = "working_capital"
    EQUIPMENT = "equipment"
    EXPANSION = "expansion"
    RESEARCH = "research"
    GREEN = "green"
    OTHER = "other"


APPLICATION_STATE_WORDS = {
    ApplicationState.DRAFT: Words("草稿", "Draft"),
    ApplicationState.SUBMITTED: Words("已提交", "Submitted"),
    ApplicationState.CLOSED: Words("已结束", "Closed"),
}
SUBMISSION_STATE_WORDS = {
    SubmissionState.SUBMITTED: Words("待受理", "Waiting to be accepted"),
    SubmissionState.ACCEPTED: Words("已受理", "Accepted"),
    SubmissionState.UNDER_REVIEW: Words("审核中", "Under review"),
    SubmissionState.ACTION_REQUIRED: Words("待补充材料", "Documents needed"),
    SubmissionState.PENDING_APPROVAL: Words("待审批", "Waiting for approval"),
    SubmissionState.OFFERED: Words("待企业确认", "Waiting for the firm"),
    SubmissionState.OFFER_ACCEPTED: Words("企业已确认", "Confirmed by the firm"),
    SubmissionState.GRANTED: Words("已授信", "Granted"),
    SubmissionState.CLOSED: Words("已办结", "Completed"),
    SubmissionState.NOT_ACCEPTED: Words("不予受理", "Not accepted"),
    SubmissionState.REJECTED: Words("未通过", "Rejected"),
    SubmissionState.OFFER_DECLINED: Words("企业未接受", "Declined by the firm"),
    SubmissionState.OFFER_EXPIRED: Words("方案已失效", "Offer expired"),
    SubmissionState.SUPERSEDED: Words("已选择其他方案", "Another offer chosen"),
    SubmissionState.WITHDRAWN: Words("已撤回", "Withdrawn"),
    SubmissionState.INCOMPLETE: Words("材料未补齐终止", "Ended: documents missing"),
}
SUBMISSION_STATE_TONES = {
    **dict.fromkeys(
        (SubmissionState.SUBMITTED, SubmissionState.ACCEPTED, SubmissionState.UNDER_REVIEW), "info"
    ),
    **dict.fromkeys(
        (SubmissionState.ACTION_REQUIRED, SubmissionState.PENDING_APPROVAL, SubmissionState.OFFERED),
        "warning",
    ),
    **dict.fromkeys(
        (SubmissionState.OFFER_ACCEPTED, SubmissionState.GRANTED, SubmissionState.CLOSED), "success"
    ),
    **dict.fromkeys(
        (SubmissionState.NOT_ACCEPTED, SubmissionState.REJECTED, SubmissionState.INCOMPLETE), "danger"
    ),
    **dict.fromkeys(
        (
            SubmissionState.OFFER_DECLINED,
            SubmissionState.OFFER_EXPIRED,
            SubmissionState.SUPERSEDED,
            SubmissionState.WITHDRAWN,
        ),
        "neutral",
    ),
}
OFFER_STATE_WORDS = {
    OfferState.PROPOSED: Words("待审批", "Waiting for approval"),
    OfferState.RETURNED: Words("已退回", "Returned"),
    OfferState.SENT: Words("待企业确认", "Waiting for the firm"),
    OfferState.ACCEPTED: Words("企业已确认", "Accepted"),
    OfferState.DECLINED: Words("企业未接受", "Declined"),
    OfferState.EXPIRED: Words("已失效", "Expired"),
    OfferState.REPLACED: Words("企业要求调整", "Changes asked for"),
    OfferState.LAPSED: Words("已终止", "Ended"),
}
SUPPLEMENT_STATE_WORDS = {
    SupplementState.OPEN: Words("待补充", "Waiting for the firm"),
    SupplementState.ANSWERED: Words("已补充", "Answered"),
    SupplementState.MISSED: Words("逾期未补齐", "Missed"),
    SupplementState.LAPSED: Words("已终止", "Ended"),
}
PURPOSE_WORDS = {
    Purpose.WORKING_CAPITAL: Words("日常周转", "Working capital"),
    Purpose.EQUIPMENT: Words("购置设备", "Equipment"),
    Purpose.EXPANSION: Words("扩大经营", "Expansion"),
    Purpose.RESEARCH: Words("研发投入", "Research and development"),
    Purpose.GREEN: Words("节能环保改造", "Energy saving and environment"),
    Purpose.OTHER: Words("其他经营用途", "Other business use"),
}

_S = SubmissionState
OPEN_STATES = (
    _S.SUBMITTED,
    _S.ACCEPTED,
    _S.UNDER_REVIEW,
    _S.ACTION_REQUIRED,
    _S.PENDING_APPROVAL,
    _S.OFFERED,
    _S.OFFER_ACCEPTED,
)
"""In flight: before the grant, and not ended. At most one submission of a firm for a product is."""

APPLICATION = Lifecycle(
    "application",
    initial=ApplicationState.DRAFT,
    steps={
        "submit": ((ApplicationState.DRAFT,), ApplicationState.SUBMITTED),
        "close": ((ApplicationState.SUBMITTED,), ApplicationState.CLOSED),
        "discard": ((ApplicationState.DRAFT,), ApplicationState.CLOSED),
        "resume": ((ApplicationState.CLOSED,), ApplicationState.SUBMITTED),
    },
    words=APPLICATION_STATE_WORDS,
)

SUBMISSION = Lifecycle(
    "submission",
    initial=_S.SUBMITTED,
    steps={
        "accept": ((_S.SUBMITTED,), _S.ACCEPTED),
        "not_accept": ((_S.SUBMITTED,), _S.NOT_ACCEPTED),
        "start_review": ((_S.ACCEPTED,), _S.UNDER_REVIEW),
        "request_supplement": ((_S.UNDER_REVIEW,), _S.ACTION_REQUIRED),
        "answer_supplement": ((_S.ACTION_REQUIRED,), _S.UNDER_REVIEW),
        "miss_supplement": ((_S.ACTION_REQUIRED,), _S.INCOMPLETE),
        "propose_terms": ((_S.UNDER_REVIEW,), _S.PENDING_APPROVAL),
        "return_terms": ((_S.PENDING_APPROVAL,), _S.UNDER_REVIEW),
        "approve_terms": ((_S.PENDING_APPROVAL,), _S.OFFERED),
        "reject": ((_S.UNDER_REVIEW, _S.PENDING_APPROVAL), _S.REJECTED),
        "accept_offer": ((_S.OFFERED,), _S.OFFER_ACCEPTED),
        "decline_offer": ((_S.OFFERED,), _S.OFFER_DECLINED),
        "renegotiate": ((_S.OFFERED,), _S.UNDER_REVIEW),
        "expire_offer": ((_S.OFFERED,), _S.OFFER_EXPIRED),
        "supersede": (tuple(state for state in OPEN_STATES if state is not _S.OFFER_ACCEPTED), _S.SUPERSEDED),
        "withdraw": (OPEN_STATES, _S.WITHDRAWN),
        "record_grant": ((_S.OFFER_ACCEPTED,), _S.GRANTED),
        "close": ((_S.GRANTED,), _S.CLOSED),
        "reopen": ((_S.REJECTED,), _S.UNDER_REVIEW),
    },
    words=SUBMISSION_STATE_WORDS,
)

OFFER = Lifecycle(
    "offer",
    initial=OfferState.PROPOSED,
    steps={
        "first_approve": ((OfferState.PROPOSED,), OfferState.PROPOSED),
        "approve": ((OfferState.PROPOSED,), OfferState.SENT),
        "return": ((OfferState.PROPOSED,), OfferState.RETURNED),
        "accept": ((OfferState.SENT,), OfferState.ACCEPTED),
        "decline": ((OfferState.SENT,), OfferState.DECLINED),
        "expire": ((OfferState.SENT,), OfferState.EXPIRED),
        "replace": ((OfferState.SENT,), OfferState.REPLACED),
        "lapse": ((OfferState.PROPOSED, OfferState.SENT, OfferState.ACCEPTED), OfferState.LAPSED),
    },
    words=OFFER_STATE_WORDS,
)

SUPPLEMENT = Lifecycle(
    "supplement_request",
    initial=SupplementState.OPEN,
    steps={
        "answer": ((SupplementState.OPEN,), SupplementState.ANSWERED),
        "miss": ((SupplementState.OPEN,), SupplementState.MISSED),
        "lapse": ((SupplementState.OPEN,), SupplementState.LAPSED),
    },
    words=SUPPLEMENT_STATE_WORDS,
)

_REVIEWER = frozenset({Role.LENDER_REVIEWER})
_APPROVER = frozenset({Role.LENDER_APPROVER})
_OFFICERS = _REVIEWER | _APPROVER
_OWNER = frozenset({Role.FIRM_OWNER})
_FIRM = frozenset({Role.FIRM_OWNER, Role.FIRM_STAFF})
_NOBODY: frozenset[Role] = frozenset()

STEPS: Mapping[str, frozenset[Role]] = {
    "accept": _REVIEWER,
    "not_accept": _REVIEWER,
    "start_review": _REVIEWER,
    "request_supplement": _REVIEWER,
    "answer_supplement": _FIRM,
    "miss_supplement": _NOBODY,
    "propose_terms": _REVIEWER,
    "return_terms": _APPROVER,
    "approve_terms": _APPROVER,
    "reject": _OFFICERS,
    "accept_offer": _OWNER,
    "decline_offer": _OWNER,
    "renegotiate": _OWNER,
    "expire_offer": _NOBODY,
    "supersede": _NOBODY,
    "withdraw": _OWNER,
    "record_grant": _REVIEWER,
    "close": _REVIEWER,
    "reopen": _APPROVER,
}
"""Who takes each step of a submission; what nobody takes, the system does by itself."""

STEP_WORDS: Mapping[str, Words] = {
    "submit": Words("提交申请", "Application sent"),
    "accept": Words("受理申请", "Application accepted"),
    "not_accept": Words("不予受理", "Application not accepted"),
    "start_review": Words("开始审核", "Review started"),
    "request_supplement": Words("要求补充材料", "Documents asked for"),
    "answer_supplement": Words("已补充材料", "Documents supplied"),
    "miss_supplement": Words("逾期未补齐材料", "Documents not supplied in time"),
    "propose_terms": Words("拟定授信方案", "Terms proposed"),
    "return_terms": Words("退回授信方案", "Terms returned"),
    "first_approve": Words("第一位审批人同意，待第二位审批", "First approval given, a second is needed"),
    "approve_terms": Words("审批通过授信方案", "Terms approved"),
    "reject": Words("审核未通过", "Application rejected"),
    "accept_offer": Words("企业接受方案", "Offer accepted"),
    "decline_offer": Words("企业不接受方案", "Offer declined"),
    "renegotiate": Words("企业要求调整方案", "Other terms asked for"),
    "expire_offer": Words("方案已过有效期", "Offer expired"),
    "supersede": Words("企业选择了其他方案", "Another offer chosen"),
    "withdraw": Words("企业撤回申请", "Application withdrawn"),
    "record_grant": Words("登记授信", "Grant recorded"),
    "close": Words("办结", "Completed"),
    "reopen": Words("重新审核", "Reopened"),
    "assign": Words("分配经办人", "Officer assigned"),
    "transfer": Words("转办理网点", "Moved to another branch"),
    "step_aside": Words("经办人因利益关系回避", "The officer stepped aside for an interest"),
    "rematch": Words("企业同意按适合度重新匹配", "The firm agreed to a re-match by fit"),
    "name_conflict": Words(
        "企业指出机构人员的利益关系", "The firm named a tie to one of the lender’s people"
    ),
    "confirm_fact": Words("核实企业自报信息，属实", "A reported fact confirmed"),
    "refuse_fact": Words("核实企业自报信息，不符", "A reported fact found not to be so"),
}
"""The timeline's words: steps of the life cycle, and what changes no state."""

INTERNAL_STEPS = frozenset({"return_terms", "assign", "first_approve", "step_aside"})
"""What a lender's own timeline shows and the firm's does not: who handles it, and approvals sent back inside."""

FIRMS_OWN_STEPS = frozenset({"rematch"})
"""What the firm's timeline shows and the lender's does not: where the firm goes next is no concern of theirs."""

OWN_TERMS = Words(
    "不能审批自己拟定或已经审批过的方案，请由另一位审批人办理。",
    "You proposed these terms, or approved them before, so another officer has to decide on them.",
)
"""Four eyes: who proposed terms, or gave the first of two approvals, never decides on them, by whatever account."""

FIRST_DECISIONS = frozenset({"approve_terms", "reject", "not_accept"})
"""The steps that end the days-to-decision clock, whichever comes first."""


def may_take(role: Role, step: str) -> bool:
    return role in STEPS[step]


def steps_for(role: Role, state: SubmissionState) -> list[str]:
    """The steps a role may take from a state, in the order of the life cycle."""
    return [
        step
        for step in SUBMISSION.legal_steps(state)
        if may_take(role, step) and not _only_approver(role, step, state)
    ]


def check_step(role: Role, step: str, state: SubmissionState) -> None:
    """Refuse a step that is not this role's, or not legal from this state.

    Raises:
        NotAllowed: the step is for another role.
        Conflict: the step is not legal from the state.
    """
    if not may_take(role, step):
        raise NotAllowed
    SUBMISSION.check(step, state)
    if _only_approver(role, step, state):
        raise NotAllowed


def _only_approver(role: Role, step: str, state: SubmissionState) -> bool:
    """Terms before the approver are theirs to reject; before that the reviewer rejects."""
    if step != "reject":
        return False
    return (state is _S.PENDING_APPROVAL) != (role is Role.LENDER_APPROVER)


def check_may_reopen(reopenings: int) -> None:
    """A rejected submission is reopened once.

    Raises:
        RuleRefused: ``reopened_before``.
    """
    if reopenings >= MAX_REOPENINGS:
        raise RuleRefused(
            "reopened_before",
            Words(
                "该申请已重新审核过一次，不能再次重开。",
                "This application was reopened once already and cannot be again.",
            ),
        )
