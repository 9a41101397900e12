from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as standard

from creditbridge.kernel import uscc
from creditbridge.kernel.uscc import UsccVerdict

VALID = [
    "121200004013590816",
    "91152201078377449P",
    "91310112087994932F",
    "913101203509708598",
    "91340600MA2PBM9HXD",
    "91350100M000100Y43",
    "91120222MA06DG3067",
    "914403001922038216",
    "9135020026015919XW",
    "9162010567592034XQ",
    "91620105L015101280",
    "92340602MA2PEL3T3X",
    "92340603MA2PBMQL04",
    "92340603MA2UK3DT5H",
    "91310115591693856A",
    "913205817301042155",
]
# Issued, and found in registers as they stand here, though their check digit does not compute.
ISSUED_WITH_ANOTHER_CHECK_DIGIT = [
    "91350211M0000XUF46",
    "91350203M0001FUE2P",
    "91340000148941384F",
    "914205281829140646",
    "916108212240046410",
    "91510184728053922Y",
    "91522625QWER12345E",
    "91653000L068581070",
]


@pytest.mark.parametrize("code", VALID)
def test_real_codes_are_valid(code):
    assert uscc.check(code) == uscc.UsccCheck(code, UsccVerdict.VALID)


@pytest.mark.parametrize("code", ISSUED_WITH_ANOTHER_CHECK_DIGIT)
def test_a_wrong_check_digit_is_a_warning_that_tells_the_right_one(code):
    found = uscc.check(code)
    expected = standard.calc_check_digit(code[:-1])
    assert found.verdict is UsccVerdict.CHECK_DIGIT_MISMATCH
    assert f"最后一位应为 {expected}，现为 {code[-1]}" in found.problem.zh
    assert f"should be {expected}, not {code[-1]}" in found.problem.en


@pytest.mark.parametrize("prefix", ["91", "92", "93", "81", "12", "51", "70", "99", "11", "N2", "A1"])
def test_no_prefix_is_refused(prefix):
    front = prefix + VALID[0][2:-1]
    assert uscc.check(front + standard.calc_check_digit(front)).verdict is UsccVerdict.VALID


@pytest.mark.parametrize(
    "typed",
    [
        "91 110000 600037341l",
        "９１１１００００６０００３７３４１Ｌ",
        "9111-0000-6000-3734-1L",
        "'91110000600037341L",
        "\ufeff91110000600037341L\u200b\r\n",
    ],
)
def test_spaces_width_case_and_marks_are_tidied_and_told(typed):
    found = uscc.check(typed)
    assert found.code == "91110000600037341L"
    assert found.verdict is UsccVerdict.VALID
    assert "91110000600037341L" in found.hint.zh


def test_a_tidied_code_with_a_wrong_check_digit_tells_both():
    found = uscc.check("91110000600037341m")
    assert found.verdict is UsccVerdict.CHECK_DIGIT_MISMATCH
    assert found.hint is not None


def test_an_empty_text_asks_for_a_code():
    assert uscc.check(" ").problem.zh == "请填写统一社会信用代码。"


@pytest.mark.parametrize("text", ["12345", "91110000600037341", "91110000600037341LL"])
def test_a_wrong_length_tells_both_lengths(text):
    found = uscc.check(text)
    assert found.verdict is UsccVerdict.MALFORMED
    assert f"应为 18 位，现为 {len(text)} 位" in found.problem.zh
    assert found.suggestion is None


def test_an_old_registration_number_is_recognised_as_one():
    assert "15 位的旧注册号" in uscc.check("320583000012345").problem.zh


def test_a_foreign_letter_is_told_with_its_place():
    found = uscc.check("9111000060003IOZSV")
    assert found.verdict is UsccVerdict.MALFORMED
    assert "第 14 位的“I”" in found.problem.zh
    assert "at position 14" in found.problem.en
    assert found.hint.zh == "第 14 位的“I”与“1”相似，请核对。"
    assert found.suggestion is None


def test_a_letter_in_the_region_is_told_with_its_place():
    found = uscc.check("91110A00600037341L")
    assert found.verdict is UsccVerdict.MALFORMED
    assert "第 6 位是“A”" in found.problem.zh
    assert found.hint is None


@pytest.mark.parametrize("typed", ["9111000060003734IL", "91II0000600037341L", "91110OO0600037341L"])
def test_look_alike_letters_lead_to_a_suggestion_never_put_in_silently(typed):
    found = uscc.check(typed)
    assert found.verdict is UsccVerdict.MALFORMED
    assert found.code == typed
    assert found.suggestion == "91110000600037341L"


@given(st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_any_single_wrong_sign_is_noticed(place, sign):
    code = "91110000600037341L"
    wrong = code[:place] + sign + code[place + 1 :]
    assert (uscc.check(wrong).verdict is UsccVerdict.VALID) == (wrong == code)


@given(st.text(max_size=40))
def test_any_text_gets_a_verdict_and_a_problem_unless_valid(text):
    found = uscc.check(text)
    assert (found.problem is None) == (found.verdict is UsccVerdict.VALID)


def test_the_alphabet_is_that_of_the_standard():
    assert standard._alphabet == uscc.ALPHABET


def test_old_registration_numbers_have_fifteen_digits():
    assert uscc.is_old_registration_number(" 110108000000016 ")
    assert not uscc.is_old_registration_number("11010800000001A")
    assert not uscc.is_old_registration_number("91110000600037341L")


def test_an_old_number_with_the_right_check_digit_has_no_problem():
    assert uscc.old_registration_problem("110108000000016") is None


def test_an_old_number_with_a_wrong_check_digit_tells_the_right_one():
    assert "最后一位应为 6，现为 7" in uscc.old_registration_problem("110108000000017").zh


def test_what_is_no_old_number_is_told_so():
    assert uscc.old_registration_problem("1101").zh == "旧注册号应为 15 位数字。"


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("91110000600037341L", "110000"),
        ("320583000012345", "320583"),
        ("9111", None),
        ("91110A00600037341L", None),
    ],
)
def test_the_region_inside_is_a_hint(code, region):
    assert uscc.region_hint(code) == region


@given(st.integers(0, 999_999), st.sampled_from(["91", "92", "93"]))
def test_synthetic_codes_are_valid_and_marked_by_their_region(n, prefix):
    code = uscc.synthetic(n, prefix=prefix)
    assert uscc.check(code).verdict is UsccVerdict.VALID
    assert uscc.region_hint(code) == uscc.DEMO_REGION
    assert uscc.is_synthetic(code)


def test_synthetic_codes_differ():
    assert len({uscc.synthetic(n) for n in range(3_000)}) == 3_000


@pytest.mark.parametrize("code", VALID)
def test_real_codes_are_not_synthetic(code):
    assert not uscc.is_synthetic(code)


def test_a_text_without_region_is_not_synthetic():
    assert not uscc.is_synthetic("9111")


@pytest.mark.parametrize("n", [-1, 1_000_000])
def test_synthetic_codes_are_bounded(n):
    with pytest.raises(ValueError, match="numbered"):
        uscc.synthetic(n)


@pytest.mark.parametrize("region", ["320500", "9900", "99000A"])
def test_a_synthetic_code_never_lies_in_a_real_region(region):
    with pytest.raises(ValueError, match="unassigned"):
        uscc.synthetic(1, region)
