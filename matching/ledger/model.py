"""Tables of the books. Accounts, transactions and entries are only ever added; triggers refuse anything else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from creditbridge.store.base import Base, BigId, Identified, Timestamped


class LedgerAccount(Base):
    """One account of one owner. The owner's key is that of its kind's table; owners are never deleted."""

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("kind", "owner_kind", "owner_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    owner_kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int]


class LedgerTransaction(Identified, Base):
    """What moved, when, by whom and for what. ``entry_count`` and ``moved_fen`` are those of its entries.

    ``on`` is the legal date it counts for, ``at`` when it was written. ``settles_id`` is the hold it ends. A
    ``reference`` makes what happens once happen once.
    """

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        CheckConstraint("entry_count >= 2 AND moved_fen > 0", name="moves"),
        CheckConstraint("kind IN ('draw_post', 'draw_void') OR settles_id IS NULL", name="settles"),
        Index("ix_ledger_transaction_lender_on", "lender_id", "on_date"),
    )

    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    on_date: Mapped[date]
    entry_count: Mapped[int]
    moved_fen: Mapped[int]
    reference: Mapped[str | None] = mapped_column(String(80), unique=True)
    settles_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transaction.id"), unique=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("credit_line.id"), index=True)
    drawdown_id: Mapped[int | None] = mapped_column(index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"), index=True)
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("risk_pool.id"), index=True)
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("firm.id"), index=True)
    lender_id: Mapped[int | None] = mapped_column(ForeignKey("lender.id"))
    about: Mapped[str] = mapped_column(String(60), default="")
    memo: Mapped[str] = mapped_column(String(500), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    user_name: Mapped[str] = mapped_column(String(80), default="")

    entries: Mapped[list[LedgerEntry]] = relationship(order_by="LedgerEntry.id", viewonly=True)


class LedgerEntry(Base):
    """Fen onto an account (above nought) or off it."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("fen <> 0", name="fen"),
        UniqueConstraint("transaction_id", "account_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transaction.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), index=True)
    fen: Mapped[int]

    account: Mapped[LedgerAccount] = relationship(viewonly=True)


class LedgerLimit(Base):
    """The counters of a line or a risk pool; they move by conditional updates only, beside the entries.

    A limit that is not ``is_open`` takes no new holds; ``closed_reason`` says why, for people.
    """

    __tablename__ = "ledger_limit"
    __table_args__ = (
        UniqueConstraint("owner_kind", "owner_id"),
        CheckConstraint("held_fen >= 0 AND used_fen >= 0", name="parts"),
        CheckConstraint("used_fen + held_fen <= limit_fen", name="within"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    owner_kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int]
    limit_fen: Mapped[int]
    held_fen: Mapped[int] = mapped_column(default=0)
    used_fen: Mapped[int] = mapped_column(default=0)
    is_open: Mapped[bool] = mapped_column(default=True)
    closed_reason: Mapped[str] = mapped_column(String(500), default="")


class RiskPool(Identified, Timestamped, Base):
    """Money set aside to share in losses (风险补偿资金池). Its figures are those of the books."""

    __tablename__ = "risk_pool"

    name: Mapped[dict[str, Any]]
    sponsor: Mapped[str] = mapped_column(String(120), default="")
    most_share_ppm: Mapped[int]
    is_open: Mapped[bool] = mapped_column(default=True)

    @property
    def words(self) -> Words:
        return Words.from_json(self.name)


constraints.register(
    {
        "uq_ledger_transaction_settles_id": DuplicateRequest(
            "hold_settled", Words("该笔占用已处理过。", "This hold was settled already.")
        ),
        "uq_ledger_transaction_reference": DuplicateRequest(
            "already_booked", Words("该笔业务已记账。", "This was booked already.")
        ),
    }
)
