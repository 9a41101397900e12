"""When an adverse record may be repaired, and when its publication ends: dated rules over data.

``data/publication_rules.json`` holds one row for each authority, class of dishonesty and period of validity, with its
source. A question is answered by the rule in force on the day it is asked for. Repair ends publication, sharing, use
in scoring and sanctions together (domain rule 9). Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from creditbridge.kernel.dates import add_months, add_working_days
from creditbridge.kernel.words import Words


class Authority(StrEnum):
    """Whose publication it is."""

    CITY_CREDIT = "city_credit"
    MARKET_SUPERVISION = "market_supervision"
    COURT = "court"


@dataclass(frozen=True, slots=True)
class PublicationRule:
    """One dated rule. ``repairable_months`` is None where nothing can be repaired before the end.

    ``kind`` is the class of dishonesty or of the penalty. ``ends_by_itself`` says that at ``most_months``, with the
    duties done, publication stops without anybody asking; ``early`` that it may stop before, by repair.
    """

    code: str
    authority: Authority
    kind: str
    valid_from: date
    valid_to: date | None
    published: bool
    repairable_months: int | None
    most_months: int
    ends_by_itself: bool
    early: bool
    reference: Words

    def holds_on(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class AdverseRecord:
    """A record as the rules see it: who published it, its class, the day of the decision, the day duties were done."""

    authority: Authority
    kind: str
    decided_on: date
    duties_done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands on a day.

    ``repairable_from`` is the first day an application may be filed, None where none may ever be. ``ends_on`` is the
    first day on which it is no longer published, None while duties are open. ``needs_duties`` says that duties come
    first.
    """

    rule: PublicationRule
    published: bool
    needs_duties: bool
    repairable_from: date | None
    ends_on: date | None

    def repairable_on(self, on: date) -> bool:
        return not self.needs_duties and self.repairable_from is not None and self.repairable_from <= on


@dataclass(frozen=True, slots=True)
class AbnormalCause:
    """A cause of the abnormal-operations list, and what puts it right."""

    code: str
    name: Words
    correction: Words


@dataclass(frozen=True, slots=True)
class ReportWindow:
    """The annual report to be filed: of which year, in which days, and how the day asked about lies to them."""

    year: int
    opens: date
    closes: date
    late: bool


class UnknownClassError(LookupError):
    """No rule in force on the day for this authority and class."""


def standing(record: AdverseRecord, on: date) -> Standing:
    """How a record stands on a day, by the rule in force then.

    Raises:
        UnknownClassError: no rule covers it.
    """
    rule = rule_for(record.authority, record.kind, on)
    most = add_months(record.decided_on, rule.most_months)
    ends = _end(rule, most, record.duties_done_on)
    return Standing(
        rule=rule,
        published=rule.published and on < (ends or date.max),
        needs_duties=record.duties_done_on is None,
        repairable_from=repairable_from(rule, record.decided_on, record.duties_done_on),
        ends_on=ends,
    )


def rule_for(authority: Authority, kind: str, on: date) -> PublicationRule:
    """The rule in force on a day.

    Raises:
        UnknownClassError: there is none.
    """
    for rule in publication_rules():
        if rule.authority is authority and rule.kind == kind and rule.holds_on(on):
            return rule
    raise UnknownClassError(f"{authority}, {kind}, {on}")


def repairable_from(rule: PublicationRule, decided_on: date, duties_done_on: date | None) -> date | None:
    """The first day on which repair may be applied for; never before the duties are done where that day is known."""
    if rule.repairable_months is None or not rule.early:
        return None
    first = add_months(decided_on, rule.repairable_months)
    return max(first, duties_done_on) if duties_done_on else first


def _end(rule: PublicationRule, most: date, duties_done_on: date | None) -> date | None:
    if duties_done_on is None:
        return None
    if not rule.ends_by_itself:
        return add_working_days(duties_done_on, 3)
    return max(most, duties_done_on)


def earliest_end(record: AdverseRecord, on: date) -> date | None:
    """The day from which a record counts no more if everything the firm can do is done from ``on``.

    Either repair is applied for as soon as the rule allows and decided within its days, or publication runs out,
    whichever is first. Duties not yet done are taken as done on the day asked about.
    """
    done = record.duties_done_on or on
    rule = rule_for(record.authority, record.kind, on)
    by_itself = _end(rule, add_months(record.decided_on, rule.most_months), done)
    first = repairable_from(rule, record.decided_on, done)
    repaired = add_working_days(max(first, on), _data().decision_working_days) if first else None
    return min((day for day in (by_itself, repaired) if day is not None), default=None)


def removal_on(corrected_on: date) -> date:
    """The last day on which a firm that put the cause right leaves the abnormal-operations list."""
    return add_working_days(corrected_on, _data().removal_working_days)


def annual_report(on: date) -> ReportWindow:
    """The annual report that is due on a day: of the year before, from 1 January to 30 June, late after that."""
    opens, closes = (date.fromisoformat(f"{on.year}-{day}") for day in _data().report_days)
    return ReportWindow(on.year - 1, opens, closes, late=on > closes)


def abnormal_causes() -> Mapping[str, AbnormalCause]:
    return _data().causes


def publication_rules() -> Sequence[PublicationRule]:
    return _data().rules


def retained_until(conduct_ended_on: date) -> date:
    """Adverse records are kept five years from the end of the conduct, then gone (domain rule 10)."""
    return add_months(conduct_ended_on, 12 * _data().retention_years)


@dataclass(frozen=True, slots=True)
class _Data:
    rules: tuple[PublicationRule, ...]
    causes: Mapping[str, AbnormalCause]
    removal_working_days: int
    decision_working_days: int
    retention_years: int
    report_days: tuple[str, str]


@cache
def _data() -> _Data:
    text = (
        resources.files("creditbridge.repair").joinpath("data", "publication_rules.json").read_text("utf-8")
    )
    read: dict[str, Any] = json.loads(text)
    listed = read["abnormal_list"]
    causes = {
        row["code"]: AbnormalCause(
            row["code"], Words.from_json(row["name"]), Words.from_json(row["correction"])
        )
        for row in listed["causes"]
    }
    return _Data(
        tuple(_rule(row) for row in read["rules"]),
        MappingProxyType(causes),
        listed["removal_working_days"],
        read["decision_working_days"],
        read["retention_years"],
        (read["annual_report"]["opens"], read["annual_report"]["closes"]),
    )


def _rule(row: Mapping[str, Any]) -> PublicationRule:
    return PublicationRule(
        row["code"],
        Authority(row["authority"]),
        row["kind"],
        date.fromisoformat(row["from"]),
        date.fromisoformat(row["to"]) if row["to"] else None,
        row["published"],
        row["repairable_months"],
        row["most_months"],
        row["ends_by_itself"],
        row["early"],
        Words.from_json(row["reference"]),
    )
