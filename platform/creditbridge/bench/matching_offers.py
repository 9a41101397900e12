"""What ranking sees of the random products: cost, median days, and how likely terms are offered by grade.

Past decisions are drawn, and the estimates worked out of them as the platform does.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import FactColumns
from matching.ranking.likelihood import Estimator, Likelihood, Outcome
from matching.ranking.rules import VERDICT_ORDER, Candidate

GRADES = ("A", "B", "C", "D", "E", None)
LENDERS = 40


def make_offers(products: int, seed: int = 4) -> tuple[Candidate, ...]:
    """Random products as ranking sees them: one in ten does not publish its rate, one in five has little history."""
    dice = random.Random(seed)  # noqa: S311 - a measured city has to grow again
    return tuple(
        Candidate(
            f"p{number:05}",
            VERDICT_ORDER[0],
            apr_ppm=None if dice.random() < 0.1 else 100 * round(dice.triangular(300, 1_500, 420)),
            median_days=None if dice.random() < 0.2 else dice.randint(0, 40),
        )
        for number in range(products)
    )


def make_estimates(offers: Sequence[Candidate], seed: int = 5) -> tuple[Mapping[str, Likelihood | None], ...]:
    """For each grade how likely each product offers terms, out of drawn decisions."""
    dice = random.Random(seed)  # noqa: S311 - as above
    past = Estimator.of(
        Outcome(number, number % LENDERS, grade, dice.randint(0, 12), dice.randint(0, 4 + 3 * at))
        for number in range(len(offers))
        for at, grade in enumerate(GRADES)
        if dice.random() < 0.4
    )
    return tuple(
        {
            offer.product_id: past.likelihood(number, number % LENDERS, grade)
            for number, offer in enumerate(offers)
        }
        for grade in GRADES
    )


def grades_of(city: FactColumns) -> NDArray[np.uint8]:
    """The place of each firm's grade in :data:`GRADES`; the last where it was not evaluated."""
    column = city.columns["platform_grade"]
    places = np.array([GRADES.index(code) if code in GRADES else len(GRADES) - 1 for code in column.codes])
    return np.where(column.known, places[column.values], len(GRADES) - 1).astype(np.uint8)
