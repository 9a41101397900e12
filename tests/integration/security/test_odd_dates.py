"""Dates at the ends of the calendar are an answer, never a fault."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-99-99", "١٩٩٩-01-01"])
@pytest.mark.parametrize("address", ["/lender/reports", "/lender/lines", "/lender/reports/grade"])
def test_reports_take_any_date_in_their_address(as_actor, lender, address: str, day: str) -> None:
    assert as_actor(lender.reviewer).get(f"{address}?from={day}&to={day}").status_code == 200
