import timeit
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount
from lenders.admission.tree import EVERYONE, Criterion, Group, Mode, Operator, Test, Tree
from matching.eligibility.rules import (
    CRITERION_VERDICT_WORDS,
    VERDICT_WORDS,
    CriterionVerdict,
    GroupResult,
    Verdict,
    explain,
    verdict,
)
from tests.fact_strategies import a_date, amounts, beside, firm_facts, trees

ON = date(2026, 1, 1)
STAFF = {"id": "staff", "fact": "employees", "operator": "at_least", "value": 10}
OWN_IP = {"id": "own_ip", "fact": "owns_ip", "operator": "is_true"}
RATIO = {
    "id": "ratio",
    "fact": "new_hire_ratio",
    "operator": "at_least",
    "value": 80_000,
    "when": [{"fact": "employees", "operator": "more_than", "value": 100}],
}


def _rule(*nodes, mode="all"):
    return Tree.from_json({"language": 1, mode: list(nodes)})


def _facts(as_of=ON, source=FactSource.DEMO, *, confirmed=True, **values):
    return FirmFacts(1, {code: FactValue(value, source, as_of, confirmed) for code, value in values.items()})


def _told(tree, facts=None, **more):
    return explain(tree, facts or _facts(), on=ON, **more)


def _verdicts(explanation):
    return [row.verdict.value for row in explanation.criteria()]


def _open(explanation):
    return [row.criterion.id for row in explanation.criteria() if row.open]


@given(trees(), firm_facts(), beside, a_date)
def test_the_short_verdict_is_that_of_the_explanation(tree, facts, others, on):
    assert verdict(tree, facts, on, others) is explain(tree, facts, on=on, beside=others).verdict


@given(trees(), firm_facts(), beside, a_date)
def test_a_firm_is_eligible_exactly_when_nothing_stands_in_the_way(tree, facts, others, on):
    told = explain(tree, facts, on=on, beside=others)
    assert (told.verdict is Verdict.ELIGIBLE) == (told.failed + told.missing == 0)


@given(trees(), firm_facts(), beside, a_date)
def test_every_criterion_is_told_in_tree_order(tree, facts, others, on):
    told = explain(tree, facts, on=on, beside=others)
    assert [row.criterion for row in told.criteria()] == list(tree.criteria())
    for row in told.criteria():
        assert (row.value is None) == (row.source is None) == (row.as_of is None)
        assert bool(row.lacking) == (row.verdict is CriterionVerdict.MISSING)


@given(trees(), firm_facts(), firm_facts(), beside)
def test_what_is_learnt_never_overturns_a_verdict(tree, facts, more, others):
    """Except by the policies that read an unknown fact as an answer, and conditions on them."""
    if any(criterion.missing.value != "tentative" for criterion in tree.criteria()):
        return
    before = verdict(tree, facts, ON, others)
    after = verdict(tree, more.with_values(facts.values).with_lists(facts.lists), ON, others)
    assert before in (Verdict.TENTATIVE, after)


@given(trees(), firm_facts(), beside, amounts())
def test_the_amount_never_moves_the_verdict(tree, facts, others, amount):
    told = explain(tree, facts, on=ON, beside=others, amount=amount)
    assert told.verdict is verdict(tree, facts, ON, others)
    assert told.amount is not None
    assert told.amount_words is not None


@pytest.mark.parametrize(
    ("staff", "expected", "criterion"),
    [(10, Verdict.ELIGIBLE, "pass"), (9, Verdict.NOT_ELIGIBLE, "fail")],
)
def test_a_known_fact_decides(staff, expected, criterion):
    told = _told(_rule(STAFF), _facts(employees=staff))
    assert told.verdict is expected
    assert _verdicts(told) == [criterion]


def test_a_missing_fact_makes_the_firm_tentative():
    told = _told(_rule(STAFF))
    assert told.verdict is Verdict.TENTATIVE
    assert _verdicts(told) == ["missing"]
    assert told.criteria()[0].lacking == ("employees",)
    assert (told.missing, told.failed) == (1, 0)


