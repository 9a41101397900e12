"""Giving refused rows back: the file as it was sent, with its refused rows only and a column that says why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel.words import Words
from creditbridge.registry.importing import ImportReport
from creditbridge.registry.model import FirmImport, FirmImportRow
from creditbridge.registry.rules import Outcome
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import write_table

REASON = Words("未接收原因", "Reason for refusal")
_LINE = Words("第 {line} 行：{reasons}", "Line {line}: {reasons}")
_TITLE = Words("未接收", "Refused")


def refused_rows_of_report(report: ImportReport, locale: str = "zh") -> bytes:
    """The refused rows of an import or a dry run, in the format of the file they came in."""
    rows = (
        (row.line, row.cells, [finding.words for finding in row.findings if finding.refuses])
        for row in report.noted
        if row.outcome is Outcome.REFUSED
    )
    return _write(report.format, report.delimiter, report.header, rows, locale)


def refused_rows_of_import(session: Session, batch: FirmImport, locale: str = "zh") -> bytes:
    """The same of an import done earlier."""
    kept = session.execute(
        select(FirmImportRow.line, FirmImportRow.cells, FirmImportRow.findings)
        .where(FirmImportRow.import_id == batch.id, FirmImportRow.outcome == Outcome.REFUSED.value)
        .order_by(FirmImportRow.line)
    )
    rows = ((line, cells, _refusing(findings)) for line, cells, findings in kept)
    return _write(Format(batch.format), batch.delimiter, batch.header, rows, locale)


def _refusing(findings: Iterable[Any]) -> list[Words]:
    return [Words.from_json(finding) for finding in findings if finding["refuses"]]


def _write(
    form: Format,
    delimiter: str,
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str], list[Words]]],
    locale: str,
) -> bytes:
    # A file that already came back once has the column: its old reasons are replaced.
    wanted = [place for place, name in enumerate(header) if name not in (REASON.zh, REASON.en)]
    names = [*(header[place] for place in wanted), REASON.say(locale)]
    lines = (
        [
            *(cells[place] if place < len(cells) else "" for place in wanted),
            _reason(line, reasons).say(locale),
            *cells[len(header) :],
        ]
        for line, cells, reasons in rows
    )
    return write_table(form, names, lines, delimiter=delimiter or ",", title=_TITLE.say(locale))


def joined(reasons: Iterable[Words]) -> Words:
    """Several sentences as one text."""
    several = list(reasons)
    return Words("".join(reason.zh for reason in several), " ".join(reason.en for reason in several))


def _reason(line: int, reasons: list[Words]) -> Words:
    return _LINE.fill(line=line, reasons=joined(reasons))
