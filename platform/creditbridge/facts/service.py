"""What is known of firms: reading it whole, and recording changes so that everything derived notices.

Every change raises the change counter in the same transaction. The counter is raised first: on PostgreSQL its row
lock then makes writers of facts wait for one another, so that no change is lost between reading a row and writing it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, func, insert, or_, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.facts import change_log, stored
from creditbridge.facts.catalogue import Sensitivity, Subject, catalogue, named_lists
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.facts.model import FactChange, FirmFactsRow, ListMember
from creditbridge.facts.values import UNKNOWN_FACT, ValueProblem
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store.change_counter import raise_counter

Changes = Mapping[str, FactValue | None]
"""New values by fact code; None takes a fact away."""
_Checked = Mapping[str, tuple[FactValue, dict[str, Any]] | None]
"""The same with the form in which each value is stored."""


@dataclass(frozen=True, slots=True)
class _Writing:
    """One step of the change counter: who takes it and why."""

    seq: int
    actor: Actor | None
    reason: str
    at: datetime = field(default_factory=clock.now)
    log: list[dict[str, Any]] = field(default_factory=list)


Stored = tuple[int, int, Mapping[str, Any], Mapping[str, Mapping[str, Any]]]
"""A firm's key, number, facts and places on lists, as they are stored."""
_CHUNK = 500
_LOG = cast("Table", FactChange.__table__)
_MEMBERSHIPS = select(
    ListMember.firm_id,
    ListMember.list_code,
    ListMember.member,
    ListMember.source,
    ListMember.as_of,
    ListMember.confirmed,
)
_OTHER_SUBJECT = Words("这一项不是企业自身的信息。", "This fact is not about the firm itself.")


def facts_of(session: Session, firm_id: int) -> FirmFacts:
    """All that is known of one firm; empty when nothing is."""
    found = facts_of_many(session, [firm_id]).get(firm_id)
    return found if found is not None else FirmFacts(0)


def facts_of_many(session: Session, firm_ids: Collection[int]) -> dict[int, FirmFacts]:
    """The facts of several firms by firm key; an unknown key is left out."""
    found: dict[int, FirmFacts] = {}
    for chunk in _chunks(list(firm_ids)):
        found.update(_read(session, chunk))
    return found


def all_facts(session: Session) -> Iterator[tuple[int, FirmFacts]]:
    """Every firm with what is known of it, in the order of its key."""
    yield from _read(session, None)


def values_of(session: Session, fact: str, firm_ids: Collection[int] | None = None) -> dict[int, str]:
    """One fact's stored value by firm key, as text, of these firms or of all; firms without one are left out."""
    value = FirmFactsRow.fact_values[fact]["value"].as_string()
    statement = select(FirmFactsRow.firm_id, value).where(value.is_not(None))
    if firm_ids is None:
        return {row.firm_id: row[1] for row in session.execute(statement)}
    found: dict[int, str] = {}
    for chunk in _chunks(list(firm_ids)):
        rows = session.execute(statement.where(FirmFactsRow.firm_id.in_(chunk)))
        found.update({row.firm_id: row[1] for row in rows})
    return found


def changed_since(session: Session, seq: int, highest_firm_id: int) -> dict[int, FirmFacts]:
    """The facts of firms changed after a change of the counter, and of firms with a higher key, by firm key."""
    changed = select(FirmFactsRow.firm_id).where(FirmFactsRow.change_seq > seq)
    added = select(Firm.id).where(Firm.id > highest_firm_id)
    keys = {*session.scalars(changed), *session.scalars(added)}
    return facts_of_many(session, sorted(keys))


def count_changed_since(session: Session, seq: int, highest_firm_id: int) -> int:
    """How many firms those are: after a full run they are the city."""
    changed = select(func.count()).where(
        FirmFactsRow.change_seq > seq, FirmFactsRow.firm_id <= highest_firm_id
    )
    added = select(func.count()).where(Firm.id > highest_firm_id)
    return (session.scalar(changed) or 0) + (session.scalar(added) or 0)


def stored_city(session: Session) -> Iterator[Stored]:
    """Every firm's key, number, facts and places on lists, in the JSON form in which facts are stored."""
    return _stored(session)


def stored_changed_since(session: Session, seq: int, highest_firm_id: int) -> Iterator[Stored]:
    """The same of firms changed after a change of the counter, and of firms with a higher key: for very many of them."""
    return _stored(session, or_(FirmFactsRow.change_seq > seq, Firm.id > highest_firm_id))


