"""Drawing the records of a large invented city, a block of firms at a time.

A block depends on the seed and its own number alone: the same seed gives the same city, in whatever order or on however
many machines its blocks are drawn. Activity is skewed (few firms have most records), months follow the seasons, troubled
firms have more adverse records, nothing happened before a firm was established; some rows come late, some twice, some
without what they should carry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from creditbridge.demo.generating.profiles import Profiles, profiles
from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number

BLOCK: Final = 8_192
"""Firms in a block at most."""
RECORDS_IN_A_BLOCK: Final = 1_000_000
"""About how many records a block has at most: what is held in memory at once, however large the city."""
YEARS: Final = 5
_MONTHS: Final = YEARS * 12
_CLASSES: Final = 16
"""Firms are drawn in this many classes of trouble, so that items are chosen by one table a class."""
_ACTIVITY_SIGMA: Final = 1.3
LATE_SHARE: Final = 0.02
TWICE_SHARE: Final = 0.004
UNSTATED_SHARE: Final = 0.01
_AGE_DAYS: Final = (2_700.0, 2_100.0)
_AGES: Final = (120.0, 9_800.0)
_YEAR: Final = 365
_USUAL_DELAY: Final = 6.0
_LATE_DELAY: Final = 150.0


@dataclass(frozen=True, slots=True)
class City:
    """How large a city and which.

    Attributes:
        firms: how many, numbered from 0.
        records: how many distinct ones; those that come twice are on top.
        seed: another seed gives another city.
        until: the last legal date of anything in it.
    """

    firms: int
    records: int
    seed: int
    until: date

    @property
    def firms_in_block(self) -> int:
        """Firms in each block but the last: fewer where firms have many records."""
        return max(1, min(BLOCK, RECORDS_IN_A_BLOCK * self.firms // max(1, self.records)))

    @property
    def blocks(self) -> int:
        return -(-self.firms // self.firms_in_block)


@dataclass(frozen=True, slots=True)
class Block:
    """The records of one block of firms in the order they came; ``received_on`` tells the late ones.

    ``record_no`` numbers the rows of the block from 0. A row that comes twice has the same number again.
    """

    number: int
    records: RecordColumns


def blocks(city: City) -> Iterator[Block]:
    """Every block in turn, one in memory at a time."""
    counts = counts_of(city)
    size = city.firms_in_block
    for number in range(city.blocks):
        yield _block(city, number, counts[number * size : (number + 1) * size])


def counts_of(city: City) -> npt.NDArray[np.int64]:
    """How many records each firm has; they add up to the city's."""
    activity = np.concatenate(
        [
            stream(city, number, "activity").lognormal(0.0, _ACTIVITY_SIGMA, city.firms_in_block)
            for number in range(city.blocks)
        ]
    )[: city.firms]
    ends = np.floor(np.cumsum(activity) / activity.sum() * city.records).astype(np.int64)
    if len(ends):
        ends[-1] = city.records
    counts: npt.NDArray[np.int64] = np.diff(ends, prepend=0)
    return counts


def trouble_of(city: City, number: int) -> npt.NDArray[np.float64]:
    """How much trouble each firm of a block is in: 0 on average, above 1.5 is serious."""
    return stream(city, number, "trouble").normal(0.0, 0.8, city.firms_in_block)


def established_of(city: City, number: int) -> npt.NDArray[np.int32]:
    """The day on which each firm of a block was established: most are some years old, few very young or very old."""
    random = stream(city, number, "established")
    age = random.normal(*_AGE_DAYS, city.firms_in_block).clip(*_AGES)
    return (day_number(city.until) - age).astype(np.int32)


def _block(city: City, number: int, counts: npt.NDArray[np.int64]) -> Block:
    known = profiles()
    random = stream(city, number, "records")
    trouble = trouble_of(city, number)[: len(counts)]
    size = stream(city, number, "size").lognormal(0.0, 0.9, len(counts))
    firm = np.repeat(np.arange(len(counts)), counts)
    item = _items(random, known, trouble, firm)
    established = established_of(city, number)[firm]
    occurred = _not_before(established, _days(random, known, item, city.until), day_number(city.until))
    columns: dict[str, npt.NDArray[Any]] = {
        "firm_no": (firm + number * city.firms_in_block).astype(np.uint32),
        "item": item.astype(np.uint16),
        "occurred_on": occurred,
        "ends_on": _ends(random, known, item, occurred),
        "value": _values(random, known, item, size[firm]),
        "severity": known.severity[item],
        "received_on": _received(random, occurred, city.until),
        "record_no": np.arange(len(firm), dtype=np.int64),
    }
    order = np.argsort(columns["received_on"], kind="stable")
    twice = order[random.random(len(order)) < TWICE_SHARE]
    came = np.concatenate([order, twice])
    return Block(number, RecordColumns(**{name: column[came] for name, column in columns.items()}))


