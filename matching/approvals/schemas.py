"""What the pages and the API of approval limits take and answer."""

from __future__ import annotations

from creditbridge.pages.answers import Answer, Fen, Moment, Name, OneOf, Part, Parts, Ref
from creditbridge.pages.fields import Amount, Text
from creditbridge.pages.schemas import Schema
from matching.approvals.rules import MAX_REASON, ChangeState


class LimitForm(Schema):
    """Another limit; without an amount one approver is enough for any."""

    second_above_fen = Amount(load_default=None, allow_none=True)
    reason = Text(max=MAX_REASON, min=1, lines=True, required=True)


class LimitBody(LimitForm):
    """Another limit; null: one approver is enough for any amount."""


class ChangeAnswer(Answer):
    """A change of the limit."""

    id = Ref()
    state = OneOf(ChangeState)
    before_fen = Fen("Before it; null: none.", allow_none=True)
    after_fen = Fen("After it; null: none.", allow_none=True)
    reason = Name()
    proposed_by = Name()
    proposed_at = Moment()
    decided_by = Name()
    decided_at = Moment(allow_none=True)


class LimitAnswer(Answer):
    """Above which amount your lender wants two approvers, and how that came about."""

    second_above_fen = Fen("Null: one approver is enough for any amount.", allow_none=True)
    waiting = Part(ChangeAnswer, "A change that waits for a second officer.", allow_none=True)
    changes = Parts(ChangeAnswer, "The newest first.")
