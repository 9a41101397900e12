"""``creditbridge firms``: loading registrations from files at the command line.

The command line that mounts :data:`firms` puts something that opens the database into the context
(``context.obj``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from creditbridge.kernel.errors import DomainError
from creditbridge.kernel.words import Words
from creditbridge.registry.columns import ImportMap
from creditbridge.registry.importing import ImportReport, NotedRow, import_firms
from creditbridge.registry.returning import refused_rows_of_report
from creditbridge.registry.rules import OUTCOME_WORDS
from creditbridge.sheets.limits import OPERATOR
from creditbridge.store.database import Database, is_retryable

_SHOWN = 20
_TRIES = 3
_COUNT_WORDS = {
    "rows": Words("行数", "rows"),
    "accepted": Words("已接收", "accepted"),
    "warned": Words("已接收，有提示", "accepted with a warning"),
    "refused": Words("未接收", "refused"),
    "created": Words("新增企业", "firms created"),
    "updated": Words("更新企业", "firms updated"),
    "unchanged": Words("未变企业", "firms unchanged"),
}
_DRY_RUN = Words("仅检查：未写入任何内容。", "Dry run: nothing was written.")
_UNREAD = Words("未读取的列：{names}", "Columns not read: {names}")
_MORE = Words(
    "……另有 {count} 行，可用 --refused 导出未接收的行。",
    "… and {count} more; --refused writes the refused rows to a file.",
)
_READING = Words("正在导入", "Importing")


class Opens(Protocol):
    """What the context holds."""

    def database(self) -> Database:
        """The migrated database."""


@click.group()
def firms() -> None:
    """Business entities of the city's register."""


@firms.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON that says which heading is which field: {"columns": {"heading": "uscc"}, "capital_unit": "万元"}.',
)
@click.option("--dry-run", is_flag=True, help="Judge and compare every row, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
@click.option(
    "--refused",
    "refused_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the refused rows here, in the format of FILE with a column for the reason.",
)
@click.option(
    "--accept-check-digit",
    "check_digit_reason",
    metavar="REASON",
    help="Accept codes whose check digit does not compute, for this reason. Without it they stay unconfirmed.",
)
@click.pass_obj
def import_command(
    opened: Opens,
    *,
    file: Path,
    map_file: Path | None,
    dry_run: bool,
    as_json: bool,
    refused_file: Path | None,
    check_digit_reason: str | None,
) -> None:
    """Import registrations from FILE (TSV, CSV or XLSX), all in one transaction.

    Refused rows do not stop the others; a file that cannot be read is refused whole and ends with status 1.
    """
    if refused_file and not refused_file.resolve().parent.is_dir():
        raise click.BadParameter("its folder does not exist", param_hint="--refused")
    try:
        own_map = ImportMap.from_json(map_file.read_bytes()) if map_file else None
        with _progress(file) as on_progress:
            report = _import(
                opened.database(),
                file,
                own_map,
                dry_run=dry_run,
                check_digit_reason=check_digit_reason,
                on_progress=on_progress,
            )
        if refused_file:
            refused_file.write_bytes(refused_rows_of_report(report, _locale()))
    except DomainError as error:
        raise click.ClickException(error.words.say(_locale())) from error
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(report.counts()) if as_json else "\n".join(_lines(report)))


def _import(
    database: Database,
    file: Path,
    own_map: ImportMap | None,
    *,
    dry_run: bool,
    check_digit_reason: str | None,
    on_progress: Callable[[int], None],
) -> ImportReport:
    """One unit of work, run again when the database asks for it."""
    for attempt in range(1, _TRIES + 1):
        try:
            with database.read() if dry_run else database.write() as session:
                return import_firms(
                    session,
                    None,
                    file,
                    file.name,
                    own_map,
                    dry_run=dry_run,
                    check_digit_reason=check_digit_reason,
                    limits=OPERATOR,
                    on_progress=on_progress,
                )
        except Exception as error:
            if attempt == _TRIES or not is_retryable(error):
                raise
    raise AssertionError("the last try either answers or raises")


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal's error stream; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(_READING.say(_locale()), total=_line_count(file))
        yield lambda rows: progress.update(task, completed=rows)


def _line_count(file: Path) -> int | None:
    """About how many rows a text file has; None for a workbook."""
    if file.suffix.lower() == ".xlsx":
        return None
    with file.open("rb") as stream:
        return max(sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b"")) - 1, 1)


def _lines(report: ImportReport) -> Iterator[str]:
    locale = _locale()
    if report.dry_run:
        yield _DRY_RUN.say(locale)
    for name, count in report.counts().items():
        yield f"{count:>10,}  {_COUNT_WORDS[name].say(locale)}"
    yield from (note.say(locale) for note in report.notes)
    if report.unread_columns:
        yield _UNREAD.fill(names="、".join(report.unread_columns)).say(locale)
    yield from (_row_line(row, locale) for row in report.noted[:_SHOWN])
    hidden = report.warned + report.refused - min(len(report.noted), _SHOWN)
    if hidden > 0:
        yield _MORE.fill(count=hidden).say(locale)


def _row_line(row: NotedRow, locale: str) -> str:
    reasons = " ".join(finding.words.say(locale) for finding in row.findings)
    return f"{row.line:>10}  {OUTCOME_WORDS[row.outcome].say(locale)}  {row.name[:40]}  {reasons}"


def _locale() -> str:
    """The language of the terminal: Chinese where it says so, else English."""
    stated = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if stated.startswith("zh") else "en"
