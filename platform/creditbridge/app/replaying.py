"""``creditbridge replay``: what was found in the past, worked out again from what it was found with."""

from __future__ import annotations

import sys
from typing import Any

import click


@click.group()
def replay() -> None:
    """Work past scores and matches out again, and compare them byte by byte."""


@replay.command()
@click.argument("evaluation_id", metavar="ID")
@click.pass_obj
def score(context: Any, evaluation_id: str) -> None:
    """A firm's past score. ID is the run's id and the firm's with a dot between them, as the evaluation page shows it.

    Prints the evaluation as it was kept, and exits with 1 if working it out again gives other bytes.
    """
    from creditbridge.runs import replaying

    with context.database().read() as session:
        replayed = replaying.replay(session, evaluation_id)
    if replayed.kept is None or replayed.again is None:
        click.echo(f"{replaying.EXPIRED.en} Digest of the run: {replayed.run_digest}")
        return
    click.echo(replayed.kept.decode())
    if not replayed.is_same:
        click.echo("Worked out again it differs:", err=True)
        click.echo(replayed.again.decode(), err=True)
        sys.exit(1)
    click.echo(f"The same bytes again: {replayed.digest}", err=True)


@replay.command()
@click.argument("submission_id", metavar="ID")
@click.pass_obj
def match(context: Any, submission_id: str) -> None:
    """A match that was acted on. ID is that of the submission, as its page and the API show it.

    Prints the match as it was kept, and exits with 1 if working it out again gives other bytes.
    """
    from matching.applications import kept_matches

    with context.database().read() as session:
        replayed = kept_matches.replay(session, submission_id)
    if replayed.again is None:
        click.echo(
            f"The facts of this match are past their retention. Digest of the match: {replayed.digest}"
        )
        return
    click.echo(replayed.kept.decode())
    if not replayed.is_same:
        because = "" if replayed.same_model else f" It was found by another model: {replayed.model}."
        click.echo(f"Worked out again it differs.{because}", err=True)
        click.echo(replayed.again.decode(), err=True)
        sys.exit(1)
    click.echo(f"The same bytes again: {replayed.digest}", err=True)
