"""How likely a firm is offered terms: from past decisions, small samples drawn towards what is known of more.

Counted are decided applications: terms offered, or refused. The rate of the whole city is the beginning. A lender's rate is
drawn towards it as if :data:`STRENGTH` more applications had gone like the city's; a product's towards its lender's in
the same way. What the firm's grade changes is taken from the whole city (the odds of the grade over those of all) and
applied to the product; the product's own decisions on that grade then count with their number. This is the mean of a
beta-binomial model at each step, in whole numbers (ppm), so that every process answers alike.

Decisions older than two years do not count; who the firm is does not, but for its grade. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from creditbridge.kernel.money import PPM, divide_half_up
from creditbridge.kernel.words import Words

STRENGTH = 20
LEAST_TOLD = 5
"""A count under this is not told: it would speak of single firms."""
LEAST_CITY = 10
"""Fewer decisions of the whole city say nothing."""
_EDGE = 1_000
"""Rates are kept a thousandth away from nought and one, so that odds exist."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Decisions on one product for firms of one grade (None: not evaluated)."""

    product_id: int
    lender_id: int
    grade: str | None
    offered: int
    refused: int


@dataclass(slots=True)
class Tally:
    offered: int = 0
    decided: int = 0

    def add(self, row: Outcome) -> None:
        self.offered += row.offered
        self.decided += row.offered + row.refused


@dataclass(frozen=True, slots=True)
class Likelihood:
    """An estimate in ppm, and what it rests on: decisions on the product, and on it for the firm's grade."""

    ppm: int
    product_offered: int
    product_decided: int
    grade_decided: int

    @property
    def percent(self) -> int:
        return divide_half_up(self.ppm * 100, PPM)

    @property
    def reason(self) -> Words:
        if self.product_decided < LEAST_TOLD:
            words = Words(
                "该产品近两年的审核结果不足 {least} 笔，主要参考该机构和全市情况，估计约 {percent}% 的申请获得方案。",
                "The product has fewer than {least} decisions in two years; judged mainly by its lender and the city, about {percent}% of applications are offered terms.",
            )
            return words.fill(least=LEAST_TOLD, percent=self.percent)
        words = Words(
            "该产品近两年审核 {decided} 笔、给出方案 {offered} 笔；结合同等级企业的情况，估计约 {percent}%。",
            "Of {decided} applications decided in two years {offered} were offered terms; for firms of your grade about {percent}% are.",
        )
        return words.fill(decided=self.product_decided, offered=self.product_offered, percent=self.percent)


@dataclass(slots=True)
class Estimator:
    """Past decisions, ready to be asked for any product and grade."""

    city: Tally = field(default_factory=Tally)
    lenders: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    products: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    grades: dict[str | None, Tally] = field(default_factory=lambda: defaultdict(Tally))
    cells: dict[tuple[int, str | None], Tally] = field(default_factory=lambda: defaultdict(Tally))

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Estimator:
        made = cls()
        for row in outcomes:
            for tally in (
                made.city,
                made.lenders[row.lender_id],
                made.products[row.product_id],
                made.grades[row.grade],
                made.cells[row.product_id, row.grade],
            ):
                tally.add(row)
        return made

    def likelihood(self, product_id: int, lender_id: int, grade: str | None) -> Likelihood | None:
        """The estimate for a product and a firm's grade; None while the city has too few decisions."""
        if self.city.decided < LEAST_CITY:
            return None
        city = divide_half_up((self.city.offered + 1) * PPM, self.city.decided + 2)
        lender = drawn(self.lenders.get(lender_id), city)
        product = drawn(self.products.get(product_id), lender)
        by_grade = drawn(self.grades.get(grade), city)
        cell = self.cells.get((product_id, grade))
        told = self.products.get(product_id) or Tally()
        return Likelihood(
            drawn(cell, shifted(product, by_grade, city)),
            told.offered,
            told.decided,
            cell.decided if cell else 0,
        )


def drawn(tally: Tally | None, towards: int) -> int:
    """A rate in ppm drawn towards another: the mean of the beta-binomial with a prior of :data:`STRENGTH`."""
    if tally is None or tally.decided == 0:
        return towards
    return divide_half_up(tally.offered * PPM + STRENGTH * towards, tally.decided + STRENGTH)


def shifted(rate: int, other: int, base: int) -> int:
    """A rate whose odds are multiplied by the odds of another over those of the base."""
    here, there, whole = (min(PPM - _EDGE, max(_EDGE, each)) for each in (rate, other, base))
    yes = here * there * (PPM - whole)
    no = (PPM - here) * (PPM - there) * whole
    return divide_half_up(yes * PPM, yes + no)
