"""What the pages of webhooks take in."""

from __future__ import annotations

from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Choice, ListOf, Text
from creditbridge.pages.schemas import Schema
from creditbridge.webhooks.rules import CHOOSABLE, EVENT_WORDS, Event

CHOICES: list[tuple[str, Words]] = [(event.value, EVENT_WORDS[event]) for event in CHOOSABLE]


class EndpointForm(Schema):
    url = Text(max=2_000, required=True)
    name = Text(max=80, load_default="")
    events = ListOf(Choice(Event, EVENT_WORDS), min=1, max=len(CHOOSABLE), required=True)
