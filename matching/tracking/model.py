"""Tables of what is counted over the whole city by a job, one count a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.kernel.words import Words
from creditbridge.store.base import Base, BigId, Timestamped


class ExclusionCount(Timestamped, Base):
    """Firms with no eligible product on a day. ``firm_nos`` are the first of them."""

    __tablename__ = "exclusion_count"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    on_day: Mapped[date] = mapped_column(unique=True)
    change_seq: Mapped[int]
    firms: Mapped[int]
    unserved: Mapped[int]
    closed_out: Mapped[int]
    firm_nos: Mapped[list[Any]]

    criteria: Mapped[list[ExclusionCriterion]] = relationship(
        cascade="all, delete-orphan", order_by="ExclusionCriterion.place"
    )


class ExclusionCriterion(Base):
    """A criterion that shuts out firms of the count; ``place`` 1 shuts out most."""

    __tablename__ = "exclusion_criterion"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("exclusion_count.id"), index=True)
    place: Mapped[int]
    criterion: Mapped[dict[str, Any]]
    sentence: Mapped[dict[str, Any]]
    products: Mapped[int]
    shut_out: Mapped[int]
    alone: Mapped[int]
    missing: Mapped[int]
    firm_nos: Mapped[list[Any]]

    @property
    def words(self) -> Words:
        """The criterion as a sentence."""
        return Words.from_json(self.sentence)
