"""Registered capital as registers write it: read into an amount and a currency, never converted.

The text is taken apart into the one amount (digits or Chinese numerals), its scale (万, 亿 …), its currency
and words that say nothing more (元, 整, 注册资本). Anything else in it, two amounts, two currencies, an amount
without unit or a bare ``$`` make it unreadable: the raw text is kept and a problem says why.

A capital without a currency word is in yuan, as company law has it; one in another currency names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from creditbridge.kernel.money import divide_half_up
from creditbridge.kernel.words import Words
from creditbridge.registry.widths import half_width

YUAN = "CNY"
MAX_TEXT = 60
MAX_MINOR = 10**18
"""Ten quadrillion yuan: more is a misreading, and less than the database's largest integer."""

_NOT_STATED = frozenset({
    "", "N/A", "NA", "-", "--", "—", "——", "/", "\\", "*", "无", "暂无", "不详", "未公示", "不公示", "未公开", "未填写",
    "暂未公示", "企业选择不公示", "NULL", "NONE", "NAN",
})  # fmt: skip
_SCALES: Mapping[str, int] = {
    "百": 10**2, "千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "千万": 10**7,
    "亿": 10**8, "億": 10**8, "万亿": 10**12,
}  # fmt: skip
_CURRENCIES: Mapping[str, tuple[str, ...]] = {
    YUAN: ("人民币", "人民幣", "RMB", "CNY", "CN¥", "¥"),
    "USD": ("美元", "美金", "美币", "USD", "US$"),
    "HKD": ("港元", "港币", "港幣", "港圆", "HKD", "HK$"),
    "MOP": ("澳门元", "澳门币", "MOP", "MOP$"),
    "TWD": ("新台币", "新臺幣", "台币", "台湾元", "TWD", "NT$"),
    "JPY": ("日元", "日圆", "日币", "円", "JPY"),
    "EUR": ("欧元", "EUR", "€"),
    "GBP": ("英镑", "英磅", "GBP", "£"),
    "KRW": ("韩元", "韩币", "韩圆", "韩国元", "KRW", "₩"),
    "SGD": ("新加坡元", "新加坡币", "新元", "新币", "SGD", "S$"),
    "AUD": ("澳元", "澳大利亚元", "澳币", "AUD", "A$"),
    "CAD": ("加元", "加拿大元", "加拿大币", "加币", "CAD", "C$"),
    "NZD": ("新西兰元", "NZD", "NZ$"),
    "CHF": ("瑞士法郎", "CHF"),
    "SEK": ("瑞典克朗", "SEK"),
    "DKK": ("丹麦克朗", "DKK"),
    "NOK": ("挪威克朗", "NOK"),
    "RUB": ("俄罗斯卢布", "卢布", "RUB"),
    "THB": ("泰铢", "泰国铢", "THB"),
    "MYR": ("马来西亚林吉特", "林吉特", "马来西亚元", "马币", "MYR"),
    "INR": ("印度卢比", "INR"),
    "PHP": ("菲律宾比索", "PHP"),
    "IDR": ("印度尼西亚盾", "印尼盾", "IDR"),
    "VND": ("越南盾", "VND"),
    "KZT": ("坚戈", "哈萨克斯坦坚戈", "KZT"),
    "AED": ("阿联酋迪拉姆", "迪拉姆", "AED"),
    "ZAR": ("南非兰特", "兰特", "ZAR"),
    "DEM": ("德国马克", "马克", "DEM"),
    "FRF": ("法国法郎", "FRF"),
    "ITL": ("意大利里拉", "里拉", "ITL"),
    "NLG": ("荷兰盾", "NLG"),
    "BEF": ("比利时法郎", "BEF"),
}
_NUMERIC_CODES = {"156": YUAN, "840": "USD", "344": "HKD", "446": "MOP", "901": "TWD", "392": "JPY", "978": "EUR", "826": "GBP",
                  "410": "KRW", "702": "SGD", "036": "AUD", "124": "CAD", "756": "CHF"}  # fmt: skip
