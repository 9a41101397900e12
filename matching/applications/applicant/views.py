"""Following applications: the list, one application with its offers side by side, one submission with its steps."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from borrowers.documents import media
from borrowers.documents import service as documents
from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import asked_position
from creditbridge.store import unit
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS
from lenders.products.rules import GUARANTEE_TYPE_WORDS
from matching.applications import conflicting, lookup, offering, rematching, supplementing, withdrawing
from matching.applications.applicant.following import (
    offers_side_by_side,
    payments_side_by_side,
    reasons_told,
    sent_offer_of,
    steps_taken,
    what_comes_next,
)
from matching.applications.applicant.schemas import ConflictForm, ReasonForm, SupplementForm
from matching.applications.applicant.wizard import blueprint
from matching.applications.rules import (
    APPLICATION_STATE_WORDS,
    OFFER_STATE_WORDS,
    PURPOSE_WORDS,
    SUBMISSION_STATE_TONES,
    SUBMISSION_STATE_WORDS,
    ApplicationState,
    Purpose,
    steps_for,
)
from matching.ranking.rules import PART_WORDS

__all__ = ["blueprint"]

WORDS = {
    "application_words": {state.value: words for state, words in APPLICATION_STATE_WORDS.items()},
    "state_words": {state.value: words for state, words in SUBMISSION_STATE_WORDS.items()},
    "state_tones": {state.value: tone for state, tone in SUBMISSION_STATE_TONES.items()},
    "offer_words": {state.value: words for state, words in OFFER_STATE_WORDS.items()},
    "purpose_words": {purpose.value: words for purpose, words in PURPOSE_WORDS.items()},
    "method_words": {method.value: words for method, words in REPAYMENT_METHOD_WORDS.items()},
    "guarantee_words": {kind.value: words for kind, words in GUARANTEE_TYPE_WORDS.items()},
}


@blueprint.get("/firm/applications")
def index() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    rows, next_cursor = lookup.applications_of(session, actor, cursor=asked_position())
    return render_template(
        "firm_applications/index.html",
        rows=rows,
        next_url=url_for("firm_applications.index", cursor=next_cursor) if next_cursor else None,
        firm=claims.firm_of(session, actor),
        **WORDS,
    )


@blueprint.get("/firm/applications/<application_id>")
def application(application_id: str) -> ResponseReturnValue:
    """One application: what was asked for, each lender's answer, and the offers side by side."""
    session, actor = unit.session(), current_actor()
    found = lookup.application_of(session, actor, application_id)
    if found.state == ApplicationState.DRAFT:
        return redirect(url_for("firm_applications.need", application_id=application_id))
    offers = offers_side_by_side(session, found)
    return render_template(
        "firm_applications/application.html",
        application=found,
        purpose=PURPOSE_WORDS[Purpose(found.purpose)] if found.purpose else None,
        offers=offers,
        payments=payments_side_by_side(offers),
        next_of=what_comes_next,
        **WORDS,
    )


@blueprint.get("/firm/submissions/<submission_id>")
def submission(submission_id: str) -> ResponseReturnValue:
    return _page(submission_id)


@blueprint.post("/firm/submissions/<submission_id>/supplement")
def answer_supplement(submission_id: str) -> ResponseReturnValue:
    """Answer a request for more documents: files uploaded here, files kept before, a text."""
    session, actor = unit.session(), current_actor()
    found = lookup.submission_of_firm(session, actor, submission_id)
    form = Form.from_request(SupplementForm)
    if form.validate():
        try:
            uploaded = _uploaded(found.firm_id)
            supplementing.answer_supplement(
                session,
                actor,
                submission_id,
                answer=form.data["answer"],
                document_ids=[*form.data["document_ids"], *uploaded],
            )
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("已补充，机构会继续审核。"), "success")
            return redirect(url_for("firm_applications.submission", submission_id=submission_id))
    return _again(submission_id, supplement_form=form)


@blueprint.post("/firm/submissions/<submission_id>/accept")
def accept_offer(submission_id: str) -> ResponseReturnValue:
    offering.accept_offer(unit.session(), current_actor(), submission_id)
    flash(_("已接受授信方案，请按机构通知办理签约。"), "success")
    return redirect(url_for("firm_applications.submission", submission_id=submission_id))


@blueprint.post("/firm/submissions/<submission_id>/decline")
def decline_offer(submission_id: str) -> ResponseReturnValue:
    form = Form.from_request(ReasonForm)
    if form.validate():
        offering.decline_offer(unit.session(), current_actor(), submission_id, reason=form.data["reason"])
        flash(_("已告知机构您不接受该方案。"), "success")
        return redirect(url_for("firm_applications.submission", submission_id=submission_id))
    return _again(submission_id, decline_form=form)


