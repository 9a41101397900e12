"""Jobs of facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.facts.from_registry import refresh_registry_facts
from creditbridge.registry.model import Firm, FirmImport


def refresh_imported(session: Session, payload: Mapping[str, Any]) -> None:
    """Push what the register says of the firms that an import made or changed; ``payload`` names the import."""
    of_import = select(FirmImport.id).where(FirmImport.public_id == payload["import_id"]).scalar_subquery()
    refresh_registry_facts(
        session, session.scalars(select(Firm.id).where(Firm.last_import_id == of_import)).all()
    )
