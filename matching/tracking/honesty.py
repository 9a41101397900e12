"""Is matching honest? For each product what became of those it called eligible, and for each grade what became of grants.

What became of a grant is read where it is known best: from the loans on the books where there are any, else from the
balance the lender reported.

Counted are applications begun in the last two years. The verdict is the one frozen when the firm applied. A reviewer
overrode it where a firm shown as eligible was refused; beside that stands how often a reviewer found a fact that the
firm had reported not to be so, for then the match was as good as its facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, true
from sqlalchemy.orm import Session

from creditbridge.facts.catalogue import scales
from creditbridge.kernel import clock
from creditbridge.kernel.money import share
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from lenders.products import service as products
from matching.applications.clocks import DecisionClock
from matching.applications.figures import OFFERED, REFUSED
from matching.applications.model import Decision, Submission, SubmissionEvent
from matching.applications.reasons import REASON_WORDS, Reason
from matching.applications.rules import SubmissionState
from matching.drawdowns import failing
from matching.drawdowns.failing import FAILED, KNOWN
from matching.drawdowns.rules import DRAWDOWN_STATE_WORDS
from matching.eligibility.rules import Verdict
from matching.lines.dimensions import UNKNOWN
from matching.lines.freezing import GRADE
from matching.lines.model import CreditLine
from matching.lines.rules import LineState
from matching.tracking.figures import median_in_days

LOOK_BACK = timedelta(days=730)
GRANTED = (SubmissionState.GRANTED, SubmissionState.CLOSED)
STANDING = (LineState.ACTIVE, LineState.FROZEN, LineState.EXPIRED, LineState.TERMINATED)
"""States of lines on which money can be owed."""
ROWS = 200
_MATURED = Words("到期未还清", "Past maturity, not paid back")


@dataclass(slots=True)
class ProductHonesty:
    """What became of a product's applications; ``taken`` are seconds to each first decision."""

    product: Words
    lender: Words
    product_id: str
    applied: int = 0
    eligible: int = 0
    eligible_decided: int = 0
    eligible_offered: int = 0
    eligible_granted: int = 0
    overridden: int = 0
    tentative_decided: int = 0
    tentative_offered: int = 0
    facts_refused: int = 0
    median_days: float | None = None

    @property
    def offer_ppm(self) -> int | None:
        """Of decided applications shown as eligible, those offered terms."""
        return share(self.eligible_offered, self.eligible_decided)

    @property
    def grant_ppm(self) -> int | None:
        """Of decided applications shown as eligible, those granted."""
        return share(self.eligible_granted, self.eligible_decided)

    @property
    def tentative_ppm(self) -> int | None:
        return share(self.tentative_offered, self.tentative_decided)

    @property
    def override_ppm(self) -> int | None:
        return share(self.overridden, self.eligible_decided)


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """One application behind a product's figures."""

    firm: str
    firm_id: str
    applied_on: date
    verdict: Verdict
    state: SubmissionState
    applied_fen: int
    days: float | None
    overridden: bool
    reasons: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class GradeRow:
    """What became of grants by the firm's grade at the grant.

    ``known`` are those of which is known how they went: past their maturity, or with a loan on the books that is settled
    or failed. Overdue: a loan on the books is overdue, was compensated or written off, or the maturity is past with money
    outstanding.
    """

    key: str
    words: Words
    grants: int
    amount_fen: int
    known: int
    overdue: int
    overdue_fen: int

    @property
    def overdue_ppm(self) -> int | None:
        """Of grants of which is known how they went, those not paid back as agreed."""
        return share(self.overdue, self.known)


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """A grant that was not paid back as agreed: how, and the principal."""

    public_id: str
    contract_number: str
    lender: Words
    firm: str
    grade: Words
    maturity_on: date
    how: Words
    overdue_fen: int


def by_product(session: Session) -> list[ProductHonesty]:
    """Every product that was applied for, those with the most applications first."""
    found: dict[int, ProductHonesty] = {}
    taken: dict[int, list[int]] = defaultdict(list)
    now = clock.now()
    refused = _facts_refused(session)
    names = {row.product_id: row.public_id for row in products.published(session)}
    for row in session.execute(_applications()).mappings():
        key = row["product_id"]
        if key not in found:
            product, lender = Words.from_json(row["product_name"]), Words.from_json(row["lender_name"])
            found[key] = ProductHonesty(product, lender, names.get(key, ""))
        _count(found[key], row["verdict"], SubmissionState(row["state"]))
        found[key].facts_refused += row["id"] in refused
        if row["decided_at"] is not None:
            decided = DecisionClock(row["started_at"], row["paused_seconds"], None, row["decided_at"])
            taken[key].append(decided.seconds(now))
    for key, told in found.items():
        told.median_days = median_in_days(taken[key])
    return sorted(found.values(), key=lambda told: (-told.applied, told.product_id))


def judged(session: Session, product_public_id: str) -> Sequence[JudgedRow]:
    """The applications behind a product's figures, newest first.

    Raises:
        NotFound: there is no such product.
    """
    product = products.published_product(session, product_public_id)
    rows = session.scalars(
        select(Submission)
        .where(Submission.product_id == product.product_id, _recent())
        .order_by(Submission.started_at.desc(), Submission.id.desc())
        .limit(ROWS)
    ).all()
    reasons = _reasons(session, [row.id for row in rows])
    named = select(Firm.id, Firm.public_id).where(Firm.id.in_({row.firm_id for row in rows}))
    firms = {firm.id: firm.public_id for firm in session.execute(named)}
    return [_judged(row, firms[row.firm_id], reasons.get(row.id, ())) for row in rows]


