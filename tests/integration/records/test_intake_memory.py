"""A file ten times as long takes no more memory to read."""

from __future__ import annotations

import os
import subprocess
import sys

from creditbridge.kernel import uscc
from creditbridge.sheets.limits import MIB

READ = """
import sys
from pathlib import Path
import pyarrow as pa
from creditbridge.records.feeds import feeds
from creditbridge.records.sources import open_source
from creditbridge.sheets.limits import OPERATOR

path, rows = Path(sys.argv[1]), 0
with open_source(path, path.name, feeds()["taxes_paid"], OPERATOR) as source:
    for stretch in source.stretches:
        rows += stretch.frame.height
print(rows, pa.default_memory_pool().max_memory())
"""
HEAD = b"uni_social_crd_cd,coll_item,rkrq,paid_amt,yzpzxh,remark\n"


def read(path) -> tuple[int, int]:
    """How many rows a process of its own reads of a file, and the most memory the reader holds meanwhile."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=100,
    )
    rows, most = done.stdout.split()
    return int(rows), int(most)


def test_reading_a_long_text_holds_no_more_of_it_than_reading_a_short_one(tmp_path):
    line = f"{uscc.synthetic(1)},增值税,2025-03-05,12.50,0001,{'x' * 900}\n".encode()
    short, long = tmp_path / "short.csv", tmp_path / "long.csv"
    block, times = line * 1_000, 25
    for path, count in ((short, times), (long, 10 * times)):
        with path.open("wb") as out:
            out.write(HEAD)
            for _ in range(count):
                out.write(block)
    (few, little), (many, much) = read(short), read(long)
    assert (few, many) == (1_000 * times, 10_000 * times)
    assert long.stat().st_size > 225 * MIB > much  # what is read ahead, and the stretch that is worked on
    assert much > little  # the short one fits into what is read ahead
