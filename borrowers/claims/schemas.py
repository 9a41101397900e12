"""What comes in with a claim and its decision."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from creditbridge.kernel.words import Words
from creditbridge.pages.checks import Pattern
from creditbridge.pages.fields import Flag, Phone, Secret, Text
from creditbridge.pages.schemas import Schema

LOGIN_NAME = Pattern(
    r"[A-Za-z0-9][A-Za-z0-9._@-]{3,118}[A-Za-z0-9]",
    Words(
        "账号名用 5 位以上的字母、数字，可含点、横线、下划线和 @，首尾须为字母或数字。",
        "Use five or more letters and digits, with dots, hyphens, underscores or @ inside.",
    ),
)
_NOT_CONFIRMED = Words("请确认所填内容属实。", "Confirm that what you entered is true.")
_DIFFERENT = Words("两次输入的密码不一致。", "The two passwords differ.")


class ClaimSchema(Schema):
    """A claim of an account that exists."""

    uscc = Text(max=40, required=True)
    operator_name = Text(max=80, required=True)
    operator_phone = Phone(required=True)
    is_true = Flag(load_default=False)

    @validates_schema
    def _confirmed(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("is_true"):
            raise ValidationError([_NOT_CONFIRMED], "is_true")


class RegistrationSchema(ClaimSchema):
    """A claim that opens an account with it."""

    login_name = Text(max=120, required=True, validate=LOGIN_NAME)
    password = Secret(max=256, required=True)
    again = Secret(max=256, required=True)

    @validates_schema
    def _same(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("password") != data.get("again"):
            raise ValidationError([_DIFFERENT], "again")


class ReasonSchema(Schema):
    """Why a claim is refused or revoked; the applicant reads it."""

    reason = Text(max=500, lines=True, required=True)