def by_grade(session: Session, product_id: int | None = None) -> list[GradeRow]:
    """Grants and overdue ones by the firm's grade at the grant, best grade first; of one product, by its key, or of all."""
    matured = CreditLine.maturity_on < clock.today()
    failed = CreditLine.id.in_(failing.lines_with(FAILED))
    known = or_(matured, CreditLine.id.in_(failing.lines_with(KNOWN)))
    late = or_(_late(), failed)
    rows = session.execute(
        select(
            CreditLine.grade,
            func.count(),
            func.sum(CreditLine.amount_fen),
            func.sum(case((known, 1), else_=0)),
            func.sum(case((late, 1), else_=0)),
            func.sum(case((failed, 0), (_late(), CreditLine.balance_fen), else_=0)),
        )
        .where(CreditLine.standing.is_(True), _owing(), _of_product(product_id))
        .group_by(CreditLine.grade)
    )
    on_books = _failed_fen_by_grade(session, product_id)
    found = [
        GradeRow(
            grade or UNKNOWN,
            grade_words(grade),
            grants=int(grants),
            amount_fen=int(amount),
            known=int(known_ones),
            overdue=int(late_ones),
            overdue_fen=int(reported) + on_books.get(grade, 0),
        )
        for grade, grants, amount, known_ones, late_ones, reported in rows
    ]
    order = list(scales()[GRADE].grades)
    return sorted(found, key=lambda row: order.index(row.key) if row.key in order else len(order))


def overdue(session: Session, grade: str | None) -> list[OverdueRow]:
    """The grants behind the overdue figures of a grade, or of all; the most money first."""
    failed = failing.failed_by_line(session)
    late = or_(_late(), CreditLine.id.in_(failing.lines_with(FAILED)))
    query = select(CreditLine).where(CreditLine.standing.is_(True), _owing(), late)
    if grade is not None:
        query = query.where(CreditLine.grade.is_(None) if grade == UNKNOWN else CreditLine.grade == grade)
    rows = session.scalars(query.order_by(CreditLine.balance_fen.desc(), CreditLine.id).limit(ROWS))
    found = [_overdue(line, failed.get(line.id)) for line in rows]
    return sorted(found, key=lambda row: -row.overdue_fen)


def _overdue(line: CreditLine, failed: failing.Failed | None) -> OverdueRow:
    return OverdueRow(
        line.public_id,
        line.contract_number,
        line.lender,
        line.firm_name,
        grade_words(line.grade),
        line.maturity_on,
        _MATURED if failed is None else DRAWDOWN_STATE_WORDS[failed.state],
        line.balance_fen if failed is None else failed.principal_fen,
    )


def _failed_fen_by_grade(session: Session, product_id: int | None) -> dict[str | None, int]:
    """Principal of failed loans on the books, by the grade of their lines."""
    failed = failing.failed_by_line(session)
    graded = session.execute(
        select(CreditLine.id, CreditLine.grade).where(
            CreditLine.id.in_(failing.lines_with(FAILED)),
            CreditLine.standing.is_(True),
            _owing(),
            _of_product(product_id),
        )
    )
    found: dict[str | None, int] = defaultdict(int)
    for line_id, grade in graded:
        found[grade] += failed[line_id].principal_fen if line_id in failed else 0
    return found


def grade_words(grade: str | None) -> Words:
    none = Words("无等级", "No grade")
    return scales()[GRADE].grades.get(grade, none) if grade else none


def _applications() -> Select[Any]:
    return select(
        Submission.id,
        Submission.product_id,
        Submission.product_name,
        Submission.lender_name,
        Submission.verdict,
        Submission.state,
        Submission.started_at,
        Submission.paused_seconds,
        Submission.decided_at,
    ).where(_recent())


def _count(told: ProductHonesty, verdict: str, state: SubmissionState) -> None:
    offered, refused = state in OFFERED, state in REFUSED
    told.applied += 1
    if verdict == Verdict.ELIGIBLE:
        told.eligible += 1
        told.eligible_decided += offered or refused
        told.eligible_offered += offered
        told.eligible_granted += state in GRANTED
        told.overridden += refused
    else:
        told.tentative_decided += offered or refused
        told.tentative_offered += offered


def _judged(row: Submission, firm_id: str, reasons: tuple[Words, ...]) -> JudgedRow:
    state, verdict = row.state_now, Verdict(row.verdict)
    taken = median_in_days([row.decision_clock.seconds(clock.now())]) if row.decided_at else None
    overridden = verdict is Verdict.ELIGIBLE and state in REFUSED
    on = clock.legal_date(row.started_at)
    return JudgedRow(row.firm_name, firm_id, on, verdict, state, row.applied_fen, taken, overridden, reasons)


def _reasons(session: Session, submission_ids: Sequence[int]) -> dict[int, tuple[Words, ...]]:
    rows = session.scalars(select(Decision).where(Decision.submission_id.in_(submission_ids)))
    return {row.submission_id: tuple(_said(row.reasons)) for row in rows}


def _said(codes: Iterable[str]) -> Iterable[Words]:
    return (REASON_WORDS[Reason(code)] for code in codes)


def _facts_refused(session: Session) -> set[int]:
    query = select(SubmissionEvent.submission_id).where(SubmissionEvent.step == "refuse_fact")
    return set(session.scalars(query))


def _recent() -> ColumnElement[bool]:
    return Submission.started_at > clock.now() - LOOK_BACK


def _owing() -> ColumnElement[bool]:
    return CreditLine.state.in_([state.value for state in STANDING])


def _of_product(product_id: int | None) -> ColumnElement[bool]:
    return true() if product_id is None else CreditLine.product_id == product_id


def _late() -> ColumnElement[bool]:
    return (CreditLine.maturity_on < clock.today()) & (CreditLine.balance_fen > 0)
