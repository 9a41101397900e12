"""Accounts that speak for firms of the demo city: verified ones, and three that wait to be verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from borrowers.claims.model import Claim
from borrowers.claims.rules import LIFECYCLE, ClaimState, ProofKind
from borrowers.claims.service import ClaimDetails, Proof
from creditbridge.access import service as access
from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.demo.accounts import ACCOUNTS, CLAIMED_FIRMS
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.demo.history.pacing import by_daylight
from creditbridge.demo.papers import paper
from creditbridge.demo.people import People
from creditbridge.kernel import clock, ids
from creditbridge.store.files import FileStore

WAITING_CLAIMS = 3
_CLAIMED_BEFORE = timedelta(days=590)


@dataclass(frozen=True, slots=True)
class FirmAccount:
    """A firm with the account that speaks for it."""

    firm: DemoFirm
    owner: Actor
    staff: Actor | None

    @property
    def members(self) -> list[Actor]:
        return [self.owner] if self.staff is None else [self.owner, self.staff]


def login_name(role: Role, number: int) -> str:
    """``owner``, ``owner2`` …; beyond the told ones ``firm013-owner``."""
    word = ACCOUNTS[role][0]
    if number >= CLAIMED_FIRMS:
        return f"firm{number + 1:03d}-{word}"
    return word if number == 0 else f"{word}{number + 1}"


def open_accounts(
    session: Session, people: People, firms: Sequence[DemoFirm], administrator: Actor, now: datetime
) -> list[FirmAccount]:
    """A verified account for each of these firms, in their order; the first ones have staff too."""
    opened = now - _CLAIMED_BEFORE
    organisations = [
        Organisation(kind=OrganisationKind.FIRM.value, name=firm.row.name, created_at=opened)
        for firm in firms
    ]
    session.add_all(organisations)
    session.flush()
    with clock.at(opened):
        owners = people.members(_seats(organisations, Role.FIRM_OWNER))
        staff = people.members(_seats(organisations[:CLAIMED_FIRMS], Role.FIRM_STAFF))
    accounts = [
        FirmAccount(firm, owner, staff[number] if number < len(staff) else None)
        for number, (firm, owner) in enumerate(zip(firms, owners, strict=True))
    ]
    session.add_all(_verified(account, administrator, opened, people) for account in accounts)
    session.flush()
    return accounts


def _seats(organisations: Sequence[Organisation], role: Role) -> list[tuple[Organisation, Role, str]]:
    return [
        (organisation, role, login_name(role, number)) for number, organisation in enumerate(organisations)
    ]


def _verified(account: FirmAccount, administrator: Actor, opened: datetime, people: People) -> Claim:
    assert account.owner.user_id is not None
    return Claim(
        public_id=ids.public_id(),
        firm_id=account.firm.firm_id,
        organisation_id=account.owner.organisation_id,
        claimed_by=account.owner.user_id,
        operator_name=account.owner.name,
        operator_phone=people.names.phone(),
        state=LIFECYCLE.check("verify", ClaimState.SUBMITTED).value,
        version=2,
        decided_by=administrator.user_id,
        created_at=opened,
        decided_at=opened + timedelta(hours=26),
    )


def leave_waiting(
    session: Session, files: FileStore, people: People, firms: Sequence[DemoFirm], now: datetime
) -> None:
    """Claims the platform has yet to verify, sent through the real use case a few days ago."""
    for number, firm in enumerate(firms[:WAITING_CLAIMS], start=1):
        with clock.at(by_daylight(now, number + 0.1)):
            organisation = access.create_organisation(session, OrganisationKind.FIRM, firm.row.name)
            owner = people.member(organisation, Role.FIRM_OWNER, f"claimant{number}")
            proofs = [Proof(kind, f"{kind.value}.pdf", paper(f"{kind.value} {number}")) for kind in ProofKind]
            claims.claim(
                session,
                files,
                owner,
                ClaimDetails(
                    uscc=firm.row.uscc or "",
                    operator_name=owner.name,
                    operator_phone=people.names.phone(),
                    proofs=proofs,
                ),
            )
