"""The facts that combinations of labels can be narrowed by: their keys in the index, values and words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.labels.columns import City
from creditbridge.registry import industries, regions


@dataclass(frozen=True, slots=True)
class Facet:
    """One fact: its name, what a firm's value counts as, how that is said, and where it stands among others."""

    code: str
    name: Words
    fact: str
    read: Callable[[str], str | None]
    say: Callable[[str], Words]
    place: Callable[[str], tuple[int, str]] = lambda code: (0, code)


def key(facet: str, value: str) -> str:
    """Where the index has the firms with a value."""
    return f"{facet}:{value}"


def of_city(city: City) -> list[dict[str, str]]:
    """The facets of each firm of a city, as far as they are known."""
    found: list[dict[str, str]] = [{} for _ in range(len(city.firm_no))]
    for facet in FACETS.values():
        column = city.facts.get(facet.fact)
        if column is None:
            continue
        rows = np.flatnonzero(column.known)
        numbers = column.values[rows].tolist()
        # Firms are many and codes few: each is read once.
        read = {
            number: facet.read(column.codes[number] if column.codes else str(number))
            for number in set(numbers)
        }
        for row, number in zip(rows.tolist(), numbers, strict=True):
            value = read[number]
            if value is not None:
                found[row][facet.code] = value
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


def _choices(fact: str) -> Mapping[str, Words]:
    known = catalogue()[fact]
    return known.scale.grades if known.scale else known.choices


def _choice(fact: str) -> Callable[[str], Words]:
    def say(code: str) -> Words:
        return _choices(fact).get(code, Words(code, code))

    return say


def _in_order(fact: str) -> Callable[[str], tuple[int, str]]:
    """As the catalogue has them: sizes from large to micro, grades from the best."""

    def place(code: str) -> tuple[int, str]:
        codes = list(_choices(fact))
        return (codes.index(code) if code in codes else len(codes), code)

    return place


FACETS: Mapping[str, Facet] = {
    facet.code: facet
    for facet in (
        Facet("region", Words("地区", "Region"), "registered_region", _district, regions.region_name),
        Facet("section", Words("行业门类", "Section"), "industry", _section, industries.industry_name),
        Facet("division", Words("行业大类", "Division"), "industry", _division, industries.industry_name),
        Facet("size", Words("规模", "Size"), "firm_size", str, _choice("firm_size"), _in_order("firm_size")),
        Facet(
            "grade",
            Words("信用等级", "Grade"),
            "platform_grade",
            str,
            _choice("platform_grade"),
            _in_order("platform_grade"),
        ),
    )
}
