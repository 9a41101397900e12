"""How the records of the demo city came: each department's feed delivered once a month, and what is older at its start.

A record belongs to the batch whose numbers it has. The batches are those an intake would have left behind; their files
are not kept, as those of an intake are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from creditbridge.kernel.dates import MonthEnd, add_months
from creditbridge.records import batches
from creditbridge.records.batch_report import BatchReport
from creditbridge.records.batches import Delivered
from creditbridge.records.catalogue import numbered
from creditbridge.records.columns import RecordColumns, day_number, day_of
from creditbridge.records.feeds import Feed, feeds

_DAY = 5
"""Of a month: what occurred in the month before is delivered."""
_MONTHS = 12
"""Feeds began so many months ago, with what was known by then."""
_EXCHANGE = "exchange"
_AT = time(19, 30, tzinfo=UTC)
"""By night in the city."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch: its feed, the day it came, and its records, whose numbers follow each other from ``first``."""

    feed: Feed
    on: date
    first: int
    records: int
    firms: int
    late: int
    content_hash: str


def delivered(records: RecordColumns, today: date) -> tuple[RecordColumns, list[Delivery]]:
    """The same records, numbered and dated as they came, and the batches in that order."""
    feed = _feed_numbers()[records.item]
    on = _delivery_days(records.occurred_on, today)
    order = np.lexsort((records.occurred_on, records.firm_no, feed, on))
    numbers = np.empty(len(records), np.int64)
    numbers[order] = np.arange(len(records))
    came = replace(records, record_no=numbers, received_on=on.astype(np.int32))
    return came.ordered(), _deliveries(came.taken(order), feed[order])


def _deliveries(came: RecordColumns, feed: NDArray[np.int64]) -> list[Delivery]:
    begins = np.flatnonzero(
        np.diff(came.received_on, prepend=-1).astype(bool) | np.diff(feed, prepend=-1).astype(bool)
    )
    known = list(feeds().values())
    found = []
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(came)], strict=True):
        part, on = came.taken(slice(begin, end)), day_of(int(came.received_on[begin]))
        assert on is not None
        of = known[int(feed[begin])]
        content = sha256()
        for column in (part.firm_no, part.item, part.occurred_on, part.ends_on, part.value):
            content.update(column.tobytes())
        found.append(
            Delivery(
                feed=of,
                on=on,
                first=begin,
                records=end - begin,
                firms=len(np.unique(part.firm_no)),
                late=int(np.count_nonzero(part.received_on - part.occurred_on > of.late_after_days)),
                content_hash=content.hexdigest(),
            )
        )
    return found


def _delivery_days(occurred_on: NDArray[np.int32], today: date) -> NDArray[np.int64]:
    months = occurred_on.astype("datetime64[D]").astype("datetime64[M]")
    following = (months + 1).astype("datetime64[D]").astype(np.int64) + _DAY - 1
    start = add_months(today, -_MONTHS, MonthEnd.LAST_DAY).replace(day=_DAY)
    return np.minimum(np.maximum(following, day_number(start)), day_number(today))


@cache
def _feed_numbers() -> NDArray[np.int64]:
    """By an item's number, the place of the feed that brings it: of its own department before any other."""
    known = list(feeds().values())
    places = np.full(len(numbered()), [feed.code for feed in known].index(_EXCHANGE), np.int64)
    for item in numbered():
        bringing = [place for place, feed in enumerate(known) if item in feed.items()]
        own = [place for place in bringing if known[place].department == item.department]
        places[item.number] = (own or bringing or [places[item.number]])[0]
    return places


def write(session: Session, deliveries: Sequence[Delivery], first: int) -> None:
    """Note the batches; ``first`` is the number that the first record of them got."""
    batches.note_delivered(session, [_delivered(one, first) for one in deliveries])


def _delivered(one: Delivery, first: int) -> Delivered:
    name = f"{one.feed.table or one.feed.code}-{one.on:%Y%m%d}"
    report = BatchReport(
        one.feed.code,
        dry_run=False,
        rows=one.records,
        good_rows=one.records,
        records=one.records,
        firms=one.firms,
        late=one.late,
        filled={column: one.records for column in one.feed.columns if column not in one.feed.optional},
        format="parquet",
    )
    return Delivered(report, name, one.content_hash, first + one.first, datetime.combine(one.on, _AT), one.on)
