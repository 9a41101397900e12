"""Scorecards, scores, their explanation, and two scorecards side by side."""

from __future__ import annotations

import copy
import dataclasses
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.facts.catalogue import scales
from creditbridge.records.catalogue import items
from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number
from creditbridge.scoring import comparing, explaining
from creditbridge.scoring.columns import FirmColumns, IndicatorTable
from creditbridge.scoring.engine import indicators
from creditbridge.scoring.indicators import Direction, Missing, catalogue
from creditbridge.scoring.language import Measure, Take
from creditbridge.scoring.scorecards import GRADES, ScorecardError, first_scorecard, read
from creditbridge.scoring.scores import NO_CAP, NOT_COUNTED, score

ON = date(2026, 11, 28)
CARD = read(first_scorecard())
KNOWN = catalogue()


def records(*rows: tuple[int, str, date, date | None, int | None, int]) -> RecordColumns:
    return RecordColumns.of(
        {
            "firm_no": [row[0] for row in rows],
            "item": [items()[row[1]].number for row in rows],
            "occurred_on": [day_number(row[2]) for row in rows],
            "ends_on": [NO_DAY if row[3] is None else day_number(row[3]) for row in rows],
            "value": [NO_VALUE if row[4] is None else row[4] for row in rows],
            "severity": [row[5] for row in rows],
            "received_on": [0] * len(rows),
            "record_no": list(range(len(rows))),
        }
    )


FIRMS = FirmColumns.of(
    {
        "firm_no": [3, 4, 9],
        "division": [17, 74, 0],
        "size": [1, 2, 0],
        "established_on": [day_number(date(2015, 5, 1)), day_number(date(2025, 5, 1)), NO_DAY],
    }
)
RECORDS = records(
    (3, "registration.capital", date(2015, 5, 1), None, 500_000_000, 0),
    (3, "penalty.fine", date(2026, 3, 1), date(2029, 3, 1), 2_000_000, 2),
    (3, "penalty.fine", date(2020, 3, 1), date(2023, 3, 1), 9_000_000, 3),
    (3, "report.filed", date(2026, 4, 1), None, None, 0),
    (3, "report.filed", date(2025, 4, 1), None, None, 0),
    (4, "licence.vehicle_inspection", date(2025, 5, 1), date(2030, 5, 1), None, 0),
    (9, "judicial.dishonest", date(2026, 1, 1), None, None, 3),
)


@pytest.fixture(scope="module")
def table() -> IndicatorTable:
    return indicators(RECORDS, FIRMS, ON)


def changed(**changes: Any) -> dict[str, Any]:
    content = copy.deepcopy(dict(first_scorecard()))
    content.update(changes)
    return content


def test_the_grades_are_those_of_the_platform_scale():
    assert tuple(scales()["platform_grade"].grades) == GRADES


def test_every_indicator_has_a_weight_in_the_first_scorecard():
    assert set(CARD.weights) == set(KNOWN.indicators)
    assert (
        sum(weight for code, weight in CARD.weights.items() if KNOWN.indicators[code].part == "general")
        == 1000
    )


def test_specialised_parts_count_for_their_firms_only(table):
    scores = score(table, CARD)
    for row, part in ((0, "textiles"), (1, "vehicle_inspection"), (2, None)):
        for position, code in enumerate(table.codes):
            of = KNOWN.indicators[code].part
            if of not in ("general", part):
                assert scores.points[row, position] == NOT_COUNTED


def test_a_score_is_worked_out_by_hand_from_its_explanation(table):
    scores = score(table, CARD)
    for row in range(3):
        told = explaining.explain(table, scores, row, CARD)
        assert told.earned == sum(line.points * line.weight for line in told.lines)
        assert told.weight == sum(line.weight for line in told.lines)
        assert told.uncapped == 10 * told.earned // told.weight
        for line in told.lines:
            by_bin = (
                line.indicator.missing_points(line.bins)
                if line.value is None
                else line.bins.points_of(line.value)
            )
            assert line.points == by_bin
            assert line.share_tenths == 100 * line.points * line.weight // told.weight
        assert all(one.missing is Missing.LEFT_OUT for one in told.left_out)
        assert sum(one.earned for one in told.categories) == told.earned


def test_a_cap_holds_whatever_else_is_known(table):
    scores = score(table, CARD)
    told = explaining.explain(table, scores, 2, CARD)
    assert told.cap is not None
    assert told.cap.condition.indicator == "dishonest_now"
    assert told.score == min(told.uncapped, 399)
    assert told.grade == "E"
    assert scores.cap[0] == NO_CAP


def test_types_go_by_the_first_condition_that_holds(table):
    scores = score(table, CARD)
    assert [CARD.types[int(place)].code for place in scores.type] == ["steady", "growing", "watched"]
    assert [int(level) for level in scores.level] == [
        CARD.types[int(kind)].level(int(value)) for kind, value in zip(scores.type, scores.score, strict=True)
    ]


