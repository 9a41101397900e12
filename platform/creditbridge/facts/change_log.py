"""What is noted of changes of facts: a row of the log for each, and one entry in the audit trail for a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.registry.model import Firm


def is_confirmed_again(held: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> bool:
    """The same value of the same source as of a later day: nothing that a log of changes need tell."""
    if held is None or new is None:
        return False
    return {**held, "as_of": new["as_of"]} == new


def audit(
    session: Session,
    firms: int,
    only: tuple[int, Iterable[str]] | None,
    *,
    seq: int,
    actor: Actor | None,
    reason: str,
) -> None:
    """One entry with the counter for many firms, whose rows the log names; by name for ``only`` one and its facts."""
    kind, subject = "change_seq", str(seq)
    details: dict[str, Any] = {"firms": firms}
    if only is not None:
        firm_id, codes = only
        kind, subject, details = "firm", public_id(session, firm_id), {"facts": sorted(codes)}
    details["change_seq"] = seq
    record_as(
        session, actor, "facts.recorded", subject_kind=kind, subject_id=subject, reason=reason, **details
    )


def public_id(session: Session, firm_id: int) -> str:
    return session.scalars(select(Firm.public_id).where(Firm.id == firm_id)).one()
