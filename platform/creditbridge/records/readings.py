"""Reading cells of a feed column by column: texts, dates, amounts, grades. What cannot be read becomes null.

Texts come from many systems: dates as 2025-03-01, 2025/3/1, 2025.3.1, 20250301, 2025年3月1日, with a time or as a
spreadsheet's serial number (45717); full-width digits and letters in any of them; amounts with
thousands separators or with their unit behind them (3.5万元), which then counts instead of the column's own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from creditbridge.records.feeds import DayKind

MISSING = ("", "NULL", "null", "None", "\\N", "-", "--", "/", "无", "空")
_LONGEST_MISSING = 4
_BLANKS = " \t\r\n\u00a0\u3000\ufeff'"
_DAY = r"^([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?(?:[ T].*)?$"
_MONTH = r"^([0-9]{4})[-/.年]?([0-9]{1,2})(?:[^0-9].*|[0-9]{2}.*)?$"
_YEAR = r"^([0-9]{4})(?:[^0-9].*|[0-9]{4}.*)?$"
_NUMBER = r"^[¥￥]?\s*([-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*(?:人民币)?(元|万元|万|亿元|亿|%|人|件|次|期|户|分)?(?:人民币|整)?$"
_BARE = r"^[\s0-9０-９.．,，+\-－]*[0-9０-９][\s.．,，]*(?:[eE][-+]?[0-9]+)?\s*$"
_STATED_YUAN: Mapping[str, float] = {"元": 1, "万元": 1e4, "万": 1e4, "亿元": 1e8, "亿": 1e8}


_WIDE = "[\uff01-\uff5e]"
_SERIAL = r"^([2-6][0-9]{4})(?:\.[0-9]+)?$"
"""A date as a spreadsheet keeps it, as days: from 1954 to 2091, in five digits, which no other form has."""
_NOUGHT = (date(1899, 12, 30) - date(1970, 1, 1)).days
"""The day a spreadsheet counts from."""


def narrow(column: pl.Series) -> pl.Series:
    """Texts with full-width digits, letters and signs as their common ones."""
    if not column.str.contains(_WIDE).any():
        return column
    different = column.drop_nulls().unique()
    plain = [unicodedata.normalize("NFKC", one) for one in different.to_list()]
    return column.replace_strict(different, pl.Series(plain, dtype=pl.String), return_dtype=pl.String)


def text(column: pl.Series) -> pl.Series:
    """The cells as trimmed text; what stands for nothing is null."""
    if column.dtype != pl.String:
        if column.dtype.is_float():
            whole = column.cast(pl.Int64, strict=False)
            column = pl.select(
                pl.when(whole.cast(pl.Float64) == column)
                .then(whole.cast(pl.String))
                .otherwise(column.cast(pl.String))
            ).to_series()
        return column.cast(pl.String, strict=False)
    trimmed = column.str.strip_chars(_BLANKS)
    short = (trimmed.str.len_bytes() <= _LONGEST_MISSING).arg_true()
    if not len(short):
        return trimmed
    cells = trimmed.gather(short)
    return trimmed.scatter(short, cells.set(cells.is_in(MISSING), None))


def days(column: pl.Series, kind: DayKind, latest: date) -> pl.Series:
    """The cells as days since 1970-01-01 (Int32). The end of a year or month that is not over yet is ``latest``."""
    if kind == "day":
        return _dates(column).cast(pl.Int32)
    cells = narrow(text(column))
    groups = cells.str.extract_groups(_MONTH if kind == "month_end" else _YEAR).struct
    year = groups.field("1")
    month = (
        groups.field("2").str.zfill(2)
        if kind == "month_end"
        else pl.Series(["12"] * len(cells), dtype=pl.String)
    )
    first = (year + "-" + month + "-01").str.to_date("%Y-%m-%d", strict=False)
    return (
        first.dt.month_end().clip(upper_bound=pl.lit(latest)).cast(pl.Int32)
        if len(cells)
        else first.cast(pl.Int32)
    )


def _dates(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Date:
        return column
    if isinstance(column.dtype, pl.Datetime):
        zone = column.dtype.time_zone
        local = column.dt.convert_time_zone("Asia/Shanghai") if zone is not None else column
        return local.dt.date()
    read = column.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    if (column.str.len_bytes() != 10).any():
        exact = (column.str.len_bytes() == 10) | column.str.slice(10, 1).is_in([" ", "T"])
        read = read.set(~exact.fill_null(value=True), None)
    left = (read.is_null() & column.is_not_null()).arg_true()
    if not len(left):
        return read
    cells = narrow(text(column.gather(left)))
    groups = cells.str.extract_groups(_DAY).struct
    tidied = groups.field("1") + "-" + groups.field("2").str.zfill(2) + "-" + groups.field("3").str.zfill(2)
    found = tidied.str.to_date("%Y-%m-%d", strict=False)
    serial = cells.str.extract(_SERIAL).cast(pl.Int32, strict=False) + _NOUGHT
    return read.scatter(left, found.zip_with(found.is_not_null(), serial.cast(pl.Date)))


def numbers(column: pl.Series, per_yuan: float | None) -> pl.Series:
    """The cells as numbers in the column's unit (Float64); ``per_yuan`` says how many units one yuan is, for amounts."""
    if column.dtype.is_numeric():
        return _finite(column.cast(pl.Float64))
    read = _finite(column.cast(pl.Float64, strict=False))
    left = (read.is_null() & column.is_not_null()).arg_true()
    if not len(left):
        return read
    plain = narrow(text(column.gather(left))).str.replace_all("[,，]", "")
    groups = plain.str.extract_groups(_NUMBER).struct
    found = groups.field("1").cast(pl.Float64, strict=False)
    return read.scatter(left, _finite(found * _factors(groups.field("2"), per_yuan)))


def in_unit(column: pl.Series, unit: str | None) -> pl.Series:
    """Amounts whose heading says their unit: it stands behind every cell that is a bare number."""
    if unit is None:
        return column
    cells = column if column.dtype == pl.String else text(column)
    bare = cells.str.contains(_BARE).fill_null(value=False)
    return cells.zip_with(~bare, cells.str.strip_chars(_BLANKS) + unit)


def _factors(stated: pl.Series, per_yuan: float | None) -> pl.Series:
    """By how much to multiply a number with this unit behind it; null where the unit does not fit the column."""
    if per_yuan is None:
        known = dict.fromkeys(("%", "人", "件", "次", "期", "户", "分"), 1.0)
    else:
        known = {unit: yuan * per_yuan for unit, yuan in _STATED_YUAN.items()}
    factors = stated.replace_strict(known, default=None, return_dtype=pl.Float64)
    return factors.set(stated.is_null(), 1.0)


def _finite(column: pl.Series) -> pl.Series:
    return column.set(~column.is_finite().fill_null(value=False), None)


def grades(column: pl.Series, order: Sequence[str], written: Mapping[str, str]) -> pl.Series:
    """The cells as ranks of grades from 0 for the best (Int64)."""
    rank = {grade: place for place, grade in enumerate(order)}
    known = {**rank, **{words: rank[grade] for words, grade in written.items()}}
    cells = narrow(text(column)).str.replace_all(r"\s", "")
    return cells.replace_strict(known, default=None, return_dtype=pl.Int64)
