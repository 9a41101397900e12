"""The one pass over the records: each adds to the accumulators of its firm that look at its item.

:func:`accumulate` is written for Numba and runs as plain Python too: small inputs take it as it is, large ones
compiled (the machine code is kept beside this file where that may be written, else in the user's cache). Both are
the same lines, and a test holds them to the same answers. Firms do not share anything, so parts of the firms run in
threads and the answer does not depend on how many.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from creditbridge.records.columns import NO_DAY, NO_VALUE

# What an accumulator does with a record. Numba reads these as constants.
COUNT = 0
SUM = 1
LATEST = 2
LAST_DAY = 3
MONTHS = 4
COUNT_VALUED = 5
MAX = 6
MIN = 7
FIRST = 8
FIRST_DAY = 9
LAST_END = 10
LATEST_LENGTH = 11
YEARS = 12
ITEMS = 13
WORST = 14
SUM_X = 15
SUM_XX = 16
SUM_XY = 17
PREVIOUS = 18

# What an entry looks at besides item and window.
BY_END = 1
BY_SEVERITY = 2
ONLY_OPEN = 4
ONLY_ENDED = 8
BY_VALUE = 16

FARTHEST_BACK = 62
"""The last bit of a set of months or years; what lies further back is in none."""


def accumulate(  # noqa: C901, PLR0912, PLR0915, PLR0917 - one loop unrolled by hand; Numba takes plain arrays
    starts: Any,
    item: Any,
    occurred: Any,
    ends: Any,
    value: Any,
    severity: Any,
    on: int,
    first_entry: Any,
    entry_kind: Any,
    entry_target: Any,
    entry_window: Any,
    entry_flags: Any,
    entry_severities: Any,
    entry_low: Any,
    entry_high: Any,
    entry_bit: Any,
    entry_beside: Any,
    membership: Any,
    months_back: Any,
    years_back: Any,
    item_profile: Any,
    item_ends: Any,
    due_after: Any,
    due_length: int,
    begin: int,
    end: int,
    out: Any,
    due: Any,
) -> None:
    """Fill ``out[place, accumulator]`` and ``due[place]`` for the firms from ``begin`` to before ``end``."""
    oldest = len(membership) - 1
    items = len(item_profile)
    for place in range(end - begin):
        soonest = NO_DAY
        for record in range(starts[begin + place], starts[begin + place + 1]):
            number = int(item[record])
            if number >= items or first_entry[number] == first_entry[number + 1]:
                continue
            day = int(occurred[record])
            age = on - day
            if age < 0:
                soonest = min(soonest, day)
                continue
            ends_on = int(ends[record])
            age = min(age, oldest)
            change = int(due_after[item_profile[number] * due_length + min(age, due_length - 1)])
            soonest = min(soonest, change)
            end_age = -1
            if item_ends[number] >= 0:
                if ends_on > on:
                    soonest = min(soonest, ends_on)
                else:
                    end_age = min(on - ends_on, oldest)
                    change = int(due_after[item_ends[number] * due_length + min(end_age, due_length - 1)])
                    soonest = min(soonest, change)
            inside = int(membership[age])
            amount = int(value[record])
            for entry in range(first_entry[number], first_entry[number + 1]):
                flags = entry_flags[entry]
                used = age
                within = inside
                if flags != 0:
                    if flags & BY_END:
                        if end_age < 0:
                            continue
                        used = end_age
                        within = int(membership[end_age])
                    if flags & BY_SEVERITY and not (entry_severities[entry] >> severity[record]) & 1:
                        continue
                    if flags & ONLY_OPEN and ends_on <= on:
                        continue
                    if flags & ONLY_ENDED and ends_on > on:
                        continue
                    if flags & BY_VALUE and (
                        amount == NO_VALUE or amount < entry_low[entry] or amount > entry_high[entry]
                    ):
                        continue
                if not (within >> entry_window[entry]) & 1:
                    continue
                kind = entry_kind[entry]
                target = entry_target[entry]
                if kind == COUNT:
                    out[place, target] += 1
                elif kind == LAST_DAY:
                    out[place, target] = max(out[place, target], ends_on if flags & BY_END else day)
                elif kind == FIRST_DAY:
                    out[place, target] = min(out[place, target], ends_on if flags & BY_END else day)
                elif kind == MONTHS:
                    back = int(months_back[used])
                    if back < FARTHEST_BACK:
                        out[place, target] |= 1 << back
                elif kind == YEARS:
                    back = int(years_back[used])
                    if back < FARTHEST_BACK:
                        out[place, target] |= 1 << back
                elif kind == ITEMS:
                    out[place, target] |= 1 << int(entry_bit[entry])
                elif kind == WORST:
                    out[place, target] = max(out[place, target], int(severity[record]))
                elif kind == LAST_END:
                    out[place, target] = max(out[place, target], ends_on)
                elif kind == LATEST_LENGTH:
                    out[place, target] = NO_VALUE if ends_on == NO_DAY else ends_on - day
                elif amount != NO_VALUE:
                    if kind == SUM:
                        held = out[place, target]
                        out[place, target] = amount if held == NO_VALUE else held + amount
                    elif kind == LATEST:
                        out[place, target] = amount
                    elif kind == PREVIOUS:
                        # Its entry stands before that of the latest value, which it takes over.
                        out[place, target] = out[place, entry_beside[entry]]
                    elif kind == COUNT_VALUED:
                        out[place, target] += 1
                    elif kind == MAX:
                        out[place, target] = max(out[place, target], amount)
                    elif kind == MIN:
                        held = out[place, target]
                        out[place, target] = amount if held == NO_VALUE else min(held, amount)
                    elif kind == FIRST:
                        if out[place, target] == NO_VALUE:
                            out[place, target] = amount
                    else:
                        month = FARTHEST_BACK - int(months_back[used])
                        if kind == SUM_X:
                            out[place, target] += month
                        elif kind == SUM_XX:
                            out[place, target] += month * month
                        elif kind == SUM_XY:
                            out[place, target] += month * amount
        due[place] = soonest


@cache
def compiled() -> Callable[..., None]:
    """The same pass as machine code, kept for the next process where a cache may be written."""
    import numba

    signature = _signature(numba.types)
    try:
        answer: Callable[..., None] = numba.njit(signature, nogil=True, cache=True)(accumulate)
    except RuntimeError:  # there is no folder to keep it in
        answer = numba.njit(signature, nogil=True)(accumulate)
    return answer


def _signature(types: Any) -> Any:
    """One signature for arrays that may be written and for those that may not, so that it is compiled once."""

    def read(name: str) -> Any:
        return types.Array(getattr(types, name), 1, "C", readonly=True)

    records = [read(name) for name in ("int64", "uint16", "int32", "int32", "int64", "uint8")]
    entries = [
        read(name)
        for name in ("int32", "uint8", "int32", "uint8", "uint8", "uint8", "int64", "int64", "uint8", "int32")
    ]
    tables = [read(name) for name in ("int64", "uint8", "uint8", "int32", "int32", "int32")]
    whole = types.int64
    results = [types.Array(whole, 2, "C"), types.Array(whole, 1, "C")]
    return types.void(*records, whole, *entries, *tables, whole, whole, whole, *results)