@blueprint.post("/firm/submissions/<submission_id>/renegotiate")
def renegotiate(submission_id: str) -> ResponseReturnValue:
    form = Form.from_request(ReasonForm)
    if form.validate():
        try:
            offering.renegotiate(unit.session(), current_actor(), submission_id, reason=form.data["reason"])
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("已请机构调整方案，原方案不再有效。"), "success")
            return redirect(url_for("firm_applications.submission", submission_id=submission_id))
    return _again(submission_id, renegotiate_form=form)


@blueprint.post("/firm/submissions/<submission_id>/withdraw")
def withdraw(submission_id: str) -> ResponseReturnValue:
    form = Form.from_request(ReasonForm)
    if form.validate():
        withdrawing.withdraw(unit.session(), current_actor(), submission_id, reason=form.data["reason"])
        flash(_("申请已撤回，对该机构的授权同时终止。"), "success")
        return redirect(url_for("firm_applications.submission", submission_id=submission_id))
    return _again(submission_id, withdraw_form=form)


@blueprint.post("/firm/submissions/<submission_id>/rematch")
def rematch(submission_id: str) -> ResponseReturnValue:
    """Agree to be matched anew, by fit first, after a rejection."""
    rematching.agree(unit.session(), current_actor(), submission_id)
    return redirect(url_for("firm_applications.refitted", submission_id=submission_id))


@blueprint.get("/firm/submissions/<submission_id>/rematch")
def refitted(submission_id: str) -> ResponseReturnValue:
    """What fits the need of a rejected application, once the firm agreed to the re-match."""
    session, actor = unit.session(), current_actor()
    found = lookup.submission_of_firm(session, actor, submission_id)
    if not rematching.has_agreed(session, found):
        return redirect(url_for("firm_applications.submission", submission_id=submission_id))
    return render_template(
        "firm_applications/rematch.html",
        submission=found,
        rows=rematching.refitted(session, found),
        reasons=reasons_told(found),
        part_words=PART_WORDS,
        **WORDS,
    )


@blueprint.post("/firm/submissions/<submission_id>/name-conflict")
def name_conflict(submission_id: str) -> ResponseReturnValue:
    """Say that somebody at the lender has a tie to the firm."""
    lookup.submission_of_firm(unit.session(), current_actor(), submission_id)
    form = Form.from_request(ConflictForm)
    if form.validate():
        try:
            conflicting.name_officer(unit.session(), current_actor(), submission_id, **form.data)
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("已告知机构核实，该人员在核实前不能办理您的申请。"), "success")
            return redirect(url_for("firm_applications.submission", submission_id=submission_id))
    return _again(submission_id, conflict_form=form)


def _again(submission_id: str, **forms: Form) -> ResponseReturnValue:
    return _page(submission_id, **forms), 422


def _page(submission_id: str, **forms: Form) -> str:
    session, actor = unit.session(), current_actor()
    found = lookup.submission_of_firm(session, actor, submission_id)
    held = documents.documents_of(session, found.firm_id)
    handed_in = {row.document_id for row in found.documents}
    return render_template(
        "firm_applications/submission.html",
        submission=found,
        steps=steps_for(actor.role, found.state_now),
        events=steps_taken(session, found),
        offer=sent_offer_of(session, found),
        reasons=reasons_told(found),
        may_rematch=found.state_now in rematching.AFTER and actor.has_role(Role.FIRM_OWNER),
        agreed=rematching.has_agreed(session, found),
        next_words=what_comes_next(found),
        documents=held,
        document_choices=[(document.public_id, document.file_name) for document in held],
        handed_in=[document for document in held if document.id in handed_in],
        accept=media.ACCEPT,
        max_mb=media.MAX_BYTES // media.MIB,
        days=found.decision_clock.days(clock.now()),
        **{
            "supplement_form": Form(SupplementForm),
            "decline_form": Form(ReasonForm),
            "renegotiate_form": Form(ReasonForm),
            "conflict_form": Form(ConflictForm),
            "withdraw_form": Form(ReasonForm),
            **forms,
        },
        **WORDS,
    )


def _uploaded(firm_id: int) -> list[str]:
    """The files sent with the form, kept as documents of the firm."""
    kept = []
    for sent in request.files.getlist("files"):
        if sent.filename:
            document = documents.keep(
                unit.session(),
                unit.files(),
                current_actor(),
                firm_id,
                kind="other",
                filename=sent.filename,
                stream=sent.stream,
                field="files",
            )
            kept.append(document.public_id)
    return kept
