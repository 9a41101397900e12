"""Recording grants: the one that ends an application made here, and the one that was made offline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry import service as registry
from creditbridge.registry.model import Firm
from creditbridge.registry.sizes import Size
from creditbridge.store.transitions import move
from creditbridge.webhooks.rules import Event
from lenders.institutions import service as institutions
from lenders.institutions.model import Branch, Lender
from lenders.pricing.schedule import RepaymentMethod
from lenders.products import service as products
from lenders.products.rules import GuaranteeType, PublishedProduct
from matching.applications import granting
from matching.applications.lookup import submission_of_lender
from matching.applications.model import Offer, Submission
from matching.applications.rules import OfferState, check_step
from matching.applications.stepping import check_officer
from matching.approvals import service as approvals
from matching.conflicts import service as conflicts
from matching.ledger import quotas
from matching.lines import announcing, booking
from matching.lines.freezing import freeze
from matching.lines.model import CONTRACT_RECORDED, CreditLine, LineEntry
from matching.lines.rules import (
    CREDIT_LINE,
    EntryKind,
    GrantTerms,
    LineKind,
    LineSource,
    check_terms,
    is_inclusive_msme,
)


@dataclass(frozen=True, slots=True)
class OnlineGrant:
    """What an officer adds to accepted terms when the contract is signed.

    Rate, term, repayment and guarantee are those the firm accepted; an amount of None is the accepted one.
    """

    contract_number: str
    granted_on: date
    amount_fen: int | None = None
    first_time_borrower: bool = False
    kind: LineKind = LineKind.NEW
    renews: str = ""
    maturity_on: date | None = None
    revolving: bool | None = None
    sign_later: bool = False


@dataclass(frozen=True, slots=True)
class OfflineGrant:
    """A grant made elsewhere: to the firm of a code, under one of the lender's products or none, by a branch or none.

    Whether repayment frees the limit follows from the repayment method unless ``revolving`` says it.
    """

    firm_uscc: str
    terms: GrantTerms
    product: str | None = None
    branch: str | None = None
    revolving: bool | None = None


def record_grant(session: Session, actor: Actor, submission_id: str, grant: OnlineGrant) -> CreditLine:
    """Record the grant of an accepted offer: the line, its first entry, the submission and its consent.

    It is signed with it, unless that is left for later or the amount lies above the lender's limit for one person.

    Raises:
        NotFound: the submission is not one of the actor's lender, or ``renews`` names no line of this firm.
        NotAllowed: the actor is no reviewer, or the lender may not work on the platform.
        Conflict: the firm has not accepted an offer.
        InvalidInput: a statement is out of range.
        RuleRefused: ``above_accepted`` or ``conflict_of_interest``.
        DuplicateRequest: the contract, or the grant of this submission, is recorded already.
    """
    lender = institutions.working_lender_of(session, actor)
    submission = submission_of_lender(session, actor, submission_id)
    check_step(actor.role, "record_grant", submission.state_now)
    offer = _accepted_offer(submission)
    check_officer(session, actor, submission)
    terms = _terms_of(offer, submission, grant)
    _check_after_acceptance(terms, offer)
    line = _new_line(
        session,
        actor,
        lender,
        registry.firm_by_id(session, submission.firm_id),
        terms,
        product=products.version(session, submission.product_version_id),
    )
    line.source, line.submission_id = LineSource.ONLINE.value, submission.id
    line.revolving = grant.revolving is not False
    _place(line, session.get(Branch, submission.branch_id) if submission.branch_id else None)
    if submission.officer_id is not None:
        line.officer_id = submission.officer_id
        line.officer_name = announcing.officer_name(session, submission.officer_id)
    sign = not grant.sign_later and not needs_second_signer(session, actor, terms.amount_fen)
    _book(session, actor, line, terms, sign=sign)
    if not sign:
        announcing.ask_to_sign(session, line)
    granting.mark_granted(session, actor, submission, granted_fen=terms.amount_fen, grant_ref=line.public_id)
    return line


def needs_second_signer(session: Session, actor: Actor, amount_fen: int) -> bool:
    """Whether a grant lies above the lender's limit: an approver then signs it, and not whoever records it."""
    return approvals.approvals_needed(session, actor.organisation_id, amount_fen) > 1


def prepare(actor: Actor, submission: Submission) -> GrantTerms:
    """The accepted terms that are about to be recorded, for the form; its contract number is still empty.

    Raises:
        NotAllowed: the actor is no reviewer.
        Conflict: the firm has not accepted an offer.
    """
    check_step(actor.role, "record_grant", submission.state_now)
    return _terms_of(_accepted_offer(submission), submission, OnlineGrant("", clock.today()))


