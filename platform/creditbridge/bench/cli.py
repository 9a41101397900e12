"""``creditbridge bench``: what each slow part costs, beside its peers on the same data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

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


@bench.command()
@click.option("--records", default=1_000_000, show_default=True, help="How many records the city has.")
@click.option("--firms", default=25_000, show_default=True, help="How many firms it has.")
@click.option("--repeat", default=3, show_default=True, help="Take the median of so many runs.")
@click.option(
    "--peers/--no-peers", default=True, show_default=True, help="Measure Polars and DuckDB as well."
)
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
def scoring(records: int, firms: int, repeat: int, peers: bool, as_json: bool) -> None:
    """Records to indicators, on an invented city drawn for it."""
    from creditbridge.bench.scoring import measure

    measured = measure(records, firms, peers=peers, repeat=repeat)
    if as_json:
        click.echo(json.dumps(measured))
        return
    click.echo(f"{measured['records']:,} records of {measured['firms']:,} firms: {measured['seconds']:.2f} s")
    click.echo(f"{measured['records_per_second']:,} records/s, {measured['peak_rss_mb']:,} MB at most")
    day = measured["day"]
    click.echo(
        f"the next day, {day['touched']:,} firms touched and {day['due_besides']:,} due besides: {day['seconds']:.2f} s"
    )
    for name, seconds in measured["peers"].items():
        click.echo(f"{name}: " + ("not measured" if seconds is None else f"{seconds:.2f} s"))


@bench.command()
@click.option("--firms", default=620_000, show_default=True, help="How many firms the city has.")
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
def labels(firms: int, as_json: bool) -> None:
    """Count combinations of six labels over an invented city, beside Polars and DuckDB."""
    from creditbridge.bench.label_counts import measure

    measured = measure(firms)
    if as_json:
        click.echo(json.dumps(measured))
        return
    click.echo(f"{measured['firms']:,} firms, {measured['labels']} labels, milliseconds a combination of six")
    click.echo(f"  packed bitmaps {measured['median_ms']:.3f} (95%: {measured['p95_ms']:.3f})")
    for name, spent in measured["peers_ms"].items():
        click.echo(f"  {name} {spent:.2f}")


@bench.command()
@click.option("--firms", default=100_000, show_default=True, help="Firms of the random city.")
@click.option("--products", default=1_000, show_default=True, help="Random products.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Measure other engines beside.")
@click.option("--postgresql", envvar="BENCH_DATABASE_URL", help="A PostgreSQL to measure beside, by its URL.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def matching(firms: int, products: int, peers: bool, postgresql: str | None, as_json: bool) -> None:
    """The whole city against every product, beside Polars, DuckDB, PostgreSQL and Python on the same data.

    PostgreSQL gets a temporary table, and nothing stays. Answers that differ end the run with an error.
    """
    from creditbridge.bench.matching import measure

    measured = measure(firms, products, with_peers=peers, postgresql=postgresql)
    if as_json:
        click.echo(json.dumps(measured))
        return
    for name, figure in measured.items():
        click.echo(f"{name:22} {figure}")


@bench.command("matching-curve")
@click.option("--firms", default=4_000_000, show_default=True, help="Firms of the largest city.")
@click.option("--products", default=1_000, show_default=True, help="The most products.")
@click.option("--chart", type=click.File("w"), help="Draw the curves into an SVG file.")
@click.option("--json", "as_json", is_flag=True, help="Print the points as JSON.")
def matching_curve(firms: int, products: int, chart: IO[str] | None, as_json: bool) -> None:
    """How the cost of matching grows: from ten thousand firms on, and from a hundred products."""
    from creditbridge.bench import matching_curve as curve

    measured = curve.measure(firms, products)
    if chart is not None:
        chart.write(curve.drawing(measured))
    if as_json:
        click.echo(json.dumps(curve.as_json(measured)))
        return
    for points in measured.values():
        for one in points:
            click.echo(f"{one.firms:>9,} firms × {one.products:>5,} products {one.seconds:>9.4f} s")


@bench.command("whatif-http")
@click.option("--firms", default=620_000, show_default=True, help="Firms of the city.")
@click.option("--clients", default=8, show_default=True, help="How many ask at the same time.")
@click.option("--requests", default=50, show_default=True, help="How many questions each of them asks.")
@click.option(
    "--pause-ms",
    "pauses_ms",
    multiple=True,
    type=click.IntRange(min=0),
    default=(0, 120),
    show_default=True,
    help="How long a client waits before it asks again; several are measured one after the other.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the city, which is taken as it is where it is there already.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def whatif_http(
    *, firms: int, clients: int, requests: int, pauses_ms: tuple[int, ...], keep: Path | None, as_json: bool
) -> None:
    """What-if at the client of the real server, while several ask."""
    from creditbridge.bench.whatif_http import measure

    measured = measure(firms, clients, requests, pauses_ms, keep.resolve() if keep else None)
    if as_json:
        click.echo(json.dumps(measured))
        return
    every = measured.pop("measured")
    for name, figure in measured.items():
        click.echo(f"{name:22} {figure}")
    for one in every:
        click.echo("")
        for name, figure in one.items():
            click.echo(f"{name:22} {figure}")


@bench.command()
@click.option("--rows", default=1_000_000, show_default=True, help="How many rows the file has.")
@click.option("--firms", default=470_000, show_default=True, help="How many firms they are about.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "both"]),
    default="both",
    show_default=True,
    help="Which kind of file is taken.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
def intake(rows: int, firms: int, form: str, as_json: bool) -> None:
    """A batch of records into the lake, in a folder of its own, and one firm out of it."""
    from creditbridge.bench.intake import measure

    measured = measure(rows, firms, forms=("parquet", "csv") if form == "both" else (form,))
    if as_json:
        click.echo(json.dumps(measured))
        return
    for name in ("parquet", "csv"):
        if name in measured:
            row = measured[name]
            click.echo(
                f"{name}: {rows:,} rows in {row['seconds']:.2f} s, {row['rows_per_second']:,} rows/s, "
                f"{row['peak_rss_mb']:,} MB at most ({row['growth']:.2f} times what a quarter took); one firm in {row['one_firm_ms']['p50']} ms "
                f"({row['one_firm_ms']['p95']} ms for 95%)"
            )


@bench.command()
@click.option("--records", default=2_000_000, show_default=True, help="How many records the lake holds.")
@click.option("--firms", default=470_000, show_default=True, help="How many firms they are about.")
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
def lake(records: int, firms: int, as_json: bool) -> None:
    """Single firms, one firm in a hundred and whole buckets out of a lake made for it (48 bytes a record on disk)."""
    from creditbridge.bench.lake import measure

    measured = measure(records, firms)
    if as_json:
        click.echo(json.dumps(measured))
        return
    for name, figure in measured.items():
        click.echo(f"{name:30} {figure}")
