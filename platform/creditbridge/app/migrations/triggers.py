"""Triggers that keep append-only tables append-only, on both databases.

Every migration calls :func:`create` at its end, because SQLite's batch migrations drop a table's triggers.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

APPEND_ONLY = ("audit_entry",)

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""


def create(connection: Connection) -> None:
    """Make the triggers of every append-only table that exists, anew."""
    present = set(inspect(connection).get_table_names())
    for statement in statements(connection.dialect.name, tuple(t for t in APPEND_ONLY if t in present)):
        connection.execute(text(statement))


def statements(dialect: str, tables: tuple[str, ...]) -> list[str]:
    """The statements that make the triggers of these tables."""
    if dialect == "postgresql":
        return [_POSTGRESQL_FUNCTION, *(line for table in tables for line in _postgresql(table))]
    return [line for table in tables for step in ("UPDATE", "DELETE") for line in _sqlite(table, step)]


def _postgresql(table: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS append_only ON {table}",
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER IF EXISTS append_only_whole ON {table}",
        f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()",
    ]


def _sqlite(table: str, step: str) -> list[str]:
    name = f"append_only_{table}_{step.lower()}"
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE {step} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ]
