"""``creditbridge records``: taking batches of credit records from files, and looking after the lake."""

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
from creditbridge.records import batches, compaction, intake
from creditbridge.records.batch_report import PROBLEM_KIND_WORDS, BatchReport, Sent
from creditbridge.records.feeds import Feed, FeedError, feeds, parse
from creditbridge.sheets.writing import write_csv
from creditbridge.store.database import Database

_FIGURES = {
    "rows": Words("行数", "rows"),
    "accepted": Words("已接收", "accepted"),
    "duplicate": Words("重复", "duplicate"),
    "quarantined": Words("问题数据", "quarantined"),
    "records": Words("信用记录", "records"),
    "replaced": Words("更新的记录", "records replaced"),
    "late": Words("迟到的记录", "late records"),
    "firms": Words("涉及企业", "firms"),
    "unknown_firm": Words("企业无法识别的行", "rows whose firm is not known"),
    "out_of_range": Words("超出范围的行", "rows out of range"),
    "incomplete": Words("不完整的行", "incomplete rows"),
}
_OTHER_HEADINGS = Words("按其他列名读取：{pairs}", "read under other headings: {pairs}")
_UNREAD = Words("未读取的列：{names}", "columns not read: {names}")
_DRY_RUN = Words("仅检查：未写入任何内容。", "Dry run: nothing was written.")


class Opens(Protocol):
    """What the context holds."""

    def database(self) -> Database:
        """The migrated database."""


@click.group()
def records() -> None:
    """Credit records of the city's departments."""


@records.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--feed", "code", help="Which feed it is; `creditbridge records feeds` lists them.")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A feed description of your own, instead of --feed (docs/records.md).",
)
@click.option(
    "--batch", "reference", default="", help="The sender's name for the batch; the file's name without it."
)
@click.option("--dry-run", is_flag=True, help="Map and compare every row, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.pass_obj
def import_command(
    opened: Opens,
    *,
    file: Path,
    code: str | None,
    mapping: Path | None,
    reference: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take FILE (Parquet, CSV, TSV or XLSX) as a batch, wholly or not at all.

    Rows that cannot be taken wait in quarantine; `creditbridge records quarantine` writes them to a file.
    """
    feed = _feed(code, mapping)
    sent = Sent(file, file.name, reference)
    try:
        with _progress() as on_progress:
            report = intake.take(opened.database(), feed, sent, dry_run=dry_run, on_progress=on_progress)
    except DomainError as error:
        raise click.ClickException(error.words.say(_locale())) from error
    click.echo(json.dumps(report.figures(), ensure_ascii=False) if as_json else "\n".join(_lines(report)))


@records.command("feeds")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def feeds_command(*, as_json: bool) -> None:
    """List the feeds, with the city's table each is mapped from."""
    if as_json:
        rows = [
            {"code": feed.code, "table": feed.table, "name": feed.name.as_json()} for feed in feeds().values()
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for feed in feeds().values():
        click.echo(f"{feed.code:24} {feed.table:32} {feed.name.say(_locale())}")


@records.command("quarantine")
@click.argument("batch")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
@click.pass_obj
def quarantine_command(opened: Opens, batch: str, out: Path) -> None:
    """Write the rows of BATCH that could not be taken to a CSV, each with its problem, to be mended and sent again."""
    with opened.database().write() as session:
        found = batches.batch(session, batch)
        header, rows = batches.take_out_rows(session, None, found, _locale())
        out.write_bytes(write_csv(header, rows))
    click.echo(f"{found.quarantined} → {out}")


@records.command("compact")
@click.pass_obj
def compact_command(opened: Opens) -> None:
    """Put files of the lake together, purge what is past its retention, remove files nobody reads."""
    database = opened.database()
    buckets, removed = compaction.compact(database, most_files=1), compaction.sweep(database)
    removed += batches.remove_past_rows(database)
    click.echo(f"{buckets} buckets rewritten, {removed} files removed.")


def _feed(code: str | None, mapping: Path | None) -> Feed:
    if (code is None) == (mapping is None):
        raise click.UsageError("Give either --feed or --mapping.")
    if mapping is not None:
        try:
            return parse(mapping.read_text("utf-8"))
        except (FeedError, UnicodeDecodeError) as error:
            raise click.BadParameter(str(error), param_hint="--mapping") from error
    found = feeds().get(code or "")
    if found is None:
        raise click.BadParameter(
            f"there is no feed {code!r}; see `creditbridge records feeds`", param_hint="--feed"
        )
    return found


@contextmanager
def _progress() -> Iterator[Callable[[int, int | None], None]]:
    """A bar on the terminal's error stream; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(Words("正在接收", "Taking").say(_locale()), total=None)
        yield lambda rows, total: progress.update(task, completed=rows, total=total)


def _lines(report: BatchReport) -> Iterator[str]:
    locale, figures = _locale(), report.figures()
    if report.dry_run:
        yield _DRY_RUN.say(locale)
    for name, words in _FIGURES.items():
        yield f"{figures[name]:>12,}  {words.say(locale)}"
    if report.batch_id:
        yield f"{'':>12}  {report.batch_id}"
    for problem, count in sorted(figures["problems"].items()):
        yield f"{count:>12,}  {PROBLEM_KIND_WORDS.get(problem, Words(problem, problem)).say(locale)}"
    if report.headings:
        pairs = "、".join(f"{''.join(one.split())}→{code}" for code, one in report.headings.items())
        yield f"{'':>12}  {_OTHER_HEADINGS.fill(pairs=pairs).say(locale)}"
    if report.unread_columns:
        names = "、".join("".join(one.split()) for one in report.unread_columns)
        yield f"{'':>12}  {_UNREAD.fill(names=names).say(locale)}"


def _locale() -> str:
    """The language of the terminal: Chinese where it says so, else English."""
    stated = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if stated.startswith("zh") else "en"
