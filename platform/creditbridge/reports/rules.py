"""What a monthly report by industry counts of a city. Pure: columns in, figures by division and section out.

A firm counts in the division its industry lies in; one without an industry stands under no section. Its grade moved when
it had one in the report of the month before and has another now. New adverse records are those the platform received in
the month.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final

from creditbridge.kernel.dates import add_months
from creditbridge.registry import industries

GRADES: Final = ("A", "B", "C", "D", "E")
SIZES: Final = ("large", "medium", "small", "micro")
TOTAL: Final = "total"
NO_INDUSTRY: Final = "none"
MOST_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """One firm on the day of the report; ``division`` may be a section's letter, or empty.

    A firm that is no longer in business counts nowhere.
    """

    firm_no: int
    division: str
    grade: str | None
    size: str | None
    in_business: bool = True


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told of a division, a section or the city. ``reasons`` are risk labels newly given in the month."""

    firms: int = 0
    grades: tuple[int, ...] = (0,) * len(GRADES)
    unrated: int = 0
    sizes: tuple[int, ...] = (0,) * len(SIZES)
    risen: int = 0
    fallen: int = 0
    adverse_records: int = 0
    adverse_firms: int = 0
    reasons: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figures:
        listed = {"grades": tuple(data["grades"]), "sizes": tuple(data["sizes"])}
        return cls(**{**data, **listed, "reasons": tuple((code, count) for code, count in data["reasons"])})


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


@dataclass(slots=True)
class _Counting:
    figures: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def closed(self) -> Figures:
        held = self.figures
        ordered = sorted(self.reasons.items(), key=lambda reason: (-reason[1], reason[0]))
        return Figures(
            firms=held["firms"],
            grades=tuple(held[f"grade {grade}"] for grade in GRADES),
            unrated=held["unrated"],
            sizes=tuple(held[f"size {size}"] for size in SIZES),
            risen=held["risen"],
            fallen=held["fallen"],
            adverse_records=held["adverse records"],
            adverse_firms=held["adverse firms"],
            reasons=tuple(ordered[:MOST_REASONS]),
        )


def count(
    firms: Iterable[Standing],
    before: Mapping[int, str],
    adverse: Mapping[int, int],
    reasons: Mapping[int, Sequence[str]],
) -> dict[str, Figures]:
    """Figures by key: the two digits of each division, the letter of each section, none, and the total.

    Every division and section stands there, with noughts where no firm is.

    Args:
        firms: every firm; those no longer in business are left out.
        before: the grade each firm had in the report before.
        adverse: new adverse records by firm.
        reasons: risk labels newly given, by firm.
    """
    counted: dict[str, _Counting] = defaultdict(_Counting)
    for firm in firms:
        if not firm.in_business:
            continue
        told = Counter(_of_firm(firm, before.get(firm.firm_no), adverse.get(firm.firm_no, 0)))
        for key in keys_of(firm.division):
            counted[key].figures += told
            counted[key].reasons.update(reasons.get(firm.firm_no, ()))
    return {key: counted[key].closed() for key in every_key()}


def _of_firm(firm: Standing, before: str | None, adverse: int) -> dict[str, int]:
    told = {"firms": 1, f"grade {firm.grade}" if firm.grade in GRADES else "unrated": 1}
    if firm.size in SIZES:
        told[f"size {firm.size}"] = 1
    if before in GRADES and firm.grade in GRADES and before != firm.grade:
        told["risen" if GRADES.index(firm.grade) < GRADES.index(before) else "fallen"] = 1
    if adverse:
        told |= {"adverse records": adverse, "adverse firms": 1}
    return told


def keys_of(division: str) -> tuple[str, ...]:
    """The keys under which a firm counts: its division, the section of that, and the city."""
    if not division:
        return (NO_INDUSTRY, TOTAL)
    section = industries.section_of(division)
    return (section, TOTAL) if section == division else (division, section, TOTAL)


def every_key() -> tuple[str, ...]:
    """Each section followed by its divisions, then none, then the total."""
    inside = [
        key
        for section in industries.sections()
        for key in (section.code, *(division.code for division in industries.divisions(section.code)))
    ]
    return (*inside, NO_INDUSTRY, TOTAL)


def month_of(day: date) -> str:
    """A month as reports are named: 2026-11."""
    return f"{day.year:04}-{day.month:02}"


def last_month(today: date) -> str:
    """The last month that is over."""
    return month_of(add_months(today.replace(day=1), -1))


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def month_before(month: str) -> str:
    return month_of(add_months(first_day(month), -1))