def _stored(session: Session, *wanted: ColumnElement[bool]) -> Iterator[Stored]:
    lists: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    for firm_id, code, member, source, as_of, confirmed in session.execute(_MEMBERSHIPS):
        lists[firm_id][code] = {
            "member": member,
            "source": source,
            "as_of": as_of.isoformat(),
            "confirmed": confirmed,
        }
    firms = (
        select(Firm.id, Firm.firm_no, FirmFactsRow.fact_values)
        .outerjoin(FirmFactsRow, FirmFactsRow.firm_id == Firm.id)
        .where(*wanted)
        .order_by(Firm.id)
    )
    for firm_id, firm_no, values in session.execute(firms.execution_options(yield_per=1000)):
        yield firm_id, firm_no, values or {}, lists.get(firm_id, {})


def record_facts(session: Session, firm_id: int, values: Changes, *, actor: Actor | None, reason: str) -> int:
    """Record what is newly known of one firm; answers the change counter.

    Raises:
        InvalidInput: a fact is unknown, is not about firms, or cannot hold its value.
    """
    return record_many(session, {firm_id: values}, actor=actor, reason=reason)


def record_many(session: Session, changes: Mapping[int, Changes], *, actor: Actor | None, reason: str) -> int:
    """The same for many firms in one step of the change counter. Values that are there already change nothing."""
    checked = {firm_id: _checked(values) for firm_id, values in changes.items()}
    writing = _Writing(raise_counter(session), actor, reason)
    changed: dict[int, list[str]] = {}
    for chunk in _chunks(list(checked)):
        rows = _rows_for_writing(session, chunk)
        for firm_id in chunk:
            done = _lay_over(session, rows.get(firm_id), firm_id, checked[firm_id], writing)
            if done:
                changed[firm_id] = done
        session.flush()
        if writing.log:
            # On the table, not the class: the class would send rows with and without nulls apart, one by one.
            session.execute(insert(_LOG), writing.log)
            writing.log.clear()
    if changed:
        only = next(iter(changed.items())) if len(changed) == 1 else None
        change_log.audit(session, len(changed), only, seq=writing.seq, actor=actor, reason=reason)
    return writing.seq


def set_list_membership(
    session: Session,
    list_code: str,
    firm_id: int,
    member: bool,
    as_of: date,
    *,
    source: FactSource = FactSource.LIST_KEEPER,
    confirmed: bool = True,
    actor: Actor | None = None,
) -> int:
    """Note that a firm is on a named list, or is known not to be; answers the change counter.

    Raises:
        InvalidInput: there is no such list.
    """
    if list_code not in named_lists():
        raise InvalidInput({"list": [Words("没有这个名单。", "There is no such list.")]})
    seq = raise_counter(session)
    row = session.scalar(
        select(ListMember).where(ListMember.list_code == list_code, ListMember.firm_id == firm_id)
    )
    if row is None:
        row = ListMember(list_code=list_code, firm_id=firm_id)
        session.add(row)
    row.member, row.source, row.as_of, row.confirmed = member, source.value, as_of, confirmed
    held = _rows_for_writing(session, [firm_id]).get(firm_id) or FirmFactsRow(firm_id=firm_id, fact_values={})
    held.change_seq, held.updated_at = seq, clock.now()
    session.add(held)
    session.flush()
    record_as(
        session,
        actor,
        "facts.list_set",
        subject_kind="firm",
        subject_id=change_log.public_id(session, firm_id),
        list_code=list_code,
        member=member,
        change_seq=seq,
    )
    return seq


def change_seqs(session: Session, firm_ids: Collection[int]) -> dict[int, int]:
    """The change counter at the last change of each of these firms' own facts; one without facts is left out."""
    found: dict[int, int] = {}
    for chunk in _chunks(sorted(firm_ids)):
        rows = session.execute(
            select(FirmFactsRow.firm_id, FirmFactsRow.change_seq).where(FirmFactsRow.firm_id.in_(chunk))
        )
        found.update((row.firm_id, row.change_seq) for row in rows)
    return found


