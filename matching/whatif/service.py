"""What-if over the whole city for a product in the making: asked of the index, rounded for lenders, each run kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import insert
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store.base import Base
from creditbridge.store.database import Database
from lenders.admission.tree import Criterion, Group, Mode, Operator, Test, Tree
from lenders.institutions import service as institutions
from lenders.products import lookup
from lenders.products import service as products
from lenders.products.rules import ApplicantKind, PublishedProduct
from matching.eligibility.admitting import admitting, rule_of
from matching.eligibility.rules import Verdict
from matching.index import live
from matching.index.live import City
from matching.whatif import limiting
from matching.whatif.asking import Moves, is_wider, moved_rule, moves_between, moves_of, widening
from matching.whatif.counting import Counting
from matching.whatif.limiting import Protection
from matching.whatif.model import WhatIfRun
from matching.whatif.protecting import Figures, beside, figures, in_order, shown

Keeping: TypeAlias = Callable[[Callable[[Session], None]], None]
"""Writes what is to be kept of a question: in a transaction of its own, or in the one that keeps its answer."""
MOST_KEPT_COUNTINGS = 4
_NEW = Words("新产品", "New product")


@dataclass(frozen=True, slots=True)
class Asked:
    """The rule a what-if is about: that of the version in work, else of the live one.

    A product that was never saved has neither key nor version, and no condition of its own.
    """

    product_id: int | None
    public_id: str
    name: Words
    version_id: int | None
    version_number: int
    row_version: int
    lender_id: int
    tree: Tree
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Who would qualify, and who might once more is known of them."""

    eligible: Figures
    tentative: Figures


@dataclass(frozen=True, slots=True)
class Missed:
    """Firms that a criterion alone keeps out: surely, and those of which it cannot be told."""

    criterion: Criterion
    failing: Figures
    lacking: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A what-if as it may be seen. ``rule`` is the one asked for, ``moves`` its differences from the one it starts from.

    ``curve`` are thresholds with the firms that would qualify.
    """

    now: Counted
    moved: Counted
    rule: Tree
    moves: Moves
    curve: Sequence[tuple[int | str, int | None]]
    change_seq: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another live product of the lender, and the firms that qualify for both."""

    product_id: str
    name: Words
    firms: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What is told beside the counts: near misses and who also qualifies for the lender's other products."""

    missed: Sequence[Missed]
    overlap: Sequence[Overlap]


def asked_of(session: Session, actor: Actor, public_id: str) -> Asked:
    """The rule of a product the actor may work on.

    Raises:
        NotFound: there is no such product of this lender.
        RuleRefused: the product is for natural persons, whom the city's firms are not.
    """
    held = lookup.at_hand(session, actor, public_id)
    if held.applicant_kind != ApplicantKind.FIRM.value:
        raise RuleRefused(
            "not_for_firms",
            Words(
                "面向个人的产品不参与企业匹配，没有测算结果。",
                "A product for natural persons is not matched to firms, so there is nothing to count.",
            ),
        )
    stored = products.version_at_hand(session, held)
    return Asked(
        held.product_id,
        held.public_id,
        stored.name,
        held.version_id,
        stored.version_number,
        held.row_version,
        held.lender_id,
        rule_of(stored),
        stored.terms.regions,
    )


def asked_of_new(session: Session, actor: Actor) -> Asked:
    """The rule of a product that is not saved yet: every active firm.

    Raises:
        RuleRefused: the lender is not at work on the platform.
    """
    lender = institutions.working_lender_of(session, actor)
    tree = admitting(Tree(Group(Mode.ALL, ())), ())
    return Asked(None, "", _NEW, None, 0, 0, lender.id, tree, ())


def ask(
    session: Session,
    database: Database,
    actor: Actor,
    asked: Asked,
    typed: Mapping[str, str],
    *,
    curve_of: str | None,
    protection: Protection,
) -> Answer:
    """Count the city under the rule as it stands and with thresholds moved; the run is kept before the answer leaves.

    Raises:
        InvalidInput: a threshold cannot be read, or the curve is of no criterion.
        Throttled: the lender has asked as many questions as there may be in a day.
    """
    moves = moves_of(asked.tree, typed)
    rule = moved_rule(asked.tree, moves)
    keeping = database.write_together
    return _answered(
        session, keeping, actor, asked, rule, moves=moves, curve_of=curve_of, protection=protection
    )


