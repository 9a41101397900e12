import numpy as np
import polars as pl

from creditbridge.kernel import uscc
from creditbridge.records.code_table import CodeTable
from creditbridge.records.firm_index import AMBIGUOUS, MALFORMED, NO_FIRM, UNKNOWN, FirmIndex

CODES = [uscc.synthetic(number) for number in range(500)]


def test_every_code_is_found_and_no_other():
    table = CodeTable(pl.Series(CODES), np.arange(500, dtype=np.uint32))
    asked = pl.Series(
        [*CODES, uscc.synthetic(600), CODES[0].lower(), CODES[1][:-1], "", None, "一二三四五六"]
    )
    assert table.find(asked).tolist() == [*range(500), *[-1] * 6]


def test_an_empty_register_has_no_firm():
    assert CodeTable(pl.Series([], dtype=pl.String), np.empty(0, np.uint32)).find(
        pl.Series(CODES[:2])
    ).tolist() == [-1, -1]


def test_firms_are_found_however_they_are_called_and_why_not_is_said():
    firms = [
        (number, code, f"33020000000000{number}", "同名" if number > 1 else f"公司（{number}）")
        for number, code in enumerate(CODES[:4])
    ]
    index = FirmIndex(firms)

    def found(cells, by):
        answer = index.find(pl.Series(cells, dtype=pl.String), by)
        return [
            number if number is not None else why
            for number, why in zip(answer.firm_no, answer.problem, strict=True)
        ]

    code = CODES[3]
    assert found([code, f" {code[:8]}-{code[8:].lower()} ", code[8:17], uscc.synthetic(9), "O" + code[1:], "", None], "code") == [
        3, 3, 3, UNKNOWN, MALFORMED, NO_FIRM, NO_FIRM,
    ]  # fmt: skip
    assert found(["公司(0)", "公司（1）", "同名", "无此公司"], "name") == [0, 1, AMBIGUOUS, UNKNOWN]
    assert found(["330200000000002", "1"], "old_number") == [2, UNKNOWN]
