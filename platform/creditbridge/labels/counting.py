"""The index of the city's labels: built from the current rows, kept as bitmaps, and mapped once a process.

A run rebuilds it in the end. Between a run and its rebuilding pages go on with the index before; each says as of when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any, cast

import numpy as np
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from creditbridge.kernel import ids
from creditbridge.labels import facets
from creditbridge.labels.index import CityIndex, build, packed
from creditbridge.labels.model import FirmLabels, LabelBitmap, LabelState
from creditbridge.registry.model import Firm

PRESENT = "*"
"""The key of the bitmap of all firms that a run has looked at."""
_BITMAPS = cast("Table", LabelBitmap.__table__)


@dataclass(frozen=True, slots=True)
class Counted:
    """The index with the day of the run it shows; None before the first run."""

    index: CityIndex
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Bitmaps:
    """The bitmaps of all current labels, ready to be kept; ``shown`` is how many firms they show."""

    shown: int
    firms: int
    bits: Mapping[str, bytes]


def rebuild(session: Session) -> int:
    """Build the bitmaps of all current labels anew; answers how many firms they show."""
    built = read(session)
    keep(session, built)
    return built.shown


def read(session: Session) -> Bitmaps:
    """The bitmaps as the current labels have them; nothing is written."""
    numbers, members = _gathered(session)
    firms = max(numbers, default=-1) + 1
    keyed = ((PRESENT, numbers), *members.items())
    return Bitmaps(len(numbers), firms, {key: packed(inside, firms).tobytes() for key, inside in keyed})


def keep(session: Session, built: Bitmaps) -> None:
    """Put bitmaps in the place of those there are."""
    rows = [{"key": key, "firms": built.firms, "bits": bits} for key, bits in built.bits.items()]
    session.execute(delete(LabelBitmap))
    session.execute(insert(_BITMAPS), rows)
    session.execute(update(LabelState).where(LabelState.id == 1).values(index_id=ids.public_id()))


def current(session: Session) -> Counted:
    """The newest index there is."""
    state = session.execute(select(LabelState.index_id, LabelState.as_of).where(LabelState.id == 1)).first()
    if state is None:
        return Counted(build([], []), None)
    if not state.index_id:
        return Counted(build(*_members(session)), state.as_of)
    with _lock:
        found = _kept.get(state.index_id)
        if found is None:
            found = _stored(session)
            _kept.clear()
            _kept[state.index_id] = found
    return Counted(found, state.as_of)


_kept: dict[str, CityIndex] = {}
_lock = Lock()


def _stored(session: Session) -> CityIndex:
    rows = session.execute(select(LabelBitmap.key, LabelBitmap.firms, LabelBitmap.bits)).all()
    bits = {key: np.frombuffer(held, np.uint64) for key, _firms, held in rows}
    present = bits.pop(PRESENT)
    places = {key: place for place, key in enumerate(bits)}
    table = np.vstack(list(bits.values())) if bits else np.zeros((0, len(present)), np.uint64)
    return CityIndex(rows[0].firms, places, table, present)


def _members(session: Session) -> tuple[list[int], Iterator[tuple[str, list[int]]]]:
    numbers, members = _gathered(session)
    return numbers, iter(members.items())


def _gathered(session: Session) -> tuple[list[int], Mapping[str, list[int]]]:
    numbers: list[int] = []
    members: dict[str, list[int]] = defaultdict(list)
    statement = (
        select(Firm.firm_no, FirmLabels.codes, FirmLabels.facets)
        .join(FirmLabels, FirmLabels.firm_id == Firm.id)
        .order_by(Firm.firm_no)
    )
    for number, codes, held in session.execute(statement.execution_options(yield_per=5_000)):
        numbers.append(number)
        for key in (*codes, *_facet_keys(held)):
            members[key].append(number)
    return numbers, members


def _facet_keys(held: Mapping[str, Any]) -> Iterator[str]:
    return (facets.key(code, value) for code, value in held.items())
