"""Under which headings a feed's columns are found, and what is refused because it could be two things."""

import json
from importlib import resources

import polars as pl
import pytest

from creditbridge.kernel.errors import InvalidInput
from creditbridge.records.feeds import FeedError, amounts, feeds, parse
from creditbridge.records.headings import named, other_headings, standing
from creditbridge.records.readings import in_unit, numbers
from creditbridge.records.titles import firm_titles, tidied

DESCRIPTION = {
    "code": "own", "name": {"zh": "甲", "en": "Own"}, "department": "market", "frequency": "daily",
    "late_after_days": 9,
    "columns": {"uscc": "统一社会信用代码", "comp_nm": "企业名称", "doc": "文号", "day": "处罚日期", "sum": "罚款金额"},
    "also": {"doc": ["行政处罚决定书文号", "决定书文号"], "day": ["处罚决定日期", "决定日期"], "sum": ["罚款数额"]},
    "optional": ["comp_nm"],
    "firm": [{"column": "uscc", "by": "code"}, {"column": "comp_nm", "by": "name"}], "key": ["doc"],
    "records": [{"item": "penalty.fine", "occurred": {"column": "day"}, "value": {"column": "sum", "unit": "yuan"}}],
}  # fmt: skip
OWN = parse(json.dumps(DESCRIPTION))
REST = ("文号", "处罚日期", "罚款金额")


def found(*header, feed=OWN):
    return dict(standing(header, feed).headings)


def refused(*header, feed=OWN):
    with pytest.raises(InvalidInput) as error:
        standing(header, feed)
    return error.value.code, error.value.words.zh


@pytest.mark.parametrize(
    "heading",
    [
        "统一社会信用代码", "uscc", "USCC", "社会信用代码", "统一信用代码", "企业信用代码", "纳税人识别号", "组织机构代码",
        "*统一社会信用代码", "统一社会信用代码（必填）", "统一社会信用代码：", "统一社会\n信用代码", " 社会 信用 代码 ",
        "行政相对人代码_1（统一社会信用代码）",
    ],
)  # fmt: skip
def test_whose_a_row_is_stands_under_what_tables_usually_call_it(heading):
    assert found(heading, *REST)["uscc"] == heading


@pytest.mark.parametrize("heading", ["单位名称", "纳税人名称", "行政相对人名称", "企业名称（字号名称）"])
def test_a_firms_name_stands_under_what_tables_usually_call_it(heading):
    assert found("统一社会信用代码", heading, *REST)["comp_nm"] == heading


def test_a_feeds_other_titles_are_taken_and_told():
    header = ("社会信用代码", "行政处罚决定书文号", "处罚决定日期", "罚款数额", "备注")
    stand = standing(header, OWN)
    assert dict(stand.headings) == dict(zip(("uscc", "doc", "day", "sum"), header, strict=False))
    assert other_headings(stand.headings, OWN) == stand.headings
    assert other_headings(found("uscc", *REST), OWN) == {}
    assert named(header, OWN) == 4


def test_the_columns_own_title_stands_over_its_others():
    header = (
        "决定书文号",
        "文号",
        "决定日期",
        "处罚日期",
        "纳税人识别号",
        "统一社会信用代码",
        "罚款金额",
        "罚款数额",
    )
    assert found(*header) == {"uscc": "统一社会信用代码", "doc": "文号", "day": "处罚日期", "sum": "罚款金额"}


def test_of_what_says_whose_a_row_is_the_better_is_taken():
    assert found("组织机构代码", "纳税人识别号", "社会信用代码", *REST)["uscc"] == "社会信用代码"
    assert found("组织机构代码", "纳税人识别号", *REST)["uscc"] == "纳税人识别号"


def test_headings_that_may_both_be_a_column_are_refused_by_name():
    code, words = refused("统一社会信用代码", "文号", "处罚决定日期", "决定日期", "罚款金额")
    assert code == "ambiguous_header"
    assert all(one in words for one in ("处罚决定日期", "决定日期", "处罚日期"))
    assert refused("社会信用代码", "企业信用代码", *REST)[0] == "ambiguous_header"


def test_a_spare_column_that_says_whose_a_row_is_is_left_where_two_may_be_it():
    assert "comp_nm" not in found("统一社会信用代码", "单位名称", "纳税人名称", *REST)


def test_a_heading_that_stands_twice_is_refused_under_any_title():
    assert refused("社会信用代码", "社会信用代码", *REST)[0] == "duplicate_header"


