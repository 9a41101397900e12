"""The firm's consent for the time after the grant: given on the page of a line, to its lender, by the owner."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.disclosure import consents
from creditbridge.disclosure.rules import LONGEST_DAYS, Purpose, Scope
from creditbridge.disclosure.texts import FilledText
from creditbridge.kernel import clock
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from matching.lines.lookup import line_of_firm
from matching.lines.model import CreditLine

if TYPE_CHECKING:
    from creditbridge.disclosure.model import Consent

OFFERED = (Scope.EVALUATION, Scope.COMPLIANCE, Scope.TAX, Scope.REGISTRATION, Scope.DEBT)
"""What monitoring can make use of."""


def live_consent(session: Session, line: CreditLine) -> Consent | None:
    """The consent under which the lender of a line watches its firm now."""
    return consents.live_consent(session, line.firm_id, line.lender_organisation_id, Purpose.POST_LOAN)


def wording(session: Session, line: CreditLine) -> FilledText:
    """The text that is signed."""
    return consents.wording(
        session,
        firm_id=line.firm_id,
        lender_organisation_id=line.lender_organisation_id,
        purpose=Purpose.POST_LOAN,
        scope=[scope.value for scope in OFFERED],
        expires_on=last_day(line),
    )


def sign(session: Session, actor: Actor, line_id: str) -> Consent:
    """Sign the consent for the lender of one of the firm's lines.

    Raises:
        NotFound: it is not the firm's line.
        NotAllowed: the actor is not the owner.
        RuleRefused: ``consented_already``.
    """
    line = line_of_firm(session, actor, line_id)
    if live_consent(session, line) is not None:
        words = Words("已有生效中的贷后管理授权。", "There is a live consent for this already.")
        raise RuleRefused("consented_already", words)
    return consents.sign(
        session,
        actor,
        firm_id=line.firm_id,
        lender_organisation_id=line.lender_organisation_id,
        purpose=Purpose.POST_LOAN,
        scope=[scope.value for scope in OFFERED],
        expires_on=last_day(line),
        for_kind="credit_line",
        for_id=line.public_id,
    )


def last_day(line: CreditLine) -> date:
    """The consent's last day: the end of the line, at most what a consent may last."""
    latest = date.fromordinal(clock.today().toordinal() + LONGEST_DAYS)
    return max(clock.today(), min(line.maturity_on, latest))
