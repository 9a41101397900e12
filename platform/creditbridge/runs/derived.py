"""Facts that are read from credit records, each by an expression of the indicator language.

``data/derived_facts.json`` names them. A fact whose expression is not known for a firm is left as it is: what the firm
or a lender said of it stands. Where a fact counts what is adverse, no record means nought; ``needs`` then says which
records show that the source reports on the firm at all. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import Fact, FactType, Sensitivity, catalogue
from creditbridge.facts.firm_facts import FactSource
from creditbridge.facts.values import MAX_NUMBER, MAX_RATIO_PPM, RawValue
from creditbridge.kernel import catalogue_files
from creditbridge.kernel.money import MAX_FEN
from creditbridge.kernel.words import Words
from creditbridge.records.columns import RecordColumns
from creditbridge.scoring.columns import FirmColumns, IndicatorTable
from creditbridge.scoring.engine import indicators
from creditbridge.scoring.indicators import (
    Bins,
    Category,
    Direction,
    Indicator,
    IndicatorCatalogue,
    Missing,
    Part,
    Shown,
)
from creditbridge.scoring.language import Expression
from creditbridge.scoring.parsing import parse

_NEEDS = "needs/"
_NOTHING = Words("", "")
_BOUNDS = {
    FactType.RATIO_PPM: (-MAX_RATIO_PPM, MAX_RATIO_PPM),
    FactType.NUMBER: (-MAX_NUMBER, MAX_NUMBER),
    FactType.COUNT: (0, MAX_NUMBER),
}
"""The least and the most that a fact of a type can be; of any other number, what an amount can be."""
_READ_AS = {
    FactType.BOOLEAN: "boolean",
    FactType.SCALE_GRADE: "grade",
}


@dataclass(frozen=True, slots=True)
class DerivedFact:
    """One fact read from records.

    Attributes:
        fact: of the catalogue of facts.
        source: who sends the records.
        value: what it is read by; a grade as its place on the scale, yes and no as 1 and 0.
        needs: records that show that the source reports on a firm; empty where the value itself shows it.
        ends: items whose open records end when the firm puts the matter right.
        adds: the item of the record that then comes in; None where none does.
    """

    fact: Fact
    source: FactSource
    value: Expression
    needs: tuple[str, ...]
    ends: tuple[str, ...]
    adds: str | None

    @property
    def is_number(self) -> bool:
        """Whether its number is its value."""
        return self.fact.type is not FactType.BOOLEAN and self.fact.scale is None

    def read(self, number: int) -> RawValue:
        """The fact's value from its number: a number, yes or no, or a code, which are their own JSON form."""
        if self.fact.type is FactType.BOOLEAN:
            return bool(number)
        if self.fact.scale is not None:
            return list(self.fact.scale.grades)[number]
        return number


class DerivedFactError(ValueError):
    """The file contradicts the catalogues; the message names the fact."""


@cache
def derived_facts() -> Mapping[str, DerivedFact]:
    """Every derived fact by its code."""
    text = catalogue_files.data_of("creditbridge.runs").joinpath("derived_facts.json").read_text("utf-8")
    found = [_derived(row) for row in json.loads(text)["facts"]]
    return {one.fact.code: one for one in found}


def derive(records: RecordColumns, firms: FirmColumns, on: date) -> IndicatorTable:
    """The numbers of every derived fact of every firm on a day; what is not known is left as it is."""
    table = indicators(records, firms, on, _as_indicators())
    for position, code in enumerate(table.codes):
        if code.startswith(_NEEDS):
            reported = table.values[:, position] > 0
            table.known[:, table.positions[code.removeprefix(_NEEDS)]] &= reported
    return table


def columns_of(table: IndicatorTable) -> Iterator[tuple[DerivedFact, list[Any]]]:
    """Every fact with its value of each firm in the JSON form of values; None where it is not known."""
    for code, one in derived_facts().items():
        position = table.positions[code]
        # Assets of a few yuan make a ratio that no fact can hold: it is held at the bound. One firm's figures must
        # not stop the run of a city.
        least, most = _BOUNDS.get(one.fact.type, (-MAX_FEN, MAX_FEN))
        numbers = table.values[:, position].clip(least, most).tolist()
        known = table.known[:, position].tolist()
        read = (
            None
            if one.is_number
            else {number: one.read(number) for number, told in zip(numbers, known, strict=True) if told}
        )
        yield (
            one,
            [
                None if not told else number if read is None else read[number]
                for number, told in zip(numbers, known, strict=True)
            ],
        )


def numbers_of(table: IndicatorTable) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The numbers of the facts alone, nought where not known, and which of them are: ``[firms, facts]``."""
    chosen = [table.positions[code] for code in derived_facts()]
    known = table.known[:, chosen]
    return np.where(known, table.values[:, chosen], 0), known


def _derived(row: Mapping[str, Any]) -> DerivedFact:
    fact = catalogue().get(row["fact"])
    if fact is None or fact.sensitivity is Sensitivity.PERSONAL:
        raise DerivedFactError(f"{row['fact']}: no such fact of a firm")
    if row.get("as", "number") != _READ_AS.get(fact.type, "number"):
        raise DerivedFactError(f"{fact.code}: is read as another kind of value")
    return DerivedFact(
        fact,
        FactSource(row["source"]),
        parse(row["value"]),
        tuple(row.get("needs", ())),
        tuple(row.get("ends", ())),
        row.get("adds"),
    )


@cache
def _as_indicators() -> IndicatorCatalogue:
    """The facts as a catalogue of indicators, so that the one engine reads them in one pass."""
    found = {}
    for code, one in derived_facts().items():
        found[code] = _indicator(code, one.value)
        if one.needs:
            reports = parse({"take": "exists", "items": list(one.needs)})
            found[_NEEDS + code] = _indicator(_NEEDS + code, reports)
    return IndicatorCatalogue(found, {"facts": Part("facts", _NOTHING, None)})


def _indicator(code: str, value: Expression) -> Indicator:
    return Indicator(
        code=code,
        part="facts",
        category=Category.BASIC,
        name=_NOTHING,
        value=value,
        shown=Shown.COUNT,
        direction=Direction.HIGHER,
        bins=Bins((), (0,)),
        missing=Missing.POINTS,
        missing_worth=0,
        reference=_NOTHING,
        advice=None,
        grades=(),
        valid_from=date.min,
        valid_until=None,
    )
