"""What anyone may know of the credit granted."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching.lines.model import CreditLine

SMALLEST = 5


def firms_granted(session: Session) -> int | None:
    """How many firms have been granted credit; None where fewer than five have (domain rule 15)."""
    firms = func.count(func.distinct(CreditLine.firm_id))
    counted = session.scalar(select(firms).where(CreditLine.standing.is_not(None))) or 0
    return counted if counted >= SMALLEST else None
