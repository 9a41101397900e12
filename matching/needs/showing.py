"""What pages show of needs: the firm without its name, states with their words."""

from __future__ import annotations

from typing import Any

from creditbridge.facts.catalogue import catalogue, scales
from creditbridge.facts.values import spaced
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, regions
from matching.needs.lookup import Unnamed
from matching.needs.model import FinancingNeed, UnmetSearch
from matching.needs.rules import NEED_STATE_TONES, NEED_STATE_WORDS, PART_STATE_TONES, PART_STATE_WORDS

WORDS: dict[str, Any] = {
    "need_words": {state.value: words for state, words in NEED_STATE_WORDS.items()},
    "need_tones": {state.value: tone for state, tone in NEED_STATE_TONES.items()},
    "part_words": {state.value: words for state, words in PART_STATE_WORDS.items()},
    "part_tones": {state.value: tone for state, tone in PART_STATE_TONES.items()},
}
UNKNOWN = Words("未知", "unknown")
NOT_TOLD = Words("未知或不显示", "unknown or not told")
"""Of a need: what too few firms have in common is left out."""


def purpose_words(code: str | None) -> Words:
    return catalogue()["loan_purpose"].choices.get(code or "", UNKNOWN)


def grade_words(grade: str | None) -> Words:
    return spaced(scales()["platform_grade"].grades.get(grade or "", UNKNOWN))


def size_words(size: str | None) -> Words:
    return catalogue()["firm_size"].choices.get(size or "", UNKNOWN)


def section_words(section: str | None) -> Words:
    return industries.industry_name(section) if section else UNKNOWN


def town_words(region: str | None) -> Words:
    return regions.region_name(region) if region else UNKNOWN


def firm_lines(told: FinancingNeed | UnmetSearch | Unnamed) -> list[tuple[Words, Words]]:
    """An unnamed firm in the order people ask: grade, size, industry, town."""
    return [
        (Words("信用等级", "Credit grade"), grade_words(told.grade)),
        (Words("企业规模", "Firm size"), size_words(told.firm_size) if told.firm_size else NOT_TOLD),
        (Words("行业门类", "Industry section"), section_words(told.section) if told.section else NOT_TOLD),
        (Words("所在区镇", "Town"), town_words(told.region_code) if told.region_code else NOT_TOLD),
    ]
