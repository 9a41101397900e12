"""A thousand random edits, deletions, forgeries and truncations of the audit trail: all are found."""

from __future__ import annotations

from sqlalchemy import text

from tests.chaos.places import Counts, Place, Size
from tests.tampering import try_all

TRIGGERS = {
    "sqlite": ("DROP TRIGGER append_only_audit_entry_update", "DROP TRIGGER append_only_audit_entry_delete"),
    "postgresql": (
        "DROP TRIGGER append_only ON audit_entry",
        "DROP TRIGGER append_only_whole ON audit_entry",
    ),
}


def run(place: Place, size: Size) -> Counts:
    with place.database.engine.begin() as connection:
        for statement in TRIGGERS[place.kind]:  # whoever tampers is stopped by them first
            connection.execute(text(statement))
    return dict(try_all(place.database, size.of(1_000, 50), seed=17, entries=60))
