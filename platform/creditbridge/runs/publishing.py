"""Making findings current: labels with their evidence, and the facts that products ask for.

Only what changed is written. A value that holds on is confirmed once a month, so that it never looks older than the
last full run, and for the same date a full and a daily run leave the same behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from creditbridge.facts import snapshots, stored
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, fact_value_from_json
from creditbridge.facts.recording import Said, Stated, record_said
from creditbridge.facts.values import RawValue, value_from_json, value_to_json
from creditbridge.labels import counting
from creditbridge.labels import recording as labels_recording
from creditbridge.runs import derived
from creditbridge.runs.evaluating import Evaluated, Model
from creditbridge.runs.rules import month_start
from creditbridge.scoring.scorecards import GRADES

SCORED = ("platform_score", "platform_grade", "labels")

Wanted = Mapping[str, tuple[RawValue, FactSource]]
"""The facts a firm is to have, by code."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be current of the firms that were worked on, as plain data: any process can have made it."""

    on: date
    labels: labels_recording.Prepared
    firm_ids: Sequence[int]
    wanted: Sequence[Said]


def prepare(evaluated: Evaluated, model: Model, held: Mapping[int, str]) -> Prepared:
    """The labels and facts that firms are to have, by their keys; ``held`` has the digests of labels as they are. Pure."""
    register = evaluated.registrations
    keys = register.firm_id.tolist()
    by_number = dict(zip(register.firm_no.tolist(), keys, strict=True))
    return Prepared(
        evaluated.on,
        labels_recording.prepare(evaluated.assigned, evaluated.city, by_number, held),
        keys,
        tuple(wanted_columns(evaluated, model)),
    )


def record_labels(session: Session, prepared: Prepared) -> None:
    """Write the labels that changed, with their evidence."""
    labels_recording.write(session, prepared.labels)


def publish(session: Session, prepared: Prepared, run_id: str) -> int:
    """Make the facts current; answers how many firms' facts changed in any way."""
    if not prepared.firm_ids:
        return 0
    wanted = [(said.code, said.source) for said in prepared.wanted]
    on, first = prepared.on.isoformat(), month_start(prepared.on).isoformat()

    def news(values: Sequence[Any], held: Mapping[str, Stated]) -> dict[str, Stated | None]:
        return news_of(wanted, values, held, on=on, first=first)

    return record_said(session, prepared.firm_ids, prepared.wanted, news, reason=f"run {run_id}")


def wanted_columns(evaluated: Evaluated, model: Model) -> Iterator[Said]:
    """The facts firms are to have, in their order. Internal labels are left out: verdicts show values."""
    for one, values in derived.columns_of(evaluated.derived):
        yield Said(one.fact.code, one.source.value, values)
    rated, platform = evaluated.rated.tolist(), FactSource.PLATFORM_SCORE.value
    scores = evaluated.scores.score.tolist()
    grades = [GRADES[place] for place in evaluated.scores.grade.tolist()]
    for code, values in (("platform_score", scores), ("platform_grade", grades)):
        yield Said(
            code, platform, [value if known else None for value, known in zip(values, rated, strict=True)]
        )
    yield Said("labels", platform, _matchable_labels(evaluated, model))


def _matchable_labels(evaluated: Evaluated, model: Model) -> list[list[str]]:
    """The codes each firm carries, sorted. Many firms carry the same: each such list is there once."""
    places = sorted(
        (place for place, label in enumerate(model.labels) if label.matchable),
        key=lambda place: model.labels[place].code,
    )
    codes = [model.labels[place].code for place in places]
    carried = evaluated.assigned.carried[:, places]
    lists: dict[bytes, list[str]] = {}
    found = []
    for row, packed in zip(carried, np.packbits(carried, axis=1), strict=True):
        key = packed.tobytes()
        if key not in lists:
            lists[key] = [codes[place] for place in np.flatnonzero(row).tolist()]
        found.append(lists[key])
    return found


def wanted_by_firm(evaluated: Evaluated, model: Model) -> Iterator[Wanted]:
    """The facts of each firm, in their order."""
    columns = tuple(wanted_columns(evaluated, model))
    kinds = [(said.code, catalogue()[said.code], FactSource(said.source)) for said in columns]
    for values in zip(*(said.values for said in columns), strict=True):
        yield {
            code: (value_from_json(fact, value), source)
            for (code, fact, source), value in zip(kinds, values, strict=True)
            if value is not None
        }


def news_of(
    wanted: Sequence[tuple[str, str]],
    values: Sequence[Any],
    held: Mapping[str, Stated],
    *,
    on: str,
    first: str,
) -> dict[str, Stated | None]:
    """What has to be written so that a firm has the facts it is to have, in the form in which facts are stored.

    A fact that records used to tell and no longer do is taken away; one that somebody else told stays.

    Args:
        wanted: code and source of each fact.
        values: its values in their JSON form, None where the firm is not to have it from here.
        held: the facts as they are.
        on: the day of the run.
        first: the first day of its month.
    """
    news: dict[str, Stated | None] = {}
    said = set()
    for (code, source), value in zip(wanted, values, strict=True):
        if value is None:
            continue
        said.add(code)
        known = held.get(code)
        as_of = on
        if (
            known is not None
            and known["value"] == value
            and known["source"] == source
            and known["confirmed"]
            and type(known["value"]) is type(value)
        ):
            if known["as_of"] >= first:
                continue
            as_of = first
        news[code] = {"value": value, "source": source, "as_of": as_of, "confirmed": True}
    for code in held.keys() - said:
        if held[code]["source"] == _told_by_records().get(code):
            news[code] = None
    return news


@cache
def _told_by_records() -> Mapping[str, str]:
    """The sources of the facts that a run tells, by code."""
    return {
        **{code: one.source.value for code, one in derived.derived_facts().items()},
        **dict.fromkeys(SCORED, FactSource.PLATFORM_SCORE.value),
    }


def changes_for(wanted: Wanted, known: FirmFacts, on: date) -> dict[str, FactValue | None]:
    """:func:`news_of` for one firm, as values."""
    news = news_of(
        [(code, source.value) for code, (_, source) in wanted.items()],
        [value_to_json(value) for value, _ in wanted.values()],
        stored.to_row(known.values),
        on=on.isoformat(),
        first=month_start(on).isoformat(),
    )
    return {
        code: None if stated is None else fact_value_from_json(code, stated) for code, stated in news.items()
    }


def laid_over(known: FirmFacts, wanted: Wanted, on: date) -> FirmFacts:
    """The facts a firm would have."""
    return known.with_values(changes_for(wanted, known, on))


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands once every part is current: the hash of the snapshot, which is written, and the labels' bitmaps."""

    snapshot: str
    bitmaps: counting.Bitmaps


def standing(session: Session) -> Standing:
    """Write the snapshot and gather the bitmaps. The database is only read: of a city that takes its time."""
    return Standing(snapshots.take(session), counting.read(session))


def close(session: Session, stands: Standing) -> str:
    """Keep what stands; answers the snapshot's hash."""
    counting.keep(session, stands.bitmaps)
    return stands.snapshot
