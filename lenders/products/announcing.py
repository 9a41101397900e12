"""Who is told of a step: every step puts a notice, and where there is work a to-do, before the other side."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.notices import service as notices
from lenders.products.model import Product, ProductVersion

SUBJECT = "product"


def announce(
    session: Session, product: Product, version: ProductVersion | None, step: str, reason: str = ""
) -> None:
    """Tell whoever comes next; to-dos about the product that are now done are closed on both sides."""
    lender = product.lender.organisation_id
    platform = _platform_ids(session)
    for organisation_id in (lender, *platform):
        notices.settle(session, (SUBJECT, product.public_id), organisation_id)
    tell = _Telling(session, product, version, reason)
    if step == "submitted":
        tell([lender], "product.to_approve", Role.LENDER_APPROVER, todo=True)
    elif step == "approved":
        tell(platform, "product.to_publish", Role.PLATFORM_ADMINISTRATOR, todo=True)
    elif step == "returned":
        tell([lender], "product.returned", Role.LENDER_PRODUCT_MANAGER, todo=True)
    else:
        tell([lender], f"product.{step}", Role.LENDER_PRODUCT_MANAGER, Role.LENDER_APPROVER)


class _Telling:
    def __init__(
        self, session: Session, product: Product, version: ProductVersion | None, reason: str
    ) -> None:
        self.session, self.product = session, product
        said = version or product.versions[-1]
        self.params = {
            "product": said.name.as_json(),
            "lender": product.lender.name.as_json(),
            "number": said.number,
            "reason": reason,
        }

    def __call__(self, organisations: Sequence[int], kind: str, *roles: Role, todo: bool = False) -> None:
        for organisation_id in organisations:
            notices.notify(
                self.session,
                organisation_id=organisation_id,
                kind=kind,
                params=self.params,
                link=("lender_products.product", {"public_id": self.product.public_id}),
                todo=todo,
                subject=(SUBJECT, self.product.public_id),
                roles=roles,
            )


def _platform_ids(session: Session) -> Sequence[int]:
    return session.scalars(
        select(Organisation.id).where(
            Organisation.kind == OrganisationKind.PLATFORM.value, Organisation.is_active
        )
    ).all()