def test_a_failure_decides_whatever_is_missing():
    told = _told(_rule(STAFF, OWN_IP), _facts(owns_ip=False))
    assert told.verdict is Verdict.NOT_ELIGIBLE
    assert (told.missing, told.failed) == (1, 1)


def test_an_alternative_that_holds_decides_whatever_is_missing():
    told = _told(_rule(STAFF, OWN_IP, mode="any"), _facts(owns_ip=True))
    assert told.verdict is Verdict.ELIGIBLE
    assert _verdicts(told) == ["missing", "pass"]
    assert _open(told) == []


def test_a_criterion_made_up_for_by_an_alternative_is_not_open():
    told = _told(
        _rule({"any": [STAFF, OWN_IP]}, {**STAFF, "id": "more", "value": 50}),
        _facts(employees=5, owns_ip=True),
    )
    assert _verdicts(told) == ["fail", "pass", "fail"]
    assert _open(told) == ["more"]


def test_the_empty_rule_admits_every_firm():
    assert _told(EVERYONE).verdict is Verdict.ELIGIBLE


@pytest.mark.parametrize(
    ("policy", "expected", "criterion"),
    [
        ("tentative", Verdict.TENTATIVE, "missing"),
        ("fail", Verdict.NOT_ELIGIBLE, "fail"),
        ("pass", Verdict.ELIGIBLE, "pass"),
    ],
)
def test_the_criterion_says_what_missing_means(policy, expected, criterion):
    told = _told(_rule({**STAFF, "missing": policy}))
    assert told.verdict is expected
    assert _verdicts(told) == [criterion]
    assert told.criteria()[0].value is None


@pytest.mark.parametrize(
    ("values", "expected", "lacking"),
    [
        ({"employees": 100}, "not_applicable", ()),
        ({"employees": 101, "new_hire_ratio": 80_000}, "pass", ()),
        ({"employees": 101, "new_hire_ratio": 79_999}, "fail", ()),
        ({"employees": 101}, "missing", ("new_hire_ratio",)),
        ({"new_hire_ratio": 80_000}, "pass", ()),
        ({"new_hire_ratio": 79_999}, "missing", ("employees",)),
        ({}, "missing", ("employees", "new_hire_ratio")),
    ],
)
def test_a_conditional_criterion(values, expected, lacking):
    (row,) = _told(_rule(RATIO), _facts(**values)).criteria()
    assert row.verdict.value == expected
    assert row.lacking == lacking


def test_a_criterion_that_does_not_apply_is_met():
    assert _told(_rule(RATIO), _facts(employees=3)).verdict is Verdict.ELIGIBLE


@pytest.mark.parametrize(("as_of", "expected"), [(date(2025, 1, 1), "pass"), (date(2024, 12, 31), "missing")])
def test_a_fact_too_old_counts_as_missing(as_of, expected):
    (row,) = _told(_rule({**STAFF, "max_age_days": 365}), _facts(as_of, employees=20)).criteria()
    assert row.verdict.value == expected
    assert row.stale is (expected == "missing")
    assert row.value == 20


def test_the_proof_stands_beside_the_criterion():
    (row,) = _told(
        _rule(STAFF), _facts(date(2025, 6, 1), FactSource.SOCIAL_INSURANCE, employees=20)
    ).criteria()
    assert row.sentence == Words("从业人员不少于 10 人", "Staff must be at least 10 people")
    assert row.threshold == Words("不少于 10 人", "at least 10 people")
    assert row.value_words == Words("20 人", "20 people")
    assert (row.source, row.as_of, row.confirmed) == (FactSource.SOCIAL_INSURANCE, date(2025, 6, 1), True)


def test_an_unconfirmed_value_counts_and_is_marked():
    told = _told(_rule(STAFF), _facts(source=FactSource.SELF_REPORTED, confirmed=False, employees=20))
    assert told.verdict is Verdict.ELIGIBLE
    assert not told.criteria()[0].confirmed
    assert told.unconfirmed


