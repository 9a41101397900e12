"""From rows of a feed to records: which rules fit, what each record is, and what is wrong with a row.

A row is taken whole or not at all: whoever mends it sends it again as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from creditbridge.records import catalogue, readings, source_keys
from creditbridge.records.catalogue import CreditItem, ValueKind
from creditbridge.records.columns import NO_DAY, NO_VALUE, day_number
from creditbridge.records.feeds import STORED, UNITS, Condition, DayRule, Feed, RecordRule, ValueRule
from creditbridge.records.firm_index import FirmIndex

EARLIEST = day_number(date(1949, 10, 1))
LARGEST = 9 * 10**15
SEPARATOR = ";"
"""Between the problems of a row; each is ``code@column``."""


@dataclass(slots=True)
class MappedRows:
    """What a stretch of rows became.

    Attributes:
        records: columns as the lake's, without ``record_no`` and ``received_on``, and ``row``: the place of the row.
        problems: of each row what is wrong with it, empty where nothing is.
        late: how many records came later than the feed allows.
        filled: of each column read how many cells were filled.
    """

    records: dict[str, npt.NDArray[Any]]
    problems: pl.Series
    late: int = 0
    filled: dict[str, int] = field(default_factory=dict)


class Mapper:
    """Maps the rows of one feed, as they are received on one day."""

    def __init__(self, feed: Feed, firms: FirmIndex, received_on: date) -> None:
        self._feed = feed
        self._firms = firms
        self._received_on = received_on
        self._today = day_number(received_on)
        self._items = {item.code: item.number for item in catalogue.items().values()}

    def map(self, frame: pl.DataFrame) -> MappedRows:
        """Map some rows; the frame has the feed's columns, those that were not sent as null."""
        rows = _Rows(frame, self._received_on)
        firm_no = self._firm(rows)
        masks = self._masks(rows)
        drafts = [self._draft(rule, mask, rows) for rule, mask in zip(self._feed.records, masks, strict=True)]
        problems = rows.problems()
        good = problems == ""
        parts = [draft.taken(good, firm_no) for draft in drafts]
        records = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self._key(records, rows)
        late = int(np.count_nonzero(self._today - records["occurred_on"] > self._feed.late_after_days))
        filled = {name: rows.count_filled(name) for name in self._feed.columns}
        return MappedRows(records, problems, late, filled)

    def _firm(self, rows: _Rows) -> pl.Series:
        firm_no, why, where = None, None, ""
        for column in self._feed.firm:
            found = self._firms.find(rows.frame[column.column], column.by)
            if firm_no is None or why is None:
                firm_no, why, where = found.firm_no, found.problem, column.column
            else:
                why = why.zip_with(
                    firm_no.is_null() & found.firm_no.is_null(),
                    pl.Series([None], dtype=pl.String).new_from_index(0, len(why)),
                )
                firm_no = firm_no.zip_with(firm_no.is_not_null(), found.firm_no)
        assert firm_no is not None
        assert why is not None
        rows.note(firm_no.is_null(), pl.select(pl.lit(why) + f"@{where}").to_series())
        return firm_no

    def _masks(self, rows: _Rows) -> list[pl.Series]:
        """Where each rule fits."""
        taken: dict[str, pl.Series] = {}
        masks: list[pl.Series] = []
        for rule in self._feed.records:
            mask = rows.all(rule.when)
            if rule.one_of is not None:
                before = taken.get(rule.one_of)
                mask = mask if before is None else mask & ~before
                taken[rule.one_of] = mask if before is None else before | mask
            masks.append(mask)
        fits = rows.nowhere()
        for rule, mask in zip(self._feed.records, masks, strict=True):
            fits = fits if rule.otherwise else fits | mask
        for place, rule in enumerate(self._feed.records):
            if rule.otherwise:
                masks[place] = masks[place] & ~fits
        for group in taken.values():
            rows.note(~group, "no_kind@")
        everything = rows.nowhere()
        for mask in masks:
            everything = everything | mask
        if not taken:
            rows.note(~everything, "no_kind@")
        return masks

    def _draft(self, rule: RecordRule, mask: pl.Series, rows: _Rows) -> _Draft:
        occurred = self._occurred(rule.occurred, mask, rows)
        ends = self._ends(rule, occurred, mask, rows)
        item = self._item(rule, mask, rows)
        value = self._value(rule, mask, rows)
        return _Draft(mask, item, occurred, ends, value)

    def _occurred(self, day: DayRule, mask: pl.Series, rows: _Rows) -> pl.Series:
        read = rows.days(day)
        if day.column is None:
            return read
        if (unread := rows.unread(day.column, read)) is not None:
            rows.note(mask & unread[0], f"date_missing@{day.column}")
            rows.note(mask & unread[1], f"date_wrong@{day.column}")
        outside = (read < EARLIEST) | (read > self._today)
        rows.note(mask & outside, f"date_out_of_range@{day.column}")
        return read

    def _ends(self, rule: RecordRule, occurred: pl.Series, mask: pl.Series, rows: _Rows) -> pl.Series:
        by_itself = (
            pl.repeat(NO_DAY, rows.height, dtype=pl.Int32, eager=True) if rule.lasting else occurred + 1
        )
        if rule.ends is None:
            return by_itself
        read = rows.days(rule.ends)
        if rule.ends.column is None:
            return read
        if (unread := rows.unread(rule.ends.column, read)) is not None:
            rows.note(mask & unread[1], f"date_wrong@{rule.ends.column}")
        rows.note(mask & (read < occurred), f"ends_before@{rule.ends.column}")
        return read.zip_with(read.is_not_null(), by_itself)

    def _item(self, rule: RecordRule, mask: pl.Series, rows: _Rows) -> pl.Series | CreditItem:
        if rule.item is not None:
            if not rule.item.is_valid_on(self._received_on):
                rows.note(mask, "item_not_in_use@")
            return rule.item
        assert rule.item_column is not None
        numbers = rows.text(rule.item_column).replace_strict(
            self._items, default=None, return_dtype=pl.UInt16
        )
        rows.note(mask & numbers.is_null(), f"item_unknown@{rule.item_column}")
        return numbers

    def _value(self, rule: RecordRule, mask: pl.Series, rows: _Rows) -> pl.Series | None:
        if rule.value is None or (rule.item is not None and rule.item.value is ValueKind.NONE):
            return None
        column, kind = rule.value.column, "grade" if rule.value.unit == "grade" else "number"
        if kind == "grade":
            assert rule.item is not None
            read = readings.grades(rows.frame[column], rule.item.grades, rule.value.grades)
        else:
            read = rows.stored(rule.value)
            negative = rule.item is None or (
                rule.item.category == "report" and rule.item.value is not ValueKind.COUNT
            )
            outside = (read.abs() > LARGEST) | ((read < 0) & (not negative))
            rows.note(mask & outside, f"number_out_of_range@{column}")
        if (unread := rows.unread(column, read)) is not None:
            rows.note(mask & unread[1], f"{kind}_wrong@{column}")
            if rule.value.unit != STORED:
                rows.note(mask & unread[0], f"number_missing@{column}")
        return read

    def _key(self, records: dict[str, npt.NDArray[Any]], rows: _Rows) -> None:
        """Give each record its source key: by the feed's key columns, else by its day and value."""
        row = records["row"]
        present = [name for name in self._feed.key if rows.count_filled(name)]
        if not present:
            base = np.zeros(len(row), np.uint64)
            parts = [records[name] for name in ("firm_no", "item", "occurred_on", "value")]
        else:
            texts = rows.raw(present[0]) if len(present) == 1 else rows.joined(present)
            base = source_keys.of_texts(texts)[row]
            parts = [records["firm_no"], records["item"]]
        records["source_key"] = source_keys.of_records(base, *parts)


