"""What the platform's pages about schemes take in."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates, validates_schema

from creditbridge.kernel.words import Words
from creditbridge.pages.fields import LegalDate, PublicId, Text
from creditbridge.pages.schemas import Schema
from lenders.institutions.areas import UnknownArea, read_areas


class SchemeForm(Schema):
    name_zh = Text(max=120, required=True)
    name_en = Text(max=200, load_default="")
    sponsor_zh = Text(max=120, required=True)
    sponsor_en = Text(max=200, load_default="")
    description_zh = Text(max=2_000, lines=True, load_default="")
    description_en = Text(max=4_000, lines=True, load_default="")
    support_zh = Text(max=500, load_default="")
    support_en = Text(max=800, load_default="")
    regions = Text(max=2_000, load_default="")
    valid_from = LegalDate(load_default=None)
    valid_to = LegalDate(load_default=None)

    @validates("regions")
    def _known(self, value: str, **_options: Any) -> None:
        try:
            read_areas(value)
        except UnknownArea as error:
            raise ValidationError([error.words]) from error

    @validates_schema
    def _ordered(self, data: dict[str, Any], **_options: Any) -> None:
        first, last = data["valid_from"], data["valid_to"]
        if first is not None and last is not None and first > last:
            words = Words("开始日期不能晚于截止日期。", "The first day is after the last.")
            raise ValidationError({"valid_from": [words]})


class ParticipantForm(Schema):
    lender = PublicId(required=True)
