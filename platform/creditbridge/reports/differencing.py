"""What must not be shown of a month because it was shown of a month before (domain.md 4.15). Pure.

Large counts still tell of single firms when two months are laid beside each other: where one firm of a section was
registered or closed, or one moved to another grade, the counts by grade differ by that firm alone, and everybody can look
up which firm came or went. So the grades of a section are told anew only when those of none or of at least five of its
firms are others than when they were last told. Sections are hidden together, so that the total does not give one away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from creditbridge.kernel.suppressing import THRESHOLD
from creditbridge.reports.masking import PARTS, name
from creditbridge.reports.rules import GRADES, TOTAL, Standing, keys_of


def moved_firms(firms: Iterable[Standing], before: Mapping[int, str]) -> Counter[str]:
    """By section, how many firms count under another grade than before, under none then or none now among them.

    Args:
        firms: every firm, also those no longer in business.
        before: the grade each firm counted under then.
    """
    found: Counter[str] = Counter()
    for firm in firms:
        now = firm.grade if firm.in_business and firm.grade in GRADES else None
        if now != before.get(firm.firm_no):
            found[keys_of(firm.division)[-2]] += 1
    return found


def too_few(moved: Mapping[str, int]) -> set[str]:
    """The sections whose grades may not be told anew, the city's total where nothing less will do."""
    hidden = {key for key, count in moved.items() if 0 < count < THRESHOLD}
    others = sorted((count, key) for key, count in moved.items() if count >= THRESHOLD)
    while hidden and sum(moved[key] for key in hidden) < THRESHOLD:
        if not others:
            return {*hidden, TOTAL}
        hidden.add(others.pop(0)[1])
    return hidden


def cells_of(keys: Iterable[str]) -> list[str]:
    """The cells that are hidden of these rows."""
    return [name(key, part) for key in keys for part in PARTS]


def tells_grades(hidden: Collection[str], key: str) -> bool:
    """Whether a report told anything of the grades of a row."""
    return any(name(key, part) not in hidden for part in PARTS)
