"""What the pages of monitoring take in."""

from __future__ import annotations

from creditbridge.pages.fields import Choice, Flag, Text
from creditbridge.pages.schemas import Schema
from matching.monitoring.rules import BLOCKING_WORDS, Blocking


class HandleForm(Schema):
    note = Text(max=500, required=True, lines=True)
    allow_drawing = Flag(load_default=False)


class PolicyForm(Schema):
    blocking = Choice(Blocking, BLOCKING_WORDS, required=True)


class ConsentForm(Schema):
    agreed = Flag(agreed=True)
