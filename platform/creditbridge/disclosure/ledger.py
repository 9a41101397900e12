"""The access ledger: every look at a firm's data, as the firm and the platform's auditors read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.disclosure.model import AccessEntry, Consent
from creditbridge.disclosure.rules import SYSTEM_OFFICER, LookKind, Purpose, Scope
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm

BranchNamer: TypeAlias = Callable[[Session, int], str]
"""Answers a branch's name; branches are known to the lenders' room, above."""

PAGE = 50
_namers: list[BranchNamer] = []


def name_branches_with(namer: BranchNamer) -> None:
    """Let a room above tell the names of branches, which the ledger keeps as they were."""
    _namers[:] = [namer]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An entry with the public id of its consent and the firm it is about."""

    entry: AccessEntry
    consent_public_id: str
    firm_name: str
    firm_uscc: str | None

    @property
    def why(self) -> Words:
        return Words(self.entry.why_zh, self.entry.why_en)

    @property
    def officer(self) -> Words:
        """Who looked: the officer's name as it was, or the system."""
        name = self.entry.officer_name
        return (
            SYSTEM_OFFICER if name == SYSTEM_OFFICER.zh and self.entry.user_id is None else Words(name, name)
        )


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Some entries, newest first; ``next_cursor`` is None on the last page."""

    rows: Sequence[LedgerRow]
    next_cursor: str | None


def enter(
    session: Session,
    actor: Actor,
    consent: Consent,
    *,
    kind: LookKind,
    what: Sequence[Scope],
    items: Sequence[str],
    why: Words,
) -> AccessEntry:
    """Write one look. Only the door does this, before data leaves."""
    entry = AccessEntry(
        at=clock.now(),
        kind=kind.value,
        firm_id=consent.firm_id,
        consent_id=consent.id,
        purpose=Purpose(consent.purpose).value,
        organisation_id=actor.organisation_id,
        organisation_name=actor.organisation_name,
        branch_id=actor.branch_id,
        branch_name=_branch_name(session, actor),
        user_id=actor.user_id,
        officer_name=actor.name,
        via=actor.via,
        what=[scope.value for scope in what],
        items=list(items),
        why_zh=why.zh[:300],
        why_en=why.en[:300],
    )
    session.add(entry)
    session.flush()
    return entry


def entries_of_firm(
    session: Session, firm_id: int, cursor: str | None = None, *, limit: int = PAGE
) -> LedgerPage:
    """A firm's entries, newest first.

    Raises:
        InvalidInput: the cursor is not one of this firm's pages.
    """
    return _page(session, _rows().where(AccessEntry.firm_id == firm_id), cursor, limit)


def entries(session: Session, cursor: str | None = None, *, uscc: str = "", limit: int = PAGE) -> LedgerPage:
    """Entries of all firms, or of one, for the platform's auditors; no values stand in them.

    Raises:
        InvalidInput: the cursor is unknown.
    """
    statement = _rows()
    if uscc:
        statement = statement.where(Firm.uscc == uscc)
    return _page(session, statement, cursor, limit)


def _rows() -> Select[AccessEntry, str, str, str | None]:
    return (
        select(AccessEntry, Consent.public_id, Firm.name, Firm.uscc)
        .join(Consent, Consent.id == AccessEntry.consent_id)
        .join(Firm, Firm.id == AccessEntry.firm_id)
        .order_by(AccessEntry.id.desc())
    )


def _page(
    session: Session, statement: Select[AccessEntry, str, str, str | None], cursor: str | None, limit: int
) -> LedgerPage:
    if cursor:
        start = session.scalar(select(AccessEntry.id).where(AccessEntry.public_id == cursor))
        if start is None:
            words = Words(
                "翻页位置无效，请从第一页重新查看。",
                "This page address is not valid. Start at the first page.",
            )
            raise InvalidInput({"cursor": [words]})
        statement = statement.where(AccessEntry.id < start)
    rows = [LedgerRow(*row) for row in session.execute(statement.limit(limit + 1))]
    shown = rows[:limit]
    return LedgerPage(shown, shown[-1].entry.public_id if len(rows) > limit else None)


def _branch_name(session: Session, actor: Actor) -> str:
    if actor.branch_id is None or not _namers:
        return ""
    return _namers[0](session, actor.branch_id)
