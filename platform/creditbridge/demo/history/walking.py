"""Living through one submission in memory: every step that its life cycle allows, and nothing else.

The steps do to the rows what the use cases of :mod:`matching.applications` do, without a query each: a year and a
half of a city is then written in a second. Each step is checked against the same tables of roles and states, terms
against the same rule, four eyes by the same function; the messages are made by the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.demo.claims import FirmAccount
from creditbridge.demo.history import consenting
from creditbridge.demo.market.products import DemoProduct
from creditbridge.disclosure import rules as consent_rules
from creditbridge.disclosure.model import AccessEntry, Consent
from creditbridge.disclosure.rules import ConsentState
from creditbridge.kernel import clock, ids
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.notices.model import Notice
from lenders.institutions.model import Branch
from matching.applications import announcing, clocks, offering, reasons
from matching.applications.drafting import Need
from matching.applications.model import (
    Application,
    Decision,
    KeptMatch,
    Offer,
    Submission,
    SubmissionEvent,
    SupplementRequest,
)
from matching.applications.offering import Terms
from matching.applications.reasons import Reason
from matching.applications.rules import (
    OFFER,
    OPEN_STATES,
    SUBMISSION,
    SUPPLEMENT,
    OfferState,
    SubmissionState,
    SupplementState,
    check_step,
)
from matching.applications.stepping import clock_values


@dataclass
class _Shelf:
    """Stands where announcing expects a unit of work, and keeps what is put into it."""

    held: list[Any] = field(default_factory=list)

    def add(self, row: Any) -> None:
        self.held.append(row)

    def scalars(self, _query: Any) -> tuple[()]:
        """Nobody has subscribed to the past: there is no endpoint to tell."""
        return ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """What was known of the firm when it applied."""

    verdict: str
    explanation: dict[str, Any]
    facts_digest: str
    change_seq: int
    grade: str | None = None
    match: KeptMatch | None = None


class Walk:
    """One submission with everything that hangs on it. Rows are transient until :mod:`.writing` takes them."""

    def __init__(
        self, application: Application, account: FirmAccount, product: DemoProduct, need: Need, frozen: Frozen
    ) -> None:
        self.account = account
        self.product = product
        self.branch: Branch = product.lender.branch_for(account.firm.row.region_code)
        self.reviewer: Actor = product.lender.reviewer_for(self.branch)
        self.row = _submission(application, account, product, self.branch, need=need, frozen=frozen)
        self.consent: Consent
        self.events: list[SubmissionEvent] = []
        self.notices: list[Notice] = []
        self.looks: list[AccessEntry] = []

    @property
    def state(self) -> SubmissionState:
        return self.row.state_now

    def submit(self, at: datetime) -> None:
        """The firm signs the consent and sends the application."""
        self.row.started_at = self.row.created_at = at
        self.consent = consenting.signed(self.account, self.product, self.row, at)
        self._note("submit", at, self.account.owner)
        due = clocks.target_date(self.row.decision_clock, clocks.ACCEPT_WITHIN, at)
        self._announce("submit", at, due_on=due)

    def accept(self, at: datetime) -> None:
        self._step("accept", at, self.reviewer, officer_id=self.reviewer.user_id)
        self._announce("accept", at, due_on=self._decide_by(at))

    def start_review(self, at: datetime) -> None:
        """The review begins, with a look at the firm's data."""
        self._step("start_review", at, self.reviewer)
        self._announce("start_review", at, due_on=self._decide_by(at))
        self._look(self.reviewer, at + timedelta(minutes=7))

    def request_supplement(self, at: datetime, items: list[str], days: int) -> None:
        deadline = clock.legal_date(at) + timedelta(days=days)
        self._step("request_supplement", at, self.reviewer)
        SupplementRequest(
            public_id=ids.public_id(),
            created_at=at,
            submission=self.row,
            state=SupplementState.OPEN.value,
            version=1,
            items=items,
            deadline=deadline,
            asked_by_id=self.reviewer.user_id,
        )
        self._announce("request_supplement", at, due_on=deadline, deadline=deadline.isoformat())

    def answer_supplement(self, at: datetime, answer: str) -> None:
        request = self.row.open_supplement
        assert request is not None
        self._step("answer_supplement", at, self.account.owner, reason=answer)
        _move(request, SUPPLEMENT, "answer", answered_at=at, answer=answer)
        self._announce("answer_supplement", at, due_on=self._decide_by(at))

    def miss_supplement(self, at: datetime) -> None:
        request = self.row.open_supplement
        assert request is not None
        _move(request, SUPPLEMENT, "miss")
        self._step("miss_supplement", at, None)
        self._end_consent(at)
        self._announce("miss_supplement", at)

    def propose_terms(self, at: datetime, terms: Terms) -> None:
        """The reviewer's terms, held to what was applied for and what the product publishes."""
        with clock.at(at):
            offering.check_terms(terms, self.row, self.product.published.terms)
            cost = offering.cost_of(terms, self.product.published)
        self._step("propose_terms", at, self.reviewer)
        Offer(
            public_id=ids.public_id(),
            created_at=at,
            submission=self.row,
            number=len(self.row.offers) + 1,
            state=OfferState.PROPOSED.value,
            version=1,
            amount_fen=terms.amount_fen,
            annual_rate_ppm=terms.annual_rate_ppm,
            term_months=terms.term_months,
            repayment_method=terms.repayment_method.value,
            guarantee_type=terms.guarantee_type.value,
            fees=[line.as_json() for line in terms.fees],
            conditions=terms.conditions,
            apr_ppm=cost.apr_ppm,
            expires_on=terms.expires_on,
            proposed_by_id=self.reviewer.user_id,
        )
        self._announce("propose_terms", at, due_on=self._decide_by(at), amount_fen=terms.amount_fen)

    def approve_terms(self, at: datetime) -> None:
        """The second officer approves, having looked at the firm too."""
        approver, offer = self.product.lender.approver, self._offer()
        assert approver.user_id != offer.proposed_by_id, "four eyes"
        self._look(approver, at - timedelta(minutes=9))
        self._step(
            "approve_terms", at, approver, offered_fen=offer.amount_fen, quota_held_fen=offer.amount_fen
        )
        _move(offer, OFFER, "approve", approved_by_id=approver.user_id, approved_at=at)
        self._announce(
            "approve_terms",
            at,
            due_on=offer.expires_on,
            amount_fen=offer.amount_fen,
            expires_on=offer.expires_on.isoformat(),
        )

    def return_terms(self, at: datetime, reason: str) -> None:
        approver, offer = self.product.lender.approver, self._offer()
        assert approver.user_id != offer.proposed_by_id, "four eyes"
        self._step("return_terms", at, approver, reason=reason)
        _move(offer, OFFER, "return", answer_reason=reason)
        self._announce("return_terms", at)

    def reject(self, at: datetime, codes: list[Reason], text: str = "") -> None:
        """Coded, by the reviewer while reviewing and by the approver once terms are before them."""
        proposed = self.state is SubmissionState.PENDING_APPROVAL
        self._decide("reject", at, self.product.lender.approver if proposed else self.reviewer, codes, text)

    def not_accept(self, at: datetime, codes: list[Reason], text: str = "") -> None:
        self._decide("not_accept", at, self.reviewer, codes, text)
        self._end_consent(at)

    def accept_offer(self, at: datetime) -> None:
        offer = self._offer()
        _move(offer, OFFER, "accept", answered_at=at)
        self._step("accept_offer", at, self.account.owner, accepted_fen=offer.amount_fen)
        self._announce("accept_offer", at, amount_fen=offer.amount_fen)

    def decline_offer(self, at: datetime, reason: str) -> None:
        _move(self._offer(), OFFER, "decline", answered_at=at, answer_reason=reason)
        self._step("decline_offer", at, self.account.owner, reason=reason, quota_held_fen=0)
        self._end_consent(at)
        self._announce("decline_offer", at)

    def renegotiate(self, at: datetime, reason: str) -> None:
        _move(self._offer(), OFFER, "replace", answered_at=at, answer_reason=reason)
        self._step("renegotiate", at, self.account.owner, reason=reason, quota_held_fen=0)
        self._announce("renegotiate", at)

    def expire_offer(self, at: datetime) -> None:
        _move(self._offer(), OFFER, "expire")
        self._step("expire_offer", at, None, quota_held_fen=0)
        self._end_consent(at)
        self._announce("expire_offer", at)

    def withdraw(self, at: datetime, reason: str) -> None:
        self._step("withdraw", at, self.account.owner, reason=reason, quota_held_fen=0)
        self._end_consent(at)
        self._announce("withdraw", at)

    def supersede(self, at: datetime) -> None:
        """Another offer of the same application was accepted."""
        if self.state in OPEN_STATES:
            self._step("supersede", at, None, quota_held_fen=0)
            self._announce("supersede", at)
        self._end_consent(at)

    def record_grant(self, at: datetime, granted_fen: int, grant_ref: str) -> None:
        self._step("record_grant", at, self.reviewer, granted_fen=granted_fen, quota_held_fen=0)
        _move(self.consent, consent_rules.LIFECYCLE, "consume", ended_at=at, grant_ref=grant_ref)
        self._announce("record_grant", at, amount_fen=granted_fen)

    def close(self, at: datetime) -> None:
        self._step("close", at, self.reviewer)
        self._announce("close", at)

    def let_consent_expire(self, now: datetime) -> None:
        """What the nightly job does to a consent past its last day."""
        open_still = self.consent.state == ConsentState.ACTIVE
        if open_still and self.consent.expires_on < clock.legal_date(now):
            midnight = datetime.combine(
                self.consent.expires_on + timedelta(days=1), datetime.min.time(), clock.LEGAL_ZONE
            )
            _move(self.consent, consent_rules.LIFECYCLE, "expire", ended_at=midnight)

    def _decide(self, step: str, at: datetime, actor: Actor, codes: list[Reason], text: str) -> None:
        reasons.check_reasons(codes, text)
        self._step(step, at, actor, reason=text)
        self.row.decisions.append(
            Decision(created_at=at, step=step, reasons=list(codes), text=text, decided_by_id=actor.user_id)
        )
        self._announce(step, at, reasons=reasons.said(codes).as_json())

    def _step(self, step: str, at: datetime, actor: Actor | None, *, reason: str = "", **values: Any) -> None:
        if actor is not None:
            check_step(actor.role, step, self.state)
        target = SUBMISSION.check(step, self.state)
        values |= clock_values(self.row, step, target, at)
        _set(self.row, state=target.value, version=self.row.version + 1, **values)
        self._note(step, at, actor, reason)
        for notice in self.notices:
            if notice.is_todo and notice.done_at is None:
                notice.done_at = at
        if target not in OPEN_STATES:
            self._end_parts()

    def _end_parts(self) -> None:
        """As in the use case: an ended submission leaves no offer standing and no question open."""
        granted = self.state in (SubmissionState.GRANTED, SubmissionState.CLOSED)
        for offer in self.row.offers:
            kept = granted and offer.state == OfferState.ACCEPTED
            if not kept and "lapse" in OFFER.legal_steps(OfferState(offer.state)):
                _move(offer, OFFER, "lapse")
        request = self.row.open_supplement
        if request is not None:
            _move(request, SUPPLEMENT, "lapse")

    def _note(self, step: str, at: datetime, actor: Actor | None, reason: str = "") -> None:
        self.events.append(
            SubmissionEvent(
                at=at,
                step=step,
                state=self.row.state,
                actor_id=actor.user_id if actor else None,
                organisation_id=actor.organisation_id if actor else None,
                who=actor.name if actor else "",
                reason=reason,
            )
        )

    def _announce(self, step: str, at: datetime, *, due_on: date | None = None, **params: Any) -> None:
        shelf = _Shelf()
        announcing.announce(cast("Session", shelf), self.row, step, due_on=due_on, **params)
        for notice in shelf.held:
            notice.created_at, notice.public_id = at, ids.public_id()
        self.notices += shelf.held

    def _decide_by(self, at: datetime) -> date:
        return clocks.target_date(self.row.decision_clock, clocks.DECIDE_WITHIN, at)

    def _offer(self) -> Offer:
        offer = self.row.current_offer
        assert offer is not None
        return offer

    def _end_consent(self, at: datetime) -> None:
        if self.consent.state == ConsentState.ACTIVE:
            _move(self.consent, consent_rules.LIFECYCLE, "end", ended_at=at, end_reason=self.row.state)

    def _look(self, actor: Actor, at: datetime) -> None:
        self.looks.append(
            consenting.look(self.consent, actor, self.row.product, at, self.product.lender.branches)
        )


