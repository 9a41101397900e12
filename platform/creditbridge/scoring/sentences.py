"""Indicators in words: what a value is computed from, a value as people read it, and the bins as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np

from creditbridge.kernel import money
from creditbridge.kernel.words import Words
from creditbridge.records import catalogue as records
from creditbridge.records.catalogue import POLARITY_WORDS, SEVERITY_WORDS, CreditItem, ValueKind
from creditbridge.records.columns import day_number, day_of
from creditbridge.scoring.days import Unit
from creditbridge.scoring.indicators import Bins, Indicator, Missing, Shown
from creditbridge.scoring.language import (
    By,
    Combination,
    Constant,
    Expression,
    Filter,
    FirmProperty,
    Measure,
    OfFirm,
    Operation,
    Status,
    Take,
    Test,
    Transformation,
    Window,
)
from creditbridge.scoring.program import chosen_items
from creditbridge.scoring.windows import bounds

NAMED_AT_MOST = 4

TAKE_WORDS: Mapping[Take, Words] = {
    Take.COUNT: Words("的条数", "number of"),
    Take.EXISTS: Words("是否有", "whether there is any of"),
    Take.SUM: Words("的数值合计", "sum of the values of"),
    Take.MEAN: Words("的数值平均", "mean of the values of"),
    Take.MAX: Words("的最大数值", "largest value of"),
    Take.MIN: Words("的最小数值", "smallest value of"),
    Take.LATEST: Words("的最近一次数值", "latest value of"),
    Take.PREVIOUS: Words("的上一次数值", "value before the latest of"),
    Take.FIRST: Words("的最早一次数值", "first value of"),
    Take.SINCE_LAST: Words("距最近一次的时长", "time since the last of"),
    Take.SINCE_FIRST: Words("距最早一次的时长", "time since the first of"),
    Take.UNTIL_END: Words("到期前剩余时长", "time left until the end of"),
    Take.DURATION: Words("最近一次的期限", "duration of the latest of"),
    Take.DISTINCT_MONTHS: Words("涉及的月份数", "number of months with any of"),
    Take.DISTINCT_YEARS: Words("涉及的年数", "number of years with any of"),
    Take.DISTINCT_ITEMS: Words("涉及的种数", "number of kinds among"),
    Take.LONGEST_RUN_MONTHS: Words("最长连续月数", "longest run of months with"),
    Take.LONGEST_RUN_YEARS: Words("最长连续年数", "longest run of years with"),
    Take.MISSING_MONTHS: Words("缺少记录的月数", "months missing of"),
    Take.WORST_SEVERITY: Words("的最重程度", "gravest severity of"),
    Take.SLOPE: Words("按月数值的变化趋势", "trend of the monthly values of"),
}
_OPERATION_WORDS: Mapping[Operation, Words] = {
    Operation.RATIO: Words("（{a}）÷（{b}）", "({a}) ÷ ({b})"),
    Operation.SHARE: Words("（{a}）占（{b}）的比例", "({a}) as a share of ({b})"),
    Operation.GROWTH: Words("（{a}）比（{b}）的变化率", "change from ({b}) to ({a})"),
    Operation.DIFFERENCE: Words("（{a}）减（{b}）", "({a}) less ({b})"),
    Operation.PER: Words("（{a}）按（{b}）平均", "({a}) for each of ({b})"),
}
_UNIT_WORDS = {
    Unit.DAYS: Words("{n} 天", "{n} days"),
    Unit.MONTHS: Words("{n} 个月", "{n} months"),
    Unit.YEARS: Words("{n} 年", "{n} years"),
}
_PROPERTY_WORDS = {
    FirmProperty.AGE: Words("成立年限", "age of the firm"),
    FirmProperty.SIZE: Words("企业规模", "size of the firm"),
    FirmProperty.ENTITY_KIND: Words("主体类型", "kind of entity"),
    FirmProperty.SECTION: Words("行业门类", "section of industry"),
    FirmProperty.DIVISION: Words("行业大类", "division of industry"),
    FirmProperty.REGION: Words("登记地区", "region"),
    FirmProperty.CAPITAL: Words("登记的注册资本", "registered capital"),
}
_TRANSFORMED = {
    Transformation.CLIP: Words("（{a}）限制在 {low} 到 {high} 之间", "({a}), held between {low} and {high}"),
    Transformation.DIVIDE: Words("（{a}）÷ {low}，舍去小数", "({a}) ÷ {low}, rounded down"),
    Transformation.DIGITS: Words("（{a}）的位数", "number of digits of ({a})"),
    Transformation.ABSOLUTE: Words("（{a}）的绝对值", "({a}) without its sign"),
}
_STATUS_WORDS = {
    Status.OPEN: Words("未结束的", "still open"),
    Status.ENDED: Words("已结束的", "ended"),
}


def told(expression: Expression, letters: Mapping[Measure, str] | None = None) -> Words:
    """An expression as a phrase; a measure that has a letter is told by it."""
    if isinstance(expression, Measure):
        letter = (letters or {}).get(expression)
        return Words(letter, letter) if letter else _measure(expression)
    if isinstance(expression, OfFirm):
        return _capped(_PROPERTY_WORDS[expression.property], expression.cap, expression.unit)
    if isinstance(expression, Constant):
        return Words(str(expression.value), str(expression.value))
    if isinstance(expression, Combination):
        return _combination(expression, letters)
    inner = told(expression.of, letters)
    if isinstance(expression, Test):
        return _test(expression).fill(a=inner)
    return _TRANSFORMED[expression.transformation].fill(a=inner, low=expression.low, high=expression.high)


def _test(test: Test) -> Words:
    if test.one_of:
        named = "、".join(str(one) for one in test.one_of)
        return Words(f"（{{a}}）是否为 {named}", f"whether ({{a}}) is one of {named}")
    if test.at_least is not None and test.at_most is not None:
        return Words("（{a}）是否在 {low} 到 {high} 之间", "whether ({a}) is from {low} to {high}").fill(
            low=test.at_least, high=test.at_most
        )
    if test.at_least is not None:
        return Words("（{a}）是否不小于 {low}", "whether ({a}) is {low} or more").fill(low=test.at_least)
    return Words("（{a}）是否不大于 {high}", "whether ({a}) is {high} or less").fill(high=test.at_most)


def window_days(window: Window, on: date) -> tuple[date, date] | None:
    """The first and the last day of a window as seen from a day; None for all time."""
    if window.length is None:
        return None
    low, high = (int(edge[0]) for edge in bounds(window, np.array([day_number(on)])))
    first, last = day_of(low + 1), day_of(high)
    assert first is not None
    assert last is not None
    return first, last


def _measure(measure: Measure) -> Words:
    take, what, when = TAKE_WORDS[measure.take], _what(measure.filter), _when(measure.window)
    if measure.take is Take.EXISTS:
        return Words("{when}是否有{what}", "whether there is any of {what}, {when}").fill(
            what=what, when=when
        )
    words = Words("{when}{what}{take}", "{take} {what}, {when}").fill(take=take, what=what, when=when)
    return _capped(words, measure.cap, measure.unit)


def _capped(words: Words, cap: int | None, unit: Unit) -> Words:
    """With the most that a time is counted to."""
    if cap is None:
        return words
    most = _UNIT_WORDS[unit].fill(n=cap)
    return Words("{words}（最多计 {most}）", "{words} (at most {most})").fill(words=words, most=most)


def _what(chosen: Filter) -> Words:
    found = chosen_items(chosen, records.items())
    names = [item.name for item in found[:NAMED_AT_MOST]]
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    if len(found) > NAMED_AT_MOST:
        zh, en = f"{zh}等{len(found)}项", f"{en} and {len(found) - NAMED_AT_MOST} more"
    words = Words(zh, en)
    marks = [SEVERITY_WORDS[severity] for severity in chosen.severities]
    if chosen.polarity is not None:
        marks.append(POLARITY_WORDS[chosen.polarity])
    if chosen.status in _STATUS_WORDS:
        marks.append(_STATUS_WORDS[chosen.status])
    if (bounded := _bounded(chosen, found)) is not None:
        marks.append(bounded)
    for mark in marks:
        words = Words("{mark}{words}", "{words} ({mark})").fill(mark=mark, words=words)
    return words


def _bounded(chosen: Filter, found: Sequence[CreditItem]) -> Words | None:
    """Between which values a record's own lies, in the words of its item."""
    if chosen.at_least is None and chosen.at_most is None:
        return None
    item = found[0]
    low, high = (
        None if edge is None else record_value(item, edge) for edge in (chosen.at_least, chosen.at_most)
    )
    if item.value is ValueKind.GRADE:  # grades stand from the best
        if low is None:
            return Words("{high}及以上的", "{high} or better").fill(high=high)
        if high is None:
            return Words("{low}及以下的", "{low} or worse").fill(low=low)
    if low is None:
        return Words("数值不超过 {high} 的", "worth {high} or less").fill(high=high)
    if high is None:
        return Words("数值不低于 {low} 的", "worth {low} or more").fill(low=low)
    return Words("数值在 {low} 到 {high} 之间的", "worth {low} to {high}").fill(low=low, high=high)


