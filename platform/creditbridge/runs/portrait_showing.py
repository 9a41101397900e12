"""What the pages of a firm's portrait show: charts, labels, records by category, and the score taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from creditbridge.kernel import clock
from creditbridge.kernel.money import exact_words
from creditbridge.kernel.words import Words
from creditbridge.labels import service as labels
from creditbridge.labels import showing as label_showing
from creditbridge.labels.rules import Viewer
from creditbridge.pages.charts import LineChart
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.radar import Axis, RadarChart
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.records import batches
from creditbridge.records.catalogue import (
    POLARITY_WORDS,
    SEVERITY_WORDS,
    Polarity,
    Publicity,
    items,
    loaded,
)
from creditbridge.records.overlaying import OVERLAY_WORDS, OverlayKind
from creditbridge.repair import service as repair
from creditbridge.runs import portraying
from creditbridge.runs.dimensions import DIMENSION_WORDS, MADE_OF, Dimension
from creditbridge.runs.portrait import (
    class_words,
    exact_value_words,
    measured_words,
    range_words,
    value_words,
)
from creditbridge.runs.portraying import Checked, Explained, ExplainedLine, Portrait, ShownRecord
from creditbridge.scoring.indicators import CATEGORY_WORDS, Category
from creditbridge.scoring.language import Take, measures_of
from creditbridge.scoring.program import chosen_items
from creditbridge.scoring.sentences import bins_told, missing_told, told, window_days
from creditbridge.scoring.workings import how_taken, letters_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from creditbridge.registry.model import Firm
    from creditbridge.scoring.explaining import Line
    from creditbridge.scoring.indicators import Indicator

DisputeUrl = Callable[[int], str]
"""Where a record of that number can be disputed."""
RECORDS_SHOWN = 20
_COUNTS = Words("有效", "Counts")
_COUNTS_NOT = Words("不再计入", "No longer counts")
_WITH_INTERNAL = Words(
    "含不向企业公开的信用信息，不逐项列出",
    "it reads records that are not shown to firms, and is not told in detail",
)
_MARK_TONES = {
    OverlayKind.DISPUTED: "warning",
    OverlayKind.REPAIRED: "success",
    OverlayKind.CORRECTED: "info",
    OverlayKind.EXPIRED: "neutral",
}
_POLARITY_TONES = {Polarity.POSITIVE: "success", Polarity.NEUTRAL: "neutral", Polarity.ADVERSE: "warning"}


def summary(session: Session, firm: Firm) -> dict[str, Any]:
    """The portrait in short: standing and radar. ``portrait`` is None before a run has looked at the firm."""
    found = portraying.portrait_of(session, firm)
    return {"portrait": found, "radar": radar(found) if found else None}


def page(
    session: Session, firm: Firm, viewer: Viewer, *, score_url: str, dispute_url: DisputeUrl | None = None
) -> dict[str, Any]:
    """Everything on the page of a firm's portrait; with ``dispute_url`` each record can be disputed there."""
    short, today = summary(session, firm), clock.today()
    found: Portrait | None = short["portrait"]
    why = portraying.explained(session, firm, found, viewer) if found else None
    records = portraying.records_of(session, firm, viewer, today)
    return {
        **short,
        "firm": firm,
        "viewer": viewer,
        "score_url": score_url,
        "made_of": [
            (DIMENSION_WORDS[one], [CATEGORY_WORDS[part] for part in MADE_OF[one]]) for one in Dimension
        ],
        "trend": trend(session, firm) if found else None,
        "why": why.whole if why else None,
        "moved": portraying.moved_of(session, firm, found, viewer) if found else [],
        "value_words": value_words,
        "range_words": range_words,
        "labels": label_showing.firm_page(firm, labels.labels_of_firm(session, firm.id, viewer), viewer),
        "record_total": len(records),
        "record_categories": record_categories(records),
        "record_category": asked_category(),
        "records": records_table(session, records, viewer, dispute_url),
        "can_dispute": dispute_url is not None,
        "repairs": repair.actions_of(session, firm.id, today),
    }