def test_what_would_raise_the_score_does(table):
    scores = score(table, CARD)
    told = explaining.explain(table, scores, 0, CARD)
    raising = told.could_raise(50)
    assert raising
    for line in raising:
        value = line.better_from if line.indicator.direction is Direction.HIGHER else line.better_to
        value = line.better_from if value is None else value
        assert value is not None
        better = dataclasses.replace(table, values=table.values.copy(), known=table.known.copy())
        place = table.positions[line.indicator.code]
        better.values[0, place], better.known[0, place] = value, True
        assert int(score(better, CARD).uncapped[0]) == told.uncapped + line.gain


def test_what_weighs_most_comes_first(table):
    told = explaining.explain(table, score(table, CARD), 0, CARD)
    lost = [line.lost_tenths for line in told.weighs_most(9)]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] == max(line.lost_tenths for line in told.lines)


def test_the_records_behind_a_count_are_as_many(table):
    own = RECORDS.taken(RECORDS.firm_no == 3)
    for code, indicator in KNOWN.indicators.items():
        if isinstance(indicator.value, Measure) and indicator.value.take is Take.COUNT:
            behind = explaining.records_behind(own, indicator.value, ON)
            assert len(behind) == table.of_firm(0)[code], code
    fine = KNOWN.indicators["fines_3y"].value
    assert list(explaining.records_behind(own, fine, ON)) == [int(np.flatnonzero(own.value == 2_000_000)[0])]


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(list(KNOWN.indicators)), st.integers(0, 1000), min_size=1))
def test_scores_stay_between_nought_and_a_thousand(weights):
    first = indicators(RECORDS, FIRMS, ON)
    card = read(changed(weights={**weights, "firm_age": 1}))
    scores = score(first, card)
    assert np.all((scores.score >= 0) & (scores.score <= 1000))
    assert np.all(scores.score <= scores.uncapped)


def test_a_scorecard_can_cut_an_indicator_anew(table):
    card = read(changed(bins={"firm_age": [{"points": 7}, {"from": 50, "points": 100}]}))
    scores = score(table, card)
    assert int(scores.points[0, table.positions["firm_age"]]) == 7


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"weights": {"nothing": 3, "firm_age": 1}}, "nothing"),
        ({"weights": {"firm_age": -1, "capital": 4}}, "firm_age"),
        ({"weights": {"tx_fire_3y": 4}}, "weights"),
        ({"weights": "all"}, "content"),
        ({"bins": {"firm_age": [{"points": 400}]}}, "bins"),
        ({"grades": {"A": 700, "B": 700, "C": 600, "D": 500}}, "grades"),
        ({"grades": {"A": 700}}, "content"),
        ({"types": first_scorecard()["types"][:2]}, "types"),
        ({"types": list(reversed(first_scorecard()["types"]))}, "types"),
        ({"types": [{**one, "levels": [5, 4]} for one in first_scorecard()["types"]]}, "watched"),
        ({"caps": [{"indicator": "firm_age", "score": 3, "reason": {"zh": "", "en": ""}}]}, "content"),
        (
            {
                "caps": [
                    {"indicator": "firm_age", "at_least": 1, "score": 1001, "reason": {"zh": "", "en": ""}}
                ]
            },
            "firm_age",
        ),
    ],
)
def test_a_broken_scorecard_is_refused_with_its_place(changes, place):
    with pytest.raises(ScorecardError) as refused:
        read(changed(**changes))
    assert place in [named for named, _ in refused.value.problems]


def test_two_scorecards_side_by_side(table):
    champion = score(table, CARD)
    challenger = score(table, read(changed(caps=[], weights={"firm_age": 1, "dishonest_now": 1})))
    compared = comparing.compare(champion, challenger, FIRMS)
    assert compared.whole.firms == 3
    assert sum(sum(row) for row in compared.grades) == 3
    assert sum(compared.steps) == 3
    assert compared.whole.total_change == int(np.sum(challenger.score.astype(int) - champion.score))
    assert set(compared.by_division) == {0, 17, 74}
    assert sum(one.firms for one in compared.by_size.values()) == 3
    assert comparing.Comparison.from_json(compared.as_json()) == compared
    assert comparing.nothing().plus(compared) == compared


def test_parts_of_the_city_add_up(table):
    champion, challenger = score(table, CARD), score(table, read(changed(caps=[])))
    whole = comparing.compare(champion, challenger, FIRMS)
    parts = comparing.nothing()
    for firm in FIRMS.firm_no:
        one = FIRMS.taken(FIRMS.firm_no == firm)
        of_it = indicators(RECORDS.taken(RECORDS.firm_no == firm), one, ON)
        parts = parts.plus(comparing.compare(score(of_it, CARD), score(of_it, read(changed(caps=[]))), one))
    assert parts == whole


def test_scores_of_different_days_are_not_compared(table):
    later = indicators(RECORDS, FIRMS, date(2026, 11, 29))
    with pytest.raises(ValueError, match="different"):
        comparing.compare(score(table, CARD), score(later, CARD), FIRMS)
