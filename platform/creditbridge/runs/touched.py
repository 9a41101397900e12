"""Which firms' records count otherwise than they did: since the lake was filled so far, and on an earlier day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from creditbridge.records import retention, segments
from creditbridge.records.columns import DTYPES, day_number
from creditbridge.records.lake import Lake, Watermark

_LOOKED_AT = {name: DTYPES[name] for name in ("firm_no", "record_no", "item", "occurred_on", "ends_on")}


def since(lake: Lake, buckets: Iterable[int], before: Watermark, day: date, on: date) -> NDArray[np.uint32]:
    """The firms with new, replaced or overlaid records, or with records that began to count or ceased to by the day.

    Args:
        lake: as it is filled now.
        buckets: which parts of it to look at.
        before: how far it was filled then.
        day: the earlier day.
        on: the later day.
    """
    found: list[NDArray[np.uint32]] = []
    for bucket in buckets:
        changed = _changed_numbers(lake, bucket, before, day, on)
        for name in lake.files.get(bucket, ()):
            columns = segments.loaded(lake.folder / name, _LOOKED_AT)
            number, occurred, ends = columns["record_no"], columns["occurred_on"], columns["ends_on"]
            touched = (number >= before.record_no) & (number < lake.watermark.record_no)
            touched |= (occurred > day_number(day)) & (occurred <= day_number(on))
            past = [retention.past_time(columns["item"], occurred, ends, one) for one in (day, on)]
            touched |= past[0] != past[1]
            if changed.size:
                touched |= np.isin(number, changed)
            found.append(np.unique(columns["firm_no"][touched]))
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint32)


def _changed_numbers(lake: Lake, bucket: int, before: Watermark, day: date, on: date) -> NDArray[np.int64]:
    """Records that were replaced since, or whose overlays hold otherwise now."""
    overlaid = [
        one.record_no
        for one in lake.overlays.get(bucket, ())
        if one.holds_on(day, before.overlay_no) != one.holds_on(on, lake.watermark.overlay_no)
    ]
    parts = [np.array(overlaid, np.int64)]
    for name in lake.replaced.get(bucket, ()):
        columns = segments.mapped(lake.folder / name)
        by = columns["by_record_no"]
        parts.append(columns["record_no"][(by >= before.record_no) & (by < lake.watermark.record_no)])
    return np.unique(np.concatenate(parts))
