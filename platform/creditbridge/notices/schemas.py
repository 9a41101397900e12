"""What the pages of notices take in."""

from __future__ import annotations

from creditbridge.pages.fields import Email, Flag, Secret
from creditbridge.pages.schemas import Schema


class MailForm(Schema):
    email = Email(load_default="")
    wanted = Flag(load_default=False)
    current = Secret(max=1024, load_default="")
    """The password, asked for when the address changes: a stolen session must not lead the messages elsewhere."""