_MINOR_DIGITS: Mapping[str, int] = {"JPY": 0, "KRW": 0, "VND": 0, "ITL": 0, "BEF": 0}
_SILENT = (
    "注册资本", "注册资金", "认缴出资额", "认缴资本", "认缴", "出资额", "出资总额", "成员出资总额", "资金数额", "开办资金",
    "元", "圆", "圓", "整", "正", "为", "(", ")", "[", "]", ":", "/", ",", "。", " ",
)  # fmt: skip

_DIGITS = r"\d[\d,]*(?:\.\d+)?"
_ONES = "零〇一二三四五六七八九两壹贰貳叁參肆伍陆陸柒捌玖"
_TENS = "十拾百佰千仟"
_GROUPED = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+)(?:\.\d+)?", re.ASCII)

_UNREADABLE = Words(
    "注册资本无法识别，已按原文保留。", "We cannot read the registered capital. It is kept as written."
)
_NO_UNIT = Words(
    "注册资本没有写明单位（元或万元），已按原文保留。",
    "The registered capital does not say its unit (yuan or 10,000 yuan). It is kept as written.",
)
_SEVERAL = Words("注册资本有不止一个金额或币种，已按原文保留。", "The registered capital names more than one amount or currency. It is kept as written.")  # fmt: skip
_WHOSE_DOLLAR = Words("注册资本中的“$”未写明是哪种货币，已按原文保留。", "The registered capital says “$” without naming the currency. It is kept as written.")  # fmt: skip
_TOO_LARGE = Words("注册资本超出合理范围，已按原文保留。", "The registered capital is beyond any plausible amount. It is kept as written.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Capital:
    """``raw`` as it was written; ``amount_minor`` in the currency's minor unit (fen, cents, whole yen).

    Both amount and currency are None when nothing is stated (``problem`` None) or it cannot be read
    (``problem`` says why).
    """

    raw: str
    amount_minor: int | None = None
    currency: str | None = None
    problem: Words | None = None


class _UnreadableError(Exception):
    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True)
class _Parts:
    amount: Decimal
    currency: str | None
    has_unit: bool


def parse_capital(text: str, unit: str | None = None, currency: str | None = None) -> Capital:
    """Read a registered capital.

    Args:
        text: what the register says.
        unit: what a bare number is counted in, ``元`` or ``万元``, when the column's heading says so.
        currency: what a column of its own says of the currency, in words, ISO letters or ISO digits.
    """
    written = half_width(text)
    if written.upper() in _NOT_STATED:
        return Capital(text)
    try:
        return _read(text, written, unit, _stated_currency(currency))
    except _UnreadableError as unreadable:
        return Capital(text, problem=unreadable.words)


def _read(raw: str, written: str, unit: str | None, column: str | None) -> Capital:
    if len(written) > MAX_TEXT:
        raise _UnreadableError(_UNREADABLE)
    parts = _parts(written.upper())
    if parts.currency and column and parts.currency != column:
        raise _UnreadableError(_SEVERAL)
    currency = parts.currency or column or YUAN
    amount = parts.amount * _bare_unit(parts, unit)
    numerator, denominator = (amount * 10 ** _MINOR_DIGITS.get(currency, 2)).as_integer_ratio()
    minor = divide_half_up(numerator, denominator)
    if minor > MAX_MINOR:
        raise _UnreadableError(_TOO_LARGE)
    return Capital(raw, minor, currency)


def _bare_unit(parts: _Parts, unit: str | None) -> int:
    """What one of a bare number stands for. The heading's unit speaks first, then a currency beside the number."""
    if parts.has_unit or not parts.amount:
        return 1
    if unit is None and parts.currency is None:
        raise _UnreadableError(_NO_UNIT)
    return 10_000 if unit == "万元" else 1


