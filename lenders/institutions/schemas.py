"""What the pages of lenders, branches and members take in."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates

from creditbridge.kernel.words import Words
from creditbridge.pages.checks import Pattern
from creditbridge.pages.fields import Choice, Phone, PublicId, Text
from creditbridge.pages.schemas import Schema
from lenders.institutions.areas import UnknownArea, read_areas
from lenders.institutions.rules import (
    BRANCH_KIND_WORDS,
    LENDER_KIND_WORDS,
    LENDER_ROLE_CHOICES,
    BranchKind,
    LenderKind,
    LenderRole,
)

_WEBSITE = Pattern(
    r"(?:https?://[^\s<>\"]{3,190})?",
    Words("请填写以 https:// 开头的网址。", "Enter an address that begins with https://."),
)
_LOGIN = Pattern(
    r"[A-Za-z0-9._@-]{3,64}",
    Words("账号名用 3 到 64 个字母、数字或 . _ @ -。", "Use 3 to 64 letters, digits or . _ @ -."),
)


class ProfileForm(Schema):
    """What a lender says of itself."""

    intro_zh = Text(max=2_000, lines=True, load_default="")
    intro_en = Text(max=4_000, lines=True, load_default="")
    contact_name = Text(max=80, load_default="")
    contact_phone = Phone(load_default="")
    address = Text(max=200, load_default="")
    website = Text(max=200, load_default="", validate=_WEBSITE)


class RegistrationForm(ProfileForm):
    """What the platform registers of a lender."""

    name_zh = Text(max=200, required=True)
    name_en = Text(max=200, load_default="")
    kind = Choice(LenderKind, LENDER_KIND_WORDS, required=True)
    licence_number = Text(max=40, required=True)


class NewLenderForm(RegistrationForm):
    """A lender with its first member."""

    login_name = Text(max=64, required=True, validate=_LOGIN)
    member_name = Text(max=80, required=True)


class StepForm(Schema):
    """A reason for a step, where it needs one."""

    reason = Text(max=500, load_default="")


class BranchForm(Schema):
    kind = Choice(BranchKind, BRANCH_KIND_WORDS, required=True)
    name = Text(max=120, required=True)
    name_en = Text(max=160, load_default="")
    parent = PublicId(load_default=None)
    regions = Text(max=2_000, load_default="")
    address = Text(max=200, load_default="")
    phone = Phone(load_default="")

    @validates("regions")
    def _known(self, value: str, **_options: Any) -> None:
        try:
            read_areas(value)
        except UnknownArea as error:
            raise ValidationError([error.words]) from error


class MemberChangeForm(Schema):
    role = Choice(LenderRole, LENDER_ROLE_CHOICES, required=True)
    branch = PublicId(load_default=None)


class MemberForm(MemberChangeForm):
    login_name = Text(max=64, required=True, validate=_LOGIN)
    name = Text(max=80, required=True)
