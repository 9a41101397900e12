"""What keeps a process from serving: the database does not answer, or its tables are not those of this version.

A missing broker does not: requests write their effects to the outbox, and the relay catches up.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from creditbridge.app import schema
from creditbridge.store import change_counter


def problems(session: Session) -> list[str]:
    """The names of what is wrong (``database``, ``schema``); empty when all is well."""
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return ["database"]
    try:
        change_counter.current(session)
        found = schema.revision(session.connection())
    except SQLAlchemyError:
        session.rollback()
        return ["schema"]
    # Tables that were made without migrations, as tests make them, have no revision; they are there, that is enough.
    return [] if found in {None, schema.head()} else ["schema"]
