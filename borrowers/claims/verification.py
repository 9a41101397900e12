"""The platform checks claims: the queue, one claim with its proof, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim, ClaimProof
from borrowers.claims.rules import LIFECYCLE, ClaimState
from borrowers.claims.service import ALREADY_CLAIMED, organisation_of_firm
from creditbridge.access.model import Organisation, User
from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from creditbridge.kernel.words import Words
from creditbridge.notices import service as notices
from creditbridge.registry.model import Firm
from creditbridge.store.files import FileStore
from creditbridge.store.transitions import move

PAGE = 50
_CLAIM = Words("认领", "claim")
_REASON_NEEDED = Words("请写明原因，申请人会看到。", "Give the reason; the applicant will read it.")
_BAD_CURSOR = Words(
    "翻页位置无效，请从第一页重新查看。", "This page address is not valid. Start at the first page."
)
_CLAIM_REVOKED = "企业认领已被平台撤销"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One claim in the queue."""

    claim: Claim
    firm: Firm


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some claims; ``next_cursor`` is None on the last page."""

    rows: Sequence[QueueRow]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """One claim as the platform checks it."""

    claim: Claim
    firm: Firm
    organisation: Organisation
    claimant: User
    decided_by: str
    proofs: Sequence[ClaimProof]
    other_open: int


def queue(session: Session, state: ClaimState, cursor: str | None = None, *, limit: int = PAGE) -> QueuePage:
    """Claims in one state: those to be checked oldest first, decided ones newest first.

    Raises:
        InvalidInput: the cursor is unknown.
    """
    statement = select(Claim, Firm).join(Firm, Firm.id == Claim.firm_id).where(Claim.state == state.value)
    oldest_first = state is ClaimState.SUBMITTED
    if cursor:
        start = session.scalar(select(Claim.id).where(Claim.public_id == cursor))
        if start is None:
            raise InvalidInput({"cursor": [_BAD_CURSOR]})
        statement = statement.where(Claim.id > start if oldest_first else Claim.id < start)
    statement = statement.order_by(Claim.id if oldest_first else Claim.id.desc()).limit(limit + 1)
    rows = [QueueRow(claim, firm) for claim, firm in session.execute(statement)]
    shown = rows[:limit]
    return QueuePage(shown, shown[-1].claim.public_id if len(rows) > limit else None)


def counts(session: Session) -> dict[ClaimState, int]:
    """How many claims are in each state."""
    rows = session.execute(select(Claim.state, func.count()).group_by(Claim.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state.value, 0) for state in ClaimState}


def claim_file(session: Session, public_id: str) -> ClaimFile:
    """One claim with everything needed to decide it.

    Raises:
        NotFound: there is no such claim.
    """
    claim = _claim(session, public_id)
    decided_by = session.get(User, claim.decided_by) if claim.decided_by else None
    proofs = session.scalars(
        select(ClaimProof).where(ClaimProof.claim_id == claim.id).order_by(ClaimProof.id)
    ).all()
    others = select(func.count()).where(
        Claim.firm_id == claim.firm_id, Claim.id != claim.id, Claim.state == ClaimState.SUBMITTED.value
    )
    return ClaimFile(
        claim,
        session.get_one(Firm, claim.firm_id),
        session.get_one(Organisation, claim.organisation_id),
        session.get_one(User, claim.claimed_by),
        decided_by.name if decided_by else "",
        proofs,
        session.scalar(others) or 0,
    )


def proof(session: Session, claim_public_id: str, proof_public_id: str) -> ClaimProof:
    """One file of a claim.

    Raises:
        NotFound: the claim has no such file.
    """
    found = session.scalar(
        select(ClaimProof)
        .join(Claim, Claim.id == ClaimProof.claim_id)
        .where(Claim.public_id == claim_public_id, ClaimProof.public_id == proof_public_id)
    )
    if found is None:
        raise NotFound(Words("文件", "file"))
    return found


def proof_content(files: FileStore, found: ClaimProof) -> bytes:
    """The bytes of a proof.

    Raises:
        Unavailable: the file store does not have it at the moment.
    """
    try:
        return files.get(found.digest)
    except OSError as error:
        words = Words(
            "文件暂时无法读取，请稍后再试。", "The file cannot be read at the moment. Try again later."
        )
        raise Unavailable("file_unreadable", words) from error


def verify(session: Session, actor: Actor, public_id: str) -> Claim:
    """The proof holds: the account speaks for the firm from now on.

    Raises:
        NotAllowed, NotFound, Conflict: not an administrator; no such claim; already decided.
        RuleRefused: another account speaks for the firm.
    """
    claim = _claim_for(session, actor, public_id)
    if organisation_of_firm(session, claim.firm_id) is not None:
        raise ALREADY_CLAIMED
    _decide(session, actor, claim, "verify", "")
    session.get_one(Organisation, claim.organisation_id).name = session.get_one(Firm, claim.firm_id).name
    return claim


def refuse(session: Session, actor: Actor, public_id: str, reason: str) -> Claim:
    """The proof does not hold; the account may claim again.

    Raises:
        InvalidInput: without a reason.
        NotAllowed, NotFound, Conflict: as :func:`verify`.
    """
    claim = _claim_for(session, actor, public_id)
    _decide(session, actor, claim, "refuse", _given(reason))
    return claim


def revoke(session: Session, actor: Actor, public_id: str, reason: str) -> Claim:
    """Take a verified claim back. What consents the account gave end with it.

    Raises:
        InvalidInput: without a reason.
        NotAllowed, NotFound, Conflict: as :func:`verify`.
    """
    claim = _claim_for(session, actor, public_id)
    _decide(session, actor, claim, "revoke", _given(reason))
    consents.end_all_of_firm(session, claim.firm_id, actor=actor, reason=_CLAIM_REVOKED)
    return claim


def _claim(session: Session, public_id: str) -> Claim:
    claim = session.scalar(select(Claim).where(Claim.public_id == public_id))
    if claim is None:
        raise NotFound(_CLAIM)
    return claim


def _claim_for(session: Session, actor: Actor, public_id: str) -> Claim:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    return _claim(session, public_id)


def _given(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput({"reason": [_REASON_NEEDED]})
    return reason.strip()


def _decide(session: Session, actor: Actor, claim: Claim, step: str, reason: str) -> None:
    move(session, claim, LIFECYCLE, step, decided_by=actor.user_id, decided_at=clock.now(), reason=reason)
    record_as(
        session,
        actor,
        f"claim.{claim.state}",
        subject_kind="claim",
        subject_id=claim.public_id,
        reason=reason,
    )
    firm = session.get_one(Firm, claim.firm_id)
    notices.settle(session, ("claim", claim.public_id), actor.organisation_id)
    notices.notify(
        session,
        organisation_id=claim.organisation_id,
        kind=f"claim.{claim.state}",
        params={"firm": firm.name, "reason": reason},
        link=("claims.start", {}),
        subject=("claim", claim.public_id),
    )