def test_what_is_missing_is_told_with_what_else_it_may_be_called():
    code, words = refused("统一社会信用代码", "处罚日期", "罚款金额")
    assert code == "missing_columns"
    assert "文号（doc，也可写作行政处罚决定书文号、决定书文号）" in words


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("罚款金额", None), ("罚款金额（元）", "元"), ("罚款金额(万元)", "万元"), ("罚款数额（单位：万元）", "万元"),
        ("sum（亿元）", "亿元"),
    ],
)  # fmt: skip
def test_an_amounts_heading_may_state_its_unit(heading, unit):
    stand = standing(("统一社会信用代码", "文号", "处罚日期", heading), OWN)
    assert stand.headings["sum"] == heading
    assert stand.units.get("sum") == unit


def test_an_amount_in_two_units_is_refused_and_no_other_column_has_a_unit():
    assert refused(*REST[:2], "uscc", "罚款金额（元）", "罚款金额（万元）")[0] == "ambiguous_header"
    assert refused("uscc", "文号（元）", "处罚日期", "罚款金额")[0] == "missing_columns"


def test_a_title_in_a_unit_of_its_own_is_found_in_another_unit():
    feed = parse(
        json.dumps({**DESCRIPTION, "columns": {**DESCRIPTION["columns"], "sum": "金额（元）"}, "also": {}})
    )
    for heading, unit in (("金额（元）", None), ("金额", None), ("金额（万元）", "万元")):
        assert standing(("uscc", "文号", "处罚日期", heading), feed).units.get("sum") == unit


def test_cells_under_a_unit_are_in_it_unless_they_state_their_own():
    cells = pl.Series(["1.5", " 2 ", "１，０００", "-3", "7元", "", None, "约5"])
    read = numbers(in_unit(cells, "万元"), 1.0).to_list()
    assert read == [15_000, 20_000, 10_000_000, -30_000, 7, None, None, None]
    assert numbers(in_unit(pl.Series([1.5, None]), "万元"), 1.0).to_list() == [15_000, None]
    assert numbers(in_unit(pl.Series([1500000]), "元"), 1e-4).to_list() == [150]
    assert in_unit(cells, None) is cells


@pytest.mark.parametrize(
    ("also", "said"),
    [
        ({"doc": ["处罚日期"]}, "is of two columns"),
        ({"doc": ["号"], "day": ["号"]}, "is of two columns"),
        ({"doc": ["SUM"]}, "is of two columns"),
        ({"other": ["号"]}, "not read"),
        ({"doc": "号"}, "list of texts"),
        ({"doc": [" "]}, "list of texts"),
        ({"doc": [1]}, "list of texts"),
        (["号"], "not of the form"),
    ],
)
def test_other_titles_that_could_be_two_columns_are_refused(also, said):
    with pytest.raises(FeedError, match=said):
        parse(json.dumps({**DESCRIPTION, "also": also}))


def test_no_feed_that_is_delivered_is_in_doubt_about_its_own_titles():
    for feed in feeds().values():
        assert set(found(*feed.columns.values(), feed=feed)) == set(feed.columns)
        for code, others in feed.also.items():
            for one in others:
                header = [one if column == code else title for column, title in feed.columns.items()]
                assert found(*header, feed=feed)[code] == one


def test_titles_of_firms_are_as_they_are_compared():
    text = resources.files("creditbridge.records").joinpath("data/titles.json").read_text("utf-8")
    assert set(json.loads(text)) == {"code", "old_number", "name"}
    for ranks in firm_titles().values():
        assert all(title == tidied(title) for rank in ranks for title in rank)


def test_amounts_are_what_is_read_in_a_unit_of_money():
    assert amounts(OWN) == {"sum"}
    assert amounts(feeds()["equity_changes"]) == set()


WHO = (
    "行政相对人名称", "行政相对人类别", "行政相对人代码_1(统一社会信用代码)", "行政相对人代码_2(工商注册号)",
    "行政相对人代码_3(组织机构代码)", "行政相对人代码_4(税务登记号)", "法定代表人",
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "header"),
    [
        ("penalties", (
            "行政处罚决定书文号", "违法行为类型", "违法事实", "处罚依据", "处罚类别", "处罚内容", "罚款金额（万元）",
            "没收违法所得、没收非法财物的金额（万元）", "暂扣或吊销证照名称及编号", "处罚决定日期", "处罚有效期", "公示截止期",
            "处罚机关", "处罚机关统一社会信用代码", "数据来源单位", "数据来源单位统一社会信用代码", "备注",
        )),
        ("licences", (
            "行政许可决定文书名称", "行政许可决定文书号", "许可类别", "许可证书名称", "许可编号", "许可内容", "许可决定日期",
            "有效期自", "有效期至", "许可机关", "许可机关统一社会信用代码", "数据来源单位", "数据来源单位统一社会信用代码",
        )),
    ],
)  # fmt: skip
def test_the_tables_that_every_city_publishes_are_known(code, header):
    stand = standing((*WHO, *header), feeds()[code])
    assert stand.headings["uni_social_crd_cd"] == WHO[2]
    assert dict(stand.units) == ({"fine": "万元"} if code == "penalties" else {})
