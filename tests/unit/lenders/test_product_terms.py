"""Terms as values: stored and read again, said in words, compared between versions, checked before submission."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount, Cap
from lenders.admission.tree import Criterion, Group, Missing, Mode, Operator, Test, Tree
from lenders.pricing.fees import FeeKind, FeeLine, FeePayer, FeeTiming, Subsidy, SubsidyKind, SubsidyMeasure
from lenders.pricing.rates import LprTerm, RateStructure
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.completeness import advice, problems_before_submission
from lenders.products.differences import differences
from lenders.products.rules import (
    ApplicantKind,
    Contact,
    Draft,
    GuaranteeType,
    Material,
    ProductTerms,
    english_of,
    in_both,
)
from lenders.products.seed.loader import real_products
from lenders.products.topics import topics
from lenders.products.wording import amount_range, term_lines, term_range, validity

ON = date(2026, 11, 23)
FULL = ProductTerms(
    amount_min_fen=10_000_000,
    amount_max_fen=500_000_000,
    rate=RateStructure.over_lpr(LprTerm.ONE_YEAR, -50, 40),
    term_months_min=6,
    term_months_max=36,
    repayment_methods=(RepaymentMethod.REVOLVING,),
    guarantee_types=(GuaranteeType.UNSECURED, GuaranteeType.MORTGAGE),
    fees=(FeeLine(FeeKind.GUARANTEE, FeePayer.FIRM, FeeTiming.ANNUAL, rate_ppm=10_000),),
    subsidies=(Subsidy(SubsidyKind.INTEREST, SubsidyMeasure.SHARE, 500_000, 5_000_000),),
    risk_share_ppm=700_000,
    materials=(
        Material("licence", in_both("营业执照", "Licence")),
        Material("plan", in_both("计划书", ""), required=False),
    ),
    regions=("990101",),
    valid_from=date(2026, 1, 1),
    valid_to=date(2027, 12, 31),
    quota_fen=10_000_000_000,
    contact=Contact("王经理", "0512-5550123", "a@example.com"),
    description=in_both("信用贷款。", "An unsecured loan."),
    amount_note=in_both("首贷一般 300 万元以内", ""),
    rate_note=in_both("优惠利率", ""),
)


@pytest.mark.parametrize("terms", [ProductTerms(), FULL])
def test_stored_terms_read_the_same(terms):
    assert ProductTerms.from_json(terms.as_json()) == terms


def test_absent_keys_read_as_left_open():
    assert ProductTerms.from_json({}) == ProductTerms()


@pytest.mark.parametrize("product", real_products(), ids=lambda product: product.reference)
def test_terms_of_real_products_read_the_same(product):
    assert ProductTerms.from_json(product.terms.as_json()) == product.terms


@pytest.mark.parametrize(
    ("on", "valid"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2027, 12, 31), True),
        (date(2028, 1, 1), False),
    ],
)
def test_the_period_includes_both_ends(on, valid):
    assert FULL.valid_on(on) is valid


def test_without_a_period_a_product_is_always_valid():
    assert ProductTerms().valid_on(ON)


def test_chinese_stands_for_both_where_there_is_no_english():
    assert in_both("名称", "") == Words("名称", "名称")
    assert english_of(in_both("名称", "")) == ""
    assert english_of(in_both("名称", "Name")) == "Name"


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"),
    [
        (None, None, "未公布", "Not published"),
        (None, 500_000_000, "最高 500 万元", "up to ¥5 million"),
        (10_000_000, None, "10 万元起", "from ¥100,000"),
        (10_000_000, 500_000_000, "10 万元至 500 万元", "¥100,000 to ¥5 million"),
        (500_000_000, 500_000_000, "500 万元", "¥5 million"),
    ],
)
def test_amounts_in_words(low, high, zh, en):
    assert amount_range(ProductTerms(amount_min_fen=low, amount_max_fen=high)) == Words(zh, en)


@pytest.mark.parametrize(
    ("low", "high", "zh"),
    [
        (None, None, "未公布"),
        (None, 12, "最长 12 个月"),
        (6, None, "6 个月起"),
        (6, 12, "6 个月至 12 个月"),
        (12, 12, "12 个月"),
    ],
)
def test_terms_in_words(low, high, zh):
    assert term_range(ProductTerms(term_months_min=low, term_months_max=high)).zh == zh


@pytest.mark.parametrize(
    ("first", "last", "zh"),
    [
        (None, None, "长期"),
        (ON, None, "2026-11-23 起"),
        (None, ON, "至 2026-11-23"),
        (ON, ON, "2026-11-23 至 2026-11-23"),
    ],
)
def test_the_period_in_words(first, last, zh):
    assert validity(ProductTerms(valid_from=first, valid_to=last)).zh == zh


def test_every_line_of_full_terms_is_said():
    said = {line.key: line.value.zh for line in term_lines(FULL, ON)}
    assert said.keys() == {
        "amount", "rate", "term", "repayment", "guarantee", "risk_share", "regions", "validity", "quota", "contact"
    }  # fmt: skip
    assert said["regions"] == "临江区"
    assert said["guarantee"] == "信用、抵押"
    assert said["contact"] == "王经理 · 0512-5550123 · a@example.com"


def test_open_terms_say_that_they_are_open():
    said = {line.key: line.value.zh for line in term_lines(ProductTerms(), ON)}
    assert said["rate"] == "以银行审批为准"
    assert said["repayment"] == "未公布"


def test_a_complete_draft_has_no_problem():
    assert problems_before_submission("助企贷", FULL, on=ON) == {}
    assert advice(FULL, ApplicantKind.FIRM, on=ON) == []


def test_what_keeps_a_draft_from_being_submitted():
    past = ProductTerms(valid_to=date(2026, 11, 22))
    assert problems_before_submission("", past, on=ON).keys() == {"name_zh", "description_zh", "valid_to"}


def test_what_a_firm_will_miss_is_said():
    assert len(advice(ProductTerms(), ApplicantKind.FIRM, on=ON)) == 7
    assert len(advice(ProductTerms(), ApplicantKind.NATURAL_PERSON, on=ON)) == 4


GRADE = Criterion("grade", Test("platform_grade", Operator.AT_LEAST, "B"))
AGE = Criterion("age", Test("established_on", Operator.AT_LEAST, 2))


def ruled(*criteria: Criterion, mode: Mode = Mode.ALL) -> Draft:
    return Draft("助企贷", FULL, Tree(Group(mode, criteria)))


def test_equal_versions_have_no_differences():
    assert differences(ruled(GRADE), ruled(GRADE), ON) == []


def test_a_moved_threshold_is_one_change():
    stricter = replace(GRADE, test=replace(GRADE.test, value="A"))
    (change,) = differences(ruled(GRADE), ruled(stricter), ON)
    assert (change.kind, change.before.zh, change.after.zh) == (
        "changed",
        "信用等级不低于 B 级",
        "信用等级不低于 A 级",
    )


def test_added_and_removed_conditions_are_told_apart():
    kinds = [change.kind for change in differences(ruled(GRADE), ruled(AGE), ON)]
    assert kinds == ["removed", "added"]


def test_another_grouping_alone_is_seen():
    (change,) = differences(ruled(GRADE, AGE), ruled(GRADE, AGE, mode=Mode.ANY), ON)
    assert change.label.zh == "条件的组合方式"


def test_what_a_missing_fact_means_is_part_of_a_condition():
    (change,) = differences(ruled(GRADE), ruled(replace(GRADE, missing=Missing.FAIL)), ON)
    assert "视为不符合" in change.after.zh


def test_changed_terms_are_listed_by_their_lines():
    after = replace(
        ruled(GRADE),
        terms=replace(FULL, amount_max_fen=300_000_000, fees=(), materials=FULL.materials[:1]),
        amount_formula=Amount(Cap(300_000_000)),
    )
    changed = {(change.label.zh, change.kind) for change in differences(ruled(GRADE), after, ON)}
    assert changed == {
        ("贷款额度", "changed"),
        ("费用", "removed"),
        ("申请材料", "removed"),
        ("额度公式", "added"),
    }


def test_another_order_of_choices_is_no_difference():
    after = replace(ruled(), terms=replace(FULL, guarantee_types=FULL.guarantee_types[::-1]))
    assert differences(ruled(), after, ON) == []


def test_every_matchable_fact_is_offered_once():
    from creditbridge.facts.catalogue import catalogue

    offered = [fact.code for topic in topics() for fact in topic.facts]
    assert sorted(offered) == sorted(code for code, fact in catalogue().items() if fact.matchable)


def test_no_fact_of_firms_is_left_without_a_topic():
    assert [topic.name.zh for topic in topics()][-3:] == ["企业与本行", "本次申请", "个人"]
