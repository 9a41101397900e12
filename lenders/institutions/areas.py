"""Regions as people write them: names or codes in one line, for service areas and for where a product is offered."""

from __future__ import annotations

import re
from collections.abc import Iterable

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry import regions

MAX_AREAS = 100
_SEPARATORS = re.compile(r"[,，;；、\s]+")
_UNKNOWN = Words(
    "没有找到“{name}”，请核对名称，或填写 6 位行政区划代码。",
    "“{name}” was not found. Check the name, or give a six-digit region code.",
)


def read_areas(text: str) -> list[str]:
    """The six-digit codes of regions written as names or codes.

    Raises:
        ValueError: with Words as its argument, naming what is no region.
    """
    found: dict[str, None] = {}
    for part in filter(None, _SEPARATORS.split(text)):
        code = regions.find_region(part)
        if code is None:
            raise UnknownArea(_UNKNOWN.fill(name=part[:40]))
        found[code] = None
    if len(found) > MAX_AREAS:
        raise UnknownArea(Words("最多填写 {most} 个地区。", "{most} regions at most.").fill(most=MAX_AREAS))
    return list(found)


class UnknownArea(ValueError):
    """A text that names no region; ``words`` say which part."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


def area_words(code: str) -> Words:
    """A region's name; a code that is no longer current stands for itself."""
    try:
        return regions.region_name(code)
    except InvalidInput:
        return Words(code, code)


def show_areas(codes: Iterable[str]) -> str:
    """Regions as they are typed: the Chinese name where it finds the region again, else the code."""
    shown = []
    for code in codes:
        name = area_words(code).zh
        shown.append(name if regions.find_region(name) == code else code)
    return "，".join(shown)
