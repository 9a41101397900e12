"""The frame around every page, and everything a Flask application needs to show pages.

Pages know nothing of sessions, roles or messages: whoever puts the application together passes functions in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Flask, current_app
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect

from creditbridge.kernel import clock
from creditbridge.pages import assets, filters, i18n, problems, security
from creditbridge.pages.display import display_classes, own_address
from creditbridge.pages.forms import hidden_key
from creditbridge.pages.navigation import EXTENSION, Frame, NavGroup, NavItem, Person
from creditbridge.pages.views import blueprint

__all__ = ["NavGroup", "NavItem", "Person", "setup"]


def setup(
    app: Flask,
    *,
    navigation: Callable[[], Sequence[NavItem | NavGroup]] = tuple,
    locale_of_user: Callable[[], str | None] = lambda: None,
    unread: Callable[[], int] = lambda: 0,
    person: Callable[[], Person | None] = lambda: None,
    endpoints: Mapping[str, str] | None = None,
) -> None:
    """Make an application able to show pages. ``app.extensions["csrf"]`` lets an API blueprint be exempted."""
    app.config.setdefault("BOOTSTRAP_SERVE_LOCAL", True)
    app.config.setdefault("SEND_FILE_MAX_AGE_DEFAULT", None)
    # The session behind the cookie ends it; a form left open over lunch should still be sent.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config.setdefault("DEMO", False)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    CSRFProtect(app)
    assets.install(app)
    filters.install(app)
    i18n.install(app, locale_of_user)
    problems.install(app)
    security.install(app)
    app.jinja_env.globals["once_key"] = hidden_key
    app.register_blueprint(blueprint)
    frame = Frame(navigation, person, unread, endpoints or {})
    app.extensions[EXTENSION] = frame
    app.context_processor(lambda: _context(frame))


def _context(frame: Frame) -> dict[str, Any]:
    person = frame.person()
    return {
        "frame": frame,
        "person": person,
        "navigation": frame.navigation(),
        "unread": frame.unread() if person else 0,
        "demo": bool(current_app.config["DEMO"]),
        "locale": i18n.current_locale(),
        "html_lang": i18n.HTML_LANG[i18n.current_locale()],
        "today": clock.today(),
        "display_classes": display_classes(),
        "here": own_address(),
    }
