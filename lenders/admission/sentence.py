"""Admission rules as sentences, in Chinese and English, with amounts, percentages, ages and names as people say them.

A threshold is a phrase ("不低于 500 万元", "at least ¥5 million") that a sentence pattern takes in; a yes-or-no fact
brings its own sentences from the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from creditbridge.facts.catalogue import Fact, FactType, catalogue, named_lists
from creditbridge.facts.values import (
    ANY,
    join_words,
    say_code,
    say_codes,
    say_exact_amount,
    say_number,
    spaced,
)
from creditbridge.kernel.words import Words
from lenders.admission.amount import (
    Amount,
    AmountNode,
    AmountVerdict,
    Cap,
    Combination,
    Combined,
    PerUnit,
    Share,
    Tiers,
)
from lenders.admission.tree import Criterion, Group, Mode, Node, Operator, Test, Tree

_AMOUNT_BOUNDS: Mapping[Operator, Words] = {
    Operator.AT_LEAST: Words("不低于{value}", "at least {value}"),
    Operator.AT_MOST: Words("不超过{value}", "at most {value}"),
    Operator.MORE_THAN: Words("超过{value}", "more than {value}"),
    Operator.LESS_THAN: Words("低于{value}", "less than {value}"),
    Operator.BETWEEN: Words("在{low}至{high}之间", "between {low} and {high}"),
}
_COUNT_BOUNDS: Mapping[Operator, Words] = {
    **_AMOUNT_BOUNDS,
    Operator.AT_LEAST: Words("不少于{value}", "at least {value}"),
    Operator.LESS_THAN: Words("少于{value}", "fewer than {value}"),
}
_AGE_BOUNDS: Mapping[Operator, Words] = {
    **_AMOUNT_BOUNDS,
    Operator.AT_LEAST: Words("满{value}", "at least {value}"),
    Operator.LESS_THAN: Words("不满{value}", "less than {value}"),
}
_DATE_BOUNDS: Mapping[Operator, Words] = {
    Operator.AT_LEAST: Words("不早于{value}", "on or after {value}"),
    Operator.AT_MOST: Words("不晚于{value}", "on or before {value}"),
    Operator.MORE_THAN: Words("晚于{value}", "after {value}"),
    Operator.LESS_THAN: Words("早于{value}", "before {value}"),
    Operator.BETWEEN: Words("在{low}至{high}之间", "between {low} and {high}"),
}
_GRADE_BOUNDS: Mapping[Operator, Words] = {
    Operator.AT_LEAST: Words("不低于{value}", "{value} or better"),
    Operator.AT_MOST: Words("不高于{value}", "{value} or worse"),
    Operator.IN_SET: Words("为{value}", "{value}"),
    Operator.NOT_IN_SET: Words("不为{value}", "other than {value}"),
}
_CHOICE_BOUNDS: Mapping[Operator, Words] = {
    Operator.IN_SET: Words("为{value}", "{value}"),
    Operator.NOT_IN_SET: Words("不为{value}", "other than {value}"),
}
_SET_BOUNDS: Mapping[Operator, Words] = {
    Operator.ALL_OF: Words("同时包括{value}", "all of {value}"),
    Operator.ANY_OF: Words("包括{value}", "any of {value}"),
    Operator.NONE_OF: Words("不包括{value}", "none of {value}"),
}
_SET_OF_ONE: Mapping[Operator, Words] = {
    Operator.ALL_OF: Words("包括{value}", "{value}"),
    Operator.ANY_OF: Words("包括{value}", "{value}"),
}
_NONE_AT_ALL = Words("为{value}", "{value}")
_BOUNDS: Mapping[FactType, Mapping[Operator, Words]] = {
    FactType.NUMBER_FEN: _AMOUNT_BOUNDS,
    FactType.RATIO_PPM: _AMOUNT_BOUNDS,
    FactType.NUMBER: _AMOUNT_BOUNDS,
    FactType.COUNT: _COUNT_BOUNDS,
    FactType.YEARS: _AGE_BOUNDS,
    FactType.DATE: _DATE_BOUNDS,
    FactType.SCALE_GRADE: _GRADE_BOUNDS,
    FactType.CHOICE: _CHOICE_BOUNDS,
    FactType.CHOICES: _SET_BOUNDS,
    FactType.LABEL_SET: _SET_BOUNDS,
    FactType.REGION: {
        Operator.WITHIN: Words("在{value}", "in {value}"),
        Operator.NOT_WITHIN: Words("不在{value}", "outside {value}"),
    },
    FactType.INDUSTRY: {
        Operator.WITHIN: Words("属于{value}", "in {value}"),
        Operator.NOT_WITHIN: Words("不属于{value}", "outside {value}"),
    },
}
_LISTS: Mapping[Operator, Words] = {
    Operator.IN_LIST: Words("已列入{list}", "The firm is on this list: {list}"),
    Operator.NOT_IN_LIST: Words("未列入{list}", "The firm is not on this list: {list}"),
}

_PLAIN = Words("{fact}{bound}", "{fact} must be {bound}")
_SETS = Words("{fact}{bound}", "{fact} must include {bound}")
_PLAIN_CONDITION = Words("{fact}{bound}", "{fact} is {bound}")
_SETS_CONDITION = Words("{fact}{bound}", "{fact} include {bound}")
_CONDITIONAL = Words("当{condition}时，{sentence}", "{sentence} (where {condition})")
_FRESH = Words("{sentence}（信息须在{days}天以内）", "{sentence} (information no more than {days} days old)")
_AND = (Words("{left}、{right}", "{left}, {right}"), Words("{left}且{right}", "{left} and {right}"))
_SET_TYPES = frozenset({FactType.CHOICES, FactType.LABEL_SET})


@lru_cache(maxsize=4_096)
def threshold_words(test: Test) -> Words:
    """What a comparison asks for, without the fact's name; for a yes-or-no fact or a list the whole sentence."""
    fact = catalogue()[test.fact]
    if test.operator in _LISTS:
        known = named_lists().get(str(test.value))
        return _LISTS[test.operator].fill(list=known.name if known else test.value)
    if test.operator is Operator.IS_TRUE:
        return fact.when_true or fact.name
    if test.operator is Operator.IS_FALSE:
        return fact.when_false or fact.name
    return spaced(_bound(fact, test))


