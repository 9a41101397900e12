"""Moving a row along its life cycle: a conditional update that loses no race.

The row must have ``state`` and ``version`` columns. The update names the state and version that the actor saw;
when it matches no row, somebody else was first and the step is refused with nothing written.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapped, Session, object_session

from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words
from creditbridge.store import audit_changes


class Stateful(Protocol):
    """A mapped row with a state and a version."""

    id: Mapped[int]
    state: Mapped[Any]
    version: Mapped[int]


def move(session: Session, row: Any, lifecycle: Lifecycle[Any], step: str, **values: Any) -> StrEnum:
    """Take ``row`` one named step further and set ``values`` with it; answers the new state.

    Raises:
        Conflict: if the step is not legal from the row's state, or another writer moved it first.
    """
    assert object_session(row) is session
    session.flush()
    model = type(row)
    source = lifecycle.step(step)
    target = lifecycle.check(step, type(source.target)(row.state))
    audit_changes.note(session, row, {"state": target.value, **values})
    result = session.execute(
        update(model)
        .where(model.id == row.id, model.state == row.state, model.version == row.version)
        .values(state=target.value, version=row.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        session.refresh(row)
        raise Conflict(
            "changed_meanwhile",
            Words(
                "该事项刚刚被他人更新，请刷新页面后再操作。",
                "Somebody else has just changed this. Reload the page and try again.",
            ),
        )
    session.refresh(row)
    reached: StrEnum = target
    return reached
