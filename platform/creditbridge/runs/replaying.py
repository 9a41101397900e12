"""A past score, worked out again from the records, registration and model it was found with, and compared byte by byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel.errors import InvalidInput, NotFound
from creditbridge.kernel.words import Words
from creditbridge.records import manifest
from creditbridge.records.columns import RecordColumns
from creditbridge.records.lake import Watermark
from creditbridge.registry import service as registry
from creditbridge.runs import models, registrations, results, service
from creditbridge.runs.derived import derived_facts
from creditbridge.runs.evaluating import CATEGORIES, Evaluated, Model, evaluate
from creditbridge.runs.model import Run
from creditbridge.runs.results import Results
from creditbridge.runs.rules import parse_evaluation_id
from creditbridge.runs.service import Found
from creditbridge.scoring.scorecards import GRADES

_EVALUATION = Words("评价结果", "evaluation")
_FORM = Words(
    "评价编号由评价任务编号和企业编号组成，中间用点隔开。",
    "The id of an evaluation is the id of the run and that of the firm with a dot between them.",
)
EXPIRED = Words(
    "该次评价的数据已超过保存期限，只保留结果摘要。",
    "The data of this evaluation is past its retention; its digest remains.",
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A past evaluation and the same worked out again, each as bytes; ``again`` is None past the retention."""

    kept: bytes | None
    again: bytes | None
    run_digest: str

    @property
    def is_same(self) -> bool:
        return self.kept is not None and self.kept == self.again

    @property
    def digest(self) -> str:
        return sha256(self.kept or b"").hexdigest()


def replay(session: Session, evaluation_id: str) -> Replayed:
    """Work a past evaluation out again.

    Raises:
        InvalidInput: the id is none.
        NotFound: there is no such run or firm, or the run did not look at the firm.
        RuleRefused: the installation's catalogues are no longer those of the run.
    """
    parsed = parse_evaluation_id(evaluation_id)
    if parsed is None:
        raise InvalidInput({"id": [_FORM]})
    run_id, firm_public_id = parsed
    run = session.scalar(select(Run).where(Run.public_id == run_id))
    firm = registry.firm(session, firm_public_id)
    if run is None:
        raise NotFound(_EVALUATION)
    found = service.found_of(session, run, firm.firm_no)
    if found is None:
        return Replayed(None, None, run.digest)
    model = models.of_run(session, run)
    worked_out = again(session, found, firm.firm_no, model)
    if worked_out is None:
        raise NotFound(_EVALUATION)
    fresh = results.of(worked_out[1])
    return Replayed(
        as_bytes(found.results, found.row, model, run), as_bytes(fresh, 0, model, run), run.digest
    )


def again(
    session: Session, found: Found, firm_no: int, model: Model
) -> tuple[RecordColumns, Evaluated] | None:
    """A firm evaluated anew as a run did: the records that counted, and what comes of them; None for a run not begun."""
    run = found.run
    if run.record_no is None or run.overlay_no is None:
        return None
    as_now = registrations.read(session, [firm_no])
    register = as_now.as_stated(found.results.registration[found.row : found.row + 1])
    lake = manifest.opened(session).at(Watermark(run.record_no, run.overlay_no))
    records = lake.read_firms([firm_no], run.on_date)
    return records, evaluate(records, register, model, run.on_date)


def as_bytes(found: Results, row: int, model: Model, run: Run) -> bytes:
    """What was found of a firm in full, in one canonical form."""
    codes = model.indicators.codes
    facts = tuple(derived_facts())
    stated: dict[str, Any] = {
        "run": run.public_id,
        "on": run.on_date.isoformat(),
        "model": run.model_digest,
        "firm_no": int(found.firm_no[row]),
        "score": int(found.score[row]),
        "grade": GRADES[int(found.grade[row])] if int(found.score[row]) != results.UNRATED else None,
        "type": int(found.type[row]),
        "level": int(found.level[row]),
        "sides": {category.value: int(found.sides[row, place]) for place, category in enumerate(CATEGORIES)},
        "indicators": {
            code: int(found.values[row, place]) for place, code in enumerate(codes) if found.known[row, place]
        },
        "labels": [model.labels[int(place)].code for place in np.flatnonzero(found.labels[row])],
        "facts": {
            code: int(found.facts[row, place])
            for place, code in enumerate(facts)
            if found.facts_known[row, place]
        },
        "next_change_on": int(found.next_change_on[row]),
    }
    return json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
