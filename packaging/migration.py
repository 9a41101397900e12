"""Writes a migration from the difference between the migrations so far and the tables in the code.

``make migration m="add the risk list"`` adds one; ``make migration-initial`` writes the first one anew, which is
right only as long as no database in use was made by it. Read what was written before committing it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from creditbridge.app import schema
from creditbridge.store.database import Database

INITIAL = "0001"


def main(arguments: list[str]) -> None:
    versions = schema.MIGRATIONS / "versions"
    versions.mkdir(exist_ok=True)
    initial = arguments == ["--initial"]
    if initial:
        for old in versions.glob("*.py"):
            old.unlink()
    message = "The first tables" if initial else " ".join(arguments)
    number = INITIAL if initial else f"{len(list(versions.glob('0*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.sqlite3'}")
        if not initial:
            schema.upgrade(database)
        with database.engine.begin() as connection:
            config = schema.config(connection)
            # An initial migration only creates tables, which needs no batches.
            config.attributes["batch"] = not initial
            command.revision(config, message=message, autogenerate=True, rev_id=number)
        database.dispose()


if __name__ == "__main__":
    main(sys.argv[1:])
