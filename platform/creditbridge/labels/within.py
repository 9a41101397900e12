"""Whether the code of a fact lies within the codes a rule names: industries and regions lie inside one another."""

from __future__ import annotations

from collections.abc import Iterable

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.registry import industries, regions


def lies_within(fact: str, code: str, among: Iterable[str]) -> bool:
    """Whether a firm with this code is one of those the rule means."""
    kind = catalogue()[fact].type
    if kind is FactType.INDUSTRY:
        return any(industries.is_within(code, outer) for outer in among)
    if kind is FactType.REGION:
        return any(regions.is_within(code, outer) for outer in among)
    return code in among