def changes_of(session: Session, firm_id: int, *, limit: int = 200) -> Sequence[FactChange]:
    """The latest changes of a firm's facts, newest first."""
    newest_first = FactChange.at.desc(), FactChange.id.desc()
    statement = select(FactChange).where(FactChange.firm_id == firm_id).order_by(*newest_first).limit(limit)
    return session.scalars(statement).all()


def _read(session: Session, firm_ids: Sequence[int] | None) -> Iterator[tuple[int, FirmFacts]]:
    firms = (
        select(Firm.id, Firm.firm_no, FirmFactsRow.fact_values, FirmFactsRow.change_seq)
        .outerjoin(FirmFactsRow, FirmFactsRow.firm_id == Firm.id)
        .order_by(Firm.id)
    )
    if firm_ids is not None:
        firms = firms.where(Firm.id.in_(firm_ids))
    lists = _memberships(session, firm_ids)
    for firm_id, firm_no, values, seq in session.execute(firms.execution_options(yield_per=1000)):
        yield firm_id, FirmFacts(firm_no, stored.from_row(values or {}), lists.get(firm_id, {}), seq or 0)


def _memberships(session: Session, firm_ids: Sequence[int] | None) -> dict[int, dict[str, ListMembership]]:
    statement = _MEMBERSHIPS
    if firm_ids is not None:
        statement = statement.where(ListMember.firm_id.in_(firm_ids))
    found: dict[int, dict[str, ListMembership]] = defaultdict(dict)
    for firm_id, code, member, source, as_of, confirmed in session.execute(statement):
        found[firm_id][code] = stored.membership(member, source, as_of, confirmed=confirmed)
    return found


def _checked(values: Changes) -> _Checked:
    problems: dict[str, list[Words]] = {}
    checked: dict[str, tuple[FactValue, dict[str, Any]] | None] = {}
    for code, value in values.items():
        try:
            checked[code] = _checked_one(code, value)
        except ValueProblem as problem:
            problems[code] = [problem.words]
    if problems:
        raise InvalidInput(problems)
    return checked


def _checked_one(code: str, value: FactValue | None) -> tuple[FactValue, dict[str, Any]] | None:
    fact = catalogue().get(code)
    if fact is None:
        raise ValueProblem(UNKNOWN_FACT)
    if fact.subject is not Subject.FIRM:
        raise ValueProblem(_OTHER_SUBJECT)
    return None if value is None else stored.checked(code, value)


def _rows_for_writing(session: Session, firm_ids: Sequence[int]) -> dict[int, FirmFactsRow]:
    statement = select(FirmFactsRow).where(FirmFactsRow.firm_id.in_(firm_ids))
    rows = session.scalars(statement.execution_options(populate_existing=True))
    return {row.firm_id: row for row in rows}


def _lay_over(
    session: Session, row: FirmFactsRow | None, firm_id: int, values: _Checked, writing: _Writing
) -> list[str]:
    """Write one firm's changes, noting each for the log; answers the codes that really changed."""
    held: dict[str, Any] = dict(row.fact_values) if row else {}
    changed: list[str] = []
    for code, laid in values.items():
        value, new = laid or (None, None)
        if held.get(code) == new:
            continue
        changed.append(code)
        confirmed_again = change_log.is_confirmed_again(held.get(code), new)
        if new is None:
            held.pop(code)
        else:
            held[code] = new
        if not confirmed_again:
            writing.log.append(_log_row(firm_id, code, value, new, writing))
    if changed or row is None:
        target = row or FirmFactsRow(firm_id=firm_id)
        target.fact_values, target.change_seq, target.updated_at = held, writing.seq, writing.at
        session.add(target)
    return changed


def _log_row(
    firm_id: int, code: str, value: FactValue | None, stated: Mapping[str, Any] | None, writing: _Writing
) -> dict[str, Any]:
    public = catalogue()[code].sensitivity is Sensitivity.PUBLIC
    raw = stated["value"] if stated else None
    return {
        "change_seq": writing.seq,
        "firm_id": firm_id,
        "fact": code,
        "at": writing.at,
        "user_id": writing.actor.user_id if writing.actor else None,
        "organisation_id": writing.actor.organisation_id if writing.actor else None,
        "source": value.source.value if value else None,
        "as_of": value.as_of if value else None,
        "confirmed": value.confirmed if value else None,
        "value": raw if public else None,
        "digest": stored.digest(firm_id, code, raw, writing.seq),
        "reason": writing.reason[:200],
    }


def _chunks(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
