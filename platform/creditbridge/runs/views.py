"""The platform's pages of runs: asking for one, following it, and what it found."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import asked_position
from creditbridge.runs import service, showing
from creditbridge.runs.rules import PROBLEM_WORDS, RUN_KIND_WORDS, RUN_STATE_WORDS, RunKind, RunState
from creditbridge.runs.schemas import AskSchema
from creditbridge.store import unit

blueprint = Blueprint("runs", __name__, template_folder="templates")

SHOWN = 30


@blueprint.get("/platform/runs")
def index() -> ResponseReturnValue:
    """Runs, the newest first, and the form to ask for one."""
    kind = RunKind.FULL if service.last_full_on(unit.session()) is None else RunKind.DAILY
    return _index(Form(AskSchema, {"kind": kind, "on": clock.today()}))


@blueprint.post("/platform/runs")
def ask() -> ResponseReturnValue:
    """Ask for a run; a worker carries it out."""
    form = Form.from_request(AskSchema)
    if form.validate():
        actor = current_actor()
        try:
            asked = service.ask(
                unit.session(), form.data["kind"], form.data["on"], actor=actor, user_name=actor.name
            )
        except DomainError as error:
            form.add_error(error)
        else:
            flash(_("已发起评价，进度显示在本页。"), "success")
            return redirect(url_for("runs.run", public_id=asked.public_id))
    return _index(form)


@blueprint.get("/platform/runs/<public_id>")
def run(public_id: str) -> ResponseReturnValue:
    """How far a run is, what it found, and what it rests on."""
    session = unit.session()
    found = service.run_of(session, public_id)
    current = service.last_current(session)
    kind, state = RunKind(found.kind), RunState(found.state)
    is_over = state is RunState.FINISHED
    return render_template(
        "runs/run.html",
        problem=PROBLEM_WORDS.get(found.problem),
        run=found,
        kind=RUN_KIND_WORDS[kind],
        state=RUN_STATE_WORDS[state],
        tone=showing.STATE_TONES[state],
        progress=showing.progress_of(found),
        duration=showing.duration_of(found),
        figures=showing.figures_of(found) if is_over else None,
        grades=showing.grade_chart(found, is_current=current is not None and current.id == found.id),
        classes=showing.class_charts(found),
        types=showing.types(found),
        model_lines=showing.model_lines(found),
        publishes=kind.publishes,
        may_change=_may_change(),
    )


@blueprint.get("/platform/runs/<public_id>/progress")
def progress(public_id: str) -> ResponseReturnValue:
    """How far a run is, for the page's script."""
    return jsonify(showing.progress_of(service.run_of(unit.session(), public_id)).as_json())


@blueprint.post("/platform/runs/<public_id>/stop")
def stop(public_id: str) -> ResponseReturnValue:
    """Stop a run that goes on."""
    service.stop(unit.session(), public_id, actor=current_actor())
    flash(_("已中止评价。已完成的部分保留，其余由下一次评价补上。"), "success")
    return redirect(url_for("runs.run", public_id=public_id))


def _index(form: Form) -> ResponseReturnValue:
    session = unit.session()
    rows = service.runs(session, before_id=asked_position(), limit=SHOWN)
    next_cursor = str(rows[-1].id) if len(rows) == SHOWN else None
    going_on = next((row for row in rows if row.active), None) if not request.args.get("cursor") else None
    page = render_template(
        "runs/index.html",
        table=showing.list_table(rows, next_cursor),
        form=form,
        going_on=going_on,
        progress=showing.progress_of(going_on) if going_on else None,
        may_change=_may_change(),
    )
    return page, form.status


def _may_change() -> bool:
    return current_actor().has_role(Role.PLATFORM_ADMINISTRATOR)
