"""The same indicators by Polars and by DuckDB, each by the best plan we found for it.

One pass with a filtered aggregate per figure takes both of them five to ten times as long. So each goes in two stages:
records of one item set are picked out once, grouped by firm with all figures that look at them, and laid into the same
accumulators our pass fills; the second step from there is the same NumPy for all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import polars as pl

from creditbridge.records import catalogue as credit_items
from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number
from creditbridge.scoring import accumulating as kinds
from creditbridge.scoring.columns import FirmColumns, IndicatorTable
from creditbridge.scoring.engine import FIRMS_AT_ONCE
from creditbridge.scoring.evaluating import Evaluation, Numbers
from creditbridge.scoring.indicators import catalogue
from creditbridge.scoring.language import By, Filter, Status
from creditbridge.scoring.program import Accumulator, Program, chosen_items, compiled_for
from creditbridge.scoring.windows import bounds

Plan = Callable[[], IndicatorTable]


@dataclass(frozen=True, slots=True)
class Group:
    """Accumulators that look at the same records but for their windows."""

    filter: Filter
    by: By
    items: tuple[int, ...]
    figures: tuple[tuple[int, Accumulator], ...]
    since: int | None
    """The earliest day any of their windows reaches; None when one reaches all time."""


def _program(on: date) -> Program:
    known = catalogue()
    expressions = [one.value for one in known.on(on)]
    parts = [part.applies for part in known.parts.values() if part.applies is not None]
    return compiled_for([*expressions, *parts], credit_items.items(), day_number(on))


def _groups(program: Program) -> Iterator[Group]:
    found: dict[tuple[Filter, By], list[tuple[int, Accumulator]]] = {}
    for position, one in enumerate(program.accumulators):
        found.setdefault((one.filter, one.window.by), []).append((position, one))
    for (chosen, by), figures in found.items():
        numbers = tuple(item.number for item in chosen_items(chosen, credit_items.items()))
        lows = [_edges(one, program.on)[0] for _, one in figures]
        everything = any(one.window.length is None for _, one in figures)
        yield Group(chosen, by, numbers, tuple(figures), None if everything else min(lows))


def _edges(accumulator: Accumulator, on: int) -> tuple[int, int]:
    low, high = bounds(accumulator.window, np.array([on], dtype=np.int64))
    return int(low[0]), int(high[0])


def _finished(program: Program, raw: Numbers, firms: FirmColumns, on: date) -> IndicatorTable:
    """The second step, the same for every engine and in as many threads."""
    known = catalogue()
    shape = (len(firms), len(known.indicators))
    values = np.zeros(shape, dtype=np.int64, order="F")
    mask = np.zeros(shape, dtype=np.bool_, order="F")

    def finish(begin: int) -> None:
        part = slice(begin, min(begin + FIRMS_AT_ONCE, len(firms)))
        some = firms.taken(part)
        due = np.full(len(some), NO_DAY, dtype=np.int64)
        evaluation = Evaluation(program, np.ascontiguousarray(raw[:, part]), some, due)
        for position, one in enumerate(known.indicators.values()):
            if one.is_valid_on(on):
                values[part, position], mask[part, position] = evaluation.of(one.value)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(finish, range(0, len(firms), FIRMS_AT_ONCE)))
    nothing = np.full(len(firms), NO_DAY, dtype=np.int32)
    applies = np.zeros((len(firms), 0), dtype=np.bool_)
    return IndicatorTable(on, firms.firm_no, known.codes, values, mask, (), applies, nothing)


def _empty(program: Program, firms: FirmColumns) -> Numbers:
    return np.repeat(program.empty[:, None], len(firms), axis=1)


# ---- Polars


def polars_plan(records: RecordColumns, firms: FirmColumns, on: date) -> Plan:
    """Partition by item once, then group each set of items by firm; all groups run as one query."""
    frame = pl.DataFrame(
        {
            "firm": records.firm_no,
            "item": records.item,
            "day": records.occurred_on,
            "ends": records.ends_on,
            "value": records.value,
            "severity": records.severity,
        }
    )
    program = _program(on)
    groups = list(_groups(program))

    def run() -> IndicatorTable:
        wanted = sorted({item for group in groups for item in group.items})
        of_interest = frame.filter(pl.col("item").is_in(wanted) & (pl.col("day") <= program.on))
        by_item = of_interest.with_row_index("row").partition_by("item", as_dict=True, include_key=True)
        held = {int(key[0]): part for key, part in by_item.items()}
        queries = [_polars_group(group, held, program) for group in groups]
        raw = _empty(program, firms)
        for group, answer in zip(groups, pl.collect_all(queries), strict=True):
            _lay_polars(group, answer, raw)
        return _finished(program, raw, firms, on)

    return run


def _polars_group(group: Group, held: Mapping[int, pl.DataFrame], program: Program) -> pl.LazyFrame:
    parts = [held[item] for item in group.items if item in held]
    empty = next(iter(held.values())).head(0)
    picked = pl.concat(parts or [empty]).lazy()
    if len(parts) > 1 and any(
        one.kind in (kinds.LATEST, kinds.PREVIOUS, kinds.FIRST) for _, one in group.figures
    ):
        picked = picked.sort("row")
    picked = picked.filter(*_polars_conditions(group, program.on))
    return picked.group_by("firm").agg(
        _polars_figure(one, program).alias(str(position)) for position, one in group.figures
    )


def _polars_conditions(group: Group, on: int) -> Iterator[pl.Expr]:
    chosen = group.filter
    yield pl.lit(value=True)
    if group.by is By.ENDED or chosen.status is Status.ENDED:
        yield pl.col("ends") <= on
    if chosen.status is Status.OPEN:
        yield pl.col("ends") > on
    if chosen.severities:
        yield pl.col("severity").is_in([severity.number for severity in chosen.severities])
    if chosen.at_least is not None or chosen.at_most is not None:
        yield pl.col("value") != NO_VALUE
    if chosen.at_least is not None:
        yield pl.col("value") >= chosen.at_least
    if chosen.at_most is not None:
        yield pl.col("value") <= chosen.at_most
    if group.since is not None:
        yield _polars_day(group.by) > group.since


def _polars_day(by: By) -> pl.Expr:
    return pl.col("ends" if by is By.ENDED else "day")


def _polars_figure(one: Accumulator, program: Program) -> pl.Expr:
    low, high = _edges(one, program.on)
    day = _polars_day(one.window.by)
    inside = (day > low) & (day <= high) if one.window.length is not None else pl.lit(value=True)
    valued = inside & (pl.col("value") != NO_VALUE)
    value = pl.col("value").filter(valued)
    month = _polars_back(program, day)
    figures: Mapping[int, Callable[[], pl.Expr]] = {
        kinds.COUNT: lambda: inside.sum() if one.window.length is not None else pl.len(),
        kinds.COUNT_VALUED: valued.sum,
        kinds.SUM: lambda: pl.when(valued.any()).then(value.sum()).otherwise(NO_VALUE),
        kinds.MAX: value.max,
        kinds.MIN: value.min,
        kinds.LATEST: value.last,
        kinds.FIRST: value.first,
        kinds.PREVIOUS: lambda: pl.when(valued.sum() > 1).then(value.tail(2).first()),
        kinds.LAST_DAY: lambda: day.filter(inside).max(),
        kinds.FIRST_DAY: lambda: day.filter(inside).min(),
        kinds.LAST_END: lambda: pl.col("ends").filter(inside).max(),
        kinds.WORST: lambda: pl.col("severity").filter(inside).max(),
        kinds.MONTHS: lambda: month.filter(inside).bitwise_or(),
        kinds.ITEMS: lambda: _polars_bits(one).filter(inside).bitwise_or(),
        kinds.YEARS: lambda: _polars_years(program, day).filter(inside).bitwise_or(),
        kinds.SUM_X: lambda: _polars_place(program, day).filter(valued).sum(),
        kinds.SUM_XX: lambda: (_polars_place(program, day) ** 2).filter(valued).sum(),
        kinds.SUM_XY: lambda: (_polars_place(program, day) * pl.col("value")).filter(valued).sum(),
    }
    return figures[one.kind]().cast(pl.Int64)


def _polars_back(program: Program, day: pl.Expr) -> pl.Expr:
    return _power_of_two(_polars_month(program, day))


def _polars_month(program: Program, day: pl.Expr) -> pl.Expr:
    on = date.fromordinal(program.on + date(1970, 1, 1).toordinal())
    when = day.cast(pl.Date)
    return on.year * 12 + on.month - when.dt.year().cast(pl.Int64) * 12 - when.dt.month().cast(pl.Int64)


def _polars_place(program: Program, day: pl.Expr) -> pl.Expr:
    return kinds.FARTHEST_BACK - _polars_month(program, day)


def _polars_years(program: Program, day: pl.Expr) -> pl.Expr:
    year = date.fromordinal(program.on + date(1970, 1, 1).toordinal()).year
    return _power_of_two(year - day.cast(pl.Date).dt.year().cast(pl.Int64))


def _polars_bits(one: Accumulator) -> pl.Expr:
    numbers = [item.number for item in chosen_items(one.filter, credit_items.items())]
    return pl.col("item").replace_strict(
        numbers, [1 << bit for bit in range(len(numbers))], return_dtype=pl.Int64
    )


def _power_of_two(back: pl.Expr) -> pl.Expr:
    powers = pl.lit(pl.Series([1 << bit for bit in range(kinds.FARTHEST_BACK)] + [0], dtype=pl.Int64))
    return powers.gather(back.clip(0, kinds.FARTHEST_BACK))


def _lay_polars(group: Group, answer: pl.DataFrame, raw: Numbers) -> None:
    firm = answer["firm"].to_numpy()
    for position, one in group.figures:
        raw[position, firm] = answer[str(position)].fill_null(one.empty).to_numpy()


# ---- DuckDB


def duckdb_plan(records: RecordColumns, firms: FirmColumns, on: date) -> Plan:
    """One query a set of items over a table of its own, in the order in which all engines find the records."""
    program = _program(on)
    groups = list(_groups(program))
    connection = duckdb.connect()
    columns = {
        "row": np.arange(len(records)),
        "firm": records.firm_no,
        "item": records.item,
        "day": records.occurred_on,
        "ends": records.ends_on,
        "value": records.value,
        "severity": records.severity,
    }
    connection.register("given", columns)
    connection.execute(
        "CREATE TABLE records AS SELECT * REPLACE (nullif(value, ?) AS value) FROM given", [NO_VALUE]
    )
    connection.unregister("given")

    def run() -> IndicatorTable:
        raw = _empty(program, firms)
        for group in groups:
            answer = connection.execute(_duckdb_query(group, program)).fetchnumpy()
            for position, one in group.figures:
                figure = np.ma.filled(answer[f"f{position}"].astype(np.int64), one.empty)
                raw[position, answer["firm"]] = figure
        return _finished(program, raw, firms, on)

    return run


def _duckdb_query(group: Group, program: Program) -> str:
    chosen = group.filter
    wanted = [f"item IN ({', '.join(map(str, group.items))})", f"day <= {program.on}"]
    if group.by is By.ENDED or chosen.status is Status.ENDED:
        wanted.append(f"ends <= {program.on}")
    if chosen.status is Status.OPEN:
        wanted.append(f"ends > {program.on}")
    if chosen.severities:
        wanted.append(f"severity IN ({', '.join(str(each.number) for each in chosen.severities)})")
    if chosen.at_least is not None or chosen.at_most is not None:
        wanted.append("value IS NOT NULL")
    if chosen.at_least is not None:
        wanted.append(f"value >= {chosen.at_least}")
    if chosen.at_most is not None:
        wanted.append(f"value <= {chosen.at_most}")
    if group.since is not None:
        wanted.append(f"{_duckdb_day(group.by)} > {group.since}")
    figures = ", ".join(f"{_duckdb_figure(one, program)} AS f{position}" for position, one in group.figures)
    return f"SELECT firm, {figures} FROM records WHERE {' AND '.join(wanted)} GROUP BY firm"  # noqa: S608 - numbers of our own


def _duckdb_day(by: By) -> str:
    return "ends" if by is By.ENDED else "day"


def _duckdb_figure(one: Accumulator, program: Program) -> str:
    low, high = _edges(one, program.on)
    day = _duckdb_day(one.window.by)
    inside = f"{day} > {low} AND {day} <= {high}" if one.window.length is not None else "true"
    valued = f"{inside} AND value IS NOT NULL"
    on = date.fromordinal(program.on + date(1970, 1, 1).toordinal())
    when = f"(DATE '1970-01-01' + {day}::INTEGER)"
    month = f"({on.year * 12 + on.month} - year({when}) * 12 - month({when}))"
    place = f"({kinds.FARTHEST_BACK} - {month})"
    figures: Mapping[int, str] = {
        kinds.COUNT: f"count(*) FILTER ({inside})",
        kinds.COUNT_VALUED: f"count(*) FILTER ({valued})",
        kinds.SUM: f"sum(value) FILTER ({valued})::BIGINT",
        kinds.MAX: f"max(value) FILTER ({valued})",
        kinds.MIN: f"min(value) FILTER ({valued})",
        kinds.LATEST: f"arg_max(value, row) FILTER ({valued})",
        kinds.FIRST: f"arg_min(value, row) FILTER ({valued})",
        kinds.PREVIOUS: f"(arg_max(value, row, 2) FILTER ({valued}))[2]",
        kinds.LAST_DAY: f"max({day}) FILTER ({inside})",
        kinds.FIRST_DAY: f"min({day}) FILTER ({inside})",
        kinds.LAST_END: f"max(ends) FILTER ({inside})",
        kinds.WORST: f"max(severity) FILTER ({inside})",
        kinds.MONTHS: f"bit_or(1::BIGINT << {month}) FILTER ({inside})",
        kinds.YEARS: f"bit_or(1::BIGINT << ({on.year} - year({when}))) FILTER ({inside})",
        kinds.ITEMS: f"bit_or({_duckdb_bits(one)}) FILTER ({inside})",
        kinds.SUM_X: f"sum({place}) FILTER ({valued})::BIGINT",
        kinds.SUM_XX: f"sum({place} * {place}) FILTER ({valued})::BIGINT",
        kinds.SUM_XY: f"sum({place} * value) FILTER ({valued})::BIGINT",
    }
    return figures[one.kind]


def _duckdb_bits(one: Accumulator) -> str:
    numbers = [item.number for item in chosen_items(one.filter, credit_items.items())]
    cases = " ".join(f"WHEN {number} THEN {1 << bit}::BIGINT" for bit, number in enumerate(numbers))
    return f"CASE item {cases} END"


PLANS: Mapping[str, Callable[[RecordColumns, FirmColumns, date], Plan]] = {
    "polars": polars_plan,
    "duckdb": duckdb_plan,
}
"""Each takes the records and answers a run that can be timed."""
