from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.registry import readings
from creditbridge.registry.readings import EntityKind, FirmStatus


@pytest.mark.parametrize(
    "text",
    [
        "2019-01-30", "2019-1-30", "2019/1/30", "2019.01.30", "20190130", "2019年1月30日", "2019-01-30 00:00:00",
        "2019-01-30T00:00:00", "2019-01-30 00:00:00.0", "2019-01-30T00:00:00Z", "２０１９－０１－３０", "2019/1/30 0:00",
    ],
)  # fmt: skip
def test_dates_are_read_as_registers_write_them(text: str):
    assert readings.read_date(text) == date(2019, 1, 30)


@pytest.mark.parametrize(
    "text",
    ["2019-02-30", "0000-00-00", "30/01/2019", "19-1-30", "43495", "2019-01/30", "长期", "2019-13-01", ""],
)
def test_what_is_no_date_is_none(text: str):
    assert readings.read_date(text) is None


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("存续", FirmStatus.ACTIVE),
        ("存续（在营、开业、在册）", FirmStatus.ACTIVE),
        ("在业", FirmStatus.ACTIVE),
        ("开业", FirmStatus.ACTIVE),
        ("正常", FirmStatus.ACTIVE),
        ("active", FirmStatus.ACTIVE),
        ("Revoked", FirmStatus.LICENCE_REVOKED),
        ("注销", FirmStatus.DEREGISTERED),
        ("吊销", FirmStatus.LICENCE_REVOKED),
        ("吊销，未注销", FirmStatus.LICENCE_REVOKED),
        ("吊销,已注销", FirmStatus.DEREGISTERED),
        ("撤销", FirmStatus.REGISTRATION_CANCELLED),
        ("迁出", FirmStatus.MOVED_OUT),
        ("歇业", FirmStatus.DORMANT),
        ("清算", FirmStatus.LIQUIDATING),
        ("非正常户", None),
        ("其他", None),
    ],
)
def test_status_words_are_understood_or_unknown(words: str, status: FirmStatus | None):
    assert readings.read_status(words) is status


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("有限责任公司(自然人独资)", EntityKind.ENTERPRISE),
        ("个人独资企业", EntityKind.ENTERPRISE),
        ("集体分支机构(非法人)", EntityKind.ENTERPRISE),
        ("股份合作制", EntityKind.ENTERPRISE),
        ("普通合伙", EntityKind.ENTERPRISE),
        ("个体工商户", EntityKind.INDIVIDUAL_BUSINESS),
        ("个体", EntityKind.INDIVIDUAL_BUSINESS),
        ("农民专业合作社", EntityKind.FARMERS_COOPERATIVE),
        ("事业单位", EntityKind.OTHER_ORGANISATION),
        ("民办非企业单位", EntityKind.OTHER_ORGANISATION),
        ("其他", None),
        ("", None),
    ],
)
def test_type_words_say_the_kind_or_nothing(words: str, kind: EntityKind | None):
    assert readings.read_kind(words) is kind


@pytest.mark.parametrize("text", ["", "N/A", "n/a", "-", "—", "无", "NULL", "\\N", "（null）", "未公示"])
def test_some_words_state_nothing(text: str):
    assert not readings.is_stated(text)


def test_tidying_joins_white_space_and_takes_out_invisible_marks():
    assert readings.tidy(" 甲\u200b公\ufeff司\t有限\r\n公司 ") == "甲公司 有限 公司"


@pytest.mark.parametrize("sign", ["\0", "\x07", "\x1b", "\x7f", "\x9f", "\ufffd"])
def test_control_characters_and_broken_signs_are_seen(sign: str):
    assert readings.has_control_characters(f"甲{sign}乙")


def test_every_word_of_state_is_there_in_both_languages():
    for words in (readings.FIRM_STATUS_WORDS, readings.ENTITY_KIND_WORDS, readings.IDENTITY_WORDS):
        enumeration = type(next(iter(words)))
        assert set(words) == set(enumeration)


@given(st.text(max_size=30))
def test_no_text_breaks_a_reading(text: str):
    readings.read_date(text)
    readings.read_status(text)
    readings.read_kind(text)
    assert readings.tidy(readings.tidy(text)) == readings.tidy(text)
