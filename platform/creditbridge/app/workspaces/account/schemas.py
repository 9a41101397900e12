"""What the account pages take."""

from __future__ import annotations

from marshmallow import ValidationError, validates_schema

from creditbridge.access import tokens
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import ListOf, Secret, Text, Whole
from creditbridge.pages.schemas import Schema


class SignInSchema(Schema):
    login_name = Text(max=120, required=True)
    password = Secret(max=1024, required=True)
    next = Text(max=500, load_default="")


class ForgottenSchema(Schema):
    login_name = Text(max=120, required=True)


class CodeSchema(Schema):
    code = Text(max=12, required=True)


class EnrolSchema(CodeSchema):
    current = Secret(max=1024, required=True)


class NewPasswordSchema(Schema):
    password = Secret(max=1024, required=True)
    again = Secret(max=1024, required=True)

    @validates_schema
    def both_alike(self, data: dict[str, str], **kwargs: object) -> None:  # noqa: ARG002
        if data.get("password") != data.get("again"):
            raise ValidationError(
                {"again": [Words("两次输入的新密码不一致。", "The two new passwords differ.")]}
            )


class PasswordSchema(NewPasswordSchema):
    current = Secret(max=1024, required=True)


class TokenSchema(Schema):
    name = Text(max=80, required=True)
    scopes = ListOf(Text(max=40), max=len(tokens.SCOPES), required=True)
    days = Whole(min=1, max=tokens.LONGEST_LIFE_DAYS, required=True)
    current = Secret(max=1024, required=True)
