"""The table of periodic work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.store.base import Base, BigId


class ScheduleMark(Base):
    """The last slot for which a piece of periodic work was handed to the outbox."""

    __tablename__ = "schedule_mark"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    slot: Mapped[datetime]
