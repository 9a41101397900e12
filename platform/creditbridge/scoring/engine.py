"""Records to indicators: pure, the same answer however the firms are parted and however many threads there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from creditbridge.records import catalogue as credit_items
from creditbridge.records.columns import RecordColumns, Starts, day_number
from creditbridge.scoring.accumulating import accumulate, compiled
from creditbridge.scoring.columns import FirmColumns, IndicatorTable
from creditbridge.scoring.evaluating import Evaluation, Numbers
from creditbridge.scoring.indicators import Indicator, IndicatorCatalogue, catalogue
from creditbridge.scoring.language import Expression
from creditbridge.scoring.program import Items, Layout, Program, laid_out

FIRMS_AT_ONCE = 8_192
"""Accumulators of so many firms are held at a time by each thread."""
COMPILED_FROM = 3_000
"""With fewer records than this, loading the machine code takes longer than doing without."""
MOST_PROGRAMS = 64
"""Programs kept, a quarter of a megabyte each: a search of paths asks for two on each of some dozen or two of days."""


def indicators(
    records: RecordColumns,
    firms: FirmColumns,
    on: date,
    catalogue: IndicatorCatalogue | None = None,
    items: Items | None = None,
    *,
    threads: int | None = None,
    by_machine_code: bool | None = None,
) -> IndicatorTable:
    """Every indicator of every firm on a day.

    ``records`` are those known that day, of these firms only; what is dated later counts from its day. Indicators
    that do not hold that day stay unknown. ``by_machine_code`` decides for tests and benchmarks how the pass runs.
    """
    known = catalogue or _catalogue()
    program, chosen = _program(known, _Items(items or credit_items.items()), on)
    table = _empty(known, firms, on)
    fast = len(records) >= COMPILED_FROM if by_machine_code is None else by_machine_code
    applies = tuple(part.applies for part in known.parts.values())
    work = _Work(program, chosen, applies, records, records.of_firms(firms.firm_no), firms, table, fast)
    parts = [(begin, min(begin + FIRMS_AT_ONCE, len(firms))) for begin in range(0, len(firms), FIRMS_AT_ONCE)]
    workers = min(threads or os.cpu_count() or 1, len(parts))
    if fast:
        compiled()
    if workers < 2:
        for part in parts:
            work.do(*part)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda part: work.do(*part), parts))
    return table


def values_of_one(
    records: RecordColumns,
    firm: FirmColumns,
    on: date,
    expressions: Sequence[Expression],
    items: Items | None = None,
) -> list[int | None]:
    """What expressions come to for one firm on a day, None where that is not known."""
    program = laid_out(expressions, items or credit_items.items()).program(day_number(on))
    due = np.empty(1, dtype=np.int64)
    raw = _accumulated(program, records, records.of_firms(firm.firm_no), range(1), due, fast=False)
    evaluation = Evaluation(program, raw, firm, due)
    found = [evaluation.of(one) for one in expressions]
    return [int(values[0]) if known[0] else None for values, known in found]


def _catalogue() -> IndicatorCatalogue:
    return catalogue()


class _Items:
    """Items as a key of the cache of programs: a catalogue is the same as long as it is the same object."""

    def __init__(self, items: Items) -> None:
        self.items = items

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Items) and other.items is self.items

    def __hash__(self) -> int:
        return id(self.items)


@lru_cache(maxsize=MOST_PROGRAMS)
def _program(
    known: IndicatorCatalogue, items: _Items, on: date
) -> tuple[Program, tuple[tuple[int, Indicator], ...]]:
    chosen = tuple((n, one) for n, one in enumerate(known.indicators.values()) if one.is_valid_on(on))
    return _layout(known, items, tuple(n for n, _ in chosen)).program(day_number(on)), chosen


@lru_cache(maxsize=8)
def _layout(known: IndicatorCatalogue, items: _Items, chosen: tuple[int, ...]) -> Layout:
    """What the programs of all days have in common on which the same indicators hold."""
    indicators = tuple(known.indicators.values())
    parts = [part.applies for part in known.parts.values() if part.applies is not None]
    return laid_out([*(indicators[n].value for n in chosen), *parts], items.items)


def _empty(known: IndicatorCatalogue, firms: FirmColumns, on: date) -> IndicatorTable:
    shape = (len(firms), len(known.indicators))
    return IndicatorTable(
        on=on,
        firm_no=firms.firm_no,
        codes=known.codes,
        values=np.zeros(shape, dtype=np.int64, order="F"),
        known=np.zeros(shape, dtype=np.bool_, order="F"),
        parts=tuple(known.parts),
        applies=np.ones((len(firms), len(known.parts)), dtype=np.bool_, order="F"),
        next_change_on=np.empty(len(firms), dtype=np.int32),
    )


@dataclass(frozen=True, slots=True)
class _Work:
    program: Program
    chosen: tuple[tuple[int, Indicator], ...]
    applies: tuple[Expression | None, ...]
    records: RecordColumns
    starts: Starts
    firms: FirmColumns
    table: IndicatorTable
    fast: bool

    def do(self, begin: int, end: int) -> None:
        """Fill the table's rows from ``begin`` to before ``end``."""
        due = np.empty(end - begin, dtype=np.int64)
        raw = _accumulated(self.program, self.records, self.starts, range(begin, end), due, fast=self.fast)
        evaluation = Evaluation(self.program, raw, self.firms.taken(slice(begin, end)), due)
        for position, indicator in self.chosen:
            values, known = evaluation.of(indicator.value)
            self.table.values[begin:end, position] = values
            self.table.known[begin:end, position] = known
        for position, expression in enumerate(self.applies):
            if expression is not None:
                values, known = evaluation.of(expression)
                self.table.applies[begin:end, position] = known & (values != 0)
        self.table.next_change_on[begin:end] = evaluation.due


def _accumulated(
    program: Program, records: RecordColumns, starts: Starts, firms: range, due: Numbers, *, fast: bool
) -> Numbers:
    """The accumulators of some firms, by their places; ``due`` is filled."""
    begin, end = firms.start, firms.stop
    out = np.tile(program.empty, (end - begin, 1))
    columns = (records.item, records.occurred_on, records.ends_on, records.value, records.severity)
    if fast:
        compiled()(starts, *columns, program.on, *program.tables, program.due_length, begin, end, out, due)
    else:
        first, last = int(starts[begin]), int(starts[end])
        inner = (starts[begin : end + 1] - first).tolist()
        listed = [column[first:last].tolist() for column in columns]
        plain: Callable[..., None] = accumulate
        plain(inner, *listed, program.on, *program.listed, program.due_length, 0, end - begin, out, due)
    return np.ascontiguousarray(out.T)
