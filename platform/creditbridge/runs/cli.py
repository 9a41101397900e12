"""``creditbridge runs``: evaluate the city from the command line."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from creditbridge.kernel import clock
from creditbridge.runs import pooling, service, working
from creditbridge.runs.model import Run
from creditbridge.runs.rules import PROBLEM_WORDS, RunKind


@click.group()
def runs() -> None:
    """From the city's records to indicators, scores, grades, labels and facts."""


_processes = click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=pooling.cores,
    show_default="the cores of this machine",
    help="How many processes find the parts of a full run, or of one for a past date.",
)


@runs.command()
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in RunKind]),
    default=RunKind.DAILY.value,
    show_default=True,
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The legal date; today if not given.")
@_processes
@click.option("--json", "as_json", is_flag=True, help="Print what it came to as JSON.")
@click.pass_obj
def run(context: Any, kind: str, on: datetime | None, processes: int, as_json: bool) -> None:
    """Ask for a run and carry it out here, with its progress."""
    database = context.database()
    with database.write() as session:
        asked = service.ask(session, RunKind(kind), on.date() if on else clock.today()).public_id
    _carry_out(database, asked, processes)
    _say(database, asked, as_json=as_json)


@runs.command()
@click.argument("run_id")
@_processes
@click.option("--json", "as_json", is_flag=True, help="Print what it came to as JSON.")
@click.pass_obj
def resume(context: Any, run_id: str, processes: int, as_json: bool) -> None:
    """Go on here with a run that was interrupted."""
    database = context.database()
    with database.read() as session:
        service.run_of(session, run_id)
    _carry_out(database, run_id, processes)
    _say(database, run_id, as_json=as_json)


@runs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the runs as JSON.")
@click.pass_obj
def list_runs(context: Any, as_json: bool) -> None:
    """The latest runs."""
    with context.database().read() as session:
        rows = [_stated(row) for row in service.runs(session)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['id']}  {row['kind']:6} {row['on']}  {row['state']:9} {row['computed']}/{row['firms']} firms"
        )
    if not rows:
        click.echo("There was no run yet: `creditbridge runs run --kind full`.")


def _carry_out(database: Any, run_id: str, processes: int) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("parts", total=None)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        # Nothing waits for this process, so it never hands the run back: its others would be started anew.
        working.carry_out(database, run_id, seconds=math.inf, told=told, processes=processes)


def _say(database: Any, run_id: str, *, as_json: bool) -> None:
    with database.read() as session:
        stated = _stated(service.run_of(session, run_id))
    if as_json:
        click.echo(json.dumps(stated, ensure_ascii=False))
        return
    click.echo(
        f"{stated['state']}: {stated['computed']} of {stated['firms']} firms worked on, {stated['changed']} changed."
    )
    if stated["problem"]:
        click.echo(f"{PROBLEM_WORDS[stated['problem']].en} `creditbridge runs list` names it.")
        return
    click.echo(f"Digest {stated['digest']}, snapshot {stated['snapshot']}")


def _stated(row: Run) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "kind": row.kind,
        "on": row.on_date.isoformat(),
        "state": row.state,
        "firms": row.firms,
        "computed": row.computed,
        "changed": row.changed,
        "digest": row.digest,
        "snapshot": row.snapshot,
        "problem": row.problem,
        "grades": row.summary.get("grades", {}),
    }