def record_offline(session: Session, actor: Actor, grant: OfflineGrant) -> CreditLine:
    """Record a grant that was made without the platform. It draws on the product's quota like any other.

    The firm's grade and size are those known when it is recorded.

    Raises:
        NotAllowed: the actor is no reviewer, or the lender may not work on the platform.
        InvalidInput: the firm is not registered here, or a statement is out of range.
        NotFound: product, branch or the renewed line is not this lender's.
        RuleRefused: ``quota_exhausted`` or ``conflict_of_interest``.
        DuplicateRequest: the contract is recorded already.
    """
    check_recorder(actor)
    lender = institutions.working_lender_of(session, actor)
    product = product_of(session, lender, grant.product) if grant.product else None
    branch = institutions.branch_of_lender(session, lender.id, grant.branch) if grant.branch else None
    firm = firm_of_code(session, grant.firm_uscc)
    conflicts.check(session, actor, firm.id)
    line = _new_line(session, actor, lender, firm, grant.terms, product=product)
    if grant.revolving is not None:
        line.revolving = grant.revolving
    _place(line, branch)
    _book(session, actor, line, grant.terms)
    quotas.shift_used(session, actor, line.product_id, line.amount_fen, booking.about(line))
    announcing.tell_firm(session, line, "line.recorded")
    return line


def check_recorder(actor: Actor) -> None:
    """Raises NotAllowed for anybody but a lender's reviewer."""
    if not actor.has_role(Role.LENDER_REVIEWER):
        raise NotAllowed


def firm_of_code(session: Session, code: str) -> Firm:
    """The registered firm of a code.

    Raises:
        InvalidInput: naming ``firm_uscc``.
    """
    found = registry.find_firm_by_uscc(session, code) if code.strip() else None
    if found is None:
        words = Words(
            "没有找到该代码的企业，请核对统一社会信用代码。", "No firm has this code here. Check the code."
        )
        raise InvalidInput({"firm_uscc": [words]})
    return found


def product_of(session: Session, lender: Lender, public_id: str) -> PublishedProduct:
    """One of the lender's own products that was ever published, in its live version.

    Raises:
        NotFound: otherwise.
    """
    found = products.published_product(session, public_id)
    if found.lender.id != lender.id:
        raise NotFound(Words("产品", "product"))
    return found


def line_to_renew(session: Session, lender_id: int, firm_id: int, contract_number: str) -> CreditLine:
    """The lender's line to this firm under a contract.

    Raises:
        InvalidInput: naming ``renews``.
    """
    found = session.scalar(
        select(CreditLine).where(
            CreditLine.lender_id == lender_id,
            CreditLine.firm_id == firm_id,
            CreditLine.contract_number == contract_number.strip(),
            CreditLine.standing.is_not(None),
        )
    )
    if found is None:
        words = Words(
            "没有找到本机构给该企业的这份合同，请核对原合同编号。",
            "Your institution has no such contract with this firm. Check the number.",
        )
        raise InvalidInput({"renews": [words]})
    return found


def apply_terms(session: Session, line: CreditLine, terms: GrantTerms) -> None:
    """Write what is stated of a grant into the line, and what follows from it."""
    renewed = line_to_renew(session, line.lender_id, line.firm_id, terms.renews) if terms.renews else None
    if renewed is not None and renewed.id == line.id:
        raise InvalidInput({"renews": [Words("不能续贷自身。", "A line cannot renew itself.")]})
    _check_contract_is_free(session, line, terms.contract_number.strip())
    line.contract_number = terms.contract_number.strip()
    line.granted_on, line.maturity_on = terms.granted_on, terms.maturity
    line.amount_fen, line.annual_rate_ppm = terms.amount_fen, terms.annual_rate_ppm
    line.term_months = terms.term_months
    line.repayment_method, line.guarantee_type = terms.repayment_method.value, terms.guarantee_type.value
    line.unsecured, line.first_time_borrower = terms.unsecured, terms.first_time_borrower
    line.kind, line.renews_line_id = terms.kind.value, renewed.id if renewed else None
    size = size_of(line)
    line.inclusive_msme = is_inclusive_msme(size, terms.amount_fen, terms.granted_on)


def _check_contract_is_free(session: Session, line: CreditLine, contract_number: str) -> None:
    """The unique constraint keeps it; this says it beside the field."""
    taken = session.scalar(
        select(CreditLine.id).where(
            CreditLine.lender_id == line.lender_id,
            CreditLine.contract_number == contract_number,
            CreditLine.standing.is_not(None),
        )
    )
    if taken is not None and taken != line.id:
        raise InvalidInput({"contract_number": [CONTRACT_RECORDED]}, CONTRACT_RECORDED, "contract_recorded")


