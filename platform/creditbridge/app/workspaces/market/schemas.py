"""What may stand in the address of a comparison."""

from __future__ import annotations

from creditbridge.kernel.money import FEN_PER_WAN
from creditbridge.pages.fields import Amount, ListOf, PublicId, Whole
from creditbridge.pages.schemas import Schema
from lenders.browsing.schemas import MOST_FEN, MOST_MONTHS

MOST_COMPARED = 4


class CompareSchema(Schema):
    """Up to four products and the loan to compare them by."""

    p = ListOf(PublicId(), max=MOST_COMPARED)
    amount = Amount(min=FEN_PER_WAN // 10, max=MOST_FEN)
    term = Whole(min=1, max=MOST_MONTHS)
