"""What other rooms ask of the index: how many firms of the city have each verdict on a product."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.store.database import ReadSession
from lenders.products import service as products
from matching.eligibility import service as eligibility
from matching.eligibility.service import NOBODY, Counts
from matching.index import live


def counts(session: Session, version_id: int, *, on: date | None = None) -> Counts:
    """How many firms of the whole city have each verdict on a version of a product; exact, as of this session.

    A writing session, and another day than today, are answered by reading every firm.

    Raises:
        NotFound: there is no such version.
    """
    if not isinstance(session, ReadSession) or (on is not None and on != clock.today()):
        return eligibility.counts(session, version_id, on=on)
    product = products.version(session, version_id)
    return Counts(*live.city(session).counts(product)) if product.for_firms else NOBODY
