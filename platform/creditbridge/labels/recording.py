"""Writing what a run found: current labels, withdrawn ones, and nothing where nothing changed.

A run prepares a part of the city at a time (:func:`prepare`), writes it (:func:`write`), pushes the labels that may be matched into the facts
(:attr:`Recorded.matchable`), and in the end calls :func:`creditbridge.labels.counting.rebuild`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import numpy as np
from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.labels import facets
from creditbridge.labels.catalogue import labels as catalogue
from creditbridge.labels.columns import City
from creditbridge.labels.engine import Assigned
from creditbridge.labels.model import FirmLabels, LabelState, PastLabel
from creditbridge.labels.rules import Ending
from creditbridge.store import bulk

_CHUNK = 2_000
_CURRENT = cast("Table", FirmLabels.__table__)
_COLUMNS = ("codes", "details", "facets", "digest", "changed_on", "updated_at")
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
    return write(session, prepare(assigned, city, firm_ids, digests_of(session, list(firm_ids.values()))))


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written of one firm: its labels with what each rests on, its facets and the digest of both.

    Evidence and facets are the text of their JSON forms.
    """

    evidence: Mapping[str, str]
    facets: str
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a part of a run has to write, as plain data: made without a database, in whatever process."""

    on: date
    firms: int
    changes: Mapping[int, Change]


def digests_of(session: Session, firm_ids: Sequence[int]) -> dict[int, str]:
    """The digests of the labels that firms carry, by their keys."""
    found: dict[int, str] = {}
    for chunk in _chunks(firm_ids):
        statement = select(FirmLabels.firm_id, FirmLabels.digest).where(FirmLabels.firm_id.in_(chunk))
        found.update((firm_id, digest) for firm_id, digest in session.execute(statement))
    return found


def prepare(assigned: Assigned, city: City, firm_ids: Mapping[int, int], held: Mapping[int, str]) -> Prepared:
    """What has to be written where a firm's labels are not those of the digest that is held. Pure."""
    changes = {}
    of_firms = facets.of_city(city)
    for row, firm_no in enumerate(city.firm_no.tolist()):
        firm_id = firm_ids[firm_no]
        change = _change(assigned, row, of_firms[row], held.get(firm_id))
        if change is not None:
            changes[firm_id] = change
    return Prepared(assigned.on, len(city.firm_no), changes)


def write(session: Session, prepared: Prepared) -> Recorded:
    """Write what was prepared; a label that was carried before keeps its first day."""
    done = Recorded(firms=prepared.firms)
    for chunk in _chunks(list(prepared.changes)):
        fresh = {firm_id: prepared.changes[firm_id] for firm_id in chunk}
        _write(session, fresh, _held(session, chunk), prepared.on, done)
    if done.changed:
        _raise_generation(session, prepared.on)
    return done


@dataclass(frozen=True, slots=True)
class _Held:
    details: Mapping[str, Any]


def _change(assigned: Assigned, row: int, own_facets: Mapping[str, str], held: str | None) -> Change | None:
    """What has to be written of one firm; None where nothing has."""
    checksum = zlib.crc32("|".join(f"{code}={value}" for code, value in own_facets.items()).encode())
    digest = f"{int(assigned.digest[row]):016x}{checksum:08x}"
    if held == digest:
        return None
    evidence = {
        assigned.labels[place].code: ", ".join(piece.as_text() for piece in assigned.evidence(row, place))
        for place in np.flatnonzero(assigned.carried[row]).tolist()
    }
    return Change(evidence, _encoded(own_facets), digest)


_encoded = json.JSONEncoder(ensure_ascii=False).encode


def _details(change: Change, held: _Held | None, on: date) -> str:
    """Each label with the day it was given and its evidence, as the text that is stored."""
    before = held.details if held else {}
    first = on.isoformat()
    parts = []
    for code, evidence in change.evidence.items():
        since = before[code]["since"] if code in before else first
        parts.append(f'"{code}": {{"since": "{since}", "evidence": [{evidence}]}}')
    return f"{{{', '.join(parts)}}}"


def _held(session: Session, firm_ids: Sequence[int]) -> dict[int, _Held]:
    statement = select(FirmLabels.firm_id, FirmLabels.details)
    rows = session.execute(statement.where(FirmLabels.firm_id.in_(firm_ids)))
    return {firm_id: _Held(details) for firm_id, details in rows}


def _write(
    session: Session, fresh: Mapping[int, Change], held: Mapping[int, _Held], on: date, done: Recorded
) -> None:
    now = clock.now()
    known: list[bulk.Row] = []
    new: list[bulk.Row] = []
    gone: list[dict[str, Any]] = []
    for firm_id, change in fresh.items():
        before = held.get(firm_id)
        codes = list(change.evidence)
        details = _details(change, before, on)
        row = (_encoded(codes), details, change.facets, change.digest, on, now, firm_id)
        (new if before is None else known).append(row)
        carried = before.details if before else {}
        gone += _gone(firm_id, change, carried, on)
        done.given += len(change.evidence.keys() - carried.keys())
        matchable = _matchable(codes)
        if before is None or matchable != _matchable(carried):
            done.matchable[firm_id] = matchable
    bulk.update_rows(session, _CURRENT, "firm_id", _COLUMNS, known)
    bulk.insert_rows(session, _CURRENT, (*_COLUMNS, "firm_id"), new)
    if gone:
        session.execute(insert(_PAST), gone)
    done.changed += len(fresh)
    done.withdrawn += len(gone)


def _gone(firm_id: int, change: Change, carried: Mapping[str, Any], on: date) -> Iterator[dict[str, Any]]:
    for code, detail in carried.items():
        if code in change.evidence:
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


def _matchable(codes: Iterable[str]) -> frozenset[str]:
    known = catalogue()
    return frozenset(code for code in codes if code in known and known[code].matchable)


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
