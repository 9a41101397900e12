"""Finding what the firms of a part come to: from plain data alone, in whatever process.

A part's findings are written to its file where they are found; what is to become current of them is answered, for the
one process that writes to the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.records.buckets import BUCKETS, buckets_of
from creditbridge.records.columns import RecordColumns, day_number
from creditbridge.records.lake import Lake, Watermark
from creditbridge.runs import publishing, results, rules, summing, touched
from creditbridge.runs.evaluating import Model, evaluate
from creditbridge.runs.registrations import Registrations
from creditbridge.runs.results import Results
from creditbridge.runs.rules import RunKind


@dataclass(frozen=True, slots=True)
class Work:
    """A run as its parts need it: plain data, the same for all of them."""

    run_id: int
    public_id: str
    kind: RunKind
    on: date
    parts: int
    lake: Lake
    model: Model
    registrations: Registrations
    folder: Path
    base: Base | None

    def of_part(self, part: int) -> Registrations:
        return self.registrations.taken(buckets_of(self.registrations.firm_no) % self.parts == part)


@dataclass(frozen=True, slots=True)
class Base:
    """The run before, whose findings stand for firms that are neither touched nor due."""

    folder: Path
    files: dict[int, str]
    watermark: Watermark
    on: date

    def part(self, part: int) -> Results:
        return results.read_once(self.folder / self.files[part])


@dataclass(frozen=True, slots=True)
class Found:
    """What a part came to: its file, what the file says in short, and what is to become current.

    ``computed`` is how many of its firms were worked on now; ``prepared`` is None for a run that makes nothing current.
    """

    part: int
    file: str
    digest: str
    firms: int
    computed: int
    tallies: dict[str, Any]
    prepared: publishing.Prepared | None


def find(work: Work, part: int, held: Mapping[int, str]) -> Found:
    """What the part's firms come to, written to the part's file.

    Args:
        work: the run.
        part: which of its parts.
        held: the digests of the labels that its firms carry now, by their keys.
    """
    firms = work.of_part(part)
    before = work.base.part(part) if work.base else None
    chosen = firms if before is None else firms.taken(_touched_or_due(work, part, firms, before))
    evaluated = evaluate(_records_of(work, part, chosen), chosen, work.model, work.on)
    fresh = results.of(evaluated)
    whole = fresh if before is None else results.merged(before, fresh)
    name = f"{work.public_id}/{part:02}.arrow"
    results.write(whole, work.folder / name, {"run": work.public_id, "on": work.on.isoformat()})
    return Found(
        part=part,
        file=name,
        digest=whole.digest(),
        firms=len(whole),
        computed=len(fresh),
        tallies=summing.tallies_of(whole),
        prepared=publishing.prepare(evaluated, work.model, held) if work.kind.publishes else None,
    )


def _touched_or_due(work: Work, part: int, firms: Registrations, before: Results) -> NDArray[np.bool_]:
    """Firms that are new, registered otherwise, with records or overlays since, or on whose day something moves."""
    assert work.base is not None
    firm_no = firms.firm_no
    place = np.searchsorted(before.firm_no, firm_no).clip(0, max(len(before) - 1, 0))
    if not len(before):
        return np.ones(len(firm_no), np.bool_)
    new: NDArray[np.bool_] = before.firm_no[place] != firm_no
    register = firms.stated()
    moved = np.any(register != before.registration[place], axis=1)
    due = before.next_change_on[place] <= day_number(work.on)
    since = touched.since(
        work.lake, rules.buckets_in(part, work.parts), work.base.watermark, work.base.on, work.on
    )
    wanted: NDArray[np.bool_] = new | moved | due | np.isin(firm_no, since)
    return wanted


def _records_of(work: Work, part: int, firms: Registrations) -> RecordColumns:
    """The records of these firms as they count on the run's day."""
    if not len(firms):
        return RecordColumns.empty()
    buckets = rules.buckets_in(part, work.parts)
    if len(firms) * BUCKETS < len(work.registrations) * len(buckets) // 4:
        return work.lake.read_firms(firms.firm_no, work.on)
    held = RecordColumns.joined(work.lake.read(bucket, work.on) for bucket in buckets)
    ours = np.isin(held.firm_no, firms.firm_no)
    return held if ours.all() else held.taken(ours)
