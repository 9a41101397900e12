"""``creditbridge reports``: making monthly reports by industry at the command line."""

from __future__ import annotations

import re
from typing import Any

import click

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError
from creditbridge.reports import service
from creditbridge.reports.rules import last_month

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


@click.group()
def reports() -> None:
    """Monthly reports by industry."""


@reports.command()
@click.option(
    "--month", default=None, help="The month, such as 2026-10; the last one that is over by default."
)
@click.pass_obj
def make(context: Any, month: str | None) -> None:
    """Make the report of a month once."""
    wanted = month or last_month(clock.today())
    if _MONTH.fullmatch(wanted) is None:
        raise click.ClickException("a month is written 2026-10")
    try:
        with context.database().write() as session:
            made = service.make(session, wanted)
            click.echo(f"{made.month}\t{made.digest}")
    except DomainError as error:
        raise click.ClickException(error.words.en) from error


@reports.command("list")
@click.pass_obj
def list_(context: Any) -> None:
    """The months there are reports of."""
    with context.database().read() as session:
        for month in service.months(session):
            click.echo(month)
