"""The indicators that label rules name: as columns of a city, and in words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import Label
from creditbridge.labels.columns import Column
from creditbridge.labels.language import Indicator, leaves
from creditbridge.scoring.columns import IndicatorTable
from creditbridge.scoring.indicators import Shown, catalogue

_UNITS = {
    Shown.DAYS: Words("{n} 天", "{n} days"),
    Shown.MONTHS: Words("{n} 个月", "{n} months"),
    Shown.YEARS: Words("{n} 年", "{n} years"),
}


def codes() -> Collection[str]:
    """Every indicator there is."""
    return catalogue().indicators.keys()


def named_by(labels: Iterable[Label]) -> frozenset[str]:
    """The indicators that some rule names."""
    return frozenset(
        leaf.code for label in labels for leaf in leaves(label.rule) if isinstance(leaf, Indicator)
    )


def columns_of(table: IndicatorTable, labels: Iterable[Label]) -> dict[str, Column]:
    """The indicators that rules name, as the engine reads them."""
    return {code: Column(*table.column(code)) for code in sorted(named_by(labels)) if code in table.positions}


def say_name(code: str) -> Words:
    """The name of an indicator; one that is no longer there by its code."""
    known = catalogue().indicators.get(code)
    return known.name if known else Words(code, code)


def say_value(code: str, value: int) -> Words:
    """A value as people read it."""
    known = catalogue().indicators.get(code)
    shown = known.shown if known else Shown.COUNT
    if shown is Shown.FEN:
        return amount_words(value)
    if shown is Shown.PPM:
        return Words(f"{value / 10_000:g}%", f"{value / 10_000:g}%")
    if shown is Shown.YES_NO:
        return Words("是", "yes") if value else Words("否", "no")
    if known is not None and shown is Shown.GRADE and 0 <= value < len(known.grades):
        return Words(known.grades[value], known.grades[value])
    return _UNITS.get(shown, Words("{n}", "{n}")).fill(n=f"{value:,}")
