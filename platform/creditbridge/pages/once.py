"""A form sent twice takes effect once: the double click, the impatient reload, the repeat after a lost answer.

Every form carries a one-time key (``_form_key``). When the same person sends the same form again under its key, the
redirect that answered it the first time is given again and nothing runs. A form that was changed before it was sent
again is another request. Only redirects are kept: a page that was shown as an answer may hold something secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Response, redirect, request
from flask_login import current_user

from creditbridge.pages.forms import KEY_PARAMETER
from creditbridge.store import idempotency, unit

NOT_COMPARED = frozenset({"csrf_token", KEY_PARAMETER})


def answer_once(view: Callable[[], Response]) -> Response:
    """Run the view for a new form, or give a repeated one its first answer again."""
    asked = _asked()
    if asked is None:
        return view()
    given = idempotency.answer_given(unit.session(), asked, wait=True)
    if given is not None:
        return _redirect(given.location, given.status)
    response = view()
    if 300 <= response.status_code < 400:
        idempotency.keep(
            unit.session(),
            asked,
            status=response.status_code,
            content_type=response.content_type,
            location=response.headers["Location"],
            answer=b"",
        )
    return response


def _redirect(location: str, status: int) -> Response:
    answer = redirect(location, status)
    return Response(answer.get_data(), status=answer.status_code, headers=dict(answer.headers))


def _asked() -> idempotency.RequestKey | None:
    """What tells this form from others; None for what is no form of a signed-in person with a key."""
    if request.method != "POST" or request.path.startswith("/api/") or not current_user.is_authenticated:
        return None
    key = request.form.get(KEY_PARAMETER, "")
    if not key:
        return None
    body = _digest_of_form()
    name = hashlib.sha256(f"{request.full_path}\x1f{key}\x1f{body}".encode()).hexdigest()
    return idempotency.RequestKey(str(current_user.get_id()), request.endpoint or "", name, body)


def _digest_of_form() -> str:
    digest = hashlib.sha256()
    for name, text in sorted(request.form.items(multi=True)):
        if name not in NOT_COMPARED:
            digest.update(f"{name}\x1f{text}\x1e".encode())
    for name, sent in request.files.items(multi=True):
        digest.update(f"{name}\x1f{sent.filename}\x1e".encode())
        digest.update(hashlib.file_digest(sent.stream, "sha256").digest())  # type: ignore[arg-type]
        sent.stream.seek(0)
    return digest.hexdigest()
