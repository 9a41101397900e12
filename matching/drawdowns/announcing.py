"""What firm and lender are told of drawdowns and amendments, and what is written down of each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.notices import service as notices
from creditbridge.webhooks import telling
from creditbridge.webhooks.rules import Event
from matching.drawdowns.model import Amendment, Drawdown

KIND = "drawdown"
TOLD_TO_SYSTEMS: Mapping[str, Event] = {
    "request": Event.DRAWDOWN_REQUESTED,
    "cancel": Event.DRAWDOWN_CANCELLED,
}
"""Steps of drawdowns that a lender's systems are told of."""
AMENDMENTS_TOLD: Mapping[str, Event] = {
    "accept": Event.AMENDMENT_ACCEPTED,
    "decline": Event.AMENDMENT_DECLINED,
}
FIRM_PAGE, LENDER_PAGE = "firm_drawdowns.show", "lender_drawdowns.show"


def tell_firm(session: Session, drawdown: Drawdown, step: str, **params: Any) -> None:
    """Put a notice before the firm."""
    organisation_id = claims.organisation_of_firm(session, drawdown.firm_id)
    if organisation_id is not None:
        notices.notify(
            session,
            organisation_id=organisation_id,
            kind=f"drawdown.{step}",
            params=_params(drawdown) | params,
            link=(FIRM_PAGE, {"drawdown_id": drawdown.public_id}),
            subject=(KIND, drawdown.public_id),
        )


def ask_lender(session: Session, drawdown: Drawdown, step: str, role: Role) -> None:
    """Give the lender something to do about a drawdown, in place of what there was before."""
    settle(session, drawdown)
    notices.notify(
        session,
        organisation_id=drawdown.lender_organisation_id,
        kind=f"drawdown.{step}",
        params=_params(drawdown),
        link=(LENDER_PAGE, {"drawdown_id": drawdown.public_id}),
        subject=(KIND, drawdown.public_id),
        roles=(role,),
        branch_id=drawdown.line.branch_id,
        todo=True,
    )


def settle(session: Session, drawdown: Drawdown) -> None:
    """The lender's to-dos about a drawdown are done."""
    notices.settle(session, (KIND, drawdown.public_id), drawdown.lender_organisation_id)


def trace(
    session: Session, actor: Actor | None, drawdown: Drawdown, step: str, reason: str = "", **details: Any
) -> None:
    """Write a step into the audit trail, and tell the lender's systems of those they wait for."""
    if step in TOLD_TO_SYSTEMS:
        telling.tell(
            session,
            drawdown.lender_organisation_id,
            TOLD_TO_SYSTEMS[step],
            drawdown_id=drawdown.public_id,
            line_id=drawdown.line.public_id,
            state=drawdown.state,
        )
    record_as(
        session,
        actor,
        f"drawdown.{step}",
        subject_kind=KIND,
        subject_id=drawdown.public_id,
        reason=reason,
        **{"state": drawdown.state, "amount_fen": drawdown.amount_fen} | details,
    )


def tell_of_amendment(session: Session, amendment: Amendment) -> None:
    """The firm is asked whether it agrees."""
    organisation_id = claims.organisation_of_firm(session, amendment.firm_id)
    if organisation_id is not None:
        line = amendment.line
        notices.notify(
            session,
            organisation_id=organisation_id,
            kind="amendment.offered",
            params={"lender": line.lender_name, "contract": line.contract_number},
            link=("firm_drawdowns.of_line", {"line_id": line.public_id}),
            subject=("amendment", amendment.public_id),
            roles=(Role.FIRM_OWNER,),
            todo=True,
        )


def settle_amendment(session: Session, amendment: Amendment) -> None:
    """The firm answered: nothing is left to do about it."""
    organisation_id = claims.organisation_of_firm(session, amendment.firm_id)
    if organisation_id is not None:
        notices.settle(session, ("amendment", amendment.public_id), organisation_id)


def trace_amendment(
    session: Session, actor: Actor, amendment: Amendment, step: str, reason: str = ""
) -> None:
    """The same for a step of an amendment."""
    if step in AMENDMENTS_TOLD:
        telling.tell(
            session,
            amendment.line.lender_organisation_id,
            AMENDMENTS_TOLD[step],
            amendment_id=amendment.public_id,
            line_id=amendment.line.public_id,
            state=amendment.state,
        )
    record_as(
        session,
        actor,
        f"amendment.{step}",
        subject_kind="amendment",
        subject_id=amendment.public_id,
        reason=reason,
        state=amendment.state,
        kind=amendment.kind,
        before=amendment.before,
        after=amendment.after,
    )


def _params(drawdown: Drawdown) -> dict[str, Any]:
    line = drawdown.line
    return {
        "firm": line.firm_name,
        "lender": line.lender_name,
        "contract": line.contract_number,
        "amount_fen": drawdown.amount_fen,
    }
