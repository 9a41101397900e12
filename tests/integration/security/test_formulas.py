"""No text in a file that we write runs as a formula, however it is led in."""

from __future__ import annotations

import pytest

from creditbridge.sheets.formulas import neutral, original


@pytest.mark.parametrize(
    "lead", ["", " ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2028", "\x0b", "  \u200b "]
)
@pytest.mark.parametrize("formula", ["=1+1", "@SUM(A1)", "＝HYPERLINK(1)", "+cmd|' /C calc'!A0", "\t=1"])
def test_a_formula_behind_blanks_is_made_harmless_and_read_back(lead: str, formula: str) -> None:
    written = neutral(lead + formula)

    assert written == "'" + lead + formula
    assert original(written) == lead + formula
