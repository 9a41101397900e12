"""My firm on one screen: what is known of it, what changed, what is to be done, and what it qualifies for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.facts import service as facts
from creditbridge.facts.catalogue import Fact, catalogue
from creditbridge.facts.firm_facts import SOURCE_WORDS, FactValue, FirmFacts
from creditbridge.facts.values import say_value
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.notices import service as notices
from creditbridge.notices.service import Listed
from creditbridge.registry.model import Firm
from lenders.browsing.rules import loan_facts
from matching.applications import figures, lookup
from matching.applications.rules import ApplicationState
from matching.eligibility import service as eligibility
from matching.eligibility.rules import Verdict
from matching.eligibility.wording import WantedFact, wanted_facts
from matching.ranking.rules import Need
from matching.ranking.service import RankedMatch, by_verdict, rank_matches

if TYPE_CHECKING:
    from creditbridge.facts.model import FactChange
    from matching.applications.model import Application

GRADE = "platform_grade"
SCORE = "platform_score"
KEY_FACTS = (
    "industry",
    "registered_region",
    "established_on",
    "firm_size",
    "employees",
    "annual_revenue",
    "tax_credit_grade",
    "tax_paid_12m",
    "annual_report_filed",
    "abnormal_listed",
)
"""What stands on the screen by itself; the rest is one click away."""

BEST = 5
CHANGES = 6
WANTED = 6
APPLICATIONS = 5


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact as the firm reads it; ``value`` is None where nothing is known."""

    fact: Fact
    value: Words | None
    source: Words | None
    as_of: date | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change of a fact: what, when, from where."""

    name: Words
    change: FactChange
    source: Words | None


@dataclass(frozen=True, slots=True)
class OneScreen:
    """Everything on the page."""

    firm: Firm
    grade: ShownFact
    score: ShownFact
    key_facts: Sequence[ShownFact]
    other_facts: Sequence[ShownFact]
    changes: Sequence[ShownChange]
    todos: Sequence[Listed]
    best: Sequence[RankedMatch]
    counts: Mapping[Verdict, int]
    wanted: Sequence[WantedFact]
    applications: Sequence[Application]


def one_screen(session: Session, actor: Actor, firm: Firm) -> OneScreen:
    """The page of one firm, for a member of that firm."""
    known, on = facts.facts_of(session, firm.id), clock.today()
    ranked = ranked_matches(session, firm, Need(), None)
    groups = by_verdict(ranked)
    worth = [row for row in ranked if row.match.may_apply]
    found, _ = lookup.applications_of(session, actor, limit=APPLICATIONS * 2)
    others = [code for code in known.values if code not in (*KEY_FACTS, GRADE, SCORE)]
    return OneScreen(
        firm=firm,
        grade=shown(known, GRADE, on),
        score=shown(known, SCORE, on),
        key_facts=[shown(known, code, on) for code in KEY_FACTS],
        other_facts=[shown(known, code, on) for code in catalogue() if code in others],
        changes=[_change(row) for row in facts.changes_of(session, firm.id, limit=CHANGES)],
        todos=notices.todos_for(session, actor),
        best=worth[:BEST],
        counts={verdict: len(rows) for verdict, rows in groups.items()},
        wanted=wanted_facts(row.match.explanation for row in groups[Verdict.TENTATIVE])[:WANTED],
        applications=[row for row in found if row.state != ApplicationState.CLOSED][:APPLICATIONS],
    )


def ranked_matches(session: Session, firm: Firm, need: Need, purpose: str | None) -> list[RankedMatch]:
    """Every product for firms, read for this one and put in order for what it needs."""
    beside = loan_facts(need.amount_fen, need.term_months, purpose, clock.today())
    matches = eligibility.matches_of(session, firm.id, beside=beside)
    return rank_matches(
        matches,
        need,
        median_days=figures.median_days(session),
        likelihoods=figures.likelihoods(
            session, firm.id, [(match.product.product_id, match.product.lender.id) for match in matches]
        ),
    )


def shown(known: FirmFacts, code: str, on: date) -> ShownFact:
    """One fact in words."""
    fact, held = catalogue()[code], known.values.get(code)
    if held is None:
        return ShownFact(fact, None, None, None, confirmed=False)
    return ShownFact(fact, _said(fact, held, on), SOURCE_WORDS[held.source], held.as_of, held.confirmed)


def _said(fact: Fact, held: FactValue, on: date) -> Words:
    return say_value(fact, held.value, on)


def _change(row: FactChange) -> ShownChange:
    fact = catalogue().get(row.fact)
    source = next((words for code, words in SOURCE_WORDS.items() if code.value == row.source), None)
    return ShownChange(fact.name if fact else Words(row.fact, row.fact), row, source)
