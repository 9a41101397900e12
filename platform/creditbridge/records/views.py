"""Pages of the records room for those who run the platform: feeds, batches, their quality and what waits to be mended."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError, InvalidInput, NotFound
from creditbridge.kernel.words import Words
from creditbridge.outbound import service as outbound
from creditbridge.pages.downloads import download
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import current_locale, say
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.records import batches, catalogue, pulling
from creditbridge.records.batch_report import PROBLEM_KIND_WORDS, BatchReport, Sent
from creditbridge.records.batch_showing import (
    STATE_TONES,
    feed_of,
    figures_of,
    problem_of,
)
from creditbridge.records.batches import BATCH_STATE_WORDS, BatchState
from creditbridge.records.feeds import feeds
from creditbridge.records.schemas import Rhythm, SourceSchema, UploadSchema, feed_choices
from creditbridge.sheets.limits import MIB, UPLOAD
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES, write_csv
from creditbridge.store import unit

if TYPE_CHECKING:
    from creditbridge.records.batches import FeedFigures
    from creditbridge.records.model import RecordBatch

blueprint = Blueprint("records", __name__, template_folder="templates")

SHOWN = 50
CHECK_ONLY = "check"
_CHOOSE = Words("请选择要接收的文件。", "Choose the file to take.")
_NO_FEED = Words("请选择数据源。", "Choose the feed.")
_FEED = Words("数据源", "feed")


@blueprint.get("/platform/records/feeds")
def feed_list() -> ResponseReturnValue:
    """Every feed, the table it is mapped from, and how much of it was taken."""
    session = unit.session()
    fetched = pulling.sources(session)
    table = Table(
        columns=[
            Column(
                "name",
                _("数据源"),
                value=lambda row: row.feed.name,
                href=lambda row: url_for("records.feed", code=row.feed.code),
                note=lambda row: row.feed.table or row.feed.code,
            ),
            Column("department", _("来源部门"), value=lambda row: _department(row.feed.department)),
            Column(
                "frequency", _("更新频率"), value=lambda row: catalogue.FREQUENCY_WORDS[row.feed.frequency]
            ),
            Column("fetched", _("自动采集"), value=lambda row: _fetching(row, fetched)),
            Column("batches", _("已接收批次"), kind="number"),
            Column("records", _("信用记录"), kind="number"),
            Column("last_on", _("最近接收"), kind="day"),
        ],
        rows=batches.feeds_with_figures(session),
        caption=_("数据源"),
    )
    return render_template("records/feeds.html", table=table, count=len(feeds()))


@blueprint.get("/platform/records/feeds/<code>")
def feed(code: str) -> ResponseReturnValue:
    """What a feed's columns are, what its rows become, and where it is fetched from."""
    return _feed_page(code, None)


@blueprint.post("/platform/records/feeds/<code>/source")
def set_source(code: str) -> ResponseReturnValue:
    """Say where a feed is fetched from."""
    form = Form.from_request(SourceSchema)
    if form.validate():
        try:
            unit.abandon()  # the address's name is looked up: no transaction may be open meanwhile
            outbound.check(form.data["url"])
            pulling.set_source(
                unit.session(),
                current_actor(),
                code,
                url=form.data["url"],
                every_hours=int(form.data["every_hours"].value),
                token=form.data.get("token") or "",
            )
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(error if isinstance(error, InvalidInput) else InvalidInput({"url": [error.words]}))
        else:
            flash(_("已保存采集设置。"), "success")
            return redirect(url_for("records.feed", code=code))
    return _feed_page(code, form)


@blueprint.post("/platform/records/feeds/<code>/stop")
def stop_source(code: str) -> ResponseReturnValue:
    """Fetch a feed no longer."""
    pulling.stop(unit.session(), current_actor(), code)
    flash(_("已停止采集。"), "success")
    return redirect(url_for("records.feed", code=code))


@blueprint.post("/platform/records/feeds/<code>/fetch")
def fetch_now(code: str) -> ResponseReturnValue:
    """Have a feed fetched now."""
    pulling.ask_now(unit.session(), code)
    flash(_("已开始采集，结果稍后显示在批次中。"), "success")
    return redirect(url_for("records.feed", code=code))


