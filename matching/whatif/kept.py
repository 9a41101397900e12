"""What-ifs that were asked before, as they are shown to who asked and to the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation, User
from creditbridge.access.rules import Actor
from lenders.admission.tree import Test, Tree, read_tests
from lenders.products import lookup
from matching.whatif.model import WhatIfRun
from matching.whatif.service import Asked

SHOWN = 10
LOOKED_AT = 100
"""So many of the latest are gone through: opening the page asks too, without moving anything, and is not shown."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """One question: who asked it when, of which version, and what was moved.

    Attributes:
        moved: the threshold asked for by criterion; None for a criterion left out.
        conditions: how many conditions the rule had, where it stood in the editor and was not saved.
    """

    at: datetime
    who: str
    organisation: str
    version_number: int
    moved: dict[str, Test | None]
    curve_of: str | None
    conditions: int | None


def asked_before(session: Session, actor: Actor, asked: Asked) -> Sequence[Earlier]:
    """What was asked about a product, newest first and the same of a person once: by anybody for the platform, else own."""
    if asked.product_id is None:
        return []
    numbers = lookup.version_numbers(session, asked.product_id)
    statement = (
        select(WhatIfRun, User.name, Organisation.name)
        .join(User, User.id == WhatIfRun.user_id)
        .join(Organisation, Organisation.id == WhatIfRun.organisation_id)
        .where(WhatIfRun.product_version_id.in_(numbers))
        .order_by(WhatIfRun.id.desc())
        .limit(LOOKED_AT)
    )
    if not actor.is_platform:
        statement = statement.where(WhatIfRun.organisation_id == actor.organisation_id)
    latest: dict[tuple[int, str | None], Earlier] = {}
    for run, who, organisation in session.execute(statement):
        if run.moved or run.curve_of or run.rule is not None:
            told = _told(run, who, organisation, numbers[run.product_version_id or 0])
            latest.setdefault((run.user_id, run.question), told)
    return list(latest.values())[:SHOWN]


def _told(run: WhatIfRun, who: str, organisation: str, number: int) -> Earlier:
    moved = {
        name: None if test is None else read_tests([test], f"moved.{name}")[0]
        for name, test in run.moved.items()
    }
    conditions = None if run.rule is None else sum(1 for _ in Tree.from_json(run.rule).criteria())
    return Earlier(run.at, who, organisation, number, moved, run.curve_of, conditions)
