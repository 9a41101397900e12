"""What-if counts agree with reading every firm again; protected figures do not give a single firm away."""

import gc
import random
import time
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.bench.matching_city import ON, firm_of, make_city, make_products
from creditbridge.facts.columns import columns_of
from creditbridge.facts.firm_facts import FirmFacts
from lenders.admission.tree import MAX_NODES, Criterion, Group, Missing, Mode, Operator, Test, Tree
from matching.eligibility.rules import Verdict, verdict
from matching.index import firm_bitsets
from matching.index.firm_bitsets import FirmBitsets, pack
from matching.index.parts import Part
from matching.index.profile import Cell, Dimension, make_profile
from matching.whatif.asking import is_wider
from matching.whatif.counting import Counting
from matching.whatif.protecting import SMALLEST_SHOWN, figures, grid_of, in_order, salt_of, shown
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


@settings(max_examples=60)
@given(st.lists(firm_facts(), min_size=1, max_size=8), trees())
def test_near_misses_are_those_of_each_criterion_met_and_nothing_else(firms, rule):
    """Whatever the rule's shape: one walk answers what putting "met" in the place of each criterion does."""
    on = date(2026, 1, 1)
    part = _part(columns_of([FirmFacts(n, one.values, one.lists) for n, one in enumerate(firms, 1)]), on)
    bitsets = part.bitsets
    pair = bitsets.tree(rule)
    told = Counting([part], rule, SALT).near_misses()
    assert [miss.criterion for miss in told] == list(rule.criteria())
    for miss in told:
        met = bitsets.tree(rule, {miss.criterion.id: bitsets.always(1)}).yes
        assert miss.failing.total.count == firm_bitsets.count(met & ~pair.maybe)
        assert miss.lacking.total.count == firm_bitsets.count(met & pair.open)


def test_a_rule_as_large_as_there_may_be_is_counted_without_delay():
    """Two hundred criteria: near misses cost a walk of the rule, not one of the rule for each criterion."""
    many = Tree(
        Group(
            Mode.ALL,
            tuple(
                Criterion(f"c{n}", Test(("employees", "annual_revenue")[n % 2], Operator.AT_LEAST, n))
                for n in range(MAX_NODES - 1)
            ),
        )
    )
    few = Tree(Group(Mode.ALL, many.root.nodes[:10]))
    part = _part(CITY)

    def spent(rule):
        counting = Counting([part], rule, SALT)
        counting.near_misses()
        gc.collect()
        gc.disable()  # what all the tests before left lying about is not what is measured
        try:
            begun = time.process_time()
            assert len(counting.near_misses()) == len(list(rule.criteria()))
            return time.process_time() - begun
        finally:
            gc.enable()

    # Twenty times the criteria: with a walk of the rule for each it would be four hundred times the work.
    assert spent(many) < 100 * max(spent(few), 0.0005)


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


def _qualifying(test, part):
    rule = Tree(Group(Mode.ALL, (Criterion("a", test, missing=Missing.FAIL),)))
    return Counting([part], rule, SALT).eligible().total


def _failing_something_else(test, part):
    """What the editor tells of a criterion: those it alone keeps out."""
    out = Criterion("b", Test("registered_capital", Operator.LESS_THAN, 0), missing=Missing.FAIL)
    rule = Tree(Group(Mode.ALL, (Criterion("a", test, missing=Missing.FAIL), out)))
    return Counting([part], rule, SALT).near_misses()[1].failing.total


def _shut_out(test, part):
    """What a product's public page tells of a rule that asks for the opposite."""
    opposite = Test(test.fact, Operator.LESS_THAN, test.value)
    rule = Tree(Group(Mode.ALL, (Criterion("a", opposite),)))
    return Counting([part], rule, SALT).verdicts()[Verdict.NOT_ELIGIBLE]


@pytest.mark.parametrize("asked", [_qualifying, _failing_something_else, _shut_out])
@pytest.mark.parametrize(("firms", "most"), [(60, 0.4), (400, 0.2), (3_000, 0.06)])
def test_differencing_rarely_shows_that_one_firm_came_or_went(firms, most, asked):
    """An attacker knows a firm's turnover and asks just below and just above it, of many sets of firms."""
    city = make_city(firms * 3, seed=firms)
    values = city.columns["annual_revenue"]
    known = np.flatnonzero(values.known)
    lowest_first = known[np.argsort(values.values[known])][: firms // 4]
    part = _part(city)
    moved = told = 0
    for place in lowest_first[:: max(1, len(lowest_first) // 60)].tolist():
        revenue = int(values.values[place])
        with_it = asked(Test("annual_revenue", Operator.AT_LEAST, revenue), part)
        without = asked(Test("annual_revenue", Operator.AT_LEAST, revenue + 1), part)
        assert with_it.count > without.count
        told += 1
        moved += shown(with_it) != shown(without)
    assert told >= 15
    assert moved / told <= most


few_or_more = st.one_of(st.none(), st.integers(1, 50).map(lambda fives: fives * 5))


@given(st.lists(few_or_more, min_size=1, max_size=12), st.data())
def test_a_wider_set_is_never_shown_below_a_narrower_one(told, data):
    at = data.draw(st.integers(0, len(told) - 1))
    found = in_order(told, at)
    assert found[at] == told[at]
    ranks = [figure or 0 for figure in found]
    assert ranks == sorted(ranks)
    assert in_order(found, at) == found, "what is in order stays"


@pytest.mark.parametrize(
    ("test", "wider", "expected"),
    [
        (Test("employees", Operator.AT_LEAST, 5), Test("employees", Operator.AT_LEAST, 4), True),
        (Test("employees", Operator.AT_MOST, 5), Test("employees", Operator.AT_MOST, 4), False),
        (
            Test("platform_grade", Operator.AT_LEAST, "B"),
            Test("platform_grade", Operator.AT_LEAST, "C"),
            True,
        ),
        (
            Test("platform_grade", Operator.AT_LEAST, "C"),
            Test("platform_grade", Operator.AT_LEAST, "B"),
            False,
        ),
        (Test("employees", Operator.BETWEEN, (3, 9)), Test("employees", Operator.BETWEEN, (2, 9)), True),
        (Test("employees", Operator.BETWEEN, (3, 9)), Test("employees", Operator.BETWEEN, (2, 8)), False),
        (Test("employees", Operator.AT_LEAST, 5), None, True),
        (None, Test("employees", Operator.AT_LEAST, 5), False),
        (Test("employees", Operator.AT_LEAST, 5), Test("employees", Operator.AT_MOST, 50), False),
    ],
)
def test_what_is_wider_admits_all_that_the_other_does(test, wider, expected):
    assert is_wider(wider, test) is expected