def score_page(session: Session, firm: Firm, viewer: Viewer, *, portrait_url: str) -> dict[str, Any]:
    """A firm's score taken apart: every indicator with value, points, weight and records."""
    found = portraying.portrait_of(session, firm)
    why = portraying.explained(session, firm, found, viewer) if found else None
    return {
        "firm": firm,
        "portrait": found,
        "portrait_url": portrait_url,
        "why": why,
        "parts": _by_category(why) if why else [],
        "value_words": exact_value_words,
        "capital_words": exact_words(firm.capital_minor or 0),
        "class_words": class_words,
        "condition_words": _condition_words,
        "formula_words": lambda indicator: _formula_words(indicator, viewer),
        "steps_of": lambda one: _steps_of(one, viewer, found.run.on_date) if found else [],
        "missing_words": missing_told,
        "range_words": range_words,
        "bins_of": _bins_of,
    }


def radar(found: Portrait) -> RadarChart:
    """The five dimensions beside the median of the peers."""
    peers = found.peers
    return RadarChart(
        _("五个维度"),
        [
            Axis(DIMENSION_WORDS[one], value, peers.dimensions[one] if peers else None)
            for one, value in found.dimensions.items()
        ],
        value_heading=_("本企业"),
        usual_heading=_("%(group)s中位数", group=say(peers.name)) if peers else "",
        label_heading=_("维度"),
    )


def trend(session: Session, firm: Firm) -> LineChart:
    """The score of the last twelve months."""
    return LineChart(
        _("近 12 个月评分"),
        [(f"{month:%Y-%m}", score) for month, score in portraying.trend_of(session, firm, clock.today())],
        label_heading=_("月份"),
        value_heading=_("评分"),
    )


def asked_category() -> str:
    asked = request.args.get("category", "")
    return asked if asked in loaded().categories else ""


def record_categories(records: Sequence[ShownRecord]) -> list[tuple[str, Words, int]]:
    """The categories a firm has records of, with how many."""
    counts = Counter(row.item.category for row in records)
    return [(code, name, counts[code]) for code, name in loaded().categories.items() if counts[code]]


def records_table(
    session: Session,
    records: Sequence[ShownRecord],
    viewer: Viewer,
    dispute_url: DisputeUrl | None = None,
) -> Table:
    """One page of the records of the category that is asked for.

    The platform sees the batch that brought each; with ``dispute_url`` there is a column to dispute them.
    """
    category, start = asked_category(), asked_position() or 0
    chosen = [row for row in records if not category or row.item.category == category]
    known = loaded()
    following = start + RECORDS_SHOWN
    rows = chosen[start:following]
    return Table(
        columns=[
            Column("name", _("记录"), value=lambda row: row.item.name, note=_grave),
            Column("category", _("类别"), value=lambda row: known.categories[row.item.category]),
            Column(
                "polarity",
                _("性质"),
                kind="state",
                value=lambda row: POLARITY_WORDS[row.item.polarity],
                tone=lambda row: _POLARITY_TONES[row.item.polarity],
            ),
            Column("value", _("内容")),
            Column("department", _("来源部门"), value=lambda row: known.departments[row.item.department]),
            Column("occurred_on", _("日期"), kind="day"),
            Column("ends_on", _("终止"), kind="day"),
            Column("state", _("状态"), kind="state", value=_state, tone=_state_tone),
            *([_batch_column(session, rows)] if viewer is Viewer.PLATFORM else []),
            *([_dispute_column(dispute_url)] if dispute_url else []),
        ],
        rows=rows,
        caption=_("信用记录"),
        next_cursor=str(following) if len(chosen) > following else None,
        empty=Empty(_("没有信用记录"), _("各部门的信用信息接收后，会列在这里。")),
        id="records",
    )


