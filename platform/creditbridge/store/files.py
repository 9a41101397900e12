"""Files kept outside the web root, named by the server: content-addressed, written aside and renamed into place."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def digest_of(content: bytes) -> str:
    """The SHA-256 under which a content is kept."""
    return hashlib.sha256(content).hexdigest()


class FileStore:
    """A folder of immutable files by SHA-256 digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep the content and answer its digest; keeping the same content twice is harmless."""
        digest = digest_of(content)
        target = self._path(digest)
        if target.exists():
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as aside:
            aside.write(content)
            aside.flush()
            os.fsync(aside.fileno())
        Path(aside.name).replace(target)
        return digest

    def get(self, digest: str) -> bytes:
        """The content kept under a digest.

        Raises:
            FileNotFoundError: if there is none.
        """
        return self._path(digest).read_bytes()

    def _path(self, digest: str) -> Path:
        if not _DIGEST.match(digest):
            raise FileNotFoundError(digest)
        return self.folder / digest[:2] / digest
