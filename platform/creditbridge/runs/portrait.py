"""A firm's portrait in words and figures: class, five dimensions, and what changed. Pure.

The five dimensions are read from the six categories of indicators, so that a figure of the portrait can be followed to
its indicators: lawfulness and keeping one's word, which the indicators count apart, are one dimension to a reader who
asks whether a firm can be relied on; the others are one category each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from creditbridge.kernel.words import Words

_LEVEL_NAMES = "一二三四五"


@dataclass(frozen=True, slots=True)
class TypeWords:
    """One of the three types of a scorecard."""

    name: Words
    meaning: Words


def types_of(scorecard: Mapping[str, Any]) -> Sequence[TypeWords]:
    """The types of a scorecard in its JSON form."""
    return [
        TypeWords(Words.from_json(row["name"]), Words.from_json(row["meaning"]))
        for row in scorecard.get("types", ())
    ]


def class_words(kind: TypeWords, level: int) -> Words:
    """A class: the type and its level, 1 for the best."""
    return Words("{name}{zh}级", "{name}, level {level}").fill(
        name=kind.name, zh=_LEVEL_NAMES[level - 1], level=level
    )
