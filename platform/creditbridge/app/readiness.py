"""What keeps a process from serving."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session


def problems(session: Session) -> list[str]:
    """The names of what does not answer; empty when all is well."""
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return ["database"]
    return []
