from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from lenders.admission.tree import Operator, Test
from lenders.admission.truth import (
    Known,
    conjunction,
    disjunction,
    holds,
    implication,
    negation,
    operators_for,
)

ON = date(2026, 1, 1)
truths = st.sampled_from([True, False, None])
several = st.lists(truths, max_size=5)


def _holds(code, operator, threshold, value):
    facts = FirmFacts(1, {code: FactValue(value, FactSource.DEMO, ON)})
    return holds(Test(code, Operator(operator), threshold), Known(facts, ON))


# --- Kleene's laws


@given(truths)
def test_double_negation(a):
    assert negation(negation(a)) is a


@given(several)
def test_de_morgan(a):
    assert negation(conjunction(a)) is disjunction(map(negation, a))
    assert negation(disjunction(a)) is conjunction(map(negation, a))


@given(several, st.randoms())
def test_order_does_not_matter(a, random):
    shuffled = random.sample(a, len(a))
    assert conjunction(shuffled) is conjunction(a)
    assert disjunction(shuffled) is disjunction(a)


@given(truths, truths, truths)
def test_association_and_distribution(a, b, c):
    assert conjunction([a, conjunction([b, c])]) is conjunction([a, b, c])
    assert disjunction([a, disjunction([b, c])]) is disjunction([a, b, c])
    assert conjunction([a, disjunction([b, c])]) is disjunction([conjunction([a, b]), conjunction([a, c])])
    assert disjunction([a, conjunction([b, c])]) is conjunction([disjunction([a, b]), disjunction([a, c])])


@given(truths, truths)
def test_idempotence_and_absorption(a, b):
    assert conjunction([a, a]) is a
    assert disjunction([a, conjunction([a, b])]) is a
    assert conjunction([a, disjunction([a, b])]) is a


def test_nothing_to_hold_is_held_and_no_alternative_holds():
    assert conjunction([]) is True
    assert disjunction([]) is False


@given(several, st.integers(0, 4), st.booleans())
def test_learning_more_never_changes_what_was_decided(a, place, learnt):
    """Whatever an unknown turns out to be, a conjunction or disjunction already decided stays."""
    known = [learnt if truth is None and at == place else truth for at, truth in enumerate(a)]
    for combine in (conjunction, disjunction):
        assert combine(a) in (None, combine(known))


@pytest.mark.parametrize(
    ("condition", "consequence", "expected"),
    [
        (True, True, True),
        (True, False, False),
        (True, None, None),
        (False, False, True),
        (False, None, True),
        (None, True, True),
        (None, False, None),
        (None, None, None),
    ],
)
def test_implication(condition, consequence, expected):
    assert implication(condition, consequence) is expected


# --- comparisons, at their boundaries


@pytest.mark.parametrize(
    ("operator", "threshold", "below", "at", "above"),
    [
        ("at_least", 100, False, True, True),
        ("at_most", 100, True, True, False),
        ("more_than", 100, False, False, True),
        ("less_than", 100, True, False, False),
        ("between", (100, 100), False, True, False),
    ],
)
def test_bounds(operator, threshold, below, at, above):
    found = [_holds("employees", operator, threshold, value) for value in (99, 100, 101)]
    assert found == [below, at, above]


@pytest.mark.parametrize(
    ("operator", "threshold", "expected"),
    [
        ("at_least", "B", "AB"),
        ("at_most", "B", "BMCD"),
        ("in_set", ("A", "M"), "AM"),
        ("not_in_set", ("A", "M"), "BCD"),
    ],
)
def test_grades_run_from_best_to_worst(operator, threshold, expected):
    assert "".join(g for g in "ABMCD" if _holds("tax_credit_grade", operator, threshold, g)) == expected


@pytest.mark.parametrize(("born", "expected"), [(date(2008, 1, 1), True), (date(2008, 1, 2), False)])
def test_an_age_is_reached_on_the_day(born, expected):
    facts = Known(FirmFacts(1), ON, {"owner_age": FactValue(born, FactSource.APPLICATION, ON)})
    assert holds(Test("owner_age", Operator.AT_LEAST, 18), facts) is expected


@pytest.mark.parametrize(
    ("operator", "threshold", "value", "expected"),
    [
        ("within", ("32",), "320581", True),
        ("within", ("320581", "320582"), "320582", True),
        ("within", ("320581",), "320582", False),
        ("within", ("320581",), "320500", None),
        ("within", ("310000", "320581"), "320500", None),
        ("not_within", ("32",), "320581", False),
        ("not_within", ("320581",), "310000", True),
        ("not_within", ("320581",), "320000", None),
    ],
)
def test_regions_by_hierarchy_a_coarser_one_being_unknown(operator, threshold, value, expected):
    assert _holds("registered_region", operator, threshold, value) is expected


@pytest.mark.parametrize(
    ("threshold", "value", "expected"),
    [(("C",), "1711", True), (("17",), "C", None), (("17",), "18", False), (("3110",), "31", None)],
)
def test_industries_by_hierarchy(threshold, value, expected):
    assert _holds("industry", "within", threshold, value) is expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("all_of", {"patent", "trademark", "copyright"}, True),
        ("all_of", {"patent"}, False),
        ("any_of", {"patent"}, True),
        ("any_of", {"copyright"}, False),
        ("any_of", set(), False),
        ("none_of", {"copyright"}, True),
        ("none_of", {"patent", "copyright"}, False),
    ],
)
def test_sets(operator, value, expected):
    assert _holds("ip_kinds", operator, ("patent", "trademark"), frozenset(value)) is expected


@pytest.mark.parametrize(("operator", "yes"), [("is_true", True), ("is_false", False)])
def test_yes_or_no(operator, yes):
    assert _holds("owns_ip", operator, None, value=True) is yes
    assert _holds("owns_ip", operator, None, value=False) is not yes


@pytest.mark.parametrize(("member", "in_list"), [(True, True), (False, False)])
def test_lists(member, in_list):
    facts = FirmFacts(1, {}, {"sukedai_reserve": ListMembership(member, FactSource.LIST_KEEPER, ON)})
    assert holds(Test("in_list", Operator.IN_LIST, "sukedai_reserve"), Known(facts, ON)) is in_list
    assert holds(Test("in_list", Operator.NOT_IN_LIST, "sukedai_reserve"), Known(facts, ON)) is not in_list


def test_a_list_nobody_spoke_of_is_unknown():
    assert holds(Test("in_list", Operator.NOT_IN_LIST, "sukedai_reserve"), Known(FirmFacts(1), ON)) is None


def test_a_fact_not_known_is_unknown():
    assert holds(Test("employees", Operator.AT_LEAST, 0), Known(FirmFacts(1), ON)) is None


def test_every_fact_has_operators():
    assert all(operators_for(fact) for fact in catalogue().values())
