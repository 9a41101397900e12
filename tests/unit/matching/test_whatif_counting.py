"""What-if counts agree with reading every firm again; protected figures do not give a single firm away."""

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.bench.matching_city import ON, firm_of, make_city, make_products
from creditbridge.facts.columns import columns_of
from creditbridge.facts.firm_facts import FirmFacts
from lenders.admission.tree import Criterion, Group, Missing, Mode, Operator, Test, Tree
from matching.eligibility.rules import Verdict, verdict
from matching.index.firm_bitsets import FirmBitsets, pack
from matching.index.parts import Part
from matching.index.profile import Cell, Dimension, make_profile
from matching.whatif.counting import Counting
from matching.whatif.protecting import SMALLEST_SHOWN, figures, grid_of, salt_of, shown
from tests.fact_strategies import firm_facts, trees

SALT = salt_of("test")
CITY = make_city(700, seed=5)
FIRMS = [firm_of(CITY, place) for place in range(700)]


def _part(city, on=ON):
    bitsets = FirmBitsets(city, on)
    return Part(bitsets, make_profile(city, on), bitsets.everyone)


def _moved(tree, name, test):
    def node(one):
        if isinstance(one, Criterion):
            return Criterion(one.id, test, one.when, one.missing, one.max_age_days) if one.id == name else one
        return Group(one.mode, tuple(map(node, one.nodes)))

    return Tree(node(tree.root))


def _eligible(tree, firms=FIRMS, on=ON):
    return [known for known in firms if verdict(tree, known, on) is Verdict.ELIGIBLE]


@pytest.mark.parametrize("rule", make_products(12, seed=9))
def test_curves_and_near_misses_are_those_of_reading_every_firm_again(rule):
    counting = Counting([_part(CITY)], rule, SALT)
    assert counting.eligible().total.count == len(_eligible(rule))
    for criterion in rule.criteria():
        for point in counting.curve(criterion.id)[::7]:
            moved = Test(criterion.test.fact, criterion.test.operator, point.value)
            assert point.cell == counting.eligible({criterion.id: moved}).total
            assert point.cell.count == len(_eligible(_moved(rule, criterion.id, moved)))
    everyone = set(_eligible_numbers(rule))
    for miss in counting.near_misses():
        without = Tree(
            Group(Mode.ALL, tuple(n for n in rule.root.nodes if getattr(n, "id", "") != miss.criterion.id))
        )
        if miss.criterion in rule.root.nodes:
            alone = set(_eligible_numbers(without)) - everyone
            assert miss.failing.total.count + miss.lacking.total.count == len(alone)


def _eligible_numbers(rule):
    return [known.firm_no for known in _eligible(rule)]


@settings(max_examples=40)
@given(st.lists(firm_facts(), min_size=1, max_size=8), trees(), st.randoms(use_true_random=False))
def test_a_city_in_two_parts_counts_like_one(firms, rule, dice):
    on = date(2026, 1, 1)
    firms = [FirmFacts(number, known.values, known.lists) for number, known in enumerate(firms, 1)]
    whole = Counting([_part(columns_of(firms), on)], rule, SALT).both()
    changed = {known.firm_no for known in firms if dice.random() < 0.5}
    base, over = (
        _part(columns_of(firms), on),
        _part(columns_of([k for k in firms if k.firm_no in changed]), on),
    )
    base.among = pack(np.array([known.firm_no not in changed for known in firms]))
    split = Counting([base, over], rule, SALT).both()
    assert [tally.total for tally in split] == [tally.total for tally in whole]
    for one, other in zip(split, whole, strict=True):
        for dimension in Dimension:
            kept = ({v: c for v, c in tally.by[dimension].items() if c.count} for tally in (one, other))
            assert next(kept) == next(kept)


def test_the_same_firms_are_always_shown_with_the_same_figure():
    by_staff = Tree(Group(Mode.ALL, (Criterion("c", Test("employees", Operator.AT_LEAST, 5)),)))
    other_way = Tree(Group(Mode.ALL, (Criterion("d", Test("employees", Operator.MORE_THAN, 4)),)))
    one, other = (Counting([_part(CITY)], rule, SALT) for rule in (by_staff, other_way))
    assert figures(one.eligible()) == figures(other.eligible())
    curve = {point.value: shown(point.cell) for point in one.curve("c")}
    assert curve[5] == figures(one.eligible()).total


def test_nothing_under_five_is_shown_and_nothing_moves_beyond_its_grid():
    dice = random.Random(1)
    for count in (*range(60), 99, 100, 101, 999, 1_000, 9_999, 54_321, 654_321):
        for _ in range(50):
            figure = shown(Cell(count, dice.getrandbits(64)))
            assert figure is None or (figure >= SMALLEST_SHOWN and abs(figure - count) < grid_of(count))
            assert figure is None or count >= SMALLEST_SHOWN
            assert figure is not None or count < SMALLEST_SHOWN + 4
    assert shown(Cell(3, 1), exact=True) == 3


def test_figures_are_right_on_average():
    dice = random.Random(2)
    drawn = [shown(Cell(1_234, dice.getrandbits(64))) for _ in range(4_000)]
    assert abs(sum(drawn) / len(drawn) - 1_234) < 2


@pytest.mark.parametrize(("firms", "most"), [(60, 0.4), (400, 0.2), (3_000, 0.06)])
def test_differencing_rarely_shows_that_one_firm_came_or_went(firms, most):
    """An attacker knows a firm's turnover and asks just below and just above it, of many sets of firms."""
    city = make_city(firms * 3, seed=firms)
    values = city.columns["annual_revenue"]
    known = np.flatnonzero(values.known)
    lowest_first = known[np.argsort(values.values[known])][: firms // 4]
    part = _part(city)
    moved = told = 0
    for place in lowest_first[:: max(1, len(lowest_first) // 60)].tolist():
        revenue = int(values.values[place])
        test = Test("annual_revenue", Operator.AT_LEAST, revenue)
        counting = Counting(
            [part], Tree(Group(Mode.ALL, (Criterion("a", test, missing=Missing.FAIL),))), SALT
        )
        with_it = counting.eligible().total
        without = counting.eligible({"a": Test("annual_revenue", Operator.AT_LEAST, revenue + 1)}).total
        assert with_it.count > without.count
        told += 1
        moved += shown(with_it) != shown(without)
    assert told >= 15
    assert moved / told <= most
