"""Snapshots of FirmFacts: everything known of every firm at a moment, in a file that never changes.

A snapshot is named by the hash of its content: the same city gives the same name, whatever the order in which its facts
came about. Values, sources, dates and places on lists are in it, the change counter is not. It is Parquet with one row a
firm in the order of their numbers, so that one firm is read without the others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from creditbridge.facts import service
from creditbridge.facts.catalogue import Subject, catalogue
from creditbridge.facts.firm_facts import FirmFacts

FOLDER_KEY = "snapshot_folder"
"""Where a session finds the folder of snapshots (``Session.info``)."""
_ROWS = 2_048
_encoded = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_SCHEMA = pa.schema(
    [pa.field("firm_no", pa.uint32(), nullable=False), pa.field("facts", pa.string(), nullable=False)]
)


class BrokenSnapshot(RuntimeError):
    """A snapshot does not hold what its name says."""


def take(session: Session) -> str:
    """Write a snapshot of the city as this transaction sees it; answers its hash. One that is there is left alone."""
    return _write(folder(session), _stored(session))


def folder(session: Session) -> Path:
    place = session.info.get(FOLDER_KEY)
    if place is None:
        raise RuntimeError("the database was opened without a folder for snapshots")
    return Path(place)


def write(place: Path, city: Iterable[FirmFacts]) -> str:
    """Write a snapshot of firms in the order of their numbers; answers its hash."""
    return _write(place, ((known.firm_no, _as_text(known)) for known in city))


def _write(place: Path, city: Iterable[tuple[int, str]]) -> str:
    place.mkdir(parents=True, exist_ok=True)
    aside = place / f"{os.getpid()}.aside"
    whole = sha256()
    with pq.ParquetWriter(aside, _SCHEMA, compression="zstd") as writer:
        rows = iter(city)
        while chunk := list(islice(rows, _ROWS)):
            whole.update("".join([f"{number} {text}\n" for number, text in chunk]).encode())
            columns = [[number for number, _ in chunk], [text for _, text in chunk]]
            writer.write_table(pa.table(columns, schema=_SCHEMA), row_group_size=_ROWS)
    with aside.open("rb+") as written:
        os.fsync(written.fileno())
    name = whole.hexdigest()
    aside.replace(place / f"{name}.parquet")
    return name


def read(place: Path, name: str, firm_no: int) -> FirmFacts | None:
    """One firm as it stood; None if it was not there yet.

    Raises:
        FileNotFoundError: there is no such snapshot, or no longer.
    """
    found = pq.read_table(place / f"{name}.parquet", filters=pc.field("firm_no") == firm_no)
    return _from_text(firm_no, found["facts"][0].as_py()) if found.num_rows else None


def verify(place: Path, name: str) -> None:
    """Hold a snapshot to its name.

    Raises:
        BrokenSnapshot: it says something else.
    """
    whole = sha256()
    for batch in pq.ParquetFile(place / f"{name}.parquet").iter_batches(_ROWS):
        for number, text in zip(batch["firm_no"].to_pylist(), batch["facts"].to_pylist(), strict=True):
            whole.update(f"{number} {text}\n".encode())
    if whole.hexdigest() != name:
        raise BrokenSnapshot(name)


def _stored(session: Session) -> Iterator[tuple[int, str]]:
    """Every firm's text from its stored form, which is the form of a snapshot but for the order of its parts.

    A fact that has left the catalogue since is passed over, as it is wherever facts are read.
    """
    told = {code for code, fact in catalogue().items() if fact.subject is Subject.FIRM}
    for _, firm_no, values, lists in service.stored_city(session):
        if not values.keys() <= told:
            values = {code: held for code, held in values.items() if code in told}  # noqa: PLW2901 - the rest of it
        yield firm_no, _encoded({"values": values, "lists": lists})


def _as_text(known: FirmFacts) -> str:
    stated = known.to_json()
    return _encoded({"values": stated["values"], "lists": stated["lists"]})


def _from_text(firm_no: int, text: str) -> FirmFacts:
    stated: dict[str, Any] = json.loads(text)
    return FirmFacts.from_json({"firm_no": firm_no, "change_seq": 0, **stated})
