"""Before and after: what a unit of work changed in its rows since its last audit entry.

States, roles, settings and keys stand as they are; every other value as a digest under the application's key, so
that the trail holds no credit or personal data and still proves what a value was. Work of the frame itself (sessions,
outbox, notices, deliveries) is no change that anybody answers for and is left out.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

MOST_ROWS = 50
KEY, MARKS = "audit_changes", "audit_changes_at_savepoints"
SHOWN = frozenset({
    "state", "version", "is_active", "standing", "step", "open", "in_flight", "is_open", "role", "kind", "number",
    "blocking", "second_above_fen", "before_fen", "after_fen", "officer_id", "branch_id", "approved_by_id",
    "first_approved_by_id", "proposed_by_id", "decided_by_id", "recorded_by_id", "lifted_by_id", "sign_later",
    "revolving", "reopenings", "must_change_password", "locale",
})  # fmt: skip
"""Columns that stand as they are: states, roles, settings of lenders, keys. None holds credit or personal data."""
LEFT_OUT = frozenset({"audit_entry", "outbox_event", "kept_answer", "attempt", "sign_in", "schedule_mark", "change_counter", "notice", "notice_reading", "notice_mail", "webhook_message", "webhook_delivery", "webhook_attempt", "access_entry"})  # fmt: skip
SECRETS = frozenset({"password_hash", "token_hash", "totp_secret", "token_sealed", "secret", "old_secret"})
"""Columns of which the trail says that they changed, and nothing of what to."""
NOT_TOLD = "set"
DIGEST_SIGNS = 20

Changes = dict[str, dict[str, list[Any]]]
"""By ``table:public id``, then by column: before and after."""


_encoded = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str).encode


class _Key:
    """Until a process says its key, one that nobody knows: small values cannot be guessed from what it digests."""

    secret: bytes = secrets.token_bytes(32)


def digest_with(secret: str) -> None:
    """Say with which key of the application this process digests values."""
    _Key.secret = hashlib.sha256(f"audit values {secret}".encode()).digest()


def digest_of(value: Any) -> str:
    """The digest under which a value stands in the trail; empty for no value."""
    if value is None:
        return ""
    # An encoder made once and a digest in one call: a city is loaded through here, value by value.
    return hmac.digest(_Key.secret, _encoded(value).encode(), "sha256").hex()[:DIGEST_SIGNS]


def note(session: Session, row: Any, values: Mapping[str, Any]) -> None:
    """Note what a statement of its own is about to change in a row, which the session cannot see."""
    table = row.__tablename__
    if table not in LEFT_OUT:
        _add(session, table, row, {name: (getattr(row, name), value) for name, value in values.items()})


def taken(session: Session) -> dict[str, Any] | None:
    """What changed since the last audit entry, for the next one; None if nothing did."""
    held: Changes = session.info.pop(KEY, {})
    if not held:
        return None
    if len(held) > MOST_ROWS:
        return {"rows": len(held), "digest": digest_of(held)}
    return dict(held)


@event.listens_for(Session, "after_flush")
def _collect(session: Session, context: UOWTransaction) -> None:  # noqa: ARG001
    """The rows have their keys by now, and still know what they were."""
    for row in _audited(session.dirty):
        _add(session, row.__tablename__, row, _changed(row))
    for row in _audited(session.new):
        _add(session, row.__tablename__, row, {name: (None, value) for name, value in _given(row)})
    for row in _audited(session.deleted):
        _add(session, row.__tablename__, row, {name: (value, None) for name, value in _given(row)})


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    """What was changed before a savepoint, for the case that all after it is taken back."""
    if transaction.nested:
        session.info.setdefault(MARKS, WeakKeyDictionary())[transaction] = copy.deepcopy(
            session.info.get(KEY, {})
        )


@event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, previous: SessionTransaction) -> None:
    before = session.info.get(MARKS, {}).get(previous)
    if before is not None:
        session.info[KEY] = before


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What was rolled back, or committed without an entry, belongs to no later entry."""
    if transaction.parent is None:
        session.info.pop(KEY, None)


def _audited(rows: Iterable[Any]) -> list[Any]:
    """Those rows that somebody answers for, in the order of their keys: a session holds them in none."""
    told = [row for row in rows if getattr(row, "__tablename__", "audit_entry") not in LEFT_OUT]
    return sorted(told, key=lambda row: (row.__tablename__, _key(row)))


def _key(row: Any) -> tuple[Any, ...]:
    return tuple(inspect(row).identity or inspect(row).mapper.primary_key_from_instance(row))


def _changed(row: Any) -> dict[str, tuple[Any, Any]]:
    state = inspect(row)
    found = {}
    for name in state.mapper.columns.keys():  # noqa: SIM118 - a collection of columns, not a dictionary
        history = state.attrs[name].history
        if history.has_changes():
            found[name] = (next(iter(history.deleted or ()), None), next(iter(history.added or ()), None))
    return found


def _given(row: Any) -> list[tuple[str, Any]]:
    held = inspect(row).dict
    return [(name, held[name]) for name in inspect(row).mapper.columns.keys() if held.get(name) is not None]  # noqa: SIM118


def _add(session: Session, table: str, row: Any, values: Mapping[str, tuple[Any, Any]]) -> None:
    if not values:
        return
    held: Changes = session.info.setdefault(KEY, {})
    name = getattr(row, "public_id", None) or "/".join(str(part) for part in _key(row))
    columns = held.setdefault(f"{table}:{name}", {})
    for column, (before, after) in values.items():
        told = [_said(column, before), _said(column, after)]
        columns[column] = [columns[column][0], told[1]] if column in columns else told


def _said(column: str, value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if column in SECRETS:
        return "" if value is None else NOT_TOLD
    return value if column in SHOWN and isinstance(value, str | int | None) else digest_of(value)