class _Draft:
    """The records of one rule before the problems of every row are known."""

    def __init__(
        self,
        mask: pl.Series,
        item: pl.Series | CreditItem,
        occurred: pl.Series,
        ends: pl.Series,
        value: pl.Series | None,
    ) -> None:
        self._mask, self._item = mask, item
        self._occurred, self._ends, self._value = occurred, ends, value

    def taken(self, good: pl.Series, firm_no: pl.Series) -> dict[str, npt.NDArray[Any]]:
        """The columns of the records whose rows are good."""
        row = (self._mask & good).arg_true().to_numpy()
        every = len(row) == len(good)

        def of(series: pl.Series, dtype: str) -> npt.NDArray[Any]:
            chosen = series if every else series.gather(pl.Series(row))
            return chosen.to_numpy().astype(dtype, copy=False)

        if isinstance(self._item, CreditItem):
            item = np.full(len(row), self._item.number, "u2")
            severity = np.full(len(row), self._item.severity.number, "u1")
        else:
            item = of(self._item, "u2")
            severity = np.array([one.severity.number for one in catalogue.numbered()], "u1")[item]
        value = (
            np.full(len(row), NO_VALUE, "i8")
            if self._value is None
            else of(self._value.fill_null(NO_VALUE), "i8")
        )
        return {
            "row": row.astype("i8"),
            "firm_no": of(firm_no, "u4"),
            "item": item,
            "occurred_on": of(self._occurred, "i4"),
            "ends_on": of(self._ends, "i4"),
            "value": value,
            "severity": severity,
        }


