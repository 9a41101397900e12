"""Whoever reads the audit trail meets no bare name of a table or a column."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import creditbridge.app.models  # noqa: F401 - so that every table is known
from creditbridge.app.workspaces.platform.audit_names import FIELDS, TABLES
from creditbridge.app.workspaces.platform.audit_words import ACTIONS, AREAS
from creditbridge.store.audit_changes import LEFT_OUT
from creditbridge.store.base import Base

TRACED = [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]

ROOT = Path(__file__).parents[3]


def _recorded() -> Iterator[str]:
    """The actions that are recorded, as written in the code; of a composed one the part that stands fast."""
    for room in ("platform", "lenders", "borrowers", "matching"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and any(one.arg == "subject_kind" for one in node.keywords):
                    for argument in node.args:
                        match argument:
                            case ast.Constant(value=str(action)) if "." in action:
                                yield action
                            case ast.JoinedStr(values=[ast.Constant(value=str(area)), *_]):
                                yield area


def test_every_action_has_words_and_an_area() -> None:
    recorded = set(_recorded())
    assert len(recorded) > 40
    assert {
        action for action in recorded if not action.startswith(tuple(f"{area}." for area in AREAS))
    } == set()
    assert {
        action
        for action in recorded
        if not any(known == action or (action[-1] in "._" and known.startswith(action)) for known in ACTIONS)
    } == set()


def test_every_table_that_is_traced_has_a_name() -> None:
    assert {table.name for table in TRACED} - set(TABLES) == set()


def test_every_column_of_them_has_a_name() -> None:
    assert {column.name for table in TRACED for column in table.columns} - set(FIELDS) == set()


def test_no_name_is_left_of_what_is_gone() -> None:
    assert set(TABLES) - {table.name for table in TRACED} == set()
    assert set(FIELDS) - {column.name for table in TRACED for column in table.columns} == set()


def test_a_name_is_said_in_both_languages() -> None:
    for names in (TABLES, FIELDS):
        assert [
            code for code, words in names.items() if not words.zh or not words.en or words.en == code
        ] == []
