"""Which figures of a report those may not see who are not told exact ones (domain.md 4.15). Pure.

Shown to them: of every division the number of firms; of every section besides that its grades, movement and new adverse
records. Sizes and reasons with their numbers stay with the platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from creditbridge.kernel.suppressing import suppress_column
from creditbridge.registry import industries
from creditbridge.reports.protecting import Total, protect
from creditbridge.reports.rules import GRADES, NO_INDUSTRY, TOTAL, Figures

FIRMS, UNRATED = "firms", "unrated"
PARTS = (*GRADES, UNRATED)
_REST = "rest"
MOVED = ("risen", "fallen", "adverse_firms")


@dataclass(slots=True)
class _Cells:
    """Cells by their key and name, in the order in which they are first asked for."""

    places: dict[tuple[str, str], int] = field(default_factory=dict)

    def place(self, key: str, name: str) -> int:
        return self.places.setdefault((key, name), len(self.places))


def hidden_cells(figures: Mapping[str, Figures]) -> list[str]:
    """What must not be shown, as ``key name``; the adverse records of a row go with the firms that have them."""
    return sorted({*_of_firms_and_grades(figures), *_of_movement(figures)})


def name(key: str, column: str) -> str:
    return f"{key} {column}"


def cell(figures: Figures, column: str) -> int:
    """The figure under a column."""
    if column in GRADES:
        return figures.grades[GRADES.index(column)]
    value: int = getattr(figures, column)
    return value


def _of_firms_and_grades(figures: Mapping[str, Figures]) -> list[str]:
    cells = _Cells()
    sections = [section.code for section in industries.sections()]
    rows = [*sections, NO_INDUSTRY, TOTAL]
    totals = [Total(cells.place(key, FIRMS), tuple(cells.place(key, part) for part in PARTS)) for key in rows]
    totals += [
        Total(cells.place(TOTAL, column), tuple(cells.place(key, column) for key in rows[:-1]))
        for column in (FIRMS, *PARTS)
    ]
    totals += [Total(cells.place(key, FIRMS), _inside(cells, figures, key)) for key in sections]
    values = [_value(figures, key, column) for key, column in cells.places]
    named = [name(key, column) for key, column in cells.places]
    return [named[place] for place in protect(values, totals)]


def _inside(cells: _Cells, figures: Mapping[str, Figures], section: str) -> tuple[int, ...]:
    """The divisions of a section; firms known by the section alone are a part that is not shown as a row."""
    parts = [cells.place(division.code, FIRMS) for division in industries.divisions(section)]
    return (*parts, cells.place(section, _REST)) if _rest(figures, section) else tuple(parts)


def _rest(figures: Mapping[str, Figures], section: str) -> int:
    inside = sum(figures[division.code].firms for division in industries.divisions(section))
    return figures[section].firms - inside


def _value(figures: Mapping[str, Figures], key: str, column: str) -> int:
    return _rest(figures, key) if column == _REST else cell(figures[key], column)


def _of_movement(figures: Mapping[str, Figures]) -> list[str]:
    rows = [*(section.code for section in industries.sections()), NO_INDUSTRY]
    found = []
    for column in MOVED:
        mask = suppress_column([cell(figures[key], column) for key in rows])
        keys = [key for key, hide in zip(rows, mask.cells, strict=True) if hide]
        keys += [TOTAL] if mask.total else []
        found += [name(key, column) for key in keys]
        if column == "adverse_firms":
            found += [name(key, "adverse_records") for key in keys]
    return found
