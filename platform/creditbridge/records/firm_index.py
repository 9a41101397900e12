"""Finding the firms that rows of a feed are about: by code, by old number, or by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from creditbridge.kernel import uscc
from creditbridge.kernel.uscc import UsccVerdict
from creditbridge.records.feeds import FirmBy

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
        self._names = set(self._by["name"]["text"].to_list())
        self._by["name"] = _unique(self._by["name"])

    def find(self, column: pl.Series, by: FirmBy) -> Found:
        """The firms of a column of trimmed texts."""
        table = self._by[by]
        frame = column.rename("text").to_frame()
        firm_no = frame.join(table, on="text", how="left", maintain_order="left")["firm_no"]
        left = (firm_no.is_null() & column.is_not_null()).arg_true()
        problem = pl.Series([None], dtype=pl.String).new_from_index(0, len(column))
        problem = problem.set(column.is_null(), NO_FIRM)
        if len(left):
            second = self._second_look(column.gather(left), by)
            firm_no = firm_no.scatter(left, second.firm_no)
            problem = problem.scatter(left, second.problem)
        return Found(firm_no, problem)

    def _second_look(self, column: pl.Series, by: FirmBy) -> Found:
        """What did not match as it stands, each different text once."""
        texts = column.unique().to_list()
        looked = [self._look(text, by) for text in texts]
        answers = pl.DataFrame(
            {"text": texts, "firm_no": [one[0] for one in looked], "problem": [one[1] for one in looked]},
            schema={"text": pl.String, "firm_no": pl.UInt32, "problem": pl.String},
        )
        joined = column.rename("text").to_frame().join(answers, on="text", how="left", maintain_order="left")
        return Found(joined["firm_no"], joined["problem"])

    def _look(self, text: str, by: FirmBy) -> tuple[int | None, str | None]:
        if by == "name":
            tidied = text.replace("(", "（").replace(")", "）").replace(" ", "")
            return self._one(self._by["name"], tidied, AMBIGUOUS if text in self._names else UNKNOWN)
        if by == "old_number":
            return self._one(self._by["old_number"], uscc.normalise(text), UNKNOWN)
        code = uscc.normalise(text)
        if len(code) in _ORGANISATION_LENGTHS:
            return self._one(self._organisations, code, UNKNOWN)
        malformed = uscc.check(code).verdict is UsccVerdict.MALFORMED
        return self._one(self._by["code"], code, MALFORMED if malformed else UNKNOWN)

    def _one(self, table: pl.DataFrame, text: str, problem: str) -> tuple[int | None, str | None]:
        place = table["text"].search_sorted(text)
        if place < len(table) and table["text"][place] == text:
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
