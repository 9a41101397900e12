"""What comes in with an upload."""

from __future__ import annotations

from borrowers.documents.rules import KIND_WORDS, DocumentKind
from creditbridge.pages.fields import Choice
from creditbridge.pages.schemas import Schema


class UploadSchema(Schema):
    kind = Choice(DocumentKind, KIND_WORDS, required=True)
