"""The lender's pages of its lines: the list, one line, recording, correcting and reporting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.pages.downloads import download
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Empty, asked_position
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
from creditbridge.store import unit
from lenders.institutions import service as institutions
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS
from lenders.products import service as products
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType
from matching.applications import lookup as applications
from matching.ledger import statements
from matching.ledger.views import MOST_EXPORTED, statement_file
from matching.lines import balances, correcting, holding, lookup, recording, showing, tables
from matching.lines.rules import STEP_WORDS, BalanceReport, GrantTerms, LineKind, LineSource, LineState
from matching.lines.schemas import (
    BalanceSchema,
    CorrectionSchema,
    OfflineGrantSchema,
    ReasonSchema,
    RecordGrantSchema,
    Revolving,
)

if TYPE_CHECKING:
    from matching.lines.model import CreditLine

blueprint = Blueprint("lender_lines", __name__, template_folder="templates")


@blueprint.get("/lender/lines")
def index() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    wanted = tables.asked_selection()
    rows, following = lookup.page_of(
        session, actor, wanted, sort=tables.asked_sort(), start=asked_position() or 0
    )
    count, amount = lookup.count_of(session, actor, wanted)
    may_record = actor.has_role(Role.LENDER_REVIEWER)
    table = tables.lines_table(
        actor,
        rows,
        href=lambda row: url_for("lender_lines.show", line_id=row.public_id),
        export_url=url_for("lender_lines.export", **wanted.as_query()),
        next_start=following,
        empty=Empty(
            _("没有符合条件的授信"),
            _("企业接受方案后在申请页登记授信；线下办理的可以录入或导入。"),
            _("录入线下授信") if may_record else None,
            url_for("lender_lines.new") if may_record else None,
        ),
    )
    return render_template(
        "lines/lender_list.html",
        table=table,
        count=count,
        amount=amount,
        filters=showing.filter_choices(session, actor),
        chips=showing.chips(session, actor, wanted),
        reset_url=url_for("lender_lines.index"),
        may_record=may_record,
    )


@blueprint.get("/lender/lines.xlsx")
def export() -> ResponseReturnValue:
    """Exactly what the list shows under these filters, all pages of it."""
    session, actor = unit.session(), current_actor()
    rows = lookup.all_of(session, actor, tables.asked_selection(), sort=tables.asked_sort())
    return download(
        tables.workbook(actor, rows), MEDIA_TYPES[Format.XLSX], f"lines-{clock.today().isoformat()}.xlsx"
    )


@blueprint.get("/lender/lines/<line_id>")
def show(line_id: str) -> ResponseReturnValue:
    return _line_page(line_id)


@blueprint.get("/lender/lines/<line_id>/statement.xlsx")
def statement(line_id: str) -> ResponseReturnValue:
    """All that moved on one line, as a file."""
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_lender(session, actor, line_id)
    return statement_file(statements.of_line(session, line.id, limit=MOST_EXPORTED))


def _line_page(
    line_id: str, *, balance: Form | None = None, reason: Form | None = None
) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_lender(session, actor, line_id)
    forms = [form for form in (balance, reason) if form is not None]
    standing = line.standing is not None
    page = render_template(
        "lines/lender_line.html",
        **showing.line_page(session, actor, line),
        balance_form=balance or Form(BalanceSchema, {"as_of": clock.today()}),
        reason_form=reason or Form(ReasonSchema),
        may_report=standing and actor.has_role(Role.LENDER_REVIEWER),
        may_correct=standing and actor.has_role(Role.LENDER_APPROVER),
        may_void=standing and line.source == LineSource.OFFLINE and actor.has_role(Role.LENDER_APPROVER),
        steps=[(step, STEP_WORDS[step]) for step in holding.steps_for(actor, line)],
    )
    return page, max((form.status for form in forms), default=200)


@blueprint.route("/lender/applications/<submission_id>/grant", methods=["GET", "POST"])
def record(submission_id: str) -> ResponseReturnValue:
    """Sign and record the grant of an offer the firm accepted."""
    session, actor = unit.session(), current_actor()
    submission = applications.submission_of_lender(session, actor, submission_id)
    terms = recording.prepare(actor, submission)
    given = {
        "granted_on": clock.today(),
        "amount_fen": terms.amount_fen,
        "kind": LineKind.NEW,
        "revolving": True,
    }
    form = (
        Form.from_request(RecordGrantSchema) if request.method == "POST" else Form(RecordGrantSchema, given)
    )

    def take(data: dict[str, Any]) -> CreditLine:
        return recording.record_grant(session, actor, submission_id, recording.OnlineGrant(**data))

    line = _taken(form, take)
    if line is not None:
        waits = line.state_now is LineState.PENDING_SIGNING
        flash(
            _("授信已登记，待审批人签约后生效。") if waits else _("授信已登记，企业已收到通知。"),
            "success",
        )
        return redirect(url_for("lender_lines.show", line_id=line.public_id))
    page = render_template(
        "lines/record.html",
        form=form,
        submission=submission,
        terms=terms,
        second_signer=recording.needs_second_signer(session, actor, terms.amount_fen),
        method=REPAYMENT_METHOD_WORDS[terms.repayment_method],
        guarantee=GUARANTEE_TYPE_WORDS[terms.guarantee_type],
        back_url=url_for("lender_applications.show", submission_id=submission_id),
    )
    return page, form.status


@blueprint.route("/lender/lines/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Enter a grant that was made offline."""
    session, actor = unit.session(), current_actor()
    given = {
        "kind": LineKind.NEW,
        "guarantee_type": GuaranteeType.UNSECURED,
        "revolving": Revolving.BY_METHOD,
    }
    form = (
        Form.from_request(OfflineGrantSchema) if request.method == "POST" else Form(OfflineGrantSchema, given)
    )

    def take(data: dict[str, Any]) -> CreditLine:
        placed = {name: data.pop(name) for name in ("firm_uscc", "product", "branch", "revolving")}
        grant = recording.OfflineGrant(
            placed["firm_uscc"],
            GrantTerms(**data),
            placed["product"] or None,
            placed["branch"] or None,
            revolving=placed["revolving"].stated,
        )
        return recording.record_offline(session, actor, grant)

    line = _taken(form, take)
    if line is not None:
        flash(_("线下授信已登记。"), "success")
        return redirect(url_for("lender_lines.show", line_id=line.public_id))
    lender = institutions.lender_of(session, actor)
    page = render_template(
        "lines/new.html",
        form=form,
        products=[(row.public_id, row.name) for row in products.published_of_lender(session, lender.id)],
        branches=[
            (row.public_id, row.words)
            for row in institutions.branches_of(session, lender.id, active_only=True)
        ],
    )
    return page, form.status


