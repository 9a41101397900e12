"""What movements in the books are about: contracts, applications, firms and products by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel.words import Words
from matching.applications.model import Submission
from matching.ledger.statements import Movement, Named
from matching.lines.model import CreditLine

APPLICATION = Words("申请：{product}", "Application: {product}")


def named(session: Session, rows: Sequence[Movement]) -> Mapping[str, Named]:
    """By the id of each movement; one about a line names its contract, one about an offer the product applied for."""
    lines = {
        line.id: line
        for line in session.scalars(
            select(CreditLine).where(CreditLine.id.in_({row.line_id for row in rows if row.line_id}))
        )
    }
    submissions = {
        each.public_id: each
        for each in session.scalars(
            select(Submission).where(Submission.public_id.in_({row.text for row in rows if not row.line_id}))
        )
    }
    return {row.id: _named(row, lines.get(row.line_id or 0), submissions.get(row.text)) for row in rows}


def _named(row: Movement, line: CreditLine | None, submission: Submission | None) -> Named:
    if line is not None:
        return Named(Words(line.contract_number, line.contract_number), line.firm_name, line.public_id)
    if submission is not None:
        product = Words.from_json(submission.product_name)
        words = Words(APPLICATION.zh.format(product=product.zh), APPLICATION.en.format(product=product.en))
        return Named(words, submission.firm_name, submission_id=submission.public_id)
    return Named(Words(row.text, row.text))
