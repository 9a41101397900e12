"""Jobs of the books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.notices import service as notices
from matching.ledger.checking import trial_balance


def check_books(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Prove the books every night; where they do not hold, the platform's administrators are told."""
    trial = trial_balance(session)
    record_as(
        session,
        None,
        "ledger.checked",
        subject_kind="ledger",
        subject_id="books",
        holds=trial.holds,
        transactions=trial.transactions,
        entries=trial.entries,
        findings=len(trial.findings),
    )
    if trial.holds:
        return
    platforms = session.scalars(
        select(Organisation.id).where(Organisation.kind == OrganisationKind.PLATFORM.value)
    )
    for organisation_id in platforms:
        notices.notify(
            session,
            organisation_id=organisation_id,
            kind="ledger.broken",
            params={"n": len(trial.findings)},
            link=("platform_ledger.index", {}),
            roles=(Role.PLATFORM_ADMINISTRATOR,),
        )
