"""One process of many that grant: reads its task, grants until told not to, and says how often it could."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date

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
    task = json.loads(sys.stdin.read())
    reactions.connect()
    told = task["actor"]
    actor = Actor(**told | {"kind": OrganisationKind(told["kind"]), "role": Role(told["role"])})
    database = Database(task["url"], pool_size=1)
    counts = {"granted": 0, "refused": 0}
    for turn in range(task["grants"]):
        terms = replace(
            TERMS,
            contract_number=f"P{task['number']}-{turn}",
            amount_fen=GRANT,
            granted_on=date(2026, 1, 5),
        )
        grant = OfflineGrant(task["uscc"], terms, task["product"])
        counts["granted" if _granted(database, actor, grant) else "refused"] += 1
    database.dispose()
    sys.stdout.write(json.dumps(counts))


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
