"""The engines that are measured beside each other give the same indicators."""

from __future__ import annotations

import numpy as np
import pytest

from creditbridge.bench import scoring, scoring_peers
from creditbridge.records.columns import DTYPES, RecordColumns

FIRMS = 160


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    scoring.draw(folder, 9_000, FIRMS, seed=3)
    return folder


def test_a_city_is_drawn_in_order_and_whole(city):
    parts = list(scoring.parts(city))
    assert all(part.is_ordered() for part in parts)
    assert sum(map(len, parts)) >= 9_000


@pytest.mark.parametrize("engine", scoring.PEERS)
def test_a_peer_gives_our_indicators(city, engine):
    firms = scoring.firms_of(FIRMS)
    joined = {name: np.concatenate([getattr(part, name) for part in scoring.parts(city)]) for name in DTYPES}
    theirs = scoring_peers.PLANS[engine](RecordColumns(**joined), firms, scoring.ON)()
    ours = scoring.ours(city, firms)
    assert np.array_equal(ours[0].known, theirs.known)
    assert np.array_equal(ours[0].values, theirs.values)
    assert scoring.digest(ours) == scoring.digest([theirs])


def test_the_next_day_works_on_firms_touched_or_due_and_comes_to_what_the_whole_city_does(city):
    firms = scoring.firms_of(FIRMS)
    before = scoring.ours(city, firms)
    measured = scoring._measured_day(city, firms, before, repeat=1)
    assert measured["touched"] + measured["due_besides"] < FIRMS
    assert 0 < measured["records"] < 9_000
    chosen, _, table = scoring.day(city, firms, before, scoring.touched_of(firms))
    table.values[0, 0] += 1
    with pytest.raises(scoring.DifferentAnswers):
        scoring._same_as_whole(city, firms, before, chosen, table)
