"""What the firm reads of its submissions: the steps so far, what comes next, the offers with their true cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.kernel.words import Words
from lenders.pricing.apr import TrueCost
from lenders.pricing.fees import FeeLine
from matching.applications import lookup, offering
from matching.applications.model import Application, Decision, Offer, Submission
from matching.applications.reasons import REASONS, Reason, ReasonWords
from matching.applications.rules import STEP_WORDS, OfferState, SubmissionState

# What the firm is shown of an offer: only what a second officer approved.
SHOWN_OFFERS = frozenset(
    {OfferState.SENT, OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED, OfferState.REPLACED}
)

_S = SubmissionState
NEXT: dict[SubmissionState, Words] = {
    _S.SUBMITTED: Words("等待机构受理。", "Waiting for the lender to take it up."),
    _S.ACCEPTED: Words("机构已受理，即将开始审核。", "The lender has taken it up and will start the review."),
    _S.UNDER_REVIEW: Words("机构正在审核，无需操作。", "The lender is reviewing it. Nothing for you to do."),
    _S.ACTION_REQUIRED: Words("请按机构要求补充材料。", "Supply what the lender asks for."),
    _S.PENDING_APPROVAL: Words(
        "机构内部审批中，无需操作。", "The lender is approving the terms. Nothing for you to do."
    ),
    _S.OFFERED: Words(
        "请查看授信方案，并在有效期内答复。", "Look at the offer and answer before it expires."
    ),
    _S.OFFER_ACCEPTED: Words("请按机构通知办理签约。", "Sign the contract when the lender calls you in."),
    _S.GRANTED: Words("授信已登记，可以按合同用款。", "The credit is granted; use it as the contract says."),
    _S.CLOSED: Words("已办结。", "Completed."),
    _S.NOT_ACCEPTED: Words("请查看原因，可改选其他产品。", "See the reasons; you can choose other products."),
    _S.REJECTED: Words("请查看原因，可改选其他产品。", "See the reasons; you can choose other products."),
    _S.OFFER_DECLINED: Words(
        "您未接受方案，申请已结束。", "You declined the offer; the application has ended."
    ),
    _S.OFFER_EXPIRED: Words(
        "方案过期未答复，可重新申请。", "The offer expired unanswered; you can apply again."
    ),
    _S.SUPERSEDED: Words("您接受了另一家机构的方案。", "You accepted another lender’s offer."),
    _S.WITHDRAWN: Words("您已撤回申请，可重新申请。", "You withdrew it; you can apply again."),
    _S.INCOMPLETE: Words(
        "材料逾期未补齐，可备齐后重新申请。",
        "Documents were not supplied in time; apply again once you have them.",
    ),
}


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer as the firm compares it; ``first_payment_fen`` is what the first instalment takes."""

    submission: Submission
    offer: Offer
    cost: TrueCost

    @property
    def first_payment_fen(self) -> int:
        return self.cost.schedule.instalments[0].payment_fen

    @property
    def payments_fen(self) -> list[int]:
        """What each instalment takes, the first one first."""
        return [row.payment_fen for row in self.cost.schedule.instalments]

    @property
    def highest_payment_fen(self) -> int:
        return max(self.payments_fen)

    @property
    def paid_fen(self) -> int:
        """Principal and interest over the whole loan."""
        return sum(self.payments_fen)

    @property
    def fees(self) -> list[Words]:
        """Each fee in words."""
        return [FeeLine.from_json(row).describe() for row in self.offer.fees]

    @property
    def can_be_answered(self) -> bool:
        return self.offer.state == OfferState.SENT and self.submission.state == SubmissionState.OFFERED


def what_comes_next(submission: Submission) -> Words:
    """One sentence on whose turn it is."""
    return NEXT[submission.state_now]


def steps_taken(session: Session, submission: Submission) -> list[dict[str, Any]]:
    """The timeline as the firm sees it, newest first."""
    events = lookup.timeline(session, submission, for_firm=True)
    return [
        {"at": event.at, "title": STEP_WORDS[event.step], "who": event.who, "text": event.reason or None}
        for event in reversed(events)
    ]


def sent_offer_of(session: Session, submission: Submission) -> ShownOffer | None:
    """The newest offer the firm may see."""
    shown = [offer for offer in submission.offers if offer.state in SHOWN_OFFERS]
    return _shown(session, submission, shown[-1]) if shown else None


def offers_side_by_side(session: Session, application: Application) -> Sequence[ShownOffer]:
    """The standing offers of an application, the cheapest first."""
    found = [
        _shown(session, submission, submission.offers[-1])
        for submission in application.submissions
        if submission.offers and submission.offers[-1].state in {OfferState.SENT, OfferState.ACCEPTED}
    ]
    return sorted(found, key=lambda shown: (shown.cost.nominal_ppm, shown.submission.id))


def payments_side_by_side(offers: Sequence[ShownOffer]) -> list[list[int | None]]:
    """By instalment, what each offer takes then; None where it is repaid already."""
    columns = [shown.payments_fen for shown in offers]
    longest = max((len(column) for column in columns), default=0)
    return [[column[row] if row < len(column) else None for column in columns] for row in range(longest)]


def _shown(session: Session, submission: Submission, offer: Offer) -> ShownOffer:
    product = offering.product_of(session, submission)
    return ShownOffer(submission, offer, offering.cost_of(offering.terms_of(offer), product))


def reasons_told(submission: Submission) -> tuple[list[ReasonWords], Decision] | None:
    """The coded reasons of the latest decision against the submission, with what would help."""
    told = {SubmissionState.NOT_ACCEPTED, SubmissionState.REJECTED}
    if not submission.decisions or submission.state_now not in told:
        return None
    decision = submission.decisions[-1]
    return [REASONS[Reason(code)] for code in decision.reasons], decision
