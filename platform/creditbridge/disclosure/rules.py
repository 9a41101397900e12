"""Consents and their scopes: states, purposes, what a scope opens. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum

from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words

LONGEST_DAYS = 365
"""A consent for longer than a year would outlive what the firm remembers of it."""


class Purpose(StrEnum):
    """What a lender may use the data for."""

    PRE_LOAN = "pre_loan"
    POST_LOAN = "post_loan"


class ConsentState(StrEnum):
    AWAITING = "awaiting"
    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CONSUMED = "consumed"
    ENDED = "ended"


class Scope(StrEnum):
    """What data a consent covers; which facts each one opens is said in ``data/consent_scopes.json``."""

    REGISTRATION = "registration"
    OPERATIONS = "operations"
    TAX = "tax"
    EMPLOYMENT = "employment"
    INNOVATION = "innovation"
    EVALUATION = "evaluation"
    COMPLIANCE = "compliance"
    DEBT = "debt"
    LISTS = "lists"
    DOCUMENTS = "documents"
    CONTACTS = "contacts"


class LookKind(StrEnum):
    """How data was looked at."""

    LOOK = "look"
    DOCUMENT = "document"
    EXPORT = "export"


SYSTEM_OFFICER = Words("贷后监测（系统）", "Monitoring (by the system)")
"""Who looks where the platform compares facts on a lender's behalf; the ledger keeps the Chinese."""

PURPOSE_WORDS: Mapping[Purpose, Words] = {
    Purpose.PRE_LOAN: Words("贷前审查", "Review before a loan"),
    Purpose.POST_LOAN: Words("贷后管理", "Monitoring after a loan"),
}
STATE_WORDS: Mapping[ConsentState, Words] = {
    ConsentState.AWAITING: Words("待签署", "To be signed"),
    ConsentState.ACTIVE: Words("生效中", "Active"),
    ConsentState.REVOKED: Words("已撤销", "Revoked"),
    ConsentState.EXPIRED: Words("已到期", "Expired"),
    ConsentState.CONSUMED: Words("已用于授信", "Used for a grant"),
    ConsentState.ENDED: Words("已终止", "Ended"),
}
STATE_TONES: Mapping[ConsentState, str] = {
    ConsentState.AWAITING: "warning",
    ConsentState.ACTIVE: "success",
    ConsentState.REVOKED: "danger",
}
LOOK_WORDS: Mapping[LookKind, Words] = {
    LookKind.LOOK: Words("查看数据", "Looked at data"),
    LookKind.DOCUMENT: Words("查看材料", "Opened a document"),
    LookKind.EXPORT: Words("导出数据", "Exported data"),
}

LIFECYCLE = Lifecycle(
    "consent",
    initial=ConsentState.AWAITING,
    steps={
        "sign": ((ConsentState.AWAITING,), ConsentState.ACTIVE),
        "revoke": ((ConsentState.ACTIVE,), ConsentState.REVOKED),
        "expire": ((ConsentState.AWAITING, ConsentState.ACTIVE), ConsentState.EXPIRED),
        "consume": ((ConsentState.ACTIVE,), ConsentState.CONSUMED),
        "end": ((ConsentState.AWAITING, ConsentState.ACTIVE), ConsentState.ENDED),
    },
    words=STATE_WORDS,
)


def state_on(state: str, expires_on: date, on: date) -> ConsentState:
    """The state a consent really is in: past its last day it is expired, whether or not the nightly job ran."""
    held = ConsentState(state)
    open_states = (ConsentState.AWAITING, ConsentState.ACTIVE)
    return ConsentState.EXPIRED if held in open_states and on > expires_on else held


def is_live(state: str, expires_on: date, on: date) -> bool:
    """Whether data may be looked at under it now. The last day counts."""
    return state_on(state, expires_on, on) is ConsentState.ACTIVE


def withheld(asked: Collection[Scope], granted: Collection[str]) -> frozenset[Scope]:
    """What was asked for and is not within the consent."""
    return frozenset(scope for scope in asked if scope.value not in granted)


def consequence_of_revoking(purpose: Purpose, *, serves_submission: bool) -> Words:
    """What revoking does, said before it is done (domain.md section 3: before the grant it withdraws the application)."""
    if purpose is Purpose.PRE_LOAN and serves_submission:
        return Words(
            "撤销后，该机构立即不能再查看贵企业的数据，以此授权提交的贷款申请将同时撤回。已经发生的查询仍保留在查询记录中。",
            "Once revoked, this lender can no longer look at your firm's data, and the application made under this consent is withdrawn. Looks already made stay in the access ledger.",
        )
    return Words(
        "撤销后，该机构立即不能再查看贵企业的数据；已签订的合同不受影响。已经发生的查询仍保留在查询记录中。",
        "Once revoked, this lender can no longer look at your firm's data; contracts already signed are not affected. Looks already made stay in the access ledger.",
    )
