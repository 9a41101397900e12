"""The command line: ``creditbridge``. Commands are imported when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from creditbridge.app.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from creditbridge.store.database import Database
    from creditbridge.store.files import FileStore

# Groups that rooms bring themselves: name → (module, attribute, what help says).
ROOMS = {
    "bench": ("creditbridge.bench.cli", "bench", "Measure the slow parts against their peers."),
    "demo": ("creditbridge.demo.cli", "demo", "Load the demo city."),
    "facts": ("creditbridge.facts.cli", "facts", "Import and show facts about firms."),
    "records": (
        "creditbridge.records.cli",
        "records",
        "Take batches of credit records and look after the lake.",
    ),
    "replay": (
        "creditbridge.app.replaying",
        "replay",
        "Work past scores and matches out again, and compare.",
    ),
    "runs": ("creditbridge.runs.cli", "runs", "Evaluate the city: ask for runs, carry them out, see them."),
    "firms": ("creditbridge.registry.cli", "firms", "Import and look up firms."),
    "ledger": ("matching.ledger.cli", "ledger", "Check the books of quotas, lines and loans."),
    "reports": ("creditbridge.reports.cli", "reports", "Make monthly reports by industry."),
    "schedule": ("lenders.pricing.cli", "schedule", "Show the repayment table of a loan."),
}


@dataclass
class CommandContext:
    """What commands of the rooms find as ``ctx.obj``: the settings, the migrated database, the files."""

    @cached_property
    def settings(self) -> Settings:
        return load()

    @cached_property
    def _database(self) -> Database:
        from creditbridge.app import outside, reactions, schema
        from creditbridge.app.settings import prepare_data_dir
        from creditbridge.store.database import Database

        prepare_data_dir(self.settings)
        outside.connect(self.settings)
        opened = Database(self.settings.database_url, places=self.settings.places)
        schema.upgrade(opened)
        reactions.connect()
        return opened

    def database(self) -> Database:
        """The database, brought up to date at first use."""
        return self._database

    def files(self) -> FileStore:
        from creditbridge.store.files import FileStore

        return FileStore(self.settings.files_dir)


class Commands(click.Group):
    """The commands below and those of the rooms; whatever can be told in one line is."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ROOMS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ROOMS:
            return super().get_command(ctx, cmd_name)
        module, attribute, _ = ROOMS[cmd_name]
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            command = None if name in ROOMS else super().get_command(ctx, name)
            rows.append((name, command.get_short_help_str(80) if command else ROOMS[name][2]))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException:
            raise
        except Exception as error:
            if (message := _one_line(error)) is None:
                raise
            raise click.ClickException(message) from error


def _one_line(error: Exception) -> str | None:
    """What to say of an error that a person at the command line can do something about."""
    if isinstance(error, SettingsError):
        return str(error)
    from creditbridge.app.processes import ServiceFailed
    from creditbridge.app.run import NotReady
    from creditbridge.app.schema import SchemaError
    from creditbridge.kernel.errors import DomainError

    if isinstance(error, DomainError):
        return error.words.en
    if isinstance(error, SchemaError | ServiceFailed | NotReady):
        return str(error)
    return None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(ctx: click.Context) -> None:
    """CreditBridge 信桥: a city's financing credit platform.

    Settings come from the environment; docs/settings.md describes each of them.
    """
    ctx.obj = CommandContext()


@main.command()
@click.pass_obj
def run(context: CommandContext) -> None:
    """Run everything on this machine: broker, workers, relay and web server."""
    from rich.console import Console

    from creditbridge.app import run as running

    running.run(context.settings, Console(highlight=False))


@main.command()
@click.pass_obj
def serve(context: CommandContext) -> None:
    """Run the web server alone (production: beside a broker, workers and a relay)."""
    import os

    from creditbridge.app import services
    from creditbridge.app.place import check_port
    from creditbridge.app.settings import prepare_data_dir

    settings = context.settings
    prepare_data_dir(settings)
    check_port(settings.host, settings.port)
    command = services.web(settings).command
    os.execv(command[0], list(command))  # noqa: S606 - our own command, and this process becomes it


@main.command()
@click.option("--burst", is_flag=True, help="Stop when the queue is empty.")
@click.pass_obj
def worker(context: CommandContext, burst: bool) -> None:
    """Run a worker: take jobs off the queue."""
    from creditbridge.app import worker as working

    working.run_worker(context.settings, burst=burst)


