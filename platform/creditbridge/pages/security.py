"""Response headers: what a browser may do with our pages (ASVS 5.0, chapter V3)."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, abort, current_app, request

from creditbridge.pages.assets import YEAR_SECONDS

_POLICY: Final = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-src 'self'",
    "frame-ancestors 'none'",
    "form-action 'self'",
)
CONTENT_SECURITY_POLICY: Final = "; ".join(_POLICY)
"""No inline script or style anywhere; a page that needs one is wrong."""

_FIXED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_STATIC_ENDPOINTS: Final = frozenset({"static", "bootstrap.static"})


def install(app: Flask) -> None:
    app.before_request(_refuse_trace)
    app.after_request(_add_headers)


def _refuse_trace() -> None:
    if request.method in {"TRACE", "TRACK"}:
        abort(405)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    for name, value in _FIXED.items():
        headers.setdefault(name, value)
    if current_app.config.get("SECURE_COOKIES"):
        headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_SECONDS}; includeSubDomains")
    if request.endpoint in _STATIC_ENDPOINTS:
        _keep_static(response)
    else:
        # Nothing a signed-in person saw may be read from a shared computer's cache after they leave.
        headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("Cookie", "Accept-Language"))
    return response


def _keep_static(response: Response) -> None:
    if request.args.get("v") and response.status_code in {200, 206, 304}:
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
