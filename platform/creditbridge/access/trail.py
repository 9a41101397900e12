"""Writing the audit trail in an actor's name."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.store import audit


def record_as(
    session: Session,
    actor: Actor | None,
    action: str,
    *,
    subject_kind: str,
    subject_id: str,
    reason: str = "",
    **details: Any,
) -> None:
    """Append an audit entry for what ``actor`` did (None: the system itself). Details: ids, states, digests only."""
    audit.record(
        session,
        action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor_id=actor.user_id if actor else None,
        organisation_id=actor.organisation_id if actor else None,
        via=actor.via if actor else "system",
        reason=reason,
        details=details,
    )
