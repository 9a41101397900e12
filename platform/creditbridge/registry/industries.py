"""The national classification of industries, GB/T 4754-2017: 20 sections (A to T) and 97 divisions.

A code is written without its section letter: ``C`` for the section, ``17`` for the division, ``171`` and
``1711`` for groups and classes. ``C17`` and ``C1711`` are read too. The data file carries sections and
divisions; a group or class belongs to the division its digits begin with.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry.widths import half_width

_CODE = re.compile(r"([A-T])?(\d{2,4})?", re.ASCII)
_FINER = {
    3: Words("{name}（中类 {code}）", "{name} (group {code})"),
    4: Words("{name}（小类 {code}）", "{name} (class {code})"),
}


@dataclass(frozen=True, slots=True)
class Division:
    """One of the 97 divisions (大类); ``code`` has two digits."""

    code: str
    section: str
    name: Words


@dataclass(frozen=True, slots=True)
class Section:
    """One of the 20 sections (门类); ``code`` is a letter."""

    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class _Classification:
    sections: dict[str, Section]
    divisions: dict[str, Division]


@cache
def _classification() -> _Classification:
    text = resources.files("creditbridge.registry").joinpath("data/gbt4754_2017.json").read_text("utf-8")
    sections: dict[str, Section] = {}
    divisions: dict[str, Division] = {}
    for row in json.loads(text)["sections"]:
        sections[row["code"]] = Section(row["code"], Words(row["zh"], row["en"]))
        for inner in row["divisions"]:
            divisions[inner["code"]] = Division(inner["code"], row["code"], Words(inner["zh"], inner["en"]))
    return _Classification(sections, divisions)


def sections() -> tuple[Section, ...]:
    """All sections in the order of the standard."""
    return tuple(_classification().sections.values())


def divisions(section: str | None = None) -> tuple[Division, ...]:
    """The divisions of a section, or all 97.

    Raises:
        InvalidInput: ``unknown_industry`` if there is no such section.
    """
    every = tuple(_classification().divisions.values())
    if section is None:
        return every
    letter = section_of(section)
    return tuple(division for division in every if division.section == letter)


def normalise(code: str) -> str:
    """The canonical form of a code: ``C``, ``17``, ``171`` or ``1711``.

    Raises:
        InvalidInput: ``unknown_industry`` if the section or division does not exist, or the letter is not
            that of the digits (``A17``).
    """
    match = _CODE.fullmatch(half_width(code).upper())
    letter, digits = match.groups() if match else (None, None)
    if digits:
        division = _classification().divisions.get(digits[:2])
        if division and letter in (None, division.section):
            return digits
    elif letter:
        return letter
    raise _unknown(code)


def section_of(code: str) -> str:
    """The letter of the section a code of any level belongs to.

    Raises:
        InvalidInput: ``unknown_industry``.
    """
    known = normalise(code)
    return known if known.isalpha() else _classification().divisions[known[:2]].section


def division_of(code: str) -> str | None:
    """The two digits of the division a code lies in; None for a bare section.

    Raises:
        InvalidInput: ``unknown_industry``.
    """
    known = normalise(code)
    return None if known.isalpha() else known[:2]


def industry_name(code: str) -> Words:
    """The name of a section or division; a group or class is named by its division and its number.

    Raises:
        InvalidInput: ``unknown_industry``.
    """
    known = normalise(code)
    if known.isalpha():
        return _classification().sections[known].name
    name = _classification().divisions[known[:2]].name
    finer = _FINER.get(len(known))
    return finer.fill(name=name, code=known) if finer else name


@lru_cache(maxsize=65_536)
def is_within(code: str, ancestor: str) -> bool:
    """Whether an industry is ``ancestor`` or lies inside it, at any level.

    Raises:
        InvalidInput: ``unknown_industry`` for either.
    """
    inner, outer = normalise(code), normalise(ancestor)
    if outer.isalpha():
        return section_of(inner) == outer
    return inner.startswith(outer)


@cache
def _codes_by_name() -> dict[str, str]:
    known = _classification()
    # A division shares its name with its section in three places (房地产业, 教育, 国际组织): the finer one wins.
    names = {section.name.zh: section.code for section in known.sections.values()}
    names.update({division.name.zh: division.code for division in known.divisions.values()})
    return names


@lru_cache(maxsize=4096)
def find_industry(text: str) -> str | None:
    """The code that a cell of a file states, as a code or as the exact Chinese name; None if it states none.

    Only what is written is read: a scope of business or a firm's name never yields an industry.
    """
    stated = half_width(text)
    by_name = _codes_by_name().get(text.strip())
    if by_name:
        return by_name
    try:
        return normalise(stated)
    except InvalidInput:
        return None


def _unknown(code: str) -> InvalidInput:
    words = Words(
        "“{code}”不是《国民经济行业分类》（GB/T 4754—2017）中的行业代码。请填写门类字母（如 C）或大类及以下的数字代码（如 17、1711）。",
        "“{code}” is not an industry of GB/T 4754-2017. Give a section letter such as C, or a number such as 17 or 1711.",
    ).fill(code=code[:20])
    return InvalidInput({"industry": [words]}, words, code="unknown_industry")
