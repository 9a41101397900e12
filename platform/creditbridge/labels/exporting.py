"""The firms of a combination for a file, by column: their names and codes, their facets and labels.

What the index has of a firm is told, as it was counted and chosen by; the register says only who it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import cast

import numpy as np
import numpy.typing as npt
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.labels import facets
from creditbridge.labels.catalogue import numbered
from creditbridge.labels.index import CityIndex, Combination
from creditbridge.registry.model import Firm

MOST_EXPORTED = 1_000_000
"""Firms: with its headings and conditions the most a worksheet holds, in round numbers."""
_CHUNK = 10_000
_FIRM = cast("Table", Firm.__table__).c
_DENSE = 3
"""Firm numbers that lie this much apart in the mean are still read as one stretch."""


@dataclass(frozen=True, slots=True)
class Facet:
    """What some firms have of a facet: the values there are, and for each firm the place of its own; "" is not known."""

    values: Sequence[str]
    places: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Carried:
    """The labels that some firms carry, in the order of their numbers.

    ``places`` has those of each firm among ``codes``, one firm after another; ``bounds`` where each firm's begin.
    """

    codes: Sequence[str]
    places: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FirmColumns:
    """Some firms of a combination, in the order of their numbers.

    ``codes`` are social credit codes, or the old numbers of firms that have none.
    """

    names: Sequence[str]
    codes: Sequence[str]
    facets: Mapping[str, Facet]
    labels: Carried


def allow(session: Session, actor: Actor, wanted: Combination, firms: int) -> None:
    """Write down that the firms of a combination are taken.

    Raises:
        RuleRefused: too_many_firms.
    """
    if firms > MOST_EXPORTED:
        words = Words(
            "符合的企业有 {firms} 家，一个文件最多 {limit} 家。请增加条件，分几个文件导出。",
            "{firms} firms fit, and a file holds {limit} at most. Add conditions and take them in several files.",
        )
        raise RuleRefused("too_many_firms", words.fill(firms=f"{firms:,}", limit=f"{MOST_EXPORTED:,}"))
    record_as(
        session,
        actor,
        "labels.exported",
        subject_kind="labels",
        subject_id="combination",
        firms=firms,
        all_of=list(wanted.all_of),
        any_of=[list(group) for group in wanted.any_of],
        none_of=list(wanted.none_of),
    )


def columns(session: Session, index: CityIndex, wanted: Combination) -> Iterator[FirmColumns]:
    """The firms of a combination, some thousands at a time."""
    numbers = index.firm_nos(wanted)
    for start in range(0, len(numbers), _CHUNK):
        yield _columns(session, index, numbers[start : start + _CHUNK])


def _columns(session: Session, index: CityIndex, numbers: npt.NDArray[np.int64]) -> FirmColumns:
    found, names, codes = _registered(session, numbers)
    every = {code: _facet(index, code, found) for code in facets.FACETS}
    return FirmColumns(names, codes, every, _labels(index, found))


def _registered(
    session: Session, numbers: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], list[str], list[str]]:
    """The firms with these numbers: the numbers again, rising, with names and codes."""
    first, last = int(numbers[0]), int(numbers[-1])
    dense = last - first < _DENSE * len(numbers)
    asked = _FIRM.firm_no.between(first, last) if dense else _FIRM.firm_no.in_(numbers.tolist())
    statement = select(_FIRM.firm_no, _FIRM.name, _FIRM.uscc, _FIRM.old_number).where(asked)
    rows = session.execute(statement.order_by(_FIRM.firm_no)).all()
    every = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    among = np.isin(every, numbers)
    taken = rows if among.all() else list(compress(rows, among.tolist()))
    return every[among], [row[1] for row in taken], [row[2] or row[3] or "" for row in taken]


def _facet(index: CityIndex, facet: str, numbers: npt.NDArray[np.int64]) -> Facet:
    keys = [key for key in index.places if key.partition(":")[0] == facet]
    places = np.zeros(len(numbers), np.int64)
    rows, held = np.nonzero(index.carried(keys, numbers))
    places[rows] = held + 1
    return Facet(["", *(key.partition(":")[2] for key in keys)], places)


def _labels(index: CityIndex, numbers: npt.NDArray[np.int64]) -> Carried:
    codes = [label.code for label in numbered() if label.code in index.places]
    carried = index.carried(codes, numbers)
    bounds = np.concatenate(([0], np.cumsum(carried.sum(axis=1))))
    return Carried(codes, np.nonzero(carried)[1], bounds)
