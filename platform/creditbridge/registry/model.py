"""Tables of the registry: firms, and the imports that brought them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.access.model import User
from creditbridge.kernel import clock
from creditbridge.registry.readings import EntityKind, FirmStatus, IdentityStatus
from creditbridge.store.base import Base, BigId, Identified, Json, Timestamped


class FirmImport(Identified, Timestamped, Base):
    """One file that was imported: what it was, who brought it, and the counts that account for every row."""

    __tablename__ = "firm_import"
    __table_args__ = (
        CheckConstraint("rows = accepted + warned + refused", name="rows_accounted"),
        CheckConstraint("created + updated + unchanged = accepted + warned", name="firms_accounted"),
    )

    file_name: Mapped[str] = mapped_column(String(255))
    content_digest: Mapped[str] = mapped_column(String(64))
    format: Mapped[str] = mapped_column(String(8))
    delimiter: Mapped[str] = mapped_column(String(1), default="")
    header: Mapped[list[str]]
    unread_columns: Mapped[list[str]]
    notes: Mapped[list[Any]]
    check_digit_reason: Mapped[str] = mapped_column(String(500), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    user_name: Mapped[str] = mapped_column(String(120), default="")
    rows: Mapped[int]
    accepted: Mapped[int]
    warned: Mapped[int]
    refused: Mapped[int]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]


class FirmImportRow(Base):
    """A row that was refused or taken with a warning. ``cells`` are kept of refused rows, to give them back."""

    __tablename__ = "firm_import_row"
    __table_args__ = (Index("ix_firm_import_row_import_id_outcome_line", "import_id", "outcome", "line"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("firm_import.id"))
    line: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    findings: Mapped[list[Any]] = mapped_column(Json)
    cells: Mapped[list[str]] = mapped_column(Json)


class Firm(Identified, Timestamped, Base):
    """A business entity as registered. ``firm_no`` numbers firms densely from 0, for bitmaps; none is ever removed.

    The code is an attribute: an old registration may have none. ``capital_minor`` is in the minor unit of
    ``capital_currency``. None and empty text mean that no register said it. ``is_demo`` marks an invented firm.
    """

    __tablename__ = "firm"
    __table_args__ = (
        CheckConstraint("uscc IS NOT NULL OR old_number IS NOT NULL", name="identified"),
        # A firm without a code is known by its old number alone, so two of them must not share it.
        Index(
            "uq_firm_old_number_alone",
            "old_number",
            unique=True,
            sqlite_where=text("uscc IS NULL"),
            postgresql_where=text("uscc IS NULL"),
        ),
        Index("ix_firm_old_number", "old_number"),
    )

    firm_no: Mapped[int] = mapped_column(unique=True)
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    old_number: Mapped[str | None] = mapped_column(String(40))
    identity_status: Mapped[str] = mapped_column(String(16), default=IdentityStatus.CONFIRMED.value)
    name: Mapped[str] = mapped_column(String(200), index=True)
    entity_kind: Mapped[str] = mapped_column(String(24), default=EntityKind.UNKNOWN.value)
    entity_kind_is_hint: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(24), default=FirmStatus.UNKNOWN.value, index=True)
    established_on: Mapped[date | None]
    type_raw: Mapped[str] = mapped_column(String(120), default="")
    capital_raw: Mapped[str] = mapped_column(String(200), default="")
    capital_minor: Mapped[int | None]
    capital_currency: Mapped[str | None] = mapped_column(String(3))
    scope: Mapped[str] = mapped_column(Text, default="")
    region_code: Mapped[str | None] = mapped_column(String(6), index=True)
    industry_code: Mapped[str | None] = mapped_column(String(4), index=True)
    address: Mapped[str] = mapped_column(String(500), default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(40), default="import")
    last_import_id: Mapped[int | None] = mapped_column(ForeignKey("firm_import.id"), index=True)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
