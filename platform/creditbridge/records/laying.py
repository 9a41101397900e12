"""Records that come as columns, written into the lake's files bucket by bucket, for whoever has no batch to take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.kernel import ids
from creditbridge.records import retention, segments
from creditbridge.records.buckets import buckets_of
from creditbridge.records.manifest import RECORDS, NewFile


def lay(folder: Path, columns: Mapping[str, NDArray[Any]]) -> list[NewFile]:
    """Write records into new files of the lake's folder; nobody reads them before the manifest lists them.

    ``columns`` are those of a segment, all of one length, ordered by firm and day.
    """
    of_bucket = buckets_of(columns["firm_no"])
    files = []
    for bucket in np.unique(of_bucket).tolist():
        part = {name: column[of_bucket == bucket] for name, column in columns.items()}
        name = f"{bucket:02}/{ids.public_id()}.parquet"
        segments.write(folder / name, part)
        purge = retention.purge_from(part["item"], part["occurred_on"], part["ends_on"])
        files.append(NewFile(bucket, RECORDS, name, len(part["item"]), purge))
    return files
