"""Which headings of a file are the columns of a feed, however a department writes them. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from creditbridge.records.feeds import Feed
from creditbridge.sheets.refusals import refusal


def columns_of(header: Sequence[str], feed: Feed) -> dict[str, str]:
    """Under which heading each column of the feed stands.

    Raises:
        InvalidInput: a heading stands twice, or a column is missing.
    """
    found = _standing(header, feed)
    missing = [code for code in feed.columns if code not in found and code not in feed.optional]
    if missing:
        names = "、".join(f"{feed.columns[code] or code}（{code}）" for code in missing)
        raise refusal("missing_columns", names=names)
    return found


def _standing(header: Sequence[str], feed: Feed) -> dict[str, str]:
    """Under which heading the feed's columns stand that are there; a column that nobody reads may stand twice."""
    known: dict[str, str] = {}
    repeated = set()
    for raw in header:
        heading = _tidied(raw)
        if heading in known:
            repeated.add(heading)
        known.setdefault(heading, raw)
    found = {}
    for code, title in feed.columns.items():
        stands = next((one for one in (_tidied(code), _tidied(title)) if one and one in known), None)
        if stands is None:
            continue
        if stands in repeated:
            raise refusal("duplicate_header", name=known[stands].strip())
        found[code] = known[stands]
    return found


def _tidied(heading: str) -> str:
    """A heading without spaces and line breaks, its letters and brackets in their common form."""
    return "".join(unicodedata.normalize("NFKC", heading).strip("\ufeff").split()).lower()


def named(cells: Sequence[str], feed: Feed) -> int:
    """How many of the columns that must be there a row names."""
    known = {_tidied(cell) for cell in cells} - {""}
    needed = (pair for pair in feed.columns.items() if pair[0] not in feed.optional)
    return sum(_tidied(code) in known or _tidied(title) in known for code, title in needed)
