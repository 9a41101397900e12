"""What comes in with a file of facts."""

from __future__ import annotations

from creditbridge.pages.fields import Flag
from creditbridge.pages.schemas import Schema


class FactsFileSchema(Schema):
    dry_run = Flag(load_default=False)
