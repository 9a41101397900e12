"""What the pages of the records room take in."""

from __future__ import annotations

from enum import StrEnum

from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Choice, Secret, Text
from creditbridge.pages.schemas import Schema
from creditbridge.records.feeds import feeds
from creditbridge.records.pulling import RHYTHMS


class UploadSchema(Schema):
    """What goes with an uploaded batch."""

    feed = Text(max=60, required=True)
    reference = Text(max=200)


class Rhythm(StrEnum):
    """How often a feed is fetched."""

    HOURLY = "1"
    SIX_HOURLY = "6"
    DAILY = "24"
    WEEKLY = "168"


RHYTHM_WORDS = {
    Rhythm.HOURLY: Words("每小时", "Every hour"),
    Rhythm.SIX_HOURLY: Words("每 6 小时", "Every 6 hours"),
    Rhythm.DAILY: Words("每天", "Every day"),
    Rhythm.WEEKLY: Words("每周", "Every week"),
}
assert tuple(int(one.value) for one in Rhythm) == RHYTHMS


class SourceSchema(Schema):
    """Where a feed is fetched from."""

    url = Text(max=2_000, required=True)
    every_hours = Choice(Rhythm, RHYTHM_WORDS, required=True)
    token = Secret(max=500)


def feed_choices() -> list[tuple[str, Words]]:
    """The feeds to choose from."""
    return [(code, feed.name) for code, feed in feeds().items()]
