"""Facts a firm may report of itself (domain.md 4.16): which, when, and in what states a report is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from creditbridge.disclosure.rules import Scope
from creditbridge.disclosure.scopes import ScopeEntry, scope_catalogue
from creditbridge.facts.catalogue import Fact, Subject, catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words

MAX_REASON = 200
"""Characters of the reason why a report was refused."""


class ReportState(StrEnum):
    REPORTED = "reported"
    CONFIRMED = "confirmed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


STATE_WORDS: Mapping[ReportState, Words] = {
    ReportState.REPORTED: Words("企业自报，待核实", "Self-reported, not yet confirmed"),
    ReportState.CONFIRMED: Words("企业自报，已核实", "Self-reported, confirmed"),
    ReportState.REPLACED: Words("已被新填报替换", "Replaced by a later report"),
    ReportState.WITHDRAWN: Words("已撤回", "Withdrawn"),
    ReportState.REFUSED: Words("核实不符", "Found not to be so"),
}
_CURRENT = (ReportState.REPORTED, ReportState.CONFIRMED)

LIFECYCLE = Lifecycle(
    "reported_fact",
    initial=ReportState.REPORTED,
    steps={
        "confirm": ((ReportState.REPORTED,), ReportState.CONFIRMED),
        "refuse": ((ReportState.REPORTED,), ReportState.REFUSED),
        "replace": (_CURRENT, ReportState.REPLACED),
        "withdraw": (_CURRENT, ReportState.WITHDRAWN),
    },
    words=STATE_WORDS,
)
CURRENT = frozenset(state.value for state in _CURRENT)


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts that are reported on one page; the groups are those of the scopes of consents."""

    code: Scope
    name: Words
    covers: Words
    facts: tuple[Fact, ...]


@cache
def groups() -> Mapping[Scope, FactGroup]:
    """Every group that has a fact a firm may report, in the order people read them."""
    made = (_group(entry) for entry in scope_catalogue().values())
    return {group.code: group for group in made if group.facts}


def is_reportable(fact: Fact) -> bool:
    """Whether firms may report this fact at all, apart from any value that stands already."""
    return fact.self_reportable and fact.subject is Subject.FIRM


def may_report(fact: Fact, known: FactValue | None) -> bool:
    """A firm fills in what is missing and corrects what it reported; it never writes over an authority's value."""
    return is_reportable(fact) and (known is None or known.source is FactSource.SELF_REPORTED)


def _group(entry: ScopeEntry) -> FactGroup:
    facts = tuple(catalogue()[code] for code in entry.facts if code in catalogue())
    return FactGroup(
        entry.code, entry.name, entry.covers, tuple(fact for fact in facts if is_reportable(fact))
    )
