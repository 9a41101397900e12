"""The firm disputes a record of it, and sees what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims.service import firm_of
from borrowers.disputes import rules, service, showing
from borrowers.disputes.schemas import DisputeSchema
from borrowers.documents import media, serving
from borrowers.documents import service as documents
from borrowers.documents.rules import DocumentKind
from borrowers.documents.sending import evidence_sent
from creditbridge.access.guard import current_actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError, NotFound
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.records.catalogue import loaded
from creditbridge.store import unit

if TYPE_CHECKING:
    from creditbridge.registry.model import Firm

blueprint = Blueprint("disputes", __name__, template_folder="templates")


@blueprint.get("/firm/disputes")
def index() -> ResponseReturnValue:
    """One's own disputes."""
    today = clock.today()
    table = Table(
        columns=[
            Column(
                "record",
                _("记录"),
                value=showing.record_name,
                href=lambda row: url_for("disputes.show", public_id=row.public_id),
            ),
            Column("department", _("来源部门"), value=showing.department_name),
            Column("created_at", _("提出时间"), kind="moment"),
            Column("due_on", _("办理期限"), kind="day", note=lambda row: showing.overdue(row, today)),
            Column("state", _("状态"), kind="state", value=showing.state_words, tone=showing.state_tone),
        ],
        rows=service.disputes_of(unit.session(), _firm().id),
        caption=_("信用记录异议"),
        empty=Empty(
            _("没有提出过异议"),
            _("认为某条信用记录有误，可以在信用画像的记录旁提出异议。"),
            _("查看信用记录"),
            url_for("firm_credit.portrait", _anchor="records-of-firm"),
        ),
    )
    return render_template("disputes/index.html", table=table)


@blueprint.get("/firm/disputes/<public_id>")
def show(public_id: str) -> ResponseReturnValue:
    held = service.own_file(unit.session(), _firm(), public_id)
    return render_template("disputes/show.html", page=showing.file_page(held, clock.today()))


@blueprint.get("/firm/disputes/<public_id>/evidence")
def evidence(public_id: str) -> ResponseReturnValue:
    """One's own evidence, in the browser."""
    kept = service.own_file(unit.session(), _firm(), public_id).document
    if kept is None:
        raise NotFound(documents.DOCUMENT)
    content = documents.content(unit.session(), unit.files(), kept)
    return serving.preview(content, kept.media_type, kept.file_name)


@blueprint.get("/firm/credit/records/<int:record_no>/dispute")
def form(record_no: int) -> ResponseReturnValue:
    return _page(record_no, Form(DisputeSchema))


@blueprint.post("/firm/credit/records/<int:record_no>/dispute")
def submit(record_no: int) -> ResponseReturnValue:
    typed = Form.from_request(DisputeSchema)
    if typed.validate():
        try:
            made = _raise(record_no, typed)
        except NotFound:
            raise
        except DomainError as error:
            unit.abandon()
            typed.add_error(error)
        else:
            flash(_("异议已提出，该记录现在起标为“异议处理中”，不计入评分。"), "success")
            return redirect(url_for("disputes.show", public_id=made))
    return _page(record_no, typed)


def _raise(record_no: int, typed: Form) -> str:
    session, actor, firm = unit.session(), current_actor(), _firm()
    document_id = evidence_sent(firm.id, DocumentKind.DISPUTE)
    made = service.raise_dispute(
        session, actor, firm, record_no, typed.data["reason"], document_id=document_id
    )
    return made.public_id


def _firm() -> Firm:
    return firm_of(unit.session(), current_actor())


def _page(record_no: int, typed: Form) -> ResponseReturnValue:
    record = service.record_of(unit.session(), _firm(), record_no)
    page = render_template(
        "disputes/form.html",
        record=record,
        department=loaded().departments[record.item.department],
        form=typed,
        due_on=rules.due_on(clock.today()),
        max_text=rules.MOST_TEXT,
        accept=media.ACCEPT,
        max_mb=media.MAX_BYTES // media.MIB,
        record_no=record_no,
    )
    return page, typed.status
