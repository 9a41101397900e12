"""Reading the lake: every record of a bucket or of some firms, as it counts on a day.

A :class:`Lake` is what was in force at one moment: the list of files and the overlays. It is plain data, so it can be
handed to other processes; files are never changed under it. What is disputed, repaired, corrected, expired, replaced
by a newer entry of its source or past its retention is honoured here, once, for every reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from creditbridge.records import retention, segments
from creditbridge.records.buckets import BUCKETS, bucket_of, buckets_of
from creditbridge.records.columns import RecordColumns, day_number
from creditbridge.records.overlaying import Overlay, OverlayKind

__all__ = ["BUCKETS", "Lake", "Watermark", "bucket_of"]


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the lake was filled at a moment: numbers of records and of overlays below these were there."""

    record_no: int
    overlay_no: int


@dataclass(frozen=True, slots=True)
class Lake:
    """The lake at one moment.

    Attributes:
        folder: where its files lie.
        files: files of records by bucket, in the order in which they came.
        replaced: files that name replaced records, by bucket.
        purged: the file that says of which firms records are gone for good, by bucket.
        overlays: what lies over records, by bucket.
        watermark: how far it was filled; :meth:`at` goes back to an earlier one.
        generation: rises with every change.
    """

    folder: Path
    files: Mapping[int, Sequence[str]] = field(default_factory=dict)
    replaced: Mapping[int, Sequence[str]] = field(default_factory=dict)
    purged: Mapping[int, Sequence[str]] = field(default_factory=dict)
    overlays: Mapping[int, Sequence[Overlay]] = field(default_factory=dict)
    watermark: Watermark = Watermark(2**63 - 1, 2**63 - 1)
    generation: int = 0

    def at(self, watermark: Watermark) -> Lake:
        """The lake as it was when it was filled so far, as long as nothing of it was purged since."""
        return replace(self, watermark=watermark)

    def read(self, bucket: int, on: date) -> RecordColumns:
        """Every record of a bucket that counts on a day."""
        parts = [segments.records(self.folder / name) for name in self.files.get(bucket, ())]
        return retention.kept(self._valid(bucket, RecordColumns.joined(parts), on), on)

    def read_firms(self, firm_nos: npt.ArrayLike, on: date) -> RecordColumns:
        """Every record of some firms that counts on a day."""
        return retention.kept(self.held_on(firm_nos, on), on)

    def held_on(self, firm_nos: npt.ArrayLike, on: date) -> RecordColumns:
        """The same with those past their retention: for whoever knows it by catalogues of another time."""
        wanted = np.unique(np.asarray(firm_nos, dtype=np.uint32))
        of_bucket = buckets_of(wanted)
        parts = []
        for bucket in np.unique(of_bucket).tolist():
            firms = wanted[of_bucket == bucket]
            held = [segments.records_of(self.folder / name, firms) for name in self.files.get(bucket, ())]
            parts.append(self._valid(bucket, RecordColumns.joined(held), on))
        return RecordColumns.joined(parts)

    def held_of(self, firm_no: int) -> RecordColumns:
        """Every record held of a firm, whether it counts or not: what a desk for disputes looks at."""
        bucket, firm = bucket_of(firm_no), np.array([firm_no], np.uint32)
        parts = [segments.records_of(self.folder / name, firm) for name in self.files.get(bucket, ())]
        return self._without(bucket, RecordColumns.joined(parts))

    def has_lost(self, firm_no: int) -> bool:
        """Whether records of a firm that were there by the watermark have been purged since."""
        for name in self.purged.get(bucket_of(firm_no), ()):
            columns = segments.mapped(self.folder / name)
            place = int(np.searchsorted(columns["firm_no"], firm_no))
            if place < len(columns["firm_no"]) and columns["firm_no"][place] == firm_no:
                return bool(columns["record_no"][place] < self.watermark.record_no)
        return False

    def overlays_of(self, firm_no: int) -> Sequence[Overlay]:
        """What lies over the records of a firm."""
        return [one for one in self.overlays.get(bucket_of(firm_no), ()) if one.firm_no == firm_no]

    def rows(self) -> Mapping[int, int]:
        """How many records each bucket holds, replaced ones included."""
        return {
            bucket: sum(len(segments.mapped(self.folder / name)["record_no"]) for name in names)
            for bucket, names in self.files.items()
        }

    def _without(self, bucket: int, records: RecordColumns) -> RecordColumns:
        """Without what came later than the watermark, and without what was replaced by then."""
        limit = self.watermark.record_no
        dropped = records.record_no >= limit
        if len(records) and (gone := self._replaced(bucket, limit)).size:
            place = np.minimum(np.searchsorted(gone, records.record_no), gone.size - 1)
            dropped |= gone[place] == records.record_no
        return records.taken(~dropped) if dropped.any() else records

    def _replaced(self, bucket: int, limit: int) -> npt.NDArray[np.int64]:
        parts = [segments.mapped(self.folder / name) for name in self.replaced.get(bucket, ())]
        gone = [part["record_no"][part["by_record_no"] < limit] for part in parts]
        return np.unique(np.concatenate(gone)) if gone else np.empty(0, np.int64)

    def _valid(self, bucket: int, records: RecordColumns, on: date) -> RecordColumns:
        """With what lies over them, and without what occurs later."""
        laid = self._overlaid(bucket, self._without(bucket, records), on)
        later = laid.occurred_on > day_number(on)
        return laid.taken(~later) if later.any() else laid

    def _overlaid(self, bucket: int, records: RecordColumns, on: date) -> RecordColumns:
        limit = self.watermark.overlay_no
        valid = [one for one in self.overlays.get(bucket, ()) if one.holds_on(on, limit)]
        if not valid or not len(records):
            return records
        by_number = _places_by_number(records, [one.record_no for one in valid])
        out = np.zeros(len(records), np.bool_)
        changed: dict[str, npt.NDArray[Any]] = {}
        for one in valid:
            place = by_number.get(one.record_no)
            if place is None:
                continue
            if one.kind is OverlayKind.CORRECTED and not one.withdrawn:
                _correct(records, changed, place, one)
            else:
                out[place] = True
        corrected = replace(records, **changed) if changed else records
        left = corrected.taken(~out) if out.any() else corrected
        return left.ordered() if changed else left


def _places_by_number(records: RecordColumns, wanted: Sequence[int]) -> dict[int, int]:
    found = np.flatnonzero(np.isin(records.record_no, np.array(wanted, np.int64)))
    return dict(zip(records.record_no[found].tolist(), found.tolist(), strict=True))


def _correct(
    records: RecordColumns, changed: dict[str, npt.NDArray[Any]], place: int, overlay: Overlay
) -> None:
    """Put the corrected values into copies of the columns they change."""
    for name, value in overlay.corrections().items():
        if name not in changed:
            changed[name] = getattr(records, name).copy()
        changed[name][place] = value
