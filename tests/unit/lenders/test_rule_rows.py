"""Admission rules and amount formulas as the editor's rows: back without loss, and wrong input named at its field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.kernel.errors import InvalidInput
from lenders.admission.amount import Amount
from lenders.admission.tree import Mode, Operator, Tree
from lenders.institutions.areas import UnknownArea, area_words, read_areas, show_areas
from lenders.products import amount_rows, criterion_rows, editing, thresholds
from lenders.products.amount_rows import FormulaKind, PartKind
from lenders.products.seed.loader import real_products


def tree(*nodes: object, mode: str = "all") -> Tree:
    return Tree.from_json({"language": 1, mode: list(nodes)})


def criterion(name: str = "grade", **more: object) -> dict[str, object]:
    return {"id": name, "fact": "platform_grade", "operator": "at_least", "value": "B", **more}


def back(rule: Tree) -> Tree:
    return criterion_rows.read_rows(rule.root.mode, criterion_rows.rows_of(rule)).tree


@pytest.mark.parametrize("product", real_products(), ids=lambda product: product.reference)
def test_real_rules_come_back_without_loss(product):
    assert back(product.admission) == product.admission


@pytest.mark.parametrize(
    "product", [p for p in real_products() if p.amount], ids=lambda product: product.reference
)
def test_real_formulas_come_back_without_loss(product):
    rows = amount_rows.rows_of(product.amount)
    read = amount_rows.read_formula(rows["formula"], rows.get("parts", []), rows.get("amount_json", ""))
    assert read == product.amount


GROUP = {"any": [criterion("a"), criterion("b")]}


@pytest.mark.parametrize(
    "rule",
    [
        tree(),
        tree(criterion(missing="fail", max_age_days=30, note={"zh": "说明", "en": "note"})),
        tree(criterion(when=[{"fact": "employees", "operator": "more_than", "value": 100}])),
        tree(criterion("x"), GROUP, criterion("y")),
        tree({"all": [criterion("a"), criterion("b")]}, mode="any"),
        tree({"all": [criterion("a")]}),
        tree({"any": [{"all": [criterion("a"), criterion("b")]}, criterion("c")]}),
        tree(*({"any": [criterion(f"g{n}")]} for n in range(10))),
        tree({"id": "b", "fact": "annual_revenue", "operator": "between", "value": [-105, 20_000_000]}),
        tree({"id": "s", "fact": "ip_kinds", "operator": "any_of", "value": ["patent", "trademark"]}),
        tree({"id": "l", "fact": "in_list", "operator": "in_list", "value": "suzhidai_pool"}),
        tree({"id": "r", "fact": "registered_region", "operator": "within", "value": ["32", "990101"]}),
        tree({"id": "i", "fact": "industry", "operator": "not_within", "value": ["7212", "70"]}),
    ],
)
def test_rules_of_every_shape_come_back_without_loss(rule):
    assert back(rule) == rule


def test_rows_of_one_group_carry_one_label():
    labels = [row.get("group") for row in criterion_rows.rows_of(tree(criterion("x"), GROUP))]
    assert labels == [None, "a", "a"]


def test_a_deeper_part_is_one_row_of_json():
    nested = {"any": [{"all": [criterion("a"), criterion("b")]}, criterion("c")]}
    (row,) = criterion_rows.rows_of(tree(nested))
    assert set(row) == {"json"}


def test_a_new_row_gets_an_id_after_its_fact():
    rows = [{"fact": "platform_grade", "operator": "at_least", "value": [grade]} for grade in ("B", "C")]
    ids = [c.id for c in criterion_rows.read_rows(Mode.ALL, rows).tree.criteria()]
    assert ids == ["platform_grade", "platform_grade_2"]


def wrong(*rows: dict[str, object]) -> set[str]:
    with pytest.raises(InvalidInput) as refused:
        criterion_rows.read_rows(Mode.ALL, list(rows))
    return set(refused.value.fields)


def test_each_wrong_row_is_named_at_its_field():
    assert wrong(
        {"fact": ""},
        {"fact": "employees", "operator": ""},
        {"fact": "employees", "operator": "within", "value": ["1"]},
        {"fact": "employees", "operator": "at_least", "value": ["很多"]},
        {"fact": "employees", "operator": "between", "value": ["1"], "high": "x"},
        {"json": "{"},
        {"json": '{"any": [{"id": "a"}]}'},
    ) == {
        "criteria.0.fact",
        "criteria.1.operator",
        "criteria.2.operator",
        "criteria.3.value",
        "criteria.4.high",
        "criteria.5.json",
        "criteria.6.json",
    }


def test_a_wrong_condition_of_applying_is_named_too():
    row = {
        "fact": "employees",
        "operator": "at_least",
        "value": ["1"],
        "when": [{"fact": "industry", "operator": ""}],
    }
    assert wrong(row) == {"criteria.0.when.0.operator"}


def test_what_validation_finds_is_named_at_its_row():
    data = {
        "use_json": False,
        "criteria_mode": Mode.ALL,
        "criteria": [
            {"fact": "employees", "operator": "at_least", "value": ["1"]},
            {"fact": "platform_grade", "operator": "at_least", "value": ["Z"]},
        ],
    }
    with pytest.raises(InvalidInput) as refused:
        editing.read_rule(data)
    assert set(refused.value.fields) == {"criteria.1.value"}


def test_two_rows_of_one_id_are_named_for_the_whole_rule():
    row = {"id": "same", "fact": "employees", "operator": "at_least", "value": ["1"]}
    with pytest.raises(InvalidInput) as refused:
        editing.read_rule({"use_json": False, "criteria_mode": Mode.ALL, "criteria": [row, row]})
    assert set(refused.value.fields) == {"criteria"}


def test_json_that_is_nested_too_deep_is_refused_and_not_followed():
    with pytest.raises(InvalidInput):
        criterion_rows.read_json("[" * 200_000)


NUMERIC = sorted(
    code
    for code, fact in catalogue().items()
    if fact.type in (FactType.NUMBER_FEN, FactType.RATIO_PPM, FactType.COUNT, FactType.YEARS, FactType.NUMBER)
)


@given(st.sampled_from(NUMERIC), st.integers(-(10**12), 10**12))
def test_any_number_is_shown_as_it_is_read(code: str, value: int):
    fact = catalogue()[code]
    texts, high = thresholds.show(fact, value)
    assert thresholds.read(fact, Operator.AT_LEAST, texts, high) == value


@pytest.mark.parametrize(
    ("code", "operator", "typed", "stored"),
    [
        ("annual_revenue", "at_least", "500", 500_000_000),
        ("annual_revenue", "at_least", "2亿", 20_000_000_000),
        ("annual_revenue", "at_least", "5,000", 5_000_000_000),
        ("net_profit", "more_than", "-1.5", -1_500_000),
        ("debt_asset_ratio", "at_most", "70%", 700_000),
        ("employees", "at_least", "1,000", 1000),
        ("industry", "within", "制造业", ("C",)),
        ("industry", "within", "65，7212", ("65", "7212")),
        ("industry", "within", "农、林、牧、渔业", ("A",)),
        ("registered_region", "within", "临江区、北塘区", ("990101", "990102")),
        ("registered_region", "within", "320581", ("320581",)),
        ("firm_size", "in_set", "small", ("small",)),
    ],
)
def test_what_an_officer_types_is_read(code, operator, typed, stored):
    assert thresholds.read(catalogue()[code], Operator(operator), [typed], "") == stored


def test_a_named_set_of_industries_is_read_as_its_codes():
    read = thresholds.read(catalogue()["industry"], Operator.NOT_WITHIN, ["restricted_lending"], "")
    assert "7212" in read


@pytest.mark.parametrize(
    ("code", "operator", "typed"),
    [
        ("annual_revenue", "at_least", "许多"),
        ("annual_revenue", "at_least", "1.0000001"),
        ("annual_revenue", "at_least", "5 斤"),
        ("debt_asset_ratio", "at_most", "一半"),
        ("employees", "at_least", "1.5"),
        ("industry", "within", "造梦业"),
        ("registered_region", "within", "不存在的地方"),
        ("employees", "at_least", ""),
    ],
)
def test_what_cannot_be_read_is_refused(code, operator, typed):
    with pytest.raises(thresholds.ThresholdProblem):
        thresholds.read(catalogue()[code], Operator(operator), [typed], "")


@pytest.mark.parametrize(
    ("code", "operator", "kind"),
    [
        ("owns_ip", "is_true", "none"),
        ("in_list", "in_list", "pick_one"),
        ("platform_grade", "at_least", "pick_one"),
        ("platform_grade", "in_set", "pick_many"),
        ("industry", "within", "codes"),
        ("labels", "all_of", "codes"),
        ("annual_revenue", "between", "number"),
    ],
)
def test_the_input_fits_fact_and_operator(code, operator, kind):
    assert thresholds.control_for(catalogue()[code], Operator(operator), [], {}).kind == kind


def test_what_is_picked_is_offered_first_in_its_order():
    control = thresholds.control_for(catalogue()["firm_size"], Operator.IN_SET, ["micro", "small"], {})
    assert [code for code, _ in control.choices] == ["micro", "small", "large", "medium"]


CAP = {"kind": PartKind.CAP, "amount": 100}
SHARE = {"kind": PartKind.SHARE, "fact": "annual_revenue", "share": 100_000}
WHEN = [{"fact": "employees", "operator": "at_least", "value": ["10"]}]


@pytest.mark.parametrize(
    "formula",
    [
        {"kind": "cap", "fen": 1},
        {"kind": "min", "of": [{"kind": "cap", "fen": 1}]},
        {"kind": "sum", "of": [{"kind": "share", "fact": "annual_revenue", "ppm": 1}, {"kind": "per_unit", "fact": "new_hires", "fen": 7}]},
        {"kind": "share", "fact": "annual_revenue", "ppm": 2_000_000},
        {"kind": "max", "of": [{"kind": "min", "of": [{"kind": "cap", "fen": 1}]}]},
        {"kind": "tiers", "tiers": [{"when": [{"fact": "owns_ip", "operator": "is_true"}], "amount": {"kind": "cap", "fen": 5}}]},
    ],
)  # fmt: skip
def test_formulas_of_every_shape_come_back_without_loss(formula):
    amount = Amount.from_json({"language": 1, "amount": formula})
    rows = amount_rows.rows_of(amount)
    assert (
        amount_rows.read_formula(rows["formula"], rows.get("parts", []), rows.get("amount_json", ""))
        == amount
    )


def test_no_formula_stays_none():
    assert amount_rows.rows_of(None) == {"formula": FormulaKind.NONE}
    assert amount_rows.read_formula(FormulaKind.NONE, [CAP], "") is None


@pytest.mark.parametrize(
    ("kind", "parts", "text", "field"),
    [
        (FormulaKind.MIN, [], "", "formula"),
        (FormulaKind.SINGLE, [CAP, CAP], "", "formula"),
        (FormulaKind.MIN, [{"kind": PartKind.SHARE, "fact": "annual_revenue"}], "", "parts.0.share"),
        (FormulaKind.MIN, [{"kind": PartKind.CAP}], "", "parts.0.amount"),
        (FormulaKind.MIN, [{}], "", "parts.0.kind"),
        (FormulaKind.TIERS, [CAP], "", "parts.0.kind"),
        (FormulaKind.TIERS, [{**CAP, "when": WHEN}, CAP, {**CAP, "when": WHEN}], "", "parts.1.kind"),
        (FormulaKind.TIERS, [{**CAP, "when": [{"fact": ""}]}], "", "parts.0.when.0.fact"),
        (FormulaKind.JSON, [], "{", "amount_json"),
        (FormulaKind.JSON, [], '{"language": 1}', "amount_json"),
    ],
)
def test_a_wrong_formula_is_named_at_its_field(kind, parts, text, field):
    with pytest.raises(InvalidInput) as refused:
        amount_rows.read_formula(kind, parts, text)
    assert field in refused.value.fields


def test_a_share_of_a_count_means_nothing():
    data = {"formula": FormulaKind.SINGLE, "parts": [{**SHARE, "fact": "employees"}], "amount_json": ""}
    with pytest.raises(InvalidInput):
        editing.read_formula(data)


def test_the_formula_reads_in_words():
    data = {"formula": FormulaKind.MIN, "parts": [{**CAP, "amount": 100_000_000}, SHARE], "amount_json": ""}
    assert editing.formula_words(data).sentences[0].zh == "以下取最低：最高 100 万元；上年营业收入的 10%"


def test_a_nested_row_reads_as_its_lines():
    text = criterion_rows.as_text({"any": [criterion("a"), criterion("b")]})
    assert [words.zh for words in editing.read_row({"json": text}).sentences] == [
        "以下条件符合任意一项即可",
        "信用等级不低于 B 级",
        "信用等级不低于 B 级",
    ]


def test_contradicting_conditions_are_warned_of():
    rule = tree(criterion("a", value="A"), {**criterion("b"), "operator": "at_most"})
    assert editing.warnings(rule)


def test_regions_are_read_by_name_and_code():
    assert read_areas("临江区，320581、江苏省") == ["990101", "320581", "320000"]


def test_regions_are_shown_as_they_can_be_read_again():
    assert read_areas(show_areas(["990101", "320581", "320106"])) == ["990101", "320581", "320106"]


@pytest.mark.parametrize("text", ["没有这个地方", ",".join(f"{n:06d}" for n in range(5))])
def test_what_is_no_region_is_refused(text):
    with pytest.raises(UnknownArea):
        read_areas(text)


def test_a_code_that_is_not_current_stands_for_itself():
    assert area_words("123456").zh == "123456"
