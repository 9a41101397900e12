"""The firm's data as the review desk shows it: what the door answered, in the order of the consent's scopes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.disclosure import door
from creditbridge.disclosure.door import DisclosedFirm
from creditbridge.disclosure.rules import LookKind, Purpose, Scope
from creditbridge.disclosure.scopes import is_open, scope_catalogue
from creditbridge.facts.catalogue import Subject, catalogue, named_lists
from creditbridge.facts.firm_facts import SOURCE_WORDS, FactSource
from creditbridge.facts.values import say_value
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.labels import service as labels
from creditbridge.labels.catalogue import vocabulary
from creditbridge.labels.rules import Viewer
from creditbridge.labels.showing import CATEGORY_TONES
from creditbridge.runs import portrait_showing
from creditbridge.store.database import Database
from matching.applications.model import Submission
from matching.conflicts import service as conflicts


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact as people read it."""

    name: Words
    value: Words
    source: Words
    as_of: date
    confirmed: bool
    report_id: str | None = None
    evidence_id: str | None = None


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A fact the firm reported that is still to be checked: public ids of the report and of its evidence."""

    report_id: str
    evidence_id: str | None


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The facts one scope of the consent opens."""

    name: Words
    lines: tuple[FactLine, ...]


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A criterion as it was judged at submission. ``verdict`` is one of the match verdicts."""

    sentence: Words
    finding: Words
    verdict: str
    source: Words | None
    on: str | None
    self_reported: bool


_YES, _NO = Words("在名单内", "On the list"), Words("不在名单内", "Not on the list")
_UNKNOWN = Words("提交时没有这项信息", "Not known when the application was sent")
_NOTHING_AGAINST = Words("没有相反记录", "Nothing on record against it")
_NOT_SHARED = Words("企业未授权查看这项信息", "The firm does not share this")
_FOUND = Words("企业：{value}", "The firm: {value}")
_VERDICTS = {"pass": "eligible", "fail": "not_eligible", "missing": "tentative"}


def look(
    database: Database,
    actor: Actor,
    submission: Submission,
    *,
    kind: LookKind = LookKind.LOOK,
    items: tuple[str, ...] = (),
) -> DisclosedFirm:
    """Look through the door under this submission's consent; the firm reads the entry in its ledger.

    Raises:
        NotAllowed: there is no live consent, or it does not cover what is asked.
        RuleRefused: ``conflict_of_interest``.
    """
    why = Words("审查“{product}”贷款申请", "Review of the application for “{product}”")
    with database.read() as session:
        conflicts.check(session, actor, submission.firm_id, phones=(submission.contact_phone,))
    return door.look(
        database,
        actor,
        submission.firm_id,
        purpose=Purpose.PRE_LOAN,
        what=[Scope.DOCUMENTS] if kind is LookKind.DOCUMENT else list(Scope),
        why=why.fill(product=submission.product),
        kind=kind,
        items=items,
        for_id=submission.public_id,
    )


def groups_of(shown: DisclosedFirm, reports: Mapping[str, OpenReport]) -> list[FactGroup]:
    """What was shown, scope by scope, with the reports to be checked; empty scopes are left out."""
    groups = [
        FactGroup(
            entry.name,
            tuple(_line(shown, code, reports) for code in entry.facts if code in shown.facts.values),
        )
        for scope, entry in scope_catalogue().items()
        if scope in shown.opened
    ]
    lists = tuple(
        FactLine(
            named_lists()[code].name,
            _YES if on.member else _NO,
            SOURCE_WORDS[on.source],
            on.as_of,
            on.confirmed,
        )
        for code, on in sorted(shown.facts.lists.items())
    )
    groups.append(FactGroup(scope_catalogue()[Scope.LISTS].name, lists))
    return [group for group in groups if group.lines]


def evaluation_of(session: Session, shown: DisclosedFirm) -> dict[str, Any] | None:
    """Standing, dimensions and labels of the firm, where the look opened its evaluation.

    Labels come without their evidence: that may lie in scopes the firm did not open.
    """
    if Scope.EVALUATION not in shown.opened:
        return None
    held = labels.labels_of_firm(session, shown.firm.id, Viewer.LENDER)
    return {
        **portrait_showing.summary(session, shown.firm),
        "labels": [
            (vocabulary().categories[category], CATEGORY_TONES.get(category, "neutral"), given)
            for category, given in held.by_category.items()
            if given
        ],
    }


def criteria_of(explanation: Mapping[str, Any], opened: Collection[Scope]) -> list[CriterionLine]:
    """The product's conditions as the firm met them when it applied; those that did not apply are left out.

    A finding says what is known of the firm. Outside the scopes that the look opened neither it nor the verdict is
    told: thresholds of a lender's choosing would give the value away.
    """
    rows = [row for row in explanation["criteria"] if row["verdict"] in _VERDICTS]
    return [_criterion(row) if _is_open(row["fact"], opened) else _withheld(row) for row in rows]


def _line(shown: DisclosedFirm, code: str, reports: Mapping[str, OpenReport]) -> FactLine:
    fact, held = catalogue()[code], shown.facts.values[code]
    value = say_value(fact, held.value, clock.today())
    line = FactLine(fact.name, value, SOURCE_WORDS[held.source], held.as_of, held.confirmed)
    if held.confirmed or code not in reports:
        return line
    return replace(line, report_id=reports[code].report_id, evidence_id=reports[code].evidence_id)


def _criterion(row: Mapping[str, Any]) -> CriterionLine:
    value = Words.from_json(row["value"]) if row["value"] else None
    source = FactSource(row["source"]) if row["source"] else None
    return CriterionLine(
        sentence=Words.from_json(row["sentence"]),
        finding=_FOUND.fill(value=value) if value else _without_value(row["verdict"]),
        verdict=_VERDICTS[row["verdict"]],
        source=SOURCE_WORDS[source] if source else None,
        on=row["as_of"],
        self_reported=source is FactSource.SELF_REPORTED and not row["confirmed"],
    )


def _is_open(code: str, opened: Collection[Scope]) -> bool:
    """What the firm asks for in this application is told with it; lists have a scope of their own."""
    fact = catalogue().get(code)
    if fact is not None and fact.subject is Subject.APPLICATION:
        return True
    if fact is not None and fact.subject is Subject.FIRM_LIST:
        return Scope.LISTS in opened
    return is_open(code, opened)


def _withheld(row: Mapping[str, Any]) -> CriterionLine:
    return CriterionLine(
        sentence=Words.from_json(row["sentence"]),
        finding=_NOT_SHARED,
        verdict=_VERDICTS["missing"],
        source=None,
        on=None,
        self_reported=False,
    )


def _without_value(verdict: str) -> Words:
    """A condition may be met because nothing is known, such as one against bad records."""
    return _NOTHING_AGAINST if verdict == "pass" else _UNKNOWN
