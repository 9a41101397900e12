"""The register of firms as an import sees it: which firm a registration is, and what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import RowMapping, Table, func, or_, select, text, update
from sqlalchemy.orm import Session

from creditbridge.kernel import clock, ids
from creditbridge.kernel.uscc import is_synthetic
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import EntityKind, FirmStatus, IdentityStatus
from creditbridge.registry.rules import FirmDraft
from creditbridge.store import bulk

_FIRMS = cast("Table", Firm.__table__)
_IMPORTED = "import"
_SMALL = 2_000
_NUMBERING_LOCK = 7_305_102  # any constant, the same everywhere
_COMPARED = (
    Firm.id, Firm.uscc, Firm.old_number, Firm.identity_status, Firm.name, Firm.entity_kind, Firm.entity_kind_is_hint,
    Firm.status, Firm.established_on, Firm.type_raw, Firm.capital_raw, Firm.capital_minor, Firm.capital_currency,
    Firm.scope, Firm.region_code, Firm.industry_code, Firm.address,
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    created: int = 0
    updated: int = 0
    unchanged: int = 0


class Register:
    """Takes drafts in chunks. With ``import_id`` None nothing is written: only counted."""

    def __init__(self, session: Session, import_id: int | None) -> None:
        self._session = session
        self._import_id = import_id
        self._next_no: int | None = None
        self._analysed = 0

    def take(self, drafts: Sequence[FirmDraft]) -> Tally:
        """Create or update the firms of these drafts, each of another firm."""
        tally = Tally()
        known = _Known(self._present(drafts))
        created: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for draft in drafts:
            firm = known.find(draft)
            if firm is None:
                tally.created += 1
                created.append(new_values(draft))
            elif firm["uscc"] and not draft.uscc:
                # A registration by old number adds nothing to a firm that is known by its code.
                tally.unchanged += 1
            elif changes := _changes(firm, draft):
                tally.updated += 1
                changed.append({"id": firm["id"], **changes})
            else:
                tally.unchanged += 1
        if self._import_id is not None:
            self._write(self._import_id, created, changed)
        return tally

    def _present(self, drafts: Iterable[FirmDraft]) -> Sequence[RowMapping]:
        codes = {draft.uscc for draft in drafts if draft.uscc}
        numbers = {draft.old_number for draft in drafts if draft.old_number}
        if not codes and not numbers:
            return ()
        return (
            self._session.execute(
                select(*_COMPARED).where(or_(Firm.uscc.in_(codes), Firm.old_number.in_(numbers)))
            )
            .mappings()
            .all()
        )

    def _write(self, import_id: int, created: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
        if created:
            first = self._next_no if self._next_no is not None else next_firm_no(self._session)
            self._next_no = first + len(created)
            moment = clock.now()
            for number, values in enumerate(created, start=first):
                values.update(
                    firm_no=number,
                    public_id=ids.public_id(),
                    source=_IMPORTED,
                    last_import_id=import_id,
                    created_at=moment,
                    updated_at=moment,
                )
            columns = tuple(created[0])
            rows = (tuple(values[column] for column in columns) for values in created)
            bulk.insert_rows(self._session, _FIRMS, columns, rows)
            self._keep_searchable(first + len(created))
        if changed:
            moment = clock.now()
            for values in changed:
                values.update(updated_at=moment, last_import_id=import_id)
            self._session.execute(update(Firm), changed)

    def _keep_searchable(self, firms: int) -> None:
        """Let PostgreSQL know how large the register has become.

        Otherwise it goes on searching it from end to end, as was best when it was empty, for as long as the import's
        one transaction takes.
        """
        if firms >= max(_SMALL, 2 * self._analysed) and self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("ANALYZE firm"))
            self._analysed = firms


@dataclass(slots=True)
class _Known:
    rows: Sequence[RowMapping]
    by_code: dict[str, RowMapping] = field(default_factory=dict)
    alone: dict[str, RowMapping] = field(default_factory=dict)
    by_number: dict[str, list[RowMapping]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            if row["uscc"]:
                self.by_code[row["uscc"]] = row
            elif row["old_number"]:
                self.alone[row["old_number"]] = row
            if row["old_number"]:
                self.by_number.setdefault(row["old_number"], []).append(row)

    def find(self, draft: FirmDraft) -> RowMapping | None:
        """By the code; a firm known by its old number alone is found by it and gets its code."""
        if draft.uscc:
            # Taken out, so that a second code under the same old number is another firm.
            return self.by_code.get(draft.uscc) or self.alone.pop(draft.old_number or "", None)
        sharing = self.by_number.get(draft.old_number or "", [])
        return self.alone.get(draft.old_number or "") or (sharing[0] if len(sharing) == 1 else None)


def next_firm_no(session: Session) -> int:
    """The next dense number. On PostgreSQL the transaction waits here for others that number firms."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NUMBERING_LOCK})
    highest = session.scalar(select(func.max(Firm.firm_no)))
    return 0 if highest is None else highest + 1


def new_values(draft: FirmDraft) -> dict[str, Any]:
    """The column values of a new firm, but for its number and its import."""
    return {
        **_stated(draft),
        "uscc": draft.uscc,
        "old_number": draft.old_number,
        "identity_status": draft.identity_status.value,
        "entity_kind": draft.entity_kind.value,
        "entity_kind_is_hint": draft.entity_kind_is_hint,
        "status": draft.status.value,
        "is_demo": is_synthetic(draft.uscc or ""),
        "established_on": draft.established_on,
        "type_raw": draft.type_raw,
        "capital_raw": draft.capital_raw,
        "capital_minor": draft.capital_minor,
        "capital_currency": draft.capital_currency,
        "scope": draft.scope,
        "region_code": draft.region_code,
        "industry_code": draft.industry_code,
        "address": draft.address,
    }


def _changes(firm: RowMapping, draft: FirmDraft) -> dict[str, Any]:
    """What a registration changes on a firm. What it does not state it leaves alone."""
    values = _stated(draft)
    keep_override = (
        firm["identity_status"] == IdentityStatus.OVERRIDDEN
        and draft.identity_status is IdentityStatus.UNCONFIRMED
    )
    if draft.uscc and not keep_override:
        values["identity_status"] = draft.identity_status.value
    if draft.entity_kind is not EntityKind.UNKNOWN and (
        firm["entity_kind_is_hint"] or not draft.entity_kind_is_hint
    ):
        values |= {"entity_kind": draft.entity_kind.value, "entity_kind_is_hint": draft.entity_kind_is_hint}
    return {name: value for name, value in values.items() if firm[name] != value}


def _stated(draft: FirmDraft) -> dict[str, Any]:
    """The plain values that a registration states."""
    values: dict[str, Any] = {
        name: value
        for name in ("name", "uscc", "old_number", "established_on", "type_raw", "scope", "region_code", "industry_code", "address")
        if (value := getattr(draft, name))
    }  # fmt: skip
    if draft.capital_raw:
        values |= {
            "capital_raw": draft.capital_raw,
            "capital_minor": draft.capital_minor,
            "capital_currency": draft.capital_currency,
        }
    if draft.status is not FirmStatus.UNKNOWN:
        values["status"] = draft.status.value
    return values
