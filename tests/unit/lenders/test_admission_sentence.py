from datetime import date

import pytest
from hypothesis import given

from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount
from lenders.admission.sentence import (
    amount_sentence,
    amount_verdict_words,
    criterion_sentence,
    outline,
    threshold_words,
    tree_sentence,
)
from lenders.admission.tree import EVERYONE, Tree
from lenders.admission.truth import Known
from tests.fact_strategies import amounts, trees


def _tree(*nodes):
    return Tree.from_json({"language": 1, "all": list(nodes)})


def _criterion(fact, operator, value=None, **more):
    row = {"id": "a", "fact": fact, "operator": operator, **more}
    (criterion,) = _tree(row if value is None else {**row, "value": value}).criteria()
    return criterion


@pytest.mark.parametrize(
    ("fact", "operator", "value", "zh", "en"),
    [
        ("platform_grade", "at_least", "B", "信用等级不低于 B 级", "Credit grade must be B or better"),
        ("platform_grade", "at_most", "C", "信用等级不高于 C 级", "Credit grade must be C or worse"),
        ("tax_credit_grade", "in_set", ["A", "B", "M"], "纳税信用等级为 A 级、B 级或 M 级", "Tax credit grade must be A, B or M"),
        ("tax_credit_grade", "not_in_set", ["D"], "纳税信用等级不为 D 级", "Tax credit grade must be other than D"),
        ("registered_region", "within", ["32"], "注册地在江苏省", "Place of registration must be in Jiangsu"),
        ("registered_region", "not_within", ["31"], "注册地不在上海市", "Place of registration must be outside Shanghai"),
        ("industry", "within", ["C"], "所属行业属于制造业", "Industry must be in “Manufacturing”"),
        ("industry", "not_within", ["J", "M"], "所属行业不属于金融业或“科学研究和技术服务业”", "Industry must be outside Finance or “Scientific research and technical services”"),
        ("legal_rep_since", "at_least", 1, "法定代表人任职时间满 1 年", "Time the legal representative has held office must be at least 1 year"),
        ("longest_uninvoiced_days_12m", "less_than", 45, "近 12 个月最长未开票天数少于 45 天", "Longest time without an invoice in the last 12 months must be fewer than 45 days"),
        ("annual_revenue", "at_least", 500_000_000, "上年营业收入不低于 500 万元", "Last year's revenue must be at least ¥5 million"),
        ("annual_revenue", "more_than", 2_000_000_000, "上年营业收入超过 2,000 万元", "Last year's revenue must be more than ¥20 million"),
        ("annual_revenue", "between", [100_000_000, 500_000_000], "上年营业收入在 100 万元至 500 万元之间", "Last year's revenue must be between ¥1 million and ¥5 million"),
        ("new_hire_ratio", "at_least", 155_000, "当年新招用人数占在职职工比例不低于 15.5%", "People newly hired this year as a share of staff must be at least 15.5%"),
        ("employees", "at_least", 10, "从业人员不少于 10 人", "Staff must be at least 10 people"),
        ("employees", "less_than", 10, "从业人员少于 10 人", "Staff must be fewer than 10 people"),
        ("penalties_12m", "at_most", 0, "近 12 个月行政处罚为 0 件", "Administrative penalties in the last 12 months must be 0"),
        ("established_on", "at_least", 2, "成立时间满 2 年", "Time since establishment must be at least 2 years"),
        ("established_on", "less_than", 5, "成立时间不满 5 年", "Time since establishment must be less than 5 years"),
        ("business_term_until", "at_least", "2030-01-01", "经营期限截止日不早于 2030-01-01", "End of the business term must be on or after 2030-01-01"),
        ("owner_age", "between", [18, 60], "企业主年龄在 18 周岁至 60 周岁之间", "Age of the owner must be between 18 and 60"),
        ("firm_size", "in_set", ["small", "micro"], "企业规模为小型企业或微型企业", "Firm size must be small or micro"),
        ("ip_kinds", "all_of", ["patent", "trademark"], "有效知识产权种类同时包括专利和商标", "Kinds of valid intellectual property must include all of patent and trademark"),
        ("ip_kinds", "any_of", ["patent", "trademark"], "有效知识产权种类包括专利或商标", "Kinds of valid intellectual property must include any of patent or trademark"),
        ("ip_kinds", "any_of", ["patent"], "有效知识产权种类包括专利", "Kinds of valid intellectual property must include patent"),
        ("ip_kinds", "none_of", ["patent"], "有效知识产权种类不包括专利", "Kinds of valid intellectual property must include none of patent"),
        ("owns_ip", "is_true", None, "拥有自主知识产权", "The firm owns intellectual property"),
        ("under_enforcement", "is_false", None, "无被执行记录", "The firm is not subject to court enforcement"),
        ("in_list", "in_list", "sukedai_reserve", "已列入苏科贷备选企业库", "The firm is on this list: Sukedai reserve of firms"),
        ("in_list", "not_in_list", "sukedai_reserve", "未列入苏科贷备选企业库", "The firm is not on this list: Sukedai reserve of firms"),
    ],
)  # fmt: skip
def test_a_criterion_is_a_sentence(fact, operator, value, zh, en):
    assert criterion_sentence(_criterion(fact, operator, value)) == Words(zh, en)


