"""Values of facts: their strict JSON form, and how they are said to people.

Stored form by type: money, numbers, counts and ratios (ppm) are integers; an age in years is the date it counts
from; grades, choices, regions and industries are codes; choices and labels are sets of codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from creditbridge.facts.catalogue import Fact, FactType, industry_sets
from creditbridge.facts.label_names import label_name
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, PPM, amount_words, format_exact, parse_amount
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, regions

RawValue: TypeAlias = int | bool | str | date | frozenset[str]

MAX_NUMBER = 10**12
MAX_RATIO_PPM = 1_000 * PPM
"""Ratios such as growth may be large or negative, but not beyond a thousandfold."""
LABEL_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)

UNKNOWN_FACT = Words("数据目录中没有这一项。", "The fact catalogue has no such fact.")
_LISTED_AT_MOST = 6


class ValueProblem(ValueError):
    """A value its fact cannot hold; ``words`` say what would be right."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


def age_in_years(since: date, on: date) -> int:
    """Whole years completed. One born on 29 February completes a year on 1 March of common years."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def value_to_json(value: RawValue) -> Any:
    """The JSON form of a value; sets become sorted lists, dates ISO texts."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


def value_from_json(fact: Fact, data: Any) -> RawValue:
    """Read a value strictly by its fact's type: no number for a text, no true for 1.

    Raises:
        ValueProblem: it is not of the type, out of range, or not one of the fact's codes.
    """
    return _READERS[fact.type](fact, data)


def _integer(low: int, high: int) -> Callable[[Fact, Any], int]:
    words = Words("请填写 {low} 到 {high} 之间的整数。", "Give a whole number from {low} to {high}.").fill(
        low=low, high=high
    )

    def read(_fact: Fact, data: Any) -> int:
        if type(data) is not int or not low <= data <= high:
            raise ValueProblem(words)
        return data

    return read


def _boolean(_fact: Fact, data: Any) -> bool:
    if type(data) is not bool:
        raise ValueProblem(Words("请选择是或否。", "Answer yes or no."))
    return data


def _date(_fact: Fact, data: Any) -> date:
    try:
        return date.fromisoformat(data)
    except (TypeError, ValueError):
        raise ValueProblem(Words("请填写日期，如 2026-03-31。", "Give a date such as 2026-03-31.")) from None


def _codes_of(fact: Fact) -> Collection[str]:
    return fact.scale.grades if fact.scale else fact.choices


def _one_code(fact: Fact, data: Any) -> str:
    if type(data) is not str or data not in _codes_of(fact):
        raise ValueProblem(Words("请从所列选项中选择。", "Choose one of the listed codes."))
    return data


def _listed(data: Any, fits: Callable[[str], bool]) -> frozenset[str]:
    if (
        not isinstance(data, list)
        or not all(type(code) is str and fits(code) for code in data)
        or len(set(data)) != len(data)
    ):
        raise ValueProblem(
            Words("请从所列选项中选择，不要重复。", "Choose from the listed codes, each once.")
        )
    return frozenset(data)


def _several_codes(fact: Fact, data: Any) -> frozenset[str]:
    return _listed(data, lambda code: code in fact.choices)


def _labels(_fact: Fact, data: Any) -> frozenset[str]:
    return _listed(data, lambda code: LABEL_CODE.fullmatch(code) is not None)


def _coded(normalise: Callable[[str], str]) -> Callable[[Fact, Any], str]:
    def read(_fact: Fact, data: Any) -> str:
        if type(data) is not str:
            raise ValueProblem(Words("请填写代码。", "Give a code."))
        try:
            return normalise(data)
        except InvalidInput as error:
            raise ValueProblem(error.words) from None

    return read


_READERS: Mapping[FactType, Callable[[Fact, Any], RawValue]] = {
    FactType.NUMBER_FEN: _integer(-MAX_FEN, MAX_FEN),
    FactType.NUMBER: _integer(-MAX_NUMBER, MAX_NUMBER),
    FactType.COUNT: _integer(0, MAX_NUMBER),
    FactType.RATIO_PPM: _integer(-MAX_RATIO_PPM, MAX_RATIO_PPM),
    FactType.BOOLEAN: _boolean,
    FactType.DATE: _date,
    FactType.YEARS: _date,
    FactType.CHOICE: _one_code,
    FactType.CHOICES: _several_codes,
    FactType.SCALE_GRADE: _one_code,
    FactType.REGION: _coded(regions.normalise),
    FactType.INDUSTRY: _coded(industries.normalise),
    FactType.LABEL_SET: _labels,
}


