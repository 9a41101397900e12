"""Which headings of a file are the columns of a feed, however a department writes them. Pure.

A column stands under its code or its title; else under one of its feed's other titles for it; else, where it says whose
the row is, under what tables usually call that. An amount's heading may have its unit behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.records.feeds import Feed, amounts
from creditbridge.records.titles import Ranks, firm_titles, stated_unit, tidied
from creditbridge.sheets.refusals import refusal

_SHOWN = 4
"""How many of a column's other titles a refusal names."""
_AMBIGUOUS = Words(
    "表头“{first}”和“{second}”都可能是“{title}”这一列。请只保留其中一列，或把要用的一列改名为“{title}”。",
    "The headings “{first}” and “{second}” may both be the column “{title}”. Keep one of them, or name the one to be used “{title}”.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Under which heading each column stands, and the unit that the headings of amounts state where it is not the feed's."""

    headings: Mapping[str, str]
    units: Mapping[str, str]


def standing(header: Sequence[str], feed: Feed) -> Standing:
    """Find the columns of a feed among a file's headings.

    Raises:
        InvalidInput: a heading stands twice, several may be the same column, or a column is missing.
    """
    known, repeated = _known(header)
    headings: dict[str, str] = {}
    units: dict[str, str] = {}
    # What else says whose a row is may be left; a value that may be missing must not be lost without a word.
    spare = {one.column for one in feed.firm} & feed.optional
    for code, found in _found(known, feed):
        if len(found) > 1:
            if code in spare:
                continue
            raise _ambiguous(feed.columns[code] or code, [known[one] for one in found])
        if found[0] in repeated:
            raise refusal("duplicate_header", name=known[found[0]].strip())
        headings[code] = known[found[0]]
        unit = stated_unit(found[0])[1]
        if unit is not None and code in amounts(feed) and found[0] != tidied(feed.columns[code]):
            units[code] = unit
    if missing := [code for code in feed.columns if code not in headings and code not in feed.optional]:
        raise refusal("missing_columns", names="、".join(_said(code, feed) for code in missing))
    return Standing(headings, units)


def named(cells: Sequence[str], feed: Feed) -> int:
    """How many of the columns that must be there a row names."""
    known, _ = _known(cells)
    return sum(code not in feed.optional for code, _ in _found(known, feed))


def other_headings(headings: Mapping[str, str], feed: Feed) -> dict[str, str]:
    """The columns that stand neither under their code nor under their title, with what the sender calls them."""
    return {
        code: heading
        for code, heading in headings.items()
        if tidied(heading) not in (tidied(code), tidied(feed.columns[code]))
    }


def _known(header: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """The headings as they stand by their tidied form, and those forms that stand twice."""
    known: dict[str, str] = {}
    repeated = set()
    for raw in header:
        heading = tidied(raw)
        if heading in known:
            repeated.add(heading)
        if heading:
            known.setdefault(heading, raw)
    return known, repeated


def _found(known: Mapping[str, str], feed: Feed) -> Iterator[tuple[str, list[str]]]:
    """The columns that are there, each with the headings of the best rank that has any: several where any may be it."""
    of_amount: dict[str, list[str]] = {}
    for heading in known:
        of_amount.setdefault(stated_unit(heading)[0], []).append(heading)
    claimed = {title: code for code in feed.columns for title in _own(code, feed)}
    money = amounts(feed)
    for code, ranks in _ranks(feed, claimed).items():
        for rank in ranks:
            found = [title for title in rank if title in known]
            if not found and code in money:
                bases = dict.fromkeys(stated_unit(title)[0] for title in rank)
                same = [heading for base in bases for heading in of_amount.get(base, ())]
                found = [heading for heading in same if claimed.get(heading, code) == code]
            if found:
                yield code, found
                break


def _own(code: str, feed: Feed) -> Iterator[str]:
    """What a feed itself calls a column: its code, its title, its other titles."""
    return filter(None, map(tidied, (code, feed.columns[code], *feed.also.get(code, ()))))


def _ranks(feed: Feed, claimed: Mapping[str, str]) -> dict[str, Ranks]:
    """Of each column what it may stand under, the best first."""
    found: dict[str, Ranks] = {}
    for code, title in feed.columns.items():
        own: Ranks = ((tidied(code),), (tidied(title),), tuple(map(tidied, feed.also.get(code, ()))))
        found[code] = tuple(rank for rank in own if any(rank))
    for by, ranks in firm_titles().items():  # of two columns of a kind only the first may stand under them
        first = next((one.column for one in feed.firm if one.by == by), None)
        if first is not None:
            free = (tuple(title for title in rank if title not in claimed) for rank in ranks)
            found[first] += tuple(rank for rank in free if rank)
    return found


def _ambiguous(title: str, headings: Sequence[str]) -> InvalidInput:
    words = _AMBIGUOUS.fill(first=headings[0].strip(), second=headings[1].strip(), title=title)
    return InvalidInput({"file": [words]}, words, code="ambiguous_header")


def _said(code: str, feed: Feed) -> str:
    """A column that is missing, with what else it may be called."""
    others = list(feed.also.get(code, ())[:_SHOWN])
    also = f"，也可写作{'、'.join(others)}" if others else ""
    return f"{feed.columns[code] or code}（{code}{also}）"
