"""Sending an application: rechecked, frozen, under one consent for each lender, all products or none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents
from creditbridge.disclosure.rules import Purpose, Scope
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store import change_counter
from creditbridge.store.transitions import move
from lenders.browsing.rules import loan_facts
from matching.applications import announcing, clocks, kept_matches
from matching.applications.drafting import need_of
from matching.applications.figures import grade_of
from matching.applications.lookup import application_of
from matching.applications.model import Application, Submission, SubmissionDocument
from matching.applications.rules import APPLICATION, ApplicationState, SubmissionState
from matching.applications.standing import Standing, facts_digest, frozen_explanation, standings
from matching.applications.stepping import note_event


def submit(
    session: Session,
    actor: Actor,
    application_id: str,
    *,
    signed_lenders: Collection[str],
    scope: Sequence[Scope],
    consent_expires_on: date,
) -> list[Submission]:
    """Send a draft to every product chosen. The facts, the products and their quotas are checked again now.

    Args:
        session: the caller's unit of work.
        actor: the firm's owner, who signs the consents.
        application_id: the draft's public id.
        signed_lenders: public ids of the lenders whose box the owner ticked; each lender applied to must be there.
        scope: what data the consents cover.
        consent_expires_on: the last day of the consents.

    Raises:
        NotAllowed: the actor is not the firm's owner.
        NotFound: there is no such draft of this firm, or a product is gone.
        Conflict: it was sent already.
        InvalidInput: the need or the products are not filled in, or a consent is not signed.
        RuleRefused: ``cannot_submit``, with the obstacles of each product.
        DuplicateRequest: an application for the same product is in flight.
    """
    if not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed(
            "only_owner_signs",
            Words(
                "只有企业负责人可以签署授权并提交申请。",
                "Only the firm’s owner can sign consents and send applications.",
            ),
        )
    application = application_of(session, actor, application_id)
    APPLICATION.check("submit", ApplicationState(application.state))
    firm = claims.firm_of(session, actor)
    _check_filled(application)
    checked = standings(session, firm, application)
    _check_obstacles(checked)
    _check_signed(checked, signed_lenders)
    move(session, application, APPLICATION, "submit", submitted_at=clock.now())
    sent = [
        _send(session, actor, firm, application, row, scope=scope, expires_on=consent_expires_on)
        for row in checked
    ]
    record_as(
        session,
        actor,
        "application.submitted",
        subject_kind="application",
        subject_id=application.public_id,
        submissions=[submission.public_id for submission in sent],
    )
    return sent


def _check_filled(application: Application) -> None:
    problems = {}
    if need_of(application) is None:
        problems["need"] = [
            Words("请先填写融资需求和联系人。", "Fill in what you need and the contact person first.")
        ]
    if not application.choices:
        problems["products"] = [Words("请至少选择一个产品。", "Choose at least one product.")]
    if problems:
        raise InvalidInput(problems)


def _check_obstacles(checked: Sequence[Standing]) -> None:
    stopped = [row for row in checked if row.obstacles]
    if not stopped:
        return
    first = stopped[0]
    raise RuleRefused(
        "cannot_submit",
        Words("“{product}”暂不能申请：{why}", "You cannot apply for “{product}”: {why}").fill(
            product=first.product.name, why=first.obstacles[0].words
        ),
        obstacles={row.product.public_id: [obstacle.code for obstacle in row.obstacles] for row in stopped},
    )


def _check_signed(checked: Sequence[Standing], signed_lenders: Collection[str]) -> None:
    unsigned = {row.product.lender.public_id: row.product.lender.name for row in checked}
    for public_id in signed_lenders:
        unsigned.pop(public_id, None)
    if unsigned:
        words = Words("请勾选对{lender}的授权。", "Tick the consent for {lender}.")
        raise InvalidInput({"signed_lenders": [words.fill(lender=name) for name in unsigned.values()]})


def _send(
    session: Session,
    actor: Actor,
    firm: Firm,
    application: Application,
    row: Standing,
    *,
    scope: Sequence[Scope],
    expires_on: date,
) -> Submission:
    submission = _frozen(firm, application, row, change_counter.current(session))
    session.add(submission)
    session.flush()
    consent = consents.sign(
        session,
        actor,
        firm_id=firm.id,
        lender_organisation_id=row.product.lender.organisation_id,
        purpose=Purpose.PRE_LOAN,
        scope=scope,
        expires_on=expires_on,
        for_kind=announcing.KIND,
        for_id=submission.public_id,
    )
    submission.consent_id = consent.id
    wanted = {material.code for material in row.product.terms.materials}
    for held in application.documents:
        if not held.material_code or held.material_code in wanted:
            submission.documents.append(
                SubmissionDocument(document_id=held.document_id, material_code=held.material_code)
            )
    session.flush()
    note_event(session, actor, submission, "submit")
    due = clocks.target_date(submission.decision_clock, clocks.ACCEPT_WITHIN, clock.now())
    announcing.announce(session, submission, "submit", due_on=due)
    return submission


def _frozen(firm: Firm, application: Application, row: Standing, change_seq: int) -> Submission:
    """A submission with everything as it is at this moment."""
    need, product, today = need_of(application), row.product, clock.today()
    assert need is not None
    asked = need.amount_fen, need.term_months, need.purpose.value
    return Submission(
        application_id=application.id,
        firm_id=firm.id,
        firm_organisation_id=application.organisation_id,
        firm_name=firm.name,
        firm_uscc=firm.uscc or "",
        lender_id=product.lender.id,
        lender_organisation_id=product.lender.organisation_id,
        lender_name=product.lender.name.as_json(),
        product_id=product.product_id,
        product_version_id=product.version_id,
        product_name=product.name.as_json(),
        branch_id=row.branch.id if row.branch else None,
        state=SubmissionState.SUBMITTED.value,
        applied_fen=need.amount_fen,
        term_months=need.term_months,
        purpose=need.purpose.value,
        purpose_note=need.purpose_note,
        contact_name=need.contact_name,
        contact_phone=need.contact_phone,
        verdict=row.verdict.value,
        explanation=frozen_explanation(row.explanation),
        facts_digest=facts_digest(row.facts),
        grade=grade_of(row.facts),
        change_seq=change_seq,
        kept_match=kept_matches.keep(product, row.facts, loan_facts(*asked, today), today, change_seq),
        started_at=clock.now(),
        paused_seconds=0,
        version=1,
    )
