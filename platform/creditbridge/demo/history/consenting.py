"""The consent a submission rests on, and the looks taken under it, as the disclosure room keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from creditbridge.access.rules import Actor
from creditbridge.demo.claims import FirmAccount
from creditbridge.demo.market.products import DemoProduct
from creditbridge.disclosure import texts
from creditbridge.disclosure.model import AccessEntry, Consent
from creditbridge.disclosure.rules import LIFECYCLE, ConsentState, LookKind, Purpose, Scope
from creditbridge.kernel import clock, ids
from creditbridge.kernel.words import Words
from lenders.institutions.model import Branch
from matching.applications import announcing
from matching.applications.model import Submission

CONSENT_DAYS = 90
_FIRST_TEXT = date(2026, 1, 1)
"""Consents from before the first text cite that one: the city is older than the product."""
_WHY = Words("审查“{product}”贷款申请", "Review of the application for “{product}”")


def signed(account: FirmAccount, product: DemoProduct, row: Submission, at: datetime) -> Consent:
    """The consent the firm's owner signed for one submission, covering all there is to show."""
    lender, firm, owner = product.lender.row, account.firm.row, account.owner
    assert owner.user_id is not None
    signed_on = clock.legal_date(at)
    last = signed_on + timedelta(days=CONSENT_DAYS)
    scope = [code.value for code in Scope]
    text = texts.text_in_force(Purpose.PRE_LOAN, max(signed_on, _FIRST_TEXT))
    shown = texts.filled(text, firm=firm.name, lender=lender.organisation.name, scope=scope, expires_on=last)
    return Consent(
        public_id=ids.public_id(),
        created_at=at,
        firm_id=firm.id,
        firm_organisation_id=owner.organisation_id,
        lender_organisation_id=lender.organisation_id,
        purpose=Purpose.PRE_LOAN.value,
        scope=scope,
        text_version=shown.version,
        text_digest=shown.digest,
        expires_on=last,
        state=LIFECYCLE.check("sign", ConsentState.AWAITING).value,
        version=2,
        for_kind=announcing.KIND,
        for_id=row.public_id,
        prepared_by=owner.user_id,
        signed_by=owner.user_id,
        signed_by_name=owner.name,
        signed_at=at,
    )


def look(
    consent: Consent, actor: Actor, product: Words, at: datetime, branches: Sequence[Branch]
) -> AccessEntry:
    """An officer's look at the firm's data; the key of the consent is put in once it is written."""
    why = _WHY.fill(product=product)
    branch = next((branch for branch in branches if branch.id == actor.branch_id), None)
    return AccessEntry(
        public_id=ids.public_id(),
        at=at,
        kind=LookKind.LOOK.value,
        firm_id=consent.firm_id,
        purpose=consent.purpose,
        organisation_id=actor.organisation_id,
        organisation_name=actor.organisation_name,
        branch_id=actor.branch_id,
        branch_name=branch.name if branch else "",
        user_id=actor.user_id,
        officer_name=actor.name,
        via="page",
        what=consent.scope,
        items=[],
        why_zh=why.zh,
        why_en=why.en,
    )
