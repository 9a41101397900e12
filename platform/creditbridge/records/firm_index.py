"""Finding the firms that rows of a feed are about: by code, by old number, or by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from creditbridge.kernel import uscc
from creditbridge.kernel.uscc import UsccVerdict
from creditbridge.records.code_table import CodeTable
from creditbridge.records.feeds import FirmBy
from creditbridge.records.readings import text

NO_FIRM, MALFORMED, UNKNOWN, AMBIGUOUS = "no_firm", "code_malformed", "firm_unknown", "name_ambiguous"
_ORGANISATION_LENGTHS = (9, 10)


@dataclass(frozen=True, slots=True)
class Found:
    """Of each row the firm (UInt32, null if none) and why not (String, null if there is one)."""

    firm_no: pl.Series
    problem: pl.Series


class FirmIndex:
    """The firms of the register by what feeds call them."""

    def __init__(self, identities: Iterable[tuple[int, str | None, str | None, str]]) -> None:
        rows = list(identities)
        numbers = [row[0] for row in rows]
        self._by: dict[FirmBy, pl.DataFrame] = {
            "code": _table([row[1] for row in rows], numbers),
            "old_number": _table([row[2] for row in rows], numbers),
            "name": _table([row[3] for row in rows], numbers),
        }
        codes = self._by["code"]
        self._organisations = _unique(codes.with_columns(pl.col("text").str.slice(8, 9)))
        self._codes = CodeTable(codes["text"], codes["firm_no"].to_numpy())
        self._names = set(self._by["name"]["text"].to_list())
        self._by["name"] = _unique(self._by["name"])

    def find(self, column: pl.Series, by: FirmBy) -> Found:
        """The firms of a column of cells as they came."""
        firm_no = self._as_written(column, by)
        problem = pl.Series([None], dtype=pl.String).new_from_index(0, len(column))
        left = firm_no.is_null().arg_true()
        if len(left):
            cells = text(column.gather(left))
            second = self._second_look(cells, by)
            firm_no = firm_no.scatter(left, second.firm_no)
            problem = problem.scatter(left, second.problem.set(cells.is_null(), NO_FIRM))
        return Found(firm_no, problem)

    def _as_written(self, column: pl.Series, by: FirmBy) -> pl.Series:
        if column.dtype != pl.String:
            column = text(column)
        if by == "code":
            found = pl.Series(self._codes.find(column))
            return found.set(found < 0, None).cast(pl.UInt32)
        frame = column.rename("text").to_frame()
        return frame.join(self._by[by], on="text", how="left", maintain_order="left")["firm_no"]

    def _second_look(self, column: pl.Series, by: FirmBy) -> Found:
        """What did not match as it stands, each different text once."""
        texts = column.drop_nulls().unique().to_list()
        looked = [self._look(one, by) for one in texts]
        answers = pl.DataFrame(
            {"text": texts, "firm_no": [one[0] for one in looked], "problem": [one[1] for one in looked]},
            schema={"text": pl.String, "firm_no": pl.UInt32, "problem": pl.String},
        )
        joined = column.rename("text").to_frame().join(answers, on="text", how="left", maintain_order="left")
        return Found(joined["firm_no"], joined["problem"])

    def _look(self, cell: str, by: FirmBy) -> tuple[int | None, str | None]:
        if by == "name":
            tidied = cell.replace("(", "（").replace(")", "）").replace(" ", "")
            return self._one(self._by["name"], tidied, AMBIGUOUS if cell in self._names else UNKNOWN)
        if by == "old_number":
            return self._one(self._by["old_number"], uscc.normalise(cell), UNKNOWN)
        code = uscc.normalise(cell)
        if len(code) in _ORGANISATION_LENGTHS:
            return self._one(self._organisations, code, UNKNOWN)
        malformed = uscc.check(code).verdict is UsccVerdict.MALFORMED
        return self._one(self._by["code"], code, MALFORMED if malformed else UNKNOWN)

    def _one(self, table: pl.DataFrame, cell: str, problem: str) -> tuple[int | None, str | None]:
        place = table["text"].search_sorted(cell)
        if place < len(table) and table["text"][place] == cell:
            return table["firm_no"][place], None
        return None, problem


def _table(texts: list[str | None], numbers: list[int]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"text": texts, "firm_no": numbers}, schema={"text": pl.String, "firm_no": pl.UInt32}
    )
    return frame.filter(pl.col("text").is_not_null() & (pl.col("text") != "")).sort("text")


def _unique(table: pl.DataFrame) -> pl.DataFrame:
    """Only the texts that name one firm."""
    return table.unique("text", keep="none").sort("text")
