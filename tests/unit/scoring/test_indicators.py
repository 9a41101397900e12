"""The indicators of the installation, and another city's said in the same language."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib import resources
from typing import Any

import pytest

from creditbridge.records.catalogue import ValueKind, items
from creditbridge.records.columns import day_number
from creditbridge.scoring.indicators import (
    CatalogueError,
    Category,
    Direction,
    Indicator,
    Missing,
    Shown,
    catalogue,
    load,
)
from creditbridge.scoring.language import OF_VALUE, Expression, measures_of
from creditbridge.scoring.parsing import LanguageError, parse
from creditbridge.scoring.program import chosen_items, compiled_for

ON = day_number(date(2026, 11, 28))
CHINESE = re.compile("[一-鿿]")


def real_city() -> list[dict[str, Any]]:
    text = resources.files("creditbridge.scoring").joinpath("data/city_indicators.json").read_text("utf-8")
    rows: list[dict[str, Any]] = json.loads(text)["indicators"]
    return rows


def every() -> Iterator[Indicator]:
    yield from catalogue().indicators.values()


def check_items(expression: Expression) -> None:
    """Every item exists, and what is taken of its value has one, of one kind."""
    for measure in measures_of(expression):
        kinds = {item.value for item in chosen_items(measure.filter, items())}
        if measure.take in OF_VALUE:
            assert len(kinds - {ValueKind.NONE}) == 1, measure


def test_there_are_154_in_six_categories_and_four_parts():
    assert len(catalogue().indicators) == 154
    assert {one.category for one in every()} == set(Category)
    assert Counter(one.part for one in every()) == {
        "general": 124, "textiles": 10, "vehicle_inspection": 10, "crystal": 10,
    }  # fmt: skip


def test_all_of_them_compile_against_the_catalogue_of_items():
    assert len(compiled_for([one.value for one in every()], items(), ON).accumulators) > 100


@pytest.mark.parametrize("indicator", list(every()), ids=lambda one: one.code)
def test_an_indicator_means_what_it_says(indicator: Indicator):
    check_items(indicator.value)
    for words in (indicator.name, indicator.reference, *([indicator.advice] if indicator.advice else [])):
        assert CHINESE.search(words.zh)
        assert words.en
        assert not CHINESE.search(words.en)
    points = indicator.bins.points
    best = points.index(max(points))
    rising = {Direction.HIGHER: len(points) - 1, Direction.LOWER: 0, Direction.MIDDLE: best}[
        indicator.direction
    ]
    assert best == rising
    assert list(points[: best + 1]) == sorted(points[: best + 1])
    assert list(points[best:]) == sorted(points[best:], reverse=True)
    assert max(points) == 100
    assert (indicator.shown is Shown.GRADE) == bool(indicator.grades)


def test_names_are_given_once():
    assert len({one.name for one in every()}) == 154


def test_the_real_citys_indicators_are_said_in_our_language():
    rows = real_city()
    said = [row for row in rows if row["value"] is not None]
    assert len(rows) == 252
    assert len(said) >= 0.9 * len(rows)
    for row in said:
        check_items(parse(row["value"]))
    assert compiled_for([parse(row["value"]) for row in said], items(), ON)
    assert all(row["why_not"] for row in rows if row["value"] is None)


@pytest.mark.parametrize(
    ("stated", "place"),
    [
        ([], "expression"),
        ({"take": "guess", "items": ["a.b"]}, ".take"),
        ({"take": "count"}, "expression"),
        ({"take": "count", "items": ["-a.b"]}, "expression"),
        ({"take": "count", "items": ["a.b"], "colour": 1}, "expression"),
        ({"take": "count", "items": ["a.b"], "cap": 3}, "expression"),
        ({"take": "count", "items": ["a.b"], "severities": ["huge"]}, ".severities"),
        ({"take": "count", "items": ["a.b"], "window": {"weeks": 3}}, ".window"),
        ({"take": "count", "items": ["a.b"], "window": {"months": 3, "days": 3}}, ".window"),
        ({"take": "count", "items": ["a.b"], "window": {"months": 0}}, ".window.months"),
        ({"take": "count", "items": ["a.b"], "window": {"months": 3.5}}, ".window.months"),
        ({"take": "count", "items": ["a.b"], "window": {"days": 3, "whole": True}}, ".window"),
        ({"take": "count", "items": ["a.b"], "window": "ever"}, ".window"),
        ({"take": "count", "items": ["a.b"], "at_least": 3, "at_most": 2}, "expression"),
        ({"take": "slope", "items": ["a.b"]}, ".window"),
        ({"take": "missing_months", "items": ["a.b"], "window": {"months": 12}}, ".window"),
        ({"ratio": [{"constant": 1}]}, ".ratio"),
        ({"ratio": [{"constant": 1}, {"constant": True}]}, ".ratio[1].constant"),
        ({"test": {"constant": 1}}, "expression"),
        ({"test": {"constant": 1}, "one_of": 3}, ".one_of"),
        ({"firm": "size", "cap": 3}, "expression"),
        ({"transform": {"constant": 1}, "as": "clip", "low": 3, "high": 1}, "expression"),
        ({"transform": {"constant": 1}, "as": "divide", "by": 0}, ".by"),
        ({"plus": [{"constant": 1}], "ratio": []}, "expression"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(stated, place):
    with pytest.raises(LanguageError) as refused:
        parse(stated)
    assert (refused.value.place or "expression") == place


def test_expressions_are_bounded_in_depth():
    nested: dict[str, Any] = {"constant": 1}
    for _ in range(9):
        nested = {"plus": [nested, {"constant": 1}]}
    with pytest.raises(LanguageError, match="nested"):
        parse(nested)


@pytest.mark.parametrize("code", ["penalty.nonsense", "nothing.*", "@nothing"])
def test_an_unknown_item_is_refused(code):
    with pytest.raises(LanguageError):
        compiled_for([parse({"take": "count", "items": [code]})], items(), ON)


def stated(**changes: Any) -> list[dict[str, Any]]:
    row = {
        "code": "x", "category": "basic", "name": {"zh": "甲", "en": "x"}, "value": {"constant": 1},
        "shown": "count", "direction": "higher", "bins": [{"points": 0}, {"from": 3, "points": 100}],
        "missing": {"rule": "as_value", "worth": 4}, "reference": {"zh": "甲", "en": "x"}, "valid_from": "2026-01-01",
        **changes,
    }  # fmt: skip
    return [{"part": {"code": "general", "name": {"zh": "甲", "en": "x"}}, "indicators": [row]}]


def test_points_by_value_and_for_what_is_missing():
    one = load(stated()).indicators["x"]
    assert [one.points_of(value) for value in (2, 3, None)] == [0, 100, 100]
    left_out = load(stated(missing={"rule": Missing.LEFT_OUT})).indicators["x"]
    assert left_out.points_of(None) is None
    worth = load(stated(missing={"rule": "points", "worth": 40})).indicators["x"]
    assert worth.points_of(None) == 40


@pytest.mark.parametrize(
    "changes",
    [
        {"bins": []},
        {"bins": [{"from": 1, "points": 3}]},
        {"bins": [{"points": 3}, {"from": 2, "points": 3}, {"from": 2, "points": 4}]},
        {"bins": [{"points": 101}]},
        {"category": "luck"},
        {"value": {"take": "count"}},
        {"valid_from": "soon"},
        {"missing": {}},
    ],
)
def test_a_broken_indicator_stops_the_start_up(changes):
    with pytest.raises(CatalogueError, match="x"):
        load(stated(**changes))


def test_a_code_stands_once_and_holds_in_its_dates():
    twice = stated()
    twice[0]["indicators"] *= 2
    with pytest.raises(CatalogueError, match="twice"):
        load(twice)
    ended = load(stated(valid_until="2026-06-01"))
    assert ended.on(date(2026, 5, 31))
    assert not ended.on(date(2026, 6, 1))
