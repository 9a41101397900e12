from __future__ import annotations

import pytest

from creditbridge.access.password_policy import MAX_LENGTH, Profile, problems


def test_a_long_phrase_is_taken():
    assert problems("四月的茶园比城里安静许多") == []
    assert problems("correct horse battery staple") == []


def test_no_composition_rules_in_the_default_profile():
    assert problems("only small letters here") == []


def test_a_short_password_is_refused():
    assert any("10" in words.en for words in problems("k7#Qz!p"))


def test_a_very_long_password_is_taken_up_to_the_limit():
    phrase = "river stone " * 30
    assert problems(phrase[:MAX_LENGTH]) == []
    assert problems(phrase) != []


@pytest.mark.parametrize("password", ["1234567890", "qwertyuiop", "aaaaaaaaaaaa", "PASSWORD123"])
def test_a_common_password_is_refused(password: str):
    assert problems(password) != []


@pytest.mark.parametrize(
    "password", ["creditbridge1", "Xinqiao2026", "chen.wei2026!", "信桥信桥信桥信桥1234"]
)
def test_a_password_built_on_known_words_is_refused(password: str):
    assert problems(password, "chen.wei") != []


def test_the_dengbao_profile_asks_for_three_kinds_of_characters():
    assert problems("only small letters here", profile=Profile.DENGBAO) != []
    assert problems("Only small letters, 3 here", profile=Profile.DENGBAO) == []
