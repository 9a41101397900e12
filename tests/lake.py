"""Records put into a lake without an intake, for tests of what reads it."""

from __future__ import annotations

from datetime import date

import numpy as np

from creditbridge.kernel import ids
from creditbridge.records import catalogue, manifest, retention, segments
from creditbridge.records.buckets import buckets_of
from creditbridge.records.columns import NO_DAY, NO_VALUE, day_number
from creditbridge.records.manifest import RECORDS, NewFile


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
    files = []
    of_bucket = buckets_of(columns["firm_no"])
    for bucket in np.unique(of_bucket).tolist():
        part = {name: column[of_bucket == bucket] for name, column in columns.items()}
        name = f"{bucket:02}/{ids.public_id()}.parquet"
        segments.write(folder / name, part)
        purge = retention.purge_from(part["item"], part["occurred_on"], part["ends_on"])
        files.append(NewFile(bucket, RECORDS, name, len(part["item"]), purge))
    with database.write() as session:
        manifest.move(session, seen, first + len(rows))
        manifest.list_files(session, files)
    return list(range(first, first + len(rows)))


def opened(database):
    with database.read() as session:
        return manifest.opened(session)
