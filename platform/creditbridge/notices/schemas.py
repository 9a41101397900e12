"""What the pages of notices take in."""

from __future__ import annotations

from creditbridge.pages.fields import Email, Flag
from creditbridge.pages.schemas import Schema


class MailForm(Schema):
    email = Email(load_default="")
    wanted = Flag(load_default=False)