def record_value(item: CreditItem, value: int) -> Words:
    """A value of an item's records to the last digit."""
    if item.value is ValueKind.FEN:
        return money.exact_words(value)
    if item.value is ValueKind.PPM:
        return percent_words(value)
    if item.value is ValueKind.GRADE:
        grade = item.grades[value] if 0 <= value < len(item.grades) else str(value)
        return Words(grade, grade)
    return Words("{n} {unit}", "{n} {unit}").fill(n=f"{value:,}", unit=records.loaded().units[item.unit])


def _when(window: Window) -> Words:
    if window.length is None:
        return Words("历次", "ever")
    length = _UNIT_WORDS[window.unit].fill(n=window.length)
    words = Words("近 {length}", "in {length}").fill(length=length)
    if window.whole:
        words = Words("{words}（整月）", "{words} (whole months)").fill(words=words)
    if window.ago:
        ago = _UNIT_WORDS[window.unit].fill(n=window.ago)
        words = Words("{ago}前的{words}", "{words}, {ago} earlier").fill(words=words, ago=ago)
    if window.by is By.ENDED:
        words = Words("{words}内结束的", "ended {words}").fill(words=words)
    return words


def _combination(whole: Combination, letters: Mapping[Measure, str] | None) -> Words:
    parts = [told(part, letters) for part in whole.parts]
    if whole.operation in _OPERATION_WORDS:
        return _OPERATION_WORDS[whole.operation].fill(a=parts[0], b=parts[1])
    zh, en = (" + ", " + ") if whole.operation is Operation.PLUS else ("、", ", ")
    joined = Words(zh.join(part.zh for part in parts), en.join(part.en for part in parts))
    named = {
        Operation.FIRST_KNOWN: Words("先有数据者：{joined}", "the first known of {joined}"),
        Operation.LARGEST: Words("最大者：{joined}", "largest of {joined}"),
        Operation.SMALLEST: Words("最小者：{joined}", "smallest of {joined}"),
    }
    return named.get(whole.operation, Words("{joined}", "{joined}")).fill(joined=joined)


