"""What-if over the whole city for a product in the making: asked of the index, rounded for lenders, each run kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import InvalidInput, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store.database import Database
from lenders.admission.tree import Criterion, Tree
from lenders.products import lookup
from lenders.products import service as products
from lenders.products.rules import ApplicantKind
from matching.eligibility.admitting import rule_of
from matching.index import live
from matching.index.live import City
from matching.whatif.asking import Moves, moved_rule, moves_of
from matching.whatif.counting import Counting
from matching.whatif.model import WhatIfRun
from matching.whatif.protecting import Figures, figures, shown

MOST_KEPT_COUNTINGS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """The rule a what-if is about: that of the version in work, else of the live one."""

    product_id: int
    public_id: str
    name: Words
    version_id: int
    version_number: int
    row_version: int
    lender_id: int
    tree: Tree


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
    """A what-if as it may be seen. ``curve`` are thresholds with the firms that would qualify."""

    now: Counted
    moved: Counted
    moves: Moves
    curve: Sequence[tuple[int | str, int | None]]
    change_seq: int


@dataclass(frozen=True, slots=True)
class Report:
    """What is told beside the counts: near misses and who also qualifies for the lender's other products."""

    missed: Sequence[Missed]
    overlap: Sequence[tuple[Words, int | None]]


def asked_of(session: Session, actor: Actor, public_id: str) -> Asked:
    """The rule of a product the actor may work on.

    Raises:
        NotFound: there is no such product of this lender.
        RuleRefused: the product is for natural persons, whom the city's firms are not.
    """
    product = lookup.product(session, actor, public_id)
    if product.applicant_kind != ApplicantKind.FIRM.value:
        raise RuleRefused(
            "not_for_firms",
            Words(
                "面向个人的产品不参与企业匹配，没有测算结果。",
                "A product for natural persons is not matched to firms, so there is nothing to count.",
            ),
        )
    version = lookup.version_in_work(product) or lookup.live_version(product)
    if version is None:
        raise NotFound(lookup.PRODUCT_WORDS)
    tree = rule_of(products.version(session, version.id))
    return Asked(
        product.id,
        product.public_id,
        version.name,
        version.id,
        version.number,
        version.version,
        product.lender_id,
        tree,
    )


def ask(
    session: Session,
    database: Database,
    actor: Actor,
    asked: Asked,
    typed: Mapping[str, str],
    *,
    curve_of: str | None,
    salt: int,
) -> Answer:
    """Count the city under the rule as it stands and with thresholds moved; the run is kept before the answer leaves.

    Raises:
        InvalidInput: a threshold cannot be read, or the curve is of no criterion.
    """
    moves = moves_of(asked.tree, typed)
    if curve_of is not None and curve_of not in {one.id for one in asked.tree.criteria()}:
        raise InvalidInput({"curve": [Words("没有这个条件。", "There is no such criterion.")]})
    city, exact = live.city(session), actor.is_platform
    counting = _counting(city, asked.tree, salt)
    now = _counted(counting, {}, exact=exact)
    moved = _counted(counting, moves, exact=exact) if moves else now
    curve: list[tuple[int | str, int | None]] = []
    if curve_of is not None:
        others = {name: test for name, test in moves.items() if name != curve_of}
        along = _counting(city, moved_rule(asked.tree, others), salt)
        curve = [(point.value, shown(point.cell, exact=exact)) for point in along.curve(curve_of)]
    answer = Answer(now, moved, moves, curve, city.change_seq)
    with database.write() as writing:
        _keep(writing, actor, asked, answer=answer, city=city, curve_of=curve_of)
    return answer


def report(session: Session, actor: Actor, asked: Asked, moves: Moves, *, salt: int) -> Report:
    """Near misses of the rule with its moves made, and the overlap with the lender's other live products."""
    exact = actor.is_platform
    city = live.city(session)
    counting = _counting(city, moved_rule(asked.tree, moves), salt)
    missed = [
        Missed(row.criterion, figures(row.failing, exact=exact), shown(row.lacking.total, exact=exact))
        for row in counting.near_misses()
    ]
    others = [
        (other.name, shown(counting.together_with(rule_of(other)), exact=exact))
        for other in products.published_of_lender(session, asked.lender_id)
        if other.for_firms and other.product_id != asked.product_id
    ]
    return Report(missed, others)


def runs_of(session: Session, product_version_id: int, limit: int = 20) -> Sequence[WhatIfRun]:
    """The what-ifs asked about a version, newest first."""
    statement = select(WhatIfRun).where(WhatIfRun.product_version_id == product_version_id)
    return session.scalars(statement.order_by(WhatIfRun.id.desc()).limit(limit)).all()


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


def _counting(city: City, tree: Tree, salt: int) -> Counting:
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
    session: Session, actor: Actor, asked: Asked, *, answer: Answer, city: City, curve_of: str | None
) -> None:
    rule = json.dumps(asked.tree.to_json(), ensure_ascii=False, sort_keys=True)
    told = json.dumps(as_json(answer), ensure_ascii=False, sort_keys=True)
    session.add(
        WhatIfRun(
            user_id=actor.user_id,
            organisation_id=actor.organisation_id,
            product_version_id=asked.version_id,
            row_version=asked.row_version,
            rule_digest=hashlib.sha256(rule.encode()).hexdigest(),
            moved={name: None if test is None else test.to_json() for name, test in answer.moves.items()},
            curve_of=curve_of,
            change_seq=city.change_seq,
            on=city.on,
            exact=actor.is_platform,
            answer_digest=hashlib.sha256(told.encode()).hexdigest(),
        )
    )


def _counted_json(counted: Counted) -> dict[str, Any]:
    return {
        "eligible": counted.eligible.total,
        "tentative": counted.tentative.total,
        "by": {dimension.value: dict(cells) for dimension, cells in counted.eligible.by.items()},
    }
