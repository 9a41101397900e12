"""What rate a product asks: fixed, a range, LPR plus a spread, or not published.

All rates are yearly, in ppm; spreads are in basis points. LPR values are effective-dated data (``data/lpr.json``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_RATE_PPM, basis_points_to_ppm, format_rate
from creditbridge.kernel.words import Words

MAX_SPREAD_BP = 10_000
UNPUBLISHED = Words("以银行审批为准", "As approved by the bank")
"""What is shown where a rate, and so a true cost, is not published (domain rule 17)."""


class RateKind(StrEnum):
    FIXED = "fixed"
    RANGE = "range"
    LPR_SPREAD = "lpr_spread"
    UNPUBLISHED = "unpublished"


class LprTerm(StrEnum):
    ONE_YEAR = "one_year"
    FIVE_YEAR = "five_year"


RATE_KIND_WORDS = {
    RateKind.FIXED: Words("固定利率", "Fixed rate"),
    RateKind.RANGE: Words("利率区间", "Rate range"),
    RateKind.LPR_SPREAD: Words("LPR 加减基点", "LPR plus or minus basis points"),
    RateKind.UNPUBLISHED: Words("利率未公布", "Rate not published"),
}
LPR_TERM_WORDS = {
    LprTerm.ONE_YEAR: Words("1 年期 LPR", "1-year LPR"),
    LprTerm.FIVE_YEAR: Words("5 年期以上 LPR", "over-5-year LPR"),
}


@dataclass(frozen=True, slots=True)
class Lpr:
    """A published value: ppm a year, and the day from which it holds."""

    ppm: int
    published_on: date


def _lpr_table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        (files("lenders.pricing") / "data" / "lpr.json").read_text(encoding="utf-8")
    )
    return table


@cache
def _lpr_values() -> tuple[tuple[date, dict[str, int]], ...]:
    table = _lpr_table()
    return tuple((date.fromisoformat(row["from"]), row) for row in table["values"])


@cache
def lpr_checked_through() -> date:
    """The last publication the table was compared with; a later value is the last one known, and pages may say so."""
    return date.fromisoformat(_lpr_table()["checked_through"])


def lpr_on(term: LprTerm, on: date) -> Lpr:
    """The LPR in force on a date; after the newest row the last value known.

    Raises:
        LookupError: before 2019-08-20, when the present LPR began.
    """
    for published_on, row in reversed(_lpr_values()):
        if published_on <= on:
            return Lpr(row[term.value], published_on)
    raise LookupError(f"no LPR was published on or before {on}")


@dataclass(frozen=True, slots=True)
class RateBounds:
    """The lowest and the highest rate a firm may be asked, in ppm; None where the lender publishes no such end."""

    low_ppm: int | None
    high_ppm: int | None


@dataclass(frozen=True, slots=True)
class RateStructure:
    """A product's published rate.

    ``fixed`` has ``min_ppm == max_ppm``; ``range`` has either end or both; ``lpr_spread`` has ``lpr_term`` and either
    or both spreads in basis points (equal where there is one spread); ``unpublished`` has nothing.

    Raises:
        InvalidInput: if the parts do not fit the kind, or lie out of range.
    """

    kind: RateKind
    min_ppm: int | None = None
    max_ppm: int | None = None
    lpr_term: LprTerm | None = None
    min_spread_bp: int | None = None
    max_spread_bp: int | None = None

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise InvalidInput(problems)

    @classmethod
    def fixed(cls, ppm: int) -> RateStructure:
        return cls(RateKind.FIXED, min_ppm=ppm, max_ppm=ppm)

    @classmethod
    def between(cls, min_ppm: int | None, max_ppm: int | None) -> RateStructure:
        return cls(RateKind.RANGE, min_ppm=min_ppm, max_ppm=max_ppm)

    @classmethod
    def over_lpr(cls, term: LprTerm, min_spread_bp: int | None, max_spread_bp: int | None) -> RateStructure:
        return cls(
            RateKind.LPR_SPREAD, lpr_term=term, min_spread_bp=min_spread_bp, max_spread_bp=max_spread_bp
        )

    @classmethod
    def unpublished(cls) -> RateStructure:
        return cls(RateKind.UNPUBLISHED)

    def bounds(self, on: date) -> RateBounds:
        """The rates a firm may be asked on a date; a spread below nought ends at a rate of nought."""
        if self.lpr_term is None:
            return RateBounds(self.min_ppm, self.max_ppm)
        base = lpr_on(self.lpr_term, on).ppm
        low, high = (
            None if spread is None else max(0, base + basis_points_to_ppm(spread))
            for spread in (self.min_spread_bp, self.max_spread_bp)
        )
        return RateBounds(low, high)

    def describe(self, on: date) -> Words:
        """The rate in one phrase, an LPR spread with today's outcome: ``1 年期 LPR +35 个基点（目前：3.35%）``."""
        bounds = self.bounds(on)
        if self.lpr_term is None:
            return _span(bounds)
        low, high = self.min_spread_bp, self.max_spread_bp
        return Words("{spread}（目前：{rate}）", "{spread} (now {rate})").fill(
            spread=_spread_span(LPR_TERM_WORDS[self.lpr_term], low, high), rate=_span(bounds)
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "min_ppm": self.min_ppm,
            "max_ppm": self.max_ppm,
            "lpr_term": self.lpr_term.value if self.lpr_term else None,
            "min_spread_bp": self.min_spread_bp,
            "max_spread_bp": self.max_spread_bp,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RateStructure:
        term = value.get("lpr_term")
        return cls(
            RateKind(value["kind"]),
            value.get("min_ppm"),
            value.get("max_ppm"),
            LprTerm(term) if term else None,
            value.get("min_spread_bp"),
            value.get("max_spread_bp"),
        )


def _span(bounds: RateBounds) -> Words:
    low, high = bounds.low_ppm, bounds.high_ppm
    if low is None and high is None:
        return UNPUBLISHED
    if low is None or high is None:
        words = Words("{rate} 起", "from {rate}") if high is None else Words("不超过 {rate}", "up to {rate}")
        return words.fill(rate=format_rate((low if high is None else high) or 0))
    if low == high:
        return Words(format_rate(low), format_rate(low))
    return Words("{low}–{high}", "{low}–{high}").fill(low=format_rate(low), high=format_rate(high))


def _spread_span(base: Words, low: int | None, high: int | None) -> Words:
    if low is None or high is None:
        words = (
            Words("不低于 {base} {bp} 个基点", "at least {base} {bp} bp")
            if high is None
            else Words("不高于 {base} {bp} 个基点", "at most {base} {bp} bp")
        )
        return words.fill(base=base, bp=_signed((low if high is None else high) or 0))
    if low == high:
        return Words("{base} {bp} 个基点", "{base} {bp} bp").fill(base=base, bp=_signed(low))
    span = Words("{base} {low} 至 {high} 个基点", "{base} {low} to {high} bp")
    return span.fill(base=base, low=_signed(low), high=_signed(high))


def _signed(basis_points: int) -> str:
    return f"{basis_points:+d}"


_NOT_HERE = Words("此利率类型不填写该项。", "This kind of rate does not take this field.")
_NEEDED = Words("请填写该项。", "Fill in this field.")
_ONE_END = Words("请至少填写上限或下限。", "Enter the lower or the upper end, or both.")
_ORDER = Words("下限不能高于上限。", "The lower end cannot exceed the upper.")
_RATE_LIMITS = Words("年利率应在 0 至 100% 之间。", "A rate lies between 0 and 100%.")
_SPREAD_LIMITS = Words("基点应在 -10000 至 10000 之间。", "Basis points lie between -10000 and 10000.")
_EQUAL = Words("固定利率的上下限应相同。", "The ends of a fixed rate are the same.")


def _problems(rate: RateStructure) -> dict[str, list[Words]]:
    """What is wrong, per field."""
    ends = {
        RateKind.FIXED: ("min_ppm", "max_ppm"),
        RateKind.RANGE: ("min_ppm", "max_ppm"),
        RateKind.LPR_SPREAD: ("min_spread_bp", "max_spread_bp"),
        RateKind.UNPUBLISHED: (),
    }[rate.kind]
    taken = {*ends, "lpr_term"} if rate.kind is RateKind.LPR_SPREAD else {*ends}
    values = {
        field: getattr(rate, field)
        for field in ("min_ppm", "max_ppm", "lpr_term", "min_spread_bp", "max_spread_bp")
    }
    problems = {
        field: [_NOT_HERE] for field, value in values.items() if value is not None and field not in taken
    }
    if "lpr_term" in taken and rate.lpr_term is None:
        problems["lpr_term"] = [_NEEDED]
    if ends:
        problems |= _end_problems(rate.kind, {end: values[end] for end in ends})
    return problems


def _end_problems(kind: RateKind, ends: dict[str, int | None]) -> dict[str, list[Words]]:
    lowest, highest, limits = (0, MAX_RATE_PPM, _RATE_LIMITS)
    if kind is RateKind.LPR_SPREAD:
        lowest, highest, limits = (-MAX_SPREAD_BP, MAX_SPREAD_BP, _SPREAD_LIMITS)
    problems = {
        end: [limits] for end, value in ends.items() if value is not None and not lowest <= value <= highest
    }
    (low_field, low), (high_field, high) = ends.items()
    if low is None and high is None:
        problems[low_field] = [_ONE_END]
    elif kind is RateKind.FIXED and low != high:
        problems[high_field] = [_EQUAL]
    elif low is not None and high is not None and low > high:
        problems[low_field] = [_ORDER]
    return problems
