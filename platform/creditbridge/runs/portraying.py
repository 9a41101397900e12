"""Reading what there is of a firm's portrait: the last findings, why they are so, months before, and its records.

Nothing here decides who may see what: views of the firm itself and of the platform ask directly, a lender's only after
the door of disclosure has opened the firm's evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel.dates import add_months
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.labels.rules import Viewer, may_see
from creditbridge.records import manifest, retention
from creditbridge.records.catalogue import CreditItem, Publicity, Severity, numbered
from creditbridge.records.columns import RecordColumns, day_of
from creditbridge.records.overlaying import OverlayKind
from creditbridge.registry.model import Firm
from creditbridge.runs import dimensions, models, portrait, replaying, rules, service
from creditbridge.runs.dimensions import Dimension
from creditbridge.runs.evaluating import UNKNOWN_SIDE, Evaluated, Model
from creditbridge.runs.model import Run
from creditbridge.runs.portrait import Moved, Peers, TypeWords
from creditbridge.runs.rules import RunKind, RunState
from creditbridge.runs.service import Found
from creditbridge.scoring.engine import values_of_one
from creditbridge.scoring.explaining import Explanation, Line, explain, measures_in, records_behind
from creditbridge.scoring.indicators import Indicator
from creditbridge.scoring.language import Measure
from creditbridge.scoring.scorecards import GRADES, Condition, CreditType

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Portrait:
    """What the last run found of a firm, beside its peers. Score, grade and standing are None where it is not rated."""

    found: Found
    types: Sequence[TypeWords]
    score: int | None
    grade: str | None
    standing: Words | None
    meaning: Words | None
    dimensions: Mapping[Dimension, int | None]
    peers: Peers | None
    evaluation_id: str

    @property
    def run(self) -> Run:
        return self.found.run


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One record of a firm. ``counts`` says whether it counts today; ``marks`` are what lies over it."""

    record_no: int
    item: CreditItem
    occurred_on: date | None
    ends_on: date | None
    received_on: date | None
    severity: Severity
    value: Words | None
    marks: Sequence[OverlayKind]
    counts: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A measure of an indicator: what it came to, and the records it was taken of, the newest first."""

    measure: Measure
    value: int | None
    records: Sequence[ShownRecord]


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One indicator by its measures; ``kept_back`` are internal records that the viewer is not shown."""

    line: Line
    steps: Sequence[Step]
    records: int
    kept_back: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition of a type, the firm's value, and whether it holds."""

    indicator: Indicator
    condition: Condition
    value: int | None

    @property
    def holds(self) -> bool:
        return self.condition.holds(self.value)


@dataclass(frozen=True, slots=True)
class Explained:
    """A score taken apart. ``types`` has each of the three with its conditions as they are for the firm."""

    whole: Explanation
    lines: Sequence[ExplainedLine]
    grades: Sequence[tuple[str, int]]
    types: Sequence[tuple[CreditType, Sequence[Checked]]]


def portrait_of(session: Session, firm: Firm) -> Portrait | None:
    """The firm by the run that is current; None before there is one that looked at it."""
    run = service.last_current(session)
    found = service.found_of(session, run, firm.firm_no) if run else None
    return _portrait(found, firm) if found else None


def _portrait(found: Found, firm: Firm) -> Portrait:
    results, row, run = found.results, found.row, found.run
    types = portrait.types_of(run.model.get("scorecard", {}).get("content", {}))
    sides = dimensions.of_sides(results.sides[row : row + 1])[0].tolist()
    section, division = results.registration[row, :2].tolist()
    return Portrait(
        found=found,
        types=types,
        score=int(results.score[row]) if found.is_rated else None,
        grade=GRADES[int(results.grade[row])] if found.is_rated else None,
        standing=portrait.standing_of(results, row, types),
        meaning=types[int(results.type[row])].meaning if found.is_rated and types else None,
        dimensions={
            one: None if value == UNKNOWN_SIDE else value for one, value in zip(Dimension, sides, strict=True)
        },
        peers=portrait.peers_of(run.summary.get("medians", {}), section, division),
        evaluation_id=rules.evaluation_id(run.public_id, firm.public_id),
    )


def trend_of(session: Session, firm: Firm, today: date) -> list[tuple[date, int | None]]:
    """The score of each of the last months, the oldest first; None where no run looked or the firm was not rated."""
    scores: dict[date, int | None] = {}
    for found in service.months_of(session, firm.firm_no, MONTHS):
        score = int(found.results.score[found.row]) if found.is_rated else None
        scores[rules.month_start(found.run.on_date)] = score
    months = [add_months(rules.month_start(today), -back) for back in range(MONTHS - 1, -1, -1)]
    return [(month, scores.get(month)) for month in months]


def moved_of(session: Session, firm: Firm, now: Portrait, viewer: Viewer) -> list[tuple[date, Moved]]:
    """What changed since the run before and since the last one of the month before, each with its day."""
    model = model_of(session, now.run)
    if model is None:
        return []
    shown = []
    for before in _runs_before(session, now.run):
        found = service.found_of(session, before, firm.firm_no)
        if found is None or before.model.get("catalogues") != now.run.model.get("catalogues"):
            continue
        change = portrait.moved(
            (found.results, found.row), (now.found.results, now.found.row), model, now.types
        )
        shown.append((before.on_date, _as_seen(change, viewer)))
    return shown