def test_a_threshold_leaves_the_facts_name_out():
    said = threshold_words(_criterion("annual_revenue", "at_least", 500_000_000).test)
    assert said == Words("不低于 500 万元", "at least ¥5 million")


def test_a_conditional_criterion_says_when():
    over_100 = {"fact": "employees", "operator": "more_than", "value": 100}
    has_ip = {"fact": "owns_ip", "operator": "is_true"}
    said = criterion_sentence(_criterion("new_hire_ratio", "at_least", 80_000, when=[over_100, has_ip]))
    assert said.zh == "当从业人员超过 100 人且拥有自主知识产权时，当年新招用人数占在职职工比例不低于 8%"
    assert said.en.endswith(
        "at least 8% (where staff is more than 100 people and the firm owns intellectual property)"
    )


def test_a_criterion_says_how_fresh_its_fact_must_be():
    said = criterion_sentence(_criterion("employees", "at_least", 10, max_age_days=365))
    assert said == Words(
        "从业人员不少于 10 人（信息须在 365 天以内）",
        "Staff must be at least 10 people (information no more than 365 days old)",
    )


TREE = _tree(
    {"id": "a", "fact": "owns_ip", "operator": "is_true"},
    {
        "any": [
            {"id": "b", "fact": "employees", "operator": "at_least", "value": 3},
            {"all": [{"id": "c", "fact": "rd_spending_ratio", "operator": "at_least", "value": 30_000}, {"id": "d", "fact": "overdue_now", "operator": "is_false"}]},
        ]
    },
)  # fmt: skip


def test_a_rule_is_one_sentence():
    assert tree_sentence(TREE) == Words(
        "拥有自主知识产权；符合其中一项（从业人员不少于 3 人；或同时符合（研发投入占销售收入比例不低于 3%；目前无逾期贷款））。",
        "The firm owns intellectual property; one of (staff must be at least 3 people; or all of (R&D spending as a"
        " share of sales must be at least 3%; no loan is overdue now)).",
    )


def test_a_rule_without_conditions_says_so():
    assert tree_sentence(EVERYONE).zh == "无准入条件。"


def test_an_outline_keeps_the_shape():
    lines = outline(TREE)
    assert [(line.depth, line.criterion_id) for line in lines] == [
        (0, None), (1, "a"), (1, None), (2, "b"), (2, None), (3, "c"), (3, "d")
    ]  # fmt: skip
    assert [line.words.zh for line in lines if line.criterion_id is None] == [
        "以下条件须全部符合", "以下条件符合任意一项即可", "以下条件须全部符合"
    ]  # fmt: skip


@given(trees())
def test_every_rule_can_be_said(tree):
    said = tree_sentence(tree)
    assert said.zh.endswith("。")
    assert said.en.endswith(".")
    assert "{" not in said.zh + said.en


@given(amounts())
def test_every_formula_can_be_said(amount):
    assert amount_sentence(amount).zh
    assert amount_sentence(amount).en


def _amount(node):
    return Amount.from_json({"language": 1, "amount": node})


SHARE = {"kind": "share", "fact": "latest_valuation", "ppm": 50_000}
CAP = {"kind": "cap", "fen": 1_000_000_000}


def test_a_formula_is_a_sentence():
    assert amount_sentence(_amount({"kind": "min", "of": [CAP, SHARE]})) == Words(
        "以下取最低：最高 1,000 万元；最近一轮融资估值的 5%",
        "the lowest of: up to ¥10 million; 5% of valuation at the latest funding round",
    )


def test_tiers_say_their_conditions():
    tiers = {
        "kind": "tiers",
        "tiers": [{"when": [{"fact": "employees", "operator": "more_than", "value": 100}], "amount": CAP}],
        "otherwise": {"kind": "per_unit", "fact": "new_hires", "fen": 10_000_000},
    }
    assert amount_sentence(_amount(tiers)) == Words(
        "从业人员超过 100 人的，最高 1,000 万元；其他情况，按当年新招用人数，每 1 人 10 万元",
        "up to ¥10 million where staff is more than 100 people; otherwise ¥100,000 for each of the people newly hired"
        " this year",
    )


@pytest.mark.parametrize(
    ("node", "zh", "en"),
    [
        (CAP, "最高 1,000 万元", "Up to ¥10 million"),
        (
            SHARE,
            "补充“最近一轮融资估值”后可知额度",
            "The limit depends on: Valuation at the latest funding round",
        ),
        (
            {"kind": "min", "of": [CAP, SHARE]},
            "0 元至 1,000 万元，补充“最近一轮融资估值”后可知",
            "¥0 to ¥10 million, depending on: Valuation at the latest funding round",
        ),
    ],
)
def test_a_limit_is_said_as_far_as_it_is_known(node, zh, en):
    limit = _amount(node).evaluate(Known(FirmFacts(1), date(2026, 1, 1)))
    assert amount_verdict_words(limit) == Words(zh, en)
