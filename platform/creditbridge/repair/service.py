"""The repairs a firm can make of the records held of it, as actions with their earliest date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from creditbridge.facts.actions import Action
from creditbridge.records import manifest
from creditbridge.registry import service as registry
from creditbridge.repair.actions import record_actions
from creditbridge.repair.reading import repairable


def actions_of(session: Session, firm_id: int, on: date) -> Sequence[Action]:
    """What the firm can have repaired or wait out, asked on a legal date.

    Raises:
        NotFound: there is no such firm.
    """
    firm_no = registry.firm_by_id(session, firm_id).firm_no
    if manifest.FOLDER_KEY not in session.info:
        return ()
    return record_actions(repairable(manifest.opened(session).read_firms([firm_no], on)), on)
