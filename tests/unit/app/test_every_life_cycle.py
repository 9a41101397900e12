"""Every life cycle there is: each step is taken from where the table allows it, and refused from every other state."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.lifecycle import Lifecycle

ROOT = Path(__file__).parents[3]


def life_cycles() -> Iterator[Any]:
    seen: set[int] = set()
    for package in ("platform/creditbridge", "lenders", "borrowers", "matching"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "Lifecycle(" not in path.read_text(encoding="utf-8") or path.parent.name == "kernel":
                continue
            name = str(path.relative_to(ROOT)).removeprefix("platform/").removesuffix(".py").replace("/", ".")
            for held in vars(importlib.import_module(name)).values():
                if isinstance(held, Lifecycle) and id(held) not in seen:
                    seen.add(id(held))
                    yield pytest.param(held, id=held.kind)


@pytest.mark.parametrize("cycle", list(life_cycles()))
def test_a_step_is_taken_only_from_where_it_is_legal(cycle: Any) -> None:
    assert cycle.initial in cycle.words
    for state in cycle.words:
        for name, step in cycle.steps.items():
            assert step.target in cycle.words
            if state in step.sources:
                assert cycle.check(name, state) is step.target
                continue
            with pytest.raises(Conflict) as refused:
                cycle.check(name, state)
            assert refused.value.code == "illegal_step"


def test_there_are_life_cycles_to_try() -> None:
    assert len(list(life_cycles())) >= 22
