"""Tables of labels: what each firm carries now, what it carried before, and the bitmaps that are counted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.kernel import clock
from creditbridge.store.base import Base, BigId, Json


class FirmLabels(Base):
    """The labels of one firm now. ``details`` maps each code to the day it was given and its evidence.

    ``facets`` are the size, grade, industry and region the labels were counted with; ``digest`` says whether anything
    here would be written otherwise. ``changed_on`` is the day of the run that wrote the row last.
    """

    __tablename__ = "firm_labels"

    firm_id: Mapped[int] = mapped_column(BigId, ForeignKey("firm.id"), primary_key=True, autoincrement=False)
    codes: Mapped[list[str]] = mapped_column(Json)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    facets: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(24))
    changed_on: Mapped[date]
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)


class PastLabel(Base):
    """A label that a firm carried until a day: its evidence went, or the label was retired."""

    __tablename__ = "past_label"
    __table_args__ = (Index("ix_past_label_firm_id_until", "firm_id", "until"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"))
    label: Mapped[str] = mapped_column(String(64), index=True)
    since: Mapped[date]
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(16))
    evidence: Mapped[list[Any]] = mapped_column(Json)


class LabelState(Base):
    """The single row (``id`` = 1): how often labels were written, and the name of the bitmaps there are.

    ``index_id`` is new with every rebuilding, so that processes know what they hold; empty before the first.
    """

    __tablename__ = "label_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(default=0)
    index_id: Mapped[str] = mapped_column(String(26), default="")
    as_of: Mapped[date | None]


class LabelBitmap(Base):
    """One packed bitmap of the index: the firms that carry a label or have the value of a facet."""

    __tablename__ = "label_bitmap"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    firms: Mapped[int]
    bits: Mapped[bytes] = mapped_column(LargeBinary)
