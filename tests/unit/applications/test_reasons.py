from __future__ import annotations

import pytest

from creditbridge.kernel.errors import InvalidInput
from matching.applications.reasons import REASONS, Reason, check_reasons, said


def test_every_reason_has_words_and_advice() -> None:
    assert set(REASONS) == set(Reason)
    assert all(entry.words.zh and entry.advice.zh for entry in REASONS.values())


def test_one_to_four_are_taken() -> None:
    check_reasons([Reason.DEBT_TOO_HIGH], "")
    check_reasons(list(Reason)[:4], "")


@pytest.mark.parametrize("codes", [[], list(Reason)[:5], [Reason.LITIGATION, Reason.LITIGATION]])
def test_none_five_or_repeated_are_refused(codes: list[Reason]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_reasons(codes, "")
    assert list(refusal.value.fields) == ["reasons"]


def test_other_needs_its_text() -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_reasons([Reason.OTHER], "  ")
    assert list(refusal.value.fields) == ["text"]
    check_reasons([Reason.OTHER], "项目已停工")


def test_a_text_has_an_end() -> None:
    with pytest.raises(InvalidInput):
        check_reasons([Reason.LITIGATION], "长" * 501)


def test_reasons_are_said_in_both_languages() -> None:
    words = said(["debt_too_high", "litigation"])
    assert words.zh == "负债水平偏高、有未了结的诉讼或执行案件"
    assert words.en == "too much debt, open lawsuits or enforcement"
