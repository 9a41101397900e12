"""Every firm by what other registers call it, for intakes that look up whole files."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.registry.model import Firm

Identity = tuple[int, str | None, str | None, str]


def identities(session: Session) -> Iterator[Identity]:
    """Number, code, old number and name of every firm."""
    query = select(Firm.firm_no, Firm.uscc, Firm.old_number, Firm.name).order_by(Firm.firm_no)
    for row in session.execute(query.execution_options(yield_per=20_000)):
        yield row.firm_no, row.uscc, row.old_number, row.name
