"""Tables of credit lines: the line with what was true when it was granted, its entries, and what is reported of it.

Amounts are fen, rates ppm a year. What was known of the firm at the grant is frozen in the line, so that a later
change of grade, size or address moves no statistic.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    false,
    inspect,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from matching.lines.rules import BLOCKED_BY_ALERT, LineKind, LineSource, LineState


class CreditLine(Identified, Timestamped, Base):
    """One row a grant. ``standing`` is true until the record is voided, then NULL; only standing lines are counted.

    ``revolving`` says that repayment frees the limit; ``drawing_blocked`` why a policy allows no new drawdown.
    ``grade`` and what follows it are the firm's at the grant; None means it was not known. ``disbursed_fen`` and
    ``balance_fen`` are those of the newest report, as of ``balance_on``.
    """

    __tablename__ = "credit_line"
    __table_args__ = (
        UniqueConstraint("lender_id", "contract_number", "standing"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("balance_fen >= 0 AND balance_fen <= disbursed_fen", name="balance"),
        CheckConstraint("kind = 'renewal' OR renews_line_id IS NULL", name="renews"),
        Index("ix_credit_line_lender_granted", "lender_id", "granted_on"),
    )

    lender_id: Mapped[int] = mapped_column(ForeignKey("lender.id"))
    lender_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    lender_name: Mapped[dict[str, Any]]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), index=True)
    branch_name: Mapped[dict[str, Any] | None]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    officer_name: Mapped[str] = mapped_column(String(80), default="")
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"), index=True)
    product_version_id: Mapped[int | None] = mapped_column(ForeignKey("product_version.id"), index=True)
    product_name: Mapped[dict[str, Any] | None]
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"), unique=True)
    source: Mapped[str] = mapped_column(String(16), default=LineSource.OFFLINE.value)

    state: Mapped[str] = mapped_column(String(16), default=LineState.PENDING_SIGNING.value, index=True)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    standing: Mapped[bool | None] = mapped_column(default=True)

    contract_number: Mapped[str] = mapped_column(String(60))
    granted_on: Mapped[date] = mapped_column(index=True)
    amount_fen: Mapped[int]
    annual_rate_ppm: Mapped[int]
    term_months: Mapped[int]
    maturity_on: Mapped[date] = mapped_column(index=True)
    repayment_method: Mapped[str] = mapped_column(String(24))
    guarantee_type: Mapped[str] = mapped_column(String(32))
    unsecured: Mapped[bool]
    first_time_borrower: Mapped[bool]
    revolving: Mapped[bool] = mapped_column(default=False, server_default=false())
    drawing_blocked: Mapped[str] = mapped_column(String(500), default="", server_default="")
    kind: Mapped[str] = mapped_column(String(16), default=LineKind.NEW.value)
    renews_line_id: Mapped[int | None] = mapped_column(ForeignKey("credit_line.id"), index=True)
    inclusive_msme: Mapped[bool]

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    firm_uscc: Mapped[str] = mapped_column(String(18), default="")
    grade: Mapped[str | None] = mapped_column(String(16))
    grade_scale: Mapped[str | None] = mapped_column(String(32))
    grade_scale_version: Mapped[int | None]
    firm_size: Mapped[str | None] = mapped_column(String(16))
    section: Mapped[str | None] = mapped_column(String(1))
    division: Mapped[str | None] = mapped_column(String(2))
    region_code: Mapped[str | None] = mapped_column(String(6))

    disbursed_fen: Mapped[int] = mapped_column(default=0)
    balance_fen: Mapped[int] = mapped_column(default=0)
    balance_on: Mapped[date | None]
    overdue_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    overdue_days: Mapped[int] = mapped_column(default=0, server_default="0")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)

    support: Mapped[LineSupport | None] = relationship(back_populates="line")
    renews: Mapped[CreditLine | None] = relationship(remote_side="CreditLine.id")
    entries: Mapped[list[LineEntry]] = relationship(back_populates="line", order_by="LineEntry.id")
    balances: Mapped[list[LineBalance]] = relationship(
        back_populates="line", order_by="LineBalance.as_of, LineBalance.id"
    )

    @property
    def state_now(self) -> LineState:
        return LineState(self.state)

    @property
    def why_blocked(self) -> Words | None:
        """Why no new drawdown is allowed, for people; None while a policy blocks nothing."""
        told = self.drawing_blocked
        if not told:
            return None
        return BLOCKED_BY_ALERT if told == BLOCKED_BY_ALERT.zh else Words(told, told)

    @property
    def lender(self) -> Words:
        """The lender's name as it was."""
        return Words.from_json(self.lender_name)

    @property
    def branch(self) -> Words | None:
        """The branch's name as it was."""
        return Words.from_json(self.branch_name) if self.branch_name else None

    @property
    def product(self) -> Words | None:
        """The product's name as it was; None for a grant under no product of the platform."""
        return Words.from_json(self.product_name) if self.product_name else None


