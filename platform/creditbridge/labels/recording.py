"""Writing what a run found: current labels, withdrawn ones, and nothing where nothing changed.

The run hands over a part of the city at a time (:func:`record`), pushes the labels that may be matched into the facts
(:attr:`Recorded.matchable`), and in the end calls :func:`creditbridge.labels.counting.rebuild`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import numpy as np
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.labels import facets
from creditbridge.labels.catalogue import labels as catalogue
from creditbridge.labels.columns import City
from creditbridge.labels.engine import Assigned
from creditbridge.labels.model import FirmLabels, LabelState, PastLabel
from creditbridge.labels.rules import Ending

_CHUNK = 2_000
_CURRENT = cast("Table", FirmLabels.__table__)
_PAST = cast("Table", PastLabel.__table__)


@dataclass(slots=True)
class Recorded:
    """What one part of a run changed. ``matchable`` has, by firm key, the labels lenders' conditions may name."""

    firms: int = 0
    changed: int = 0
    given: int = 0
    withdrawn: int = 0
    matchable: dict[int, frozenset[str]] = field(default_factory=dict)


def record(
    session: Session,
    assigned: Assigned,
    city: City,
    firm_ids: Mapping[int, int],
) -> Recorded:
    """Write the labels of a city, or of a part of it, where they changed; ``firm_ids`` has each firm's key by number."""
    done = Recorded(firms=len(city.firm_no))
    for rows in _chunks(range(len(city.firm_no))):
        by_key = {firm_ids[int(city.firm_no[row])]: row for row in rows}
        held = _held(session, by_key)
        fresh = {
            firm_id: change
            for firm_id, row in by_key.items()
            if (change := _change(assigned, city, row, held.get(firm_id))) is not None
        }
        _write(session, fresh, held, assigned.on, done)
    if done.changed:
        _raise_generation(session, assigned.on)
    return done


@dataclass(frozen=True, slots=True)
class _Held:
    details: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class _Change:
    codes: list[str]
    details: dict[str, Any]
    facets: dict[str, str]
    digest: str


def _change(assigned: Assigned, city: City, row: int, held: _Held | None) -> _Change | None:
    """What has to be written of one firm; None where nothing has."""
    own_facets = facets.of_row(city, row)
    checksum = zlib.crc32("|".join(f"{code}={value}" for code, value in own_facets.items()).encode())
    digest = f"{int(assigned.digest[row]):016x}{checksum:08x}"
    if held is not None and held.digest == digest:
        return None
    details: dict[str, Any] = {}
    for place in np.flatnonzero(assigned.carried[row]):
        label = assigned.labels[place]
        evidence = assigned.evidence(row, int(place))
        before = held.details.get(label.code) if held else None
        details[label.code] = {
            "since": before["since"] if before else assigned.on.isoformat(),
            "evidence": [piece.to_json() for piece in evidence],
        }
    return _Change(list(details), details, own_facets, digest)


def _held(session: Session, firm_ids: Iterable[int]) -> dict[int, _Held]:
    statement = select(FirmLabels.firm_id, FirmLabels.details, FirmLabels.digest)
    rows = session.execute(statement.where(FirmLabels.firm_id.in_(list(firm_ids))))
    return {firm_id: _Held(details, digest) for firm_id, details, digest in rows}


def _write(
    session: Session, fresh: Mapping[int, _Change], held: Mapping[int, _Held], on: date, done: Recorded
) -> None:
    now = clock.now()
    rows = [
        {
            "key": firm_id,
            "codes": change.codes,
            "details": change.details,
            "facets": change.facets,
            "digest": change.digest,
            "changed_on": on,
            "updated_at": now,
        }
        for firm_id, change in fresh.items()
    ]
    known = [row for row in rows if row["key"] in held]
    if known:
        session.execute(update(_CURRENT).where(_CURRENT.c.firm_id == bindparam("key")), known)
    new = [{"firm_id": row.pop("key"), **row} for row in rows if row["key"] not in held]
    if new:
        session.execute(insert(_CURRENT), new)
    gone = [row for firm_id, change in fresh.items() for row in _gone(firm_id, change, held.get(firm_id), on)]
    if gone:
        session.execute(insert(_PAST), gone)
    for firm_id, change in fresh.items():
        before = held[firm_id].details if firm_id in held else {}
        done.given += len(change.details.keys() - before.keys())
        matchable = _matchable(change.details)
        if firm_id not in held or matchable != _matchable(before):
            done.matchable[firm_id] = matchable
    done.changed += len(fresh)
    done.withdrawn += len(gone)


def _gone(firm_id: int, change: _Change, held: _Held | None, on: date) -> Iterator[dict[str, Any]]:
    for code, detail in (held.details if held else {}).items():
        if code in change.details:
            continue
        label = catalogue().get(code)
        retired = label is None or label.is_retired(on)
        yield {
            "firm_id": firm_id,
            "label": code,
            "since": date.fromisoformat(detail["since"]),
            "until": on,
            "reason": (Ending.RETIRED if retired else Ending.WITHDRAWN).value,
            "evidence": detail["evidence"],
        }


def _matchable(details: Mapping[str, Any]) -> frozenset[str]:
    known = catalogue()
    return frozenset(code for code in details if code in known and known[code].matchable)


def _raise_generation(session: Session, on: date) -> None:
    raised = session.execute(
        update(LabelState)
        .where(LabelState.id == 1)
        .values(generation=LabelState.generation + 1, as_of=on)
        .returning(LabelState.generation)
    ).first()
    if raised is None:
        session.add(LabelState(id=1, generation=1, as_of=on))
        session.flush()


def _chunks(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
