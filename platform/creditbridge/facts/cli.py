"""``creditbridge facts``: importing facts about firms from files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import click

from creditbridge.facts.imports import FactsImportReport, RefusedRow, import_facts
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.sheets.limits import OPERATOR
from creditbridge.store.database import Database

_SHOWN = 20
_COUNT_WORDS = {
    "rows": Words("行数", "rows"),
    "accepted": Words("已接收", "accepted"),
    "refused": Words("未接收", "refused"),
    "changed": Words("有变化的企业", "firms changed"),
    "unchanged": Words("未变的企业", "firms unchanged"),
}
_DRY_RUN = Words("仅检查：未写入任何内容。", "Dry run: nothing was written.")
_UNREAD = Words("未读取的列：{names}", "Columns not read: {names}")
_MORE = Words("……另有 {count} 行未接收。", "… and {count} more refused.")


class _Context(Protocol):
    """What the command line puts into ``context.obj``."""

    def database(self) -> Database: ...


@click.group()
def facts() -> None:
    """What is known of firms: scores, grades and other facts."""


@facts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Judge every row, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
@click.pass_obj
def import_command(context: _Context, *, file: Path, dry_run: bool, as_json: bool) -> None:
    """Import facts from FILE (TSV, CSV or XLSX): a column uscc, a column as_of, and a column for each fact.

    Refused rows do not stop the others; a file that cannot be read is refused whole and ends with status 1.
    """
    database = context.database()
    try:
        with database.read() if dry_run else database.write() as session:
            report = import_facts(session, None, file, file.name, dry_run=dry_run, limits=OPERATOR)
    except InvalidInput as error:
        raise click.ClickException(error.words.say(_locale())) from error
    click.echo(json.dumps(report.counts()) if as_json else "\n".join(_lines(report)))


def _lines(report: FactsImportReport) -> Iterator[str]:
    locale = _locale()
    if report.dry_run:
        yield _DRY_RUN.say(locale)
    for name, count in report.counts().items():
        yield f"{count:>10,}  {_COUNT_WORDS[name].say(locale)}"
    if report.unread_columns:
        yield _UNREAD.fill(names="、".join(report.unread_columns)).say(locale)
    yield from (_row_line(row, locale) for row in report.refusals[:_SHOWN])
    if report.refused > _SHOWN:
        yield _MORE.fill(count=report.refused - _SHOWN).say(locale)


def _row_line(row: RefusedRow, locale: str) -> str:
    return f"{row.line:>10}  {row.code}  {' '.join(reason.say(locale) for reason in row.reasons)}"


def _locale() -> str:
    """The language of the terminal: Chinese where it says so, else English."""
    stated = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if stated.startswith("zh") else "en"
