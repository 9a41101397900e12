"""The unified social credit code 统一社会信用代码 (GB 32100-2015) and the 15-digit registration number before it.

What is checked: 18 characters; digits at places 3 to 8 (the region); elsewhere the 31 signs of the standard, which
leave out I, O, S, V and Z; and the check digit. A wrong check digit is a **warning**: real registrations carry some,
so an operator may go on with a reason. There is no list of allowed prefixes, the organisation code inside is not
checked, and the region inside is only a hint, for firms move and codes of dissolved districts live on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stdnum.cn import uscc as standard
from stdnum.iso7064 import mod_11_10

from creditbridge.kernel.words import Words

LENGTH = 18
OLD_LENGTH = 15
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
DEMO_REGION = "990000"
"""A region code under 99, where no province is assigned: what the demo city's codes carry."""

_REGION = slice(2, 8)
_UNASSIGNED = "99"
_DIGITS = frozenset("0123456789")
_LOOK_ALIKE = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Spaces of all kinds, dashes, invisible marks and the apostrophe by which spreadsheets keep a text a text.
_DROPPED = dict.fromkeys(
    map(
        ord,
        " \t\r\n\u00a0\u3000\u2002\u2003\u2009\u200b\u200c\u200d\u2060\ufeff-\u2010\u2011\u2012\u2013\u2014\u2212_'’",
    )
)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0123456789X0"


class UsccVerdict(StrEnum):
    VALID = "valid"
    CHECK_DIGIT_MISMATCH = "check_digit_mismatch"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class UsccCheck:
    """What a check found.

    Attributes:
        code: the normalised text.
        verdict: only ``malformed`` refuses; ``check_digit_mismatch`` warns.
        problem: which check failed and what to do; None if valid.
        hint: what was probably meant (look-alike letters), or what was tidied away; None if nothing.
        suggestion: a whole valid code that the look-alike hint leads to, never put in silently.
    """

    code: str
    verdict: UsccVerdict
    problem: Words | None = None
    hint: Words | None = None
    suggestion: str | None = None


def normalise(text: str) -> str:
    """Half-width, upper case, without spaces and dashes. Letters are never exchanged for look-alike digits."""
    return text.translate(_FULL_WIDTH).translate(_DROPPED).upper()


def check(text: str) -> UsccCheck:
    """Check a code as typed or imported; see the module for what is and is not checked."""
    code = normalise(text)
    malformed = _length_problem(code) or _alphabet_problem(code)
    if malformed:
        suggestion, hint = _look_alikes(code)
        return UsccCheck(code, UsccVerdict.MALFORMED, malformed, hint, suggestion)
    expected = standard.calc_check_digit(code[:-1])
    if code[-1] == expected:
        return UsccCheck(code, UsccVerdict.VALID, hint=_tidied(text, code))
    problem = Words(
        "校验位不符：按前 17 位计算，最后一位应为 {expected}，现为 {found}。请对照营业执照逐位核对。",
        "The check digit does not match: from the first 17 characters the last should be {expected}, not {found}. Compare every character with the business licence.",
    ).fill(expected=expected, found=code[-1])
    return UsccCheck(code, UsccVerdict.CHECK_DIGIT_MISMATCH, problem, _tidied(text, code))


def _length_problem(code: str) -> Words | None:
    if len(code) == LENGTH:
        return None
    if not code:
        return Words("请填写统一社会信用代码。", "Enter the unified social credit code.")
    if is_old_registration_number(code):
        return Words(
            "这是 15 位的旧注册号。请填写营业执照上 18 位的统一社会信用代码。",
            "This is a 15-digit old registration number. Enter the 18-character unified social credit code on the business licence.",
        )
    return Words(
        "长度不符：统一社会信用代码应为 18 位，现为 {length} 位。请检查是否多填或漏填。",
        "Wrong length: a unified social credit code has 18 characters, this has {length}. Check for a missing or extra one.",
    ).fill(length=len(code))


