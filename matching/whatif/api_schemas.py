"""What the API asks and answers about what-ifs."""

from __future__ import annotations

from typing import Any, Final

from creditbridge.pages.answers import Answer, Json, Name, Number, OneOf, Part, Parts, Ref, Said, Truth
from creditbridge.pages.fields import ListOf, Text
from creditbridge.pages.schemas import Schema
from lenders.admission.tree import MAX_NODES
from lenders.products.api_schemas import EXAMPLE_DRAFT, RuleBody
from matching.index.profile import Dimension

FIRMS = "Firms, rounded for a lender; null where they are too few to show."


class WhatIfQuery(Schema):
    """Which thresholds to move, and whose curve to tell."""

    move = ListOf(
        Text(max=4_000),
        max=MAX_NODES,
        load_default=list,
        metadata={
            "description": "One criterion and its other threshold, as it is typed in the editor: `employees:51`, "
            "`revenue:200` (10,000 yuan), `platform_grade:B`, `age:3..10`; `staff:-` leaves the criterion out. "
            "May be given several times."
        },
    )
    curve = Text(
        max=48, load_default=None, metadata={"description": "The id of a criterion whose curve is told."}
    )


class UnsavedRuleBody(RuleBody):
    """A whole rule that need not be saved, and whose curve to tell."""

    curve = Text(
        max=48,
        load_default=None,
        allow_none=True,
        metadata={"description": "The id of a criterion of this rule whose curve is told."},
    )


class CellAnswer(Answer):
    """Firms that have one value of a dimension."""

    value = Name("A code; empty where it is not known.")
    words = Said()
    firms = Number(FIRMS, allow_none=True)


class DimensionAnswer(Answer):
    dimension = OneOf(Dimension)
    cells = Parts(CellAnswer)


class CountedAnswer(Answer):
    """Who qualifies under a rule."""

    eligible = Number(FIRMS, allow_none=True)
    tentative = Number(FIRMS, allow_none=True)
    by = Parts(DimensionAnswer, "The eligible ones; parts are rounded by themselves and need not add up.")


class PointAnswer(Answer):
    value = Json("The threshold, as the admission language writes it.")
    eligible = Number(FIRMS, allow_none=True)


class MissedAnswer(Answer):
    """Firms that one criterion alone keeps out."""

    criterion = Name()
    sentence = Said()
    failing = Number(FIRMS, allow_none=True)
    lacking = Number("Those of which only this is not known. " + FIRMS, allow_none=True)
    by = Parts(DimensionAnswer, "Whom it shuts out.")


class OverlapAnswer(Answer):
    product_id = Ref()
    product = Said("Another live product of the lender.")
    firms = Number("Firms that qualify for both. " + FIRMS, allow_none=True)


class WhatIfAnswer(Answer):
    """The whole city under the product's rule as it is kept (the draft, else the live version) and as moved."""

    product_id = Ref()
    version = Number()
    exact = Truth("Whether figures are exact; they are for the platform.")
    change_seq = Number("The state of facts and products it rests on.")
    now = Part(CountedAnswer)
    moved = Part(CountedAnswer)
    curve = Parts(PointAnswer)
    near_misses = Parts(MissedAnswer, "Of the rule as moved.")
    overlap = Parts(OverlapAnswer)


class UnsavedRuleAnswer(WhatIfAnswer):
    """The whole city under the rule that is kept, and (`moved`) under the one that was sent."""

    product_id = Ref(
        "Null for a product that was never saved; `now` is then every active firm.", allow_none=True
    )
    version = Number("0 for a product that was never saved.")
    warnings = Parts(Said(), "Conditions of the rule sent that no firm can ever meet.")


EXAMPLE_RULE: Final[dict[str, Any]] = {
    "regions": ["3205"],
    "admission": EXAMPLE_DRAFT["admission"],
    "curve": "grade",
}