class LineSupport(Timestamped, Base):
    """Who stands for a line beside the firm, how losses are shared, and what is subsidised.

    Shares are of the principal, in ppm; the three make a whole. The premium is what the firm pays for the guarantee
    over the line's term, and ``subsidy_fen`` what comes back of it.
    """

    __tablename__ = "credit_line_support"
    __table_args__ = (
        CheckConstraint("lender_share_ppm + guarantor_share_ppm + pool_share_ppm = 1000000", name="shares"),
        CheckConstraint("subsidy_fen >= 0 AND subsidy_fen <= premium_fen", name="subsidy"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("credit_line.id"), unique=True)
    guarantor: Mapped[str] = mapped_column(String(120), default="")
    guarantee_contract: Mapped[str] = mapped_column(String(60), default="")
    lender_share_ppm: Mapped[int] = mapped_column(default=1_000_000)
    guarantor_share_ppm: Mapped[int] = mapped_column(default=0)
    pool_share_ppm: Mapped[int] = mapped_column(default=0)
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("risk_pool.id"), index=True)
    premium_fen: Mapped[int] = mapped_column(default=0)
    subsidy_ppm: Mapped[int] = mapped_column(default=0)
    subsidy_fen: Mapped[int] = mapped_column(default=0)
    in_cultivation_pool: Mapped[bool] = mapped_column(default=False)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)

    line: Mapped[CreditLine] = relationship(back_populates="support")


class LineEntry(Identified, Base):
    """What a grant was recorded as, taken back, or recorded anew. Entries are only ever added.

    The amounts of a line's entries sum to what it grants. ``stated`` are the grant's terms as this entry says them.
    """

    __tablename__ = "credit_line_entry"

    line_id: Mapped[int] = mapped_column(ForeignKey("credit_line.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    amount_fen: Mapped[int]
    stated: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(default=clock.now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    user_name: Mapped[str] = mapped_column(String(80), default="")

    line: Mapped[CreditLine] = relationship(back_populates="entries")


class LineBalance(Identified, Timestamped, Base):
    """A report of what was paid out and is outstanding as of a date. A later report of the same date replaces it."""

    __tablename__ = "credit_line_balance"
    __table_args__ = (Index("ix_credit_line_balance_line_as_of", "line_id", "as_of"),)

    line_id: Mapped[int] = mapped_column(ForeignKey("credit_line.id"))
    as_of: Mapped[date]
    disbursed_fen: Mapped[int]
    balance_fen: Mapped[int]
    overdue_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    overdue_days: Mapped[int] = mapped_column(default=0, server_default="0")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    user_name: Mapped[str] = mapped_column(String(80), default="")

    line: Mapped[CreditLine] = relationship(back_populates="balances")


class LineImport(Identified, Timestamped, Base):
    """A file of grants or of balances that was read, and the counts that account for every row of it."""

    __tablename__ = "credit_line_import"
    __table_args__ = (CheckConstraint("rows = created + unchanged + refused", name="rows_accounted"),)

    lender_id: Mapped[int] = mapped_column(ForeignKey("lender.id"), index=True)
    content: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(255))
    content_digest: Mapped[str] = mapped_column(String(64))
    format: Mapped[str] = mapped_column(String(8))
    header: Mapped[list[str]]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    user_name: Mapped[str] = mapped_column(String(80), default="")
    rows: Mapped[int]
    created: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]

    refusals: Mapped[list[LineImportRow]] = relationship(order_by="LineImportRow.line")


class LineImportRow(Base):
    """A refused row as it was sent, with the reasons, to be given back."""

    __tablename__ = "credit_line_import_row"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("credit_line_import.id"), index=True)
    line: Mapped[int]
    reasons: Mapped[list[Any]]
    cells: Mapped[list[str]]


CONTRACT_RECORDED = Words(
    "该合同编号的授信已登记，请核对合同编号。",
    "A grant under this contract number is recorded already. Check the number.",
)


@event.listens_for(LineEntry, "before_update")
@event.listens_for(LineBalance, "before_update")
def _keep_immutable(mapper: Mapper[Any], connection: Connection, row: Any) -> None:  # noqa: ARG001
    """Entries and reports are history: a mistake is another row."""
    attributes = inspect(row).attrs
    changed = [name for name in mapper.columns.keys() if attributes[name].history.has_changes()]  # noqa: SIM118
    if changed:
        raise AssertionError(f"{type(row).__name__} {row.id} is only ever added to, not {changed}")


constraints.register(
    {
        "uq_credit_line_lender_id_contract_number_standing": DuplicateRequest(
            "contract_recorded", CONTRACT_RECORDED
        ),
        "uq_credit_line_submission_id": DuplicateRequest(
            "grant_recorded",
            Words("该申请的授信已登记。", "The grant of this application is recorded already."),
        ),
    }
)
