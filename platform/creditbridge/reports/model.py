"""Monthly reports by industry, never changed once they are made."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.access.model import User
from creditbridge.store.base import Base, Identified, Timestamped


class MonthlyReport(Identified, Timestamped, Base):
    """The report of one month. ``figures`` are by division, section and total; ``hidden`` names what only exact readers see.

    ``digest`` is of month, day, figures and hidden. ``standings`` holds the grade of every firm, packed, for the movement
    of the month after; it is deleted with its firms' data and is no part of the digest. ``change_seq`` says which state
    of the facts was counted.
    """

    __tablename__ = "monthly_report"

    month: Mapped[str] = mapped_column(String(7), unique=True)
    as_of: Mapped[date]
    change_seq: Mapped[int]
    figures: Mapped[dict[str, Any]]
    hidden: Mapped[list[str]]
    digest: Mapped[str] = mapped_column(String(64))
    standings: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
