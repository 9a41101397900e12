"""``creditbridge bench``: what each slow part costs, beside its peers on the same data."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click


@click.group()
def bench() -> None:
    """Measure the slow parts against their peers."""


@bench.command()
@click.option("--firms", "sample", default=200, show_default=True, help="How many firms to measure on.")
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
@click.pass_obj
def pages(context: Any, sample: int, as_json: bool) -> None:
    """What a page asks for, on the data that is there; nothing is written."""
    from creditbridge.bench.measuring import measure

    measured = measure(context.database(), sample=sample)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in measured]))
        return
    click.echo(f"{'':30} {'calls':>6} {'first':>9} {'median':>9} {'95%':>9}  (milliseconds)")
    for row in measured:
        click.echo(
            f"{row.name:30} {row.calls:>6} {row.first_ms:>9.2f} {row.median_ms:>9.2f} {row.p95_ms:>9.2f}"
        )
    if not measured:
        click.echo("There is no firm to measure on: `creditbridge run` loads the demo city.")
