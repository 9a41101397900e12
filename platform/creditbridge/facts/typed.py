"""Reading a fact's value from a cell of a file: amounts, percentages, yes and no, dates, codes or names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from creditbridge.facts.catalogue import Fact, FactType
from creditbridge.facts.label_names import are_told, label_of
from creditbridge.facts.values import RawValue, ValueProblem, value_from_json
from creditbridge.kernel.money import AmountError, RateError, parse_amount, parse_rate
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, regions
from creditbridge.registry.readings import read_date

_YES = frozenset({"是", "有", "真", "yes", "y", "true", "1"})
_NO = frozenset({"否", "无", "没有", "假", "no", "n", "false", "0"})
_NONE = frozenset({"无", "none"})
_WHOLE = re.compile(r"-?\d{1,3}(?:,\d{3})+|-?\d+", re.ASCII)
_SEPARATORS = re.compile(r"[,,;;、|/]+")


def value_from_text(fact: Fact, text: str) -> RawValue:
    """The value a cell states for a fact; a bare amount is in yuan, a bare ratio in percent.

    Raises:
        ValueProblem: the cell states no such value.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    return value_from_json(fact, _READERS[fact.type](fact, plain))


def _amount(_fact: Fact, plain: str) -> int:
    sign, digits = (-1, plain[1:]) if plain.startswith("-") else (1, plain)
    try:
        return sign * parse_amount(digits)
    except AmountError as error:
        raise ValueProblem(error.words) from None


def _ratio(_fact: Fact, plain: str) -> int:
    sign, digits = (-1, plain[1:]) if plain.startswith("-") else (1, plain)
    try:
        return sign * parse_rate(digits)
    except RateError as error:
        raise ValueProblem(error.words) from None


def _whole(_fact: Fact, plain: str) -> int:
    if _WHOLE.fullmatch(plain) is None or len(plain) > 20:
        raise ValueProblem(Words("请填写整数。", "Enter a whole number."))
    return int(plain.replace(",", ""))


def yes_or_no(text: str) -> bool:
    """What a cell says of something that is so or not.

    Raises:
        ValueProblem: it says neither.
    """
    answer = unicodedata.normalize("NFKC", text).strip().casefold()
    if answer in _YES:
        return True
    if answer in _NO:
        return False
    raise ValueProblem(Words("请填写“是”或“否”。", "Answer yes or no."))


def _boolean(_fact: Fact, plain: str) -> bool:
    return yes_or_no(plain)


def _date(_fact: Fact, plain: str) -> str:
    day = read_date(plain)
    if day is None:
        raise ValueProblem(Words("请填写日期，如 2026-03-31。", "Give a date such as 2026-03-31."))
    return day.isoformat()


def _code(fact: Fact, plain: str) -> str:
    if fact.type is FactType.LABEL_SET:
        return _label(plain)
    names = fact.scale.grades if fact.scale else fact.choices
    for code, words in names.items():
        if plain.casefold() in {code.casefold(), words.zh.casefold(), words.en.casefold()}:
            return code
    return plain


def _label(plain: str) -> str:
    """The code of a label named or coded so. Where the catalogue was told, nothing else passes."""
    code = label_of(plain)
    if code is None and are_told():
        words = Words("没有信用标签“{name}”。", "There is no credit label “{name}”.")
        raise ValueProblem(words.fill(name=plain[:40]))
    return code or plain


def _codes(fact: Fact, plain: str) -> list[str]:
    if plain.casefold() in _NONE:
        return []
    return [_code(fact, part.strip()) for part in _SEPARATORS.split(plain) if part.strip()]


def _region(_fact: Fact, plain: str) -> str:
    return regions.find_region(plain) or plain


def _industry(_fact: Fact, plain: str) -> str:
    return industries.find_industry(plain) or plain


_READERS: Mapping[FactType, Callable[[Fact, str], Any]] = {
    FactType.NUMBER_FEN: _amount,
    FactType.NUMBER: _whole,
    FactType.COUNT: _whole,
    FactType.RATIO_PPM: _ratio,
    FactType.BOOLEAN: _boolean,
    FactType.DATE: _date,
    FactType.YEARS: _date,
    FactType.CHOICE: _code,
    FactType.CHOICES: _codes,
    FactType.SCALE_GRADE: _code,
    FactType.REGION: _region,
    FactType.INDUSTRY: _industry,
    FactType.LABEL_SET: _codes,
}
