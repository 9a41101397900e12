"""The three evaluators of an admission rule give the same answers: explain, product bitsets, firm bitsets."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.columns import columns_of
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.facts.values import age_in_years
from lenders.admission.tree import Criterion, Group, Missing, Mode, Operator, Test, Tree
from matching.eligibility.rules import Verdict, explain, verdict
from matching.index.clauses import TooManyClauses, clauses_of
from matching.index.comparing import last_day_of_age
from matching.index.failing import Reasons
from matching.index.firm_bitsets import FirmBitsets, unpack
from matching.index.product_bitsets import codes_of, compile_rules
from matching.index.whole_city import match_city
from tests.fact_strategies import a_date, beside, firm_facts, trees

ON = date(2026, 1, 1)


def _numbered(firms):
    return [FirmFacts(number, known.values, known.lists) for number, known in enumerate(firms, 1)]


def _verdicts(yes, maybe, firms):
    yes, maybe = unpack(yes, firms), unpack(maybe, firms)
    return [
        Verdict.ELIGIBLE if sure else Verdict.TENTATIVE if possible else Verdict.NOT_ELIGIBLE
        for sure, possible in zip(yes, maybe, strict=True)
    ]


def _hold_together(rules, firms, on):
    """Every rule and firm by the three evaluators, and by the one-firm form of the second."""
    city = columns_of(firms)
    compiled = compile_rules(rules, on, codes_of(city))
    packed, bitmaps = match_city(compiled, city), FirmBitsets(city, on)
    one_by_one = [compiled.verdicts(known) for known in firms]
    for place, rule in enumerate(rules):
        explained = [explain(rule, known, on=on).verdict for known in firms]
        pair = bitmaps.tree(rule)
        assert _verdicts(packed.yes(place), packed.maybe(place), len(firms)) == explained
        assert _verdicts(pair.yes, pair.maybe, len(firms)) == explained
        assert [row[place] for row in one_by_one] == explained
        found = [
            explained.count(each) for each in (Verdict.ELIGIBLE, Verdict.TENTATIVE, Verdict.NOT_ELIGIBLE)
        ]
        assert list(packed.counts(place)) == found


@settings(max_examples=100)
@given(st.lists(trees(), min_size=1, max_size=6), st.lists(firm_facts(), min_size=1, max_size=6), a_date)
def test_three_evaluators_agree_on_random_rules_and_firms(rules, firms, on):
    _hold_together(rules, _numbered(firms), on)


def _at(value, fact):
    """A value of the fact, and those just beside it."""
    if fact.type.value == "years":
        day = date.fromordinal(last_day_of_age(value, ON))
        return [day - timedelta(days=1), day, day + timedelta(days=1)]
    if fact.type.value == "date":
        day = date.fromisoformat(value)
        return [day - timedelta(days=1), day, day + timedelta(days=1)]
    return [value - 1, value, value + 1]


_ORDERED = (
    "employees",
    "annual_revenue",
    "new_hire_ratio",
    "platform_score",
    "established_on",
    "business_term_until",
)
_COMPARED = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN)


@pytest.mark.parametrize("code", _ORDERED)
def test_evaluators_agree_at_every_boundary(code):
    fact = catalogue()[code]
    bounds = ["2025-02-28", "2026-01-01"] if fact.type.value == "date" else [0, 7, 40]
    tests = [Test(code, operator, bound) for operator in _COMPARED[:4] for bound in bounds]
    tests += [Test(code, Operator.BETWEEN, (low, high)) for low in bounds for high in bounds if low <= high]
    values = [value for bound in bounds for value in _at(bound, fact)]
    firms = [
        FirmFacts(number, {code: FactValue(value, FactSource.DEMO, as_of)})
        for number, (value, as_of) in enumerate(
            ((value, ON - timedelta(days=days)) for value in values for days in (0, 29, 30, 31)), 1
        )
    ]
    rules = [
        Tree(Group(Mode.ALL, (Criterion("c", test, missing=missing, max_age_days=age),)))
        for test in tests
        for missing, age in ((Missing.TENTATIVE, None), (Missing.FAIL, 30), (Missing.PASS, 30))
    ]
    _hold_together(rules, firms, ON)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.integers(0, 150), st.integers(-800, 800))
@example(date(2028, 2, 29), 1, 0)
@example(date(2027, 2, 28), 3, 0)
def test_the_last_day_of_an_age_is_the_last(on, years, days):
    last = date.fromordinal(last_day_of_age(years, on))
    assert age_in_years(last, on) >= years
    assert age_in_years(last + timedelta(days=1), on) < years
    since = last + timedelta(days=days)
    assert (age_in_years(since, on) >= years) is (since <= last)


@given(trees(), firm_facts(), beside, a_date)
def test_facts_about_the_loan_are_read_beside_the_firm(rule, known, others, on):
    compiled = compile_rules([rule], on)
    assert compiled.verdicts(known, others) == [verdict(rule, known, on, others)]


def test_a_rule_without_a_short_form_is_read_all_the_same():
    def both(number):
        at_least, grade = Test("employees", Operator.AT_LEAST, number), Test("owns_ip", Operator.IS_TRUE)
        return Group(Mode.ALL, (Criterion(f"a{number}", at_least), Criterion(f"b{number}", grade)))

    rule = Tree(Group(Mode.ANY, tuple(both(number) for number in range(1, 12))))
    with pytest.raises(TooManyClauses):
        clauses_of(rule)
    firms = _numbered(
        FirmFacts(
            0,
            {
                "employees": FactValue(staff, FactSource.DEMO, ON),
                "owns_ip": FactValue(owns, FactSource.DEMO, ON),
            },
        )
        for staff in (0, 1, 30)
        for owns in (True, False)
    )
    _hold_together([rule, rule], firms, ON)


def test_more_products_and_firms_than_fit_a_word_or_a_tile():
    rules = [
        Tree(Group(Mode.ALL, (Criterion("c", Test("employees", Operator.AT_LEAST, number)),)))
        for number in range(131)
    ]
    firms = [
        FirmFacts(number, {"employees": FactValue(number % 140, FactSource.DEMO, ON)} if number % 7 else {})
        for number in range(1, 1_100)
    ]
    city = columns_of(firms)
    compiled = compile_rules(rules, ON, codes_of(city))
    packed, bitmaps = match_city(compiled, city), FirmBitsets(city, ON)
    for place in (0, 63, 64, 127, 128, 130):
        pair = bitmaps.tree(rules[place])
        assert np.array_equal(packed.yes(place), pair.yes)
        assert np.array_equal(packed.maybe(place), pair.maybe)


def test_a_group_of_no_alternatives_holds_for_nobody_beside_any_other_rule():
    nobody, everybody = Tree(Group(Mode.ANY, ())), Tree(Group(Mode.ALL, ()))
    some = [
        Tree(Group(Mode.ALL, (Criterion("c", Test("employees", Operator.AT_LEAST, number)), inner)))
        for number in range(70)
        for inner in (Group(Mode.ANY, ()), Group(Mode.ALL, ()))
    ]
    firms = _numbered(
        FirmFacts(0, {"employees": FactValue(staff, FactSource.DEMO, ON)} if staff else {})
        for staff in range(80)
    )
    _hold_together([nobody, *some, everybody], firms, ON)
    _hold_together([nobody], firms, ON)
    _hold_together([everybody], firms, ON)


def test_many_thresholds_of_one_fact_are_halved_and_hold_at_each_of_them():
    amounts = [-(2**31) - 1, -(2**31), -7, 0, *range(50, 1_000, 7), 2**31 - 1, 2**31, 10**12]
    rules = [
        Tree(Group(Mode.ALL, (Criterion("c", Test(code, operator, amount)),)))
        for amount in amounts
        for code, operator in (("annual_revenue", Operator.AT_LEAST), ("employees", Operator.AT_MOST))
    ]
    values = [value + beside for value in (0, *amounts[4::9]) for beside in (-1, 0, 1)]
    firms = _numbered(
        FirmFacts(
            0, {code: FactValue(value, FactSource.DEMO, ON) for code in ("annual_revenue", "employees")}
        )
        for value in [*values, -(2**31), 2**31 - 1]
    )
    _hold_together(rules, firms, ON)
    beyond = FirmFacts(999, {"annual_revenue": FactValue(2**31, FactSource.DEMO, ON)})
    _hold_together(rules, [*firms, beyond], ON)


def test_rules_compiled_for_other_codes_are_refused():
    rules = [Tree(Group(Mode.ALL, (Criterion("c", Test("industry", Operator.WITHIN, ("C",))),)))]
    city = columns_of([FirmFacts(1, {"industry": FactValue("C1311", FactSource.DEMO, ON)})])
    compiled = compile_rules(rules, ON, {"industry": ("A01",)})
    with pytest.raises(ValueError, match="industry"):
        match_city(compiled, city)


@given(st.lists(trees(), min_size=1, max_size=4), firm_facts(), a_date)
def test_the_criteria_in_the_way_are_those_the_explanation_fails(rules, known, on):
    compiled = compile_rules(rules, on, codes_of(columns_of([known])))
    found = Reasons(compiled).of(known)
    told = {
        (product, place): truth
        for product, place, truth in zip(
            found.products.tolist(), found.places.tolist(), found.truths.tolist(), strict=True
        )
    }
    expected = {}
    for product, rule in enumerate(rules):
        explained = explain(rule, known, on=on)
        if explained.verdict is not Verdict.ELIGIBLE:
            for place, row in enumerate(explained.criteria()):
                truth = {"fail": -1, "missing": 0}.get(row.verdict.value)
                if truth is not None:
                    expected[product, place] = truth
    assert told == expected
