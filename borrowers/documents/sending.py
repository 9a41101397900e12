"""A document sent along with a form that is about something else."""

from __future__ import annotations

from flask import request

from borrowers.documents import service as documents
from borrowers.documents.rules import DocumentKind
from creditbridge.access.guard import current_actor
from creditbridge.store import unit

EVIDENCE = "evidence"
"""The name of the form's field."""


def evidence_sent(firm_id: int, kind: DocumentKind) -> int | None:
    """Keep the evidence that came with the form, and answer its key; None where none was sent.

    Raises:
        InvalidInput: the file cannot be taken; said at the field.
    """
    sent = request.files.get(EVIDENCE)
    if sent is None or not sent.filename:
        return None
    kept = documents.keep(
        unit.session(),
        unit.files(),
        current_actor(),
        firm_id,
        kind=kind.value,
        filename=sent.filename,
        stream=sent.stream,
        field=EVIDENCE,
    )
    return kept.id
