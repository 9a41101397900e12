"""The laws of the label engine: a city at once answers as firm by firm, and says when it will answer otherwise."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.kernel.dates import MonthEnd, add_months
from creditbridge.labels.columns import NO_DAY, City, after_months, day_number, firm_view
from creditbridge.labels.engine import assign
from creditbridge.labels.explaining import explain
from creditbridge.labels.language import Age, Records, Rule
from creditbridge.records.columns import RecordColumns
from tests.label_cities import ITEMS, ON, a_label, cities, rules


@settings(max_examples=100, deadline=None)
@given(cities(), st.lists(rules(), min_size=1, max_size=4))
def test_a_city_at_once_is_every_firm_by_itself(city: City, several: list[Rule]) -> None:
    labels = [a_label(rule, number) for number, rule in enumerate(several)]

    found = assign(city, labels, ITEMS, ON)

    for row in range(len(city.firm_no)):
        firm = firm_view(city, row)
        for label in labels:
            answer = explain(label.rule, firm, ITEMS, ON)
            assert bool(found.carried[row, label.number]) is (answer.holds is True), (row, label.rule)
            if answer.holds:
                assert found.evidence(row, label.number) == answer.evidence
                for piece in answer.evidence:
                    assert piece.as_text() == json.dumps(piece.to_json(), ensure_ascii=False)


@settings(max_examples=60, deadline=None)
@given(cities(), st.lists(rules(), min_size=1, max_size=3))
def test_nothing_changes_before_the_day_it_says(city: City, several: list[Rule]) -> None:
    labels = [a_label(rule, number) for number, rule in enumerate(several)]
    found = assign(city, labels, ITEMS, ON)

    for ahead in (1, 2, 3, 9, 31, 365):
        day = ON + timedelta(days=ahead)
        later = assign(city, labels, ITEMS, day)
        for row in np.flatnonzero(found.next_change_on > day_number(day)):
            assert later.carried[row].tolist() == found.carried[row].tolist()
            assert later.digest[row] == found.digest[row]
            assert later.next_change_on[row] == found.next_change_on[row]


@settings(max_examples=40, deadline=None)
@given(cities(), st.lists(rules(), min_size=1, max_size=3))
def test_part_of_a_city_answers_as_the_whole(city: City, several: list[Rule]) -> None:
    labels = [a_label(rule, number) for number, rule in enumerate(several)]
    whole = assign(city, labels, ITEMS, ON)

    for row in range(len(city.firm_no)):
        alone = _only(city, row)
        found = assign(alone, labels, ITEMS, ON)
        assert found.carried[0].tolist() == whole.carried[row].tolist()
        assert found.digest[0] == whole.digest[row]
        assert found.next_change_on[0] == whole.next_change_on[row]


def test_a_label_goes_when_its_record_leaves_the_window() -> None:
    city = _city(occurred=date(2025, 3, 31), ends=NO_DAY)
    labels = [a_label(Records(("penalty.fine",), months=12))]

    before = assign(city, labels, ITEMS, date(2026, 3, 30))
    after = assign(city, labels, ITEMS, date(2026, 3, 31))

    assert before.carried[0, 0]
    assert before.next_change_on[0] == day_number(date(2026, 3, 31))
    assert not after.carried[0, 0]
    assert after.next_change_on[0] == NO_DAY


def test_a_label_goes_when_its_record_ends() -> None:
    city = _city(occurred=date(2025, 3, 31), ends=day_number(date(2026, 5, 1)))
    labels = [a_label(Records(("penalty.fine",), open=True))]

    assert assign(city, labels, ITEMS, ON).next_change_on[0] == day_number(date(2026, 5, 1))
    assert not assign(city, labels, ITEMS, date(2026, 5, 1)).carried[0, 0]


def test_a_label_is_given_from_its_day_until_it_is_retired() -> None:
    city = _city(occurred=date(2025, 3, 31), ends=NO_DAY)
    rule = Records(("penalty.fine",))
    labels = [a_label(rule, valid_from=date(2026, 4, 1), retired_on=date(2026, 6, 1))]

    assert [
        bool(assign(city, labels, ITEMS, day).carried[0, 0])
        for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 31), date(2026, 6, 1))
    ] == [False, True, True, False]
    assert assign(city, labels, ITEMS, ON).next_change_on[0] == day_number(date(2026, 4, 1))


def test_the_digest_notices_another_record_behind_the_same_label() -> None:
    labels = [a_label(Records(("penalty.fine",)))]
    one = assign(_city(occurred=date(2025, 3, 31), ends=NO_DAY), labels, ITEMS, ON)
    other = assign(_city(occurred=date(2025, 3, 31), ends=NO_DAY, record_no=2), labels, ITEMS, ON)

    assert one.carried.tolist() == other.carried.tolist()
    assert one.digest[0] != other.digest[0]


def test_a_missing_fact_gives_neither_a_label_nor_its_contrary() -> None:
    city = _city(occurred=date(2025, 3, 31), ends=NO_DAY)
    found = assign(city, [a_label(Age("established_on", years_at_least=1))], ITEMS, ON)

    assert not found.carried.any()


@settings(max_examples=100)
@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(1, 240))
def test_months_are_those_of_the_kernel(day: date, months: int) -> None:
    found = after_months(np.array([day_number(day)]), months)

    assert found[0] == day_number(add_months(day, months, MonthEnd.NEXT_DAY))


def _city(*, occurred: date, ends: int, record_no: int = 1) -> City:
    records = RecordColumns.of(
        {
            "firm_no": [5],
            "item": [ITEMS["penalty.fine"]],
            "occurred_on": [day_number(occurred)],
            "ends_on": [ends],
            "value": [1],
            "severity": [2],
            "received_on": [0],
            "record_no": [record_no],
        }
    )
    return City(np.array([5], np.uint32), records)


def _only(city: City, row: int) -> City:
    def cut(columns: object) -> dict[str, object]:
        return {
            code: type(column)(column.values[[row]], column.known[[row]], column.codes)
            for code, column in columns.items()  # type: ignore[attr-defined]
        }

    return City(city.firm_no[[row]], city.records, cut(city.indicators), cut(city.facts))  # type: ignore[arg-type]
