"""What the pages of the firm's workspace ask."""

from __future__ import annotations

from creditbridge.pages.fields import Choice
from lenders.browsing.schemas import LoanSchema
from matching.eligibility.rules import VERDICT_WORDS, Verdict


class MatchesSchema(LoanSchema):
    """The loan wanted, and which group of products alone."""

    group = Choice(Verdict, VERDICT_WORDS)
