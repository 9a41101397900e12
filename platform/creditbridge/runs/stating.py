"""What was found of a firm in full, in one canonical form: the bytes that a replay compares. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from creditbridge.runs import results
from creditbridge.runs.derived import derived_facts
from creditbridge.runs.evaluating import CATEGORIES, Model
from creditbridge.runs.results import Results
from creditbridge.scoring.scorecards import GRADES


@dataclass(frozen=True, slots=True)
class Heading:
    """Of which run a finding is, for which day, and the digest of the model it rests on."""

    run_id: str
    on: date
    model_digest: str


def as_bytes(found: Results, row: int, model: Model, heading: Heading) -> bytes:
    """What was found of the firm in a row."""
    codes = model.indicators.codes
    facts = tuple(derived_facts())
    stated: dict[str, Any] = {
        "run": heading.run_id,
        "on": heading.on.isoformat(),
        "model": heading.model_digest,
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
