"""Moving real products to the demo city: the places in their conditions become places of the city.

A province or a city becomes all of the demo city but its farthest town; a county or a zone becomes one district and
one town. So a condition on the place stays one that some firms meet and some do not. Nothing else is changed, and
the file of real products stays as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.registry import regions
from lenders.admission.tree import Tree
from lenders.products.rules import ProductTerms

MOST_OF_THE_CITY = ("990101", "990102", "990103", "990111", "990112")
_PARTS = (("990101", "990111"), ("990102", "990112"), ("990103", "990113"))


def place(code: str) -> tuple[str, ...]:
    """The places of the demo city that stand for a real one, written with two to six digits."""
    full = regions.normalise(code)
    if full.endswith("00"):
        return MOST_OF_THE_CITY
    return _PARTS[int(full) % len(_PARTS)]


def places(codes: Sequence[str]) -> list[str]:
    """The same for several, each once."""
    return sorted({inner for code in codes for inner in place(code)})


def localised_terms(terms: ProductTerms) -> ProductTerms:
    """Terms offered in the demo city."""
    return replace(terms, regions=tuple(places(terms.regions)))


def localised_rule(tree: Tree) -> Tree:
    """An admission rule that asks for places of the demo city."""
    return Tree.from_json(_moved(tree.to_json()))


def _moved(node: Any) -> Any:
    if isinstance(node, list):
        return [_moved(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    fact = catalogue().get(str(node.get("fact")))
    if fact is not None and fact.type is FactType.REGION:
        return {**node, "value": places(node["value"])}
    return {key: _moved(inner) for key, inner in node.items()}
