"""The whole rule of a product, and what an explanation says to people."""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.kernel.words import Words
from lenders.admission.tree import Group, Missing, Mode, Operator, Tree
from lenders.products.rules import ProductTerms
from matching.eligibility.admitting import rule_of
from matching.eligibility.rules import CriterionResult, Verdict, explain
from matching.eligibility.wording import (
    Supplier,
    finding_words,
    in_the_way,
    notes_of,
    self_reportable_lacking,
    supplier_of,
    wanted_facts,
)
from tests.products import criterion, product, rule

ON = date(2026, 11, 23)


def facts(**values: object) -> FirmFacts:
    return FirmFacts(1, {code: FactValue(v, FactSource.REGISTRY, ON) for code, v in values.items()})  # type: ignore[arg-type]


def only_row(tree: Tree, known: FirmFacts) -> CriterionResult:
    (row,) = explain(tree, known, on=ON).criteria()
    return row


def test_a_firm_that_is_not_active_qualifies_for_nothing() -> None:
    verdict = explain(rule_of(product()), facts(registration_status="deregistered"), on=ON).verdict
    assert verdict is Verdict.NOT_ELIGIBLE


def test_an_unknown_status_is_left_to_the_register() -> None:
    assert explain(rule_of(product()), facts(), on=ON).verdict is Verdict.ELIGIBLE


def test_a_product_of_a_region_is_for_firms_registered_there() -> None:
    whole = rule_of(product(ProductTerms(regions=("320581",))))
    assert explain(whole, facts(registered_region="320581"), on=ON).verdict is Verdict.ELIGIBLE
    assert explain(whole, facts(registered_region="330102"), on=ON).verdict is Verdict.NOT_ELIGIBLE
    assert explain(whole, facts(), on=ON).verdict is Verdict.TENTATIVE


def test_where_the_lender_speaks_of_it_the_lenders_word_counts() -> None:
    own = rule(
        criterion("registration_status", Operator.IN_SET, ("active", "dormant")),
        criterion("operating_region", Operator.WITHIN, ("330100",)),
    )
    assert rule_of(product(ProductTerms(regions=("320581",)), own)) == own


def test_alternatives_stay_together_behind_the_rules_of_the_platform() -> None:
    own = rule(criterion("employees", Operator.AT_LEAST, 5), mode=Mode.ANY)
    whole = rule_of(product(admission=own))
    assert whole.root.mode is Mode.ALL
    assert isinstance(whole.root.nodes[1], Group)
    assert whole.root.nodes[1].mode is Mode.ANY


@pytest.mark.parametrize(
    ("tree", "known", "expected"),
    [
        (rule(criterion("platform_grade", Operator.AT_LEAST, "B")), facts(platform_grade="A"), "贵企业为 A 级"),
        (rule(criterion("employees", Operator.AT_LEAST, 5)), facts(employees=3), "贵企业为 3 人"),
        (rule(criterion("abnormal_listed", Operator.IS_FALSE)), facts(abnormal_listed=False), "贵企业未列入经营异常名录"),
        (rule(criterion("employees", Operator.AT_LEAST, 5)), facts(), "尚不知道贵企业的“从业人员”"),
        (rule(criterion("employees", Operator.AT_LEAST, 5, missing=Missing.PASS)), facts(), "尚无贵企业的记录，视为符合"),
        (rule(criterion("employees", Operator.AT_LEAST, 5, missing=Missing.FAIL)), facts(), "尚无贵企业的记录，视为不符合"),
    ],
)  # fmt: skip
def test_a_finding_is_said_in_plain_words(tree: Tree, known: FirmFacts, expected: str) -> None:
    assert finding_words(only_row(tree, known)).zh == expected


def test_a_condition_that_does_not_apply_is_said_not_to() -> None:
    large = criterion("employees", Operator.MORE_THAN, 100).test
    tree = rule(criterion("owns_ip", Operator.IS_TRUE, when=(large,)))
    assert finding_words(only_row(tree, facts(employees=10))).zh == "此条件不适用于贵企业"


def test_notes_tell_of_age_confirmation_and_the_lenders_own_note() -> None:
    tree = rule(
        criterion(
            "employees", Operator.AT_LEAST, 5, max_age_days=30, note=Words("以社保为准", "As insured"), id="x"
        )
    )
    old = FactValue(9, FactSource.SELF_REPORTED, date(2025, 1, 1), confirmed=False)
    notes = [words.zh for words in notes_of(only_row(tree, FirmFacts(1, {"employees": old})))]
    assert notes[0] == "以社保为准"
    assert any("超过规定时限" in note for note in notes)
    assert any("企业自报" in note for note in notes)
    assert notes[-1] == "您可以自行补充这项信息。"


@pytest.mark.parametrize(
    ("code", "supplier"),
    [
        ("annual_revenue", Supplier.FIRM),
        ("platform_grade", Supplier.DEPARTMENT),
        ("requested_amount", Supplier.APPLICATION),
        ("owner_age", Supplier.APPLICATION),
        ("internal_rating_met", Supplier.LENDER),
        ("in_list", Supplier.DEPARTMENT),
    ],
)
def test_every_fact_has_somebody_to_supply_it(code: str, supplier: Supplier) -> None:
    assert supplier_of(code) is supplier


def test_every_fact_of_the_catalogue_has_a_supplier() -> None:
    assert all(supplier_of(code) in Supplier for code in catalogue())


def test_a_place_on_a_list_is_a_sentence_of_its_own() -> None:
    from creditbridge.facts.catalogue import named_lists

    code = next(iter(named_lists()))
    tree = rule(criterion("in_list", Operator.IN_LIST, code))
    known = FirmFacts(1, {}, {code: ListMembership(True, FactSource.LIST_KEEPER, ON)})
    assert finding_words(only_row(tree, known)).zh == "贵企业在名单内"


def test_failed_conditions_come_before_missing_ones() -> None:
    tree = rule(criterion("employees", Operator.AT_LEAST, 5), criterion("owns_ip", Operator.IS_TRUE))
    assert [r.criterion.id for r in in_the_way(explain(tree, facts(employees=1), on=ON))] == ["employees"]
    assert [r.criterion.id for r in in_the_way(explain(tree, facts(employees=9), on=ON))] == ["owns_ip"]
    assert in_the_way(explain(tree, facts(employees=9, owns_ip=True), on=ON)) == ()


def test_only_what_the_firm_can_report_is_offered_to_it() -> None:
    row = only_row(rule(criterion("employees", Operator.AT_LEAST, 5)), facts())
    assert self_reportable_lacking(row) == ("employees",)
    row = only_row(rule(criterion("platform_grade", Operator.AT_LEAST, "A")), facts())
    assert self_reportable_lacking(row) == ()


def test_what_alone_decides_most_products_is_wanted_first() -> None:
    both = rule(criterion("employees", Operator.AT_LEAST, 5), criterion("owns_ip", Operator.IS_TRUE))
    alone = rule(criterion("owns_ip", Operator.IS_TRUE))
    graded = rule(criterion("platform_grade", Operator.AT_LEAST, "A"))
    failed = rule(
        criterion("abnormal_listed", Operator.IS_FALSE), criterion("employees", Operator.AT_LEAST, 5)
    )
    explanations = [explain(t, facts(abnormal_listed=True), on=ON) for t in (both, alone, graded, failed)]
    wanted = [(row.fact.code, row.products, row.alone) for row in wanted_facts(explanations)]
    assert wanted == [("owns_ip", 2, 1), ("employees", 1, 0)]
