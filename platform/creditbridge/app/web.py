"""The web application: rooms' blueprints behind one guard and one unit of work a request."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

from creditbridge.access import guard
from creditbridge.app import blueprints, frame, logs, outside, reactions
from creditbridge.app.settings import Settings, secret_key
from creditbridge.kernel.errors import Unavailable
from creditbridge.kernel.words import Words
from creditbridge.pages import problems
from creditbridge.pages.assets import static_folder
from creditbridge.pages.once import answer_once
from creditbridge.store import constraints, unit
from creditbridge.store.database import Database, is_retryable, is_unreachable
from creditbridge.store.files import FileStore

MAX_TRIES = 3
UNREACHABLE = Unavailable(
    "database_unavailable",
    Words(
        "系统繁忙，您的操作没有生效，请稍后再试。",
        "The system is busy and nothing you did took effect. Try again shortly.",
    ),
)


class Application(Flask):
    """Flask with one commit point: what a view wrote is committed once, when it answered below 400."""

    def dispatch_request(self) -> ResponseReturnValue:
        for attempt in range(1, MAX_TRIES + 1):
            try:
                response = answer_once(self._answer)
                if response.status_code < 400:
                    unit.commit()
            except IntegrityError as error:
                unit.abandon()
                raise constraints.explain(error) from error
            except Exception as error:
                unit.abandon()
                if attempt < MAX_TRIES and is_retryable(error):
                    continue
                raise
            else:
                return response
        raise AssertionError("the last try either answers or raises")

    def _answer(self) -> Response:
        return self.make_response(super().dispatch_request())


def create_app(settings: Settings, database: Database | None = None) -> Application:
    """Make the application for these settings. Tests hand in their own database."""
    logs.set_up()
    app = Application("creditbridge", static_folder=str(static_folder()), template_folder=None)
    connect(app, settings, database or Database(settings.database_url, places=settings.places))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Chinese as it is: half the bytes, and readable
    app.url_map.merge_slashes = False  # it would redirect to whatever host the request names
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    guard.setup(app)
    frame.setup(app)
    blueprints.register(app)
    reactions.connect()
    app.register_error_handler(OperationalError, _of_database)
    app.teardown_request(_end_unit)
    return app


def connect(app: Flask, settings: Settings, database: Database) -> None:
    """Put an application on these settings and this database. Tests do so again, with one application for many."""
    app.config.update(_config(settings))
    for name, folder in settings.places.items():
        database.places.setdefault(name, folder)
    app.extensions["creditbridge_settings"] = settings
    app.extensions["creditbridge_database"] = database
    app.extensions["creditbridge_files"] = FileStore(settings.files_dir)
    outside.connect(settings)


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": secret_key(settings),
        "TESTING": settings.environment == "test",
        "DEMO": settings.is_demo,
        "ALLOW_PLAIN_HTTP": settings.allow_plain_http,
        "SECOND_FACTOR_REQUIRED": settings.second_factor_required,
        "WHATIF_QUESTIONS_PER_DAY": settings.whatif_questions_per_day,
        "SECURE_COOKIES": not settings.allow_plain_http,
        "SESSION_COOKIE_NAME": "creditbridge-form" if settings.allow_plain_http else "__Host-form",
        "SESSION_COOKIE_SECURE": not settings.allow_plain_http,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": settings.max_upload_mb * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 2000,
        "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as the signed form cookie of the browser session
        "PREFERRED_URL_SCHEME": "http" if settings.allow_plain_http else "https",
    }


def _of_database(error: OperationalError) -> Response:
    """The answer when the database failed. It is made without asking the database who is there."""
    unit.abandon()
    guard.forget_visitor()
    return problems.of_domain_error(UNREACHABLE) if is_unreachable(error) else problems.of_unexpected(error)


def _end_unit(error: BaseException | None) -> None:  # noqa: ARG001
    unit.abandon()
