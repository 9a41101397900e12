"""A combination of labels and facets as an address asks for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from creditbridge.kernel.words import Words
from creditbridge.labels import facets
from creditbridge.labels.catalogue import Label, labels
from creditbridge.labels.index import Combination

PARTS = ("all", "any", "none")
PART_WORDS: Mapping[str, Words] = {
    "all": Words("同时具有", "All of"),
    "any": Words("至少具有其一", "Any of"),
    "none": Words("都不具有", "None of"),
}
MOST_LABELS = 30
"""In each part; what is asked beyond is not counted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was chosen: labels of each part, and values of each facet."""

    labels: Mapping[str, tuple[Label, ...]]
    facets: Mapping[str, tuple[str, ...]]

    @property
    def is_empty(self) -> bool:
        return not any(self.labels.values()) and not any(self.facets.values())

    def combination(self) -> Combination:
        """Any-of labels are one group, and so are the values of each facet."""
        chosen = {part: tuple(label.code for label in self.labels[part]) for part in PARTS}
        groups = [tuple(facets.key(code, value) for value in values) for code, values in self.facets.items()]
        return Combination(chosen["all"], tuple(filter(None, (chosen["any"], *groups))), chosen["none"])

    def query(self) -> dict[str, Any]:
        """The address that asks for the same."""
        parts = {part: [label.code for label in self.labels[part]] for part in PARTS}
        values = {code: list(values) for code, values in self.facets.items()}
        return {name: chosen for name, chosen in {**parts, **values}.items() if chosen}

    def say(self) -> list[tuple[Words, list[Words]]]:
        """Each part with what was chosen, for the head of a file."""
        said = [(PART_WORDS[part], [label.name for label in chosen]) for part, chosen in self.labels.items()]
        said += [
            (facets.FACETS[code].name, [facets.FACETS[code].say(value) for value in values])
            for code, values in self.facets.items()
        ]
        return [(name, chosen) for name, chosen in said if chosen]


def asked(chosen: Mapping[str, Sequence[str]], offered: Mapping[str, Iterable[str]]) -> Asked:
    """Read what an address chose; what is no label and no offered value is left out.

    Args:
        chosen: the values of each name of the address.
        offered: the values of each facet that some firm has.
    """
    known = labels()
    parts = {
        part: tuple(known[code] for code in dict.fromkeys(chosen.get(part, ())) if code in known)[
            :MOST_LABELS
        ]
        for part in PARTS
    }
    values = {
        code: tuple(
            value for value in dict.fromkeys(chosen.get(code, ())) if value in set(offered.get(code, ()))
        )
        for code in facets.FACETS
    }
    return Asked(parts, values)


def offered(keys: Iterable[str]) -> dict[str, list[str]]:
    """The values of each facet that stand in the index, in their order."""
    found: dict[str, list[str]] = {code: [] for code in facets.FACETS}
    for key in keys:
        code, colon, value = key.partition(":")
        if colon and code in found:
            found[code].append(value)
    return {code: sorted(values, key=facets.FACETS[code].place) for code, values in found.items()}
