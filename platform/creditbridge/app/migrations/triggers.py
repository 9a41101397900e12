"""Triggers that keep append-only tables append-only, on both databases.

Every migration calls :func:`create` at its end, because SQLite's batch migrations drop a table's triggers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, inspect, text

OFFERED = (
    "submission_id", "number", "amount_fen", "annual_rate_ppm", "term_months", "repayment_method", "guarantee_type",
    "fees", "conditions", "apr_ppm", "expires_on", "proposed_by_id",
)  # fmt: skip

# What is refused, by table. The access ledger and the facts' log are never edited, but entries whose time of
# retention is over may go.
REFUSED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "audit_entry": ("UPDATE", "DELETE"),
        "access_entry": ("UPDATE",),
        "fact_change": ("UPDATE",),
        "credit_line_entry": ("UPDATE", "DELETE"),
        "credit_line_balance": ("UPDATE", "DELETE"),
        "ledger_account": ("UPDATE", "DELETE"),
        "ledger_transaction": ("UPDATE", "DELETE"),
        "ledger_entry": ("UPDATE", "DELETE"),
        "submission_event": ("UPDATE", "DELETE"),
        "submission_decision": ("UPDATE", "DELETE"),
        # Other terms are another version of the offer; its state goes on.
        "offer": (f"UPDATE OF {', '.join(OFFERED)}", "DELETE"),
    }
)

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
    for statement in statements(connection.dialect.name, {t: s for t, s in REFUSED.items() if t in present}):
        connection.execute(text(statement))


def statements(dialect: str, refused: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The statements that make the triggers of these tables."""
    if dialect == "postgresql":
        return [
            _POSTGRESQL_FUNCTION,
            *(line for table, steps in refused.items() for line in _postgresql(table, steps)),
        ]
    return [line for table, steps in refused.items() for step in steps for line in _sqlite(table, step)]


def _postgresql(table: str, steps: tuple[str, ...]) -> list[str]:
    made = [
        f"DROP TRIGGER IF EXISTS append_only ON {table}",
        f"CREATE TRIGGER append_only BEFORE {' OR '.join(steps)} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ]
    if "DELETE" in steps:
        made += [
            f"DROP TRIGGER IF EXISTS append_only_whole ON {table}",
            f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()",
        ]
    return made


def _sqlite(table: str, step: str) -> list[str]:
    name = f"append_only_{table}_{step.split(maxsplit=1)[0].lower()}"
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE {step} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ]
