"""Writing the register and its facts in bulk: thousands of rows, none of which anybody could have read before.

Stands beside the facts room's own service, which writes and logs one change at a time: for a city that begins to
exist whole, one row for each firm says the same. Only the history of grades is logged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from creditbridge.demo.firms.register import DemoFirm
from creditbridge.facts import stored
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.facts.model import FactChange, FirmFactsRow, ListMember
from creditbridge.kernel import clock
from creditbridge.store import change_counter

REASON = "demo city"


def write_register(session: Session, firms: Sequence[DemoFirm]) -> None:
    """Put the firms on the register, in the order of their numbers."""
    session.add_all(firm.row for firm in firms)
    session.flush()


def write_facts(session: Session, firms: Sequence[DemoFirm]) -> int:
    """Write all that is known of firms that have no facts yet; answers the change counter."""
    logged = _grade_changes(session, firms)
    seq = change_counter.raise_counter(session)
    now = clock.now()
    session.execute(
        insert(FirmFactsRow),
        [
            {
                "firm_id": firm.firm_id,
                "fact_values": stored.to_row(firm.facts),
                "change_seq": seq,
                "updated_at": now,
            }
            for firm in firms
        ],
    )
    session.execute(insert(ListMember), [row for firm in firms for row in _memberships(firm)])
    if logged:
        session.execute(insert(FactChange), logged)
    return seq


def _memberships(firm: DemoFirm) -> list[dict[str, Any]]:
    return [
        {
            "list_code": code,
            "firm_id": firm.firm_id,
            "member": on.member,
            "source": on.source.value,
            "as_of": on.as_of,
            "confirmed": on.confirmed,
        }
        for code, on in sorted(firm.lists.items())
    ]


def _grade_changes(session: Session, firms: Sequence[DemoFirm]) -> list[dict[str, Any]]:
    """The log of past scores and grades, the oldest first; each day is a step of the change counter."""
    days: dict[date, list[tuple[DemoFirm, int, str]]] = defaultdict(list)
    for firm in firms:
        if not firm.grade_history:
            continue
        score, grade = firm.facts.get("platform_score"), firm.facts.get("platform_grade")
        for on, points, letter in firm.grade_history:
            days[on].append((firm, points, letter))
        if score is not None and grade is not None:
            days[score.as_of].append((firm, int(score.value), str(grade.value)))  # type: ignore[arg-type]
    rows: list[dict[str, Any]] = []
    for on in sorted(days):
        seq = change_counter.raise_counter(session)
        for firm, points, letter in days[on]:
            rows += [
                _change(firm, "platform_score", points, on, seq),
                _change(firm, "platform_grade", letter, on, seq),
            ]
    return rows


def _change(firm: DemoFirm, code: str, value: int | str, on: date, seq: int) -> dict[str, Any]:
    """A line of the log. Scores are no public facts, so the log keeps the digest alone."""
    stated = FactValue(value, FactSource.PLATFORM_SCORE, on)
    return {
        "change_seq": seq,
        "firm_id": firm.firm_id,
        "fact": code,
        "at": min(datetime.combine(on, time(18, 30), UTC), clock.now()),
        "user_id": None,
        "organisation_id": None,
        "source": stated.source.value,
        "as_of": on,
        "confirmed": True,
        "value": None,
        "digest": stored.digest(firm.firm_id, code, value, seq),
        "reason": REASON,
    }
