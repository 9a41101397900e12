"""What of a batch is new: entries already held, entries said twice, and entries that take the place of an older one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Columns = Mapping[str, npt.NDArray[Any]]
COMPARED = ("firm_no", "item", "occurred_on", "ends_on", "value", "severity")
_PLACES_A_KEY = 8


@dataclass(frozen=True, slots=True)
class Merged:
    """Which of the new records are kept, and which numbers of held records they replace, one for one.

    ``replaces`` holds the number of the held record, and ``by`` the place among the kept ones.
    """

    kept: npt.NDArray[np.bool_]
    replaces: npt.NDArray[np.int64]
    by: npt.NDArray[np.int64]


class SentKeys:
    """The keys of a bucket's new records, to be found among those of many held ones.

    A lake holds hundreds of millions of records of which a batch says few again: their keys are passed over by a table
    of bits before any is searched for, so that a batch costs little more on a full lake than on an empty one.
    """

    def __init__(self, keys: npt.NDArray[np.int64]) -> None:
        self._sorted = np.sort(keys)
        places = 1 << (_PLACES_A_KEY * len(keys)).bit_length()
        self._last_place = places - 1
        self._taken = np.zeros(places, np.bool_)
        self._taken[keys & self._last_place] = True

    def rows_of(self, held: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rising row numbers of the held keys that are among the sent ones."""
        if not len(self._sorted):
            return np.empty(0, np.int64)
        likely = np.flatnonzero(self._taken[held & self._last_place])
        keys = held[likely]
        place = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        rows: npt.NDArray[np.int64] = likely[self._sorted[place] == keys]
        return rows


def merge(new: Columns, held: Columns | None) -> Merged:
    """Compare a bucket's new records with each other and with those that are held, or those of them with a key that is new.

    Of entries with one key the last one sent counts. One that says what is held already is dropped; one that says
    otherwise is kept and replaces it.
    """
    kept = _last_of_each(new["source_key"])
    none = np.empty(0, np.int64)
    if held is None or not len(held["source_key"]):
        return Merged(kept, none, none)
    order = np.lexsort((held["record_no"], held["source_key"]))
    keys = held["source_key"][order]
    # Of several held records with one key the last is the one in force: it has the greatest number.
    place = np.searchsorted(keys, new["source_key"], side="right") - 1
    found = (place >= 0) & (keys[np.maximum(place, 0)] == new["source_key"])
    match = order[np.maximum(place, 0)]
    same = found.copy()
    for name in COMPARED:
        same &= held[name][match] == new[name]
    kept = kept & ~same
    replacing = found & kept
    by = np.cumsum(kept)[replacing] - 1
    return Merged(kept, held["record_no"][match[replacing]].astype(np.int64), by.astype(np.int64))


def _last_of_each(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    in_order = np.sort(keys)
    if not (in_order[1:] == in_order[:-1]).any():
        return np.ones(len(keys), np.bool_)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    last = np.ones(len(keys), np.bool_)
    last[order[:-1]] = ordered[1:] != ordered[:-1]
    return last
