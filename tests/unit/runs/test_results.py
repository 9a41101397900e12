"""The file of a part: what is read is what was written, without being copied."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pyarrow as pa
import pytest

from creditbridge.runs import results
from creditbridge.runs.results import Results


def found(firms: int) -> Results:
    numbers = np.arange(firms)
    wide = numbers[:, None] * np.arange(1, 7)
    return Results(
        firm_no=numbers.astype(np.uint32),
        registration=np.hstack([wide, wide])[:, :8].astype(np.int64),
        score=(numbers % 1001).astype(np.int16),
        grade=(numbers % 5).astype(np.uint8),
        type=(numbers % 3).astype(np.uint8),
        level=(numbers % 5).astype(np.uint8),
        sides=wide.astype(np.int16),
        values=wide.astype(np.int64),
        known=wide % 2 == 0,
        labels=wide % 3 == 0,
        facts=wide.astype(np.int64),
        facts_known=wide % 5 == 0,
        next_change_on=numbers.astype(np.int32),
    )


@pytest.mark.parametrize("firms", [0, 1, 3_000])
def test_a_part_is_read_as_it_was_written_and_not_copied(tmp_path, firms):
    written = found(firms)
    path = tmp_path / "0.arrow"
    results.write(written, path, {"part": "0"})
    held = pa.total_allocated_bytes()
    read = results.read(path)
    assert pa.total_allocated_bytes() == held
    for field in fields(Results):
        column = getattr(read, field.name)
        assert not column.flags.owndata
        np.testing.assert_array_equal(column, getattr(written, field.name))
    assert read.digest() == written.digest()
    assert results.notes_of(path)["part"] == "0"