def stated(terms: GrantTerms) -> dict[str, Any]:
    """The terms as an entry keeps them."""
    return {
        "contract_number": terms.contract_number.strip(),
        "granted_on": terms.granted_on.isoformat(),
        "amount_fen": terms.amount_fen,
        "annual_rate_ppm": terms.annual_rate_ppm,
        "term_months": terms.term_months,
        "maturity_on": terms.maturity.isoformat(),
        "repayment_method": terms.repayment_method.value,
        "guarantee_type": terms.guarantee_type.value,
        "first_time_borrower": terms.first_time_borrower,
        "kind": terms.kind.value,
        "renews": terms.renews.strip(),
    }


def size_of(line: CreditLine) -> Size | None:
    """The size frozen in a line."""
    return Size(line.firm_size) if line.firm_size else None


def _accepted_offer(submission: Submission) -> Offer:
    offer = submission.current_offer
    if offer is None or offer.state != OfferState.ACCEPTED:
        raise Conflict(
            "no_accepted_offer",
            Words("企业尚未接受授信方案。", "The firm has not accepted an offer."),
        )
    return offer


def _terms_of(offer: Offer, submission: Submission, grant: OnlineGrant) -> GrantTerms:
    return GrantTerms(
        contract_number=grant.contract_number,
        granted_on=grant.granted_on,
        amount_fen=grant.amount_fen or submission.accepted_fen or offer.amount_fen,
        annual_rate_ppm=offer.annual_rate_ppm,
        term_months=offer.term_months,
        repayment_method=RepaymentMethod(offer.repayment_method),
        guarantee_type=GuaranteeType(offer.guarantee_type),
        first_time_borrower=grant.first_time_borrower,
        kind=grant.kind,
        maturity_on=grant.maturity_on,
        renews=grant.renews,
    )


def _check_after_acceptance(terms: GrantTerms, offer: Offer) -> None:
    accepted_on = clock.legal_date(offer.answered_at) if offer.answered_at else None
    if accepted_on is not None and terms.granted_on < accepted_on:
        words = Words(
            "授信日期不能早于企业确认方案的 {day}。",
            "The grant cannot be dated before {day}, when the firm accepted the offer.",
        )
        raise InvalidInput({"granted_on": [words.fill(day=accepted_on.isoformat())]})


def _new_line(
    session: Session,
    actor: Actor,
    lender: Lender,
    firm: Firm,
    terms: GrantTerms,
    *,
    product: PublishedProduct | None,
) -> CreditLine:
    check_terms(terms, clock.today())
    frozen = freeze(session, firm)
    line = CreditLine(
        lender_id=lender.id,
        lender_organisation_id=lender.organisation_id,
        lender_name=lender.name.as_json(),
        product_id=product.product_id if product else None,
        product_version_id=product.version_id if product else None,
        product_name=product.name.as_json() if product else None,
        officer_id=actor.user_id,
        officer_name=actor.name,
        recorded_by_id=actor.user_id,
        firm_id=firm.id,
        firm_name=firm.name,
        firm_uscc=firm.uscc or "",
        grade=frozen.grade,
        grade_scale=frozen.grade_scale,
        grade_scale_version=frozen.grade_scale_version,
        firm_size=frozen.firm_size.value if frozen.firm_size else None,
        section=frozen.section,
        division=frozen.division,
        region_code=frozen.region_code,
    )
    apply_terms(session, line, terms)
    line.revolving = terms.repayment_method is RepaymentMethod.REVOLVING
    return line


def _place(line: CreditLine, branch: Branch | None) -> None:
    line.branch_id = branch.id if branch else None
    line.branch_name = branch.words.as_json() if branch else None


def _book(session: Session, actor: Actor, line: CreditLine, terms: GrantTerms, *, sign: bool = True) -> None:
    """Write the line with its first entry, open its books and sign it, unless it is signed later."""
    session.add(line)
    session.flush()
    session.add(
        LineEntry(
            line_id=line.id,
            kind=EntryKind.GRANT.value,
            amount_fen=terms.amount_fen,
            stated=stated(terms),
            user_id=actor.user_id,
            user_name=actor.name,
        )
    )
    booking.open_line(session, actor, line)
    if sign:
        move(session, line, CREDIT_LINE, "sign")
        booking.follow_state(session, actor, line)
    announcing.tell_systems(session, line, Event.LINE_RECORDED, source=line.source)
    record_as(
        session,
        actor,
        "line.recorded",
        subject_kind=announcing.KIND,
        subject_id=line.public_id,
        source=line.source,
        state=line.state,
    )
