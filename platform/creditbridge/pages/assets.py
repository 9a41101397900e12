"""Our own static files: where they are, and addresses that change with their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Flask, current_app, url_for

YEAR_SECONDS: Final = 365 * 24 * 3600

_PACKAGE = Path(__file__).resolve().parent.parent


def static_folder() -> Path:
    """Inside a wheel ``creditbridge/static``; in a checkout the folder ``static`` at the top."""
    packed = _PACKAGE / "static"
    return packed if packed.is_dir() else _PACKAGE.parent.parent / "static"


@lru_cache(maxsize=512)
def _digest(path: Path, changed_ns: int) -> str:  # noqa: ARG001
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _versioned(folder: Path | str | None, filename: str) -> str | None:
    path = Path(folder or "") / filename
    return _digest(path, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=512)
def _version_once(folder: Path | str | None, filename: str) -> str | None:
    return _versioned(folder, filename)


def _version_of(folder: Path | str | None, filename: str) -> str | None:
    """Files change under a running server only while somebody works on them."""
    return _versioned(folder, filename) if current_app.debug else _version_once(folder, filename)


def static_url(filename: str) -> str:
    """The address of one of our static files with its content's digest, so that browsers may keep it for a year."""
    return url_for("static", filename=filename, v=_version_of(current_app.static_folder, filename))


def install(app: Flask) -> None:
    """Serve the static folder at ``/static`` and version the addresses of Bootstrap's files too."""
    app.static_folder = str(static_folder())
    app.jinja_env.globals["static_url"] = static_url

    @app.url_defaults
    def _version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "bootstrap.static" and "v" not in values:
            folder = app.blueprints["bootstrap"].static_folder
            values["v"] = _version_of(folder, str(values.get("filename", "")))
