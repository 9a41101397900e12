"""A report counts each firm once in its division, its section and the city."""

from __future__ import annotations

from datetime import date

from creditbridge.reports.masking import hidden_cells
from creditbridge.reports.rules import (
    NO_INDUSTRY,
    TOTAL,
    Figures,
    Standing,
    count,
    every_key,
    last_month,
    month_before,
)

FIRMS = [
    Standing(1, "17", "A", "small"),
    Standing(2, "17", "C", "micro"),
    Standing(3, "18", "B", "micro"),
    Standing(4, "C", None, None),
    Standing(5, "", "E", "large"),
]


def _counted() -> dict[str, Figures]:
    return count(
        FIRMS,
        before={1: "B", 2: "B", 3: "B", 9: "A"},
        adverse={2: 3, 5: 1},
        reasons={2: ["tax_arrears", "sued_often"], 3: ["tax_arrears"]},
    )


def test_there_are_twenty_sections_and_97_divisions() -> None:
    keys = every_key()

    assert sum(key.isalpha() and len(key) == 1 for key in keys) == 20
    assert sum(key.isdigit() for key in keys) == 97
    assert keys[-2:] == (NO_INDUSTRY, TOTAL)
    assert set(_counted()) == set(keys)


def test_figures_add_up() -> None:
    found = _counted()

    assert [found[key].firms for key in ("17", "18", "C", NO_INDUSTRY, TOTAL)] == [2, 1, 4, 1, 5]
    assert found["C"].grades == (1, 1, 1, 0, 0)
    assert found["C"].unrated == 1
    assert (found["C"].risen, found["C"].fallen) == (1, 1)
    assert (found["17"].adverse_records, found["17"].adverse_firms) == (3, 1)
    assert found[TOTAL].adverse_records == 4
    assert found["C"].reasons == (("tax_arrears", 2), ("sued_often", 1))
    assert found[TOTAL].sizes == (1, 0, 1, 2)


def test_figures_come_back_as_they_were_kept() -> None:
    for held in _counted().values():
        assert Figures.from_json(held.to_json()) == held


def test_small_figures_are_hidden_with_what_would_give_them_away() -> None:
    hidden = hidden_cells(_counted())

    assert {"17 firms", "18 firms", "none firms", "C adverse_firms", "C adverse_records"} <= set(hidden)


def test_months() -> None:
    assert last_month(date(2026, 1, 31)) == "2025-12"
    assert month_before("2026-01") == "2025-12"
