"""Money in integer fen, rates in integer ppm a year: how they are read, written and rounded.

One yuan is 100 fen. A rate of 3.85% is 38,500 ppm (parts per million); one basis point is 100 ppm.

Rounding is the same everywhere: **half up**, a half going away from zero (0.5 fen → 1, −0.5 fen → −1), the
practice of bank statements, not the half-to-even of Python's ``round``. :func:`divide_half_up` is its one home.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from creditbridge.kernel.words import ENGLISH, Words

FEN_PER_YUAN: Final = 100
FEN_PER_WAN: Final = 10_000 * FEN_PER_YUAN
FEN_PER_YI: Final = 100_000_000 * FEN_PER_YUAN
FEN_PER_MILLION: Final = 1_000_000 * FEN_PER_YUAN
FEN_PER_BILLION: Final = 1_000_000_000 * FEN_PER_YUAN
MAX_FEN: Final = 10**13
"""The largest amount anybody may enter: 100 billion yuan (1,000 亿元)."""

PPM: Final = 1_000_000
PPM_PER_BASIS_POINT: Final = 100
PPM_PER_PERCENT: Final = 10_000
MAX_RATE_PPM: Final = PPM
"""The largest rate anybody may enter: 100% a year."""

_MAX_TEXT = 40
# Full-width signs are mapped one by one: Unicode's compatibility forms would also turn 10² into 102.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0xFFE5: "¥",
    0x2212: "-",
    0x3000: " ",
    0xA0: " ",
}
_UNITS: Final = {
    "": 1, "元": 1, "yuan": 1, "千": 1_000, "千元": 1_000, "万": 10_000, "万元": 10_000, "萬": 10_000, "萬元": 10_000,
    "百万": 1_000_000, "百万元": 1_000_000, "千万": 10_000_000, "千万元": 10_000_000, "亿": 100_000_000,
    "亿元": 100_000_000, "億": 100_000_000, "億元": 100_000_000, "million": 1_000_000, "billion": 1_000_000_000,
}  # fmt: skip
_AMOUNT = re.compile(r"(?:¥|人民币|rmb|cny)?\s*([0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)\s*([^0-9.,\s]*)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_EXPONENT = re.compile(r"[0-9.]\s*e\s*[+-]?[0-9]")
_RATE = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*%?")

_NOT_AN_AMOUNT = Words(
    "无法识别这个金额。请填写数字，如 1250000、1,250,000.00 或 125 万元。",
    "We cannot read this amount. Enter a number such as 1250000, 1,250,000.00 or 1.25 million.",
)
_NOT_A_RATE = Words(
    "无法识别这个利率。请填写年利率百分数，如 3.85%。",
    "We cannot read this rate. Enter a yearly percentage such as 3.85%.",
)


class NumberTextError(ValueError):
    """A text that is no acceptable amount or rate. ``code`` is for machines, ``words`` say what to do."""

    def __init__(self, code: str, words: Words) -> None:
        super().__init__(f"{code}: {words.en}")
        self.code = code
        self.words = words


class AmountError(NumberTextError):
    """Codes: empty, negative, exponent, grouping, not_a_number, too_precise, too_large."""


class RateError(NumberTextError):
    """Codes: empty, negative, not_a_number, too_precise, too_large."""


def divide_half_up(numerator: int, denominator: int) -> int:
    """The quotient as an integer, halves away from zero.

    Raises:
        ZeroDivisionError: if the denominator is zero.
    """
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    rounded = quotient + (2 * remainder >= abs(denominator))
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


def apply_rate(fen: int, ppm: int) -> int:
    """A rate's part of an amount, in fen: ``apply_rate(1_000_000, 38_500) == 38_500``."""
    return divide_half_up(fen * ppm, PPM)


def share(part: int, whole: int) -> int | None:
    """A part of a whole in ppm; None where there is no whole, for a share of nothing is not nought."""
    return divide_half_up(part * PPM, whole) if whole else None


def basis_points_to_ppm(basis_points: int) -> int:
    return basis_points * PPM_PER_BASIS_POINT


def format_exact(fen: int) -> str:
    """To the fen, for contracts, schedules and offers in both languages: ``¥1,250,000.00``."""
    return f"{_sign(fen)}¥{_yuan(abs(fen), always_fen=True)}"


def format_amount(fen: int, locale: str) -> str:
    """The short form people read: at most two decimals of the unit, so it may be rounded half up.

    Chinese: ``8,500 元``, ``12.5 万元``, from 1 亿 ``4.03 亿元``. English: ``¥850,000``, ``¥1.25 million``,
    ``¥1.2 billion``. The sign ¥ never meets 万. Below 万 or million the amount is exact.
    """
    return _sign(fen) + (_english(abs(fen)) if locale.lower().startswith(ENGLISH) else _chinese(abs(fen)))


def amount_words(fen: int) -> Words:
    """The short form of an amount in both languages, to be put into a longer sentence."""
    return Words(format_amount(fen, "zh"), format_amount(fen, "en"))


def exact_words(fen: int) -> Words:
    """An amount to the fen in both languages, where it is to be added up by hand."""
    text = f"{_sign(fen)}{_yuan(abs(fen))}"
    return Words(f"{text} 元", f"CNY {text}")


def _sign(value: int) -> str:
    return "-" if value < 0 else ""


