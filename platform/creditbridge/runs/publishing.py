"""Making findings current: labels with their evidence, and the facts that products ask for.

Only what changed is written. A value that holds on is confirmed once a month, so that it never looks older than the
last full run, and for the same date a full and a daily run leave the same behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts import snapshots
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.facts.values import RawValue
from creditbridge.labels import counting, recording
from creditbridge.runs import derived
from creditbridge.runs.evaluating import Evaluated, Model
from creditbridge.runs.results import Results
from creditbridge.runs.rules import month_start
from creditbridge.scoring.scorecards import GRADES

SCORED = ("platform_score", "platform_grade", "labels")
_CHUNK = 500

Wanted = Mapping[str, tuple[RawValue, FactSource]]
"""The facts a firm is to have, by code."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of the firms that were worked on."""

    evaluated: Evaluated
    results: Results

    def __len__(self) -> int:
        return len(self.results)


def record_labels(session: Session, findings: Findings) -> None:
    """Write the labels that changed, with their evidence."""
    evaluated = findings.evaluated
    register = evaluated.registrations
    keys = dict(zip(register.firm_no.tolist(), register.firm_id.tolist(), strict=True))
    recording.record(session, evaluated.assigned, evaluated.city, keys)


def publish(session: Session, findings: Findings, model: Model, run_id: str) -> int:
    """Make the facts current; answers how many firms' facts changed in any way."""
    evaluated = findings.evaluated
    if not len(evaluated):
        return 0
    register = evaluated.registrations
    changed = 0
    for begin in range(0, len(evaluated), _CHUNK):
        rows = range(begin, min(begin + _CHUNK, len(evaluated)))
        held = facts.facts_of_many(session, [int(register.firm_id[row]) for row in rows])
        changes = {}
        for row in rows:
            firm_id = int(register.firm_id[row])
            known = held.get(firm_id) or FirmFacts(0)
            if fresh := dict(changes_for(wanted_of(evaluated, model, row), known, evaluated.on)):
                changes[firm_id] = fresh
        if changes:
            facts.record_many(session, changes, actor=None, reason=f"run {run_id}")
        changed += len(changes)
    return changed


def wanted_of(evaluated: Evaluated, model: Model, row: int) -> Wanted:
    """The facts one firm is to have. Internal labels are left out: verdicts show values."""
    found: dict[str, tuple[RawValue, FactSource]] = {
        one.fact.code: (value, one.source) for one, value in derived.values_of(evaluated.derived, row)
    }
    if evaluated.rated[row]:
        scores = evaluated.scores
        found["platform_score"] = (int(scores.score[row]), FactSource.PLATFORM_SCORE)
        found["platform_grade"] = (GRADES[int(scores.grade[row])], FactSource.PLATFORM_SCORE)
    carried = [model.labels[int(place)] for place in np.flatnonzero(evaluated.assigned.carried[row])]
    codes = frozenset(label.code for label in carried if label.matchable)
    found["labels"] = (codes, FactSource.PLATFORM_SCORE)
    return found


def changes_for(wanted: Wanted, known: FirmFacts, on: date) -> Iterator[tuple[str, FactValue | None]]:
    """What has to be written so that a firm has the facts it is to have.

    A fact that records used to tell and no longer do is taken away; one that somebody else told stays.
    """
    for code, (value, source) in wanted.items():
        held = known.values.get(code)
        same = held is not None and held.value == value and held.source is source and held.confirmed
        if same and held is not None and held.as_of >= month_start(on):
            continue
        yield code, FactValue(value, source, month_start(on) if same else on)
    for code in (*derived.derived_facts(), *SCORED):
        held = known.values.get(code)
        if code not in wanted and held is not None and held.source is _source_of(code):
            yield code, None


def laid_over(known: FirmFacts, wanted: Wanted, on: date) -> FirmFacts:
    """The facts a firm would have."""
    return known.with_values(dict(changes_for(wanted, known, on)))


def _source_of(code: str) -> FactSource:
    one = derived.derived_facts().get(code)
    return FactSource.PLATFORM_SCORE if one is None else one.source


def close(session: Session) -> str:
    """Keep what stands once every part is current; answers the snapshot's hash."""
    counting.rebuild(session)
    return snapshots.take(session)
