"""The request's unit of work: one session a request, one commit point, read-only for GET.

:class:`~creditbridge.app.web.Application` ends it: it commits once when the view answered below 400 and rolls
back otherwise. Views get their session from :func:`session` and hand it to services.
"""

from __future__ import annotations

from flask import current_app, g, request
from sqlalchemy.orm import Session

from creditbridge.store.database import Database
from creditbridge.store.files import FileStore

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def database() -> Database:
    """The application's database."""
    opened: Database = current_app.extensions["creditbridge_database"]
    return opened


def files() -> FileStore:
    """The application's file store."""
    store: FileStore = current_app.extensions["creditbridge_files"]
    return store


def session() -> Session:
    """The session of this request, opened at first use: writing for unsafe methods, reading for safe ones."""
    if "unit_session" not in g:
        opened = database()
        reading = request.method in SAFE_METHODS
        g.unit_session = opened.read_session() if reading else opened.write_session()
    unit: Session = g.unit_session
    return unit


def commit() -> None:
    """Commit what the request wrote, if it opened a session. Called at one place only."""
    if "unit_session" in g:
        g.unit_session.commit()


def abandon() -> None:
    """Roll back and close the request's session; the next use opens a new one."""
    unit = g.pop("unit_session", None)
    if unit is not None:
        unit.rollback()
        unit.close()
