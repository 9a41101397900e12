"""Tables of monitoring: what was last known of a watched firm, alerts, and each lender's policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.kernel import clock
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from matching.monitoring.rules import AlertState, Blocking, Finding, Severity


class WatchedFirm(Base):
    """A firm that a lender watches: what was known when it was last compared, under which consent, up to which change.

    ``known`` never leaves the platform; what a lender is told stands in its alerts.
    """

    __tablename__ = "watched_firm"
    __table_args__ = (UniqueConstraint("organisation_id", "firm_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), index=True)
    change_seq: Mapped[int]
    known: Mapped[dict[str, Any]]
    compared_at: Mapped[datetime] = mapped_column(default=clock.now)


class MonitorAlert(Identified, Timestamped, Base):
    """What a lender was told of a firm with a line, once. ``entry_id`` is the look in the firm's access ledger."""

    __tablename__ = "monitor_alert"
    __table_args__ = (
        UniqueConstraint("watched_id", "change_seq", "consent_id"),
        Index("ix_monitor_alert_organisation_id_id", "organisation_id", "id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    watched_id: Mapped[int] = mapped_column(ForeignKey("watched_firm.id"))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), index=True)
    entry_public_id: Mapped[str] = mapped_column(String(26))
    change_seq: Mapped[int]
    severity: Mapped[str] = mapped_column(String(16))
    findings: Mapped[list[Any]]
    line_ids: Mapped[list[Any]]
    """Keys of the lender's lines with the firm at that moment."""
    blocked: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16), default=AlertState.NEW.value)
    version: Mapped[int] = mapped_column(default=1)
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    handled_by: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(500), default="")

    @property
    def state_now(self) -> AlertState:
        return AlertState(self.state)

    @property
    def severity_now(self) -> Severity:
        return Severity(self.severity)

    @property
    def found(self) -> list[Finding]:
        return [Finding.from_json(row) for row in self.findings]


class MonitoringPolicy(Base):
    """What a lender lets an alert do. No row: serious alerts block new drawdowns."""

    __tablename__ = "monitoring_policy"

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, autoincrement=False
    )
    blocking: Mapped[str] = mapped_column(String(16), default=Blocking.SERIOUS.value)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
