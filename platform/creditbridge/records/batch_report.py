"""A batch as it is sent, and the report of what is, or would be, taken of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from creditbridge.kernel.words import Words

PROBLEM_KIND_WORDS: Mapping[str, Words] = {
    "no_firm": Words("没有填写企业", "Firm not given"),
    "code_malformed": Words("企业代码有误", "Firm code is wrong"),
    "firm_unknown": Words("本市登记中没有该企业", "Firm not registered here"),
    "name_ambiguous": Words("多家企业同名", "Several firms of this name"),
    "no_kind": Words("无法判断信用信息项", "Fits no credit item"),
    "item_unknown": Words("目录中没有该信息项", "Unknown credit item"),
    "item_not_in_use": Words("信息项尚未启用或已停用", "Credit item not in use"),
    "date_missing": Words("缺少日期", "Date missing"),
    "date_wrong": Words("日期有误", "Date wrong"),
    "date_out_of_range": Words("日期超出范围", "Date out of range"),
    "ends_before": Words("终止日期早于发生日期", "Ends before it occurred"),
    "number_missing": Words("缺少数值", "Figure missing"),
    "number_wrong": Words("数值有误或单位不明", "Figure or unit wrong"),
    "number_out_of_range": Words("数值超出范围", "Figure out of range"),
    "grade_wrong": Words("等级有误", "Grade wrong"),
    "cells_wrong": Words("列数与表头不符", "Wrong number of cells"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent: where it lies, what it is called, by whom, and the sender's name for the batch."""

    path: Path
    file_name: str
    reference: str = ""
    user_id: int | None = None
    user_name: str = ""


@dataclass(slots=True)
class BatchReport:
    """What a batch is, or would be."""

    feed: str
    dry_run: bool
    batch_id: str | None = None
    rows: int = 0
    good_rows: int = 0
    duplicate_rows: int = 0
    quarantined: int = 0
    records: int = 0
    replaced: int = 0
    late: int = 0
    firms: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    unread_columns: list[str] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    """Columns that stand under another heading than the feed's own, with that heading."""
    quarantine: Path | None = None
    format: str = ""

    def figures(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "feed": self.feed,
            "batch": self.batch_id,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "accepted": self.good_rows,
            "duplicate": self.duplicate_rows,
            "quarantined": self.quarantined,
            "records": self.records,
            "replaced": self.replaced,
            "late": self.late,
            "firms": self.firms,
            **self.quality(),
        }

    def quality(self) -> dict[str, Any]:
        """What a batch's quality is said in: filled cells by column in ppm, and rows by kind of problem."""
        from creditbridge.records import quarantine  # loads Polars, which most pages do without
        from creditbridge.records.mapping import counts_by_problem

        cells = self.rows * len(self.filled)
        return {
            "completeness_ppm": sum(self.filled.values()) * 1_000_000 // cells if cells else 0,
            "filled_ppm": {name: self._of_rows(count) for name, count in self.filled.items()},
            "problems": counts_by_problem(self.problems),
            "unknown_firm": self._with_problem(quarantine.UNKNOWN_FIRM),
            "out_of_range": self._with_problem(quarantine.OUT_OF_RANGE),
            "incomplete": self._with_problem(quarantine.INCOMPLETE),
            "unread_columns": self.unread_columns,
            "headings": self.headings,
        }

    def _of_rows(self, count: int) -> int:
        return count * 1_000_000 // self.rows if self.rows else 0

    def _with_problem(self, kinds: Sequence[str]) -> int:
        return sum(
            count
            for text, count in self.problems.items()
            if any(one.partition("@")[0] in kinds for one in text.split(";"))
        )
