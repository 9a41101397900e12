"""Who is asking, and may they: the checks before every view.

The actor comes from the session cookie for pages and from the bearer token for the API, never from both. A
route that does not stand in the permission table is refused.
"""

from __future__ import annotations

from typing import NoReturn

import structlog
from flask import Flask, Request, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.wrappers import Response

from creditbridge.access import permissions, service
from creditbridge.access.model import SignIn
from creditbridge.access.rights import Rule
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotAllowed
from creditbridge.store import unit

API_PREFIX = "/api/"
_log = structlog.get_logger()


# What somebody may reach who must first choose a password of their own, or set up the second factor.
ALWAYS_REACHED = frozenset({"account.sign_out", "pages.language", "pages.display"})


class Visitor:
    """What Flask-Login holds for this request: an actor signed in through a cookie or a token."""

    is_active = True
    is_authenticated = True
    is_anonymous = False

    def __init__(self, actor: Actor, sign_in: SignIn | None = None) -> None:
        self.actor = actor
        self.sign_in = sign_in
        self._sign_in_id = sign_in.id if sign_in is not None else None

    def get_id(self) -> str:
        return self.actor.user_public_id

    @property
    def sign_in_id(self) -> int:
        """The key of the session; it stays known when the request's unit of work is given up."""
        assert self._sign_in_id is not None
        return self._sign_in_id


def current_actor() -> Actor:
    """The actor of this request.

    Raises:
        Unauthorized: (an HTTP 401) if nobody is signed in; a view behind the permission table never sees it.
    """
    found = actor_or_none()
    if found is None:
        abort(401)
    return found


def actor_or_none() -> Actor | None:
    """The actor of this request, or None for an anonymous visitor on a public page."""
    visitor = current_user._get_current_object()  # noqa: SLF001 - the documented way to unwrap Flask-Login's proxy
    return visitor.actor if isinstance(visitor, Visitor) else None


def forget_visitor() -> None:
    """Take the visitor for a stranger for the rest of this request, whose visitor could not be looked up."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask-Login's place


def session_cookie_name() -> str:
    """``__Host-`` binds the cookie to this host over TLS; plain http, allowed only outside production, cannot set it."""
    return "__Host-session" if not plain_http() else "creditbridge-session"


def plain_http() -> bool:
    return bool(current_app.config["ALLOW_PLAIN_HTTP"]) and not request.is_secure


def set_session_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        session_cookie_name(), token, secure=not plain_http(), httponly=True, samesite="Lax", path="/"
    )


def clear_session_cookie(response: Response) -> None:
    response.delete_cookie(
        session_cookie_name(), secure=not plain_http(), httponly=True, samesite="Lax", path="/"
    )


def end_present_session(session: Session) -> None:
    """End the session this browser came with, before it is given another one."""
    visitor = current_user._get_current_object()  # noqa: SLF001 - as above
    if isinstance(visitor, Visitor) and visitor.sign_in is not None:
        service.end_sign_in(session, visitor.sign_in_id)


def setup(app: Flask) -> None:
    """Install the login manager and the check before every request."""
    manager = LoginManager(app)
    manager.session_protection = None  # the server-side session is the protection; Flask's cookie is not used
    manager.request_loader(_load_visitor)
    app.before_request(_authorise)


def _load_visitor(incoming: Request) -> Visitor | None:
    if incoming.path.startswith(API_PREFIX):
        return _visitor_of_token(incoming)
    token = incoming.cookies.get(session_cookie_name())
    if not token:
        return None
    row = service.find_sign_in(unit.session(), token)
    if row is None:
        return None
    service.touch(unit.database(), row) if request.method in unit.SAFE_METHODS else None
    return Visitor(service.actor_of(row.user, row.membership), row)


def _visitor_of_token(incoming: Request) -> Visitor | None:
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    actor = service.actor_of_token(unit.session(), token.strip())
    return Visitor(actor) if actor else None


def _authorise() -> Response | None:
    if request.endpoint is None:
        return None  # no such route: the 404 or 405 handler answers
    rule = permissions.ROUTES.get(request.endpoint)
    if rule is None:
        raise NotAllowed("route_not_listed")
    if rule.anyone and request.endpoint.endswith("static"):
        return None
    actor = actor_or_none()
    if actor is None:
        return None if rule.anyone and not _brings_dead_token() else _ask_to_sign_in()
    first = _first_step(actor)
    if first is not None and request.endpoint not in ALWAYS_REACHED | {first}:
        return redirect(url_for(first))
    if not rule.allows(actor.role) or not _scope_allows(rule, actor):
        g.denied = True
        _log.warning("access_denied", endpoint=request.endpoint, user=actor.user_public_id, via=actor.via)
        raise NotAllowed
    return None


def _first_step(actor: Actor) -> str | None:
    """The page a person must deal with before any other: a password of their own, then the second factor.

    Staff of lenders and of the platform need the second factor where the settings ask for it.
    """
    visitor = current_user._get_current_object()  # noqa: SLF001 - as above
    if visitor.sign_in is None:
        return None
    user = visitor.sign_in.user
    if user.must_change_password:
        return "account.password"
    if current_app.config["SECOND_FACTOR_REQUIRED"] and not actor.is_firm and user.totp_confirmed_at is None:
        return "account.enrol"
    return None


def _scope_allows(rule: Rule, actor: Actor) -> bool:
    return actor.scopes is None or rule.scope is None or rule.scope in actor.scopes


def _brings_dead_token() -> bool:
    """Whoever sends a token means to be somebody, and is told that it no longer works even where anyone may look."""
    return request.path.startswith(API_PREFIX) and "Authorization" in request.headers


def _ask_to_sign_in() -> Response:
    if request.path.startswith(API_PREFIX) or request.method not in unit.SAFE_METHODS:
        _refuse()
    return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")))


def _refuse() -> NoReturn:
    challenge = WWWAuthenticate("bearer") if request.path.startswith(API_PREFIX) else None
    abort(401, www_authenticate=challenge)
