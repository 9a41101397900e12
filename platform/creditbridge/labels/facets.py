"""The facts that combinations of labels can be narrowed by: their keys in the index, values and words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.labels.columns import City, plain
from creditbridge.registry import industries, regions


@dataclass(frozen=True, slots=True)
class Facet:
    """One fact: its name, what a firm's value counts as, and how that is said."""

    code: str
    name: Words
    fact: str
    read: Callable[[str], str | None]
    say: Callable[[str], Words]


def key(facet: str, value: str) -> str:
    """Where the index has the firms with a value."""
    return f"{facet}:{value}"


def of_row(city: City, row: int) -> dict[str, str]:
    """The facets of one firm of a city, as far as they are known."""
    found: dict[str, str] = {}
    for facet in FACETS.values():
        column = city.facts.get(facet.fact)
        if column is not None and column.known[row]:
            value = facet.read(str(plain(column, row)))
            if value is not None:
                found[facet.code] = value
    return found


def _section(code: str) -> str | None:
    try:
        return industries.section_of(code)
    except InvalidInput:
        return None


def _division(code: str) -> str | None:
    try:
        return industries.division_of(code)
    except InvalidInput:
        return None


def _district(code: str) -> str | None:
    try:
        return regions.normalise(code)
    except InvalidInput:
        return None


def _choice(fact: str) -> Callable[[str], Words]:
    def say(code: str) -> Words:
        known = catalogue()[fact]
        names = known.scale.grades if known.scale else known.choices
        return names.get(code, Words(code, code))

    return say


FACETS: Mapping[str, Facet] = {
    facet.code: facet
    for facet in (
        Facet("region", Words("地区", "Region"), "registered_region", _district, regions.region_name),
        Facet("section", Words("行业门类", "Section"), "industry", _section, industries.industry_name),
        Facet("division", Words("行业大类", "Division"), "industry", _division, industries.industry_name),
        Facet("size", Words("规模", "Size"), "firm_size", str, _choice("firm_size")),
        Facet("grade", Words("信用等级", "Grade"), "platform_grade", str, _choice("platform_grade")),
    )
}
