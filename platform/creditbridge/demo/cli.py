"""``creditbridge demo``: the demo city from the command line."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from creditbridge.demo import loader
from creditbridge.demo.accounts import ACCOUNTS


@click.group()
def demo() -> None:
    """Load the demo city."""


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
    for role, (login_name, _) in ACCOUNTS.items():
        click.echo(f"{role.value}: {login_name} / {loader.PASSWORD}")
