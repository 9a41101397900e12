"""Monitoring: what about a firm is watched, what of a change is worth an alert, and what an alert does. Pure.

What is watched stands in ``data/watched.json``: grades that may drop, facts that may become true, states that may be
left, labels that may be given. Within a change only what is new counts, so that nothing is told twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.facts.values import say_code
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words

SERIOUS_DROP = 2
"""From so many grades at once on a drop is serious; so is one to a low grade."""


class Severity(StrEnum):
    WARNING = "warning"
    SERIOUS = "serious"


SEVERITY_WORDS: Mapping[Severity, Words] = {
    Severity.WARNING: Words("关注", "Watch"),
    Severity.SERIOUS: Words("严重", "Serious"),
}
SEVERITY_TONES: Mapping[Severity, str] = {Severity.WARNING: "warning", Severity.SERIOUS: "danger"}


class AlertState(StrEnum):
    NEW = "new"
    HANDLED = "handled"


ALERT_WORDS: Mapping[AlertState, Words] = {
    AlertState.NEW: Words("待处理", "To be handled"),
    AlertState.HANDLED: Words("已处理", "Handled"),
}
ALERT_TONES: Mapping[AlertState, str] = {AlertState.NEW: "warning", AlertState.HANDLED: "success"}
ALERT = Lifecycle(
    "monitor_alert",
    initial=AlertState.NEW,
    steps={"handle": ((AlertState.NEW,), AlertState.HANDLED)},
    words=ALERT_WORDS,
)


class Blocking(StrEnum):
    """Which alerts keep a firm from new drawdowns, as the lender chose; what is drawn is never touched."""

    NEVER = "never"
    SERIOUS = "serious"
    ANY = "any"

    def blocks(self, severity: Severity) -> bool:
        return self is Blocking.ANY or (self is Blocking.SERIOUS and severity is Severity.SERIOUS)


BLOCKING_WORDS: Mapping[Blocking, Words] = {
    Blocking.NEVER: Words("不暂停提款", "Never block drawdowns"),
    Blocking.SERIOUS: Words("出现严重预警时暂停新的提款", "Block new drawdowns on a serious alert"),
    Blocking.ANY: Words("出现任何预警时暂停新的提款", "Block new drawdowns on any alert"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a firm when it was last looked at: its grades by fact, and the marks it bore.

    A mark is ``fact:<code>``, ``state:<fact>=<choice>`` or ``label:<code>``. ``labels`` are all labels, the harmless
    ones too; None where they were never seen.
    """

    grades: Mapping[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    labels: frozenset[str] | None = None

    def as_json(self) -> dict[str, Any]:
        labels = None if self.labels is None else sorted(self.labels)
        return {"grades": dict(self.grades), "marks": sorted(self.marks), "labels": labels}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Known:
        labels = value.get("labels")
        return cls(
            dict(value.get("grades", {})),
            frozenset(value.get("marks", ())),
            None if labels is None else frozenset(labels),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One change for the worse. ``before`` and ``after`` are grades; empty for a mark."""

    mark: str
    severity: Severity
    before: str = ""
    after: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "mark": self.mark,
            "severity": self.severity.value,
            "before": self.before,
            "after": self.after,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> Finding:
        return cls(value["mark"], Severity(value["severity"]), value["before"], value["after"])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``watched.json``, read. ``low`` are grades that are serious whatever they came from."""

    low: Mapping[str, frozenset[str]]
    flags: Mapping[str, Severity]
    good: Mapping[str, frozenset[str]]
    states: Mapping[str, Severity]
    label_fact: str
    labels: Mapping[str, Severity]

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact that is looked at."""
        return (*self.low, *self.flags, *self.good, self.label_fact)


@cache
def watched() -> Catalogue:
    """What is watched."""
    data = json.loads(resources.files("matching.monitoring").joinpath("data/watched.json").read_text("utf-8"))
    return Catalogue(
        low={row["fact"]: frozenset(row["low"]) for row in data["grades"]},
        flags={row["fact"]: Severity(row["severity"]) for row in data["flags"]},
        good={row["fact"]: frozenset(row["good"]) for row in data["choices"]},
        states={row["fact"]: Severity(row["severity"]) for row in data["choices"]},
        label_fact=data["labels"]["fact"],
        labels={code: severity for severity in Severity for code in data["labels"][severity.value]},
    )


def known_of(facts: FirmFacts, before: Known) -> Known:
    """What is known now. A fact that cannot be seen now leaves what was known of it as it was."""
    seen = watched()
    grades = dict(before.grades)
    marks: set[str] = set()
    for fact in seen.low:
        if (value := facts.values.get(fact)) is not None:
            grades[fact] = str(value.value)
    for fact in (*seen.flags, *seen.good, seen.label_fact):
        value = facts.values.get(fact)
        marks |= _kept(before, fact) if value is None else _marks(fact, value.value)
    given = facts.values.get(seen.label_fact)
    labels = before.labels
    if given is not None and isinstance(given.value, frozenset):
        labels = given.value
    return Known(grades, frozenset(marks), labels)


def _marks(fact: str, value: Any) -> set[str]:
    seen = watched()
    if fact in seen.flags:
        return {f"fact:{fact}"} if value is True else set()
    if fact in seen.good:
        return set() if value in seen.good[fact] else {f"state:{fact}={value}"}
    return {f"label:{code}" for code in value if code in seen.labels}


def _kept(before: Known, fact: str) -> set[str]:
    if fact == watched().label_fact:
        return {mark for mark in before.marks if mark.startswith("label:")}
    return {mark for mark in before.marks if mark == f"fact:{fact}" or mark.startswith(f"state:{fact}=")}


def worse(before: Known, after: Known) -> list[Finding]:
    """What changed for the worse: the serious first, then in the order of the catalogue."""
    found = [
        drop
        for fact, grade in after.grades.items()
        if (drop := _drop(fact, before.grades.get(fact), grade)) is not None
    ]
    found += [Finding(mark, severity_of(mark)) for mark in sorted(after.marks - before.marks)]
    return sorted(found, key=lambda finding: finding.severity is not Severity.SERIOUS)


def differences(before: Known, after: Known) -> list[str]:
    """What of the firm's evaluation is another than it was, for better or worse: grades by fact, and labels.

    What was not known before is no change: that it is seen now says nothing of the firm.
    """
    found = [
        f"grade:{fact}" for fact, grade in after.grades.items() if before.grades.get(fact, grade) != grade
    ]
    if before.labels is not None and after.labels != before.labels:
        found.append("labels")
    return found


def _drop(fact: str, before: str | None, after: str) -> Finding | None:
    scale = catalogue()[fact].scale
    assert scale is not None, "grades are facts on a scale"
    order = list(scale.grades)
    if before not in order or after not in order or order.index(after) <= order.index(before):
        return None
    serious = after in watched().low[fact] or order.index(after) - order.index(before) >= SERIOUS_DROP
    return Finding(f"grade:{fact}", Severity.SERIOUS if serious else Severity.WARNING, before, after)


def severity_of(mark: str) -> Severity:
    """How serious a mark is."""
    kind, _, code = mark.partition(":")
    seen = watched()
    if kind == "label":
        return seen.labels.get(code, Severity.WARNING)
    if kind == "state":
        return seen.states.get(code.partition("=")[0], Severity.WARNING)
    return seen.flags.get(code, Severity.WARNING)


def highest(findings: Sequence[Finding]) -> Severity:
    """The severity of an alert that tells of these."""
    serious = any(finding.severity is Severity.SERIOUS for finding in findings)
    return Severity.SERIOUS if serious else Severity.WARNING


_DROPPED = Words("{name}由 {before}降至 {after}", "{name} fell from {before} to {after}")
_STATE = Words("{name}变为“{value}”", "{name} became “{value}”")
_LABEL = Words("新增标签“{value}”", "New label “{value}”")


def say_finding(finding: Finding) -> Words:
    """A finding as a sentence."""
    kind, _, code = finding.mark.partition(":")
    if kind == "grade":
        fact = catalogue()[code]
        return _DROPPED.fill(
            name=fact.name, before=say_code(fact, finding.before), after=say_code(fact, finding.after)
        )
    if kind == "label":
        return _LABEL.fill(value=say_code(catalogue()[watched().label_fact], code))
    name, _, choice = code.partition("=")
    fact = catalogue()[name]
    if kind == "state":
        return _STATE.fill(name=fact.name, value=say_code(fact, choice))
    return fact.when_true or fact.name
