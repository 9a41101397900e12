"""Records put into a lake without an intake, for tests of what reads it."""

from __future__ import annotations

from datetime import date

import numpy as np

from creditbridge.records import catalogue, laying, manifest
from creditbridge.records.columns import NO_DAY, NO_VALUE, day_number


def put(database, rows):
    """Rows of (firm_no, item code, occurred_on, ends_on or None, value or None) as one batch; answers their numbers."""
    items = catalogue.items()
    with database.write() as session:
        first = manifest.reserve_records(session, len(rows))
        seen = manifest.files_generation(session)
        folder = manifest.folder(session)
    columns = {
        "firm_no": np.array([row[0] for row in rows], "u4"),
        "item": np.array([items[row[1]].number for row in rows], "u2"),
        "occurred_on": np.array([day_number(row[2]) for row in rows], "i4"),
        "ends_on": np.array([NO_DAY if row[3] is None else day_number(row[3]) for row in rows], "i4"),
        "value": np.array([NO_VALUE if row[4] is None else row[4] for row in rows], "i8"),
        "severity": np.array([items[row[1]].severity.number for row in rows], "u1"),
        "received_on": np.full(len(rows), day_number(date(2026, 11, 1)), "i4"),
        "record_no": np.arange(first, first + len(rows), dtype="i8"),
        "source_key": np.arange(len(rows), dtype="i8"),
    }
    order = np.lexsort((columns["record_no"], columns["occurred_on"], columns["firm_no"]))
    columns = {name: column[order] for name, column in columns.items()}
    files = laying.lay(folder, columns)
    with database.write() as session:
        manifest.move(session, seen, first + len(rows))
        manifest.list_files(session, files)
    return list(range(first, first + len(rows)))


def opened(database):
    with database.read() as session:
        return manifest.opened(session)
