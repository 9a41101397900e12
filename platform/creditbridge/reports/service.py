"""Making monthly reports, once each, and reading them exactly or with small cells hidden."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
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
from creditbridge.registry import industries
from creditbridge.registry.service import firm_count
from creditbridge.reports import differencing, gathering
from creditbridge.reports.masking import cell, hidden_cells, name
from creditbridge.reports.model import MonthlyReport
from creditbridge.reports.rules import (
    NO_INDUSTRY,
    Figures,
    Standing,
    count,
    first_day,
    last_month,
    month_before,
)
from creditbridge.store.change_counter import current
from creditbridge.store.database import Database

MOST_EARLIER = 24
"""Reports before that are compared with: a section whose grades were told in none of them is told anew."""
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
    return _kept(session, _made(session, month, actor), actor)


def _kept(session: Session, made: MonthlyReport, actor: Actor | None) -> MonthlyReport:
    session.add(made)
    session.flush()
    record_as(
        session,
        actor,
        "reports.made",
        subject_kind="monthly_report",
        subject_id=made.public_id,
        month=made.month,
        digest=made.digest,
    )
    return made


def month_due(session: Session) -> str | None:
    """Last month, if its report is not there yet and there is a city to report on."""
    month = last_month(clock.today())
    return None if _row(session, month) is not None or not firm_count(session) else month


def make_due(session: Session) -> str | None:
    """Make last month's report where it is due; answers its month."""
    month = month_due(session)
    return None if month is None else make(session, month).month


def make_beside(database: Database) -> str | None:
    """The same with no transaction open that writes while the whole city is read: others may write meanwhile."""
    with database.read() as session:
        month = month_due(session)
        if month is None:
            return None
        made = _made(session, month, None)
    with database.write() as session:
        return None if _row(session, month) is not None else _kept(session, made, None).month


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
    hidden = sorted({*hidden_cells(figures), *_given_away_by_earlier(session, month, firms)})
    return MonthlyReport(
        month=month,
        as_of=today,
        change_seq=current(session),
        figures=told,
        hidden=hidden,
        digest=_digest(month, today, told, hidden),
        standings=gathering.packed({firm.firm_no: firm.grade for firm in firms if firm.in_business}),
        user_id=actor.user_id if actor else None,
    )


def _given_away_by_earlier(session: Session, month: str, firms: Sequence[Standing]) -> list[str]:
    """The cells that would tell of single firms to one who has kept the reports before."""
    earlier = session.scalars(
        select(MonthlyReport)
        .where(MonthlyReport.month < month)
        .order_by(MonthlyReport.month.desc())
        .limit(MOST_EARLIER)
    ).all()
    if not earlier:
        return []
    moved: dict[str, Counter[str]] = {}

    def moved_since(row: MonthlyReport) -> Counter[str]:
        if row.month not in moved:
            moved[row.month] = differencing.moved_firms(firms, gathering.unpacked(row.standings))
        return moved[row.month]

    since_told = {
        key: moved_since(row)[key]
        for key in (*(section.code for section in industries.sections()), NO_INDUSTRY)
        if (row := next((row for row in earlier if differencing.tells_grades(row.hidden, key)), None))
    }
    keys = differencing.too_few(moved_since(earlier[0])) | differencing.too_few(since_told)
    return differencing.cells_of(keys)


def _digest(month: str, as_of: date, figures: Mapping[str, Any], hidden: Sequence[str]) -> str:
    content = json.dumps(
        [month, as_of.isoformat(), figures, list(hidden)], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(content.encode()).hexdigest()
