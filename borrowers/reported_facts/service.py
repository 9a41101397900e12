"""A firm reports facts of itself, takes them back; a lender's reviewer confirms them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from borrowers.documents.model import Document
from borrowers.reported_facts.model import ReportedFact
from borrowers.reported_facts.rules import (
    CURRENT,
    LIFECYCLE,
    MAX_REASON,
    FactGroup,
    ReportState,
    groups,
    is_reportable,
    may_report,
)
from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents
from creditbridge.disclosure.door import NO_CONSENT
from creditbridge.disclosure.rules import Purpose
from creditbridge.disclosure.scopes import scope_of_fact
from creditbridge.facts import service as facts
from creditbridge.facts.catalogue import Fact, Sensitivity, catalogue
from creditbridge.facts.firm_facts import SOURCE_WORDS, FactSource, FactValue
from creditbridge.facts.values import RawValue, ValueProblem, value_from_json, value_to_json
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move

_REPORT = Words("自报信息", "reported fact")
_NOT_REPORTABLE = Words(
    "这一项由主管部门提供，不能自行填报。", "This is supplied by an authority and cannot be reported."
)
_KNOWN_ALREADY = Words(
    "这一项已有{source}的数据，不能自行填报。如认为有误，请联系数据提供部门更正。",
    "This is already known from: {source}. If it is wrong, ask that source to correct it.",
)
_FUTURE = Words("日期不能晚于今天。", "The date cannot be later than today.")
_NO_REASON = Words("请填写原因，最多 {most} 个字。", "Give a reason of at most {most} characters.")
_NOTHING = Words("请至少填写一项。", "Fill in at least one item.")


@dataclass(frozen=True, slots=True)
class Item:
    """One fact on the firm's page: what is known now, its own report of it, and whether it may report it."""

    fact: Fact
    known: FactValue | None
    report: ReportedFact | None
    evidence: Document | None
    may_report: bool


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """A group with its facts."""

    group: FactGroup
    items: Sequence[Item]

    @property
    def missing(self) -> int:
        return sum(item.known is None for item in self.items)


def overview(session: Session, firm_id: int) -> list[ItemGroup]:
    """Every group with what is known of each of its facts."""
    known = facts.facts_of(session, firm_id).values
    reports = _current_with_evidence(session, firm_id)
    return [
        ItemGroup(
            group,
            [_item(fact, known.get(fact.code), reports.get(fact.code)) for fact in group.facts],
        )
        for group in groups().values()
    ]


def current_reports(session: Session, firm_id: int) -> dict[str, ReportedFact]:
    """The reports of a firm that stand, by fact; for a reviewer who confirms them."""
    return {code: report for code, (report, _) in _current_with_evidence(session, firm_id).items()}


def report(
    session: Session,
    actor: Actor,
    *,
    firm_id: int,
    values: Mapping[str, RawValue],
    as_of: date,
    document_id: int | None = None,
) -> list[ReportedFact]:
    """Report values of the actor's firm; answers the new reports. What stands confirmed and unchanged is left alone.

    Raises:
        NotAllowed: the actor does not act for a firm.
        InvalidInput: nothing given, a future date, a fact that may not be reported, a value it cannot hold.
    """
    if not actor.is_firm or actor.user_id is None:
        raise NotAllowed
    known = facts.facts_of(session, firm_id).values
    _check(values, as_of, known)
    standing = current_reports(session, firm_id)
    made: list[ReportedFact] = []
    for code, value in values.items():
        if _is_same(known.get(code), value, as_of) and document_id is None:
            continue
        if code in standing:
            move(session, standing[code], LIFECYCLE, "replace", ended_at=clock.now())
        made.append(_reported(actor, firm_id, code, value, as_of))
    for row in made:
        row.document_id = document_id
    session.add_all(made)
    session.flush()
    if made:
        new: facts.Changes = {
            row.fact: FactValue(values[row.fact], FactSource.SELF_REPORTED, as_of, confirmed=False)
            for row in made
        }
        facts.record_facts(session, firm_id, new, actor=actor, reason="self-reported")
    return made


def _reported(actor: Actor, firm_id: int, code: str, value: RawValue, as_of: date) -> ReportedFact:
    return ReportedFact(
        firm_id=firm_id,
        fact=code,
        value={"value": value_to_json(value)},
        as_of=as_of,
        state=LIFECYCLE.initial.value,
        reported_by=actor.user_id,
    )


def withdraw(session: Session, actor: Actor, firm_id: int, public_id: str) -> ReportedFact:
    """Take a report back; the fact is missing again unless another source has stated it since.

    Raises:
        NotAllowed: the actor does not act for a firm.
        NotFound: the firm has no such report standing.
    """
    if not actor.is_firm:
        raise NotAllowed
    row = session.scalar(
        select(ReportedFact).where(
            ReportedFact.public_id == public_id,
            ReportedFact.firm_id == firm_id,
            ReportedFact.state.in_(CURRENT),
        )
    )
    if row is None:
        raise NotFound(_REPORT)
    move(session, row, LIFECYCLE, "withdraw", ended_at=clock.now())
    _forget(session, actor, row, "self-report withdrawn")
    _record(session, actor, "withdrawn", row)
    return row


