"""Claims: an account says it speaks for a registered firm (企业认领). States, proof, words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words


class ClaimState(StrEnum):
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REFUSED = "refused"
    REVOKED = "revoked"


class ProofKind(StrEnum):
    """What a claim is proved with (domain.md section 3)."""

    LICENCE = "licence"
    AUTHORISATION = "authorisation"


STATE_WORDS: Mapping[ClaimState, Words] = {
    ClaimState.SUBMITTED: Words("待核验", "Being checked"),
    ClaimState.VERIFIED: Words("已认领", "Verified"),
    ClaimState.REFUSED: Words("未通过", "Refused"),
    ClaimState.REVOKED: Words("已撤销", "Revoked"),
}
STATE_TONES: Mapping[ClaimState, str] = {
    ClaimState.SUBMITTED: "warning",
    ClaimState.VERIFIED: "success",
    ClaimState.REFUSED: "danger",
    ClaimState.REVOKED: "danger",
}
PROOF_WORDS: Mapping[ProofKind, Words] = {
    ProofKind.LICENCE: Words("营业执照", "Business licence"),
    ProofKind.AUTHORISATION: Words("授权委托书", "Authorisation letter"),
}

LIFECYCLE = Lifecycle(
    "claim",
    initial=ClaimState.SUBMITTED,
    steps={
        "verify": ((ClaimState.SUBMITTED,), ClaimState.VERIFIED),
        "refuse": ((ClaimState.SUBMITTED,), ClaimState.REFUSED),
        "revoke": ((ClaimState.VERIFIED,), ClaimState.REVOKED),
    },
    words=STATE_WORDS,
)
