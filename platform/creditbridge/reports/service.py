"""Making monthly reports, once each, and reading them exactly or with small cells hidden."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.dates import add_months
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry.service import firm_count
from creditbridge.reports import gathering
from creditbridge.reports.masking import cell, hidden_cells, name
from creditbridge.reports.model import MonthlyReport
from creditbridge.reports.rules import TOTAL, Figures, count, first_day, last_month, month_before
from creditbridge.store.change_counter import current

_ALREADY = Words("{month} 的报告已经生成，不能再改。", "The report of {month} is made and cannot be changed.")
_RUNNING = Words("{month} 还没有结束。", "{month} is not over.")


@dataclass(frozen=True, slots=True)
class Read:
    """A report as somebody may read it: exact, or without what is hidden from them."""

    month: str
    as_of: date
    digest: str
    exact: bool
    figures: Mapping[str, Figures]
    hidden: frozenset[str]
    before: Read | None = None

    def value(self, key: str, column: str) -> int | None:
        """A figure; None where it is hidden."""
        return None if name(key, column) in self.hidden else cell(self.figures[key], column)

    def change(self, key: str, column: str) -> int | None:
        """By how much a figure differs from the month before; None where either is hidden or there is none."""
        now = self.value(key, column)
        then = self.before.value(key, column) if self.before else None
        return None if now is None or then is None else now - then

    @property
    def hides(self) -> bool:
        return bool(self.hidden)


def make(session: Session, month: str, actor: Actor | None = None) -> MonthlyReport:
    """Make the report of a month that is over.

    Raises:
        NotAllowed: for anybody but a platform administrator and the platform itself.
        InvalidInput: the month is not over.
        Conflict: it is made already.
    """
    if actor is not None and not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    if month > last_month(clock.today()):
        words = _RUNNING.fill(month=month)
        raise InvalidInput({"month": [words]}, words, code="month_not_over")
    if _row(session, month) is not None:
        raise Conflict("report_made", _ALREADY.fill(month=month))
    made = _made(session, month, actor)
    session.add(made)
    session.flush()
    record_as(
        session,
        actor,
        "reports.made",
        subject_kind="monthly_report",
        subject_id=made.public_id,
        month=month,
        digest=made.digest,
    )
    return made


def make_due(session: Session) -> str | None:
    """Make last month's report if it is not there yet and there is a city to report on; answers its month."""
    month = last_month(clock.today())
    if _row(session, month) is not None or not firm_count(session):
        return None
    return make(session, month).month


def months(session: Session) -> Sequence[str]:
    """The months there are reports of, newest first."""
    return session.scalars(select(MonthlyReport.month).order_by(MonthlyReport.month.desc())).all()


def read(session: Session, month: str | None, *, exact: bool) -> Read | None:
    """The report of a month, or the newest, with the one before it; None before the first.

    Raises:
        NotFound: there is none of that month.
    """
    if month is None:
        known = months(session)
        if not known:
            return None
        month = known[0]
    row = _row(session, month)
    if row is None:
        raise NotFound(Words("报告", "report"))
    before = _row(session, month_before(month))
    return _as_read(row, exact=exact, before=_as_read(before, exact=exact) if before else None)


def is_whole(row: MonthlyReport) -> bool:
    """Whether a report still says what it said when it was made."""
    return row.digest == _digest(row.month, row.as_of, row.figures, row.hidden)


def _row(session: Session, month: str) -> MonthlyReport | None:
    return session.scalar(select(MonthlyReport).where(MonthlyReport.month == month))


def _as_read(row: MonthlyReport, *, exact: bool, before: Read | None = None) -> Read:
    figures = {key: Figures.from_json(held) for key, held in row.figures.items()}
    hidden = frozenset() if exact else frozenset(row.hidden)
    return Read(row.month, row.as_of, row.digest, exact, figures, hidden, before)


def _made(session: Session, month: str, actor: Actor | None) -> MonthlyReport:
    first, today = first_day(month), clock.today()
    last = add_months(first, 1) - timedelta(days=1)
    before = _row(session, month_before(month))
    firms = list(gathering.standings(session))
    figures = count(
        firms,
        gathering.unpacked(before.standings) if before else {},
        gathering.adverse_records(session, first, last),
        gathering.new_risks(session, first, last),
    )
    told = {key: held.to_json() for key, held in figures.items()}
    hidden = hidden_cells(figures)
    return MonthlyReport(
        month=month,
        as_of=today,
        change_seq=current(session),
        figures=told,
        hidden=hidden,
        digest=_digest(month, today, told, hidden),
        standings=gathering.packed({firm.firm_no: firm.grade for firm in firms}),
        user_id=actor.user_id if actor else None,
    )


def _digest(month: str, as_of: date, figures: Mapping[str, Any], hidden: Sequence[str]) -> str:
    content = json.dumps(
        [month, as_of.isoformat(), figures, list(hidden)], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(content.encode()).hexdigest()


def firms_told(report: Read) -> int | None:
    """How many firms a report counts, as its reader may know."""
    return report.value(TOTAL, "firms")
