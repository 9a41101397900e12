"""Demand without supply: needs that no product answered, and searches that found none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from matching.needs.model import FinancingNeed, NeedLender, UnmetSearch
from matching.needs.showing import grade_words, purpose_words, section_words, size_words, town_words

LOOK_BACK = timedelta(days=365)
ROWS = 300


@dataclass(frozen=True, slots=True)
class UnmetRow:
    """One need or search that nothing answered, without the firm."""

    kind: Words
    on: date
    amount_fen: int | None
    term_months: int | None
    purpose: str | None
    grade: Words
    size: Words
    section: Words
    town: Words

    @property
    def purpose_words(self) -> Words:
        return purpose_words(self.purpose)


@dataclass(slots=True)
class DemandRow:
    """What is wanted for one purpose: needs, searches, and the amount of the needs."""

    purpose: str
    words: Words
    needs: int = 0
    searches: int = 0
    amount_fen: int = 0


def unmet(session: Session, purpose: str | None = None) -> list[UnmetRow]:
    """Needs and searches of the last year that no product answered, newest first."""
    since = clock.today() - LOOK_BACK
    answered = exists().where(NeedLender.need_id == FinancingNeed.id)
    needs = session.scalars(
        select(FinancingNeed)
        .where(FinancingNeed.posted_at.is_not(None), FinancingNeed.respond_by >= since, ~answered)
        .order_by(FinancingNeed.id.desc())
        .limit(ROWS)
    )
    searches = session.scalars(
        select(UnmetSearch).where(UnmetSearch.on_day >= since).order_by(UnmetSearch.id.desc()).limit(ROWS)
    )
    rows = [_need(need) for need in needs] + [_search(search) for search in searches]
    rows = [row for row in rows if purpose is None or (row.purpose or "") == purpose]
    return sorted(rows, key=lambda row: row.on, reverse=True)


def by_purpose(session: Session) -> list[DemandRow]:
    """The same by purpose, the most wanted first."""
    found: dict[str, DemandRow] = {}
    counted: dict[str, int] = defaultdict(int)
    for row in unmet(session):
        key = row.purpose or ""
        told = found.setdefault(key, DemandRow(key, row.purpose_words))
        counted[key] += 1
        if row.kind is NEED:
            told.needs += 1
            told.amount_fen += row.amount_fen or 0
        else:
            told.searches += 1
    return sorted(found.values(), key=lambda row: (-counted[row.purpose], row.purpose))


NEED = Words("发布的需求", "Posted need")
SEARCH = Words("搜索", "Search")


def _need(need: FinancingNeed) -> UnmetRow:
    assert need.posted_at is not None
    return UnmetRow(
        NEED,
        clock.legal_date(need.posted_at),
        need.amount_fen,
        need.term_months,
        need.purpose,
        *_firm(need),
    )


def _search(row: UnmetSearch) -> UnmetRow:
    return UnmetRow(SEARCH, row.on_day, row.amount_fen, row.term_months, row.purpose, *_firm(row))


def _firm(row: FinancingNeed | UnmetSearch) -> tuple[Words, Words, Words, Words]:
    return (
        grade_words(row.grade),
        size_words(row.firm_size),
        section_words(row.section),
        town_words(row.region_code),
    )