def _stated_currency(column: str | None) -> str | None:
    if not column:
        return None
    stated = half_width(column).upper()
    if stated in _NUMERIC_CODES:
        return _NUMERIC_CODES[stated]
    found = {_currency_words()[word] for kind, word in _tokens(stated) if kind == "currency"}
    if len(found) != 1:
        raise _UnreadableError(_SEVERAL if found else _UNREADABLE)
    return found.pop()


def _parts(written: str) -> _Parts:
    """Sort the tokens: amounts with their scale, currency words, silent words."""
    amounts: list[Decimal] = []
    scales: list[int] = []
    currencies: set[str] = set()
    has_unit = False
    for kind, word in _tokens(written):
        if kind == "number":
            amounts.append(_number(word))
        elif kind == "scale":
            scales.append(_SCALES[word])
        elif kind == "currency":
            currencies.add(_currency_words()[word])
        has_unit = has_unit or kind == "scale" or word in {"元", "圆", "圓"}
    if not amounts:
        raise _UnreadableError(_UNREADABLE)
    if len(currencies) > 1:
        raise _UnreadableError(_SEVERAL)
    return _Parts(_total(amounts, scales), currencies.pop() if currencies else None, has_unit)


def _total(amounts: list[Decimal], scales: list[int]) -> Decimal:
    if len(amounts) == 1 and len(scales) <= 1:
        return amounts[0] * (scales[0] if scales else 1)
    # 1亿2000万 is one amount; every other pair of numbers is two.
    if len(amounts) == 2 and len(scales) == 2 and scales[0] > amounts[1] * scales[1]:
        return amounts[0] * scales[0] + amounts[1] * scales[1]
    raise _UnreadableError(_SEVERAL if len(amounts) > 1 else _UNREADABLE)


def _tokens(written: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(written):
        match = _token_pattern().match(written, at)
        if match is None or match.lastgroup is None:
            raise _UnreadableError(_WHOSE_DOLLAR if written[at] == "$" else _UNREADABLE)
        yield match.lastgroup, match.group()
        at = match.end()


@cache
def _token_pattern() -> re.Pattern[str]:
    def either(words: Iterator[str]) -> str:
        return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))

    return re.compile(
        rf"(?P<number>{_DIGITS}|[{_ONES}十拾][{_ONES}{_TENS}]*)"
        rf"|(?P<currency>{either(iter(_currency_words()))})"
        rf"|(?P<scale>{either(iter(_SCALES))})"
        rf"|(?P<silent>{either(iter(_SILENT))})",
        re.ASCII,
    )


@cache
def _currency_words() -> Mapping[str, str]:
    return MappingProxyType({word: code for code, words in _CURRENCIES.items() for word in words})


def _number(word: str) -> Decimal:
    if word[0] not in "0123456789":
        return Decimal(_numeral(word))
    if "," in word and not _GROUPED.fullmatch(word):
        raise _UnreadableError(_UNREADABLE)
    return Decimal(word.replace(",", ""))


_NUMERAL_DIGITS = {
    sign: value
    for value, signs in enumerate(
        ("零〇", "一壹", "二贰貳两", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for sign in signs
}
_NUMERAL_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}


def _numeral(word: str) -> int:
    """A Chinese numeral under 万 (伍佰, 三千九百, 十). Its tens fall from left to right.

    一百五 is refused: said for 150, written for 105.
    """
    total, digit, last, zero = 0, None, 10_000, True
    for sign in word:
        if sign in _NUMERAL_DIGITS:
            if digit:
                raise _UnreadableError(_UNREADABLE)
            digit = _NUMERAL_DIGITS[sign]
            zero = zero or digit == 0
            continue
        tens = _NUMERAL_TENS[sign]
        if tens >= last or digit == 0 or (digit is None and tens != 10):
            raise _UnreadableError(_UNREADABLE)
        total, digit, last, zero = total + (digit or 1) * tens, None, tens, tens == 10
    if digit and not zero:
        raise _UnreadableError(_UNREADABLE)
    return total + (digit or 0)
