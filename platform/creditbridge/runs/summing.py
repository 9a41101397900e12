"""What a run comes to: firms by grade and class, and the medians of score, sides and dimensions. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.runs import dimensions, results
from creditbridge.runs.dimensions import Dimension
from creditbridge.runs.evaluating import CATEGORIES, UNKNOWN_SIDE
from creditbridge.runs.results import UNRATED, Results
from creditbridge.scoring.columns import DIVISION_CODES, SECTION_CODES
from creditbridge.scoring.scorecards import GRADES

LEAST_PEERS = 5
"""With fewer firms a median would tell of single ones."""
CITY = "city"
_SECTION, _DIVISION = 0, 1
"""Their places in what a registration states."""
SECTION_OF_CODE = {number: code for code, number in SECTION_CODES.items()}
DIVISION_OF_CODE = {number: code for code, number in DIVISION_CODES.items()}


def tallies_of(found: Results) -> dict[str, dict[str, int]]:
    """Firms of a part by grade and by class (``type/level``); those that are not rated under an empty key."""
    rated = found.score != UNRATED
    grades = {
        GRADES[grade]: int(count) for grade, count in enumerate(np.bincount(found.grade[rated], minlength=5))
    }
    pairs = Counter(zip(found.type[rated].tolist(), found.level[rated].tolist(), strict=True))
    classes = {f"{kind}/{level}": count for (kind, level), count in sorted(pairs.items())}
    return {"grades": {**grades, "": int((~rated).sum())}, "classes": classes}


def summary_of(files: Sequence[Path], tallies: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, Any]:
    """The sums of all parts, and the medians of score and sides by division, section and city."""
    summed: dict[str, Counter[str]] = {"grades": Counter(), "classes": Counter()}
    for part in tallies:
        for name, counts in part.items():
            summed[name].update(counts)
    return {**{name: dict(counts) for name, counts in summed.items()}, "medians": _medians(files)}


def _medians(files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    if not files:
        return {}
    scores, registers, all_sides = [], [], []
    for path in files:
        part = results.read_once(path)
        scores.append(part.score.copy())  # what is kept of a part holds none of its file
        registers.append(part.registration[:, : _DIVISION + 1].copy())
        all_sides.append(part.sides.copy())
    score, register, sides = np.concatenate(scores), np.concatenate(registers), np.concatenate(all_sides)
    of_dimensions = dimensions.of_sides(sides)
    rated = score != UNRATED
    found = {}
    groups = [(CITY, rated)]
    groups += [(code, rated & (register[:, _SECTION] == number)) for number, code in SECTION_OF_CODE.items()]
    groups += [
        (code, rated & (register[:, _DIVISION] == number)) for number, code in DIVISION_OF_CODE.items()
    ]
    for name, chosen in groups:
        count = int(chosen.sum())
        if count >= LEAST_PEERS:
            found[name] = {
                "firms": count,
                "score": int(np.median(score[chosen])),
                "sides": {
                    category.value: _median(sides[chosen, place]) for place, category in enumerate(CATEGORIES)
                },
                "dimensions": {
                    one.value: _median(of_dimensions[chosen, place]) for place, one in enumerate(Dimension)
                },
            }
    return found


def _median(values: NDArray[np.int16]) -> int | None:
    known = values[values != UNKNOWN_SIDE]
    return int(np.median(known)) if len(known) >= LEAST_PEERS else None
