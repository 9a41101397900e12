"""The queue as a table on the page and as a file, and the filters in its address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from flask import request, url_for

from creditbridge.kernel.money import FEN_PER_YUAN
from creditbridge.kernel.words import Words
from creditbridge.pages.downloads import limit_note
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.sheets.writing import Cell, write_xlsx
from matching.applications.queue import MOST_EXPORTED, SORTS, Filters, QueueRow, Whose
from matching.applications.rules import SUBMISSION_STATE_TONES, SUBMISSION_STATE_WORDS, SubmissionState

FILTER_NAMES = ("whose", "state", "branch", "officer", "text", "ended", "from", "to", "due", "sort")
MAX_TEXT = 80
_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)


def filters_from_address(default: Whose = Whose.TEAM) -> Filters:
    """The filters of this address; what cannot be read counts as not set."""
    asked = request.args
    whose = asked.get("whose", "")
    state = asked.get("state", "")
    sort = asked.get("sort", "")
    return Filters(
        whose=Whose(whose) if whose in list(Whose) else default,
        state=SubmissionState(state) if state in list(SubmissionState) else None,
        branch_id=asked.get("branch") or None,
        officer_id=asked.get("officer") or None,
        text=asked.get("text", "").strip()[:MAX_TEXT],
        open_only=asked.get("ended") != "1",
        sent_from=_day("from"),
        sent_to=_day("to"),
        due_by=_day("due"),
        sort=sort if sort.removeprefix("-") in SORTS else SORTS[0],
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if _EARLIEST <= day <= _LATEST else None


def kept_filters() -> dict[str, Any]:
    """The filters to carry along in links, as they stand in the address."""
    return {name: request.args[name] for name in FILTER_NAMES if request.args.get(name)}


def queue_table(
    rows: Sequence[QueueRow], *, next_cursor: int | None = None, can_export: bool = True
) -> Table:
    """The queue as shown; each row opens its application with the filters kept."""
    kept = kept_filters()
    return Table(
        columns=queue_columns(kept),
        rows=rows,
        caption=_("贷款申请列表"),
        next_cursor=str(next_cursor) if next_cursor else None,
        empty=Empty(
            _("没有符合条件的申请"),
            _("可以换一个分组，或清除筛选条件。"),
            _("查看全部申请"),
            url_for("lender_applications.queue", whose=Whose.ALL.value),
        ),
        export_url=url_for("lender_applications.export", **kept) if can_export else None,
        queue=True,
    )


def queue_columns(kept: dict[str, Any] | None = None) -> list[Column]:
    link = kept or {}
    return [
        Column(
            "firm_name",
            _("企业名称"),
            sort=True,
            value=lambda row: row.submission.firm_name,
            href=lambda row: url_for(
                "lender_applications.show", submission_id=row.submission.public_id, **link
            ),
        ),
        Column("product", _("产品"), value=lambda row: row.submission.product),
        Column(
            "applied_fen",
            _("申请金额"),
            kind="amount",
            sort=True,
            value=lambda row: row.submission.applied_fen,
        ),
        Column(
            "state",
            _("状态"),
            kind="state",
            value=lambda row: SUBMISSION_STATE_WORDS[row.submission.state_now],
            tone=lambda row: SUBMISSION_STATE_TONES[row.submission.state_now],
        ),
        Column("service", _("办理时限"), kind="state", value=_service_words, tone=_service_tone, note=_due),
        Column(
            "officer",
            _("经办人"),
            value=lambda row: row.officer or _("未分配"),
            note=lambda row: _("您须回避") if row.kept_away else None,
        ),
        Column("branch", _("办理网点"), value=lambda row: row.branch or _("未指定")),
        Column(
            "started_at", _("提交时间"), kind="moment", sort=True, value=lambda row: row.submission.started_at
        ),
    ]


def workbook(rows: Sequence[QueueRow]) -> bytes:
    """What is shown, as XLSX. It holds what the firm sent to this lender and its public registration, nothing else."""
    header = [
        _("企业名称"),
        _("统一社会信用代码"),
        _("产品"),
        _("申请金额（元）"),
        _("期限（月）"),
        _("状态"),
        _("办理时限"),
        _("经办人"),
        _("办理网点"),
        _("提交时间"),
        _("首次决定时间"),
    ]
    return write_xlsx(header, [*_lines(rows), *limit_note(rows, MOST_EXPORTED)], _("贷款申请列表"))


def _lines(rows: Sequence[QueueRow]) -> Iterator[list[Cell]]:
    for row in rows:
        submission = row.submission
        yield [
            submission.firm_name,
            submission.firm_uscc,
            say(submission.product),
            submission.applied_fen / FEN_PER_YUAN,
            submission.term_months,
            say(SUBMISSION_STATE_WORDS[submission.state_now]),
            say(_service_words(row)),
            row.officer or "",
            say(row.branch) if row.branch else "",
            submission.started_at,
            submission.decided_at,
        ]


_NO_CLOCK = Words("—", "—")


def _service_words(row: QueueRow) -> Words:
    return row.service.words if row.service is not None else _NO_CLOCK


def _service_tone(row: QueueRow) -> str:
    return row.service.tone if row.service is not None else "neutral"


def _due(row: QueueRow) -> str | None:
    due = row.service.due_on if row.service is not None else None
    return _("应在 %(day)s 前", day=due.isoformat()) if due is not None else None
