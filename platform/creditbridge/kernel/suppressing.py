"""Hiding small figures of a published column so that none can be worked out from its total (domain 4.15). Pure.

First every count from 1 to below the threshold is hidden. What is left over when the published rows are taken from
the total may still give a hidden one away: when it is alone, or because a count of firms is never below one. So
further rows, at last the total, are hidden until every hidden count could just as well be another number. Nought is
shown: it tells of nobody. A table with columns as well as rows needs more than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

THRESHOLD = 5


@dataclass(frozen=True, slots=True)
class SuppressedColumn:
    """What must not be shown of a table with one figure a row and its total at the foot."""

    cells: tuple[bool, ...]
    total: bool


def suppress_column(
    counts: Sequence[int], threshold: int = THRESHOLD, *, sensitive: Sequence[bool] | None = None
) -> SuppressedColumn:
    """What to hide of counts that are shown with their sum.

    Args:
        counts: what is published and adds up, such as grants.
        threshold: what is below is hidden.
        sensitive: which rows are hidden to begin with, where another count than the one that adds up decides
            (firms, which may stand in several rows); by default those below the threshold.
    """
    small = sensitive if sensitive is not None else [0 < value < threshold for value in counts]
    hidden = {place for place, flag in enumerate(small) if flag}
    total_hidden = 0 < sum(counts) < threshold
    visible = sorted((value, place) for place, value in enumerate(counts) if place not in hidden and value)
    while hidden and not total_hidden and not _is_open([counts[place] for place in hidden], threshold):
        if not visible:
            total_hidden = True
            break
        hidden.add(visible.pop(0)[1])
    return SuppressedColumn(tuple(place in hidden for place in range(len(counts))), total_hidden)


def _is_open(values: Sequence[int], threshold: int) -> bool:
    """Whether one of several hidden counts, each at least 1, may be anything up to the threshold given their sum."""
    return len(values) > 1 and sum(values) - (len(values) - 1) >= threshold
