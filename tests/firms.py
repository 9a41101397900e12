"""Registered firms for tests, and accounts that speak for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim
from creditbridge.access.rules import Actor
from creditbridge.kernel import uscc
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database


def register_firm(session: Session, **values: Any) -> Firm:
    """One more invented firm on the register."""
    number = session.scalar(select(func.count()).select_from(Firm)) or 0
    firm = Firm(
        **{
            "firm_no": number,
            "uscc": uscc.synthetic(number),
            "name": f"演示企业{number}有限公司",
            "status": "active",
            "entity_kind": "enterprise",
            "established_on": date(2018, 5, 1),
            "region_code": "990000",
            "is_demo": True,
            **values,
        }
    )
    session.add(firm)
    session.flush()
    return firm


def claimed_firm(database: Database, actor: Actor, **values: Any) -> Firm:
    """A firm that the actor's account speaks for."""
    with database.write() as session:
        firm = register_firm(session, **values)
        assert actor.user_id is not None
        session.add(
            Claim(
                firm_id=firm.id,
                organisation_id=actor.organisation_id,
                claimed_by=actor.user_id,
                operator_name=actor.name,
                operator_phone="13800000000",
                state="verified",
            )
        )
        return firm