def value_told(indicator: Indicator, value: int | None) -> Words:
    """A value as people read it."""
    return Words("未知", "not known") if value is None else _SHOWN[indicator.shown](indicator, value)


def _percent(_indicator: Indicator, value: int) -> Words:
    return percent_words(value)


def percent_words(value: int) -> Words:
    """A ratio in millionths as a percentage, exactly."""
    text = f"{value / 10_000:,.4f}".rstrip("0").rstrip(".") + "%"
    return Words(text, text)


def _grade(indicator: Indicator, value: int) -> Words:
    """Grades are written in Chinese and English, or in letters that both read."""
    named = indicator.grades[value] if 0 <= value < len(indicator.grades) else str(value)
    zh, _, en = named.partition(" ")
    return Words(zh, en or zh)


def _time(indicator: Indicator, value: int) -> Words:
    return unit_words(Unit(indicator.shown.value), value)


def unit_words(unit: Unit, count: int) -> Words:
    """So many days, months or years."""
    return _UNIT_WORDS[unit].fill(n=count)


_SHOWN: Mapping[Shown, Callable[[Indicator, int], Words]] = {
    Shown.COUNT: lambda _, value: Words(f"{value:,}", f"{value:,}"),
    Shown.FEN: lambda _, value: money.amount_words(value),
    Shown.PPM: _percent,
    Shown.YES_NO: lambda _, value: Words("是", "yes") if value else Words("否", "no"),
    Shown.GRADE: _grade,
    Shown.DAYS: _time,
    Shown.MONTHS: _time,
    Shown.YEARS: _time,
}


def bins_told(indicator: Indicator, bins: Bins) -> list[tuple[Words, int]]:
    """Each bin with its points, from below."""
    told_bins = []
    for place, points in enumerate(bins.points):
        low = bins.edges[place - 1] if place else None
        high = bins.edges[place] if place < len(bins.edges) else None
        told_bins.append((range_told(indicator, low, high), points))
    return told_bins


def range_told(indicator: Indicator, low: int | None, high: int | None) -> Words:
    """A stretch of values; ``high`` itself is no more in it."""
    if low is None and high is None:
        return Words("任何值", "any value")
    if indicator.shown in _STEPPED:
        return _steps_told(indicator, low, None if high is None else high - 1)
    if low is None:
        return Words("低于 {high}", "below {high}").fill(high=value_told(indicator, high))
    if high is None:
        return Words("{low} 及以上", "{low} or more").fill(low=value_told(indicator, low))
    return Words("{low} 至不到 {high}", "{low} to below {high}").fill(
        low=value_told(indicator, low), high=value_told(indicator, high)
    )


_STEPPED: Final = frozenset({Shown.COUNT, Shown.YES_NO, Shown.GRADE})
"""Kinds of values with nothing between one and the next, from nought up: both ends of a stretch are named."""


def _steps_told(indicator: Indicator, low: int | None, last: int | None) -> Words:
    first = value_told(indicator, low or 0)
    if last is None:
        named = indicator.shown is not Shown.COUNT  # the last grade, or yes: nothing comes after it
        return first if named else Words("{low} 及以上", "{low} or more").fill(low=first)
    if last <= (low or 0):
        return first
    return Words("{low} 至 {last}", "{low} to {last}").fill(low=first, last=value_told(indicator, last))


def missing_told(indicator: Indicator) -> Words:
    """What an unknown value is worth."""
    if indicator.missing is Missing.LEFT_OUT:
        return Words("未知时不计入", "left out when not known")
    if indicator.missing is Missing.POINTS:
        return Words("未知时计 {n} 分", "{n} points when not known").fill(n=indicator.missing_worth)
    return Words("未知时按 {value} 计", "as {value} when not known").fill(
        value=value_told(indicator, indicator.missing_worth)
    )
