"""A committed change is in the next answer of another process, well within a second, whatever changed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.store.database import Database
from lenders.products import deciding, drafting, lookup
from matching.index import generations, live
from tests.scene import Scene, grade_at_least

WITHIN_SECONDS = 1.0

OTHER_PROCESS = """
import json, sys
from pathlib import Path
from creditbridge.store.database import Database
from matching.index import generations, live
from lenders.products import service as products

database = Database(sys.argv[1], places={generations.FOLDER_KEY: Path(sys.argv[2])})
for line in sys.stdin:
    with database.read() as session:
        city = live.city(session)
        counts = city.counts(products.version(session, int(line)))
        print(json.dumps({"counts": counts, "generation": city.generation.name}), flush=True)
"""


class Process:
    """Another web process, as far as answers go: it holds its city from one question to the next."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.running = running

    def ask(self, version_id: int) -> dict[str, Any]:
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        self.running.stdin.write(f"{version_id}\n")
        self.running.stdin.flush()
        answer: dict[str, Any] = json.loads(self.running.stdout.readline())
        return answer


@contextmanager
def another_process(database: Database, folder: Path) -> Iterator[Process]:
    command = [sys.executable, "-c", OTHER_PROCESS, database.url, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as running:
        try:
            yield Process(running)
        finally:
            assert running.stdin is not None
            running.stdin.close()
            running.wait(10)


def test_facts_versions_and_generations_are_in_another_processs_next_answer(
    database: Database, scene: Scene, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    database.places[generations.FOLDER_KEY] = folder
    lender = scene.lender()
    product = scene.product(lender, admission=grade_at_least("B"))
    firms = [scene.firm(grade="A") for _ in range(3)]
    with another_process(database, folder) as other:
        assert other.ask(product.version_id)["counts"] == [3, 0, 0]

        _grade(database, firms[0].id, "E")
        began = time.perf_counter()
        assert other.ask(product.version_id)["counts"] == [2, 0, 1]
        assert time.perf_counter() - began < WITHIN_SECONDS

        with database.write() as session:
            made = drafting.start_version(session, lender.manager, product.public_id)
            draft = replace(drafting.draft_of_version(made), admission=grade_at_least("E"))
            drafting.save_draft(session, lender.manager, product.public_id, draft, seen=made.version)
            drafting.submit(session, lender.manager, product.public_id)
            deciding.approve(session, lender.approver, product.public_id)
            deciding.publish(session, scene.publisher, product.public_id)
        with database.read() as session:
            found = lookup.live_version(lookup.product(session, lender.manager, product.public_id))
            assert found is not None
        began = time.perf_counter()
        assert other.ask(found.id)["counts"] == [3, 0, 0]
        assert time.perf_counter() - began < WITHIN_SECONDS

        before = generations.current(folder)
        with database.read() as session:
            generations.write(folder, live.build(session, clock.today()))
        _grade(database, firms[1].id, "E")
        began = time.perf_counter()
        answer = other.ask(product.version_id)
        assert time.perf_counter() - began < WITHIN_SECONDS
        assert answer["generation"] == generations.current(folder) != before
        assert answer["counts"] == [1, 0, 2]


def _grade(database: Database, firm_id: int, grade: str) -> None:
    with database.write() as session:
        value = FactValue(grade, FactSource.DEMO, date(2026, 11, 1))
        facts.record_facts(session, firm_id, {"platform_grade": value}, actor=None, reason="test")
