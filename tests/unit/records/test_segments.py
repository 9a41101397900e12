"""Files of the lake: what is read of them, and whether they stay mapped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from creditbridge.records import segments

FIRMS, EACH = 300, 7


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "0.parquet"
    rows = FIRMS * EACH
    columns = {name: np.arange(rows) % 100 for name in segments.RECORDS}
    columns["firm_no"] = np.repeat(np.arange(FIRMS), EACH)
    columns["record_no"] = np.arange(rows)
    segments.write(place, columns)
    return place


def is_mapped(path: Path) -> bool:
    return str(path) in Path("/proc/self/maps").read_text("utf-8")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is mapped")
def test_a_file_stays_mapped_for_who_looks_at_a_firm_and_not_for_who_goes_through_the_city(path):
    many = np.arange(0, FIRMS, 2, dtype=np.uint32)
    assert segments.records_of(path, many).firm_no.tolist() == np.repeat(many, EACH).tolist()
    assert not is_mapped(path)
    one = segments.records_of(path, np.array([5], np.uint32))
    assert one.record_no.tolist() == list(range(5 * EACH, 6 * EACH))
    assert is_mapped(path)
