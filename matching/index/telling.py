"""Telling firms what a product newly published opens to them: once each, however often it is asked for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from creditbridge.access.rules import Role
from creditbridge.notices import service as notices
from lenders.products import service as products
from matching.eligibility.admitting import rule_of
from matching.index import live

KIND = "product.opened"


def newly_eligible(session: Session, version_id: int, before_id: int | None) -> dict[int, int]:
    """Firms that qualify under a version and did not under the one before, of those somebody speaks for.

    By firm key, with the organisation that speaks for it. Nobody, where the product takes no applications any more.
    """
    product = products.version(session, version_id)
    if not (product.for_firms and product.is_open):
        return {}
    city = live.city(session)
    firms = city.eligible_firm_nos(rule_of(product))
    if before_id is not None:
        firms -= city.eligible_firm_nos(rule_of(products.version(session, before_id)))
    return {
        claimed.firm_id: claimed.organisation_id
        for claimed in claims.claimed_firms(session)
        if claimed.firm_no in firms
    }


def tell(session: Session, version_id: int, firms: dict[int, int]) -> int:
    """Put a notice before each organisation that has none of this version; answers how many were told."""
    product = products.version(session, version_id)
    subject = ("product_version", product.version_public_id)
    told: Collection[int] = notices.told_of(session, subject, KIND)
    organisations = sorted(set(firms.values()) - set(told))
    for organisation_id in organisations:
        notices.notify(
            session,
            organisation_id=organisation_id,
            kind=KIND,
            params={"product": product.name.as_json(), "lender": product.lender.name.as_json()},
            link=("market.product", {"public_id": product.public_id}),
            subject=subject,
            roles=(Role.FIRM_OWNER,),
        )
    return len(organisations)
