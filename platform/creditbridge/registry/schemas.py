"""What the registry's pages take in."""

from __future__ import annotations

from creditbridge.pages.fields import Text
from creditbridge.pages.schemas import Schema
from creditbridge.registry.importing import MAX_REASON


class UploadSchema(Schema):
    """What goes with an uploaded file of firms."""

    column_map = Text(max=8000, lines=True)
    check_digit_reason = Text(max=MAX_REASON)


class CheckDigitSchema(Schema):
    """Why a code is accepted although its check digit does not compute."""

    reason = Text(max=MAX_REASON, required=True)
