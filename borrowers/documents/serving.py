"""Answering with a stored file: as a download, or as a preview that cannot act (trust.md, rule 13)."""

from __future__ import annotations

import io

from flask import Response, send_file

from borrowers.documents import media

_IMAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox; frame-ancestors 'self'"
)
# A browser's own PDF viewer does not start inside a sandbox; it is one itself, and nothing else may load.
_PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


def download(content: bytes, media_type: str, file_name: str) -> Response:
    """The file as an attachment, its name in both forms of RFC 6266."""
    return _answer(content, media_type, file_name, attached=True)


def preview(content: bytes, media_type: str, file_name: str) -> Response:
    """A picture or a PDF inside the browser; anything else is a download."""
    if media_type not in media.PREVIEWABLE:
        return download(content, media_type, file_name)
    response = _answer(content, media_type, file_name, attached=False)
    policy = _PDF_POLICY if media_type == media.PDF else _IMAGE_POLICY
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _answer(content: bytes, media_type: str, file_name: str, *, attached: bool) -> Response:
    response = send_file(
        io.BytesIO(content),
        mimetype=media_type,
        as_attachment=attached,
        download_name=file_name,
        conditional=False,
        etag=False,
        max_age=0,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
