"""Exactly-once requests: the answer is kept under the client's key in the same transaction as the effect.

A repeat within :data:`KEPT_FOR` gets the first answer again. Only successes are kept: a refused request changed
nothing, so trying it again is harmless. PostgreSQL tells a repeat that arrives while the first still runs by an
advisory lock; on SQLite the repeat waits in the writers' queue and then finds the answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, LargeBinary, String, UniqueConstraint, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, KeyReused
from creditbridge.kernel.words import Words
from creditbridge.store.base import Base, BigId

KEPT_FOR = timedelta(hours=24)


class KeptAnswer(Base):
    """The answer once given to a client's key on a route."""

    __tablename__ = "kept_answer"
    __table_args__ = (UniqueConstraint("client", "route", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client: Mapped[str] = mapped_column(String(64))
    route: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(128))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(80))
    location: Mapped[str] = mapped_column(String(500), default="")
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What tells one request from another: who, where, under which key, with which body (its SHA-256)."""

    client: str
    route: str
    key: str
    body_hash: str


def answer_given(session: Session, request: RequestKey, *, wait: bool = False) -> KeptAnswer | None:
    """The answer given before, or None for a new request, whose key is then held until the transaction ends.

    A repeat that arrives while the first still runs is refused, or with ``wait`` waits for its answer.

    Raises:
        DuplicateRequest: if the first request with this key is still running and ``wait`` is not set.
        KeyReused: if the key was used for another body.
    """
    _hold(session, request, wait=wait)
    row = session.scalar(
        select(KeptAnswer).where(
            KeptAnswer.client == request.client,
            KeptAnswer.route == request.route,
            KeptAnswer.key == request.key,
        )
    )
    if row is None:
        return None
    if row.kept_at + KEPT_FOR < clock.now():
        session.delete(row)
        session.flush()
        return None
    if row.body_hash != request.body_hash:
        raise KeyReused
    return row


def keep(
    session: Session, request: RequestKey, *, status: int, content_type: str, location: str, answer: bytes
) -> None:
    """Keep the answer in the transaction of the effect."""
    session.add(
        KeptAnswer(
            client=request.client,
            route=request.route,
            key=request.key,
            body_hash=request.body_hash,
            status=status,
            content_type=content_type,
            location=location,
            answer=answer,
            kept_at=clock.now(),
        )
    )
    session.flush()


def forget_old(session: Session) -> int:
    """Delete answers past their time; answers how many."""
    result = session.execute(delete(KeptAnswer).where(KeptAnswer.kept_at < clock.now() - KEPT_FOR))
    assert isinstance(result, CursorResult)
    return result.rowcount


# Advisory locks are the database's, and another installation may live in another schema of it.
_LOCK = "CAST(:number AS bigint) # CAST(hashtext(current_schema()) AS bigint)"


def _hold(session: Session, request: RequestKey, *, wait: bool) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return
    digest = hashlib.sha256(f"{request.client}\x1f{request.route}\x1f{request.key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    if wait:
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"), {"number": number})
    elif not session.scalar(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})"), {"number": number}):
        raise DuplicateRequest(
            "still_running",
            Words(
                "相同的请求正在处理，请稍后查询结果。",
                "The same request is still being worked on. Ask again shortly.",
            ),
        )
