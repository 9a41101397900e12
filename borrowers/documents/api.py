"""A firm's documents: list, upload, download."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import Response, request

from borrowers.claims.service import firm_of
from borrowers.documents import media, service
from borrowers.documents.api_schemas import DocumentAnswer, UploadQuery
from creditbridge.access.guard import current_actor
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, Paging, encode_cursor, number_after
from creditbridge.pages.downloads import download
from creditbridge.store import unit

if TYPE_CHECKING:
    from borrowers.documents.model import Document

blueprint = Blueprint("api_documents", __name__, description="企业材料 A firm's documents")


@blueprint.reading("/documents", asks=Paging, answers=page_schema(DocumentAnswer))
def own_documents(asked: dict[str, Any]) -> dict[str, Any]:
    """List your firm's documents, newest first."""
    session = unit.session()
    found = service.documents_of(session, firm_of(session, current_actor()).id)
    start, limit = number_after(asked["cursor"]) or 0, asked["limit"]
    return {
        "items": [_shown(document) for document in found[start : start + limit]],
        "next_cursor": encode_cursor(start + limit if start + limit < len(found) else None),
    }


@blueprint.changing(
    "/documents/content",
    asks=UploadQuery,
    answers=DocumentAnswer,
    status=201,
    media_types=tuple(sorted(media.ALL_TYPES)),
)
def upload(asked: dict[str, Any]) -> dict[str, Any]:
    """Upload a document: the body is the file itself.

    The same content under the same name and kind is kept once.
    """
    session, actor = unit.session(), current_actor()
    kept = service.keep(
        session,
        unit.files(),
        actor,
        firm_of(session, actor).id,
        kind=asked["kind"].value,
        filename=asked["file_name"],
        stream=io.BytesIO(request.get_data(cache=True)),
    )
    return _shown(kept)


@blueprint.reading("/documents/<public_id:document_id>/content", answers=None)
def content(document_id: str) -> Response:
    """Download one of your firm's documents."""
    session = unit.session()
    found = service.document(session, firm_of(session, current_actor()).id, document_id)
    return download(service.content(session, unit.files(), found), found.media_type, found.file_name)


def _shown(document: Document) -> dict[str, Any]:
    return {
        "id": document.public_id,
        "kind": document.kind,
        "file_name": document.file_name,
        "media_type": document.media_type,
        "size": document.size,
        "sha256": document.digest,
        "created_at": document.created_at,
    }
