"""How this installation protects the figures of its city, for pages and API."""

from __future__ import annotations

from flask import current_app

from matching.whatif.limiting import Protection
from matching.whatif.protecting import salt_of


def protection() -> Protection:
    """The salt made of the installation's secret, and the setting ``WHATIF_QUESTIONS_PER_DAY``."""
    config = current_app.config
    return Protection(salt_of(str(config["SECRET_KEY"])), int(config["WHATIF_QUESTIONS_PER_DAY"]))
