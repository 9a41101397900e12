"""Showing a stored file in the browser so that it cannot act."""

from __future__ import annotations

from flask import Response

from borrowers.documents import media
from creditbridge.pages.downloads import download, file_answer

_IMAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox; frame-ancestors 'self'"
)
# A browser's own PDF viewer does not start inside a sandbox; it is one itself, and nothing else may load.
_PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


def preview(content: bytes, media_type: str, file_name: str) -> Response:
    """A picture or a PDF inside the browser; anything else is a download."""
    if media_type not in media.PREVIEWABLE:
        return download(content, media_type, file_name)
    response = file_answer(content, media_type, file_name, attached=False)
    policy = _PDF_POLICY if media_type == media.PDF else _IMAGE_POLICY
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
