"""Consents and the access ledger as the API answers them to the firm."""

from __future__ import annotations

from borrowers.consents.schemas import RevocationSchema
from creditbridge.disclosure.rules import ConsentState, LookKind, Purpose, Scope
from creditbridge.pages.answers import Answer, Day, Moment, Name, OneOf, Parts, Ref, Said


class RevocationBody(RevocationSchema):
    """Why the consent is revoked."""


class ConsentAnswer(Answer):
    """A consent of your firm."""

    id = Ref()
    lender = Name("The lender's name.")
    purpose = OneOf(Purpose)
    scope = Parts(OneOf(Scope))
    scope_words = Said()
    state = OneOf(ConsentState)
    state_words = Said()
    text_version = Name("The version of the text that was signed.")
    text_sha256 = Name("The digest of the exact Chinese text the signatory saw.")
    signed_by = Name(allow_none=True)
    signed_at = Moment(allow_none=True)
    expires_on = Day("The last day it is live.")
    ended_at = Moment(allow_none=True)
    for_kind = Name("What it serves: `submission` or empty.")
    for_id = Name("The public id of what it serves, or empty.")


class LookAnswer(Answer):
    """One look at your firm's data."""

    id = Ref()
    at = Moment()
    kind = OneOf(LookKind)
    purpose = OneOf(Purpose)
    organisation = Name()
    branch = Name()
    officer = Name()
    via = Name("`page` or `api`.")
    scopes = Parts(OneOf(Scope), "What was shown.")
    documents = Parts(Name(), "Public ids of documents that were opened.")
    why = Said()
    consent_id = Ref()
