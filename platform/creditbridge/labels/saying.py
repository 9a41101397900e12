"""A label's rule and its evidence in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from creditbridge.facts import values as fact_values
from creditbridge.facts.catalogue import Fact, FactType, catalogue, scales
from creditbridge.kernel import dates
from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words
from creditbridge.labels.evidence import Evidence
from creditbridge.labels.indicators import say_name, say_value
from creditbridge.labels.language import (
    EVERY,
    Age,
    AllOf,
    AnyOf,
    FactIs,
    Indicator,
    Latest,
    Not,
    Records,
    Rule,
    Sum,
)
from creditbridge.records.catalogue import CreditItem, ValueKind, items, loaded

_OR = fact_values.ANY
_AND = (Words("{left}；{right}", "{left}; {right}"), Words("{left}；{right}", "{left}; and {right}"))
_OR_ELSE = (Words("{left}；{right}", "{left}; {right}"), Words("{left}；或者{right}", "{left}; or {right}"))
_MOST_NAMED = 4


def say_rule(rule: Rule) -> Words:
    """A rule as a sentence without its full stop."""
    if isinstance(rule, Not):
        return (
            Words("并非：{rule}", "not: {rule}").fill(rule=say_rule(rule.node))
            if not isinstance(rule.node, Records)
            else _no_records(rule.node)
        )
    if isinstance(rule, AllOf | AnyOf):
        parts = [say_rule(node) for node in rule.nodes]
        return fact_values.join_words(parts, _AND if isinstance(rule, AllOf) else _OR_ELSE)
    return _LEAVES[type(rule)](rule)


def say_items(codes: Sequence[str]) -> Words:
    """Credit items by name; a long list by the first and their number."""
    known, categories = items(), loaded().categories
    said = [
        Words("任一“{name}”事项", "anything under “{name}”").fill(name=categories[code.removesuffix(EVERY)])
        if code.endswith(EVERY)
        else Words("“{name}”", "“{name}”").fill(name=known[code].name)
        for code in codes
        if code.endswith(EVERY) or code in known
    ]
    if len(said) <= _MOST_NAMED:
        return fact_values.join_words(said, _OR) if said else Words("已停用的事项", "an item no longer kept")
    first = fact_values.join_words(said[:_MOST_NAMED], (_OR[0], _OR[0]))
    return Words("{first}等{n}项", "{first} and others, {n} in all").fill(first=first, n=len(said))


def say_evidence(piece: Evidence, on: date) -> Words:
    """One piece of evidence."""
    return _EVIDENCE[piece.kind](piece, on)


def _window(months: int | None) -> Words:
    if months is None:
        return Words("", "")
    if months % 12 == 0 and months > 12:
        return Words("近 {n} 年", "in the last {n} years").fill(n=months // 12)
    return Words("近 {n} 个月", "in the last {n} months").fill(n=months)


def _joined(first: Words, second: Words) -> Words:
    """Chinese puts the window before, English after."""
    return Words(f"{first.zh}{second.zh}", f"{second.en} {first.en}".strip())


def _item(codes: Sequence[str]) -> CreditItem | None:
    return items().get(codes[0])


def _amount(codes: Sequence[str], value: int) -> Words:
    item = _item(codes)
    if item is not None and item.value is ValueKind.FEN:
        return amount_words(value)
    if item is not None and item.value is ValueKind.GRADE and 0 <= value < len(item.grades):
        return _grade(item, item.grades[value])
    if item is not None and item.value is ValueKind.PPM:
        return Words(f"{value / 10_000:g}%", f"{value / 10_000:g}%")
    if item is not None and item.value is ValueKind.COUNT:
        return Words("{n}{unit}", "{n} {unit}").fill(n=f"{value:,}", unit=loaded().units[item.unit])
    return Words(f"{value:,}", f"{value:,}")


def _grade(item: CreditItem, grade: str) -> Words:
    """The name of a grade where the scale is one the facts know."""
    scale = scales().get(item.unit)
    return scale.grades.get(grade, Words(grade, grade)) if scale else Words(grade, grade)


def _range(codes: Sequence[str], low: int | None, high: int | None) -> Words:
    if low is not None and high is not None:
        return Words("在 {low} 到 {high} 之间", "between {low} and {high}").fill(
            low=_amount(codes, low), high=_amount(codes, high)
        )
    if low is not None:
        return Words("不低于 {low}", "of at least {low}").fill(low=_amount(codes, low))
    assert high is not None
    return Words("不高于 {high}", "of at most {high}").fill(high=_amount(codes, high))


def _records(leaf: Records) -> Words:
    named = say_items(leaf.items)
    if leaf.open:
        named = Words("{name}（现仍有效）", "{name} (in force)").fill(name=named)
    if (leaf.value_at_least, leaf.value_at_most) != (None, None):
        named = Words("{name}{range}", "{name} {range}").fill(
            name=named, range=_range(leaf.items, leaf.value_at_least, leaf.value_at_most)
        )
    times = Words("有{name}", "a record of {name}") if leaf.at_least == 1 else _TIMES
    return _joined(_window(leaf.months), times.fill(name=named, n=leaf.at_least))


_TIMES = Words("有{name}不少于 {n} 次", "at least {n} records of {name}")


def _no_records(leaf: Records) -> Words:
    if leaf.at_least > 1 or (leaf.value_at_least, leaf.value_at_most) != (None, None):
        return Words("并非：{rule}", "not: {rule}").fill(rule=_records(leaf))
    named = say_items(leaf.items)
    words = Words("现无{name}", "no {name} in force"), Words("无{name}", "no record of {name}")
    without = words[not leaf.open]
    return _joined(_window(leaf.months), without.fill(name=named))


def _sum(leaf: Sum) -> Words:
    words = Words("{name}合计不低于 {sum}", "{name} of at least {sum} in all")
    return _joined(
        _window(leaf.months), words.fill(name=say_items(leaf.items), sum=_amount(leaf.items, leaf.at_least))
    )


def _latest(leaf: Latest) -> Words:
    grades = fact_values.join_words([_amount(leaf.items, value) for value in leaf.values], _OR)
    words = Words("最近一次{name}为 {grades}", "{name} of {grades} most recently")
    return _joined(_window(leaf.months), words.fill(name=say_items(leaf.items), grades=grades))


def _indicator(leaf: Indicator) -> Words:
    return _bounds(
        say_name(leaf.code), leaf.at_least, leaf.at_most, lambda value: say_value(leaf.code, value)
    )


def _bounds(name: Words, low: int | None, high: int | None, say: Callable[[int], Words]) -> Words:
    if low is not None and high is not None:
        words = Words("{name}在 {low} 到 {high} 之间", "{name} between {low} and {high}")
        return words.fill(name=name, low=say(low), high=say(high))
    if low is not None:
        return Words("{name}不低于 {low}", "{name} of at least {low}").fill(name=name, low=say(low))
    assert high is not None
    return Words("{name}不高于 {high}", "{name} of at most {high}").fill(name=name, high=say(high))


def _fact(leaf: FactIs) -> Words:
    fact = catalogue()[leaf.code]
    if leaf.among:
        codes = fact_values.say_codes(fact, list(leaf.among), _OR)
        return Words("{name}为{codes}", "{name}: {codes}").fill(name=fact.name, codes=codes)
    if fact.type is FactType.BOOLEAN:
        return fact_values.say_value(fact, bool(leaf.at_least), date.min)
    return _bounds(fact.name, leaf.at_least, leaf.at_most, lambda value: fact_values.say_number(fact, value))


def _age(leaf: Age) -> Words:
    name = catalogue()[leaf.fact].name
    if leaf.years_at_least is not None and leaf.years_below is not None:
        words = Words(
            "{name}满 {low} 年不满 {high} 年", "{name}: at least {low} and less than {high} years ago"
        )
    elif leaf.years_at_least is not None:
        words = Words("{name}满 {low} 年", "{name}: at least {low} years ago")
    else:
        words = Words("{name}不满 {high} 年", "{name}: less than {high} years ago")
    return words.fill(name=name, low=leaf.years_at_least, high=leaf.years_below)


_LEAVES: Mapping[type, Callable[[Any], Words]] = {
    Records: _records,
    Sum: _sum,
    Latest: _latest,
    Indicator: _indicator,
    FactIs: _fact,
    Age: _age,
}


def _of_records(piece: Evidence, _on: date) -> Words:
    day = piece.latest_on.isoformat() if piece.latest_on else ""
    named = _joined(_window(piece.months), say_items(piece.codes))
    words = Words("{name}，最近一次 {day}", "{name}, most recently on {day}")
    return words.fill(name=named, day=day)


def _of_none(piece: Evidence, _on: date) -> Words:
    named = Words("无{name}", "no {name}").fill(name=say_items(piece.codes))
    return _joined(_window(piece.months), named)


def _of_indicator(piece: Evidence, _on: date) -> Words:
    code = piece.codes[0]
    said = say_value(code, int(piece.value or 0))
    return Words("{name}：{value}", "{name}: {value}").fill(name=say_name(code), value=said)


def _of_fact(piece: Evidence, on: date) -> Words:
    fact = catalogue().get(piece.codes[0])
    if fact is None:
        return Words(piece.codes[0], piece.codes[0])
    return Words("{name}：{value}", "{name}: {value}").fill(
        name=fact.name, value=_fact_value(fact, piece, on)
    )


def _fact_value(fact: Fact, piece: Evidence, on: date) -> Words:
    if isinstance(piece.value, str):
        return fact_values.say_code(fact, piece.value)
    raw = bool(piece.value) if fact.type is FactType.BOOLEAN else piece.value
    return fact_values.say_value(fact, raw or 0, on)


def _of_age(piece: Evidence, on: date) -> Words:
    since = date.fromisoformat(str(piece.value))
    words = Words("{name}：{day}，满 {n} 年", "{name}: {day}, {n} full years ago")
    name = catalogue()[piece.codes[0]].name
    return words.fill(name=name, day=since.isoformat(), n=max(dates.years_between(since, on), 0))


_EVIDENCE: Mapping[str, Callable[[Evidence, date], Words]] = {
    "records": _of_records,
    "no_records": _of_none,
    "indicator": _of_indicator,
    "fact": _of_fact,
    "age": _of_age,
}
