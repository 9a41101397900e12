"""From the records of some firms to indicators, score, grade, labels and facts on a day. Pure.

The answer for a firm depends on its own records and registration, the day and the model alone: however the city is
parted, and on whatever machine a part is worked on, it is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from creditbridge.labels.catalogue import Label
from creditbridge.labels.columns import City, Column
from creditbridge.labels.engine import Assigned, assign
from creditbridge.labels.indicators import columns_of
from creditbridge.records.catalogue import numbered
from creditbridge.records.columns import RecordColumns
from creditbridge.runs.derived import derive
from creditbridge.runs.registrations import Registrations
from creditbridge.scoring.columns import FirmColumns, IndicatorTable
from creditbridge.scoring.engine import indicators
from creditbridge.scoring.indicators import Category, IndicatorCatalogue
from creditbridge.scoring.scorecards import GRADES, Scorecard
from creditbridge.scoring.scores import NOT_COUNTED, Scores, score

CATEGORIES = tuple(Category)
UNKNOWN_SIDE = -1


@dataclass(frozen=True, slots=True)
class Model:
    """Everything a finding rests on besides records and registrations."""

    indicators: IndicatorCatalogue
    labels: tuple[Label, ...]
    scorecard: Scorecard


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was found of some firms on a day; all parts are in the order of ``registrations``.

    ``rated`` says of which firms there is any record at all: no other is given a score, however its missing values
    would count. ``sides`` is what each category of indicators comes to by itself, 0 to 1000, -1 where none counts.
    ``next_change_on`` is the first later day on which anything may change without a new record.
    """

    on: date
    registrations: Registrations
    firms: FirmColumns
    table: IndicatorTable
    scores: Scores
    rated: NDArray[np.bool_]
    sides: NDArray[np.int16]
    city: City
    assigned: Assigned
    derived: IndicatorTable
    next_change_on: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.registrations)


def evaluate(records: RecordColumns, registrations: Registrations, model: Model, on: date) -> Evaluated:
    """Evaluate some firms on a day. ``records`` are theirs alone, as they count that day."""
    firms = registrations.columns()
    table = indicators(records, firms, on, model.indicators)
    scores = score(table, model.scorecard, model.indicators)
    rated = np.isin(registrations.firm_no, records.firm_no)
    grades = Column(np.where(rated, scores.grade, 0).astype(np.int64), rated, GRADES)
    city = City(
        registrations.firm_no,
        records,
        columns_of(table, model.labels),
        {**registrations.facts(), "platform_grade": grades},
    )
    assigned = assign(city, model.labels, item_numbers(), on)
    derived = derive(records, firms, on)
    due = (table.next_change_on, assigned.next_change_on, derived.next_change_on)
    return Evaluated(
        on=on,
        registrations=registrations,
        firms=firms,
        table=table,
        scores=scores,
        rated=rated,
        sides=_sides(scores, model),
        city=city,
        assigned=assigned,
        derived=derived,
        next_change_on=np.minimum.reduce(due).astype(np.int32),
    )


def _sides(scores: Scores, model: Model) -> NDArray[np.int16]:
    """Each category by itself, as the whole score is made: 10 × Σ(weight × points) ÷ Σ weight."""
    sides = np.full((len(scores), len(CATEGORIES)), UNKNOWN_SIDE, np.int16)
    for place, category in enumerate(CATEGORIES):
        earned = np.zeros(len(scores), np.int64)
        weight = np.zeros(len(scores), np.int64)
        for position, code in enumerate(scores.codes):
            share = model.scorecard.weights.get(code, 0)
            if share and model.indicators.indicators[code].category is category:
                points = scores.points[:, position].astype(np.int64)
                counted = points != NOT_COUNTED
                earned += np.where(counted, points, 0) * share
                weight += counted * share
        known = weight > 0
        sides[known, place] = 10 * earned[known] // weight[known]
    return sides


@cache
def item_numbers() -> dict[str, int]:
    """The number of every credit item by its code."""
    return {item.code: item.number for item in numbered()}