@main.command()
@click.pass_obj
def relay(context: CommandContext) -> None:
    """Run the relay: hand outbox events and periodic work to the queue."""
    from creditbridge.app import worker as working

    working.run_relay(context.settings)


@main.command()
@click.pass_obj
def migrate(context: CommandContext) -> None:
    """Bring the database up to this version."""
    from creditbridge.app import schema
    from creditbridge.app.run import migrate as bring_up_to_date
    from creditbridge.app.settings import prepare_data_dir

    prepare_data_dir(context.settings)
    changed = bring_up_to_date(context.settings)
    click.echo(f"The database is at revision {schema.head()}{'' if changed else ' already'}.")


@main.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.pass_obj
def head(context: CommandContext) -> None:
    """Print the signed head of the trail. Keep it elsewhere: `verify --head` then finds a trail that was cut."""
    from creditbridge.app.settings import secret_key
    from creditbridge.store import audit_head

    with context.database().read() as session:
        click.echo(audit_head.Signer(secret_key(context.settings)).document(audit_head.present(session)))


@audit.command()
@click.option("--head", "given", help="A head printed earlier: the trail must still hold it.")
@click.option("--heads", "file", type=click.Path(exists=True), help="A file of heads, one a line.")
@click.option(
    "--public-key",
    "former",
    multiple=True,
    help="A key that signed heads before SECRET_KEY was changed; `head` prints it. May be given several times.",
)
@click.pass_obj
def verify(context: CommandContext, given: str | None, file: str | None, former: tuple[str, ...]) -> None:
    """Check the chain of the audit trail and every head kept so far; says what is wrong, and exits 1 if anything is."""
    from pathlib import Path

    from creditbridge.app.settings import secret_key
    from creditbridge.store import audit as trail
    from creditbridge.store import audit_head

    kept = list(audit_head.kept_in(context.settings.audit_heads))
    documents = [*kept, *(audit_head.kept_in(Path(file)) if file else ()), *([given] if given else ())]
    keys = {audit_head.Signer(secret_key(context.settings)).public_key, *former}
    with context.database().read() as session:
        broken = list(trail.broken_entries(session))
        lost = 0
        for document in documents:
            try:
                lost += not audit_head.holds(session, audit_head.read(document, public_keys=keys))
            except audit_head.BadHead as error:
                raise click.ClickException(
                    "A head was not signed by this installation, or was changed. "
                    "If SECRET_KEY was changed since, name the key before with --public-key."
                ) from error
    for entry_id in broken:
        click.echo(f"Entry {entry_id} does not fit the chain.")
    if lost:
        click.echo(
            f"The trail no longer holds {lost} of {len(documents)} heads that were kept: entries were cut off or replaced."
        )
    if not broken and not lost:
        click.echo("The audit trail is whole.")
    elif broken:
        click.echo(f"{len(broken)} broken entries.")
    sys.exit(1 if broken or lost else 0)


@main.group()
def admin() -> None:
    """Accounts that no page can make."""


@admin.command()
@click.option("--organisation", help="The name of the platform operator; needed for the first administrator.")
@click.option("--login", required=True, help="The account to sign in with.")
@click.option("--name", required=True, help="The administrator's name.")
@click.password_option(help="Asked for when it is not given.")
@click.pass_obj
def create(context: CommandContext, organisation: str | None, login: str, name: str, password: str) -> None:
    """Create a platform administrator. The first one also creates the platform operator.

    Scorecards and some other things need two administrators; the second one types their own password here.
    """
    from creditbridge.access.staffing import create_administrator

    with context.database().write() as session:
        create_administrator(
            session, organisation=organisation, login_name=login, name=name, password=password
        )
    click.echo(f"{login} can sign in as platform administrator.")


@admin.command("reset-link")
@click.argument("login")
@click.pass_obj
def reset_link(context: CommandContext, login: str) -> None:
    """Print a link by which the person of LOGIN chooses a new password, once and within two hours.

    For accounts no page helps: administrators, firms, and everybody where no mail is set up.
    """
    from creditbridge.access.resets import issue_on_the_machine

    with context.database().write() as session:
        token = issue_on_the_machine(session, login)
    click.echo(f"{context.settings.public_url.rstrip('/')}/new-password?token={token}")


@main.command()
def version() -> None:
    """Say which version this is."""
    from importlib.metadata import version as version_of

    click.echo(version_of("creditbridge"))


if __name__ == "__main__":
    main()
