"""What comes in with a dispute and with its decision."""

from __future__ import annotations

from borrowers.disputes.rules import MOST_TEXT, OUTCOME_WORDS, Outcome
from creditbridge.kernel import clock
from creditbridge.pages.fields import Choice, LegalDate, Text
from creditbridge.pages.schemas import Schema


class DisputeSchema(Schema):
    """Why a record is wrong."""

    reason = Text(max=MOST_TEXT, lines=True, required=True)


class DecisionSchema(Schema):
    """What was found, and what is right where the record is corrected; ``value`` is read by the record's item."""

    outcome = Choice(Outcome, OUTCOME_WORDS, required=True)
    answer = Text(max=MOST_TEXT, lines=True, required=True)
    occurred_on = LegalDate(not_after=clock.today, load_default=None, allow_none=True)
    ends_on = LegalDate(load_default=None, allow_none=True)
    value = Text(max=40, load_default="")
