"""A firm's documents by the API."""

from __future__ import annotations

from borrowers.documents.rules import KIND_WORDS, DocumentKind
from creditbridge.pages.answers import Answer, Moment, Name, Number, Ref
from creditbridge.pages.fields import Choice, Text
from creditbridge.pages.schemas import Schema


class UploadQuery(Schema):
    """What a file is; the file itself is the body."""

    file_name = Text(max=200, min=1, required=True)
    kind = Choice(DocumentKind, KIND_WORDS, required=True)


class DocumentAnswer(Answer):
    """A document of the firm."""

    id = Ref()
    kind = Name()
    file_name = Name()
    media_type = Name()
    size = Number("In bytes.")
    sha256 = Name("The digest of the content.")
    created_at = Moment()
