import json
from datetime import date

import pytest
from hypothesis import given

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.kernel.errors import InvalidInput
from lenders.admission.amount import Amount
from lenders.admission.truth import Known
from lenders.admission.validation import validate_amount
from tests.fact_strategies import amounts, beside, firm_facts

ON = date(2026, 1, 1)
SHARE = {"kind": "share", "fact": "latest_valuation", "ppm": 50_000}
PER_HIRE = {"kind": "per_unit", "fact": "new_hires", "fen": 10_000_000}


def _cap(fen):
    return {"kind": "cap", "fen": fen}


def _of(kind, *nodes):
    return {"kind": kind, "of": list(nodes)}


def _formula(node):
    return Amount.from_json({"language": 1, "amount": node})


def _verdict(node, **values):
    facts = FirmFacts(1, {code: FactValue(value, FactSource.DEMO, ON) for code, value in values.items()})
    return _formula(node).evaluate(Known(facts, ON))


def _range(node, **values):
    limit = _verdict(node, **values)
    return limit.cap_fen, limit.least_fen, limit.most_fen, limit.missing


@given(amounts())
def test_a_formula_survives_the_round_trip(amount):
    assert Amount.from_json(json.loads(json.dumps(amount.to_json()))) == amount


@given(amounts(), firm_facts(), beside)
def test_a_range_is_a_range(amount, facts, others):
    limit = amount.evaluate(Known(facts, ON, others))
    assert limit.least_fen >= 0
    assert limit.most_fen is None or limit.least_fen <= limit.most_fen
    assert (limit.cap_fen is None) == bool(limit.missing)


@given(amounts(), firm_facts(), firm_facts(), beside)
def test_learning_a_fact_stays_within_what_was_said(amount, facts, more, others):
    """Facts learnt later can only narrow the range."""
    before = amount.evaluate(Known(facts, ON, others))
    after = amount.evaluate(Known(more.with_values(facts.values).with_lists(facts.lists), ON, others))
    assert before.least_fen <= after.least_fen
    assert before.most_fen is None or (after.most_fen is not None and after.most_fen <= before.most_fen)


def test_a_share_is_rounded_down_to_the_fen():
    assert _verdict(SHARE, latest_valuation=199).cap_fen == 9


def test_a_share_of_a_loss_is_nothing():
    share = {"kind": "share", "fact": "net_profit", "ppm": 500_000}
    assert _verdict(share, net_profit=-100).cap_fen == 0


def test_so_much_for_each():
    assert _verdict(PER_HIRE, new_hires=7).cap_fen == 70_000_000


@pytest.mark.parametrize(("kind", "expected"), [("min", 100), ("max", 300), ("sum", 400)])
def test_combinations(kind, expected):
    assert _verdict(_of(kind, _cap(100), _cap(300))).cap_fen == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("min", (None, 0, 100, ("latest_valuation",))),
        ("max", (None, 100, None, ("latest_valuation",))),
        ("sum", (None, 100, None, ("latest_valuation",))),
    ],
)
def test_what_is_not_known_leaves_a_range(kind, expected):
    assert _range(_of(kind, _cap(100), SHARE)) == expected


def _tier(fact, operator, value, node):
    return {"when": [{"fact": fact, "operator": operator, "value": value}], "amount": node}


TIERS = {
    "kind": "tiers",
    "tiers": [
        _tier("employees", "more_than", 100, _cap(300)),
        _tier("employees", "more_than", 10, _cap(200)),
    ],
}


@pytest.mark.parametrize(("staff", "expected"), [(101, 300), (100, 200), (11, 200), (10, 0)])
def test_the_first_tier_that_holds_decides(staff, expected):
    assert _verdict(TIERS, employees=staff).cap_fen == expected


def test_otherwise_stands_for_the_rest():
    assert _verdict({**TIERS, "otherwise": _cap(50)}, employees=1).cap_fen == 50


def test_a_tier_not_decided_leaves_a_range():
    assert _range(TIERS) == (None, 0, 300, ("employees",))


def test_a_tier_that_holds_ends_the_range():
    both = {
        "kind": "tiers",
        "tiers": [_tier("new_hires", "at_least", 1, _cap(300)), _tier("employees", "at_least", 1, _cap(200))],
        "otherwise": _cap(900),
    }
    assert _range(both, employees=5) == (None, 200, 300, ("new_hires",))


