"""A batch as it is sent, and the report of what is, or would be, taken of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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
        }

    def _of_rows(self, count: int) -> int:
        return count * 1_000_000 // self.rows if self.rows else 0

    def _with_problem(self, kinds: Sequence[str]) -> int:
        return sum(
            count
            for text, count in self.problems.items()
            if any(one.partition("@")[0] in kinds for one in text.split(";"))
        )
