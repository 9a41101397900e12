"""What a lender sees of counts over the city: rounded about a hidden point, and never anything under five. Pure.

Whatever figure depends on the firms counted tells, when it changes, that the firms are not the same: so a figure must
mostly not change when one firm comes or goes. Counts are rounded to a grid that grows with them, and where the grid lies
is drawn from the least of the counted firms' random numbers: the same set of firms is always shown with the same figure,
however it was asked for; one firm more moves the figure in one of five cases in small sets and one of hundreds in large
ones; and without the salt nobody can tell which. From which count on a figure is shown at all is drawn in the same way,
five at least. A figure and its parts are rounded each by itself and do not add up exactly. The platform sees exact figures.

Two figures rounded by themselves may stand the wrong way round: a wider rule's below a narrower one's. Beside each other
they would puzzle, so figures shown together are put in order afterwards. That is worked out of the figures shown, and of
nothing else: it tells no more than they did.

Each run is kept (:mod:`matching.whatif.model`), because whoever may ask without end about ever other sets that differ
by the same firm learns more with each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matching.index.profile import Cell, Dimension, Tally

SMALLEST_SHOWN = 5
_GRIDS = ((100, 5), (1_000, 10), (10_000, 50), (100_000, 500))
_WIDEST = 5_000


def salt_of(secret: str) -> int:
    """The salt of the firms' random numbers, from the installation's secret."""
    return int.from_bytes(hashlib.sha256(f"cell keys {secret}".encode()).digest()[:8], "big")


def grid_of(count: int) -> int:
    """The step figures of about this size are rounded to."""
    return next((grid for below, grid in _GRIDS if count < below), _WIDEST)


def shown(cell: Cell, *, exact: bool = False) -> int | None:
    """The figure to show; None stands for "too few to show"."""
    if exact:
        return cell.count
    digest = hashlib.blake2b(cell.key.to_bytes(8, "big"), digest_size=8).digest()
    drawn = int.from_bytes(digest, "big")
    if cell.count < SMALLEST_SHOWN + drawn % 4:
        return None
    grid = grid_of(cell.count)
    return (cell.count + (drawn >> 8) % grid) // grid * grid


@dataclass(frozen=True, slots=True)
class Figures:
    """A tally as it may be seen."""

    total: int | None
    by: Mapping[Dimension, Mapping[str, int | None]]


def figures(tally: Tally, *, exact: bool = False) -> Figures:
    """A tally as it may be seen."""
    return Figures(
        shown(tally.total, exact=exact),
        {
            dimension: {value: shown(cell, exact=exact) for value, cell in cells.items()}
            for dimension, cells in tally.by.items()
        },
    )


def beside(told: Figures, standing: Figures, *, is_wider: bool) -> Figures:
    """Figures of a wider set of firms, or a narrower one, beside those of a set that stand as they are."""
    join = _most if is_wider else _least
    return Figures(
        join(told.total, standing.total),
        {
            dimension: {
                value: join(figure, standing.by[dimension].get(value)) for value, figure in cells.items()
            }
            for dimension, cells in told.by.items()
        },
    )


def in_order(told: Sequence[int | None], at: int) -> list[int | None]:
    """Figures of ever wider sets, none below a narrower one's; the one in place ``at`` stands as it is."""
    found = list(told)
    for place in range(at + 1, len(found)):
        found[place] = _most(found[place], found[place - 1])
    for place in range(at - 1, -1, -1):
        found[place] = _least(found[place], found[place + 1])
    return found


def _most(one: int | None, other: int | None) -> int | None:
    return max(one, other) if one is not None and other is not None else one if other is None else other


def _least(one: int | None, other: int | None) -> int | None:
    return min(one, other) if one is not None and other is not None else None
