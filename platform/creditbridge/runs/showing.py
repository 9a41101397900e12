"""What the pages of runs show: the list, how far a run is, what it found and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import url_for

from creditbridge.kernel.words import Words
from creditbridge.pages.charts import Bar, BarChart
from creditbridge.pages.filters import number
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.runs import summing
from creditbridge.runs.portrait import TypeWords, class_words, types_of
from creditbridge.runs.rules import RUN_KIND_WORDS, RUN_STATE_WORDS, RunKind, RunState
from creditbridge.scoring.scorecards import GRADES, LEVELS

if TYPE_CHECKING:
    from creditbridge.runs.model import Run

STATE_TONES: Mapping[RunState, str] = {
    RunState.WAITING: "warning",
    RunState.RUNNING: "info",
    RunState.FINISHED: "success",
    RunState.STOPPED: "neutral",
}
UNRATED = Words("未评价（没有信用记录）", "Not rated (no records)")
CATALOGUE_WORDS: Mapping[str, Words] = {
    "records": Words("信用信息目录", "Catalogue of credit items"),
    "scoring": Words("评价指标", "Indicators"),
    "labels": Words("信用标签目录", "Catalogue of labels"),
    "runs": Words("衍生信息规则", "Rules of derived facts"),
}
_DIGEST_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``total`` is 0 until it has begun."""

    done: int
    total: int
    is_over: bool

    def as_json(self) -> dict[str, Any]:
        return {"done": self.done, "total": self.total, "over": self.is_over}


def progress_of(run: Run) -> Progress:
    return Progress(run.parts_done, run.parts or 0, run.active is None)


def list_table(rows: Sequence[Run], next_cursor: str | None) -> Table:
    """Runs, the newest first."""
    return Table(
        columns=[
            Column(
                "on_date",
                _("评价日期"),
                kind="day",
                href=lambda run: url_for("runs.run", public_id=run.public_id),
            ),
            Column("kind", _("方式"), value=lambda run: RUN_KIND_WORDS[RunKind(run.kind)]),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda run: RUN_STATE_WORDS[RunState(run.state)],
                tone=lambda run: STATE_TONES[RunState(run.state)],
            ),
            Column("firms", _("企业数"), kind="number"),
            Column("computed", _("重新计算的企业"), kind="number"),
            Column("changed", _("信息有变化"), kind="number"),
            Column("created_at", _("发起时间"), kind="moment"),
            Column("user_name", _("发起人"), value=lambda run: run.user_name or _("系统")),
        ],
        rows=rows,
        caption=_("评价任务"),
        next_cursor=next_cursor,
        empty=Empty(_("还没有评价过"), _("先接收信用记录，再发起一次全量评价；之后每天自动评价。")),
    )


def figures_of(run: Run) -> list[dict[str, str]]:
    """What a run did, as key figures."""
    city = run.summary.get("medians", {}).get(summing.CITY)
    shown = [
        {"label": _("企业数"), "value": number(run.firms)},
        {"label": _("重新计算的企业"), "value": number(run.computed), "hint": _("其余沿用上次结果")},
        {"label": _("信息有变化"), "value": number(run.changed)},
    ]
    if city:
        shown.append({"label": _("全市评分中位数"), "value": number(city["score"])})
    return shown


def grade_chart(run: Run, *, is_current: bool) -> BarChart:
    """Firms by grade; those of the run that is current lead to their firms."""
    counts = run.summary.get("grades", {})
    bars = [
        Bar(
            _("%(grade)s 级", grade=grade),
            counts.get(grade, 0),
            url_for("label_combinations.index", grade=grade) if is_current else None,
        )
        for grade in GRADES
    ]
    return BarChart(
        _("信用等级分布"),
        [*bars, Bar(UNRATED, counts.get("", 0))] if counts else [],
        label_heading=_("信用等级"),
        value_heading=_("企业数"),
    )


def class_charts(run: Run) -> list[BarChart]:
    """Firms of each type by level."""
    counts = run.summary.get("classes", {})
    return [
        BarChart(
            say(kind.name),
            [
                Bar(class_words(kind, level), counts.get(f"{place}/{level}", 0))
                for level in range(1, LEVELS + 1)
            ],
            label_heading=_("信用类别"),
            value_heading=_("企业数"),
        )
        for place, kind in enumerate(types(run))
    ]


def types(run: Run) -> Sequence[TypeWords]:
    """The types of the scorecard a run rests on; none before it has begun."""
    return types_of(run.model.get("scorecard", {}).get("content", {}))


def model_lines(run: Run) -> list[tuple[str, str, str]]:
    """The versions a run rests on: what, which, and the beginning of its digest."""
    scorecard = run.model.get("scorecard")
    lines = []
    if scorecard:
        name = say(Words.from_json(scorecard["content"]["name"]))
        lines.append(
            (_("评分模型"), _("%(name)s，第 %(number)s 版", name=name, number=scorecard["number"]), "")
        )
    for room, digest in run.model.get("catalogues", {}).items():
        words = CATALOGUE_WORDS.get(room)
        lines.append((say(words) if words else room, digest[:_DIGEST_SHOWN], ""))
    return lines


def duration_of(run: Run) -> str | None:
    """How long it took, from its beginning to its end."""
    if run.started_at is None or run.finished_at is None:
        return None
    taken: timedelta = run.finished_at - run.started_at
    seconds = max(1, round(taken.total_seconds()))
    if seconds < 60:
        return _("%(n)s 秒", n=seconds)
    return _("%(minutes)s 分 %(seconds)s 秒", minutes=seconds // 60, seconds=seconds % 60)
