"""How many different questions a lender may ask of the city in a day.

A rounded figure tells a little of the firms counted; many figures of ever other sets that differ by one firm tell more.
Rounding alone cannot stop who asks without end, so the number of different questions is bounded for each lender, whoever
of its people asks and by whatever way. What was asked before tells nothing new and is not counted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from creditbridge.access import throttle
from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Throttled
from creditbridge.kernel.words import Words
from lenders.admission.tree import Tree
from matching.index.live import City
from matching.whatif.model import WhatIfRun

NAME = "whatif"
WINDOW = timedelta(days=1)
_OVER = Words(
    "本机构 24 小时内已测算 {most} 个不同的问题，达到上限（为防止从大量测算中推断单个企业）。{hours} 小时后可以继续；看过的测算不受影响。",
    "Your institution has asked {most} different questions within 24 hours, the most there may be (so that no single firm"
    " can be worked out from many answers). You can go on in {hours} hours; what was asked before can still be seen.",
)


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects the city's figures: the salt of the firms' random numbers, and different questions a day."""

    salt: int
    questions_a_day: int


def question_of(tree: Tree, curve_of: str | None, city: City) -> str:
    """The digest of what is asked: the rule that is counted, the curve, and the city as it is.

    The city belongs to it: the same rule asked of a city in which one firm changed is a new question.
    """
    asked = json.dumps(
        [tree.to_json(), curve_of, city.change_seq, city.on.isoformat()], ensure_ascii=False, sort_keys=True
    )
    return hashlib.sha256(asked.encode()).hexdigest()


def is_new(session: Session, actor: Actor, question: str, most: int) -> bool:
    """Whether a question is to be counted; the platform's are not, nor those asked before.

    Raises:
        Throttled: it is new, and the lender has asked as many within a day.
    """
    if actor.is_platform or _was_asked(session, actor.organisation_id, question):
        return False
    with _in_words(most):
        throttle.check(session, NAME, str(actor.organisation_id), limit=most, window=WINDOW)
    return True


def take(session: Session, actor: Actor, most: int) -> None:
    """Count a new question of a lender, in the transaction that keeps its answer.

    Raises:
        Throttled: others of the lender have asked the last one meanwhile.
    """
    with _in_words(most):
        throttle.take_within(session, NAME, str(actor.organisation_id), limit=most, window=WINDOW)


@contextmanager
def _in_words(most: int) -> Iterator[None]:
    """Say a refusal in the words of what-if."""
    try:
        yield
    except Throttled as error:
        hours = -(-error.retry_after // 3600)
        raise Throttled(error.retry_after, _OVER.fill(most=most, hours=hours)) from error


def _was_asked(session: Session, organisation_id: int, question: str) -> bool:
    asked = {
        "organisation_id": organisation_id,
        "question": question,
        "since": clock.now() - WINDOW,
    }
    return session.execute(_ASKED, asked).first() is not None


_ASKED = (
    select(WhatIfRun.id)
    .where(
        WhatIfRun.organisation_id == bindparam("organisation_id"),
        WhatIfRun.question == bindparam("question"),
        WhatIfRun.at > bindparam("since"),
    )
    .limit(1)
)
