"""What the API asks and answers about registered firms."""

from __future__ import annotations

from creditbridge.pages.answers import Answer, Day, Name, OneOf, Ref, Truth
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import Choice, Code, Text
from creditbridge.registry.readings import FIRM_STATUS_WORDS, EntityKind, FirmStatus, IdentityStatus


class FirmQuery(Paging):
    """Which firms to look for."""

    q = Text(max=100, load_default="", metadata={"description": "Code, old number, or part of the name."})
    region = Code(max=12, load_default=None)
    status = Choice(FirmStatus, FIRM_STATUS_WORDS, load_default=None)


class FirmAnswer(Answer):
    """A firm as registered."""

    id = Ref()
    uscc = Name(allow_none=True)
    old_number = Name(allow_none=True)
    identity_status = OneOf(IdentityStatus)
    name = Name()
    kind = OneOf(EntityKind)
    status = OneOf(FirmStatus)
    established_on = Day(allow_none=True)
    region_code = Name(allow_none=True)
    industry_code = Name(allow_none=True)
    is_demo = Truth("An invented firm of the demo city.")