def _feed_page(code: str, form: Form | None) -> ResponseReturnValue:
    found = feeds().get(code)
    if found is None:
        raise NotFound(_FEED)
    source = pulling.source_of(unit.session(), code)
    if form is None:
        held = {"url": source.url, "every_hours": Rhythm(str(source.every_hours))} if source else None
        form = Form(SourceSchema, held) if held else Form(SourceSchema)
    page = render_template(
        "records/feed.html",
        feed=found,
        form=form,
        source=source,
        outcome=pulling.PULL_WORDS.get(pulling.PullOutcome(source.last_outcome))
        if source and source.last_outcome
        else None,
        department=_department(found.department),
        frequency=catalogue.FREQUENCY_WORDS[found.frequency],
        items=found.items(),
        may_change=_may_change(),
    )
    return page, form.status


@blueprint.get("/platform/records/batches")
def batch_list() -> ResponseReturnValue:
    """The batches that were taken or refused, and the form to send one."""
    return _batches_page(Form(UploadSchema))


@blueprint.post("/platform/records/batches")
def upload() -> ResponseReturnValue:
    """Take a batch, or only check it."""
    form = Form.from_request(UploadSchema)
    if form.validate():
        try:
            report = _take(form)
        except DomainError as error:
            form.add_error(error)
        else:
            if report.batch_id is None:
                found = report.figures()
                return render_template(
                    "records/preview.html",
                    report=report,
                    figures=figures_of(found),
                    problems=_problem_table(found),
                )
            return redirect(url_for("records.batch", public_id=report.batch_id))
    return _batches_page(form)


def _take(form: Form) -> BatchReport:
    from creditbridge.records import intake  # loads Polars and Numba, which most pages do without

    found, sent = feeds().get(form.data["feed"]), form.file("file")
    if found is None:
        raise InvalidInput({"feed": [_NO_FEED]})
    if sent is None:
        raise InvalidInput({"file": [_CHOOSE]})
    actor, name = current_actor(), Path(sent.filename or "").name
    with tempfile.TemporaryDirectory(prefix="creditbridge-batch-") as folder:
        path = Path(folder) / "sent"
        sent.save(path)
        # The intake works in transactions of its own: this request's must not stand in its way.
        unit.abandon()
        return intake.take(
            unit.database(),
            found,
            Sent(path, name, form.data.get("reference") or "", actor.user_id, actor.name),
            dry_run=form.action == CHECK_ONLY,
            limits=UPLOAD,
        )


def _batches_page(form: Form) -> ResponseReturnValue:
    code, state = request.args.get("feed", ""), request.args.get("state", "")
    page = batches.listed(unit.session(), asked_position(), feed=code, state=state)
    table = Table(
        columns=[
            Column(
                "reference",
                _("批次"),
                href=lambda row: url_for("records.batch", public_id=row.public_id),
                note=lambda row: row.file_name if Path(row.file_name).stem != row.reference else None,
            ),
            Column("feed", _("数据源"), value=lambda row: feed_of(row.feed)),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: BATCH_STATE_WORDS[batches.state_of(row)],
                tone=lambda row: STATE_TONES[batches.state_of(row)],
            ),
            Column("created_at", _("接收时间"), kind="moment"),
            Column("rows", _("行数"), kind="number"),
            Column("records", _("信用记录"), kind="number"),
            Column("duplicate_rows", _("重复"), kind="number"),
            Column("quarantined", _("问题数据"), kind="number"),
            Column("user_name", _("经办人"), value=lambda row: row.user_name or _("系统")),
        ],
        rows=page.batches,
        caption=_("数据批次"),
        next_cursor=page.next_cursor,
        empty=Empty(_("还没有接收过数据"), _("平台管理员在本页选择数据源和文件，接收后列在这里。")),
    )
    shown = render_template(
        "records/batches.html",
        table=table,
        form=form,
        choices=feed_choices(),
        states=[(state.value, words) for state, words in BATCH_STATE_WORDS.items()],
        may_change=_may_change(),
        max_mb=UPLOAD.file_bytes // MIB,
        max_rows=UPLOAD.rows,
    )
    return shown, form.status


