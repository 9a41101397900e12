from __future__ import annotations

import importlib
from pathlib import Path

from creditbridge.kernel.lifecycle import Lifecycle
from tests import illegal_steps

ROOT = Path(__file__).parents[3]


def test_every_illegal_step_of_every_life_cycle_is_refused(database):
    tried, wrong = illegal_steps.try_all(database)
    assert tried == sum(len(list(illegal_steps.illegal(cycle))) for _, cycle in illegal_steps.CYCLES) > 400
    assert wrong == []


def test_no_life_cycle_is_left_out():
    held = set()
    for package in ("platform/creditbridge", "lenders", "borrowers", "matching"):
        for path in (ROOT / package).rglob("*.py"):
            if "Lifecycle(" in path.read_text("utf-8") and path.parent.name != "kernel":
                name = str(path.relative_to(ROOT)).removeprefix("platform/").removesuffix(".py")
                module = importlib.import_module(name.replace("/", "."))
                held |= {value for value in vars(module).values() if isinstance(value, Lifecycle)}
    assert held == {cycle for _, cycle in illegal_steps.CYCLES}