def _batch_column(session: Session, rows: Sequence[ShownRecord]) -> Column:
    brought = batches.sources_of(session, [row.record_no for row in rows])

    def link(row: ShownRecord) -> str | None:
        batch = brought.get(row.record_no)
        return url_for("records.batch", public_id=batch.public_id) if batch else None

    def name(row: ShownRecord) -> str:
        batch = brought.get(row.record_no)
        return batch.reference if batch else ""

    return Column("batch", _("批次"), value=name, href=link)


def _dispute_column(dispute_url: DisputeUrl) -> Column:
    def is_open(row: ShownRecord) -> bool:
        return OverlayKind.DISPUTED not in row.marks

    return Column(
        "dispute",
        _("异议"),
        value=lambda row: _("提出异议") if is_open(row) else "",
        href=lambda row: dispute_url(row.record_no) if is_open(row) else None,
    )


def _grave(row: ShownRecord) -> str | None:
    if not row.item.is_adverse:
        return None
    return _("严重程度：%(severity)s", severity=say(SEVERITY_WORDS[row.severity]))


def _state(row: ShownRecord) -> Words:
    if row.marks:
        return OVERLAY_WORDS[row.marks[-1]]
    return _COUNTS if row.counts else _COUNTS_NOT


def _state_tone(row: ShownRecord) -> str:
    return _MARK_TONES[row.marks[-1]] if row.marks else "neutral"


def _by_category(why: Explained) -> list[tuple[Category, Words, int, int, list[ExplainedLine]]]:
    """The lines of each category, with what they earned and could have."""
    sums = {one.category: one for one in why.whole.categories}
    return [
        (
            category,
            CATEGORY_WORDS[category],
            sums[category].earned,
            sums[category].weight,
            [one for one in why.lines if one.line.indicator.category is category],
        )
        for category in Category
        if sums[category].weight
    ]


def _formula_words(indicator: Indicator, viewer: Viewer) -> Words:
    """How an indicator is worked out; to a firm not, where that would name internal items."""
    if not _may_be_told(indicator, viewer):
        return _WITH_INTERNAL
    return told(indicator.value, letters_of(indicator.value))


def _may_be_told(indicator: Indicator, viewer: Viewer) -> bool:
    read = [item for one in measures_of(indicator.value) for item in chosen_items(one.filter, items())]
    return viewer is Viewer.PLATFORM or all(item.publicity is not Publicity.INTERNAL for item in read)


def _condition_words(checked: Checked) -> Words:
    return range_words(checked.indicator, checked.condition.at_least, checked.condition.at_most)


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A measure as the page tells it: by its letter in the formula, or without one where it is the whole of it.

    ``window`` are the first and the last day it looks at, None for all time. ``grave``: each record's severity counts.
    """

    letter: str | None
    words: Words | None
    value: Words | None
    how: Words | None
    window: tuple[date, date] | None
    records: Sequence[ShownRecord]
    grave: bool

    def severity_of(self, record: ShownRecord) -> Words:
        return SEVERITY_WORDS[record.severity]


def _steps_of(one: ExplainedLine, viewer: Viewer, on: date) -> list[ShownStep]:
    """What an indicator is put together of; told without words and values where they would name internal items."""
    letters = letters_of(one.line.indicator.value)
    telling = _may_be_told(one.line.indicator, viewer)
    return [
        ShownStep(
            letters.get(step.measure) if telling else None,
            told(step.measure) if letters and telling else None,
            measured_words(step.measure, step.value) if letters and telling else None,
            how_taken(step.measure) if telling else None,
            window_days(step.measure.window, on),
            step.records,
            step.measure.take is Take.WORST_SEVERITY or bool(step.measure.filter.severities),
        )
        for step in one.steps
    ]


def _bins_of(line: Line) -> list[tuple[Words, int]]:
    """How values become points: each range and what it is worth."""
    return bins_told(line.indicator, line.bins)
