"""What the pages of runs take in."""

from __future__ import annotations

from creditbridge.kernel import clock
from creditbridge.pages.fields import Choice, LegalDate
from creditbridge.pages.schemas import Schema
from creditbridge.runs.rules import RUN_KIND_WORDS, RunKind


class AskSchema(Schema):
    """A run that is asked for."""

    kind = Choice(RunKind, RUN_KIND_WORDS, required=True)
    on = LegalDate(not_after=clock.today, required=True)