def ask_unsaved(
    session: Session,
    keeping: Keeping,
    actor: Actor,
    asked: Asked,
    own: Tree,
    *,
    regions: tuple[str, ...],
    curve_of: str | None,
    protection: Protection,
) -> Answer:
    """Count the city under a rule as it stands in the editor, beside the one that was saved; kept as :func:`ask` does.

    Args:
        session: a reading session.
        keeping: how the run is kept.
        actor: who asks.
        asked: the product whose editor it is.
        own: the lender's own rule, valid.
        regions: where the product is offered, as in the editor.
        curve_of: the criterion whose curve is asked for.
        protection: how the figures are protected.

    Raises:
        InvalidInput: the curve is of no criterion.
        Throttled: the lender has asked as many questions as there may be in a day.
    """
    rule = admitting(own, regions)
    moves = moves_between(asked.tree, rule)
    return _answered(
        session, keeping, actor, asked, rule, moves=moves, curve_of=curve_of, protection=protection
    )


def _answered(
    session: Session,
    keeping: Keeping,
    actor: Actor,
    asked: Asked,
    rule: Tree,
    *,
    moves: Moves | None,
    curve_of: str | None,
    protection: Protection,
) -> Answer:
    """``moves`` make the rule of the one it starts from; None where it is another altogether."""
    curved = rule if moves is None else asked.tree
    if curve_of is not None and curve_of not in {one.id for one in curved.criteria()}:
        raise InvalidInput({"curve": [Words("没有这个条件。", "There is no such criterion.")]})
    city, exact, salt = live.city(session), actor.is_platform, protection.salt
    question = limiting.question_of(rule, curve_of, city)
    is_new = limiting.is_new(session, actor, question, protection.questions_a_day)
    counting = counting_of(city, asked.tree, salt)
    now = _counted(counting, {}, exact=exact)
    if moves is None:
        moved = _counted(counting_of(city, rule, salt), {}, exact=exact)
    else:
        moved = _counted(counting, moves, exact=exact) if moves else now
        wider = widening(asked.tree, moves)
        if wider is not None:
            moved = Counted(beside(moved.eligible, now.eligible, is_wider=wider), moved.tentative)
    curve: list[tuple[int | str, int | None]] = []
    if curve_of is not None:
        # While its threshold moves the rest stands still: the same counting answers again.
        still = (
            rule
            if moves is None
            else moved_rule(asked.tree, {k: v for k, v in moves.items() if k != curve_of})
        )
        curve = _in_order(
            [
                (point.value, shown(point.cell, exact=exact))
                for point in counting_of(city, still, salt).curve(curve_of)
            ],
            next(one.test for one in still.criteria() if one.id == curve_of),
            next((one.test for one in rule.criteria() if one.id == curve_of), None),
            moved.eligible.total,
        )
    answer = Answer(now, moved, rule, moves or {}, curve, city.change_seq)

    def keep(writing: Session) -> None:
        """Count the question and keep the run: neither is there without the other."""
        if is_new:
            limiting.take(writing, actor, protection.questions_a_day)
        _keep(
            writing,
            actor,
            asked,
            answer=answer,
            city=city,
            curve_of=curve_of,
            question=question,
            is_saved=asked.version_id is not None and moves is not None,
        )

    keeping(keep)
    return answer


