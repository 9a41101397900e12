"""What comes in when a firm's owner invites staff."""

from __future__ import annotations

from borrowers.claims.schemas import LOGIN_NAME
from creditbridge.pages.fields import Phone, Text
from creditbridge.pages.schemas import Schema


class InvitationSchema(Schema):
    name = Text(max=80, required=True)
    login_name = Text(max=120, required=True, validate=LOGIN_NAME)
    phone = Phone(load_default="")
