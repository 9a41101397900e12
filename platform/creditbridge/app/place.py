"""The place one running CreditBridge takes: its data folder, by a lock, and its port.

A second lock says that the database is being prepared. The web server is started meanwhile, for its imports take a
second core's time and not the first page's; it answers nobody until the lock is gone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from creditbridge.app.settings import Settings, SettingsError

CLEARING_SECONDS = 15.0
# The kernel's limit for the path of a unix socket is 108 bytes on Linux and 104 on macOS.
SOCKET_PATH_BYTES = 100


def take(settings: Settings) -> int:
    """Lock the data folder and answer the lock's file descriptor; see to it that the port is free.

    After a killed run the folder stays locked until its processes are gone, which is waited for.

    Raises:
        SettingsError: if the port is taken, or another run has the folder.
    """
    path = settings.data_dir / "run.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    owner = _lock(handle)
    check_port(settings.host, settings.port)
    if owner is not None:
        raise SettingsError(
            f"CreditBridge already runs with the data folder {settings.data_dir} (process {owner}). "
            "Stop it, or choose another folder with DATA_DIR."
        )
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


@contextmanager
def preparing(settings: Settings) -> Iterator[None]:
    """For as long as the block lasts the database is not to be opened by the processes of this run."""
    handle = os.open(_preparing_lock(settings), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # which lets go of the lock, as the end of this process does


def wait_until_prepared(settings: Settings) -> None:
    """Return once no run is preparing the database of this data folder; at once where none ever did."""
    try:
        handle = os.open(_preparing_lock(settings), os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _preparing_lock(settings: Settings) -> Path:
    return settings.data_dir / "prepare.lock"


def _lock(handle: int) -> str | None:
    """Take the lock; answers who holds it if that process lives."""
    end_of_patience = time.monotonic() + CLEARING_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 20, 0).decode() or "unknown"
            if _lives(owner) or time.monotonic() > end_of_patience:
                return owner
            time.sleep(0.1)
        else:
            return None


def _lives(owner: str) -> bool:
    try:
        os.kill(int(owner), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def check_port(host: str, port: int) -> None:
    """See that the address can be listened on.

    Raises:
        SettingsError: if it cannot.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise SettingsError(f"HOST {host!r} is not an address of this machine: {error.strerror}.") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise SettingsError(
                f"Port {port} of {host} cannot be used: {error.strerror}. "
                f"Stop what uses it, or choose another, for example PORT={port % 65535 + 1}."
            ) from error


def socket_path(data_dir: Path) -> Path:
    """Where the embedded broker listens: in the data folder, or in a short private folder of the temporary one.

    The second if the first is too long for a socket or has a space in it, which redis-py cannot read back.

    Raises:
        SettingsError: if the short folder belongs to somebody else.
    """
    preferred = data_dir / "broker" / "socket"
    if len(os.fsencode(preferred)) <= SOCKET_PATH_BYTES and not any(c.isspace() for c in str(preferred)):
        return preferred
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"creditbridge-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise SettingsError(
            f"{folder} is not a private folder of this user; remove it, or choose a shorter DATA_DIR."
        )
    return folder / "socket"
