"""Reading labels: a firm's by category with their evidence, how many firms carry each, and who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.kernel.dates import add_months
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.labels import counting
from creditbridge.labels.catalogue import Category, Label, labels
from creditbridge.labels.evidence import Evidence
from creditbridge.labels.index import Combination
from creditbridge.labels.model import FirmLabels, PastLabel
from creditbridge.labels.rules import Ending, Viewer, may_see
from creditbridge.registry.model import Firm

SHOWN = 50
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class GivenLabel:
    """A label a firm carries: since when, and on what evidence."""

    label: Label
    since: date
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class FormerLabel:
    label: Label
    since: date
    until: date
    ending: Ending


@dataclass(frozen=True, slots=True)
class LabelsOfFirm:
    """What somebody may see of a firm's labels; ``changed_on`` None when no run has looked at the firm."""

    by_category: Mapping[Category, Sequence[GivenLabel]]
    former: Sequence[FormerLabel]
    changed_on: date | None

    @property
    def count(self) -> int:
        return sum(map(len, self.by_category.values()))


@dataclass(frozen=True, slots=True)
class FirmOfLabel:
    """One firm of a combination, for lists. ``codes`` are all labels it carries."""

    firm: Firm
    codes: tuple[str, ...]
    facets: Mapping[str, str]


def label(code: str) -> Label:
    """A label by its code.

    Raises:
        NotFound: there is none.
    """
    found = labels().get(code)
    if found is None:
        raise NotFound(Words("标签", "label"))
    return found


def labels_of_firm(session: Session, firm_id: int, viewer: Viewer) -> LabelsOfFirm:
    """A firm's labels as far as the viewer may see them, in the order of the catalogue."""
    row = session.get(FirmLabels, firm_id)
    by_category: dict[Category, list[GivenLabel]] = {category: [] for category in Category}
    if row is not None:
        for known in labels().values():
            held = row.details.get(known.code)
            if held is not None and may_see(viewer, known):
                evidence = tuple(Evidence.from_json(piece) for piece in held["evidence"])
                given = GivenLabel(known, date.fromisoformat(held["since"]), evidence)
                by_category[known.category].append(given)
    tells_past = viewer in (Viewer.PLATFORM, Viewer.FIRM)
    former = _former(session, firm_id, viewer) if tells_past else []
    return LabelsOfFirm(by_category, former, row.changed_on if row else None)


def _former(session: Session, firm_id: int, viewer: Viewer) -> list[FormerLabel]:
    statement = (
        select(PastLabel)
        .where(PastLabel.firm_id == firm_id)
        .order_by(PastLabel.until.desc(), PastLabel.id.desc())
        .limit(SHOWN)
    )
    known = labels()
    return [
        FormerLabel(known[row.label], row.since, row.until, Ending(row.reason))
        for row in session.scalars(statement)
        if row.label in known and may_see(viewer, known[row.label])
    ]


def firms_of(session: Session, wanted: Combination, *, limit: int = SHOWN) -> list[FirmOfLabel]:
    """The first firms of a combination, in the order of their numbers."""
    numbers = counting.current(session).index.firm_nos(wanted)[:limit].tolist()
    statement = (
        select(Firm, FirmLabels.codes, FirmLabels.facets)
        .join(FirmLabels, FirmLabels.firm_id == Firm.id)
        .where(Firm.firm_no.in_(numbers))
        .order_by(Firm.firm_no)
    )
    return [FirmOfLabel(firm, tuple(codes), held) for firm, codes, held in session.execute(statement)]


def forget_past(session: Session) -> int:
    """Take out withdrawn labels whose retention is over; answers how many."""
    today, done = clock.today(), 0
    for months, codes in _by_retention():
        over = delete(PastLabel).where(
            PastLabel.until < add_months(today, -months), PastLabel.label.in_(codes)
        )
        done += int(getattr(session.execute(over), "rowcount", 0))
    return done


def _by_retention() -> Iterator[tuple[int, list[str]]]:
    periods = {known.retention.months for known in labels().values()} - {None}
    for months in sorted(period for period in periods if period is not None):
        yield months, [code for code, known in labels().items() if known.retention.months == months]


def given_between(session: Session, category: Category, first: date, last: date) -> Iterator[tuple[int, str]]:
    """The labels of a category that firms were newly given in these days and still carry: (firm_no, code)."""
    statement = (
        select(Firm.firm_no, FirmLabels.details)
        .join(FirmLabels, FirmLabels.firm_id == Firm.id)
        .where(FirmLabels.changed_on >= first)
    )
    known, days = labels(), (first.isoformat(), last.isoformat())
    for firm_no, details in session.execute(statement.execution_options(yield_per=_CHUNK)):
        for code, held in details.items():
            if code in known and known[code].category is category and days[0] <= held["since"] <= days[1]:
                yield firm_no, code
