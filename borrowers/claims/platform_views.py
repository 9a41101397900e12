"""The platform's queue of claims: look at the proof, verify, refuse, revoke."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import verification
from borrowers.claims.rules import PROOF_WORDS, STATE_TONES, STATE_WORDS, ClaimState, ProofKind
from borrowers.claims.schemas import ReasonSchema
from borrowers.claims.verification import QueueRow
from borrowers.documents import media, serving
from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import InvalidInput
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit

blueprint = Blueprint("claim_desk", __name__, template_folder="templates")


@blueprint.get("/platform/claims")
def queue() -> ResponseReturnValue:
    state = _state()
    page = verification.queue(unit.session(), state, request.args.get("cursor"))
    counted = verification.counts(unit.session())
    tabs = [
        (STATE_WORDS[each], url_for("claim_desk.queue", state=each.value), each is state, counted[each])
        for each in ClaimState
    ]
    table = Table(
        columns=[
            Column("firm", _("企业名称"), value=lambda row: row.firm.name, href=_address),
            Column("uscc", _("统一社会信用代码"), value=lambda row: row.firm.uscc),
            Column("operator", _("经办人"), value=lambda row: row.claim.operator_name),
            Column("created_at", _("提交时间"), kind="moment", value=lambda row: row.claim.created_at),
        ],
        rows=page.rows,
        caption=_("企业认领"),
        next_cursor=page.next_cursor,
        queue=True,
        empty=Empty(_("没有这一状态的认领"), _("企业提交认领后会出现在“待核验”中。")),
    )
    return render_template("claims/queue.html", table=table, tabs=tabs)


@blueprint.get("/platform/claims/<public_id>")
def detail(public_id: str) -> ResponseReturnValue:
    return _page(public_id, Form(ReasonSchema))


@blueprint.get("/platform/claims/<public_id>/proofs/<proof_id>")
def proof(public_id: str, proof_id: str) -> ResponseReturnValue:
    """A file of the proof, shown in the browser."""
    found = verification.proof(unit.session(), public_id, proof_id)
    content = verification.proof_content(unit.files(), found)
    return serving.preview(content, found.media_type, found.file_name)


@blueprint.post("/platform/claims/<public_id>/verify")
def verify(public_id: str) -> ResponseReturnValue:
    verification.verify(unit.session(), current_actor(), public_id)
    flash(_("认领已通过，企业现在可以使用平台。"), "success")
    return redirect(url_for("claim_desk.queue"))


@blueprint.post("/platform/claims/<public_id>/refuse")
def refuse(public_id: str) -> ResponseReturnValue:
    form = Form.from_request(ReasonSchema)
    if form.validate():
        try:
            verification.refuse(unit.session(), current_actor(), public_id, form.data["reason"])
        except InvalidInput as error:
            form.add_error(error)
        else:
            flash(_("认领未通过，原因已告知申请人。"), "success")
            return redirect(url_for("claim_desk.queue"))
    return _page(public_id, form)


@blueprint.post("/platform/claims/<public_id>/revoke")
def revoke(public_id: str) -> ResponseReturnValue:
    form = Form.from_request(ReasonSchema)
    if form.validate():
        try:
            verification.revoke(unit.session(), current_actor(), public_id, form.data["reason"])
        except InvalidInput as error:
            form.add_error(error)
        else:
            flash(_("认领已撤销，该账号的授权随之终止。"), "success")
            return redirect(url_for("claim_desk.detail", public_id=public_id))
    return _page(public_id, form)


def _state() -> ClaimState:
    typed = request.args.get("state", "")
    return ClaimState(typed) if typed in list(ClaimState) else ClaimState.SUBMITTED


def _address(row: QueueRow) -> str:
    return url_for("claim_desk.detail", public_id=row.claim.public_id)


def _page(public_id: str, form: Form) -> ResponseReturnValue:
    held = verification.claim_file(unit.session(), public_id)
    state = ClaimState(held.claim.state)
    page = render_template(
        "claims/detail.html",
        held=held,
        form=form,
        state=state,
        words=STATE_WORDS[state],
        tone=STATE_TONES[state],
        proof_words={kind.value: PROOF_WORDS[kind] for kind in ProofKind},
        pictures=(media.PNG, media.JPEG),
        may_decide=current_actor().has_role(Role.PLATFORM_ADMINISTRATOR),
    )
    return page, form.status
