"""Whom the products leave out, by bitmaps, held to reading every firm by itself."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.facts.columns import columns_of
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from lenders.admission.tree import EVERYONE, Mode, Operator
from matching.eligibility.rules import CriterionVerdict, Verdict, explain, verdict
from matching.tracking.exclusion import exclusion_of
from tests.fact_strategies import firm_facts, trees
from tests.products import criterion, rule

ON = date(2026, 11, 23)
STAFF = criterion("employees", Operator.AT_LEAST, 10)
OWN_IP = criterion("owns_ip", Operator.IS_TRUE)


def firm(number, **values):
    return FirmFacts(number, {code: FactValue(value, FactSource.TAX, ON) for code, value in values.items()})


def told(firms, *rules):
    return exclusion_of(columns_of(firms), rules, ON)


def test_the_criterion_that_shuts_most_out_comes_first():
    firms = [firm(1, employees=3, owns_ip=True), firm(2, employees=5, owns_ip=False), firm(3, employees=20, owns_ip=True),
             firm(4, employees=4)]  # fmt: skip
    found = told(firms, rule(STAFF, OWN_IP))
    assert (found.firms, found.unserved, found.closed_out) == (4, 3, 3)
    first, second = found.criteria
    assert (first.criterion.id, first.shut_out, first.alone, first.missing) == ("employees", 3, 2, 0)
    assert (second.criterion.id, second.shut_out, second.alone, second.missing) == ("owns_ip", 1, 0, 1)
    assert first.firm_nos == (1, 2, 4)


def test_a_criterion_of_several_products_counts_once():
    found = told([firm(1, employees=3)], rule(STAFF), rule(STAFF, OWN_IP))
    (row, _missing) = found.criteria
    assert (row.products, row.shut_out, row.alone) == (2, 1, 1)


def test_a_product_for_everyone_leaves_nobody_out():
    found = told([firm(1, employees=3)], rule(STAFF), EVERYONE)
    assert (found.unserved, found.criteria) == (0, ())


def test_alternatives_shut_nobody_out_alone():
    found = told([firm(1, employees=3, owns_ip=False)], rule(STAFF, OWN_IP, mode=Mode.ANY))
    assert found.unserved == 1
    assert found.criteria == ()


@settings(max_examples=25)
@given(st.lists(firm_facts(), min_size=1, max_size=6), st.lists(trees(), min_size=1, max_size=3))
def test_the_count_is_that_of_reading_each_firm(firms, rules):
    firms = [FirmFacts(number, one.values, one.lists) for number, one in enumerate(firms)]
    found = told(firms, *rules)
    verdicts = [[verdict(tree, one, ON) for tree in rules] for one in firms]
    unserved = [one for one, row in zip(firms, verdicts, strict=True) if Verdict.ELIGIBLE not in row]
    assert found.unserved == len(unserved)
    assert found.closed_out == sum(set(row) == {Verdict.NOT_ELIGIBLE} for row in verdicts)
    for row in found.criteria:
        failing = [
            one
            for one in unserved
            if explain(rule(row.criterion), one, on=ON).criteria()[0].verdict is CriterionVerdict.FAIL
        ]
        assert row.shut_out == len(failing)
        assert row.alone <= row.shut_out
