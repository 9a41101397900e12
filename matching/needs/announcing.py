"""What both sides are told of needs."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Role
from creditbridge.notices import service as notices
from matching.needs.model import FinancingNeed, NeedLender

KIND = "financing_need"
FIRM_PAGE = "firm_needs.show"
LENDER_PAGE = "lender_needs.show"


def tell_lender(session: Session, part: NeedLender, kind: str, *, todo: bool = False, **params: Any) -> None:
    """A notice to a lender's reviewers; until the firm reveals itself it does not name it."""
    need = part.need
    notices.notify(
        session,
        organisation_id=part.lender_organisation_id,
        kind=kind,
        params={"amount_fen": need.amount_fen, "product": part.product_name, **params},
        link=(LENDER_PAGE, {"need_id": need.public_id}),
        todo=todo,
        subject=(KIND, need.public_id),
        roles=[Role.LENDER_REVIEWER],
        due_on=need.respond_by if todo else None,
    )


def tell_firm(session: Session, need: FinancingNeed, kind: str, *, todo: bool = False, **params: Any) -> None:
    """A notice to the firm."""
    notices.notify(
        session,
        organisation_id=need.organisation_id,
        kind=kind,
        params={"amount_fen": need.amount_fen, **params},
        link=(FIRM_PAGE, {"need_id": need.public_id}),
        todo=todo,
        subject=(KIND, need.public_id),
        due_on=need.expires_on if todo else None,
    )


def settle(session: Session, need: FinancingNeed, organisation_id: int) -> None:
    """Close what an organisation had to do about a need."""
    notices.settle(session, (KIND, need.public_id), organisation_id)
