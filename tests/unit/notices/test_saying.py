from __future__ import annotations

from string import Formatter

import pytest

from creditbridge.kernel.words import Words
from creditbridge.notices.kinds import KINDS
from creditbridge.notices.rules import NoticeKind, say

KIND = NoticeKind(Words("{firm}申请 {amount}", "{firm} asks for {amount}"), Words("{lender}", "{lender}"))


def test_an_amount_is_said_as_each_language_says_it() -> None:
    said = say(KIND, {"firm": "甲", "amount_fen": 125_000_000, "lender": "乙"})
    assert said.title.zh == "甲申请 125 万元"
    assert said.title.en == "甲 asks for ¥1.25 million"


def test_words_are_said_per_language() -> None:
    said = say(KIND, {"firm": "甲", "amount_fen": 100, "lender": {"zh": "银行", "en": "Bank"}})
    assert (said.text.zh, said.text.en) == ("银行", "Bank")


def test_a_missing_value_reads_as_a_dash() -> None:
    assert say(KIND, {}).text.zh == "—"


def test_braces_in_a_value_stay_as_typed() -> None:
    assert say(KIND, {"lender": "{firm}"}).text.zh == "{firm}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_same_fields_in_both_languages(kind: str) -> None:
    for words in (KINDS[kind].title, KINDS[kind].text):
        chinese, english = (
            {name for _, name, _, _ in Formatter().parse(text) if name} for text in (words.zh, words.en)
        )
        assert chinese == english
