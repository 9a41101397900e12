"""Real products moved to the demo city keep their kind of conditions."""

from __future__ import annotations

import pytest

from creditbridge.demo.firms.register import TOWNS
from creditbridge.demo.market.localising import (
    MOST_OF_THE_CITY,
    localised_rule,
    localised_terms,
    place,
)
from creditbridge.facts.catalogue import FactType, catalogue
from lenders.products.seed.loader import RealProduct, real_products


@pytest.mark.parametrize("code", ["32", "3205", "320000", "350200", "540100"])
def test_a_province_or_city_becomes_most_of_the_demo_city(code: str) -> None:
    assert place(code) == MOST_OF_THE_CITY


@pytest.mark.parametrize("code", ["320571", "320583", "650171"])
def test_a_county_becomes_a_district_and_a_town(code: str) -> None:
    assert len(place(code)) == 2


@pytest.mark.parametrize("code", ["32", "320571", "320583"])
def test_some_place_of_the_city_lies_outside_and_some_inside(code: str) -> None:
    assert set() < set(place(code)) < set(TOWNS)


@pytest.mark.parametrize("real", real_products(), ids=lambda real: real.reference)
def test_nothing_but_the_places_is_changed(real: RealProduct) -> None:
    before, after = list(real.admission.criteria()), list(localised_rule(real.admission).criteria())
    assert [row.id for row in before] == [row.id for row in after]
    for old, new in zip(before, after, strict=True):
        assert (old.test.fact, old.test.operator, old.when, old.missing) == (
            new.test.fact,
            new.test.operator,
            new.when,
            new.missing,
        )
        if catalogue()[old.test.fact].type is not FactType.REGION:
            assert old.test.value == new.test.value


@pytest.mark.parametrize("real", real_products(), ids=lambda real: real.reference)
def test_no_real_place_is_left(real: RealProduct) -> None:
    codes = set(localised_terms(real.terms).regions)
    for criterion in localised_rule(real.admission).criteria():
        if catalogue()[criterion.test.fact].type is FactType.REGION:
            codes |= set(criterion.test.value)  # type: ignore[arg-type]
    assert all(str(code).startswith("99") for code in codes)
