"""Which passwords are taken: pure.

The default profile follows OWASP ASVS 5.0 (6.2): length and known-bad lists, no composition rules, no forced
rotation. The ``dengbao`` profile (等保 2.0) asks for three kinds of characters as well.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from creditbridge.kernel.words import Words

MIN_LENGTH = 10
MAX_LENGTH = 256
# Words everyone who attacks this product would try first.
CONTEXT_WORDS = ("creditbridge", "xinqiao", "信桥", "rongzi", "融资", "xinyong", "信用", "daikuan", "贷款")

_COMMON = frozenset(FREQUENCY_LISTS["passwords"])


class Profile(StrEnum):
    ASVS = "asvs"
    DENGBAO = "dengbao"


def problems(password: str, *own_words: str, profile: Profile = Profile.ASVS) -> list[Words]:
    """What is wrong with a new password; empty when it can be taken. ``own_words``: login name, organisation."""
    found: list[Words] = []
    if len(password) < MIN_LENGTH:
        found.append(
            Words(
                "密码至少 {n} 位，可以用一句好记的话。",
                "Use at least {n} characters; a phrase that you remember works well.",
            ).fill(n=MIN_LENGTH)
        )
    if len(password) > MAX_LENGTH:
        found.append(Words("密码不能超过 {n} 位。", "Use at most {n} characters.").fill(n=MAX_LENGTH))
    lowered = password.casefold()
    if lowered in _COMMON or len(set(lowered)) <= 2:
        found.append(
            Words(
                "这个密码太常见，容易被猜中，请换一个。",
                "This password is too common and easily guessed. Choose another.",
            )
        )
    if _leans_on(lowered, own_words):
        found.append(
            Words(
                "密码不能以账号、单位名称或平台名称为主。",
                "Do not build the password on your account, organisation or this platform's name.",
            )
        )
    if profile is Profile.DENGBAO and _kinds(password) < 3:
        found.append(
            Words(
                "密码须包含大写字母、小写字母、数字、符号中的至少三种。",
                "Use at least three of: capital letters, small letters, digits, symbols.",
            )
        )
    return found


def _leans_on(lowered: str, own_words: tuple[str, ...]) -> bool:
    """Whether what remains without the context words is too short to protect anything."""
    rest = lowered
    for word in (*CONTEXT_WORDS, *own_words):
        if len(word) >= 2:
            rest = rest.replace(word.casefold(), "")
    return len(rest) < len(lowered) and len(rest) < MIN_LENGTH - 2


def _kinds(password: str) -> int:
    def kind(sign: str) -> str:
        category = unicodedata.category(sign)
        return category if category in {"Lu", "Ll", "Nd"} else "other"

    return len({kind(sign) for sign in password})
