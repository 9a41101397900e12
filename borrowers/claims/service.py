"""Claiming firms: which firm an account speaks for, and how it comes to speak for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim, ClaimProof
from borrowers.claims.rules import LIFECYCLE, ClaimState, ProofKind
from borrowers.documents import media
from creditbridge.access import account
from creditbridge.access import service as access
from creditbridge.access.model import Membership, Organisation, User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import uscc
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.uscc import UsccCheck, UsccVerdict
from creditbridge.kernel.words import Words
from creditbridge.notices import service as notices
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import FirmStatus
from creditbridge.store import constraints
from creditbridge.store.files import FileStore

NO_FIRM = Words("已认领的企业", "firm claimed by your account")
UNKNOWN_FIRM = Words(
    "信用代码格式正确，但平台还没有收录这家企业。请再与营业执照核对一遍；如果无误，请联系平台管理员补录登记信息后再认领。",
    "The code is well formed, but this firm is not in the register yet. Compare it with the licence once more; if it is right, ask the platform's administrator to add the registration, then claim it.",
)
ALREADY_CLAIMED = RuleRefused(
    "firm_already_claimed",
    Words(
        "这家企业已被认领。请联系本企业负责人为您开通经办人账号；如属冒名认领，请联系平台核查。",
        "This firm is already claimed. Ask its owner to open a staff account for you; if somebody claimed it falsely, tell the platform.",
    ),
)
ONE_OPEN_CLAIM = RuleRefused(
    "claim_already_open",
    Words(
        "本账号已有一项认领，请等待核验结果。", "Your account already has a claim. Wait until it is checked."
    ),
)
_GONE = Words(
    "这家企业的登记状态为“{status}”，不能认领。",
    "This firm's registration status is “{status}”, so it cannot be claimed.",
)
_LOGIN_TAKEN = Words("这个账号名已被使用，请换一个。", "This login name is taken. Choose another.")
_PROOF_MISSING = Words("请上传文件。", "Upload a file.")

constraints.register({"uq_claim_firm_id": ALREADY_CLAIMED, "uq_claim_organisation_id": ONE_OPEN_CLAIM})


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a typed code led to. ``problem`` says which check failed or that the firm is unknown, and what to do.

    ``warning`` stands beside a firm that is registered under a code whose check digit does not compute.
    """

    check: UsccCheck
    firm: Firm | None = None
    claimed: bool = False
    problem: Words | None = None
    warning: Words | None = None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a visitor who claims a firm signs in with from then on."""

    login_name: str
    name: str
    password: str
    locale: str = "zh"


@dataclass(frozen=True, slots=True)
class Proof:
    """One file given as proof, as it was sent."""

    kind: ProofKind
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ClaimDetails:
    """Who claims, on whose behalf they can be called, and the proof."""

    uscc: str
    operator_name: str
    operator_phone: str
    proofs: Sequence[Proof]


def firm_of(session: Session, actor: Actor) -> Firm:
    """The firm this account speaks for, by its verified claim.

    Raises:
        NotFound: the actor is no firm's, or its claim is not verified.
    """
    firm = firm_or_none(session, actor)
    if firm is None:
        raise NotFound(NO_FIRM)
    return firm


def firm_or_none(session: Session, actor: Actor) -> Firm | None:
    """The same, or None."""
    if not actor.is_firm:
        return None
    return session.scalar(
        select(Firm)
        .join(Claim, Claim.firm_id == Firm.id)
        .where(Claim.organisation_id == actor.organisation_id, Claim.state == ClaimState.VERIFIED.value)
    )


def organisation_of_firm(session: Session, firm_id: int) -> int | None:
    """The key of the organisation that speaks for a firm, to send it messages; None if nobody has claimed it."""
    return session.scalar(
        select(Claim.organisation_id).where(
            Claim.firm_id == firm_id, Claim.state == ClaimState.VERIFIED.value
        )
    )


@dataclass(frozen=True, slots=True)
class ClaimedFirm:
    """A firm and the organisation that speaks for it."""

    firm_id: int
    firm_no: int
    organisation_id: int


def claimed_firms(session: Session) -> list[ClaimedFirm]:
    """Every firm that somebody speaks for."""
    rows = session.execute(
        select(Firm.id, Firm.firm_no, Claim.organisation_id)
        .join(Claim, Claim.firm_id == Firm.id)
        .where(Claim.state == ClaimState.VERIFIED.value)
        .order_by(Firm.id)
    )
    return [ClaimedFirm(*row) for row in rows]


def latest_claim(session: Session, actor: Actor) -> tuple[Claim, Firm] | None:
    """The account's newest claim with the firm it names."""
    if not actor.is_firm:
        return None
    row = session.execute(
        select(Claim, Firm)
        .join(Firm, Firm.id == Claim.firm_id)
        .where(Claim.organisation_id == actor.organisation_id)
        .order_by(Claim.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def look_up(session: Session, text: str) -> Lookup:
    """Check a typed code and find its firm; tells which check failed rather than only that one did."""
    check = uscc.check(text)
    if check.verdict is UsccVerdict.MALFORMED:
        return Lookup(check, problem=check.problem)
    firm = session.scalar(select(Firm).where(Firm.uscc == check.code))
    if firm is None:
        return Lookup(check, problem=check.problem or UNKNOWN_FIRM)
    claimed = organisation_of_firm(session, firm.id) is not None
    problem = ALREADY_CLAIMED.words if claimed else _status_problem(firm)
    return Lookup(check, firm, claimed, problem, check.problem)


def register(
    session: Session, files: FileStore, account_of: NewAccount, details: ClaimDetails
) -> tuple[Claim, Membership]:
    """A visitor opens an account by claiming a firm: organisation, owner and claim together, or nothing.

    Raises:
        InvalidInput: the code, the login name, the password or a proof cannot be taken.
        RuleRefused: the firm is claimed already, or is not on the register any more.
    """
    firm = _claimable(session, details.uscc)
    login = account_of.login_name.strip().casefold()
    account.check_new_password(account_of.password, login, firm.name, account_of.name)
    if session.scalar(select(User.id).where(User.login_name == login)) is not None:
        raise InvalidInput({"login_name": [_LOGIN_TAKEN]})
    organisation = access.create_organisation(session, OrganisationKind.FIRM, firm.name)
    user = access.create_user(
        session,
        login_name=login,
        name=account_of.name,
        password=account_of.password,
        locale=account_of.locale,
    )
    user.phone = details.operator_phone
    membership = access.add_member(session, user, organisation, Role.FIRM_OWNER)
    made = _submit(session, files, access.actor_of(user, membership), firm, details)
    return made, membership


def claim(session: Session, files: FileStore, actor: Actor, details: ClaimDetails) -> Claim:
    """An account that speaks for no firm yet, or whose claim was refused, claims one.

    Raises:
        NotAllowed: only the owner of the account claims.
        InvalidInput, RuleRefused: as :func:`register`; also when a claim is open already.
    """
    if not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed
    firm = _claimable(session, details.uscc)
    open_states = (ClaimState.SUBMITTED.value, ClaimState.VERIFIED.value)
    held = select(Claim.id).where(
        Claim.organisation_id == actor.organisation_id, Claim.state.in_(open_states)
    )
    if session.scalar(held) is not None:
        raise ONE_OPEN_CLAIM
    return _submit(session, files, actor, firm, details)


def _claimable(session: Session, code: str) -> Firm:
    found = look_up(session, code)
    if found.claimed:
        raise ALREADY_CLAIMED
    if found.firm is None or found.problem is not None:
        raise InvalidInput({"uscc": [found.problem or UNKNOWN_FIRM]})
    return found.firm


def _status_problem(firm: Firm) -> Words | None:
    gone = {
        FirmStatus.DEREGISTERED.value: Words("注销", "deregistered"),
        FirmStatus.REGISTRATION_CANCELLED.value: Words("撤销", "registration cancelled"),
    }
    status = gone.get(firm.status)
    return None if status is None else _GONE.fill(status=status)


def _submit(session: Session, files: FileStore, actor: Actor, firm: Firm, details: ClaimDetails) -> Claim:
    assert actor.user_id is not None
    uploads = _checked_proofs(details.proofs)
    made = Claim(
        firm_id=firm.id,
        organisation_id=actor.organisation_id,
        claimed_by=actor.user_id,
        operator_name=details.operator_name,
        operator_phone=details.operator_phone,
        state=LIFECYCLE.initial.value,
    )
    session.add(made)
    session.flush()
    session.add_all(_kept(files, made, kind, upload) for kind, upload in uploads.items())
    session.flush()
    _tell_platform(session, made, firm)
    record_as(
        session,
        actor,
        "claim.submitted",
        subject_kind="claim",
        subject_id=made.public_id,
        firm=firm.public_id,
    )
    return made


def _kept(files: FileStore, made: Claim, kind: ProofKind, upload: media.Upload) -> ClaimProof:
    return ClaimProof(
        claim_id=made.id,
        kind=kind.value,
        file_name=upload.file_name,
        media_type=upload.media_type,
        size=len(upload.content),
        digest=files.put(upload.content),
    )


def _checked_proofs(proofs: Sequence[Proof]) -> dict[ProofKind, media.Upload]:
    """Every kind of proof once, each a picture or a PDF.

    Raises:
        InvalidInput: naming every proof that is missing or refused by its kind.
    """
    problems: dict[str, list[Words]] = {}
    accepted: dict[ProofKind, media.Upload] = {}
    given = {proof.kind: proof for proof in proofs}
    for kind in ProofKind:
        proof = given.get(kind)
        if proof is None:
            problems[kind.value] = [_PROOF_MISSING]
            continue
        try:
            accepted[kind] = media.accept(
                proof.file_name, proof.content, allowed=media.PICTURES_AND_PDF, field=kind.value
            )
        except InvalidInput as error:
            problems.update(error.fields)
    if problems:
        raise InvalidInput(problems)
    return accepted


def _tell_platform(session: Session, made: Claim, firm: Firm) -> None:
    platforms = session.scalars(
        select(Organisation.id).where(
            Organisation.kind == OrganisationKind.PLATFORM.value, Organisation.is_active
        )
    )
    for organisation_id in platforms:
        notices.notify(
            session,
            organisation_id=organisation_id,
            kind="claim.submitted",
            params={"firm": firm.name, "operator": made.operator_name},
            link=("claim_desk.detail", {"public_id": made.public_id}),
            todo=True,
            subject=("claim", made.public_id),
            roles=(Role.PLATFORM_ADMINISTRATOR,),
        )
