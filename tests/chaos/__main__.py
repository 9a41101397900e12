"""``make chaos``: what docs/promises.md promises under kills and races, on loopback, one JSON line a promise and database.

``python -m tests.chaos --size small --only exactly_once --database sqlite`` tries a part of it. PostgreSQL is tried when
``CHAOS_DATABASE_URL`` (or ``TEST_DATABASE_URL``) names a server; each run makes databases of its own and drops them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.chaos import (
    books,
    durable_writes,
    exactly_once,
    history,
    killed_batches,
    lost_events,
    over_grant,
    tamper_evidence,
)
from tests.chaos.places import Counts, Place, Size, postgresql_place, sqlite_place

PROMISES: dict[str, Callable[[Place, Size], Counts]] = {
    "exactly_once": exactly_once.run,
    "acknowledged_is_durable": durable_writes.run,
    "no_lost_event": lost_events.run,
    "history": history.run,
    "tamper_evidence": tamper_evidence.run,
    "no_over_grant": over_grant.run,
    "one_of_two_drawdowns": over_grant.run_drawdowns,
    "books_follow_their_model": books.run,
    "illegal_steps_refused": books.run_illegal,
    "batch_whole_or_nothing": killed_batches.run_intake,
    "run_resumes_to_the_same": killed_batches.run_evaluation,
}
BAD = ("lost", "duplicates", "differing", "over_granted", "violations", "undetected")


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--size", choices=[size.value for size in Size], default=Size.FULL.value)
    parser.add_argument("--only", choices=sorted(PROMISES), action="append")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked = parser.parse_args()
    kept = True
    for name in asked.only or PROMISES:
        for place in places(asked.database or ["sqlite", "postgresql"]):
            began = time.monotonic()
            counts = PROMISES[name](place, Size(asked.size))
            line = {"promise": name, "database": place.kind, "size": asked.size, **counts}
            line["seconds"] = round(time.monotonic() - began, 1)
            print(json.dumps(line), flush=True)
            kept = kept and not any(counts.get(key) for key in BAD)
    return 0 if kept else 1


def places(kinds: list[str]) -> Iterator[Place]:
    """A place with an empty, migrated database of each kind, one after the other."""
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        if "sqlite" in kinds:
            with sqlite_place(Path(folder) / "sqlite") as place:
                yield place
        server = os.environ.get("CHAOS_DATABASE_URL") or os.environ.get("TEST_DATABASE_URL")
        if "postgresql" in kinds and server:
            with postgresql_place(Path(folder) / "postgresql", server) as place:
                yield place
        elif "postgresql" in kinds:
            print("postgresql: not tried, CHAOS_DATABASE_URL names no server", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
