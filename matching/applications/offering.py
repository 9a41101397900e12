"""Terms: proposed by a reviewer, approved by a second officer, and then the firm's to accept, decline or renegotiate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.disclosure import consents
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.money import amount_words, format_rate
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from lenders.pricing.apr import TrueCost, true_cost
from lenders.pricing.fees import FeeLine
from lenders.pricing.schedule import MAX_TERM_MONTHS, LoanTerms, RepaymentMethod
from lenders.products import service as products
from lenders.products.rules import GuaranteeType, ProductTerms, PublishedProduct
from matching.applications import announcing, clocks
from matching.applications.lookup import submission_of_firm, submission_of_lender
from matching.applications.model import Offer, Submission
from matching.applications.rules import (
    OFFER,
    OFFER_STATE_WORDS,
    OPEN_STATES,
    OWN_TERMS,
    OfferState,
    SubmissionState,
    check_step,
)
from matching.applications.stepping import check_officer, lock_application, note_event, take_step
from matching.approvals import service as approvals
from matching.approvals.rules import is_enough
from matching.conflicts.four_eyes import check_other_person
from matching.ledger import quotas
from matching.ledger.posting import About

LONGEST_VALID_DAYS = 60
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """What is offered. The rate is yearly in ppm; ``expires_on`` is the last day on which the firm can accept."""

    amount_fen: int
    annual_rate_ppm: int
    term_months: int
    repayment_method: RepaymentMethod
    guarantee_type: GuaranteeType
    expires_on: date
    fees: tuple[FeeLine, ...] = ()
    conditions: str = ""


def product_of(session: Session, submission: Submission) -> PublishedProduct:
    """The product in the version the submission was made under."""
    return products.version(session, submission.product_version_id)


def cost_of(terms: Terms, product: PublishedProduct) -> TrueCost:
    """What these terms cost the firm, with the product's subsidies.

    Raises:
        InvalidInput: the terms are out of range, or the fees reach the amount.
    """
    loan = LoanTerms(
        terms.amount_fen, terms.annual_rate_ppm, terms.term_months, terms.repayment_method, clock.today()
    )
    return true_cost(loan, terms.fees, product.terms.subsidies)


def terms_of(offer: Offer) -> Terms:
    """An offer's terms, for the cost page and for proposing the next version."""
    return Terms(
        offer.amount_fen,
        offer.annual_rate_ppm,
        offer.term_months,
        RepaymentMethod(offer.repayment_method),
        GuaranteeType(offer.guarantee_type),
        offer.expires_on,
        tuple(FeeLine.from_json(row) for row in offer.fees),
        offer.conditions,
    )


def propose_terms(session: Session, actor: Actor, submission_id: str, terms: Terms) -> Offer:
    """Put terms before a second officer; they are the next version of the offer.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        InvalidInput: the terms are outside what was applied for or what the product publishes.
    """
    submission = submission_of_lender(session, actor, submission_id)
    check_step(actor.role, "propose_terms", submission.state_now)
    product = product_of(session, submission)
    check_terms(terms, submission, product.terms)
    cost = cost_of(terms, product)
    take_step(session, actor, submission, "propose_terms")
    offer = Offer(
        submission_id=submission.id,
        number=len(submission.offers) + 1,
        amount_fen=terms.amount_fen,
        annual_rate_ppm=terms.annual_rate_ppm,
        term_months=terms.term_months,
        repayment_method=terms.repayment_method.value,
        guarantee_type=terms.guarantee_type.value,
        fees=[line.as_json() for line in terms.fees],
        conditions=terms.conditions,
        apr_ppm=cost.apr_ppm,
        expires_on=terms.expires_on,
        proposed_by_id=actor.user_id,
    )
    session.add(offer)
    session.flush()
    session.refresh(submission, ["offers"])
    due = clocks.target_date(submission.decision_clock, clocks.DECIDE_WITHIN, clock.now())
    announcing.announce(session, submission, "propose_terms", due_on=due, amount_fen=terms.amount_fen)
    return offer


