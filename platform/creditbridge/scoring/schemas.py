"""What the pages about scorecards take in."""

from __future__ import annotations

from typing import Any

from creditbridge.pages.fields import Text, Whole
from creditbridge.pages.schemas import Schema
from creditbridge.scoring.indicators import catalogue
from creditbridge.scoring.scorecards import GRADES, LEVELS, MOST_SCORE, MOST_WEIGHT, TYPES

WEIGHT, GRADE, LEVEL, CAP = "weight_", "grade_", "level_", "cap_"
MOST_CAPS = 20


class DecisionForm(Schema):
    seen = Whole(min=1, required=True)


class ReturnForm(DecisionForm):
    reason = Text(max=500, lines=True, required=True)


class FileForm(Schema):
    seen = Whole(min=1, required=True)
    note = Text(max=500, required=True)


def _card_fields() -> dict[str, Any]:
    """One field for each weight, each least score and each cap: what a card's form asks."""
    fields: dict[str, Any] = {
        "seen": Whole(min=1, required=True),
        "note": Text(max=500, required=True),
    }
    fields |= {f"{WEIGHT}{code}": Whole(min=0, max=MOST_WEIGHT, required=True) for code in catalogue().codes}
    fields |= {f"{GRADE}{grade}": Whole(min=1, max=MOST_SCORE, required=True) for grade in GRADES[:-1]}
    fields |= {
        f"{LEVEL}{place}_{level}": Whole(min=1, max=MOST_SCORE, required=True)
        for place in range(TYPES)
        for level in range(1, LEVELS)
    }
    return fields | {
        f"{CAP}{place}": Whole(min=0, max=MOST_SCORE, load_default=None) for place in range(MOST_CAPS)
    }


CardForm: type[Schema] = type("CardForm", (Schema,), _card_fields())


def values_of(content: dict[str, Any]) -> dict[str, Any]:
    """A card's content as the form's values."""
    values: dict[str, Any] = {
        f"{WEIGHT}{code}": content["weights"].get(code, 0) for code in catalogue().codes
    }
    values |= {f"{GRADE}{grade}": content["grades"][grade] for grade in GRADES[:-1]}
    for place, one in enumerate(content["types"]):
        values |= {f"{LEVEL}{place}_{level}": edge for level, edge in enumerate(one["levels"], 1)}
    return values | {f"{CAP}{place}": cap["score"] for place, cap in enumerate(content.get("caps", []))}


def content_of(before: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The content a form says, laid over what it does not ask for: names, bins, conditions and reasons."""
    return {
        **before,
        "weights": {code: values[f"{WEIGHT}{code}"] for code in catalogue().codes},
        "grades": {grade: values[f"{GRADE}{grade}"] for grade in GRADES[:-1]},
        "types": [
            {**one, "levels": [values[f"{LEVEL}{place}_{level}"] for level in range(1, LEVELS)]}
            for place, one in enumerate(before["types"])
        ],
        "caps": [
            {**cap, "score": cap["score"] if (stated := values[f"{CAP}{place}"]) is None else stated}
            for place, cap in enumerate(before.get("caps", []))
        ],
    }
