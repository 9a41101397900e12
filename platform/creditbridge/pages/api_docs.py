"""The API's own pages: its OpenAPI document, and the browsable documentation, which needs no other host."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, current_app, jsonify, make_response, render_template, send_file
from swagger_ui_bundle import swagger_ui_path

from creditbridge.pages.api_document import document

blueprint = Blueprint("api_docs", __name__, url_prefix="/api", template_folder="templates")

ASSETS: Final = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
POLICY: Final = "; ".join(_POLICY)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document."""
    return jsonify(document(current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way


@blueprint.get("/docs")
def docs() -> Response:
    """The documentation as a page on which every request can be tried."""
    page = make_response(render_template("pages/api_docs.html"))
    page.headers["Content-Security-Policy"] = POLICY
    return page


@blueprint.get("/docs/<name>")
def asset(name: str) -> Response:
    """Swagger UI's script and style, as they lie in the installed package."""
    if name not in ASSETS:
        abort(404)
    response = send_file(Path(str(swagger_ui_path)) / name, mimetype=ASSETS[name], max_age=86_400)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
