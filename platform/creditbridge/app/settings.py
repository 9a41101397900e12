"""Typed configuration from the environment. Every setting is described in docs/settings.md; a test keeps it so.

A default stands only where it is both safe and public. Production (``ENVIRONMENT=production``) refuses to start
without its own secret and with plain http.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

ENVIRONMENTS = ("demo", "production", "test")


class SettingsError(ValueError):
    """A setting cannot be used; the message is one line that says what to change."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings a process runs with, read once at its start."""

    environment: str
    host: str
    port: int
    data_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    public_url: str
    web_workers: int
    job_workers: int
    run_processes: int
    trusted_proxies: int
    max_upload_mb: int
    second_factor_required: bool
    outbound_allowed_hosts: tuple[str, ...]
    smtp_url: str
    mail_from: str
    whatif_questions_per_day: int

    @property
    def is_demo(self) -> bool:
        return self.environment == "demo"

    @property
    def allow_plain_http(self) -> bool:
        return self.environment != "production"

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def audit_heads(self) -> Path:
        return self.data_dir / "audit_heads.jsonl"

    @property
    def places(self) -> dict[str, Path]:
        """Folders that belong to the database; its sessions carry them."""
        return {
            "lake_folder": self.data_dir / "lake",
            "run_folder": self.data_dir / "runs",
            "snapshot_folder": self.data_dir / "snapshots",
            "index_folder": self.data_dir / "index",
        }


SETTING_NAMES = tuple(field.name.upper() for field in fields(Settings))


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: for a value that cannot be used, or one that production needs and lacks.
    """
    given = os.environ if environ is None else environ
    environment = given.get("ENVIRONMENT", "demo")
    if environment not in ENVIRONMENTS:
        raise SettingsError(f"ENVIRONMENT must be one of {', '.join(ENVIRONMENTS)}, not {environment!r}.")
    data_dir = Path(given.get("DATA_DIR") or "var").resolve()
    host = given.get("HOST") or "127.0.0.1"
    port = _whole_number(given, "PORT", 8000, 1, 65535)
    settings = Settings(
        environment=environment,
        host=host,
        port=port,
        data_dir=data_dir,
        database_url=_database_url(given.get("DATABASE_URL"), data_dir),
        redis_url=given.get("REDIS_URL") or "",
        secret_key=given.get("SECRET_KEY") or "",
        public_url=given.get("PUBLIC_URL") or f"http://{host}:{port}",
        web_workers=_whole_number(given, "WEB_WORKERS", 2, 1, 64),
        job_workers=_whole_number(given, "JOB_WORKERS", 1, 1, 64),
        run_processes=_whole_number(given, "RUN_PROCESSES", 1, 1, 64),
        trusted_proxies=_whole_number(given, "TRUSTED_PROXIES", 0, 0, 5),
        max_upload_mb=_whole_number(given, "MAX_UPLOAD_MB", 20, 1, 512),
        second_factor_required=_yes_or_no(
            given, "SECOND_FACTOR_REQUIRED", default=environment == "production"
        ),
        outbound_allowed_hosts=_hosts(given, "OUTBOUND_ALLOWED_HOSTS"),
        smtp_url=_smtp_url(given),
        mail_from=given.get("MAIL_FROM") or "",
        whatif_questions_per_day=_whole_number(given, "WHATIF_QUESTIONS_PER_DAY", 2_000, 10, 1_000_000),
    )
    if environment == "production":
        _check_production(settings)
    return settings


def _check_production(settings: Settings) -> None:
    if len(settings.secret_key) < 32:
        raise SettingsError("SECRET_KEY must be set to at least 32 random characters in production.")
    if not settings.public_url.startswith("https://"):
        raise SettingsError("PUBLIC_URL must begin with https:// in production.")
    if not settings.redis_url:
        raise SettingsError("REDIS_URL must be set in production.")


def _whole_number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)


def _yes_or_no(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = given.get(name, "").lower()
    if not text:
        return default
    if text not in {"yes", "no"}:
        raise SettingsError(f"{name} must be yes or no, not {text!r}.")
    return text == "yes"


_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")


def _hosts(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    hosts = [host.strip().lower() for host in given.get(name, "").split(",") if host.strip()]
    for host in hosts:
        if not _HOST.match(host):
            raise SettingsError(
                f"{name} must be hosts as name or name:port, with commas between, not {host!r}."
            )
    return tuple(host.replace("[", "").replace("]", "") for host in hosts)


def _smtp_url(given: Mapping[str, str]) -> str:
    url = given.get("SMTP_URL") or ""
    if url and not re.match(r"smtps?://[^\s/]+\Z", url):
        raise SettingsError(
            "SMTP_URL must be smtp://host:port or smtps://host:port, with user:password@ if needed."
        )
    if url and not re.match(r"[^\s<>@]+@[^\s<>@]+\Z", given.get("MAIL_FROM") or ""):
        raise SettingsError("MAIL_FROM must be the address that mails come from when SMTP_URL is set.")
    return url


def _database_url(given: str | None, data_dir: Path) -> str:
    if not given:
        return f"sqlite:///{data_dir / 'creditbridge.sqlite3'}"
    if not given.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        raise SettingsError("DATABASE_URL must begin with sqlite: or postgresql:.")
    return given


def prepare_data_dir(settings: Settings) -> None:
    """Make the data folder, for nobody else on the machine to look into, and prove that it can be written.

    Raises:
        SettingsError: if it cannot.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.files_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".writable"
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"The data folder {settings.data_dir} cannot be written: {error.strerror}."
        ) from error


def secret_key(settings: Settings) -> str:
    """The signing secret: as configured, or (outside production) one made once and kept in the data folder."""
    if settings.secret_key:
        return settings.secret_key
    kept = settings.data_dir / "secret.key"
    if not kept.exists():
        # Whole before it has its name: a process that starts at the same moment must not read an empty one.
        aside = settings.data_dir / f".secret-{secrets.token_hex(8)}"
        aside.touch(mode=0o600)
        aside.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        with suppress(FileExistsError):
            kept.hardlink_to(aside)
        aside.unlink()
    return kept.read_text(encoding="utf-8").strip()