def test_confirmed_values_leave_nothing_to_confirm():
    assert not _told(_rule(STAFF, OWN_IP), _facts(employees=20)).unconfirmed


def test_a_list_is_told_with_its_source():
    tree = _rule({"id": "on_list", "fact": "in_list", "operator": "in_list", "value": "sukedai_reserve"})
    facts = FirmFacts(1, {}, {"sukedai_reserve": ListMembership(False, FactSource.LIST_KEEPER, ON)})
    (row,) = _told(tree, facts).criteria()
    assert row.verdict is CriterionVerdict.FAIL
    assert row.value is False
    assert row.value_words == Words("不在名单内", "Not on the list")
    assert row.source is FactSource.LIST_KEEPER


def test_facts_beside_the_firm_are_tentative_until_known():
    tree = _rule({"id": "settled", "fact": "settlement_stable", "operator": "is_true"})
    assert _told(tree).verdict is Verdict.TENTATIVE
    known = {"settlement_stable": FactValue(True, FactSource.LENDER, ON)}
    assert _told(tree, beside=known).verdict is Verdict.ELIGIBLE


def test_the_result_has_the_shape_of_the_tree():
    told = _told(_rule(STAFF, {"any": [OWN_IP, RATIO | {"when": []}]}), _facts(employees=20))
    _, group = told.root.results
    assert isinstance(group, GroupResult)
    assert group.truth is None
    assert group.mode.value == "any"


def test_the_amount_is_the_one_this_firm_would_get():
    amount = Amount.from_json(
        {"language": 1, "amount": {"kind": "per_unit", "fact": "new_hires", "fen": 10_000_000}}
    )
    told = _told(EVERYONE, _facts(new_hires=7), amount=amount)
    assert told.amount.cap_fen == 70_000_000
    assert told.amount_words == Words("最高 70 万元", "Up to ¥700,000")


def test_a_product_without_a_formula_states_no_amount():
    told = _told(EVERYONE)
    assert told.amount is None
    assert told.amount_words is None


def test_every_verdict_has_words():
    assert VERDICT_WORDS.keys() == set(Verdict)
    assert CRITERION_VERDICT_WORDS.keys() == set(CriterionVerdict)


def test_thousands_of_firms_are_counted_quickly():
    tree = _rule(STAFF, OWN_IP, RATIO, *({**STAFF, "id": f"c{n}", "value": n} for n in range(7)))
    facts = _facts(employees=20, owns_ip=True, new_hire_ratio=90_000)
    best = min(timeit.repeat(lambda: verdict(tree, facts, ON), number=200, repeat=5)) / 200
    # Ten criteria; the wide bound keeps a busy machine from failing the test.
    assert best / 10 < 60e-6


@given(st.data())
def test_a_boundary_is_where_it_says(data):
    bound = data.draw(st.integers(0, 1_000))
    staff = data.draw(st.integers(max(0, bound - 1), bound + 1))
    tree = _rule({**STAFF, "value": bound})
    assert (verdict(tree, _facts(employees=staff), ON) is Verdict.ELIGIBLE) == (staff >= bound)


@pytest.mark.parametrize("fen", [10**13 + 1, 2 * 10**13, 10**15])
def test_an_amount_larger_than_anybody_may_enter_is_read_and_said(fen):
    tree = Tree(Group(Mode.ALL, (Criterion("c", Test("annual_revenue", Operator.AT_LEAST, 10**9)),)))
    facts = FirmFacts(1, {"annual_revenue": FactValue(fen, FactSource.TAX, date(2026, 1, 1))}, {})
    told = explain(tree, facts, on=date(2026, 1, 1))
    assert told.verdict is Verdict.ELIGIBLE
    (row,) = told.criteria()
    assert row.value_words is not None
    assert row.value_words.zh == {2 * 10**13: "2,000 亿元", 10**15: "100,000 亿元"}.get(
        fen, "¥100,000,000,000.01"
    )
