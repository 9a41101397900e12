"""The engine against a plain reading of the language, record by record with the kernel's dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbridge.kernel import dates
from creditbridge.kernel.words import Words
from creditbridge.records.catalogue import Polarity, Severity
from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number, day_of
from creditbridge.scoring import engine
from creditbridge.scoring.columns import FirmColumns, IndicatorTable
from creditbridge.scoring.days import Unit
from creditbridge.scoring.indicators import (
    Bins,
    Category,
    Direction,
    Indicator,
    IndicatorCatalogue,
    Missing,
    Shown,
)
from creditbridge.scoring.language import By, Expression, Measure, Status, Take
from creditbridge.scoring.parsing import parse

ON = date(2026, 3, 31)
WITHOUT_END = timedelta(days=36_599)  # what has no end is taken to last a hundred years
ITEMS: Any = {
    code: SimpleNamespace(code=code, number=number, category=code.partition(".")[0], polarity=polarity)
    for number, (code, polarity) in enumerate(
        [
            ("tax.paid", Polarity.NEUTRAL),
            ("tax.late", Polarity.ADVERSE),
            ("penalty.fine", Polarity.ADVERSE),
            ("penalty.warning", Polarity.ADVERSE),
            ("honour.award", Polarity.POSITIVE),
        ]
    )
}


@dataclass(frozen=True)
class Record:
    firm: int
    item: str
    day: date
    ends: date | None
    value: int | None
    severity: int


def shifted(on: date, unit: Unit, count: int) -> date:
    if unit is Unit.DAYS:
        return on - timedelta(days=count)
    return dates.add_months(on, -count * unit.months)


def inside(measure: Measure, day: date, on: date) -> bool:
    window = measure.window
    if window.length is None:
        return day <= on
    if window.whole:
        turn = on.replace(day=1)
        high = dates.add_months(turn, -window.ago * window.unit.months) - timedelta(days=1)
        low = dates.add_months(turn, -(window.ago + window.length) * window.unit.months) - timedelta(days=1)
    else:
        high = shifted(on, window.unit, window.ago)
        low = shifted(on, window.unit, window.ago + window.length)
    return low < day <= high


def kept(measure: Measure, records: Sequence[Record], on: date) -> list[tuple[Record, date]]:
    chosen = measure.filter
    found = []
    for record in records:
        item = ITEMS[record.item]
        named = not chosen.items or any(
            record.item.startswith(code[:-1]) if code.endswith("*") else record.item == code
            for code in chosen.items
        )
        ended = record.ends is not None and record.ends <= on
        if record.day > on or not named or (chosen.polarity and item.polarity is not chosen.polarity):
            continue
        if chosen.severities and record.severity not in [one.number for one in chosen.severities]:
            continue
        if (chosen.status is Status.OPEN and ended) or (chosen.status is Status.ENDED and not ended):
            continue
        if chosen.at_least is not None and (record.value is None or record.value < chosen.at_least):
            continue
        if measure.window.by is By.ENDED and not ended:
            continue
        day = record.ends if measure.window.by is By.ENDED else record.day
        assert day is not None
        if inside(measure, day, on):
            found.append((record, day))
    return found


def full(start: date, on: date, measure: Measure) -> int:
    count = (on - start).days
    if measure.unit is not Unit.DAYS:
        count = dates.months_between(start, on) // measure.unit.months
    return count if measure.cap is None else min(count, measure.cap)


def months(found: list[tuple[Record, date]]) -> set[int]:
    return {day.year * 12 + day.month for _, day in found}


def longest(numbers: set[int]) -> int:
    best = 0
    for number in numbers:
        run = 0
        while number + run in numbers:
            run += 1
        best = max(best, run)
    return best


def plainly(measure: Measure, records: Sequence[Record], on: date) -> int | None:  # noqa: PLR0911
    found = kept(measure, records, on)
    values = [record.value for record, _ in found if record.value is not None]
    days = [day for _, day in found]
    match measure.take:
        case Take.COUNT:
            return len(found)
        case Take.EXISTS:
            return int(bool(found))
        case Take.SUM:
            return sum(values) if values else None
        case Take.MEAN:
            return sum(values) // len(values) if values else None
        case Take.MAX:
            return max(values, default=None)
        case Take.MIN:
            return min(values, default=None)
        case Take.LATEST:
            return values[-1] if values else None
        case Take.PREVIOUS:
            return values[-2] if len(values) > 1 else None
        case Take.FIRST:
            return values[0] if values else None
        case Take.SINCE_LAST:
            return full(max(days), on, measure) if days else None
        case Take.SINCE_FIRST:
            return full(min(days), on, measure) if days else None
        case Take.UNTIL_END:
            if not found:
                return None
            end = max(record.ends or on + WITHOUT_END for record, _ in found)
            return full(on, end, measure) if end > on else 0
        case Take.DISTINCT_MONTHS:
            return len(months(found))
        case Take.DISTINCT_YEARS:
            return len({day.year for day in days})
        case Take.DISTINCT_ITEMS:
            return len({record.item for record, _ in found})
        case Take.LONGEST_RUN_MONTHS:
            return longest(months(found))
        case Take.LONGEST_RUN_YEARS:
            return longest({day.year for day in days})
        case Take.MISSING_MONTHS:
            if not found:
                return None
            last = on.year * 12 + on.month - 1 - measure.window.ago * measure.window.unit.months
            return last - min(months(found)) + 1 - len(months(found))
        case Take.WORST_SEVERITY:
            return max((record.severity for record, _ in found), default=0)
    raise AssertionError(measure.take)


def catalogue_of(expressions: Sequence[Expression]) -> IndicatorCatalogue:
    nothing = Words("", "")
    return IndicatorCatalogue(
        {
            f"i{n}": Indicator(
                f"i{n}", "general", Category.BASIC, nothing, value, Shown.COUNT, Direction.HIGHER,
                Bins((), (0,)), Missing.LEFT_OUT, 0, nothing, None, (), date(2020, 1, 1), None,
            )
            for n, value in enumerate(expressions)
        },
        {},
    )  # fmt: skip


def columns(records: Sequence[Record]) -> RecordColumns:
    return RecordColumns.of(
        {
            "firm_no": [record.firm for record in records],
            "item": [ITEMS[record.item].number for record in records],
            "occurred_on": [day_number(record.day) for record in records],
            "ends_on": [NO_DAY if record.ends is None else day_number(record.ends) for record in records],
            "value": [NO_VALUE if record.value is None else record.value for record in records],
            "severity": [record.severity for record in records],
            "received_on": [0] * len(records),
            "record_no": list(range(len(records))),
        }
    )


def run(
    records: Sequence[Record], expressions: Sequence[Expression], on: date = ON, **how: Any
) -> IndicatorTable:
    firms = FirmColumns.of(
        {"firm_no": [0, 1, 2], "established_on": [day_number(date(2020, 2, 29)), NO_DAY, 0]}
    )
    return engine.indicators(columns(records), firms, on, catalogue_of(expressions), ITEMS, **how)


def values(records: Sequence[Record], *stated: dict[str, Any], on: date = ON, firm: int = 0) -> list[Any]:
    table = run(records, [parse(one) for one in stated], on, by_machine_code=False)
    return list(table.of_firm(firm).values())


DAYS = st.dates(date(2021, 1, 1), date(2026, 5, 31))
RECORDS = st.lists(
    st.builds(
        lambda firm, item, day, length, value, severity: Record(
            firm, item, day, None if length is None else day + timedelta(days=length), value, severity
        ),
        st.integers(0, 2),
        st.sampled_from(sorted(ITEMS)),
        DAYS,
        st.none() | st.integers(0, 900),
        st.none() | st.integers(-1000, 10_000),
        st.integers(0, 3),
    ),
    max_size=30,
)
CHOSEN = st.fixed_dictionaries(
    {"items": st.sampled_from([["tax.*"], ["penalty.fine"], ["tax.paid", "penalty.*"]])},
    optional={
        "polarity": st.just(Polarity.ADVERSE),
        "severities": st.sampled_from([["minor", "serious"], [Severity.GENERAL]]),
        "status": st.sampled_from(["open", "ended"]),
        "at_least": st.integers(-10, 5000),
    },
).filter(lambda chosen: chosen.get("polarity") is None or chosen["items"] != ["none"])
WINDOWS = (
    st.just("all")
    | st.fixed_dictionaries(
        {"months": st.integers(1, 36)},
        optional={
            "ago": st.sampled_from([1, 12]),
            "whole": st.booleans(),
            "by": st.sampled_from(["occurred", "ended"]),
        },
    )
    | st.fixed_dictionaries({"days": st.sampled_from([30, 90])})
    | st.fixed_dictionaries({"years": st.integers(1, 3)})
)
SIMPLE = st.sampled_from(
    [take for take in Take if take not in {Take.SLOPE, Take.DURATION, *(t for t in Take if "months" in t)}]
)


@st.composite
def measures(draw: Any) -> Measure:
    take = draw(
        SIMPLE | st.sampled_from([Take.DISTINCT_MONTHS, Take.LONGEST_RUN_MONTHS, Take.MISSING_MONTHS])
    )
    stated: dict[str, Any] = {"take": take, **draw(CHOSEN)}
    if "months" in take:
        stated["window"] = {
            "months": draw(st.integers(1, 40)),
            "ago": draw(st.integers(0, 12)),
            "whole": True,
        }
    else:
        stated["window"] = draw(WINDOWS)
    if take in {Take.SINCE_LAST, Take.SINCE_FIRST, Take.UNTIL_END}:
        stated["unit"] = draw(st.sampled_from(list(Unit)))
        if draw(st.booleans()):
            stated["cap"] = draw(st.integers(1, 30))
    parsed = parse(stated)
    assert isinstance(parsed, Measure)
    return parsed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECORDS, st.lists(measures(), min_size=1, max_size=12), st.sampled_from([ON, date(2026, 2, 28)]))
def test_the_pass_reads_the_language_as_it_is_written(records, asked, on):
    table = run(records, asked, on, by_machine_code=False)
    ordered = sorted(enumerate(records), key=lambda each: (each[1].day, each[0]))
    for firm in range(3):
        own = [record for _, record in ordered if record.firm == firm]
        assert list(table.of_firm(firm).values()) == [plainly(measure, own, on) for measure in asked]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECORDS, st.lists(measures(), min_size=1, max_size=12))
def test_machine_code_answers_as_plain_python_does(records, asked):
    plain = run(records, asked, by_machine_code=False)
    fast = run(records, asked, by_machine_code=True, threads=2)
    assert np.array_equal(plain.values, fast.values)
    assert np.array_equal(plain.known, fast.known)
    assert np.array_equal(plain.next_change_on, fast.next_change_on)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECORDS, st.lists(measures(), min_size=1, max_size=8), st.floats(0, 1))
def test_nothing_changes_before_the_day_it_is_said_to(records, asked, part):
    first = run(records, asked, by_machine_code=False)
    for firm in range(3):
        last = min(int(first.next_change_on[firm]) - 1, day_number(ON) + 700)
        later = day_of(day_number(ON) + round((last - day_number(ON)) * part))
        assert later is not None
        again = run(records, asked, later, by_machine_code=False)
        assert again.of_firm(firm) == first.of_firm(firm)


PAID = {"take": "sum", "items": ["tax.paid"]}


def paid(month: int, value: int | None = 100, year: int = 2025) -> Record:
    return Record(0, "tax.paid", date(year, month, 15), None, value, 0)


def test_ratios_growths_and_shares_are_ppm_rounded_down():
    records = [paid(1, 300, 2026), paid(1, 200), Record(0, "tax.late", date(2026, 1, 3), None, 100, 0)]
    now = {**PAID, "window": {"months": 12, "whole": True}}
    before = {**PAID, "window": {"months": 12, "ago": 12, "whole": True}}
    late = {"take": "sum", "items": ["tax.late"]}
    assert values(
        records,
        {"growth": [now, before]},
        {"growth": [before, now]},
        {"ratio": [late, now]},
        {"share": [now, late]},
        {"per": [now, late]},
        {"plus": [now, late, {"take": "sum", "items": ["honour.award"]}]},
        {"difference": [late, now]},
    ) == [500_000, -333_334, 333_333, 1_000_000, 3, 400, -200]


def test_what_cannot_be_divided_is_not_known():
    nothing = {"take": "sum", "items": ["honour.award"]}
    zero = {"constant": 0}
    assert values([paid(1)], {"ratio": [PAID, nothing]}, {"growth": [PAID, zero]}, {"per": [PAID, zero]}) == [
        None,
        None,
        None,
    ]


def test_large_amounts_do_not_overflow_a_ratio():
    records = [paid(1, 4 * 10**17), paid(2, 4 * 10**17)]
    assert values(records, {"ratio": [{**PAID, "take": "max"}, PAID]})[0] in range(499_990, 500_011)


def test_a_straight_rise_is_told_as_a_part_of_the_mean():
    records = [paid(month, 100 * month) for month in range(1, 13)]
    window = {"months": 15, "whole": True}
    rise = values(records, {"take": "slope", "items": ["tax.paid"], "window": window})
    assert rise == [100 * 1_000_000 // 650]


def test_tests_and_transformations():
    records = [paid(1, 12_345), Record(1, "tax.paid", date(2025, 1, 1), None, -5, 0)]
    latest = {"take": "latest", "items": ["tax.paid"]}
    assert values(
        records,
        {"test": latest, "at_least": 12_345},
        {"test": latest, "at_most": 3},
        {"test": latest, "one_of": [1, 12_345]},
        {"transform": latest, "as": "digits"},
        {"transform": latest, "as": "clip", "low": 0, "high": 99},
        {"transform": latest, "as": "divide", "by": 1_000},
        {"first_known": [{"take": "sum", "items": ["honour.award"]}, {"constant": 7}]},
    ) == [1, 0, 1, 5, 99, 12, 7]
    assert values(records, {"transform": latest, "as": "absolute"}, firm=1) == [5]


def test_a_firms_age_is_counted_in_full_years():
    assert values([], {"firm": "age"}, on=date(2026, 2, 28)) == [6]
    assert values([], {"firm": "age"}, on=date(2026, 2, 27)) == [5]
    assert values([], {"firm": "age"}, firm=1) == [None]


def test_what_is_dated_later_does_not_count_yet_but_makes_the_firm_due():
    table = run(
        [Record(0, "penalty.fine", date(2026, 4, 2), None, 5, 2)],
        [parse({"take": "count", "items": ["penalty.*"]})],
    )
    assert table.of_firm(0) == {"i0": 0}
    assert day_of(int(table.next_change_on[0])) == date(2026, 4, 2)
    assert day_of(int(table.next_change_on[1])) is None


@pytest.mark.parametrize("by_machine_code", [False, True])
@pytest.mark.parametrize(("window", "expected"), [("all", 1915), ({"years": 6, "by": "ended"}, 1550)])
def test_time_since_goes_back_as_far_as_the_records_do(by_machine_code, window, expected):
    """Over all time no window makes the tables by age reach back as far as the records."""
    records = [Record(0, "penalty.fine", date(2021, 1, 1), date(2022, 1, 1), None, 0)]
    for take in ("since_last", "since_first"):
        asked = parse({"take": take, "items": ["penalty.fine"], "unit": "days", "window": window})
        table = run(records, [asked], by_machine_code=by_machine_code)
        assert list(table.of_firm(0).values()) == [expected]


@pytest.mark.parametrize(("unit", "expected"), [("days", 36_599), ("months", 1_202), ("years", 100)])
def test_what_has_no_end_lasts_a_hundred_years(unit, expected):
    records = [Record(0, "penalty.fine", date(2021, 1, 1), None, None, 0)]
    stated = {"take": "until_end", "items": ["penalty.fine"], "window": "all", "unit": unit}
    assert values(records, stated) == [expected]
    assert values(records, {**stated, "cap": 30}) == [30]
