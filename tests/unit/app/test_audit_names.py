"""Whoever reads the audit trail meets no bare name of a table or a column."""

from __future__ import annotations

import creditbridge.app.models  # noqa: F401 - so that every table is known
from creditbridge.app.workspaces.platform.audit_names import FIELDS, TABLES
from creditbridge.store.audit_changes import LEFT_OUT
from creditbridge.store.base import Base

TRACED = [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


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
