"""Many processes that grant: each does so until told not to, and says how often it could.

The modules are loaded once and the processes forked, so that what is measured is the race and not 32 starts of Python.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import date
from typing import Any

from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.app import reactions
from creditbridge.app.models import Base
from creditbridge.kernel.errors import RuleRefused
from creditbridge.store.database import Database, is_retryable, is_unreachable
from matching.lines.service import OfflineGrant, record_offline
from tests.chaos.over_grant import GRANT
from tests.chaos.places import PAUSE
from tests.lines import GRANT as TERMS

assert Base.metadata.tables


def main() -> None:
    """Read the task, fork, and write each process's counts as a line."""
    task = json.loads(sys.stdin.read())
    reactions.connect()
    running = []
    for number in range(task["processes"]):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            os.write(writer, json.dumps(grant_all(task, number)).encode())
            os._exit(0)
        os.close(writer)
        running.append((child, reader))
    for child, reader in running:
        with os.fdopen(reader, "rb") as said:
            sys.stdout.write(said.read().decode() + "\n")
        os.waitpid(child, 0)


def grant_all(task: dict[str, Any], number: int) -> dict[str, int]:
    """Grant as often as the task says, over a connection of this process's own."""
    told = task["actor"]
    actor = Actor(**told | {"kind": OrganisationKind(told["kind"]), "role": Role(told["role"])})
    database = Database(task["url"], pool_size=1)
    counts = {"granted": 0, "refused": 0}
    for turn in range(task["grants"]):
        terms = replace(
            TERMS,
            contract_number=f"P{number}-{turn}",
            amount_fen=GRANT,
            granted_on=date(2026, 1, 5),
        )
        grant = OfflineGrant(task["uscc"], terms, task["product"])
        counts["granted" if _granted(database, actor, grant) else "refused"] += 1
    database.dispose()
    return counts


def _granted(database: Database, actor: Actor, grant: OfflineGrant) -> bool:
    while True:
        try:
            with database.write() as session:
                record_offline(session, actor, grant)
        except RuleRefused as error:
            if error.code != "quota_exhausted":
                raise
            return False
        except Exception as error:
            if not (is_retryable(error) or is_unreachable(error)):
                raise
            PAUSE.wait(0.02)
        else:
            return True


if __name__ == "__main__":
    main()
