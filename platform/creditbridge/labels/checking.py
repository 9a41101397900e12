"""What a label's rule names, held to the other catalogues: items, facts and indicators exist, and values fit them. Pure.

A label must not tell more openly what it rests on less openly: one that rests on an authorised item is not public,
one that rests on an internal item is internal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache

from creditbridge.facts.catalogue import Fact, FactType, Sensitivity, Subject
from creditbridge.facts.catalogue import catalogue as facts
from creditbridge.labels.catalogue import CatalogueError, Label, Nature, labels
from creditbridge.labels.indicators import codes
from creditbridge.labels.language import (
    EVERY,
    Age,
    FactIs,
    Indicator,
    Latest,
    Leaf,
    Records,
    Sum,
    leaves,
)
from creditbridge.records.catalogue import CreditItem, Severity, ValueKind, items

_OPENNESS = (Nature.PUBLIC, Nature.AUTHORISED, Nature.INTERNAL)
_NUMBERS = frozenset({FactType.NUMBER_FEN, FactType.NUMBER, FactType.COUNT, FactType.RATIO_PPM})
_CODED = frozenset({FactType.CHOICE, FactType.SCALE_GRADE, FactType.REGION, FactType.INDUSTRY})
_DATED = frozenset({FactType.DATE, FactType.YEARS})


@cache
def check_installed() -> None:
    """Hold every label of the installation to the catalogues beside it; whatever starts a process asks once.

    Raises:
        CatalogueError: a rule names what is not there, compares what cannot be compared, or tells too much.
    """
    known = items(), facts(), codes()
    for label in labels().values():
        for problem in problems_of(label, *known):
            raise CatalogueError(f"{label.code}: {problem}")


def problems_of(
    label: Label,
    items: Mapping[str, CreditItem],
    facts: Mapping[str, Fact],
    indicators: Collection[str],
) -> Iterator[str]:
    """What is wrong with a label's rule."""
    for leaf in leaves(label.rule):
        if isinstance(leaf, Records | Sum | Latest):
            yield from _of_items(label, leaf, items)
        elif isinstance(leaf, Indicator):
            if leaf.code not in indicators:
                yield f"no such indicator: {leaf.code}"
            if label.nature is Nature.PUBLIC:
                yield "rests on an indicator, which is not public"
        else:
            yield from _of_fact(label, leaf, facts)


def _of_items(label: Label, leaf: Leaf, items: Mapping[str, CreditItem]) -> Iterator[str]:
    assert isinstance(leaf, Records | Sum | Latest)
    named: list[CreditItem] = []
    for code in leaf.items:
        family = code.removesuffix(EVERY)
        found = [item for item in items.values() if item.category == family] if code.endswith(EVERY) else []
        found += [items[code]] if code in items else []
        if not found:
            yield f"no such item: {code}"
        named += found
    for item in named:
        if _OPENNESS.index(Nature(item.publicity.value)) > _OPENNESS.index(label.nature):
            yield f"tells more openly than {item.code}"
        yield from _of_item(leaf, item)


def _of_item(leaf: Records | Sum | Latest, item: CreditItem) -> Iterator[str]:
    if isinstance(leaf, Latest):
        if item.value not in (ValueKind.GRADE, ValueKind.COUNT):
            yield f"{item.code} has no grade"
        elif item.grades and not all(0 <= value < len(item.grades) for value in leaf.values):
            yield f"{item.code} has no such grade"
    elif isinstance(leaf, Sum) and item.value not in (ValueKind.FEN, ValueKind.COUNT):
        yield f"{item.code} does not add up"
    elif isinstance(leaf, Records):
        if (leaf.value_at_least, leaf.value_at_most) != (None, None) and item.value is ValueKind.NONE:
            yield f"{item.code} has no value"
        if leaf.severity and item.severity is Severity.NONE:
            yield f"{item.code} has no severity"


def _of_fact(label: Label, leaf: Leaf, facts: Mapping[str, Fact]) -> Iterator[str]:
    assert isinstance(leaf, FactIs | Age)
    code = leaf.fact if isinstance(leaf, Age) else leaf.code
    fact = facts.get(code)
    if fact is None or fact.subject is not Subject.FIRM:
        yield f"no such fact of a firm: {code}"
        return
    if fact.sensitivity is Sensitivity.PERSONAL:
        yield f"{code} is personal"
    elif _OPENNESS.index(Nature(fact.sensitivity.value)) > _OPENNESS.index(label.nature):
        yield f"tells more openly than {code}"
    if isinstance(leaf, Age):
        allowed = _DATED
    elif leaf.among:
        allowed = _CODED
        known = fact.scale.grades if fact.scale else fact.choices
        if known and not set(leaf.among) <= set(known):
            yield f"{code} has no such code"
    else:
        allowed = _NUMBERS | {FactType.BOOLEAN}
    if fact.type not in allowed:
        yield f"{code} cannot be compared so"
