"""A line's limit changes with the firm's consent: the entry, the row and the books together."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel.lifecycle import illegal_step
from matching.lines import announcing, booking
from matching.lines.correcting import hold_line, terms_of
from matching.lines.model import CreditLine, LineEntry
from matching.lines.recording import size_of, stated
from matching.lines.rules import LINE_STATE_WORDS, EntryKind, LineState, is_inclusive_msme


def adjust_amount(
    session: Session, actor: Actor, line: CreditLine, amount_fen: int, *, reason: str
) -> CreditLine:
    """Take a line to another limit that the firm agreed to.

    Raises:
        Conflict: the line has ended, or somebody else was first.
        RuleRefused: ``limit_in_use`` or ``quota_exhausted``.
    """
    if line.state_now not in (LineState.ACTIVE, LineState.FROZEN):
        raise illegal_step(LINE_STATE_WORDS[line.state_now])
    hold_line(session, line)
    terms = replace(terms_of(line), amount_fen=amount_fen)
    delta = amount_fen - line.amount_fen
    booking.change_amount(session, actor, line, delta)
    line.amount_fen = amount_fen
    line.inclusive_msme = is_inclusive_msme(size_of(line), amount_fen, line.granted_on)
    session.add(
        LineEntry(
            line_id=line.id,
            kind=EntryKind.ADJUSTMENT.value,
            amount_fen=delta,
            stated=stated(terms),
            reason=reason.strip(),
            user_id=actor.user_id,
            user_name=actor.name,
        )
    )
    session.flush()
    record_as(
        session,
        actor,
        "line.adjusted",
        subject_kind=announcing.KIND,
        subject_id=line.public_id,
        reason=reason.strip(),
        amount_fen=amount_fen,
    )
    return line
