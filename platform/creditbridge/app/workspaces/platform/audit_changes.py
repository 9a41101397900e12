"""Before and after of an audit entry in words: which thing, which field, what it was, what it is.

The trail keeps states, roles and settings as they are and every other value as a keyed digest: a page can say that a
name or an amount became another one, and prove which, without showing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from creditbridge.access.rules import ROLE_WORDS
from creditbridge.app.workspaces.platform.audit_names import FIELDS, TABLES
from creditbridge.kernel.words import Words
from creditbridge.store.audit_changes import DIGEST_SIGNS, MOST_ROWS, NOT_TOLD, SECRETS, SHOWN
from lenders.institutions.rules import LENDER_STATE_WORDS
from lenders.products.lifecycle import PRODUCT, VERSION
from matching.applications.rules import APPLICATION, OFFER, SUBMISSION, SUPPLEMENT
from matching.approvals.rules import CHANGE
from matching.conflicts.rules import CONFLICT
from matching.drawdowns.rules import AMENDMENT, DRAWDOWN
from matching.lines.rules import CREDIT_LINE
from matching.monitoring.rules import ALERT


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one thing; ``key`` is the thing's public id, ``column`` the field's name in the table."""

    thing: Words
    key: str
    field: Words
    column: str
    before: Words
    after: Words


_STATES: Final[Mapping[str, Mapping[Any, Words]]] = {
    "application": APPLICATION.words,
    "submission": SUBMISSION.words,
    "submission_event": SUBMISSION.words,
    "offer": OFFER.words,
    "supplement_request": SUPPLEMENT.words,
    "credit_line": CREDIT_LINE.words,
    "drawdown": DRAWDOWN.words,
    "line_amendment": AMENDMENT.words,
    "conflict_of_interest": CONFLICT.words,
    "approval_limit_change": CHANGE.words,
    "monitor_alert": ALERT.words,
    "product": PRODUCT.words,
    "product_version": VERSION.words,
    "lender": LENDER_STATE_WORDS,
}
_NONE: Final = Words("（空）", "(empty)")
_SECRET: Final = Words("已设置（不记录内容）", "set (not kept)")
_DIGEST: Final = Words("摘要 {digest}", "digest {digest}")
_TRUE, _FALSE = Words("是", "yes"), Words("否", "no")


_PLACES: Final = {name: place for place, name in enumerate(FIELDS)}
"""What a reader looks for first comes first: the state, then as the list of names goes."""


def changes_of(changes: Mapping[str, Any] | None) -> list[Change]:
    """An entry's changes, thing by thing in its order; none where there were too many to keep one by one."""
    if not changes or summary_of_many(changes) is not None:
        return []
    found = []
    for name, columns in changes.items():
        table, _, key = name.partition(":")
        for column, (before, after) in sorted(
            columns.items(), key=lambda item: (_PLACES.get(item[0], len(_PLACES)), item[0])
        ):
            found.append(
                Change(
                    TABLES.get(table, Words(table, table)),
                    key,
                    FIELDS.get(column, Words(column, column)),
                    column,
                    _said(table, column, before),
                    _said(table, column, after),
                )
            )
    return found


def summary_of_many(changes: Mapping[str, Any] | None) -> int | None:
    """How many rows an entry changed where they are too many to stand one by one, else None."""
    rows = (changes or {}).get("rows")
    return rows if isinstance(rows, int) and rows > MOST_ROWS else None


def _said(table: str, column: str, value: Any) -> Words:
    if value is None or value == "":
        return _NONE
    if column in SECRETS or value == NOT_TOLD:
        return _SECRET
    if column not in SHOWN and isinstance(value, str) and len(value) == DIGEST_SIGNS:
        return _DIGEST.fill(digest=value[:12])
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    return _word(table, column, str(value))


def _word(table: str, column: str, value: str) -> Words:
    words = {"state": _STATES.get(table, {}), "role": ROLE_WORDS}.get(column, {})
    known = {str(code): said for code, said in words.items()}
    return known.get(value, Words(value, value))
