"""What a firm is told of its lines."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from creditbridge.access.model import User
from creditbridge.access.rules import Role
from creditbridge.notices import service as notices
from creditbridge.webhooks import telling
from creditbridge.webhooks.rules import Event
from matching.lines.model import CreditLine

KIND = "credit_line"
FIRM_PAGE = "firm_lines.show"
LENDER_PAGE = "lender_lines.show"


def tell_firm(session: Session, line: CreditLine, kind: str, **params: Any) -> None:
    """Put a notice before the firm of a line, if somebody has claimed it."""
    organisation_id = claims.organisation_of_firm(session, line.firm_id)
    if organisation_id is None:
        return
    notices.notify(
        session,
        organisation_id=organisation_id,
        kind=kind,
        params={
            "lender": line.lender_name,
            "contract": line.contract_number,
            "amount_fen": line.amount_fen,
            **params,
        },
        link=(FIRM_PAGE, {"line_id": line.public_id}),
        subject=(KIND, line.public_id),
    )


def ask_to_sign(session: Session, line: CreditLine) -> None:
    """Put a grant that is recorded and not signed before the approvers."""
    notices.notify(
        session,
        organisation_id=line.lender_organisation_id,
        kind="line.to_sign",
        params={"firm": line.firm_name, "contract": line.contract_number, "amount_fen": line.amount_fen},
        link=(LENDER_PAGE, {"line_id": line.public_id}),
        subject=(KIND, line.public_id),
        roles=(Role.LENDER_APPROVER,),
        todo=True,
    )


def settle(session: Session, line: CreditLine) -> None:
    """The lender's to-dos about a line are done."""
    notices.settle(session, (KIND, line.public_id), line.lender_organisation_id)


def tell_systems(session: Session, line: CreditLine, event: Event, **data: Any) -> None:
    """Tell the lender's systems that a line was recorded or changed."""
    telling.tell(
        session, line.lender_organisation_id, event, line_id=line.public_id, state=line.state, **data
    )


def officer_name(session: Session, user_id: int) -> str:
    """The name of an officer, as a line keeps it."""
    return session.scalar(select(User.name).where(User.id == user_id)) or ""
