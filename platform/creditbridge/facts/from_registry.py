"""What the register says of a firm, pushed into its facts.

The registry lies below and does not know of facts: whoever imports or changes firms calls :func:`refresh_registry_facts`
in the same transaction. Where the register states a fact, its word stands over what the firm reported; where it
states none, nothing is touched.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.facts.service import Changes, facts_of_many, record_many
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.registry import regions
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import EntityKind, FirmStatus

PUSHED = (
    "registered_region",
    "industry",
    "established_on",
    "registration_status",
    "entity_kind",
    "independent_legal_person",
    "registered_capital",
)
"""Facts the register states."""

_CHUNK = 500
_KINDS = (EntityKind.ENTERPRISE, EntityKind.INDIVIDUAL_BUSINESS, EntityKind.FARMERS_COOPERATIVE)
_COMPANY_ENDINGS = ("有限公司", "有限责任公司", "股份公司")
_NOT_LEGAL_PERSONS = ("个人独资", "合伙", "分公司", "分支", "非法人")


def push(session: Session, firm: Firm, *, actor: Actor | None = None) -> int:
    """Push one firm's registration; answers the change counter."""
    return _push(session, [firm], actor)


def refresh_registry_facts(
    session: Session, firm_ids: Collection[int] | None = None, *, actor: Actor | None = None
) -> int:
    """Push the registrations of these firms, or of all; answers how many firms were looked at."""
    statement = select(Firm).order_by(Firm.id).limit(_CHUNK)
    wanted = None if firm_ids is None else sorted(firm_ids)
    done, last = 0, 0
    while True:
        chunk = statement.where(Firm.id > last)
        if wanted is not None:
            begin = bisect_right(wanted, last)
            chunk = chunk.where(Firm.id.in_(wanted[begin : begin + _CHUNK]))
        firms = session.scalars(chunk).all()
        if not firms:
            return done
        _push(session, firms, actor)
        done, last = done + len(firms), firms[-1].id


def stated(firm: Firm) -> dict[str, FactValue | None]:
    """What the register says; None for what it leaves open."""
    on = clock.legal_date(firm.updated_at)
    raw = {
        "registered_region": firm.region_code if firm.region_code and _is_known(firm.region_code) else None,
        "industry": firm.industry_code,
        "established_on": firm.established_on,
        "registration_status": None if firm.status == FirmStatus.UNKNOWN.value else firm.status,
        "entity_kind": firm.entity_kind if firm.entity_kind in _KINDS else None,
        "independent_legal_person": _is_legal_person(firm),
        "registered_capital": firm.capital_minor if firm.capital_currency == "CNY" else None,
    }
    return {
        code: None if value is None else FactValue(value, FactSource.REGISTRY, on)
        for code, value in raw.items()
    }


def _push(session: Session, firms: Sequence[Firm], actor: Actor | None) -> int:
    held = facts_of_many(session, [firm.id for firm in firms])
    changes = {firm.id: _news(stated(firm), held[firm.id].values) for firm in firms}
    return record_many(session, changes, actor=actor, reason="registry")


def _news(says: Changes, held: Changes) -> Changes:
    """Only what differs: a registration that was read again without a change keeps its older date."""
    news: dict[str, FactValue | None] = {}
    for code, value in says.items():
        known = held.get(code)
        if value is None:
            if known is not None and known.source is FactSource.REGISTRY:
                news[code] = None
        elif known is None or known.value != value.value or known.source is not FactSource.REGISTRY:
            news[code] = value
    return news


def _is_legal_person(firm: Firm) -> bool | None:
    """By kind, type and name as registered; None where they do not say enough.

    Civil Code, articles 54, 74, 96 and 102; Company Law, article 7: a company's name ends with what it is.
    """
    if firm.entity_kind == EntityKind.INDIVIDUAL_BUSINESS.value:
        return False
    if firm.name.endswith("分公司") or any(word in firm.type_raw for word in _NOT_LEGAL_PERSONS):
        return False
    if firm.entity_kind == EntityKind.FARMERS_COOPERATIVE.value:
        return True
    return True if firm.name.endswith(_COMPANY_ENDINGS) else None


def _is_known(code: str) -> bool:
    try:
        regions.region(code)
    except InvalidInput:
        return False
    return True