def _bound(fact: Fact, test: Test) -> Words:
    pattern = _pattern(fact, test)
    if test.operator is Operator.BETWEEN:
        low, high = (_say(fact, bound) for bound in _parts(test))
        return pattern.fill(low=low, high=high)
    if isinstance(test.value, tuple):
        joint = ANY if test.operator is not Operator.ALL_OF else _AND_CODES
        return pattern.fill(value=say_codes(fact, [str(code) for code in test.value], joint))
    return pattern.fill(value=_say(fact, test.value))


def _pattern(fact: Fact, test: Test) -> Words:
    """The pattern of a bound; one code alone, and “at most none”, are said more simply."""
    if fact.type in _SET_TYPES and len(_parts(test)) == 1 and test.operator in _SET_OF_ONE:
        return _SET_OF_ONE[test.operator]
    if fact.type is FactType.COUNT and test.operator is Operator.AT_MOST and test.value == 0:
        return _NONE_AT_ALL
    return _BOUNDS[fact.type][test.operator]


_AND_CODES = (ANY[0], Words("{left}和{right}", "{left} and {right}"))


def _parts(test: Test) -> tuple[Any, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


def _say(fact: Fact, value: Any) -> Words:
    return say_number(fact, value) if isinstance(value, int) else say_code(fact, value)


def _whole(test: Test, plain: Words, sets: Words) -> Words:
    fact = catalogue()[test.fact]
    said = threshold_words(test)
    if fact.type is FactType.BOOLEAN:
        return said
    return spaced((sets if fact.type in _SET_TYPES else plain).fill(fact=fact.name, bound=said))


def comparison_sentence(test: Test) -> Words:
    """A comparison as a requirement: 信用等级不低于 B 级."""
    return _whole(test, _PLAIN, _SETS)


def condition_words(tests: Sequence[Test]) -> Words:
    """Comparisons as a condition inside a sentence: 从业人员超过 100 人且…."""
    parts = [_whole(test, _PLAIN_CONDITION, _SETS_CONDITION) for test in tests]
    return join_words([Words(part.zh, _lower_first(part.en)) for part in parts], _AND)


@lru_cache(maxsize=4_096)
def criterion_sentence(criterion: Criterion) -> Words:
    """A whole criterion: its requirement, when it applies and how fresh the fact has to be."""
    sentence = comparison_sentence(criterion.test)
    if criterion.max_age_days is not None:
        sentence = spaced(_FRESH.fill(sentence=sentence, days=criterion.max_age_days))
    if criterion.when:
        sentence = _CONDITIONAL.fill(condition=condition_words(criterion.when), sentence=sentence)
    return sentence


def _lower_first(text: str) -> str:
    """Lower the first letter of a word, but not of an abbreviation such as R&D."""
    return text if text[1:2].isupper() or not text[1:2].isalpha() else text[:1].lower() + text[1:]


GROUP_WORDS: Mapping[Mode, Words] = {
    Mode.ALL: Words("以下条件须全部符合", "All of the following"),
    Mode.ANY: Words("以下条件符合任意一项即可", "Any one of the following"),
}


@dataclass(frozen=True, slots=True)
class OutlineLine:
    """One line of a rule written out; ``criterion_id`` is None for the heading of a group."""

    depth: int
    words: Words
    criterion_id: str | None


def outline(tree: Tree) -> tuple[OutlineLine, ...]:
    """A rule as indented lines, the root's heading first."""
    return tuple(_outline(tree.root, 0))


def _outline(node: Node, depth: int) -> list[OutlineLine]:
    if isinstance(node, Criterion):
        return [OutlineLine(depth, criterion_sentence(node), node.id)]
    inner = [line for child in node.nodes for line in _outline(child, depth + 1)]
    return [OutlineLine(depth, GROUP_WORDS[node.mode], None), *inner]


_JOINTS: Mapping[Mode, Words] = {
    Mode.ALL: Words("{left}；{right}", "{left}; {right}"),
    Mode.ANY: Words("{left}；或{right}", "{left}; or {right}"),
}
_NESTED: Mapping[Mode, Words] = {
    Mode.ALL: Words("同时符合（{inner}）", "all of ({inner})"),
    Mode.ANY: Words("符合其中一项（{inner}）", "one of ({inner})"),
}


def tree_sentence(tree: Tree) -> Words:
    """A whole rule as one sentence."""
    if not tree.root.nodes:
        return Words("无准入条件。", "There are no conditions.")
    inner = _inner(tree.root)
    return Words(f"{inner.zh}。", f"{inner.en[:1].upper()}{inner.en[1:]}.")


def _inner(group: Group) -> Words:
    parts = [_part(node) for node in group.nodes]
    joint = _JOINTS[group.mode]
    return join_words([Words(part.zh, _lower_first(part.en)) for part in parts], (joint, joint))


def _part(node: Node) -> Words:
    if isinstance(node, Criterion):
        return criterion_sentence(node)
    return _NESTED[node.mode].fill(inner=_inner(node))


# --- amounts

_COMBINED: Mapping[Combination, Words] = {
    Combination.MIN: Words("以下取最低：{parts}", "the lowest of: {parts}"),
    Combination.MAX: Words("以下取最高：{parts}", "the highest of: {parts}"),
    Combination.SUM: Words("以下相加：{parts}", "the sum of: {parts}"),
}
_SEMICOLON = Words("{left}；{right}", "{left}; {right}")
_TIER = Words("{condition}的，{amount}", "{amount} where {condition}")
_OTHERWISE = Words("其他情况，{amount}", "otherwise {amount}")


def amount_sentence(amount: Amount) -> Words:
    """A formula in words: 以下取最低：最高 1,000 万元；最近一轮融资估值的 5%."""
    return spaced(_amount(amount.root))


def _amount(node: AmountNode) -> Words:
    if isinstance(node, Cap):
        return Words("最高{amount}", "up to {amount}").fill(amount=say_exact_amount(node.fen))
    if isinstance(node, Tiers):
        return _tiers(node)
    if isinstance(node, Combined):
        return _COMBINED[node.how].fill(
            parts=join_words([_amount(inner) for inner in node.of], (_SEMICOLON, _SEMICOLON))
        )
    fact = catalogue()[node.fact]
    name = Words(fact.name.zh, _lower_first(fact.name.en))
    if isinstance(node, Share):
        share = say_number(catalogue()["rd_spending_ratio"], node.ppm)
        return Words("{fact}的{share}", "{share} of {fact}").fill(fact=name, share=share)
    return _per_unit(node, name, fact)


def _per_unit(node: PerUnit, name: Words, fact: Fact) -> Words:
    one = say_number(fact, 1)
    pattern = Words("按{fact}，每{one}{amount}", "{amount} for each of the {fact}")
    return pattern.fill(fact=name, one=one, amount=say_exact_amount(node.fen))


def _tiers(node: Tiers) -> Words:
    parts = [
        _TIER.fill(condition=condition_words(tier.when), amount=_amount(tier.amount)) for tier in node.tiers
    ]
    if node.otherwise is not None:
        parts.append(_OTHERWISE.fill(amount=_amount(node.otherwise)))
    return join_words(parts, (_SEMICOLON, _SEMICOLON))


def amount_verdict_words(verdict: AmountVerdict) -> Words:
    """What a firm may borrow at most, or the range and what is missing to tell."""
    if verdict.cap_fen is not None:
        return spaced(Words("最高{amount}", "Up to {amount}").fill(amount=say_exact_amount(verdict.cap_fen)))
    missing = join_words([catalogue()[code].name for code in verdict.missing], ANY)
    if verdict.most_fen is None:
        return Words("补充“{missing}”后可知额度", "The limit depends on: {missing}").fill(missing=missing)
    least, most = say_exact_amount(verdict.least_fen), say_exact_amount(verdict.most_fen)
    pattern = Words("{least}至{most}，补充“{missing}”后可知", "{least} to {most}, depending on: {missing}")
    return spaced(pattern.fill(least=least, most=most, missing=missing))
