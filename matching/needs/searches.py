"""Searches that no product answered, noted without who searched: demand the administrator sees."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.registry.model import Firm
from creditbridge.store.audit_changes import digest_of
from matching.needs.lookup import unnamed
from matching.needs.model import UnmetSearch


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was searched for; at least one is said."""

    amount_fen: int | None
    term_months: int | None
    purpose: str | None


def note_unmet(session: Session, firm: Firm, wanted: Wanted) -> bool:
    """Note a search once a day; answers whether it is new.

    The firm is in the digest alone, with the day; without the application's key nobody can try firms on it.
    """
    today, told = clock.today(), unnamed(session, firm)
    digest = digest_of([firm.public_id, today.isoformat(), asdict(wanted)])
    if session.scalar(select(UnmetSearch.id).where(UnmetSearch.digest == digest)) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(UnmetSearch(on_day=today, digest=digest, **asdict(wanted), **asdict(told)))
    except IntegrityError:  # the same search at the same moment
        return False
    return True