@blueprint.get("/platform/records/batches/<public_id>")
def batch(public_id: str) -> ResponseReturnValue:
    """What became of a batch: its figures, its quality, and what waits to be mended."""
    session = unit.session()
    found = batches.batch(session, public_id)
    state = batches.state_of(found)
    kept_until = batches.rows_kept_until(found)
    there = kept_until is not None and kept_until >= clock.today()
    may_see = _may_change() and there
    return render_template(
        "records/batch.html",
        batch=found,
        feed=feed_of(found.feed),
        state=BATCH_STATE_WORDS[state],
        tone=STATE_TONES[state],
        taking=state is BatchState.TAKING,
        problem=problem_of(found.quality),
        figures=figures_of({**_counts(found), **found.quality}),
        filled=_filled_table(found),
        unread=found.quality.get("unread_columns", []),
        problems=_problem_table(found.quality),
        waiting=_waiting_table(found) if may_see else None,
        may_download=may_see,
        kept_until=kept_until,
        removed=kept_until is not None and not there,
    )


@blueprint.get("/platform/records/batches/<public_id>/quarantine")
def quarantined(public_id: str) -> ResponseReturnValue:
    """The rows that could not be taken, as a file to be mended and sent again."""
    with unit.database().write() as session:
        found = batches.batch(session, public_id)
        header, rows = batches.take_out_rows(session, current_actor(), found, current_locale(), UPLOAD.rows)
    return download(write_csv(header, rows), MEDIA_TYPES[Format.CSV], f"quarantine-{found.public_id}.csv")


def _counts(found: RecordBatch) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "accepted": found.good_rows,
        "duplicate": found.duplicate_rows,
        "quarantined": found.quarantined,
        "records": found.records,
        "replaced": found.replaced,
        "late": found.late,
        "firms": found.firms,
    }


def _filled_table(found: RecordBatch) -> Table:
    titles = dict(feeds()[found.feed].columns) if found.feed in feeds() else {}
    titles |= found.quality.get("headings", {})  # as the sender calls them
    return Table(
        columns=[
            Column("title", _("列"), note=lambda row: row["code"]),
            Column("filled", _("填写率"), kind="percent"),
        ],
        rows=[
            {"code": code, "title": titles.get(code) or code, "filled": ppm}
            for code, ppm in found.quality.get("filled_ppm", {}).items()
        ],
        caption=_("各列填写率"),
        id="filled",
        empty=Empty(_("没有数据")),
    )


def _problem_table(quality: Mapping[str, Any]) -> Table:
    return Table(
        columns=[Column("words", _("问题")), Column("count", _("行数"), kind="number")],
        rows=[
            {"words": PROBLEM_KIND_WORDS.get(code, Words(code, code)), "count": count}
            for code, count in sorted(quality.get("problems", {}).items())
        ],
        caption=_("问题分类"),
        id="problems",
        empty=Empty(_("没有问题数据")),
    )


def _waiting_table(found: RecordBatch) -> Table:
    header, rows = batches.quarantined_rows(unit.session(), found, current_locale(), SHOWN)
    return Table(
        columns=[
            Column(str(place), name, value=lambda row, place=place: row[place])  # type: ignore[misc]
            for place, name in ((len(header) - 1, header[-1]), *enumerate(header[:-1]))
        ],
        rows=list(islice(rows, SHOWN)),
        caption=_("问题数据"),
        id="waiting",
    )


def _department(code: str) -> str:
    return say(catalogue.loaded().departments[code])


def _fetching(row: FeedFigures, fetched: dict[str, Any]) -> str | None:
    source = fetched.get(row.feed.code)
    return _("已启用") if source is not None and not source.stopped else None


def _may_change() -> bool:
    return current_actor().has_role(Role.PLATFORM_ADMINISTRATOR)