class _Rows:
    """A frame whose columns are read once, and the problems found so far."""

    def __init__(self, frame: pl.DataFrame, received_on: date) -> None:
        self.frame = frame
        self.height = frame.height
        self._received_on = received_on
        self._texts: dict[str, pl.Series] = {}
        self._days: dict[DayRule, pl.Series] = {}
        self._numbers: dict[tuple[str, str], pl.Series] = {}
        self._codes: dict[str, tuple[pl.Series, npt.NDArray[np.int64]]] = {}
        self._problems: list[pl.Series] = []

    def nowhere(self) -> pl.Series:
        return pl.repeat(value=False, n=self.height, dtype=pl.Boolean, eager=True)

    def text(self, name: str) -> pl.Series:
        if name not in self._texts:
            self._texts[name] = readings.text(self.frame[name])
        return self._texts[name]

    def raw(self, name: str) -> pl.Series:
        """The cells as text, as they came."""
        column = self.frame[name]
        return column if column.dtype == pl.String else self.text(name)

    def filled(self, name: str) -> pl.Series:
        """Where a column is filled."""
        if self.frame[name].dtype != pl.String:
            return self.frame[name].is_not_null()
        return self.text(name).is_not_null()

    def count_filled(self, name: str) -> int:
        """How many cells are filled, as far as that is cheap to tell."""
        column = self.frame[name]
        if column.dtype != pl.String or name in self._texts:
            return self.height - int(self.filled(name).not_().sum())
        return self.height - column.null_count() - int((column.str.len_bytes() == 0).sum())

    def unread(self, name: str, read: pl.Series) -> tuple[pl.Series, pl.Series] | None:
        """Where nothing was read because nothing stands there, and where because it could not be; None for nowhere."""
        if not read.null_count():
            return None
        filled = self.filled(name)
        return read.is_null() & ~filled, read.is_null() & filled

    def joined(self, names: list[str]) -> pl.Series:
        texts = [self.text(name).fill_null("").rename(name) for name in names]
        return pl.DataFrame(texts).select(pl.concat_str(names, separator="\x1f")).to_series()

    def days(self, rule: DayRule) -> pl.Series:
        if rule not in self._days:
            self._days[rule] = self._read_days(rule)
        return self._days[rule]

    def _read_days(self, rule: DayRule) -> pl.Series:
        if rule.column is None:
            read = pl.repeat(day_number(self._received_on), self.height, dtype=pl.Int32, eager=True)
        else:
            read = readings.days(self.frame[rule.column], rule.kind, self._received_on)
        if months := 12 * rule.plus_years + rule.plus_months:
            read = read.cast(pl.Date).dt.offset_by(f"{months}mo").cast(pl.Int32)
        return read + 1 if rule.inclusive else read

    def number(self, column: str, unit: str) -> pl.Series:
        """A column as numbers in a unit."""
        if (column, unit) not in self._numbers:
            kind, of_stored = UNITS.get(unit, (None, 1))
            per_yuan = 100 / of_stored if kind is ValueKind.FEN else None
            self._numbers[column, unit] = readings.numbers(self.frame[column], per_yuan)
        return self._numbers[column, unit]

    def stored(self, rule: ValueRule) -> pl.Series:
        """A value as the lake holds it (Int64)."""
        read = self.number(rule.column, rule.unit)
        if rule.minus is not None:
            read = read - self.number(rule.minus, rule.unit)
        if rule.absolute:
            read = read.abs()
        factor = UNITS[rule.unit][1] if rule.unit in UNITS else 1
        return (read * factor).clip(-2.0 * LARGEST, 2.0 * LARGEST).round().cast(pl.Int64, strict=False)

    def all(self, conditions: tuple[Condition, ...]) -> pl.Series:
        """Where every condition holds."""
        mask = ~self.nowhere()
        for condition in conditions:
            held = self._holds(condition).fill_null(value=False)
            mask = mask & (~held if condition.negated else held)
        return mask

    def _holds(self, condition: Condition) -> pl.Series:
        if condition.equals or condition.contains:
            different, place = self._coded(condition.column)
            held = _fits(different, condition).to_numpy()
            return pl.Series(held[place])
        if condition.filled:
            return self.filled(condition.column)
        read = self.number(condition.column, "yuan")
        mask = read.is_not_null()
        if condition.more_than is not None:
            mask = mask & (read > condition.more_than)
        if condition.at_most is not None:
            mask = mask & (read <= condition.at_most)
        return mask

    def _coded(self, column: str) -> tuple[pl.Series, npt.NDArray[np.int64]]:
        """The different texts of a column and the place of each cell among them: conditions look at each text once."""
        if column not in self._codes:
            cells = self.raw(column)
            different = cells.unique()
            places = pl.Series(range(len(different)), dtype=pl.Int64)
            coded = cells.replace_strict(different, places, return_dtype=pl.Int64)
            self._codes[column] = readings.text(different), coded.to_numpy()
        return self._codes[column]

    def note(self, where: pl.Series, problem: str | pl.Series) -> None:
        """Note a problem of some rows."""
        where = where.fill_null(value=False)
        if not where.any():
            return
        words = pl.lit(problem)
        noted = pl.select(pl.when(where).then(words).otherwise(None)).to_series()
        self._problems.append(noted)

    def problems(self) -> pl.Series:
        """Of each row all that was noted."""
        if not self._problems:
            return pl.repeat("", self.height, dtype=pl.String, eager=True)
        columns = [series.rename(str(place)) for place, series in enumerate(self._problems)]
        frame = pl.DataFrame(columns)
        return frame.select(pl.concat_str(pl.all(), separator=SEPARATOR, ignore_nulls=True)).to_series()


def _fits(texts: pl.Series, condition: Condition) -> pl.Series:
    """Which texts are one of those a condition names, or hold one of them."""
    if condition.equals:
        held = texts.is_in(list(condition.equals))
    else:
        held = texts.str.contains_any(list(condition.contains))
    return held.fill_null(value=False)


def counts_by_problem(problems: Mapping[str, int]) -> dict[str, int]:
    """How often each kind of problem occurs, whatever the column."""
    counts: dict[str, int] = {}
    for text, count in problems.items():
        for one in dict.fromkeys(part.partition("@")[0] for part in text.split(SEPARATOR)):
            counts[one] = counts.get(one, 0) + count
    return counts
