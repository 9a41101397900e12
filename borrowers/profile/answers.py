"""What the API answers a firm about itself."""

from __future__ import annotations

from creditbridge.facts.firm_facts import FactSource
from creditbridge.pages.answers import (
    Answer,
    CodeAnswer,
    Day,
    Json,
    Name,
    OneOf,
    Part,
    Parts,
    Ref,
    Said,
    Truth,
)
from creditbridge.registry.readings import EntityKind, FirmStatus, IdentityStatus


class FactAnswer(Answer):
    """A fact as it is known now."""

    fact = Name("The code of the fact catalogue.")
    name = Said()
    value = Json("As the catalogue holds it: fen, ppm, a count, a code, codes, a date, true or false.")
    words = Said("The value as people read it.")
    source = Part(CodeAnswer)
    source_code = OneOf(FactSource)
    as_of = Day("The date of the value.")
    confirmed = Truth("False: reported by the firm and not yet confirmed by a lender.")


class ListAnswer(Answer):
    """A named list and whether the firm is on it."""

    list = Name("The code of the list.")
    name = Said()
    member = Truth()
    source_code = OneOf(FactSource)
    as_of = Day()


class OwnFirmAnswer(Answer):
    """A firm's registration and facts."""

    id = Ref()
    uscc = Name("统一社会信用代码; null for an old registration.", allow_none=True)
    identity_status = OneOf(IdentityStatus)
    name = Name()
    kind = OneOf(EntityKind)
    status = OneOf(FirmStatus)
    status_words = Said()
    established_on = Day(allow_none=True)
    region_code = Name(allow_none=True)
    industry_code = Name(allow_none=True)
    address = Name()
    facts = Parts(FactAnswer)
    lists = Parts(ListAnswer)
