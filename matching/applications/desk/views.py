"""The lender's pages about applications: the queue, its file, one application, a document of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.documents import service as documents
from borrowers.documents import serving
from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Actor
from creditbridge.disclosure import door
from creditbridge.disclosure.door import DisclosedFirm
from creditbridge.disclosure.rules import LookKind, Purpose, Scope
from creditbridge.disclosure.scopes import scope_catalogue
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.pages.downloads import download
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import asked_position
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
from creditbridge.store import unit
from lenders.institutions import service as institutions
from matching.applications import checking, lookup, offering, queue, reviewing
from matching.applications.desk import credit, steps, tables
from matching.applications.desk.schemas import NoteForm
from matching.applications.queue import WHOSE_WORDS, Whose
from matching.applications.rules import SUBMISSION_STATE_WORDS, SubmissionState
from matching.conflicts.rules import keep_away

if TYPE_CHECKING:
    from matching.applications.model import Submission

blueprint = Blueprint("lender_applications", __name__, template_folder="templates")


@blueprint.get("/lender/applications", endpoint="queue")
def queue_page() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    filters = tables.filters_from_address()
    rows, next_cursor = queue.page_of(session, actor, filters, cursor=asked_position())
    tabs = [
        (
            WHOSE_WORDS[whose],
            url_for("lender_applications.queue", whose=whose.value),
            whose is filters.whose,
            sum(queue.count_by_state(session, actor, whose).values()),
        )
        for whose in Whose
    ]
    return render_template(
        "lender_applications/queue.html",
        table=tables.queue_table(rows, next_cursor=next_cursor),
        tabs=tabs,
        whose=filters.whose,
        states=[(state.value, words) for state, words in SUBMISSION_STATE_WORDS.items()],
        branches=[
            (branch.public_id, branch.words)
            for branch in institutions.branches_of(session, institutions.lender_of(session, actor).id)
        ],
        officers=[(user.public_id, user.name) for user in reviewing.officers(session, actor)],
        reset_url=url_for("lender_applications.queue", whose=filters.whose.value),
    )


@blueprint.get("/lender/applications.xlsx")
def export() -> ResponseReturnValue:
    """Exactly what the queue shows under these filters."""
    rows = queue.all_of(unit.session(), current_actor(), tables.filters_from_address())
    name = _("贷款申请 %(day)s.xlsx", day=clock.today().isoformat())
    return download(tables.workbook(rows), MEDIA_TYPES[Format.XLSX], name)


@blueprint.get("/lender/applications/<submission_id>")
def show(submission_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    submission = lookup.submission_of_lender(session, actor, submission_id)
    shown, refused = _look(actor, submission)
    previous, following = queue.neighbours(session, actor, tables.filters_from_address(), submission_id)
    kept = tables.kept_filters()
    return render_template(
        "lender_applications/show.html",
        shown=shown,
        refused=refused,
        groups=credit.groups_of(shown, _open_reports(actor, submission)) if shown else [],
        evaluation=credit.evaluation_of(session, shown) if shown else None,
        criteria=credit.criteria_of(submission.explanation, shown.opened) if shown else [],
        withheld=[scope_catalogue()[scope].name for scope in shown.withheld] if shown else [],
        documents=_documents(submission) if shown and Scope.DOCUMENTS in shown.opened else [],
        evidence_open=shown is not None and Scope.DOCUMENTS in shown.opened,
        contact_open=shown is not None and Scope.CONTACTS in shown.opened,
        previous_url=_neighbour(previous, kept),
        following_url=_neighbour(following, kept),
        queue_url=url_for("lender_applications.queue", **kept),
        notes=[] if steps.interest_in(actor, submission) else lookup.notes_of(session, actor, submission),
        note_form=Form(NoteForm),
        **steps.panel(actor, submission, request.args.get("step", "")),
    )


@blueprint.get("/lender/applications/<submission_id>/documents/<document_id>")
def document(submission_id: str, document_id: str) -> ResponseReturnValue:
    """One document handed in with this application, through the door: the firm sees who opened which."""
    session, actor = unit.session(), current_actor()
    submission = lookup.submission_of_lender(session, actor, submission_id)
    found = documents.document(session, submission.firm_id, document_id)
    handed_in = any(row.document_id == found.id for row in submission.documents)
    if not handed_in and not checking.is_evidence(session, submission, found):
        raise NotFound(Words("材料", "document"))
    credit.look(unit.database(), actor, submission, kind=LookKind.DOCUMENT, items=(found.public_id,))
    content = documents.content(session, unit.files(), found)
    answer = download if request.args.get("download") else serving.preview
    return answer(content, found.media_type, found.file_name)


def _look(actor: Actor, submission: Submission) -> tuple[DisclosedFirm | None, Words | None]:
    """What the door shows now; without a live consent the page says so and shows nothing of the firm."""
    interest = steps.interest_in(actor, submission)
    if interest is not None:
        return None, keep_away(interest)
    if not door.may_look(
        unit.session(), actor, submission.firm_id, Purpose.PRE_LOAN, for_id=submission.public_id
    ):
        return None, _no_consent(submission)
    try:
        return credit.look(unit.database(), actor, submission), None
    except NotAllowed as error:
        return None, error.words


def _no_consent(submission: Submission) -> Words:
    if submission.state_now in (SubmissionState.GRANTED, SubmissionState.CLOSED):
        return Words(
            "授信已登记，贷前审查授权随之结束。贷后查看需要企业另行授权。",
            "The grant is recorded, which ends the consent for review. Monitoring needs another consent.",
        )
    return door.NO_CONSENT


def _open_reports(actor: Actor, submission: Submission) -> dict[str, credit.OpenReport]:
    """What a reviewer or approver may confirm here; a viewer is shown no button."""
    if not actor.has_role(*reviewing.OFFICERS):
        return {}
    session = unit.session()
    held = {row.id: row.public_id for row in documents.documents_of(session, submission.firm_id)}
    return {
        code: credit.OpenReport(report.public_id, held.get(report.document_id or 0))
        for code, report in checking.open_reports(session, submission).items()
    }


def _documents(submission: Submission) -> list[dict[str, Any]]:
    """The documents of a submission with the material each one answers."""
    session = unit.session()
    product = offering.product_of(session, submission)
    materials = {material.code: material.words for material in product.terms.materials}
    held = {row.id: row for row in documents.documents_of(session, submission.firm_id)}
    return [
        {
            "document": held[row.document_id],
            "material": _("补充材料")
            if row.supplement_id
            else materials.get(row.material_code, _("其他材料")),
        }
        for row in submission.documents
        if row.document_id in held
    ]


def _neighbour(submission_id: str | None, kept: dict[str, Any]) -> str | None:
    if submission_id is None:
        return None
    return url_for("lender_applications.show", submission_id=submission_id, **kept)
