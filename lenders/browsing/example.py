"""An example loan of a product: what it would cost and how it would be repaid, for an amount and a term asked for.

Where nothing is asked for, the example is 1 million yuan over 12 months. What is asked for is moved into what the
product lends, and the example says so. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import FEN_PER_YUAN, format_rate
from creditbridge.kernel.words import Words
from lenders.pricing.apr import ProductCost, TrueCost, product_cost
from lenders.pricing.rates import UNPUBLISHED, RateBounds
from lenders.pricing.schedule import LoanTerms, RepaymentMethod, Schedule
from lenders.products.rules import ProductTerms

USUAL_AMOUNT_FEN = 1_000_000 * FEN_PER_YUAN
USUAL_TERM_MONTHS = 12
USUAL_METHOD = RepaymentMethod.INTEREST_THEN_BULLET


@dataclass(frozen=True, slots=True)
class Example:
    """A loan of this amount, term and method. ``moved`` says that it is not what was asked for.

    ``bounds`` are the rates a firm may be asked; ``cost`` is empty at an end the lender does not publish.
    """

    amount_fen: int
    term_months: int
    method: RepaymentMethod
    bounds: RateBounds
    cost: ProductCost
    moved: bool

    @property
    def apr_ppm(self) -> int | None:
        """The true yearly cost a firm can rely on, to the basis point; None where the rate is not published."""
        return None if self.cost.high is None else self.cost.high.apr_ppm

    @property
    def apr_words(self) -> Words:
        """The true yearly cost as it is shown: ``4.12%``, ``3.85%–4.12%``, or that the bank decides."""
        if self.apr_ppm is None:
            return UNPUBLISHED
        high = format_rate(self.apr_ppm)
        if self.cost.low is None:
            return Words("不超过 {high}", "up to {high}").fill(high=high)
        low = format_rate(self.cost.low.apr_ppm)
        said = high if low == high else f"{low}–{high}"
        return Words(said, said)

    @property
    def effective_ppm(self) -> int | None:
        """The same with compound interest."""
        return None if self.cost.high is None else self.cost.high.effective_apr_ppm

    @property
    def true_cost(self) -> TrueCost | None:
        """The cost at the upper end of the rate, the one to rely on."""
        return self.cost.high

    @property
    def schedule(self) -> Schedule | None:
        return self.cost.high.schedule if self.cost.high else None

    @property
    def fees_fen(self) -> int | None:
        """All fees the firm pays over the loan."""
        return sum(fen for _, fen in self.cost.high.fees) if self.cost.high else None

    @property
    def subsidies_fen(self) -> int | None:
        return sum(fen for _, fen in self.cost.high.subsidies) if self.cost.high else None


def example_loan(
    terms: ProductTerms,
    on: date,
    *,
    amount_fen: int | None = None,
    term_months: int | None = None,
    method: RepaymentMethod | None = None,
) -> Example:
    """The example of a product on a legal date. A method the product does not offer gives way to its first."""
    amount = _within(amount_fen or USUAL_AMOUNT_FEN, terms.amount_min_fen, terms.amount_max_fen)
    term = _within(term_months or USUAL_TERM_MONTHS, terms.term_months_min, terms.term_months_max)
    chosen = _method(terms, method)
    moved = (
        (amount_fen is not None and amount != amount_fen)
        or (term_months is not None and term != term_months)
        or (method is not None and method is not chosen)
    )
    return Example(amount, term, chosen, terms.rate.bounds(on), _cost(terms, on, amount, term, chosen), moved)


def _within(wanted: int, least: int | None, most: int | None) -> int:
    wanted = wanted if least is None else max(wanted, least)
    return max(1, wanted if most is None else min(wanted, most))


def _method(terms: ProductTerms, wanted: RepaymentMethod | None) -> RepaymentMethod:
    offered = terms.repayment_methods
    if wanted is not None and (wanted in offered or not offered):
        return wanted
    return offered[0] if offered else USUAL_METHOD


@lru_cache(maxsize=4096)
def _cost(terms: ProductTerms, on: date, amount: int, months: int, method: RepaymentMethod) -> ProductCost:
    """The cost; none can be told where the fees of so small a loan would eat it up."""
    loan = LoanTerms(amount, 0, months, method, on)
    try:
        return product_cost(terms.rate, on, loan, terms.fees, terms.subsidies)
    except InvalidInput:
        return ProductCost(None, None)
