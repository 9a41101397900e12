from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from creditbridge.kernel import clock, ids
from creditbridge.kernel.words import Words


def test_the_legal_date_is_that_of_shanghai():
    with clock.at(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 11, 23)
    with clock.at(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 11, 22)


def test_the_clock_refuses_an_instant_without_a_zone():
    with pytest.raises(ValueError, match="aware"), clock.at(datetime(2026, 1, 1)):
        pass


def test_the_clock_goes_back_after_the_block():
    before = clock.now()
    with clock.at(datetime(2020, 1, 1, tzinfo=UTC)):
        assert clock.now().year == 2020
    assert clock.now() == before


def test_words_fill_each_language_with_its_own_words():
    filled = Words("请联系{who}。", "Ask {who}.").fill(who=Words("银行", "the bank"))
    assert filled == Words("请联系银行。", "Ask the bank.")


@pytest.mark.parametrize(
    ("locale", "text"), [("zh", "是"), ("zh_CN", "是"), ("en", "yes"), ("en_GB", "yes"), ("fr", "是")]
)
def test_words_are_said_in_the_locale_and_in_chinese_for_unknown_ones(locale: str, text: str):
    assert Words("是", "yes").say(locale) == text


def test_public_ids_are_long_and_speakable():
    made = {ids.public_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == ids.LENGTH and set(one) <= set(ids.ALPHABET) for one in made)


def test_a_legal_day_begins_at_midnight_in_shanghai():
    begun = clock.start_of_day(date(2026, 11, 23))
    assert begun == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert clock.legal_date(begun) == date(2026, 11, 23)
