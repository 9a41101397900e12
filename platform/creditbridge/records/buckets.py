"""Which part of the lake a firm's records lie in.

Firms are numbered densely from 0, so the remainder spreads them evenly, and a bucket holds every 64th firm. Whoever
works through the city (a run, a process pool, a distributed engine) may take the buckets in any order.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

BUCKETS: Final = 64
"""Part of the lake's format: the files of another number of buckets cannot be read."""


def bucket_of(firm_no: int) -> int:
    return firm_no % BUCKETS


def buckets_of(firm_nos: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    return (firm_nos % BUCKETS).astype(np.uint8)
