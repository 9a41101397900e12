"""What anybody may see of the grants: whole months only, cells under five firms hidden, totals protected.

Nothing of the running month is told: figures that move with each grant would tell of it by their difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.kernel.suppressing import THRESHOLD, suppress_column
from creditbridge.kernel.words import Words
from lenders.institutions import service as institutions
from lenders.institutions.rules import LenderState
from lenders.products import service as products
from matching.applications.figures import median_days
from matching.lines.dimensions import Dimension
from matching.lines.model import CreditLine
from matching.lines.selecting import column_of, names_of
from matching.tracking.figures import Figures
from matching.tracking.service import figures_of, grouped

PUBLIC_DIMENSIONS = (
    Dimension.SECTION,
    Dimension.SIZE,
    Dimension.TOWN,
    Dimension.MONTH,
    Dimension.LENDER,
)
"""By what anybody may see grants. Grades are the firms' own and are not told by."""


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """What the front door says. Firms and amount are None where fewer than five firms were granted anything."""

    lenders: int
    products: int
    firms: int | None
    amount_fen: int | None
    as_of: date


@dataclass(frozen=True, slots=True)
class PublicRow:
    """Figures under one heading; None where they are hidden."""

    words: Words
    figures: Figures | None


@dataclass(frozen=True, slots=True)
class PublicReport:
    dimension: Dimension
    rows: Sequence[PublicRow]
    total: Figures | None
    as_of: date

    @property
    def hides(self) -> bool:
        return self.total is None or any(row.figures is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class ProductGrants:
    """What was granted under a product up to the end of last month."""

    firms: int
    grants: int
    amount_fen: int


def as_of() -> date:
    """The last day of last month: up to then figures are told."""
    return clock.today().replace(day=1) - timedelta(days=1)


def public_figures(session: Session) -> PublicFigures:
    """What the front door says of lenders, products and grants."""
    granted = figures_of(session, _told())
    told = granted.firms >= THRESHOLD
    return PublicFigures(
        lenders=len(institutions.all_lenders(session, state=LenderState.APPROVED)),
        products=len(products.published(session)),
        firms=granted.firms if told else None,
        amount_fen=granted.amount_fen if told else None,
        as_of=as_of(),
    )


def public_report(session: Session, dimension: Dimension) -> PublicReport:
    """Grants by a dimension for anybody.

    Raises:
        ValueError: the dimension is not one anybody may see.
    """
    if dimension not in PUBLIC_DIMENSIONS:
        raise ValueError(f"grants are not told by {dimension}")
    found = grouped(session, column_of(None, dimension), _told())
    names = names_of(session, None, dimension, list(found))
    order = sorted(found, key=lambda value: (value is None, names[value].place or 0, names[value].words.zh))
    masks = suppress_column(
        [found[value].grants for value in order],
        sensitive=[0 < found[value].firms < THRESHOLD for value in order],
    )
    total = figures_of(session, _told())
    return PublicReport(
        dimension,
        [
            PublicRow(names[value].words, None if hide else found[value])
            for value, hide in zip(order, masks.cells, strict=True)
        ],
        None if masks.total or 0 < total.firms < THRESHOLD else total,
        as_of(),
    )


def grants_for_product(session: Session, product_id: int) -> ProductGrants | None:
    """What was granted under a product, None where fewer than five firms were granted anything under it."""
    found = figures_of(session, [*_told(), CreditLine.product_id == product_id])
    if found.firms < THRESHOLD:
        return None
    return ProductGrants(found.firms, found.grants, found.amount_fen)


def median_days_by_product(session: Session) -> dict[int, int | None]:
    """Median days to the first decision by product key; None where fewer than five decisions were made."""
    return median_days(session)


def _told() -> list[ColumnElement[bool]]:
    return [CreditLine.standing.is_not(None), CreditLine.granted_on <= as_of()]
