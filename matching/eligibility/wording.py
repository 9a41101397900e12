"""What an explanation says to a shop owner: the firm's own value, what is missing, and who can supply it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from creditbridge.facts.catalogue import Fact, FactType, Subject, catalogue, named_lists
from creditbridge.facts.values import ALL, join_words, spaced
from creditbridge.kernel.words import Words
from matching.eligibility.rules import CriterionResult, CriterionVerdict, Explanation, Verdict


class Supplier(StrEnum):
    """Who can tell a fact that is missing."""

    FIRM = "firm"
    APPLICATION = "application"
    LENDER = "lender"
    DEPARTMENT = "department"


SUPPLIER_WORDS: Mapping[Supplier, Words] = {
    Supplier.FIRM: Words("您可以自行补充这项信息。", "You can supply this yourself."),
    Supplier.APPLICATION: Words("申请时填写即可。", "You give this when you apply."),
    Supplier.LENDER: Words("由金融机构在审核时核实。", "The lender checks this during its review."),
    Supplier.DEPARTMENT: Words(
        "由主管部门提供，平台收到后自动更新。",
        "The responsible department supplies this; it updates by itself.",
    ),
}

_VALUE = Words("贵企业为{value}", "Your firm: {value}")
_SENTENCE = Words("贵企业{value}", "{value}")
_UNKNOWN = Words("尚不知道贵企业的“{fact}”", "Not yet known of your firm: {fact}")
_UNKNOWN_LIST = Words(
    "尚不知道贵企业是否列入{list}", "Not yet known whether your firm is on this list: {list}"
)
_UNKNOWN_PASSES = Words("尚无贵企业的记录，视为符合", "There is no record of your firm; this counts as met")
_UNKNOWN_FAILS = Words(
    "尚无贵企业的记录，视为不符合", "There is no record of your firm; this counts as not met"
)
_NOT_APPLICABLE = Words("此条件不适用于贵企业", "This condition does not apply to your firm")
_STALE = Words(
    "这项信息的日期已超过规定时限，需要更新。",
    "This is older than the product accepts and needs to be brought up to date.",
)
_UNCONFIRMED = Words(
    "企业自报，金融机构审核时会核实。", "Reported by your firm; the lender checks it during its review."
)


def finding_words(row: CriterionResult) -> Words:
    """What was found of the firm for one criterion."""
    if row.verdict is CriterionVerdict.NOT_APPLICABLE:
        return _NOT_APPLICABLE
    fact = catalogue()[row.criterion.test.fact]
    if row.value_words is not None:
        return _said(fact, row.value_words)
    if row.verdict is CriterionVerdict.PASS:
        return _UNKNOWN_PASSES
    if row.verdict is CriterionVerdict.FAIL:
        return _UNKNOWN_FAILS
    if fact.subject is Subject.FIRM_LIST:
        known = named_lists().get(str(row.criterion.test.value))
        return _UNKNOWN_LIST.fill(list=known.name if known else fact.name)
    return _UNKNOWN.fill(fact=join_words([catalogue()[code].name for code in row.lacking], ALL))


def _said(fact: Fact, value: Words) -> Words:
    """A yes-or-no fact brings its own sentence; any other value is named."""
    pattern = _SENTENCE if fact.type is FactType.BOOLEAN or fact.subject is Subject.FIRM_LIST else _VALUE
    return spaced(pattern.fill(value=value))


def notes_of(row: CriterionResult) -> list[Words]:
    """What else to know of a criterion: the lender's note, age, and who can supply what is missing."""
    notes = [] if row.criterion.note is None else [row.criterion.note]
    if row.stale:
        notes.append(_STALE)
    if row.value is not None and not row.confirmed:
        notes.append(_UNCONFIRMED)
    if row.verdict is CriterionVerdict.MISSING and row.open:
        notes += [SUPPLIER_WORDS[who] for who in dict.fromkeys(supplier_of(code) for code in row.lacking)]
    return notes


def supplier_of(code: str) -> Supplier:
    """Who can supply a fact."""
    fact = catalogue()[code]
    if fact.subject is Subject.FIRM:
        return Supplier.FIRM if fact.self_reportable else Supplier.DEPARTMENT
    if fact.subject in (Subject.APPLICATION, Subject.PERSON):
        return Supplier.APPLICATION
    return Supplier.LENDER if fact.subject is Subject.FIRM_LENDER else Supplier.DEPARTMENT


def self_reportable_lacking(row: CriterionResult) -> tuple[str, ...]:
    """The facts missing for a criterion that the firm can report now."""
    return tuple(code for code in row.lacking if supplier_of(code) is Supplier.FIRM)


def in_the_way(explanation: Explanation) -> tuple[CriterionResult, ...]:
    """The criteria that decide against a firm: those failed, or where none is, those missing."""
    standing = [row for row in explanation.criteria() if row.open]
    failed = tuple(row for row in standing if row.verdict is CriterionVerdict.FAIL)
    return failed or tuple(standing)


@dataclass(frozen=True, slots=True)
class WantedFact:
    """A fact the firm could report: how many open products ask for it, and how many wait for it alone."""

    fact: Fact
    products: int
    alone: int


def wanted_facts(explanations: Iterable[Explanation]) -> list[WantedFact]:
    """What a firm should report first: what alone decides most products, then what most products ask for."""
    asked: dict[str, int] = {}
    alone: dict[str, int] = {}
    for explanation in explanations:
        if explanation.verdict is not Verdict.TENTATIVE:
            continue
        lacking = _lacking(explanation)
        for code in lacking:
            if supplier_of(code) is Supplier.FIRM:
                asked[code] = asked.get(code, 0) + 1
                alone[code] = alone.get(code, 0) + (len(lacking) == 1)
    wanted = [WantedFact(catalogue()[code], count, alone[code]) for code, count in asked.items()]
    return sorted(wanted, key=lambda row: (-row.alone, -row.products, row.fact.code))


def _lacking(explanation: Explanation) -> Sequence[str]:
    """Everything missing that stands in the way."""
    rows = (row for row in explanation.criteria() if row.open and row.verdict is CriterionVerdict.MISSING)
    return list(dict.fromkeys(code for row in rows for code in row.lacking))
