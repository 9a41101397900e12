"""Where the files of runs lie: a folder that belongs to the database, as the lake's does."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

FOLDER_KEY = "run_folder"
"""Where a session finds it (``Session.info``); see :class:`creditbridge.store.database.Database`."""


def folder(session: Session) -> Path:
    place = session.info.get(FOLDER_KEY)
    if place is None:
        raise RuntimeError("the database was opened without a folder for runs")
    return Path(place)