def _as_seen(change: Moved, viewer: Viewer) -> Moved:
    gained, lost = ([one for one in some if may_see(viewer, one)] for some in (change.gained, change.lost))
    return Moved(change.score, change.grade, change.standing, gained, lost, change.indicators)


def _runs_before(session: Session, run: Run) -> list[Run]:
    """The run that was current before, and the last one of an earlier month where that is another."""
    earlier = (
        select(Run)
        .where(
            Run.state == RunState.FINISHED,
            Run.kind != RunKind.PAST,
            Run.on_date <= run.on_date,
            Run.id < run.id,
        )
        .order_by(Run.on_date.desc(), Run.id.desc())
        .limit(1)
    )
    before = session.scalar(earlier)
    month = session.scalar(earlier.where(Run.on_date < rules.month_start(run.on_date)))
    chosen = {one.id: one for one in (before, month) if one is not None}
    return list(chosen.values())


def model_of(session: Session, run: Run) -> Model | None:
    """The model of a run; None where the installation's catalogues are no longer those of then."""
    try:
        return models.of_run(session, run)
    except (RuleRefused, KeyError):
        return None


def explained(session: Session, firm: Firm, now: Portrait, viewer: Viewer) -> Explained | None:
    """Why the firm has its score; None where that can no longer be worked out as it was."""
    model = model_of(session, now.run)
    if model is None or now.score is None:
        return None
    again = replaying.again(session, now.found, firm.firm_no, model)
    if again is None:
        return None
    records, evaluated = again
    whole = explain(evaluated.table, evaluated.scores, 0, model.scorecard, model.indicators)
    if whole.score != now.score:
        return None
    lines = _lines(whole, records, evaluated, now.run.on_date, viewer)
    values, card = evaluated.table.of_firm(0), model.scorecard
    types = [
        (
            one,
            [
                Checked(model.indicators.indicators[each.indicator], each, values[each.indicator])
                for each in one.any_of
            ],
        )
        for one in card.types
    ]
    return Explained(whole, lines, [*zip(GRADES, (*card.grades, 0), strict=True)], types)


def _lines(
    whole: Explanation, records: RecordColumns, evaluated: Evaluated, on: date, viewer: Viewer
) -> list[ExplainedLine]:
    """Each indicator with what its measures came to and the records they were taken of."""
    shown = _shown(records, {}, frozenset(records.record_no.tolist()), exact=True)
    visible = [_may_see_record(viewer, one.item) for one in shown]
    measures = measures_in([line.indicator.value for line in whole.lines])
    values = dict(zip(measures, values_of_one(records, evaluated.firms, on, measures), strict=True))
    lines = []
    for line in whole.lines:
        places = {
            measure: records_behind(records, measure, on).tolist()
            for measure in measures_in([line.indicator.value])
        }
        every = {place for some in places.values() for place in some}
        steps = [
            Step(measure, values[measure], [shown[place] for place in reversed(some) if visible[place]])
            for measure, some in places.items()
        ]
        seen = sum(visible[place] for place in every)
        lines.append(ExplainedLine(line, steps, seen, len(every) - seen))
    return lines


def records_of(session: Session, firm: Firm, viewer: Viewer, today: date) -> list[ShownRecord]:
    """Every record held of a firm within its retention, the newest first, with what lies over it."""
    lake = manifest.opened(session)
    counting = lake.read_firms([firm.firm_no], today)
    held = lake.held_of(firm.firm_no)
    others = held.taken(~np.isin(held.record_no, counting.record_no))
    others = others.taken(~retention.past_time(others.item, others.occurred_on, others.ends_on, today))
    marks: dict[int, list[OverlayKind]] = {}
    for one in lake.overlays_of(firm.firm_no):
        if one.holds_on(today):
            marks.setdefault(one.record_no, []).append(one.kind)
    shown = _shown(RecordColumns.joined([counting, others]), marks, frozenset(counting.record_no.tolist()))
    return [row for row in reversed(shown) if _may_see_record(viewer, row.item)]


def _may_see_record(viewer: Viewer, item: CreditItem) -> bool:
    return viewer is Viewer.PLATFORM or item.publicity is not Publicity.INTERNAL


def _shown(
    records: RecordColumns,
    marks: Mapping[int, Sequence[OverlayKind]],
    counting: frozenset[int],
    *,
    exact: bool = False,
) -> list[ShownRecord]:
    items, severities = numbered(), tuple(Severity)
    columns = zip(
        records.record_no.tolist(), records.item.tolist(), records.occurred_on.tolist(), records.ends_on.tolist(),
        records.received_on.tolist(), records.severity.tolist(), records.value.tolist(), strict=True,
    )  # fmt: skip
    return [
        ShownRecord(
            number, items[item], day_of(occurred), day_of(ends), day_of(received), severities[severity],
            portrait.record_words(items[item], value, exact=exact), marks.get(number, ()), number in counting,
        )
        for number, item, occurred, ends, received, severity, value in columns
    ]  # fmt: skip