def _submission(
    application: Application,
    account: FirmAccount,
    product: DemoProduct,
    branch: Branch,
    *,
    need: Need,
    frozen: Frozen,
) -> Submission:
    published, firm = product.published, account.firm.row
    return Submission(
        public_id=ids.public_id(),
        application=application,
        firm_id=firm.id,
        firm_organisation_id=account.owner.organisation_id,
        firm_name=firm.name,
        firm_uscc=firm.uscc or "",
        lender_id=published.lender.id,
        lender_organisation_id=published.lender.organisation_id,
        lender_name=published.lender.name.as_json(),
        product_id=published.product_id,
        product_version_id=published.version_id,
        product_name=published.name.as_json(),
        branch_id=branch.id,
        state=SUBMISSION.initial.value,
        version=1,
        in_flight=True,
        reopenings=0,
        applied_fen=need.amount_fen,
        term_months=need.term_months,
        purpose=need.purpose.value,
        purpose_note=need.purpose_note,
        contact_name=need.contact_name,
        contact_phone=need.contact_phone,
        quota_held_fen=0,
        paused_seconds=0,
        verdict=frozen.verdict,
        explanation=frozen.explanation,
        facts_digest=frozen.facts_digest,
        grade=frozen.grade,
        change_seq=frozen.change_seq,
        kept_match=frozen.match,
    )


def _move(row: Any, lifecycle: Lifecycle[Any], step: str, **values: Any) -> None:
    """One step of a row that is not written yet."""
    kind = type(lifecycle.initial)
    target: StrEnum = lifecycle.check(step, kind(row.state))
    _set(row, state=target.value, version=row.version + 1, **values)


def _set(row: Any, **values: Any) -> None:
    columns: Mapping[str, Any] = values
    for name, value in columns.items():
        setattr(row, name, value)
