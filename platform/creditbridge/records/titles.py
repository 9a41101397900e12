"""Headings as departments write them: what of their writing does not matter, and what tables call a firm. Pure.

``data/titles.json`` has the titles under which tables say whose a row is, by how the firm is known, in ranks: those of
an earlier rank say it better. Any feed's columns that say so may stand under them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

Ranks = tuple[tuple[str, ...], ...]

_MARKS = "*:."
_ASKED = re.compile(r"\((?:必填|选填|必填项|选填项)\)$")
_STATED_UNIT = re.compile(r"^(.+)\((?:单位:?)?(?:人民币)?(元|万元|亿元|万|亿)(?:人民币)?\)$")


def tidied(heading: str) -> str:
    """A heading without spaces, line breaks and the marks of what must be filled, its signs in their common form."""
    plain = "".join(unicodedata.normalize("NFKC", heading).strip("\ufeff").split()).lower().strip(_MARKS)
    return _ASKED.sub("", plain)


def stated_unit(heading: str) -> tuple[str, str | None]:
    """A tidied heading of an amount without the unit in brackets behind it, and that unit; None where there is none."""
    found = _STATED_UNIT.match(heading)
    return (found.group(1), found.group(2)) if found else (heading, None)


@cache
def firm_titles() -> Mapping[str, Ranks]:
    """By how a firm is known (``code``, ``old_number``, ``name``) the tidied titles of such a column, best rank first."""
    text = resources.files("creditbridge.records").joinpath("data", "titles.json").read_text("utf-8")
    found = {
        by: tuple(tuple(tidied(title) for title in rank) for rank in ranks)
        for by, ranks in json.loads(text).items()
    }
    every = [title for ranks in found.values() for rank in ranks for title in rank]
    if twice := {title for title in every if every.count(title) > 1}:
        raise ValueError(f"titles.json has twice: {', '.join(sorted(twice))}")
    return MappingProxyType(found)
