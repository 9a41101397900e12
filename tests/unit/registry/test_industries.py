from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry import industries


def test_the_standard_has_20_sections_and_97_divisions():
    assert "".join(section.code for section in industries.sections()) == "ABCDEFGHIJKLMNOPQRST"
    assert [division.code for division in industries.divisions()] == [f"{n:02d}" for n in range(1, 98)]


def test_every_name_is_there_in_both_languages():
    names = [each.name for each in (*industries.sections(), *industries.divisions())]
    assert all(name.zh and name.en and not name.zh.isascii() and name.en.isascii() for name in names)


def test_manufacturing_has_31_divisions():
    assert [division.code for division in industries.divisions("C")] == [str(n) for n in range(13, 44)]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("C", Words("制造业", "Manufacturing")),
        ("17", Words("纺织业", "Textiles")),
        ("C17", Words("纺织业", "Textiles")),
        ("171", Words("纺织业（中类 171）", "Textiles (group 171)")),
        ("C1711", Words("纺织业（小类 1711）", "Textiles (class 1711)")),
    ],
)
def test_a_code_of_any_level_has_a_name(code: str, name: Words):
    assert industries.industry_name(code) == name


@pytest.mark.parametrize(
    ("written", "code"), [(" c17 ", "17"), ("Ｃ１７１１", "1711"), ("01", "01"), ("t", "T"), ("A011", "011")]
)
def test_codes_are_brought_to_one_form(written: str, code: str):
    assert industries.normalise(written) == code


@pytest.mark.parametrize("code", ["", "U", "98", "00", "1", "A17", "17111", "C 17", "1²", "纺织业", "c1７x"])
def test_an_unknown_code_is_refused_with_a_clear_error(code: str):
    with pytest.raises(InvalidInput) as refused:
        industries.normalise(code)
    assert refused.value.code == "unknown_industry"
    assert "GB/T 4754" in refused.value.words.zh


@pytest.mark.parametrize(
    ("code", "ancestor", "inside"),
    [
        ("1711", "C", True),
        ("1711", "17", True),
        ("1711", "171", True),
        ("1711", "1711", True),
        ("C", "C", True),
        ("17", "1711", False),
        ("C", "17", False),
        ("18", "17", False),
        ("01", "C", False),
    ],
)
def test_lying_within_follows_the_hierarchy(code: str, ancestor: str, inside: bool):
    assert industries.is_within(code, ancestor) is inside


def test_division_of_a_bare_section_is_unknown():
    assert (industries.division_of("C"), industries.division_of("C1711")) == (None, "17")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("纺织业", "17"),
        ("制造业", "C"),
        ("C17", "17"),
        ("1711", "1711"),
        ("教育", "83"),
        ("纺织", None),
        ("", None),
        ("服装批发零售", None),
    ],
)
def test_a_cell_states_an_industry_by_code_or_exact_name_only(cell: str, code: str | None):
    assert industries.find_industry(cell) == code


@given(st.text(max_size=8))
def test_any_text_is_an_industry_or_none(text: str):
    code = industries.find_industry(text)
    assert code is None or industries.industry_name(code)