@blueprint.route("/lender/lines/<line_id>/correct", methods=["GET", "POST"])
def correct(line_id: str) -> ResponseReturnValue:
    """Correct what is recorded; the old record stays to be read."""
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_lender(session, actor, line_id)
    now = correcting.terms_of(line)
    given = {name: getattr(now, name) for name in GrantTerms.__dataclass_fields__}
    form = Form.from_request(CorrectionSchema) if request.method == "POST" else Form(CorrectionSchema, given)

    def take(data: dict[str, Any]) -> CreditLine:
        reason = data.pop("reason")
        return correcting.correct(session, actor, line_id, GrantTerms(**data), reason=reason)

    if _taken(form, take) is not None:
        flash(_("已更正，原记录保留在变更记录中。"), "success")
        return redirect(url_for("lender_lines.show", line_id=line_id))
    return render_template("lines/correct.html", form=form, line=line), form.status


@blueprint.post("/lender/lines/<line_id>/void")
def void(line_id: str) -> ResponseReturnValue:
    form = Form.from_request(ReasonSchema)

    def take(data: dict[str, Any]) -> CreditLine:
        return correcting.void(unit.session(), current_actor(), line_id, reason=data["reason"])

    if _taken(form, take) is None:
        return _line_page(line_id, reason=form)
    flash(_("该登记已作废。"), "success")
    return redirect(url_for("lender_lines.show", line_id=line_id))


@blueprint.post("/lender/lines/<line_id>/steps/<step>")
def step(line_id: str, step: str) -> ResponseReturnValue:
    """Freeze, unfreeze or terminate."""
    form = Form.from_request(ReasonSchema)

    def take(data: dict[str, Any]) -> CreditLine:
        return holding.take_step(unit.session(), current_actor(), line_id, step, reason=data["reason"])

    if _taken(form, take) is None:
        return _line_page(line_id, reason=form)
    flash(_("已办理，企业已收到通知。"), "success")
    return redirect(url_for("lender_lines.show", line_id=line_id))


@blueprint.post("/lender/lines/<line_id>/balance")
def balance(line_id: str) -> ResponseReturnValue:
    form = Form.from_request(BalanceSchema)

    def take(data: dict[str, Any]) -> bool | None:
        return balances.report_balance(unit.session(), current_actor(), line_id, BalanceReport(**data))

    news = _taken(form, take)
    if news is None:
        return _line_page(line_id, balance=form)
    flash(_("放款和余额已更新。") if news else _("内容与已报送的相同，没有变化。"), "success")
    return redirect(url_for("lender_lines.show", line_id=line_id))


def _taken(form: Form, take: Callable[[dict[str, Any]], Any]) -> Any:
    """What a use case answers; None where the form was not sent, is wrong, or is refused by rule."""
    if request.method != "POST" or not form.validate():
        return None
    try:
        return take(dict(form.data))
    except (InvalidInput, RuleRefused) as error:
        # The refused attempt may have begun to write: the page that says why shows what is on record.
        unit.session().rollback()
        form.add_error(error)
        return None