def _alphabet_problem(code: str) -> Words | None:
    for place, sign in enumerate(code, start=1):
        if sign not in ALPHABET:
            return Words(
                "字符不符：第 {place} 位的“{sign}”不会出现在统一社会信用代码中（只用数字和大写字母，不含 I、O、S、V、Z）。",
                "Wrong character: “{sign}” at position {place} never occurs in a unified social credit code (digits and capital letters without I, O, S, V, Z).",
            ).fill(place=place, sign=sign)
        if _REGION.start < place <= _REGION.stop and sign not in _DIGITS:
            return Words(
                "字符不符：第 {place} 位是“{sign}”，而第 3 至 8 位为登记地区代码，只能是数字。",
                "Wrong character: position {place} is “{sign}”, but positions 3 to 8 are the region code and hold digits only.",
            ).fill(place=place, sign=sign)
    return None


def _look_alikes(code: str) -> tuple[str | None, Words | None]:
    found = [(place, sign) for place, sign in enumerate(code, start=1) if sign in _LOOK_ALIKE]
    if not found:
        return None, None
    place, sign = found[0]
    meant = "".join(_LOOK_ALIKE.get(letter, letter) for letter in code)
    if check(meant).verdict is UsccVerdict.VALID:
        hint = Words(
            "是否应为 {meant}？请对照营业执照核对。",
            "Did you mean {meant}? Compare it with the business licence.",
        )
        return meant, hint.fill(meant=meant)
    hint = Words(
        "第 {place} 位的“{sign}”与“{digit}”相似，请核对。",
        "“{sign}” at position {place} looks like “{digit}”. Please check.",
    )
    return None, hint.fill(place=place, sign=sign, digit=_LOOK_ALIKE[sign])


def _tidied(text: str, code: str) -> Words | None:
    if text == code:
        return None
    hint = Words(
        "已去除空格和横线，并统一为半角大写：{code}。",
        "Spaces and dashes were removed and letters made plain capitals: {code}.",
    )
    return hint.fill(code=code)


def is_old_registration_number(text: str) -> bool:
    """Whether a text is a 15-digit registration number of the time before the code, kept as second identifier.

    The check digit is not required: :func:`old_registration_problem` tells whether it computes.
    """
    number = normalise(text)
    return len(number) == OLD_LENGTH and _DIGITS.issuperset(number)


def old_registration_problem(text: str) -> Words | None:
    """A hint where a 15-digit number's check digit does not compute (GS 15-2006: ISO 7064 MOD 11,10)."""
    number = normalise(text)
    if not is_old_registration_number(number):
        return Words("旧注册号应为 15 位数字。", "An old registration number has 15 digits.")
    expected = mod_11_10.calc_check_digit(number[:-1])
    if number[-1] == expected:
        return None
    return Words(
        "旧注册号校验位不符：最后一位应为 {expected}，现为 {found}。请核对。",
        "The old registration number's check digit does not match: the last digit should be {expected}, not {found}. Please check.",
    ).fill(expected=expected, found=number[-1])


def region_hint(code: str) -> str | None:
    """The six-digit region inside a code (or opening a 15-digit number), where the firm *was* registered; else None."""
    plain = normalise(code)
    if is_old_registration_number(plain):
        return plain[:6]
    region = plain[_REGION]
    return region if len(plain) == LENGTH and _DIGITS.issuperset(region) else None


def is_synthetic(code: str) -> bool:
    """Whether a code lies in an unassigned region, as only those of the demo city do."""
    return (region_hint(code) or "").startswith(_UNASSIGNED)


def synthetic(n: int, region: str = DEMO_REGION, prefix: str = "91") -> str:
    """The n-th invented code (0 to 999,999), valid in every check, in a region that no real firm can have.

    Raises:
        ValueError: if n is out of range or the region is not six digits under 99.
    """
    if not 0 <= n < 1_000_000:
        raise ValueError("a synthetic code is numbered from 0 to 999,999")
    if not (len(region) == 6 and _DIGITS.issuperset(region) and region.startswith(_UNASSIGNED)):
        raise ValueError("a synthetic code lies in an unassigned region: six digits beginning with 99")
    organisation = f"MA{n:06d}"
    total = sum(
        int(sign, 36) * weight for sign, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
    )
    front = f"{prefix}{region}{organisation}{_ORGANISATION_CHECKS[11 - total % 11]}"
    return front + standard.calc_check_digit(front)
