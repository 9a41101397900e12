"""The file of a part of a run: what was found of each of its firms, never changed once it is written.

An uncompressed Arrow file with one row a firm, in the order of their numbers, that is read in place: one firm's row, or
one column of all, without reading the rest. Its digest is of what it says, not of how the file says it, and leaves out
what does not depend on records and model alone. Pure but for reading and writing the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from creditbridge.runs import derived
from creditbridge.runs.evaluating import Evaluated

UNRATED = -1


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, by column. ``score`` is -1 where too little is known to rate a firm.

    Attributes:
        firm_no: u4, rising.
        registration: i8 [firms, 8], what the register said; see :meth:`Registrations.stated`.
        score: i2, 0 to 1000.
        grade, type, level: u1, places on their scales; 0 where unrated.
        sides: i2 [firms, categories], what each side of a firm's credit came to, 0 to 1000; -1 where nothing is known.
        values, known: i8 and bool [firms, indicators].
        labels: bool [firms, labels].
        facts, facts_known: i8 and bool [firms, derived facts].
        next_change_on: i4.
    """

    firm_no: NDArray[np.uint32]
    registration: NDArray[np.int64]
    score: NDArray[np.int16]
    grade: NDArray[np.uint8]
    type: NDArray[np.uint8]
    level: NDArray[np.uint8]
    sides: NDArray[np.int16]
    values: NDArray[np.int64]
    known: NDArray[np.bool_]
    labels: NDArray[np.bool_]
    facts: NDArray[np.int64]
    facts_known: NDArray[np.bool_]
    next_change_on: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.firm_no)

    def place_of(self, firm_no: int) -> int | None:
        """The row of a firm; None if it is none of them."""
        place = int(np.searchsorted(self.firm_no, np.uint32(firm_no)))
        return place if place < len(self) and int(self.firm_no[place]) == firm_no else None

    def taken(self, which: NDArray[Any] | slice) -> Results:
        return Results(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def digest(self) -> str:
        """Of everything in it, byte by byte."""
        whole = sha256()
        for field in fields(self):
            column = np.ascontiguousarray(getattr(self, field.name))
            whole.update(f"{field.name} {column.dtype.str} {column.shape}\n".encode())
            whole.update(column.tobytes())
        return whole.hexdigest()


_WIDE = {"registration", "sides", "values", "known", "labels", "facts", "facts_known"}
_BITS = {"known", "labels", "facts_known"}


def of(evaluated: Evaluated) -> Results:
    """The findings as columns."""
    scores, rated = evaluated.scores, evaluated.rated
    facts, facts_known = derived.numbers_of(evaluated.derived)
    return Results(
        firm_no=evaluated.firms.firm_no,
        registration=evaluated.registrations.stated(),
        score=np.where(rated, scores.score, UNRATED).astype(np.int16),
        grade=np.where(rated, scores.grade, 0).astype(np.uint8),
        type=np.where(rated, scores.type, 0).astype(np.uint8),
        level=np.where(rated, scores.level, 0).astype(np.uint8),
        sides=evaluated.sides,
        values=np.where(evaluated.table.known, evaluated.table.values, 0),
        known=evaluated.table.known,
        labels=evaluated.assigned.carried,
        facts=facts,
        facts_known=facts_known,
        next_change_on=evaluated.next_change_on,
    )


def merged(before: Results, fresh: Results) -> Results:
    """Earlier findings with newer ones in their place; firms in either are in the answer."""
    kept = before.taken(~np.isin(before.firm_no, fresh.firm_no))
    columns = {
        field.name: np.concatenate([getattr(kept, field.name), getattr(fresh, field.name)])
        for field in fields(Results)
    }
    return Results(**columns).taken(np.argsort(columns["firm_no"], kind="stable"))


def write(results: Results, path: Path, notes: Mapping[str, str]) -> None:
    """Write the file aside and put it in its place whole."""
    arrays, shape = [], {}
    for field in fields(results):
        column = getattr(results, field.name)
        stored = column.astype(np.uint8) if field.name in _BITS else column
        if field.name in _WIDE:
            width = column.shape[1]
            flat = pa.array(np.ascontiguousarray(stored).reshape(-1))
            arrays.append(
                pa.FixedSizeListArray.from_arrays(flat, max(width, 1)) if width else pa.nulls(len(column))
            )
            shape[field.name] = str(width)
        else:
            arrays.append(pa.array(np.ascontiguousarray(stored)))
    schema = pa.schema(
        [(field.name, array.type) for field, array in zip(fields(results), arrays, strict=True)],
        metadata={**notes, **{f"width/{name}": width for name, width in shape.items()}},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.aside")
    with pa.OSFile(str(aside), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))
    with aside.open("rb+") as written:
        os.fsync(written.fileno())
    aside.replace(path)


@lru_cache(maxsize=256)
def read(path: Path) -> Results:
    """A part's findings, read in place. A file is never changed, so one that was read stays good, and stays open."""
    return read_once(path)


def read_once(path: Path) -> Results:
    """The same for who goes through all parts of a city and comes to each only once."""
    with pa.memory_map(str(path)) as source:
        batch = pa.ipc.open_file(source).get_batch(0)
    columns: dict[str, Any] = {}
    for field in fields(Results):
        held = batch.column(field.name)
        if field.name in _WIDE:
            width = int(batch.schema.metadata[f"width/{field.name}".encode()])
            values = held.flatten().to_numpy() if width else np.empty(0, np.uint8)
            column = values.reshape(len(held), width)
        else:
            column = held.to_numpy()
        columns[field.name] = column.view(np.bool_) if field.name in _BITS else column
    return Results(**columns)


def notes_of(path: Path) -> dict[str, str]:
    """What was written beside the columns."""
    with pa.memory_map(str(path)) as source:
        metadata = pa.ipc.open_file(source).schema.metadata or {}
    return {key.decode(): value.decode() for key, value in metadata.items()}
