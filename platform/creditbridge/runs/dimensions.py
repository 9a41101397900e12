"""The five dimensions of a portrait, made of the six categories of indicators. Pure.

Four are one category each. The fifth asks what a reader asks first, whether the firm keeps the law and its word: it is
the mean of the two categories that count this, as far as they are known. So each figure of a portrait can be followed
to its indicators.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from creditbridge.kernel.words import Words
from creditbridge.runs.evaluating import CATEGORIES, UNKNOWN_SIDE
from creditbridge.scoring.indicators import Category


class Dimension(StrEnum):
    """In the order in which a radar shows them."""

    TRUST = "trust"
    FINANCE = "finance"
    OPERATION = "operation"
    RESPONSIBILITY = "responsibility"
    BASIC = "basic"


MADE_OF: Mapping[Dimension, tuple[Category, ...]] = {
    Dimension.TRUST: (Category.COMPLIANCE, Category.PERFORMANCE),
    Dimension.FINANCE: (Category.FINANCE,),
    Dimension.OPERATION: (Category.OPERATION,),
    Dimension.RESPONSIBILITY: (Category.RESPONSIBILITY,),
    Dimension.BASIC: (Category.BASIC,),
}
DIMENSION_WORDS: Mapping[Dimension, Words] = {
    Dimension.TRUST: Words("守法履约", "Good conduct"),
    Dimension.FINANCE: Words("财务纳税", "Finance, tax"),
    Dimension.OPERATION: Words("经营活力", "Vitality"),
    Dimension.RESPONSIBILITY: Words("用工责任", "Employment"),
    Dimension.BASIC: Words("基础素质", "Foundations"),
}


def of_sides(sides: NDArray[np.int16]) -> NDArray[np.int16]:
    """The dimensions of each firm, 0 to 1000, from what its categories came to; -1 where none of them is known."""
    found = np.full((len(sides), len(Dimension)), UNKNOWN_SIDE, np.int16)
    for place, dimension in enumerate(Dimension):
        parts = sides[:, [CATEGORIES.index(category) for category in MADE_OF[dimension]]].astype(np.int64)
        known = parts != UNKNOWN_SIDE
        count = known.sum(axis=1)
        some = count > 0
        found[some, place] = np.where(known, parts, 0).sum(axis=1)[some] // count[some]
    return found