def confirm(session: Session, actor: Actor, reported_public_id: str) -> ReportedFact:
    """A lender's reviewer has checked a report against its evidence, under a live consent that covers the fact.

    Raises:
        NotAllowed: the actor reviews for no lender, or the firm has given it no such consent.
        NotFound: no such report.
        Conflict: it was confirmed, replaced or withdrawn meanwhile.
    """
    row = _to_check(session, actor, reported_public_id)
    moment = {
        "confirmed_by": actor.user_id,
        "confirmed_organisation_id": actor.organisation_id,
        "confirmed_at": clock.now(),
    }
    move(session, row, LIFECYCLE, "confirm", **moment)
    known = facts.facts_of(session, row.firm_id).values.get(row.fact)
    if known is not None and known.source is FactSource.SELF_REPORTED:
        value = value_from_json(catalogue()[row.fact], row.value["value"])
        confirmed = FactValue(value, FactSource.SELF_REPORTED, row.as_of, confirmed=True)
        facts.record_facts(
            session, row.firm_id, {row.fact: confirmed}, actor=actor, reason="self-report confirmed"
        )
    _record(session, actor, "confirmed", row)
    return row


def refuse(session: Session, actor: Actor, reported_public_id: str, reason: str) -> ReportedFact:
    """A lender's reviewer found that a report does not agree with its evidence: it ends, and the fact is missing again.

    Raises:
        NotAllowed, NotFound, Conflict: as :func:`confirm`.
        InvalidInput: no reason, or one too long.
    """
    row = _to_check(session, actor, reported_public_id)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InvalidInput({"reason": [_NO_REASON.fill(most=MAX_REASON)]})
    move(session, row, LIFECYCLE, "refuse", ended_at=clock.now())
    _forget(session, actor, row, "self-report refused")
    _record(session, actor, "refused", row, reason.strip())
    return row


def _to_check(session: Session, actor: Actor, public_id: str) -> ReportedFact:
    """A report that the actor's lender may check under a live consent of the firm."""
    if not actor.has_role(Role.LENDER_REVIEWER, Role.LENDER_APPROVER):
        raise NotAllowed
    row = session.scalar(select(ReportedFact).where(ReportedFact.public_id == public_id))
    if row is None or not _has_consent(session, actor, row.firm_id):
        raise NotFound(_REPORT)
    if not _covers(session, actor, row):
        raise NotAllowed("no_live_consent", NO_CONSENT)
    return row


def _forget(session: Session, actor: Actor, row: ReportedFact, reason: str) -> None:
    """The reported value goes, unless another source has stated the fact since."""
    known = facts.facts_of(session, row.firm_id).values.get(row.fact)
    if known is not None and known.source is FactSource.SELF_REPORTED:
        facts.record_facts(session, row.firm_id, {row.fact: None}, actor=actor, reason=reason)


def _item(fact: Fact, known: FactValue | None, found: tuple[ReportedFact, Document | None] | None) -> Item:
    report_, evidence = found or (None, None)
    if known is None or known.source is not FactSource.SELF_REPORTED:
        report_, evidence = None, None
    return Item(fact, known, report_, evidence, may_report(fact, known))


def _current_with_evidence(session: Session, firm_id: int) -> dict[str, tuple[ReportedFact, Document | None]]:
    statement = (
        select(ReportedFact, Document)
        .outerjoin(Document, Document.id == ReportedFact.document_id)
        .where(ReportedFact.firm_id == firm_id, ReportedFact.state.in_(CURRENT))
    )
    return {row.fact: (row, evidence) for row, evidence in session.execute(statement)}


def _check(values: Mapping[str, RawValue], as_of: date, known: Mapping[str, FactValue]) -> None:
    problems: dict[str, list[Words]] = {}
    if not values:
        problems[""] = [_NOTHING]
    if as_of > clock.today():
        problems["as_of"] = [_FUTURE]
    for code, value in values.items():
        problem = _problem(code, value, known.get(code))
        if problem is not None:
            problems[code] = [problem]
    if problems:
        raise InvalidInput(problems)


def _problem(code: str, value: RawValue, known: FactValue | None) -> Words | None:
    fact = catalogue().get(code)
    if fact is None or not is_reportable(fact):
        return _NOT_REPORTABLE
    if not may_report(fact, known) and known is not None:
        return _KNOWN_ALREADY.fill(source=SOURCE_WORDS[known.source])
    try:
        value_from_json(fact, value_to_json(value))
    except ValueProblem as problem:
        return problem.words
    return None


def _is_same(known: FactValue | None, value: RawValue, as_of: date) -> bool:
    """Nothing to do: the same value, and either confirmed or of that date already."""
    return known is not None and known.value == value and (known.confirmed or known.as_of == as_of)


def _has_consent(session: Session, actor: Actor, firm_id: int) -> bool:
    return any(
        consents.live_consent(session, firm_id, actor.organisation_id, purpose) is not None
        for purpose in Purpose
    )


def _covers(session: Session, actor: Actor, row: ReportedFact) -> bool:
    if catalogue()[row.fact].sensitivity is Sensitivity.PUBLIC:
        return True
    scope = scope_of_fact(row.fact)
    for purpose in Purpose:
        consent = consents.live_consent(session, row.firm_id, actor.organisation_id, purpose)
        if consent is not None and scope is not None and scope.value in consent.scope:
            return True
    return False


def _record(session: Session, actor: Actor, step: str, row: ReportedFact, reason: str = "") -> None:
    record_as(
        session,
        actor,
        f"reported_fact.{step}",
        subject_kind="reported_fact",
        subject_id=row.public_id,
        reason=reason,
        fact=row.fact,
        state=ReportState(row.state).value,
    )
