"""Five dimensions of six categories, peers that are never few, and figures in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.records.catalogue import items
from creditbridge.records.columns import NO_VALUE
from creditbridge.runs import dimensions, portrait, summing
from creditbridge.runs.dimensions import MADE_OF, Dimension
from creditbridge.scoring.indicators import Category, Shown, catalogue

side = st.one_of(st.just(-1), st.integers(0, 1000))


def test_every_category_is_in_one_dimension() -> None:
    assert sorted(part for parts in MADE_OF.values() for part in parts) == sorted(Category)
    assert set(MADE_OF) == set(dimensions.DIMENSION_WORDS) == set(Dimension)


@settings(max_examples=60)
@given(st.lists(st.lists(side, min_size=6, max_size=6), min_size=1, max_size=8))
def test_a_dimension_is_the_mean_of_its_known_categories(rows: list[list[int]]) -> None:
    found = dimensions.of_sides(np.array(rows, np.int16))
    for row, given_ in zip(found.tolist(), rows, strict=True):
        for place, parts in enumerate(MADE_OF.values()):
            known = [given_[list(Category).index(part)] for part in parts]
            known = [one for one in known if one >= 0]
            assert row[place] == (sum(known) // len(known) if known else -1)


def test_peers_are_the_smallest_group_that_is_large_enough() -> None:
    def group(score: int) -> dict[str, object]:
        return {"firms": 9, "score": score, "dimensions": {"trust": 700}}

    medians = {summing.CITY: group(600), "C": group(650), "17": group(700)}
    section, division = 3, 17
    found = portrait.peers_of(medians, section, division)
    assert found is not None
    assert found.score == 700
    assert found.dimensions[Dimension.TRUST] == 700
    assert found.dimensions[Dimension.BASIC] is None
    wider = portrait.peers_of({key: medians[key] for key in (summing.CITY, "C")}, section, division)
    assert wider is not None
    assert wider.score == 650
    city = portrait.peers_of({summing.CITY: group(600)}, 0, 0)
    assert city is not None
    assert city.name.zh == "全市"
    assert portrait.peers_of({}, section, division) is None


@pytest.mark.parametrize("shown", list(Shown))
def test_values_are_said_as_they_are_shown(shown: Shown) -> None:
    one = next((one for one in catalogue().indicators.values() if one.shown is shown), None)
    if one is None:
        pytest.skip("no indicator is shown so")
    assert portrait.value_words(one, None).zh == "没有数据"
    assert portrait.value_words(one, 1).zh
    assert portrait.range_words(one, 0, 1).en
    assert portrait.range_words(one, None, 1).zh


def test_values_of_records() -> None:
    assert portrait.record_words(items()["tax.paid"], 125_000_000).zh == "125 万元"
    assert portrait.record_words(items()["tax.paid"], NO_VALUE) is None
    graded = items()["tax.credit_grade"]
    assert portrait.record_words(graded, 0).zh == graded.grades[0]
