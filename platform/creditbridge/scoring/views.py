"""The platform's pages about the scorecard: its indicators, its versions, trials and their approval."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.charts import Bar, BarChart
from creditbridge.pages.downloads import download
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.schemas import Schema
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.scoring import deciding, service, showing, trying
from creditbridge.scoring.comparing import Comparison
from creditbridge.scoring.indicators import CATEGORY_WORDS, catalogue
from creditbridge.scoring.rules import (
    VERSION,
    VERSION_STATE_TONES,
    VERSION_STATE_WORDS,
    TrialState,
    VersionState,
)
from creditbridge.scoring.schemas import CardForm, DecisionForm, FileForm, ReturnForm, content_of, values_of
from creditbridge.scoring.scorecards import GRADES
from creditbridge.sheets.limits import MIB
from creditbridge.store import unit

blueprint = Blueprint("scorecards", __name__, template_folder="templates")

_UNREADABLE = Words(
    "这不是可读取的评分模型文件（JSON）。", "This is not a scorecard file we can read (JSON)."
)
_CHOOSE = Words("请选择要上传的文件。", "Choose a file to upload.")


@blueprint.get("/platform/scorecards")
def index() -> ResponseReturnValue:
    """The scorecard in use and every version there was."""
    session = unit.session()
    present = service.in_use(session)
    table = Table(
        columns=[
            Column("number", _("版本"), kind="number", href=_address),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: VERSION_STATE_WORDS[VersionState(row.state)],
                tone=lambda row: VERSION_STATE_TONES[VersionState(row.state)],
            ),
            Column("change_note", _("修改说明")),
            Column("created_at", _("建立时间"), kind="moment"),
            Column("approved_at", _("启用时间"), kind="moment"),
            Column("replaced_at", _("停用时间"), kind="moment"),
        ],
        rows=service.versions(session),
        caption=_("评分模型版本"),
        empty=Empty(_("还没有修改过评分模型"), _("当前使用随系统提供的第 1 版。")),
    )
    return render_template(
        "scoring/versions.html",
        table=table,
        present=present,
        card=present.card,
        grades=list(zip(GRADES, [*present.card.grades, 0], strict=True)),
        groups=showing.groups(present.card),
        in_work=service.in_work(session),
        may_edit=_may_edit(),
    )


@blueprint.get("/platform/scorecards/indicators")
def indicators() -> ResponseReturnValue:
    """Every indicator: what it is computed from, its bins and points, and its rule for what is missing."""
    card = service.in_use(unit.session()).card
    chosen = request.args.get("group", "")
    groups = showing.groups(card)
    return render_template(
        "scoring/indicators.html",
        groups=[one for one in groups if chosen in ("", one.code)],
        choices=[(one.code, one.name) for one in groups],
        categories=CATEGORY_WORDS,
        total=len(catalogue().indicators),
    )


@blueprint.get("/platform/scorecards/<version_id>")
def version(version_id: str) -> ResponseReturnValue:
    """One version: what it changes, its trials, and its next step."""
    return _page(version_id)


def _page(version_id: str, sent: Form | None = None) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    found = service.version(session, version_id)
    present = service.in_use(session)
    done = [one for one in found.trials if one.state == TrialState.DONE]
    outcome = Comparison.from_json(done[-1].result) if done else None
    card = service.check_content(found.content)
    page = render_template(
        "scoring/version.html",
        version=found,
        present=present,
        card=card,
        grades=list(zip(GRADES, [*card.grades, 0], strict=True)),
        groups=showing.groups(card),
        changes=showing.changes(present.content, found.content),
        states=VERSION_STATE_WORDS,
        tones=VERSION_STATE_TONES,
        steps=VERSION.legal_steps(VersionState(found.state)) if _may_edit() else [],
        wrote=actor.user_id in found.author_ids,
        may_edit=_may_edit(),
        waiting=any(one.state == TrialState.WAITING and one.digest == found.digest for one in found.trials),
        tried=found.digest in service.tried(found.trials, present.number),
        trial=done[-1] if done else None,
        outcome=outcome,
        chart=_chart(outcome) if outcome else None,
        size_table=_movements(_("按规模"), showing.by_size(outcome)) if outcome else None,
        division_table=_movements(_("按行业"), showing.by_division(outcome)) if outcome else None,
        all_grades=GRADES,
        approve_form=Form(DecisionForm, {"seen": found.version}),
        return_form=sent or Form(ReturnForm, {"seen": found.version}),
    )
    return page, sent.status if sent else 200


def _chart(outcome: Comparison) -> BarChart:
    bars = [Bar(words, count) for words, count in zip(showing.step_words(), outcome.steps, strict=True)]
    return BarChart(_("评分变化的企业数"), bars, label_heading=_("评分变化"), value_heading=_("企业数"))


def _movements(caption: str, rows: list[showing.MovementRow]) -> Table:
    return Table(
        columns=[
            Column("name", caption),
            Column("firms", _("企业数"), kind="number", value=lambda row: row.movement.firms),
            Column("up", _("等级上升"), kind="number", value=lambda row: row.movement.up),
            Column("down", _("等级下降"), kind="number", value=lambda row: row.movement.down),
            Column("higher", _("评分上升"), kind="number", value=lambda row: row.movement.higher),
            Column("lower", _("评分下降"), kind="number", value=lambda row: row.movement.lower),
            Column("mean", _("平均变化（分）"), value=lambda row: f"{row.movement.mean_tenths / 10:+.1f}"),
        ],
        rows=rows,
        caption=caption,
        hide_caption=False,
        id="by-size" if caption == _("按规模") else "by-division",
    )


@blueprint.get("/platform/scorecards/<version_id>/content")
def content(version_id: str) -> ResponseReturnValue:
    """The version's content as a file that can be changed and uploaded into a draft."""
    found = service.version(unit.session(), version_id)
    text = json.dumps(found.content, ensure_ascii=False, indent=1)
    return download(text.encode(), "application/json", f"scorecard-{found.number}.json")


