"""What comes in when a firm revokes a consent."""

from __future__ import annotations

from creditbridge.pages.fields import Text
from creditbridge.pages.schemas import Schema


class RevocationSchema(Schema):
    reason = Text(max=300, lines=True, load_default="")