def stream(city: City, number: int, name: str) -> np.random.Generator:
    """Chance of its own for each block and purpose."""
    return np.random.Generator(np.random.PCG64([city.seed, number, *name.encode()]))


def _items(
    random: np.random.Generator,
    known: Profiles,
    trouble: npt.NDArray[np.float64],
    firm: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Which item each record is of: one draw from the table of its firm's class of trouble."""
    edges = np.linspace(-2.0, 2.0, _CLASSES - 1)
    klass = np.digitize(trouble, edges)
    middle = np.linspace(-2.1, 2.1, _CLASSES)
    tables = np.cumsum(known.weight * np.exp(np.outer(middle, known.risk)), axis=1)
    drawn = random.random(len(firm))
    item = np.empty(len(firm), dtype=np.int64)
    of_record = klass[firm]
    for place in range(_CLASSES):
        chosen = of_record == place
        table = tables[place]
        item[chosen] = np.searchsorted(table, drawn[chosen] * table[-1], side="right")
    return np.minimum(item, len(known.weight) - 1)


def _days(
    random: np.random.Generator, known: Profiles, item: npt.NDArray[np.int64], until: date
) -> npt.NDArray[np.int32]:
    """The day of each record: its month by the item's season and somewhat more of late, its day by the rhythm."""
    last = np.datetime64(until, "M")
    shares = np.cumsum(known.months, axis=1)
    month = (random.random(len(item))[:, None] >= shares[item]).sum(axis=1).clip(0, 11)
    year = np.floor(YEARS * random.power(1.25, len(item))).astype(np.int64).clip(0, YEARS - 1)
    start = np.datetime64(f"{until.year - YEARS + 1}-01", "M")
    at = start + year * 12 + month
    at = np.where(at > last, at - 12, at)
    steady = (known.rhythm == 1) | (known.rhythm == 2)
    day = np.where(steady[item], random.integers(9, 16, len(item)), random.integers(0, 28, len(item)))
    days = at.astype("datetime64[D]").astype(np.int64) + day
    held: npt.NDArray[np.int32] = np.minimum(days, day_number(until)).astype(np.int32)
    return held


def _not_before(
    established: npt.NDArray[np.int32], occurred: npt.NDArray[np.int32], until: int
) -> npt.NDArray[np.int32]:
    """Days before a firm was established, moved by whole years to after it, so that they keep their season."""
    years = np.maximum(0, -(-(established.astype(np.int64) - occurred) // _YEAR))
    moved = occurred + years * _YEAR
    held: npt.NDArray[np.int32] = np.where(moved > until, np.maximum(established, occurred), moved).astype(
        np.int32
    )
    return held


def _ends(
    random: np.random.Generator, known: Profiles, item: npt.NDArray[np.int64], occurred: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """When it ends: about as long after as the profile says; one in twelve stays open."""
    days = known.days[item]
    lasts = np.maximum(1, days * random.uniform(0.5, 1.2, len(item))).astype(np.int64)
    open_still = (days < 0) | (random.random(len(item)) < 1 / 12)
    return np.where(open_still, NO_DAY, occurred + lasts).astype(np.int32)


def _values(
    random: np.random.Generator, known: Profiles, item: npt.NDArray[np.int64], size: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Log-normal around the profile's median; grades stay on their scale; some are not stated."""
    median = known.median[item]
    scale = np.where(known.scales[item], size, 1.0)
    value = np.floor(median * scale * np.exp(known.sigma[item] * random.standard_normal(len(item)))).astype(
        np.int64
    )
    most = known.most[item]
    value = np.where(most >= 0, np.minimum(value, most), value)
    unstated = (median == 0) & (most < 0) | (random.random(len(item)) < UNSTATED_SHARE)
    return np.where(unstated, NO_VALUE, value)


def _received(
    random: np.random.Generator, occurred: npt.NDArray[np.int32], until: date
) -> npt.NDArray[np.int32]:
    late = random.random(len(occurred)) < LATE_SHARE
    delay = random.exponential(np.where(late, _LATE_DELAY, _USUAL_DELAY))
    return np.minimum(occurred + delay.astype(np.int64), day_number(until)).astype(np.int32)