@blueprint.post("/platform/scorecards/start")
def start() -> ResponseReturnValue:
    """Begin the next version."""
    made = service.start(unit.session(), current_actor())
    flash(_("已建立草稿，内容与现行版本相同。"), "success")
    return redirect(url_for("scorecards.edit", version_id=made.public_id))


@blueprint.route("/platform/scorecards/<version_id>/edit", methods=["GET", "POST"])
def edit(version_id: str) -> ResponseReturnValue:
    """Write in the draft."""
    found = service.version(unit.session(), version_id)
    if request.method == "GET":
        values = {**values_of(found.content), "note": found.change_note, "seen": found.version}
        return _editor(version_id, Form(CardForm, values))
    form = Form.from_request(CardForm)
    if form.validate():
        written = content_of(dict(found.content), form.data)
        if answer := _rewritten(version_id, form, written):
            return answer
    return _editor(version_id, form)


@blueprint.post("/platform/scorecards/<version_id>/upload")
def upload(version_id: str) -> ResponseReturnValue:
    """Put a changed content file into the draft."""
    form = Form.from_request(FileForm)
    if form.validate():
        sent = form.file("file")
        text = sent.stream.read(MIB + 1) if sent else b""
        if not text:
            form.add_error(InvalidInput({"file": [_CHOOSE]}))
        elif (stated := _read_json(text)) is None:
            form.add_error(InvalidInput({"file": [_UNREADABLE]}))
        elif answer := _rewritten(version_id, form, stated):
            return answer
    return _editor(version_id, None, form)


def _read_json(text: bytes) -> dict[str, Any] | None:
    try:
        stated = json.loads(text) if len(text) <= MIB else None
    except (ValueError, RecursionError):
        return None
    return stated if isinstance(stated, dict) else None


def _rewritten(version_id: str, form: Form, written: dict[str, Any]) -> Response | None:
    try:
        service.rewrite(
            unit.session(),
            current_actor(),
            version_id,
            written,
            note=form.data["note"],
            seen=form.data["seen"],
        )
    except InvalidInput as error:
        words = [words for several in error.fields.values() for words in several]
        form.add_error(InvalidInput({"": words}))
        return None
    flash(_("草稿已保存。"), "success")
    return _back(version_id)


def _editor(version_id: str, form: Form | None, file_form: Form | None = None) -> ResponseReturnValue:
    found = service.version(unit.session(), version_id)
    seen = {"seen": found.version}
    shown = form or Form(CardForm, {**values_of(found.content), "note": found.change_note, **seen})
    page = render_template(
        "scoring/edit.html",
        version=found,
        form=shown,
        file_form=file_form or Form(FileForm, {"note": found.change_note, **seen}),
        groups=showing.groups(service.check_content(found.content)),
        all_grades=GRADES[:-1],
        types=[Words.from_json(one["name"]) for one in found.content["types"]],
        caps=[Words.from_json(one["reason"]) for one in found.content.get("caps", [])],
    )
    return page, (file_form or shown).status


@blueprint.post("/platform/scorecards/<version_id>/trial")
def trial(version_id: str) -> ResponseReturnValue:
    """Have it compared with the version in use over the whole city."""
    trying.ask(unit.session(), current_actor(), version_id)
    flash(_("已开始用全市数据对比，完成后在本页显示结果。"), "success")
    return _back(version_id)


@blueprint.post("/platform/scorecards/<version_id>/submit")
def submit(version_id: str) -> ResponseReturnValue:
    """Hand it to a second person."""
    service.submit(unit.session(), current_actor(), version_id)
    flash(_("已提交，请另一位管理员复核。"), "success")
    return _back(version_id)


@blueprint.post("/platform/scorecards/<version_id>/discard")
def discard(version_id: str) -> ResponseReturnValue:
    """Give the draft up."""
    service.discard(unit.session(), current_actor(), version_id)
    flash(_("草稿已放弃。"), "success")
    return redirect(url_for("scorecards.index"))


@blueprint.post("/platform/scorecards/<version_id>/approve")
def approve(version_id: str) -> ResponseReturnValue:
    """The second person puts it into use."""

    def step(data: dict[str, Any]) -> str:
        deciding.approve(unit.session(), current_actor(), version_id, seen=data["seen"])
        return _("新版本已启用，下一次评价起按它计算。")

    return _decide(version_id, DecisionForm, step)


@blueprint.post("/platform/scorecards/<version_id>/return")
def return_to_draft(version_id: str) -> ResponseReturnValue:
    """The second person hands it back with a reason."""

    def step(data: dict[str, Any]) -> str:
        deciding.return_to_draft(
            unit.session(), current_actor(), version_id, data["reason"], seen=data["seen"]
        )
        return _("已退回修改。")

    return _decide(version_id, ReturnForm, step)


def _decide(
    version_id: str, schema: type[Schema], step: Callable[[dict[str, Any]], str]
) -> ResponseReturnValue:
    form = Form.from_request(schema)
    if not form.validate():
        return _page(version_id, form)
    try:
        done = step(form.data)
    except InvalidInput as error:
        form.add_error(error)
        return _page(version_id, form)
    flash(done, "success")
    return _back(version_id)


def _may_edit() -> bool:
    return current_actor().has_role(Role.PLATFORM_ADMINISTRATOR)


def _address(row: Any) -> str:
    return url_for("scorecards.version", version_id=row.public_id)


def _back(version_id: str) -> Response:
    return redirect(url_for("scorecards.version", version_id=version_id))
