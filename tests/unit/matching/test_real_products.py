"""The real products, each condition held to a passing, a failing and a missing case that were written by hand."""

import json
from datetime import date
from importlib import resources

import pytest

from creditbridge.facts.catalogue import Subject, catalogue, industry_sets
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.facts.values import value_from_json
from lenders.admission.sentence import amount_sentence, criterion_sentence, tree_sentence
from lenders.admission.truth import Known
from lenders.admission.validation import validate, validate_amount
from lenders.products.rules import ApplicantKind
from lenders.products.seed.loader import real_products, seed_lenders
from matching.eligibility.rules import CriterionVerdict, Verdict, explain, verdict

ON = date(2026, 1, 1)
CASES = json.loads(
    resources.files("lenders.products.seed").joinpath("data/real_product_cases.json").read_text("utf-8")
)
PRODUCTS = {product.reference: product for product in real_products()}
EACH_CASE = [
    pytest.param(reference, case, id=f"{reference}-{case['criterion']}")
    for reference, cases in CASES.items()
    for case in cases["cases"]
]
EACH_AMOUNT = [
    pytest.param(reference, case, id=f"{reference}-{place}")
    for reference, cases in CASES.items()
    for place, case in enumerate(cases["amounts"])
]
EACH_PRODUCT = [pytest.param(product, id=product.reference) for product in real_products()]


def _facts(stated):
    """Facts of the firm, its lists, and facts of others, from a case's flat form. None is not known."""
    values, lists, beside = {}, {}, {}
    for code, stored in stated.items():
        if stored is None:
            continue
        if code.startswith("in_list."):
            lists[code.removeprefix("in_list.")] = ListMembership(stored, FactSource.LIST_KEEPER, ON)
            continue
        fact = catalogue()[code]
        side = values if fact.subject is Subject.FIRM else beside
        side[code] = FactValue(value_from_json(fact, stored), FactSource.DEMO, ON)
    return FirmFacts(1, values, lists), beside


def _explained(reference, *layers):
    stated = dict(CASES[reference]["base"])
    for layer in layers:
        stated.update(layer)
    facts, beside = _facts(stated)
    tree = PRODUCTS[reference].admission
    told = explain(tree, facts, on=ON, beside=beside)
    assert verdict(tree, facts, ON, beside) is told.verdict
    return told


def _verdicts(explanation):
    return {row.criterion.id: row.verdict for row in explanation.criteria()}


def _changed(before, after, case):
    mine = {case["criterion"], *case.get("also", ())}
    return {
        code for code, outcome in _verdicts(after).items() if _verdicts(before)[code] is not outcome
    } - mine


@pytest.mark.parametrize("reference", CASES)
def test_the_base_firm_of_every_product_is_eligible(reference):
    assert _explained(reference).verdict is Verdict.ELIGIBLE


@pytest.mark.parametrize(("reference", "case"), EACH_CASE)
def test_a_passing_firm_passes_the_condition(reference, case):
    for value in case["pass"]:
        told = _explained(reference, case.get("around", {}), value)
        assert _verdicts(told)[case["criterion"]] is CriterionVerdict.PASS
        assert told.verdict is Verdict.ELIGIBLE


@pytest.mark.parametrize(("reference", "case"), EACH_CASE)
def test_a_failing_firm_fails_exactly_the_condition(reference, case):
    around = case.get("around", {})
    before = _explained(reference, around, case["pass"][0])
    for value in case["fail"]:
        told = _explained(reference, around, value)
        assert _verdicts(told)[case["criterion"]] is CriterionVerdict.FAIL
        assert told.verdict is Verdict.NOT_ELIGIBLE
        assert not _changed(before, told, case)


@pytest.mark.parametrize(("reference", "case"), EACH_CASE)
def test_a_firm_of_which_it_is_not_known_is_tentative_on_exactly_the_condition(reference, case):
    around = case.get("around", {})
    before = _explained(reference, around, case["pass"][0])
    told = _explained(reference, around, dict.fromkeys(case["missing"]))
    assert _verdicts(told)[case["criterion"]] is CriterionVerdict.MISSING
    assert told.verdict is Verdict.TENTATIVE
    assert not _changed(before, told, case)


@pytest.mark.parametrize(("reference", "case"), EACH_AMOUNT)
def test_the_amount_is_what_the_product_publishes(reference, case):
    facts, beside = _facts(case["facts"])
    limit = PRODUCTS[reference].amount.evaluate(Known(facts, ON, beside))
    assert limit.cap_fen == case["cap_fen"]
    if case["cap_fen"] is None:
        assert (limit.least_fen, limit.most_fen) == (case["least_fen"], case["most_fen"])
        assert list(limit.missing) == case["missing"]


def test_there_are_24_products_of_13_lenders():
    assert len(PRODUCTS) == 24
    assert {product.lender for product in PRODUCTS.values()} == set(seed_lenders())
    assert len(seed_lenders()) == 13


@pytest.mark.parametrize("product", EACH_PRODUCT)
def test_no_published_condition_is_dropped(product):
    for condition in product.conditions:
        assert condition.criteria or condition.in_amount or condition.in_terms, condition.text


@pytest.mark.parametrize("product", EACH_PRODUCT)
def test_every_clause_on_admission_is_a_criterion(product):
    for condition in product.conditions:
        if condition.origin in ("admission", "key_values") and not condition.text.startswith(
            "risk_share_gov"
        ):
            assert condition.criteria, condition.text


@pytest.mark.parametrize("product", EACH_PRODUCT)
def test_conditions_and_criteria_match_one_to_the_other(product):
    asked = {criterion.id for criterion in product.admission.criteria()}
    assert {identity for condition in product.conditions for identity in condition.criteria} == asked


@pytest.mark.parametrize("product", EACH_PRODUCT)
def test_every_criterion_has_its_three_cases(product):
    cases = {case["criterion"]: case for case in CASES[product.reference]["cases"]}
    assert cases.keys() == {criterion.id for criterion in product.admission.criteria()}
    assert all(case["pass"] and case["fail"] and case["missing"] for case in cases.values())


@pytest.mark.parametrize("product", EACH_PRODUCT)
def test_conditions_kept_in_the_terms_are_really_there(product):
    for name in {name for condition in product.conditions for name in condition.in_terms}:
        assert product.risk_share if name == "risk_share" else getattr(product.terms, name)
    if any(condition.in_amount for condition in product.conditions):
        assert product.amount is not None


@pytest.mark.parametrize("product", EACH_PRODUCT)
def test_every_rule_and_formula_is_valid(product):
    assert validate(product.admission, catalogue()) == []
    assert product.amount is None or validate_amount(product.amount, catalogue()) == []


@pytest.mark.parametrize("product", EACH_PRODUCT)
def test_every_rule_is_said_in_both_languages(product):
    said = [tree_sentence(product.admission), *(criterion_sentence(c) for c in product.admission.criteria())]
    said += [] if product.amount is None else [amount_sentence(product.amount)]
    assert all(words.zh and words.en and words.zh != words.en for words in said)
    assert not any("一" <= character <= "鿿" for words in said for character in words.en)


def test_the_excluded_industries_are_the_named_set():
    (criterion,) = [c for c in PRODUCTS["P18"].admission.criteria() if c.id == "industry"]
    assert set(criterion.test.value) == industry_sets()["restricted_lending"].industries


def test_products_for_natural_persons_are_marked():
    persons = {p.reference for p in PRODUCTS.values() if p.applicant_kind is ApplicantKind.NATURAL_PERSON}
    assert persons == {"P32", "P37"}
