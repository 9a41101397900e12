"""What pages of disputes show, for the firm and for the platform alike."""

from __future__ import annotations

from datetime import date
from typing import Any

from borrowers.disputes.model import Dispute
from borrowers.disputes.rules import OPEN, OUTCOME_WORDS, STATE_TONES, STATE_WORDS, DisputeState, Outcome
from borrowers.disputes.service import DisputeFile
from creditbridge.kernel.words import Words
from creditbridge.pages.i18n import gettext as _
from creditbridge.records.catalogue import items, loaded


def record_name(dispute: Dispute) -> Words:
    """What the disputed record is called."""
    return items()[dispute.item].name


def department_name(dispute: Dispute) -> Words:
    """The department the record came from."""
    return loaded().departments[dispute.department]


def state_words(dispute: Dispute) -> Words:
    return STATE_WORDS[DisputeState(dispute.state)]


def state_tone(dispute: Dispute) -> str:
    return STATE_TONES[DisputeState(dispute.state)]


def overdue(dispute: Dispute, today: date) -> str | None:
    """A note on a dispute that should be decided by now."""
    if DisputeState(dispute.state) in OPEN and dispute.due_on < today:
        return _("已超过办理期限")
    return None


def file_page(held: DisputeFile, today: date) -> dict[str, Any]:
    """Everything on the page of one dispute."""
    dispute = held.dispute
    return {
        "held": held,
        "dispute": dispute,
        "name": record_name(dispute),
        "department": department_name(dispute),
        "state": dispute.state,
        "words": state_words(dispute),
        "tone": state_tone(dispute),
        "overdue": overdue(dispute, today),
        "outcome": OUTCOME_WORDS[Outcome(dispute.outcome)] if dispute.outcome else None,
    }