def _in_order(
    curve: Sequence[tuple[int | str, int | None]], test: Test, own: Test | None, total: int | None
) -> list[tuple[int | str, int | None]]:
    """A curve on which no wider threshold's figure is below a narrower one's, about the figure shown of the rule itself.

    ``test`` is any comparison of the criterion, ``own`` the rule's, None where it is left out. Where the curve has a point
    for the rule itself, it is the rule's figure.
    """
    narrowest_first = list(curve)
    if test.operator in (Operator.AT_LEAST, Operator.MORE_THAN):
        narrowest_first.reverse()
    at = sum(not is_wider(replace(test, value=value), own) for value, _ in narrowest_first)
    figures_told = [
        total if own is not None and value == own.value else figure for value, figure in narrowest_first
    ]
    told = in_order([*figures_told[:at], total, *figures_told[at:]], at)
    found = dict(zip((value for value, _ in narrowest_first), told[:at] + told[at + 1 :], strict=True))
    return [(value, found[value]) for value, _ in curve]


def report(session: Session, actor: Actor, asked: Asked, rule: Tree, *, salt: int) -> Report:
    """Near misses of the rule that was asked for, and the overlap with the lender's other live products."""
    exact = actor.is_platform
    city = live.city(session)
    counting = counting_of(city, rule, salt)
    missed = [
        Missed(row.criterion, figures(row.failing, exact=exact), shown(row.lacking.total, exact=exact))
        for row in counting.near_misses()
    ]
    others = [
        Overlap(other.public_id, other.name, shown(counting.together_with(rule_of(other)), exact=exact))
        for other in products.published_of_lender(session, asked.lender_id)
        if other.for_firms and other.product_id != asked.product_id
    ]
    return Report(missed, others)


def standing(
    session: Session, product: PublishedProduct, *, exact: bool, salt: int
) -> dict[Verdict, int | None]:
    """How many firms of the city have each verdict on a version of a product, protected alike; None for too few."""
    tallies = counting_of(live.city(session), rule_of(product), salt).verdicts()
    return {verdict: shown(cell, exact=exact) for verdict, cell in tallies.items()}


def as_json(answer: Answer) -> dict[str, Any]:
    """The figures of an answer; null stands for too few to show."""
    return {
        "now": _counted_json(answer.now),
        "moved": _counted_json(answer.moved),
        "curve": [{"value": value, "eligible": figure} for value, figure in answer.curve],
        "change_seq": answer.change_seq,
    }


def _counted(counting: Counting, moves: Moves, *, exact: bool) -> Counted:
    eligible, tentative = counting.both(moves)
    return Counted(figures(eligible, exact=exact), figures(tentative, exact=exact))


def counting_of(city: City, tree: Tree, salt: int) -> Counting:
    """What was counted of a rule is kept while the city stands still: the next threshold is then quick."""
    key = (tree, salt)
    held = city.kept.get(key)
    if held is None:
        held = Counting(city.parts, tree, salt)
        while len(city.kept) >= MOST_KEPT_COUNTINGS:
            city.kept.pop(next(iter(city.kept), key), None)
        city.kept[key] = held
    found: Counting = held
    return found


def _keep(
    session: Session,
    actor: Actor,
    asked: Asked,
    *,
    answer: Answer,
    city: City,
    curve_of: str | None,
    question: str,
    is_saved: bool,
) -> None:
    rule = json.dumps(asked.tree.to_json(), ensure_ascii=False, sort_keys=True)
    told = json.dumps(as_json(answer), ensure_ascii=False, sort_keys=True)
    session.connection().execute(
        _KEEPING,
        {
            "user_id": actor.user_id,
            "organisation_id": actor.organisation_id,
            "product_version_id": asked.version_id,
            "row_version": asked.row_version,
            "rule_digest": hashlib.sha256(rule.encode()).hexdigest(),
            "question": question,
            "rule": None if is_saved else answer.rule.to_json(),
            "moved": {name: None if test is None else test.to_json() for name, test in answer.moves.items()},
            "curve_of": curve_of,
            "change_seq": city.change_seq,
            "on": city.on,
            "exact": actor.is_platform,
            "answer_digest": hashlib.sha256(told.encode()).hexdigest(),
        },
    )


_KEEPING = insert(Base.metadata.tables[WhatIfRun.__tablename__])


def _counted_json(counted: Counted) -> dict[str, Any]:
    return {
        "eligible": counted.eligible.total,
        "tentative": counted.tentative.total,
        "by": {dimension.value: dict(cells) for dimension, cells in counted.eligible.by.items()},
    }
