"""Every event that is emitted is brought about by something, and nothing is registered that nobody emits."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditbridge.app import handlers as table
from creditbridge.app.schedule import PERIODIC
from creditbridge.jobs import handlers, schedule

ROOT = Path(__file__).parents[3]
EMITTING = ("outbox.emit", "outbox.emit_later")


def emitted() -> Iterator[str]:
    """The names in `outbox.emit(session, NAME, …)` or `emit_later`: a literal, or a constant of that module."""
    for package in ("platform/creditbridge", "lenders", "borrowers", "matching"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "outbox.emit" not in text or path.parent.name == "jobs":
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in EMITTING:
                    yield _name(path, node.args[1])


def _name(path: Path, argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    module = str(path.relative_to(ROOT)).removeprefix("platform/").removesuffix(".py").replace("/", ".")
    value = importlib.import_module(module)
    for part in ast.unparse(argument).split("."):
        value = getattr(value, part)
    return str(value)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_registered", {})
    monkeypatch.setattr(schedule, "_registered", {})
    table.register.__wrapped__()


def test_every_event_has_a_handler_and_every_handler_an_event() -> None:
    assert set(emitted()) == {*table.EVENTS, *table.OUTSIDE}


def test_registering_knows_every_event_and_all_periodic_work(registered: None) -> None:
    assert handlers.names() == {*table.EVENTS, *table.OUTSIDE} | {
        schedule.PREFIX + work.name for work in PERIODIC
    }
    assert schedule.names() == {work.name for work in PERIODIC}
