"""Does a firm qualify, and why: the evaluator that explains every criterion of an admission rule.

:func:`explain` answers one firm and one rule in full; :func:`verdict` gives the same verdict without the words, for
counting over many firms. Both are Kleene's three-valued logic over :mod:`lenders.admission.truth`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.facts.values import RawValue, say_value
from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount, AmountVerdict
from lenders.admission.sentence import amount_verdict_words, criterion_sentence, threshold_words
from lenders.admission.tree import Criterion, Group, Missing, Mode, Node, Tree
from lenders.admission.truth import Known, Truth, conjunction, disjunction, holds, holds_of, implication

Found: TypeAlias = FactValue | ListMembership | None


class Verdict(StrEnum):
    """A firm and a product."""

    ELIGIBLE = "eligible"
    TENTATIVE = "tentative"
    NOT_ELIGIBLE = "not_eligible"


class CriterionVerdict(StrEnum):
    """A firm and a criterion. ``missing`` is a fact not known, or too old, that leaves the criterion open."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


VERDICT_WORDS: Mapping[Verdict, Words] = {
    Verdict.ELIGIBLE: Words("符合", "Eligible"),
    Verdict.TENTATIVE: Words("待补充信息", "More information needed"),
    Verdict.NOT_ELIGIBLE: Words("不符合", "Not eligible"),
}
CRITERION_VERDICT_WORDS: Mapping[CriterionVerdict, Words] = {
    CriterionVerdict.PASS: Words("符合", "Met"),
    CriterionVerdict.FAIL: Words("不符合", "Not met"),
    CriterionVerdict.MISSING: Words("待补充信息", "Information missing"),
    CriterionVerdict.NOT_APPLICABLE: Words("不适用", "Does not apply"),
}


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion read for one firm.

    ``value`` is the raw value found, ``value_words`` as people read it on the legal date ``on``; both are None where
    nothing is known. Words are made when they are asked for: of a thousand products few are read.
    ``lacking`` names the facts that would settle a missing criterion, those it applies ``when`` included.
    ``stale`` says that a value was found but is older than the criterion allows. ``open`` says that the criterion
    is what stands in the way: it is failed or missing, and no alternative makes up for it.
    """

    criterion: Criterion
    on: date
    verdict: CriterionVerdict
    value: RawValue | None
    source: FactSource | None
    as_of: date | None
    confirmed: bool
    stale: bool
    lacking: tuple[str, ...]
    open: bool

    @property
    def sentence(self) -> Words:
        return criterion_sentence(self.criterion)

    @property
    def threshold(self) -> Words:
        return threshold_words(self.criterion.test)

    @property
    def value_words(self) -> Words | None:
        if self.value is None:
            return None
        return say_value(catalogue()[self.criterion.test.fact], self.value, self.on)


@dataclass(frozen=True, slots=True)
class GroupResult:
    """A group read for one firm; ``truth`` is None while it is undecided."""

    mode: Mode
    truth: Truth
    results: tuple[CriterionResult | GroupResult, ...]


Result: TypeAlias = CriterionResult | GroupResult


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule read for one firm, in the shape of its tree.

    ``amount`` is the cap this firm would get, None where the product states none. ``unconfirmed`` says that the
    verdict rests in part on what the firm reports itself.
    """

    verdict: Verdict
    root: GroupResult
    amount: AmountVerdict | None
    amount_words: Words | None

    def criteria(self) -> tuple[CriterionResult, ...]:
        """Every criterion in tree order."""
        return tuple(_flat(self.root))

    @property
    def failed(self) -> int:
        """How many criteria are failed with no alternative making up for them."""
        return sum(row.open and row.verdict is CriterionVerdict.FAIL for row in self.criteria())

    @property
    def missing(self) -> int:
        """How many criteria wait for a fact, with no alternative making up for them."""
        return sum(row.open and row.verdict is CriterionVerdict.MISSING for row in self.criteria())

    @property
    def unconfirmed(self) -> bool:
        return any(row.value is not None and not row.confirmed for row in self.criteria())


def explain(
    tree: Tree,
    facts: FirmFacts,
    *,
    on: date,
    beside: Mapping[str, FactValue] | None = None,
    amount: Amount | None = None,
) -> Explanation:
    """Read a rule for one firm on a legal date, every criterion with its value, source and verdict.

    ``beside`` holds what is known of the firm with the lender, of the application and of persons, by fact code. The
    tree and the formula must have passed :func:`lenders.admission.validation.validate`.
    """
    root = _group(tree.root, Known(facts, on, beside or {}), settled=False)
    limit = amount_limit(amount, facts, on, beside)
    return Explanation(
        _VERDICT[root.truth], root, limit, None if limit is None else amount_verdict_words(limit)
    )


