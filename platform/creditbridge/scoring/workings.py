"""How a measure is worked out of its records by hand, and letters for the measures of an expression."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase

from creditbridge.kernel.words import Words
from creditbridge.scoring.days import Unit
from creditbridge.scoring.language import OF_TIME, Expression, Measure, Take, measures_of


def letters_of(expression: Expression) -> Mapping[Measure, str]:
    """A letter for each measure of an expression that puts several together; none for a measure by itself."""
    if isinstance(expression, Measure):
        return {}
    return dict(zip(dict.fromkeys(measures_of(expression)), ascii_uppercase, strict=False))


def how_taken(measure: Measure) -> Words | None:
    """How a value is worked out of its records, where its name does not say all of it."""
    if measure.take in OF_TIME and measure.unit is not Unit.DAYS:
        return _HOW_UNITS[measure.unit, measure.take is Take.DURATION]
    return _HOW_TAKEN.get(measure.take)


_HOW_UNITS = {
    (Unit.MONTHS, False): Words("只计满的月数", "full months are counted"),
    (Unit.YEARS, False): Words("只计满的年数", "full years are counted"),
    (Unit.MONTHS, True): Words("天数 ×4800÷146097，舍去小数", "its days × 4800 ÷ 146097, rounded down"),
    (Unit.YEARS, True): Words("天数 ×400÷146097，舍去小数", "its days × 400 ÷ 146097, rounded down"),
}
_HOW_TAKEN = {
    Take.MEAN: Words("合计 ÷ 有数值的条数，舍去小数（金额到分）", "their sum ÷ how many have a value, rounded down (amounts to the fen)"),
    Take.DISTINCT_MONTHS: Words("同一个月的多条记录只计一次", "several records of a month count once"),
    Take.DISTINCT_YEARS: Words("同一年的多条记录只计一次", "several records of a year count once"),
    Take.DISTINCT_ITEMS: Words("同一种记录只计一次", "several records of a kind count once"),
    Take.MISSING_MONTHS: Words(
        "从最早有记录的月份数到时间段的最后一个月，减去有记录的月份数",
        "the months from the first that has a record to the last of the time, less those that have one",
    ),
    Take.WORST_SEVERITY: Words("各条记录中程度最重的一条；没有记录为无", "the gravest of the records; none without a record"),
    Take.SLOPE: Words(
        "最小二乘直线的每月增量 ÷ 平均值：n×(n×Σxy−Σx×Σy) ÷ ((n×Σxx−Σx×Σx)×Σy)，x 为月份序号，y 为数值，n 为有数值的条数",
        "the monthly rise of the line of least squares ÷ the mean: n × (n×Σxy − Σx×Σy) ÷ ((n×Σxx − Σx×Σx) × Σy), with x the "
        "number of the month, y the value and n how many have a value",
    ),
    Take.PREVIOUS: Words("按日期倒数第二条有数值的记录", "the last but one record that has a value, by date"),
}  # fmt: skip