def say_value(fact: Fact, value: RawValue, on: date) -> Words:
    """A firm's value as people read it: an amount, a percentage, an age on a legal date, names for codes.

    The date behind an age is not told, for it may be a date of birth.
    """
    if isinstance(value, frozenset):
        return (
            join_words([say_code(fact, code) for code in sorted(value)], ALL)
            if value
            else Words("无", "none")
        )
    if isinstance(value, bool):
        said = fact.when_true if value else fact.when_false
        return said or Words("是", "yes")
    if isinstance(value, str):
        return say_code(fact, value)
    if isinstance(value, date):
        return (
            say_number(fact, age_in_years(value, on))
            if fact.type is FactType.YEARS
            else _same(value.isoformat())
        )
    return say_number(fact, value)


def spaced(words: Words) -> Words:
    """Chinese with a space between Han characters and the letters and digits they touch."""
    return Words(_HAN_THEN_LATIN.sub(" ", words.zh), words.en)


_HAN_THEN_LATIN = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])")


def say_number(fact: Fact, number: int) -> Words:
    """A number in the fact's unit. Nothing is rounded, so that no value is shown on the wrong side of a threshold."""
    if fact.type is FactType.NUMBER_FEN:
        return say_exact_amount(number)
    if fact.type is FactType.RATIO_PPM:
        return _same(_percent(number))
    assert fact.unit is not None, "the catalogue holds every other number to a unit"
    return spaced(fact.unit.say(number))


def say_exact_amount(fen: int) -> Words:
    """The short form of an amount where it loses nothing, else the amount to the fen."""
    short = amount_words(fen)
    return Words(*(text if _reads_as(text, fen) else format_exact(fen) for text in (short.zh, short.en)))


def _reads_as(text: str, fen: int) -> bool:
    return parse_amount(text.removeprefix("-"), most=None) == abs(fen)


def say_code(fact: Fact, code: str) -> Words:
    """The name of a grade, choice, region, industry or label; a code nobody names is said as it stands."""
    if fact.type is FactType.REGION:
        return regions.region_name(code)
    if fact.type is FactType.INDUSTRY:
        return industries.industry_name(code)
    if fact.type is FactType.LABEL_SET:
        return label_name(code) or _same(code)
    names = fact.scale.grades if fact.scale else fact.choices
    return spaced(names.get(code, _same(code)))


def say_codes(fact: Fact, codes: Sequence[str], joint: tuple[Words, Words]) -> Words:
    """Several codes in one phrase. A named set of industries is said by its name; a long list ends with its count."""
    if fact.type is FactType.INDUSTRY:
        for known in industry_sets().values():
            if known.industries == frozenset(codes):
                return Words("{name}", "“{name}”").fill(name=known.name)
    said = [say_code(fact, code) for code in codes]
    if len(said) > 1 and fact.type is FactType.INDUSTRY:
        said = [_quoted_where_it_lists(words) for words in said]
    if len(said) <= _LISTED_AT_MOST:
        return join_words(said, joint)
    first = join_words(said[: _LISTED_AT_MOST - 1], _LIST)
    return Words("{first}等{n}项", "{first} and others, {n} in all").fill(first=first, n=len(said))


def _quoted_where_it_lists(name: Words) -> Words:
    """A name in quotes where it is a list itself, so that it can be told from its neighbours."""
    zh = f"“{name.zh}”" if "、" in name.zh or "和" in name.zh else name.zh
    en = f"“{name.en}”" if "," in name.en or " and " in name.en else name.en
    return Words(zh, en)


ANY = (Words("{left}、{right}", "{left}, {right}"), Words("{left}或{right}", "{left} or {right}"))
ALL = (Words("{left}、{right}", "{left}, {right}"), Words("{left}和{right}", "{left} and {right}"))
_LIST = (ANY[0], ANY[0])


def join_words(parts: Sequence[Words], joint: tuple[Words, Words]) -> Words:
    """Parts as one list, its last joint being “or” or “and” of the language."""
    said = parts[0]
    for place, part in enumerate(parts[1:], start=2):
        said = joint[place == len(parts)].fill(left=said, right=part)
    return said


def _same(text: str) -> Words:
    return Words(text, text)


def _percent(ppm: int) -> str:
    whole, rest = divmod(abs(ppm), PPM // 100)
    decimals = f".{rest:04d}".rstrip("0").rstrip(".") if rest else ""
    return f"{'-' if ppm < 0 else ''}{whole}{decimals}%"
