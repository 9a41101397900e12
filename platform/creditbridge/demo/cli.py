"""``creditbridge demo``: the demo city from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from creditbridge.demo import loader
from creditbridge.demo.accounts import told
from creditbridge.demo.generating import delivering
from creditbridge.demo.generating.drawing import City
from creditbridge.demo.generating.registering import MOST_FIRMS

_MOST_RECORDS_A_FIRM = 10_000


@click.group()
def demo() -> None:
    """Load the demo city; write a larger one to files."""


@demo.command()
@click.option("--seed", default=loader.SEED, help="Another seed gives another city.")
@click.option("--firms", default=loader.FIRMS, type=click.IntRange(200, 20_000), help="How many firms.")
@click.pass_obj
def load(context: Any, seed: str, firms: int) -> None:
    """Fill an empty database with the demo city. Refused outside the demo environment."""
    if not context.settings.is_demo:
        raise click.ClickException("The demo city is loaded in the demo environment only.")
    console = Console(stderr=True)
    loader.load(
        context.database(),
        context.files(),
        lambda label, done, total: console.print(f"{label}: {done}/{total}") if done == total else None,
        seed=seed,
        firms=firms,
    )
    for role, login_name in told():
        click.echo(f"{role.value}: {login_name} / {loader.PASSWORD}")


@demo.command()
@click.option("--firms", required=True, type=click.IntRange(1, MOST_FIRMS), help="How many firms.")
@click.option("--records", required=True, type=click.IntRange(0), help="How many different records.")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="Another seed gives another city."
)
@click.option(
    "--until",
    default="2026-10-31",
    show_default=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of anything in it; five years of records lie before.",
)
@click.option(
    "--out",
    default="city",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder the files are written to.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def generate(*, firms: int, records: int, seed: int, until: datetime, out: Path, as_json: bool) -> None:
    """Write an invented city to files that `firms import` and `records import` take.

    The same firms, records, seed and last day give the same bytes. Few firms have most records, months have their
    seasons, some things are not stated, some rows come late, twice, or cannot be taken.
    """
    if records > firms * _MOST_RECORDS_A_FIRM:
        raise click.BadParameter(
            f"at most {_MOST_RECORDS_A_FIRM:,} a firm; ask for more firms or fewer records",
            param_hint="--records",
        )
    with _progress() as told:
        written = delivering.deliver(City(firms, records, seed, until.date()), out, told=told)
    if as_json:
        click.echo(
            json.dumps({"folder": str(out), "seed": seed, "until": f"{until:%Y-%m-%d}", **written.figures()})
        )
        return
    click.echo(f"{written.firms:,} firms and {written.records:,} records in {out}/.")
    click.echo(
        f"Of {written.rows:,} rows {written.late:,} are late, {written.duplicate:,} come again, {written.incomplete:,} "
        f"are incomplete and {written.unknown_firm:,} about unknown firms."
    )
    click.echo("Take them with:")
    click.echo(f"  creditbridge firms import {out / delivering.FIRMS_FILE}")
    for name in written.files:
        click.echo(f"  creditbridge records import {out / name} --feed {delivering.FEED}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal's error stream; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("blocks", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
