from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry import regions


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("32", Words("江苏省", "Jiangsu")),
        ("3205", Words("苏州市", "Suzhou")),
        ("320581", Words("常熟市", "Changshu")),
        ("110105", Words("朝阳区", "朝阳区 (110105)")),
        ("71", Words("台湾省", "Taiwan")),
        ("441900", Words("东莞市", "东莞市 (441900)")),
        ("659001", Words("石河子市", "石河子市 (659001)")),
        ("990000", Words("演示市", "Demo City")),
        ("990111", Words("湖桥镇", "Huqiao Town")),
    ],
)
def test_a_region_has_its_name(code: str, name: Words):
    assert regions.region_name(code) == name


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("32", "320000"),
        ("3205", "320500"),
        ("３２０５８１", "320581"),
        ("320581100", "320581"),
        ("320581100000", "320581"),
    ],
)
def test_codes_are_brought_to_six_digits(written: str, code: str):
    assert regions.normalise(written) == code


@pytest.mark.parametrize("code", ["", "3", "320", "320599", "000000", "32058", "苏州", "99010199"])
def test_an_unknown_code_is_refused_with_a_clear_error(code: str):
    with pytest.raises(InvalidInput) as refused:
        regions.normalise(code)
    assert refused.value.code == "unknown_region"


@pytest.mark.parametrize(
    ("code", "ancestor", "inside"),
    [
        ("320581", "320000", True),
        ("320581", "3205", True),
        ("320500", "320500", True),
        ("320500", "320581", False),
        ("320281", "320500", False),
        ("110105", "110000", True),
        ("990101", "990000", True),
        ("320581", "990000", False),
    ],
)
def test_lying_within_follows_the_hierarchy(code: str, ancestor: str, inside: bool):
    assert regions.is_within(code, ancestor) is inside


def test_every_child_lies_within_its_parent():
    for province in regions.children():
        for child in regions.children(province.code):
            assert regions.is_within(child.code, province.code)


def test_there_are_34_provinces_and_the_demo_city_comes_last():
    codes = [region.code for region in regions.children()]
    assert (len(codes), codes[-1]) == (35, regions.DEMO_CITY)


def test_the_demo_city_lies_where_no_province_is():
    assert [region.code[:2] for region in regions.children(regions.DEMO_CITY)] == ["99"] * 6


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("苏州", "320500"),
        ("苏州市", "320500"),
        ("江苏", "320000"),
        ("江苏省苏州市常熟市", "320581"),
        ("江苏 苏州 常熟", "320581"),
        ("苏州市常熟市", "320581"),
        ("常熟市", "320581"),
        ("320581", "320581"),
        ("北京市朝阳区", "110105"),
        ("朝阳", "211300"),
        ("内蒙古", "150000"),
        ("鼓楼区", None),
        ("江苏省苏州市亚特兰蒂斯区", None),
        ("吉林", None),
        ("亚特兰蒂斯", None),
        ("999999", None),
        ("", None),
    ],
)
def test_a_cell_states_a_region_only_when_it_is_clear(cell: str, code: str | None):
    assert regions.find_region(cell) == code


@given(st.text(max_size=12))
def test_any_text_is_a_region_or_none(text: str):
    code = regions.find_region(text)
    assert code is None or regions.region_name(code)
