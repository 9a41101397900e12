"""What the pages and the API of conflicts take and answer."""

from __future__ import annotations

from creditbridge.pages.answers import Answer, Moment, Name, OneOf, Ref, Said, Truth
from creditbridge.pages.fields import Text
from creditbridge.pages.schemas import Schema
from matching.conflicts.rules import DECLARABLE, MAX_NOTE, ConflictState, Named


class LiftForm(Schema):
    """Why a conflict is not, or no longer, so."""

    reason = Text(max=MAX_NOTE, min=1, lines=True, required=True)


class LiftBody(LiftForm):
    """Why it is lifted."""


class ConflictAnswer(Answer):
    """One person's tie to a firm, as your lender has it on record."""

    id = Ref()
    firm_name = Name()
    officer = Name()
    officer_known = Truth("False where a firm named somebody whom nobody bears the name of.")
    relation = OneOf(DECLARABLE)
    relation_words = Said()
    named_by = OneOf(Named)
    note = Name()
    state = OneOf(ConflictState)
    declared_at = Moment()
    lifted_at = Moment(allow_none=True)
    lift_reason = Name()