def test_tiers_that_agree_need_no_fact():
    same = {"kind": "tiers", "tiers": [_tier("employees", "at_least", 1, _cap(7))], "otherwise": _cap(7)}
    assert _range(same) == (7, 7, 7, ())


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, ""),
        ({"language": 2, "amount": _cap(1)}, ""),
        ({"language": 1, "amount": _cap(1), "more": 1}, ""),
        ({"language": 1, "amount": 5}, "amount"),
        ({"language": 1, "amount": {"kind": "eval"}}, "amount"),
        ({"language": 1, "amount": {"kind": ["cap"]}}, "amount"),
        ({"language": 1, "amount": {"kind": "cap"}}, "amount"),
        ({"language": 1, "amount": {"kind": "cap", "fen": 1, "x": 1}}, "amount"),
        ({"language": 1, "amount": _cap(0)}, "amount.fen"),
        ({"language": 1, "amount": _cap(10**13 + 1)}, "amount.fen"),
        ({"language": 1, "amount": _cap(1.0)}, "amount.fen"),
        ({"language": 1, "amount": {**SHARE, "ppm": 0}}, "amount.ppm"),
        ({"language": 1, "amount": {**SHARE, "fact": 5}}, "amount.fact"),
        ({"language": 1, "amount": {**PER_HIRE, "fen": "1"}}, "amount.fen"),
        ({"language": 1, "amount": _of("min")}, "amount.of"),
        ({"language": 1, "amount": {"kind": "min", "of": {}}}, "amount.of"),
        ({"language": 1, "amount": _of("min", _cap(1), _cap(-1))}, "amount.of.1.fen"),
        ({"language": 1, "amount": {"kind": "tiers", "tiers": []}}, "amount.tiers"),
        ({"language": 1, "amount": {"kind": "tiers", "tiers": [5]}}, "amount.tiers.0"),
        (
            {"language": 1, "amount": {"kind": "tiers", "tiers": [{"when": [], "amount": _cap(1)}]}},
            "amount.tiers.0.when",
        ),
        ({"language": 1, "amount": {**TIERS, "otherwise": _cap(0)}}, "amount.otherwise.fen"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(data, path):
    with pytest.raises(InvalidInput) as refused:
        Amount.from_json(data)
    assert list(refused.value.fields) == [path]


def _nested(levels):
    node = _cap(1)
    for _ in range(levels - 1):
        node = _of("min", node)
    return node


def test_depth_is_bounded():
    assert _formula(_nested(6))
    for levels in (7, 300):
        with pytest.raises(InvalidInput):
            _formula(_nested(levels))


def test_length_is_bounded():
    with pytest.raises(InvalidInput) as refused:
        _formula(_of("sum", *[_of("sum", *[_cap(1)] * 50)] * 4))
    assert list(refused.value.fields) == ["amount"]


@given(amounts())
def test_formulas_over_facts_that_fit_are_valid(amount):
    assert validate_amount(amount, catalogue()) == []


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ({**SHARE, "fact": "employees"}, "amount.fact"),
        ({**SHARE, "fact": "nonsense"}, "amount.fact"),
        ({**SHARE, "fact": "enterprise_risk_class"}, "amount.fact"),
        ({**PER_HIRE, "fact": "annual_revenue"}, "amount.fact"),
        (_of("min", _cap(1), {**SHARE, "fact": "employees"}), "amount.of.1.fact"),
        (
            {"kind": "tiers", "tiers": [_tier("employees", "at_least", "x", _cap(1))]},
            "amount.tiers.0.when.0.value",
        ),
        (
            {"kind": "tiers", "tiers": [_tier("employees", "at_least", 1, {**SHARE, "fact": "x"})]},
            "amount.tiers.0.amount.fact",
        ),
        ({**TIERS, "otherwise": {**SHARE, "fact": "x"}}, "amount.otherwise.fact"),
    ],
)
def test_a_formula_over_a_fact_that_does_not_fit_is_a_problem(node, path):
    assert [problem.path for problem in validate_amount(_formula(node), catalogue())] == [path]
