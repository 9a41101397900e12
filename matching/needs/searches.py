"""Searches that no product answered, noted without who searched: demand the administrator sees."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.registry.model import Firm
from matching.needs.lookup import unnamed
from matching.needs.model import UnmetSearch


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was searched for; at least one is said."""

    amount_fen: int | None
    term_months: int | None
    purpose: str | None


def note_unmet(session: Session, firm: Firm, wanted: Wanted) -> bool:
    """Note a search once a day; answers whether it is new. The firm is in the digest alone, with the day."""
    today, told = clock.today(), unnamed(session, firm)
    stated = json.dumps([firm.public_id, today.isoformat(), asdict(wanted)], sort_keys=True)
    digest = hashlib.sha256(stated.encode()).hexdigest()
    if session.scalar(select(UnmetSearch.id).where(UnmetSearch.digest == digest)) is not None:
        return False
    session.add(UnmetSearch(on_day=today, digest=digest, **asdict(wanted), **asdict(told)))
    return True
