"""Rows that could not be taken: kept as they were sent, with the reason, until they are fetched and mended.

They lie in a Parquet file beside the lake, one a batch; a download writes them in the columns in which they came, with
the reason behind, so that the mended file can be sent again as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from creditbridge.kernel import uscc
from creditbridge.kernel.words import Words
from creditbridge.records.feeds import Feed
from creditbridge.records.mapping import SEPARATOR

LINE, PROBLEM = "__line", "__problem"
REASON = Words("问题", "Problem")
_ROW = Words("整行", "the row")

PROBLEM_WORDS = {
    "no_firm": Words("没有填写企业（{column}）。", "The firm is not given ({column})."),
    "code_malformed": Words("企业代码有误（{column}：{cell}）。{hint}", "The firm's code is wrong ({column}: {cell}). {hint}"),
    "firm_unknown": Words(
        "本市登记中没有该企业（{column}：{cell}）。企业登记后可重新发送。",
        "No such firm is registered here ({column}: {cell}). Send the row again once it is.",
    ),
    "name_ambiguous": Words(
        "有多家企业同名（{column}：{cell}），请填写代码。",
        "Several firms have this name ({column}: {cell}); give the code.",
    ),
    "no_kind": Words("无法判断属于哪一项信用信息。", "It does not fit any credit item of this feed."),
    "item_unknown": Words("目录中没有该信息项（{column}：{cell}）。", "There is no such credit item ({column}: {cell})."),
    "item_not_in_use": Words("该信息项尚未启用或已停用。", "The credit item is not in use."),
    "date_missing": Words("缺少日期（{column}）。", "The date is missing ({column})."),
    "date_wrong": Words("日期有误（{column}：{cell}）。", "The date does not exist or cannot be read ({column}: {cell})."),
    "date_out_of_range": Words(
        "日期超出范围（{column}：{cell}）：应在 1949 年 10 月 1 日之后、接收日之前。",
        "The date is out of range ({column}: {cell}): after 1 October 1949 and not in the future.",
    ),
    "ends_before": Words("终止日期早于发生日期（{column}：{cell}）。", "It ends before it occurred ({column}: {cell})."),
    "number_missing": Words("缺少数值（{column}）。", "The figure is missing ({column})."),
    "number_wrong": Words("数值有误或单位不明（{column}：{cell}）。", "The figure or its unit cannot be read ({column}: {cell})."),
    "number_out_of_range": Words("数值超出范围（{column}：{cell}）。", "The figure is out of range ({column}: {cell})."),
    "grade_wrong": Words("等级有误（{column}：{cell}）。", "There is no such grade ({column}: {cell})."),
    "cells_wrong": Words("列数与表头不符。", "The row has more or fewer cells than the header."),
}  # fmt: skip
UNKNOWN_FIRM = ("firm_unknown", "no_firm", "code_malformed", "name_ambiguous")
OUT_OF_RANGE = ("date_out_of_range", "number_out_of_range", "ends_before")
INCOMPLETE = ("date_missing", "number_missing", "no_firm")


class Quarantine:
    """Writes refused rows aside while a batch is read; nothing is written where none is refused."""

    def __init__(self, path: Path, header: Sequence[str], columns: Mapping[str, str]) -> None:
        """``columns`` says under which heading each of the feed's columns stands."""
        self._path = path
        self._header = list(header)
        names = [LINE, PROBLEM, *(f"c{place}" for place in range(len(self._header)))]
        fields = [pa.field(name, pa.int64() if name == LINE else pa.large_string()) for name in names]
        told = {"header": "\x1f".join(self._header), "columns": json.dumps(dict(columns))}
        self._schema = pa.schema(fields, metadata=told)
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def put(self, frame: pl.DataFrame, lines: pl.Series, problems: pl.Series) -> None:
        """Keep rows with all their cells."""
        cells = [
            frame[name].cast(pl.String, strict=False).alias(f"c{at}") for at, name in enumerate(self._header)
        ]
        self._write(pl.DataFrame([lines.cast(pl.Int64).alias(LINE), problems.alias(PROBLEM), *cells]))

    def put_broken(self, broken: Sequence[tuple[int, str]]) -> None:
        """Keep lines whose cells do not fit the header, whole in the first column."""
        frame = pl.DataFrame(
            {LINE: [line for line, _ in broken], PROBLEM: ["cells_wrong@"] * len(broken)},
            schema={LINE: pl.Int64, PROBLEM: pl.String},
        )
        texts = [text for _, text in broken]
        cells = [
            pl.Series(f"c{at}", texts if at == 0 else [""] * len(broken), dtype=pl.String)
            for at in range(len(self._header))
        ]
        self._write(frame.with_columns(cells))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _write(self, frame: pl.DataFrame) -> None:
        if not frame.height:
            return
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        self._writer.write_table(table.cast(self._schema))
        self.rows += frame.height


def header_of(path: Path) -> list[str]:
    """The headings under which the rows came."""
    metadata = pq.read_schema(path).metadata or {}
    return str(metadata[b"header"].decode()).split("\x1f")


def _headings_of(path: Path, feed: Feed | None) -> dict[str, str]:
    """What the sender calls each of the feed's columns; a column that was not sent is called as the feed does."""
    metadata = pq.read_schema(path).metadata or {}
    titles = {} if feed is None else dict(feed.columns)
    sent: dict[str, str] = json.loads(metadata.get(b"columns", b"{}"))
    return titles | sent


def rows_of(path: Path, locale: str, feed: Feed | None, most: int | None = None) -> Iterator[list[str]]:
    """The refused rows, their cells as they came and behind them why, in a language."""
    header = header_of(path)
    titles = _headings_of(path, feed)
    left = most
    for batch in pq.ParquetFile(path).iter_batches(10_000):
        for row in batch.to_pylist():
            if left is not None and left <= 0:
                return
            left = None if left is None else left - 1
            cells = [row[f"c{at}"] or "" for at in range(len(header))]
            yield [*cells, _reason(row[PROBLEM], header, cells, titles, locale)]


def _reason(
    problem: str, header: Sequence[str], cells: Sequence[str], titles: dict[str, str], locale: str
) -> str:
    by_heading = {heading.strip().lower(): cell for heading, cell in zip(header, cells, strict=True)}
    said = []
    for one in problem.split(SEPARATOR):
        code, _, column = one.partition("@")
        title = titles.get(column) or column or _ROW.say(locale)
        cell = by_heading.get(title.strip().lower()) or by_heading.get(column.lower()) or ""
        hint = _hint(cell).say(locale) if code == "code_malformed" else ""
        words = PROBLEM_WORDS.get(code, REASON).fill(column="".join(title.split()), cell=cell[:60], hint=hint)
        said.append(words.say(locale).strip())
    return " ".join(dict.fromkeys(said))


def _hint(code: str) -> Words:
    """What the check of a code has to say, and what was probably meant."""
    checked = uscc.check(code)
    problem, hint = checked.problem or Words("", ""), checked.hint or Words("", "")
    return Words(problem.zh + hint.zh, f"{problem.en} {hint.en}".strip())
