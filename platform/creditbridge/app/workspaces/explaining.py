"""How pages put an explanation before people: what each line says and where a missing fact can be supplied."""

from __future__ import annotations

from dataclasses import dataclass

from creditbridge.app.workspaces.links import apply_link, report_link
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import SOURCE_WORDS
from creditbridge.kernel.words import Words
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from lenders.products.rules import PublishedProduct
from matching.eligibility import wording
from matching.eligibility.rules import CriterionResult, CriterionVerdict
from matching.eligibility.service import Match
from matching.ranking.rules import PART_WORDS, ScoredPart

_TONES = {
    CriterionVerdict.PASS: "eligible",
    CriterionVerdict.NOT_APPLICABLE: "eligible",
    CriterionVerdict.MISSING: "tentative",
    CriterionVerdict.FAIL: "not_eligible",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A link that would settle a criterion."""

    label: str
    url: str


class Explaining:
    """What templates ask about matches; one object so that macros need one argument."""

    def verdict(self, row: CriterionResult) -> str:
        """The verdict whose mark a criterion carries."""
        return _TONES[row.verdict]

    def finding(self, row: CriterionResult) -> Words:
        return wording.finding_words(row)

    def notes(self, row: CriterionResult) -> str | None:
        """Everything else to know of a criterion, as one text."""
        notes = [say(words) for words in wording.notes_of(row)]
        if not row.open and row.verdict in (CriterionVerdict.FAIL, CriterionVerdict.MISSING):
            notes.append(_("其他条件已符合，此项不影响结果。"))
        return " ".join(notes) or None

    def source(self, row: CriterionResult) -> Words | None:
        return SOURCE_WORDS[row.source] if row.source else None

    def action(self, row: CriterionResult) -> Action | None:
        """Where the firm can report the first fact a criterion waits for."""
        if not row.open:
            return None
        for code in wording.self_reportable_lacking(row):
            url = report_link(code)
            if url:
                return Action(_("补充“%(fact)s”", fact=say(catalogue()[code].name)), url)
        return None

    def in_the_way(self, match: Match) -> tuple[CriterionResult, ...]:
        return wording.in_the_way(match.explanation)

    def met(self, match: Match) -> int:
        """How many criteria are met."""
        return sum(row.verdict is CriterionVerdict.PASS for row in match.explanation.criteria())

    def apply_url(self, product: PublishedProduct) -> str:
        return apply_link(product.public_id)

    def part(self, part: ScoredPart) -> Words:
        return PART_WORDS[part.part]


EXPLAINING = Explaining()
