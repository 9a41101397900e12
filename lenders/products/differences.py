"""What is different between two versions, in words: what an approver and the platform have to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from creditbridge.kernel.words import Words
from lenders.admission.sentence import amount_sentence, criterion_sentence, tree_sentence
from lenders.admission.tree import MISSING_WORDS, Criterion, Missing, Tree
from lenders.products.rules import Draft
from lenders.products.wording import term_lines


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``before`` is None where something is new, ``after`` where it is gone."""

    label: Words
    before: Words | None
    after: Words | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


CONDITION = Words("准入条件", "Condition")
_Said = Mapping[str, tuple[Words, Words]]


def differences(before: Draft, after: Draft, on: date) -> list[Change]:
    """Every difference in the order of the page. Texts of equal meaning in both versions are not listed."""
    return [*_between(_texts(before, on), _texts(after, on)), *_rules(before.admission, after.admission)]


def _between(before: _Said, after: _Said) -> list[Change]:
    found = []
    for key in dict.fromkeys([*before, *after]):
        label, was = before.get(key, (None, None))
        new_label, now = after.get(key, (None, None))
        name = label or new_label
        if was != now and name is not None:
            found.append(Change(name, was, now))
    return found


def _texts(draft: Draft, on: date) -> dict[str, tuple[Words, Words]]:
    terms = draft.terms
    said: dict[str, tuple[Words, Words]] = {
        "name": (Words("产品名称", "Name"), Words(draft.name_zh, draft.name_en or draft.name_zh)),
        "description": (Words("产品介绍", "Description"), terms.description),
    }
    for line in term_lines(terms, on):
        note = line.note
        value = line.value if note is None else Words("{a}（{b}）", "{a} ({b})").fill(a=line.value, b=note)
        said[line.key] = (line.label, value)
    for place, fee in enumerate(terms.fees):
        said[f"fee{place}"] = (Words("费用", "Fee"), fee.describe())
    for place, subsidy in enumerate(terms.subsidies):
        said[f"subsidy{place}"] = (Words("补贴", "Subsidy"), subsidy.describe())
    for material in terms.materials:
        need = Words("必须提交", "required") if material.required else Words("选交", "optional")
        value = Words("{name}（{need}）", "{name} ({need})").fill(name=material.words, need=need)
        said[f"material-{material.code}"] = (Words("申请材料", "Document"), value)
    if draft.amount_formula is not None:
        said["formula"] = (Words("额度公式", "Amount formula"), amount_sentence(draft.amount_formula))
    return said


def _rules(before: Tree, after: Tree) -> list[Change]:
    """Criteria by their ids; where only their grouping moved, the whole rule before and after."""
    found = _between(_sentences(before), _sentences(after))
    if not found and before != after:
        label = Words("条件的组合方式", "How the conditions combine")
        return [Change(label, tree_sentence(before), tree_sentence(after))]
    return found


def _sentences(tree: Tree) -> dict[str, tuple[Words, Words]]:
    return {criterion.id: (CONDITION, _whole(criterion)) for criterion in tree.criteria()}


def _whole(criterion: Criterion) -> Words:
    said = criterion_sentence(criterion)
    if criterion.missing is not Missing.TENTATIVE:
        pattern = Words("{said}（信息缺失时{missing}）", "{said} (if not known: {missing})")
        said = pattern.fill(said=said, missing=MISSING_WORDS[criterion.missing])
    if criterion.note is not None:
        said = Words("{said}。{note}", "{said}. {note}").fill(said=said, note=criterion.note)
    return said