def verdict(tree: Tree, facts: FirmFacts, on: date, beside: Mapping[str, FactValue] | None = None) -> Verdict:
    """The verdict of :func:`explain` alone, for counting over many firms."""
    return _VERDICT[_truth(tree.root, Known(facts, on, beside or {}))]


def amount_limit(
    amount: Amount | None, facts: FirmFacts, on: date, beside: Mapping[str, FactValue] | None = None
) -> AmountVerdict | None:
    """The cap of :func:`explain` alone."""
    return None if amount is None else amount.evaluate(Known(facts, on, beside or {}))


_VERDICT: Mapping[Truth, Verdict] = {
    True: Verdict.ELIGIBLE,
    None: Verdict.TENTATIVE,
    False: Verdict.NOT_ELIGIBLE,
}
_MISSING_MEANS: Mapping[Missing, Truth] = {Missing.TENTATIVE: None, Missing.PASS: True, Missing.FAIL: False}
_COMBINE = {Mode.ALL: conjunction, Mode.ANY: disjunction}


def _truth(node: Node, known: Known) -> Truth:
    if isinstance(node, Group):
        return _COMBINE[node.mode](_truth(inner, known) for inner in node.nodes)
    return implication(_applies(node, known), _met(node, known, known.find(node.test)))


def _applies(criterion: Criterion, known: Known) -> Truth:
    return conjunction(holds(test, known) for test in criterion.when) if criterion.when else True


def _met(criterion: Criterion, known: Known, found: Found) -> Truth:
    """Whether the comparison itself holds, an unknown or stale fact meaning what the criterion says it means."""
    fresh = None if _is_stale(criterion, known, found) else found
    truth = holds_of(criterion.test, fresh, known.on)
    return _MISSING_MEANS[criterion.missing] if truth is None else truth


def _is_stale(criterion: Criterion, known: Known, found: Found) -> bool:
    limit = criterion.max_age_days
    return limit is not None and found is not None and found.as_of < known.on - timedelta(days=limit)


def _group(group: Group, known: Known, *, settled: bool) -> GroupResult:
    """Read a group. Inside a group that already holds, or one whose surroundings do, nothing stands in the way."""
    truth = _truth(group, known)
    settled = settled or truth is True
    results = tuple(
        _group(node, known, settled=settled)
        if isinstance(node, Group)
        else _criterion(node, known, settled=settled)
        for node in group.nodes
    )
    return GroupResult(group.mode, truth, results)


def _criterion(criterion: Criterion, known: Known, *, settled: bool) -> CriterionResult:
    found = known.find(criterion.test)
    outcome = _outcome(criterion, known, found)
    stands_open = not settled and outcome in (CriterionVerdict.FAIL, CriterionVerdict.MISSING)
    return CriterionResult(
        criterion=criterion,
        on=known.on,
        verdict=outcome,
        value=_raw(found),
        source=None if found is None else found.source,
        as_of=None if found is None else found.as_of,
        confirmed=found is not None and found.confirmed,
        stale=_is_stale(criterion, known, found),
        lacking=_lacking(criterion, known, found) if outcome is CriterionVerdict.MISSING else (),
        open=stands_open,
    )


def _outcome(criterion: Criterion, known: Known, found: Found) -> CriterionVerdict:
    applies = _applies(criterion, known)
    if applies is False:
        return CriterionVerdict.NOT_APPLICABLE
    truth = implication(applies, _met(criterion, known, found))
    return {True: CriterionVerdict.PASS, False: CriterionVerdict.FAIL, None: CriterionVerdict.MISSING}[truth]


def _lacking(criterion: Criterion, known: Known, found: Found) -> tuple[str, ...]:
    unknown = [test.fact for test in criterion.when if holds(test, known) is None]
    if _met(criterion, known, found) is None:
        unknown.append(criterion.test.fact)
    return tuple(dict.fromkeys(unknown))


def _raw(found: Found) -> RawValue | None:
    if found is None:
        return None
    return found.member if isinstance(found, ListMembership) else found.value


def _flat(result: Result) -> Iterator[CriterionResult]:
    if isinstance(result, CriterionResult):
        yield result
        return
    for inner in result.results:
        yield from _flat(inner)
