from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.registry.columns import Field, ImportMap, resolve


def test_the_headings_of_the_plain_template_are_known():
    found = resolve(["uscc", "name", "reg_date", "type", "capital_raw", "scope", "city"])
    assert list(found.places) == [
        Field.USCC, Field.NAME, Field.ESTABLISHED_ON, Field.TYPE, Field.CAPITAL, Field.SCOPE, Field.CITY,
    ]  # fmt: skip
    assert found.unread == ()


def test_chinese_headings_are_known():
    header = [
        "企业名称",
        "统一社会信用代码",
        "注册号",
        "成立日期",
        "登记状态",
        "注册资本",
        "币种",
        "行业代码",
        "行政区划",
        "住所",
    ]
    assert set(resolve(header).places) == {
        Field.NAME, Field.USCC, Field.OLD_NUMBER, Field.ESTABLISHED_ON, Field.STATUS, Field.CAPITAL, Field.CURRENCY,
        Field.INDUSTRY, Field.REGION, Field.ADDRESS,
    }  # fmt: skip


@pytest.mark.parametrize(
    "heading", ["统一社会信用代码*", " 统一社会信用代码 ", "统一社会信用代码（18位）", "Credit_Code", "USCC"]
)
def test_headings_are_known_however_they_are_decorated(heading: str):
    assert resolve([heading, "名称"]).places[Field.USCC] == 0


def test_the_better_heading_wins_and_the_other_is_named_as_unread():
    found = resolve(["行业名称", "行业代码", "uscc", "name"])
    assert found.places[Field.INDUSTRY] == 1
    assert found.unread == ("行业名称",)


def test_columns_about_people_are_not_read():
    assert resolve(["uscc", "name", "法定代表人", "联系电话"]).unread == ("法定代表人", "联系电话")


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("注册资本(万元)", "万元"),
        ("注册资本（元）", "元"),
        ("注册资本（万元人民币）", "万元"),
        ("注册资本", None),
        ("注册资本(认缴)", None),
    ],
)
def test_the_heading_of_the_capital_may_state_the_unit(heading: str, unit: str | None):
    assert resolve(["uscc", "name", heading]).capital_unit == unit


@pytest.mark.parametrize(
    ("header", "named"),
    [(["a", "b"], "统一社会信用代码、企业名称"), (["uscc"], "企业名称"), (["name"], "统一社会信用代码")],
)
def test_missing_columns_are_all_named(header: list[str], named: str):
    with pytest.raises(InvalidInput) as refused:
        resolve(header)
    assert refused.value.code == "missing_columns"
    assert f"缺少必需的列：{named}。" in refused.value.words.zh


def test_an_old_number_will_do_in_place_of_the_code():
    assert Field.USCC not in resolve(["注册号", "名称"]).places


def test_a_map_goes_before_the_usual_headings():
    own = ImportMap.from_json('{"columns": {"甲": "uscc", "乙": "name"}, "capital_unit": "万元"}')
    found = resolve(["name", "甲", "乙", "注册资本"], own)
    assert (found.places[Field.USCC], found.places[Field.NAME], found.capital_unit) == (1, 2, "万元")
    assert found.unread == ("name",)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", "{}", '{"columns": []}', '{"columns": {"a": "legal_person"}}', '{"columns": {"a": ["uscc"]}}',
        '{"columns": {}, "other": 1}', '{"columns": {}, "capital_unit": "美元"}', b"\xff", "[" * 100_000,
    ],
)  # fmt: skip
def test_a_map_that_is_none_is_refused(text: str | bytes):
    with pytest.raises(InvalidInput) as refused:
        ImportMap.from_json(text)
    assert refused.value.code == "import_map"


@pytest.mark.parametrize("columns", [{"没有": Field.USCC}, {"a": Field.USCC, "b": Field.USCC}])
def test_a_map_that_does_not_fit_the_file_is_refused(columns: dict[str, Field]):
    with pytest.raises(InvalidInput) as refused:
        resolve(["a", "b"], ImportMap(columns))
    assert refused.value.code == "import_map"


@given(st.lists(st.text(max_size=12), max_size=8, unique=True))
def test_any_header_is_resolved_or_refused(header: list[str]):
    try:
        found = resolve(header)
    except InvalidInput:
        return
    assert len(set(found.places.values())) == len(found.places)