def approve_terms(session: Session, actor: Actor, submission_id: str) -> Submission:
    """Approve the terms as second officer: only now does the firm see the offer, and the product's quota holds it.

    Above the lender's limit the first approver's word changes nothing but that another one is asked.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        RuleRefused: ``own_work``, or ``quota_exhausted``.
        InvalidInput: the offer's last day has passed meanwhile.
    """
    submission = submission_of_lender(session, actor, submission_id)
    check_step(actor.role, "approve_terms", submission.state_now)
    offer = _offer_in(submission, OfferState.PROPOSED)
    check_other_person(session, actor, offer.proposed_by_id, offer.first_approved_by_id, words=OWN_TERMS)
    if offer.expires_on < clock.today():
        words = Words(
            "方案有效期已过，请退回修改。", "The offer’s last day has passed. Return it to be revised."
        )
        raise InvalidInput({"expires_on": [words]})
    needed = approvals.approvals_needed(session, submission.lender_organisation_id, offer.amount_fen)
    if not is_enough([offer.first_approved_by_id], needed):
        return _first_approval(session, actor, submission, offer)
    quotas.hold(session, actor, submission.product_id, offer.amount_fen, about(submission))
    take_step(
        session,
        actor,
        submission,
        "approve_terms",
        offered_fen=offer.amount_fen,
        quota_held_fen=offer.amount_fen,
    )
    move(session, offer, OFFER, "approve", approved_by_id=actor.user_id, approved_at=clock.now())
    announcing.announce(
        session,
        submission,
        "approve_terms",
        due_on=offer.expires_on,
        amount_fen=offer.amount_fen,
        expires_on=offer.expires_on.isoformat(),
    )
    return submission


def _first_approval(session: Session, actor: Actor, submission: Submission, offer: Offer) -> Submission:
    """The amount lies above the lender's limit: another approver has to agree as well."""
    check_officer(session, actor, submission)
    move(
        session,
        offer,
        OFFER,
        "first_approve",
        first_approved_by_id=actor.user_id,
        first_approved_at=clock.now(),
    )
    note_event(session, actor, submission, "first_approve")
    announcing.settle_todos(session, submission)
    due = clocks.target_date(submission.decision_clock, clocks.DECIDE_WITHIN, clock.now())
    announcing.announce(session, submission, "first_approve", due_on=due, amount_fen=offer.amount_fen)
    return submission


def return_terms(session: Session, actor: Actor, submission_id: str, *, reason: str) -> Submission:
    """Send terms back to the reviewer with a reason.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        RuleRefused: ``own_work``.
        InvalidInput: no reason.
    """
    submission = submission_of_lender(session, actor, submission_id)
    check_step(actor.role, "return_terms", submission.state_now)
    offer = _offer_in(submission, OfferState.PROPOSED)
    check_other_person(session, actor, offer.proposed_by_id, words=OWN_TERMS)
    _check_reason(reason, required=True)
    take_step(session, actor, submission, "return_terms", reason=reason)
    move(session, offer, OFFER, "return", answer_reason=reason)
    announcing.announce(session, submission, "return_terms")
    return submission


def accept_offer(session: Session, actor: Actor, submission_id: str) -> Submission:
    """The firm accepts: the other submissions of the same application are superseded and their consents end.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`; a Conflict also when
            the offer's last day has passed.
    """
    submission = submission_of_firm(session, actor, submission_id)
    lock_application(session, submission.application_id)
    offer = _offer_to_answer(actor, submission, "accept_offer")
    if offer.expires_on < clock.today():
        raise Conflict("offer_expired", Words("该方案已过有效期。", "This offer has expired."))
    move(session, offer, OFFER, "accept", answered_at=clock.now())
    take_step(session, actor, submission, "accept_offer", accepted_fen=offer.amount_fen)
    announcing.announce(session, submission, "accept_offer", amount_fen=offer.amount_fen)
    for other in submission.application.submissions:
        if other.id != submission.id:
            _supersede(session, other)
    return submission


def decline_offer(session: Session, actor: Actor, submission_id: str, *, reason: str = "") -> Submission:
    """The firm declines; the submission ends and its consent with it.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
    """
    submission = submission_of_firm(session, actor, submission_id)
    offer = _offer_to_answer(actor, submission, "decline_offer")
    _check_reason(reason)
    move(session, offer, OFFER, "decline", answered_at=clock.now(), answer_reason=reason)
    release_quota(session, submission)
    take_step(session, actor, submission, "decline_offer", reason=reason)
    end_consent(session, actor, submission)
    announcing.announce(session, submission, "decline_offer")
    return submission


