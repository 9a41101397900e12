"""Statistics of grants and applications: exact for the platform, its own for a lender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, func, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel.words import Words
from matching.lines.dimensions import Dimension, Selection
from matching.lines.model import CreditLine
from matching.lines.rules import LineKind
from matching.lines.selecting import Named, column_of, conditions, names_of
from matching.tracking.figures import ADDITIVE, Figures

_IN_ORDER = frozenset({Dimension.MONTH, Dimension.GRADE, Dimension.SIZE, Dimension.KIND})
"""Dimensions with an order of their own; the rows of others begin with the largest amount."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """The figures under one key; the key leads to the lines behind them."""

    key: str
    words: Words
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """A table of figures by one dimension, with those of all its rows together."""

    dimension: Dimension
    rows: Sequence[ReportRow]
    total: Figures


def report(
    session: Session, actor: Actor, dimension: Dimension, wanted: Selection, *, total: Figures | None = None
) -> Report:
    """The figures of a selection by a dimension, of the lines the actor may see.

    A page with several reports of one selection hands in its :func:`totals`, so that they are counted once.

    Raises:
        NotFound: for a firm's account.
    """
    where = conditions(session, actor, wanted)
    column = column_of(actor, dimension)
    found = grouped(session, column, where)
    names = names_of(session, actor, dimension, list(found))
    rows = [
        ReportRow(names[value].key, names[value].words, figures)
        for value, figures in _sorted(found, names, dimension)
    ]
    return Report(dimension, rows, total or figures_of(session, where))


def totals(session: Session, actor: Actor, wanted: Selection) -> Figures:
    """The figures of a whole selection.

    Raises:
        NotFound: for a firm's account.
    """
    return figures_of(session, conditions(session, actor, wanted))


def figures_of(session: Session, where: Sequence[ColumnElement[bool]]) -> Figures:
    """The figures of the lines under conditions."""
    row = session.execute(select(*_counted()).where(*where)).one()
    weight = sum(
        int(fen) * rate
        for rate, fen in session.execute(
            select(CreditLine.annual_rate_ppm, func.sum(CreditLine.amount_fen))
            .where(*where)
            .group_by(CreditLine.annual_rate_ppm)
        )
    )
    return _figures(row, weight)


def grouped(
    session: Session, column: ColumnElement[Any], where: Sequence[ColumnElement[bool]]
) -> dict[Any, Figures]:
    """The figures by the values of a column."""
    # Rates are multiplied here: the products may pass 64 bits, which either database would round or refuse.
    key = column.label("dimension_key")
    weights: dict[Any, int] = {}
    by_rate = session.execute(
        select(key, CreditLine.annual_rate_ppm, func.sum(CreditLine.amount_fen))
        .where(*where)
        .group_by(key, CreditLine.annual_rate_ppm)
    )
    for value, rate, fen in by_rate:
        weights[value] = weights.get(value, 0) + int(fen) * rate
    rows = session.execute(select(key, *_counted()).where(*where).group_by(key))
    return {row[0]: _figures(row[1:], weights[row[0]]) for row in rows}


def added(several: Sequence[Figures]) -> Figures:
    """What several sets come to in the figures that add up; firms are left at nought."""
    return Figures(**{name: sum(getattr(each, name) for each in several) for name in ADDITIVE})


def _counted() -> list[ColumnElement[Any]]:
    amount = CreditLine.amount_fen

    def counted(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, 1), else_=0))

    def summed(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, amount), else_=0))

    return [
        func.count(CreditLine.firm_id.distinct()),
        func.count(),
        func.sum(amount),
        func.sum(CreditLine.disbursed_fen),
        func.sum(CreditLine.balance_fen),
        *(counted(CreditLine.kind == kind.value) for kind in LineKind),
        func.sum(cast(CreditLine.first_time_borrower, Integer)),
        summed(CreditLine.unsecured.expression),
        summed(CreditLine.inclusive_msme.expression),
    ]


def _figures(row: Sequence[Any], rate_weight: int) -> Figures:
    return Figures(*(int(value or 0) for value in (*row, rate_weight)))


def _sorted(
    found: dict[Any, Figures], names: dict[Any, Named], dimension: Dimension
) -> list[tuple[Any, Figures]]:
    """In the dimension's own order or the largest amount first; what is not known comes last."""

    def place(item: tuple[Any, Figures]) -> tuple[bool, int, str]:
        value, figures = item
        named = names[value]
        own = named.place if dimension in _IN_ORDER and named.place is not None else -figures.amount_fen
        return value is None, own, named.key

    return sorted(found.items(), key=place)
