"""What the pages of a firm's portrait show: charts, labels, records by category, and the score taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import request

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.labels import service as labels
from creditbridge.labels import showing as label_showing
from creditbridge.labels.rules import Viewer
from creditbridge.pages.charts import LineChart
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.radar import Axis, RadarChart
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.records.catalogue import POLARITY_WORDS, SEVERITY_WORDS, Polarity, loaded
from creditbridge.records.overlaying import OVERLAY_WORDS, OverlayKind
from creditbridge.runs import portraying
from creditbridge.runs.dimensions import DIMENSION_WORDS, MADE_OF, Dimension
from creditbridge.runs.portrait import range_words, value_words
from creditbridge.runs.portraying import Explained, ExplainedLine, Portrait, ShownRecord
from creditbridge.scoring.indicators import CATEGORY_WORDS, Category

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from creditbridge.registry.model import Firm
    from creditbridge.scoring.explaining import Line

RECORDS_SHOWN = 20
_COUNTS = Words("有效", "Counts")
_COUNTS_NOT = Words("不再计入", "No longer counts")
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


def page(session: Session, firm: Firm, viewer: Viewer, *, score_url: str) -> dict[str, Any]:
    """Everything on the page of a firm's portrait."""
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
        "records": records_table(records),
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
        "value_words": value_words,
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


def records_table(records: Sequence[ShownRecord]) -> Table:
    """One page of the records of the category that is asked for."""
    category, start = asked_category(), asked_position() or 0
    chosen = [row for row in records if not category or row.item.category == category]
    known = loaded()
    following = start + RECORDS_SHOWN
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
        ],
        rows=chosen[start:following],
        caption=_("信用记录"),
        next_cursor=str(following) if len(chosen) > following else None,
        empty=Empty(_("没有信用记录"), _("各部门的信用信息接收后，会列在这里。")),
        id="records",
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


def _bins_of(line: Line) -> list[tuple[Words, int]]:
    """How values become points: each range and what it is worth."""
    edges = [None, *line.bins.edges, None]
    return [
        (range_words(line.indicator, low, None if high is None else high - 1), points)
        for low, high, points in zip(edges, edges[1:], line.bins.points, strict=False)
        if low is not None or high is not None
    ]