def renegotiate(session: Session, actor: Actor, submission_id: str, *, reason: str) -> Submission:
    """The firm asks for other terms: the offer no longer stands, and the review goes on.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        InvalidInput: the firm does not say what it wants.
    """
    submission = submission_of_firm(session, actor, submission_id)
    offer = _offer_to_answer(actor, submission, "renegotiate")
    _check_reason(reason, required=True)
    move(session, offer, OFFER, "replace", answered_at=clock.now(), answer_reason=reason)
    release_quota(session, submission)
    take_step(session, actor, submission, "renegotiate", reason=reason)
    announcing.announce(session, submission, "renegotiate")
    return submission


def release_quota(session: Session, submission: Submission) -> None:
    """Give back what a standing offer held of the product's quota."""
    held = submission.quota_held_fen
    if held:
        submission.quota_held_fen = 0
        session.flush()
        quotas.void(session, None, submission.product_id, held, about(submission))


def about(submission: Submission) -> About:
    """What the books say transactions of a submission's quota are about."""
    return About(
        product_id=submission.product_id,
        firm_id=submission.firm_id,
        lender_id=submission.lender_id,
        text=submission.public_id,
    )


def end_consent(session: Session, actor: Actor | None, submission: Submission) -> None:
    """A submission that ended needs no data any more."""
    if submission.consent_id is not None:
        consents.end(session, submission.consent_id, actor=actor, reason=submission.state)


def check_terms(terms: Terms, submission: Submission, product: ProductTerms) -> None:
    """Terms stay within what was applied for and what the product published on the day of the application.

    Raises:
        InvalidInput: names every field.
    """
    problems: dict[str, list[Words]] = {}
    if not 0 < terms.amount_fen <= submission.applied_fen:
        words = Words("金额不能超过申请金额 {most}。", "The amount cannot exceed the {most} applied for.")
        problems["amount_fen"] = [words.fill(most=amount_words(submission.applied_fen))]
    if not 1 <= terms.term_months <= (product.term_months_max or MAX_TERM_MONTHS):
        words = Words("期限应在 1 至 {most} 个月之间。", "The term must be 1 to {most} months.")
        problems["term_months"] = [words.fill(most=product.term_months_max or MAX_TERM_MONTHS)]
    most = product.rate.bounds(clock.legal_date(submission.started_at)).high_ppm
    if most is not None and terms.annual_rate_ppm > most:
        words = Words("利率不能高于产品公布的上限 {most}。", "The rate cannot exceed the published {most}.")
        problems["annual_rate_ppm"] = [words.fill(most=format_rate(most))]
    if product.repayment_methods and terms.repayment_method not in product.repayment_methods:
        problems["repayment_method"] = [
            Words("该产品没有这种还款方式。", "The product has no such repayment method.")
        ]
    if product.guarantee_types and terms.guarantee_type not in product.guarantee_types:
        problems["guarantee_type"] = [Words("该产品没有这种担保方式。", "The product has no such guarantee.")]
    today = clock.today()
    if not today < terms.expires_on <= today + timedelta(days=LONGEST_VALID_DAYS):
        words = Words(
            "有效期应在明天至 {days} 天内。",
            "The last day must lie between tomorrow and {days} days from now.",
        )
        problems["expires_on"] = [words.fill(days=LONGEST_VALID_DAYS)]
    if problems:
        raise InvalidInput(problems)


def _supersede(session: Session, other: Submission) -> None:
    """Another offer was accepted. A rejected sibling cannot be reopened either: its consent ends too."""
    if other.state_now in OPEN_STATES:
        release_quota(session, other)
        take_step(session, None, other, "supersede")
        announcing.announce(session, other, "supersede")
    if other.state_now not in (SubmissionState.GRANTED, SubmissionState.CLOSED):
        end_consent(session, None, other)


def _offer_to_answer(actor: Actor, submission: Submission, step: str) -> Offer:
    check_step(actor.role, step, submission.state_now)
    return _offer_in(submission, OfferState.SENT)


def _offer_in(submission: Submission, state: OfferState) -> Offer:
    offer = submission.current_offer
    if offer is None or offer.state != state:
        raise illegal_step(OFFER_STATE_WORDS[OfferState(offer.state)] if offer else None)
    return offer


def _check_reason(reason: str, *, required: bool = False) -> None:
    if required and not reason.strip():
        raise InvalidInput({"reason": [Words("请填写理由。", "Give a reason.")]})
    if len(reason) > MAX_REASON:
        raise InvalidInput({"reason": [Words("理由不能超过 500 字。", "Use at most 500 characters.")]})