def _yuan(fen: int, *, always_fen: bool = False) -> str:
    yuan, rest = divmod(fen, FEN_PER_YUAN)
    return f"{yuan:,}.{rest:02d}" if rest or always_fen else f"{yuan:,}"


def _in_unit(fen: int, unit: int) -> str:
    hundredths = divide_half_up(fen * 100, unit)
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,}.{rest:02d}".rstrip("0").rstrip(".")


def _chinese(fen: int) -> str:
    if fen < FEN_PER_WAN:
        return f"{_yuan(fen)} 元"
    # What rounds to 10,000 万 is said as 1 亿.
    if divide_half_up(fen * 100, FEN_PER_WAN) < 1_000_000:
        return f"{_in_unit(fen, FEN_PER_WAN)} 万元"
    return f"{_in_unit(fen, FEN_PER_YI)} 亿元"


def _english(fen: int) -> str:
    if fen < FEN_PER_MILLION:
        return f"¥{_yuan(fen)}"
    if divide_half_up(fen * 100, FEN_PER_MILLION) < 100_000:
        return f"¥{_in_unit(fen, FEN_PER_MILLION)} million"
    return f"¥{_in_unit(fen, FEN_PER_BILLION)} billion"


def parse_amount(text: str, *, most: int | None = MAX_FEN) -> int:
    """Read an amount a person typed; answer fen, from 0 to ``most``, None being no bound.

    Takes ``1250000``, ``1,250,000.00``, ``125万``, ``125 万元``, ``1.2亿``, ``¥1.25 million`` and full-width signs.

    Raises:
        AmountError: negative, written with an exponent or wrongly placed commas, finer than one fen, more than
            ``most``, or no number at all.
    """
    plain = text.translate(_HALF_WIDTH).strip().lower()
    if not plain:
        raise AmountError("empty", Words("请填写金额。", "Enter an amount."))
    _refuse_odd_amounts(plain)
    found = _AMOUNT.fullmatch(plain.removeprefix("+")) if len(plain) <= _MAX_TEXT else None
    if found is None or found[2] not in _UNITS:
        raise AmountError("not_a_number", _NOT_AN_AMOUNT)
    digits = found[1]
    if "," in digits and not _GROUPED.fullmatch(digits):
        words = Words(
            "千分位逗号的位置不对。请每三位加一个逗号，如 1,250,000，或不加逗号。",
            "The commas are misplaced. Put one every three digits, as in 1,250,000, or leave them out.",
        )
        raise AmountError("grouping", words)
    return _whole_fen(Decimal(digits.replace(",", "")) * _UNITS[found[2]] * FEN_PER_YUAN, most)


def _refuse_odd_amounts(plain: str) -> None:
    if plain.startswith(("-", "¥-")):
        raise AmountError("negative", Words("金额不能为负数。", "An amount cannot be negative."))
    if _EXPONENT.search(plain):
        words = Words(
            "请不要使用科学计数法，直接填写数字，如 1250000。",
            "Do not use scientific notation. Write the number out, such as 1250000.",
        )
        raise AmountError("exponent", words)


def _whole_fen(fen: Decimal, most: int | None) -> int:
    if most is not None and fen > most:
        words = Words("金额不能超过 {most}。请检查单位。", "The amount cannot exceed {most}. Check the unit.")
        raise AmountError("too_large", words.fill(most=amount_words(most)))
    if fen != int(fen):
        words = Words(
            "金额最多精确到分，即元后两位小数。", "An amount goes to the fen at most: two decimals of a yuan."
        )
        raise AmountError("too_precise", words)
    return int(fen)


def format_rate(ppm: int) -> str:
    """A rate as a percentage with two decimals, or up to four where it has them: ``3.85%``, ``3.8575%``."""
    percent, rest = divmod(abs(ppm), PPM_PER_PERCENT)
    decimals = f"{rest:04d}"
    return f"{_sign(ppm)}{percent}.{decimals[:2]}{decimals[2:].rstrip('0')}%"


def format_share(ppm: int) -> str:
    """A share of a whole with one decimal: ``37.5%``."""
    tenths = divide_half_up(abs(ppm), PPM_PER_PERCENT // 10)
    return f"{_sign(ppm) if tenths else ''}{tenths // 10}.{tenths % 10}%"


def parse_rate(text: str) -> int:
    """Read a yearly rate in percent, with or without the sign; answer ppm, from 0 to 100%.

    ``3.85`` and ``3.85%`` both mean 38,500 ppm; ``0.0385`` means 0.0385%.

    Raises:
        RateError: negative, finer than four decimals of a percent, above 100%, or no number at all.
    """
    plain = text.translate(_HALF_WIDTH).strip()
    if not plain:
        raise RateError("empty", Words("请填写年利率。", "Enter a yearly rate."))
    if plain.startswith("-"):
        raise RateError("negative", Words("年利率不能为负数。", "A rate cannot be negative."))
    found = _RATE.fullmatch(plain) if len(plain) <= _MAX_TEXT else None
    if found is None:
        raise RateError("not_a_number", _NOT_A_RATE)
    ppm = Decimal(found[1]) * PPM_PER_PERCENT
    if ppm > MAX_RATE_PPM:
        raise RateError("too_large", Words("年利率不能超过 100%。", "A rate cannot exceed 100%."))
    if ppm != int(ppm):
        words = Words(
            "年利率最多保留四位小数，如 3.8575%。", "A rate has at most four decimals, such as 3.8575%."
        )
        raise RateError("too_precise", words)
    return int(ppm)
