"""The records of a large invented city: as many as asked for, the same for the same seed, and like a city's."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from creditbridge.demo.generating import drawing
from creditbridge.demo.generating.drawing import City, blocks, counts_of
from creditbridge.demo.generating.profiles import profiles
from creditbridge.records.catalogue import items, numbered
from creditbridge.records.columns import DTYPES, NO_DAY, NO_VALUE, RecordColumns, day_number

UNTIL = date(2026, 11, 1)
CITY = City(firms=10_000, records=200_000, seed=3, until=UNTIL)


@pytest.fixture(scope="module")
def drawn() -> list[RecordColumns]:
    return [block.records for block in blocks(CITY)]


@pytest.fixture(scope="module")
def all_of_them(drawn: list[RecordColumns]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([getattr(part, name) for part in drawn]) for name in DTYPES}


def test_every_record_asked_for_is_drawn_and_a_few_come_twice(all_of_them):
    block = all_of_them["firm_no"] // CITY.firms_in_block
    distinct = {(int(b), int(n)) for b, n in zip(block, all_of_them["record_no"], strict=True)}
    assert len(distinct) == CITY.records
    twice = len(all_of_them["record_no"]) - CITY.records
    assert 0.5 < twice / (CITY.records * drawing.TWICE_SHARE) < 1.5


def test_the_same_seed_draws_the_same_city_and_another_another(drawn):
    again = next(iter(blocks(CITY))).records
    other = next(iter(blocks(City(CITY.firms, CITY.records, 4, UNTIL)))).records
    for name in DTYPES:
        assert np.array_equal(getattr(again, name), getattr(drawn[0], name))
    assert not np.array_equal(other.item[:1000], drawn[0].item[:1000])


def test_a_block_does_not_depend_on_those_before_it():
    whole = list(blocks(CITY))
    counts = counts_of(CITY)
    alone = drawing._block(CITY, 1, counts[CITY.firms_in_block : 2 * CITY.firms_in_block])
    assert np.array_equal(alone.records.value, whole[1].records.value)


def test_few_firms_have_most_of_the_records():
    counts = np.sort(counts_of(CITY))[::-1]
    assert counts.sum() == CITY.records
    assert 0.4 < counts[: CITY.firms // 10].sum() / CITY.records < 0.75


def test_rows_come_in_the_order_in_which_they_were_received_but_for_those_that_come_again(drawn):
    for part in drawn:
        received = part.received_on[: -max(1, len(part) // 50)]
        assert np.all(received[1:] >= received[:-1])


def test_days_are_possible_and_some_rows_are_late(all_of_them):
    occurred, received = all_of_them["occurred_on"], all_of_them["received_on"]
    assert occurred.max() <= day_number(UNTIL)
    assert occurred.min() >= day_number(date(UNTIL.year - drawing.YEARS, 1, 1))
    assert np.all(received >= occurred)
    assert 0.003 < np.mean(received - occurred > 60) < 0.03
    ended = all_of_them["ends_on"] != NO_DAY
    assert np.all(all_of_them["ends_on"][ended] > occurred[ended])


def test_nothing_happened_before_a_firm_was_established(all_of_them):
    established = np.concatenate([drawing.established_of(CITY, number) for number in range(CITY.blocks)])
    assert np.all(all_of_them["occurred_on"] >= established[all_of_them["firm_no"]])


def test_blocks_hold_about_as_many_records_however_large_the_city():
    crowded = City(firms=400, records=5_000_000, seed=1, until=UNTIL)
    assert crowded.firms_in_block == 80
    assert City(470_000, 200_000_000, 1, UNTIL).firms_in_block == 2350


def test_annual_reports_follow_their_season(all_of_them):
    filed = all_of_them["item"] == items()["report.filed"].number
    months = (
        all_of_them["occurred_on"][filed].astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1
    )
    assert np.mean((months >= 3) & (months <= 6)) > 0.8


def test_troubled_firms_have_more_adverse_records(all_of_them):
    adverse = np.array([item.is_adverse for item in numbered()])[all_of_them["item"]]
    trouble = np.concatenate([drawing.trouble_of(CITY, number) for number in range(CITY.blocks)])
    of_record = trouble[all_of_them["firm_no"]]
    assert np.mean(adverse[of_record > 1]) > 4 * np.mean(adverse[of_record < -1])


def test_grades_stay_on_their_scales_and_some_values_are_not_stated(all_of_them):
    most = profiles().most[all_of_them["item"]]
    value = all_of_them["value"]
    graded = (most >= 0) & (value != NO_VALUE)
    assert np.all(value[graded] <= most[graded])
    money = all_of_them["item"] == items()["tax.paid"].number
    assert 0.003 < np.mean(value[money] == NO_VALUE) < 0.03


def test_every_item_has_a_profile_that_can_be_drawn():
    known = profiles()
    assert len(known.weight) == len(items())
    assert np.all(known.weight > 0)
    assert np.allclose(known.months.sum(axis=1), 1)


@pytest.mark.parametrize("firms", [1, drawing.BLOCK, drawing.BLOCK + 1])
def test_a_city_of_any_size_is_drawn(firms):
    city = City(firms, 100, 1, UNTIL)
    assert sum(len({*block.records.record_no.tolist()}) for block in blocks(city)) == 100
