"""What fields take, refuse and show."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN
from creditbridge.kernel.words import Words
from creditbridge.pages import fields
from creditbridge.pages.schemas import Schema


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


def load(field: Any, value: Any) -> Any:
    class One(Schema):
        it = field

    return One().load({"it": value})["it"]


def refusal(field: Any, value: Any) -> Words:
    with pytest.raises(ValidationError) as caught:
        load(field, value)
    messages: Any = caught.value.messages
    return messages["it"][0]


@pytest.mark.parametrize("value", ["3", 3.0, True, None, [], {}, 2**63])
def test_whole_takes_integers_only(value: Any) -> None:
    assert isinstance(refusal(fields.Whole(), value), Words)


def test_whole_keeps_its_bounds() -> None:
    assert refusal(fields.Whole(min=1, max=360), 361) == Words(
        "应在 1 到 360 之间。", "Enter a value from 1 to 360."
    )


def test_an_amount_below_its_bound_names_the_bound_in_both_languages() -> None:
    words = refusal(fields.Amount(min=1_000_000, max=300_000_000), 999_999)
    assert words.zh == "应在 1 万元 到 300 万元 之间。"
    assert "¥3 million" in words.en


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("125", 125_000_000),
        ("125万", 125_000_000),
        ("1.2亿", 12_000_000_000),
        ("3000元", 300_000),
        (" 12.5 ", 12_500_000),
    ],
)
def test_a_bare_amount_counts_in_its_unit_and_a_written_unit_wins(text: str, fen: int) -> None:
    assert fields.Amount().from_text(text) == fen


def test_an_amount_in_yuan_reads_bare_numbers_as_yuan() -> None:
    assert fields.Amount(unit="yuan").from_text("3000.50") == 300_050


@given(st.integers(min_value=0, max_value=MAX_FEN), st.sampled_from(["wan", "yuan"]))
def test_an_amount_shown_and_typed_again_is_the_same(fen: int, unit: str) -> None:
    field = fields.Amount(unit=unit)
    assert field.from_text(field.to_text(fen)) == fen


@given(st.integers(min_value=0, max_value=1_000_000))
def test_a_rate_shown_and_typed_again_is_the_same(ppm: int) -> None:
    field = fields.Rate()
    assert field.from_text(field.to_text(ppm)) == ppm


@pytest.mark.parametrize(
    "value", ["2026-02-30", "2026-2-3", "23.11.2026", 20261123, "", "2026-11-23T00:00:00"]
)
def test_a_date_is_written_in_one_way(value: Any) -> None:
    assert isinstance(refusal(fields.LegalDate(), value), Words)


def test_a_date_on_a_page_may_be_written_as_people_do() -> None:
    assert fields.LegalDate().from_text("2026年2月3日") == "2026-02-03"


def test_a_bound_of_a_date_may_move_with_the_clock() -> None:
    assert (
        refusal(fields.LegalDate(not_before=lambda: date(2026, 11, 23)), "2026-11-22").zh
        == "不能早于 2026-11-23。"
    )


def test_an_instant_needs_its_offset() -> None:
    assert isinstance(refusal(fields.Instant(), "2026-11-23T14:05:00"), Words)


def test_an_instant_is_kept_in_utc() -> None:
    assert load(fields.Instant(), "2026-11-23T14:05:00+08:00") == datetime(2026, 11, 23, 6, 5, tzinfo=UTC)


def test_a_choice_is_a_member() -> None:
    assert load(fields.Choice(Size), "small") is Size.SMALL


@pytest.mark.parametrize("value", ["SMALL", "tiny", 1, None, ["small"]])
def test_a_choice_outside_the_enumeration_is_refused(value: Any) -> None:
    assert isinstance(refusal(fields.Choice(Size), value), Words)


def test_a_choice_names_its_members_in_words() -> None:
    field = fields.Choice(Size, {Size.SMALL: Words("小", "Small")})
    assert field.choices() == [("small", Words("小", "Small")), ("large", Words("large", "large"))]


@pytest.mark.parametrize("value", ["true", 1, 0, None, "on"])
def test_a_flag_in_json_is_true_or_false(value: Any) -> None:
    assert isinstance(refusal(fields.Flag(), value), Words)


def test_an_agreement_takes_yes_only() -> None:
    assert refusal(fields.Flag(agreed=True), False).en == "Tick this box."


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\nb", "\ud800"])
def test_control_characters_are_refused(text: str) -> None:
    assert isinstance(refusal(fields.Text(), text), Words)


def test_lines_are_kept_where_asked_for() -> None:
    assert load(fields.Text(lines=True), " a\r\nb ") == "a\nb"


def test_a_required_text_of_blanks_is_missing() -> None:
    assert refusal(fields.Text(required=True), "   ").zh in {"请填写此项。", "至少填写 1 个字。"}


def test_a_secret_is_taken_exactly_as_typed() -> None:
    assert load(fields.Secret(), " 密 码 ") == " 密 码 "


def test_a_secret_is_never_shown() -> None:
    assert fields.Secret().to_text("x") == ""


def test_a_repeated_item_is_refused() -> None:
    assert isinstance(refusal(fields.ListOf(fields.Code()), ["a", "a"]), Words)


@pytest.mark.parametrize(("field", "good", "bad"), [
    (fields.Email, "a.b@example.com", "a@b"),
    (fields.Phone, "+86 138-0000-0000", "call me"),
    (fields.Code, "A_1-b", "a b"),
    (fields.PublicId, "0123456789abcdefghjk", "0123456789abcdefghil"),
])  # fmt: skip
def test_texts_with_a_form(field: Any, good: str, bad: str) -> None:
    assert load(field(), good) == good
    assert isinstance(refusal(field(), bad), Words)


def test_an_unknown_field_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput) as caught:
        Schema().read({"x": 1})
    assert caught.value.fields["x"][0].zh == "没有这个字段，请删去。"


@pytest.mark.parametrize("body", [[], "text", 3, None])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(InvalidInput):
        Schema().read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Everything(Schema):
    text = fields.Text(required=True)
    amount = fields.Amount()
    rate = fields.Rate()
    day = fields.LegalDate()
    at = fields.Instant()
    size = fields.Choice(Size)
    flag = fields.Flag()
    several = fields.ListOf(fields.Choice(Size))
    rows = fields.Nested(lambda: Everything(), many=True, max=2)  # noqa: PLW0108 - the name is not there yet


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws the first value slowly
@given(st.dictionaries(st.sampled_from(list(Everything().fields)), json_values))
def test_whatever_comes_is_read_or_refused_in_words(body: dict[str, Any]) -> None:
    refused: dict[str, list[Words]] = {}
    try:
        Everything().read(body)
    except InvalidInput as error:
        refused = error.fields
    assert all(isinstance(words, Words) for several in refused.values() for words in several)
