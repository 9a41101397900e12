"""The first start: migrating the database and, in the demo environment, filling an empty one with the demo city.

The city is there as a whole or not at all. On SQLite it is loaded into a file beside the real one, which is
renamed into place at the end. On PostgreSQL a mark in the data folder says that a load was begun, so that an
interrupted one is noticed.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.engine import make_url

from creditbridge.access.model import Membership, Organisation, User
from creditbridge.access.rules import ROLE_WORDS
from creditbridge.app import outside, reactions, schema
from creditbridge.app.settings import Settings, SettingsError
from creditbridge.store.database import Database
from creditbridge.store.files import FileStore

DEMO_CITY = "creditbridge.demo.loader"


class ProgressBar(Protocol):
    """What the demo city calls as it is loaded: what is being made, how many are done, of how many."""

    def __call__(self, label: str, done: int, total: int) -> None: ...


def prepare(settings: Settings, console: Console) -> None:
    """Migrate, and load the demo city if this is the first start of a demo.

    Raises:
        SchemaError: if the database does not answer or is newer than the code.
        SettingsError: if an earlier load was interrupted on a database that is not ours to empty.
    """
    target = _sqlite_file(settings.database_url)
    if settings.is_demo and target is not None and not target.exists():
        aside = target.with_name(target.name + ".loading")
        _remove_database(aside)
        _migrate_and_load(replace(settings, database_url=f"sqlite:///{aside}"), console)
        aside.replace(target)
        return
    _migrate_and_load(settings, console)


def print_accounts(settings: Settings, console: Console) -> None:
    """Show accounts of every role, so that a visitor of the demo can sign in as anyone."""
    from creditbridge.demo.accounts import PASSWORD, told

    table = Table(title="演示账号 · demo accounts of every role", title_justify="left")
    for heading in ("岗位 · role", "单位 · organisation", "账号 · account", "密码 · password"):
        table.add_column(heading)
    logins = [login for _, login in told()]
    database = Database(settings.database_url, places=settings.places)
    with database.read() as session:
        members = session.scalars(select(Membership).join(Membership.user).where(User.login_name.in_(logins)))
        present = {member.user.login_name: member for member in members}
        for role, login in told():
            if (member := present.get(login)) is not None:
                words = ROLE_WORDS[role]
                table.add_row(f"{words.zh} · {words.en}", member.organisation.name, login, PASSWORD)
    database.dispose()
    if table.row_count:
        console.print(table)


def _migrate_and_load(settings: Settings, console: Console) -> None:
    database = Database(settings.database_url, places=settings.places)
    mark = settings.data_dir / "demo.loading"
    try:
        schema.upgrade(database)
        if not settings.is_demo:
            return
        if not _is_empty(database):
            _refuse_half_a_city(database, mark)
            return
        city = _demo_city()
        if city is None:
            return
        if not database.is_sqlite:
            mark.touch()
        outside.connect(settings)  # the lender's secrets are sealed with this installation's key
        reactions.connect()  # what the city does has the same effects as in use
        console.print(
            "首次启动：正在生成演示城市，约需一两分钟 · first start: making a demo city, once, in a minute or two"
        )
        with _progress(console) as progress:
            city.load(database, FileStore(settings.files_dir), _report_to(progress))
        mark.unlink(missing_ok=True)
    finally:
        database.dispose()


def _demo_city() -> Any | None:
    """The module with ``load(database, files, progress)``; an installation may leave it out."""
    if importlib.util.find_spec(DEMO_CITY) is None:
        return None
    return importlib.import_module(DEMO_CITY)


def _is_empty(database: Database) -> bool:
    with database.read() as session:
        return session.scalar(select(Organisation.id).limit(1)) is None


def _refuse_half_a_city(database: Database, mark: Path) -> None:
    if mark.exists() and not database.is_sqlite:
        raise SettingsError(
            f"Loading the demo city into {database.engine.url.render_as_string()} was interrupted. "
            f"Empty that database, remove {mark}, and start again."
        )


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _report_to(progress: Progress) -> ProgressBar:
    """A callable that shows each label as a bar of its own."""
    bars: dict[str, TaskID] = {}

    def report(label: str, done: int, total: int) -> None:
        if label not in bars:
            bars[label] = progress.add_task(label, total=total)
        progress.update(bars[label], completed=done, total=total)

    return report


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def _remove_database(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
