"""The signed head of the audit trail: what is kept elsewhere, so that a trail that was cut off is found.

A chain shows edits and gaps inside it, but not that its end is missing. The newest entry's number and hash, signed with
Ed25519, can be kept by anybody: whoever holds the document checks the signature with the public key in it, without any
secret, and the trail must hold that entry for ever.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.store.audit import AuditEntry

ALGORITHM = "ed25519"
NOTHING = "0" * 64


class BadHead(ValueError):
    """The document is no head of a trail, or its signature does not hold."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry at a moment: how it is numbered and hashed. Number 0 is an empty trail."""

    number: int
    hash: str
    at: datetime

    def content(self) -> bytes:
        """What is signed."""
        return f"{self.number}:{self.hash}:{self.at.isoformat(timespec='seconds')}".encode()


class Signer:
    """Signs heads with a key derived from the application's secret."""

    def __init__(self, secret: str) -> None:
        seed = HKDF(SHA256(), length=32, salt=None, info=b"creditbridge audit head signature").derive(
            secret.encode()
        )
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> str:
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def document(self, head: Head) -> str:
        """The signed head as one line of JSON."""
        return json.dumps(
            {
                "number": head.number,
                "hash": head.hash,
                "at": head.at.isoformat(timespec="seconds"),
                "algorithm": ALGORITHM,
                "public_key": self.public_key,
                "signature": base64.b64encode(self._key.sign(head.content())).decode(),
            }
        )


def read(document: str, *, public_keys: Collection[str]) -> Head:
    """The head a document tells of. ``public_keys`` are the installation's own and those it had before.

    Raises:
        BadHead: it is none, was signed with another key, or was changed.
    """
    try:
        told = json.loads(document)
        head = Head(int(told["number"]), str(told["hash"]), datetime.fromisoformat(told["at"]))
        if told["algorithm"] != ALGORITHM or told["public_key"] not in public_keys:
            raise BadHead("signed with another key")
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["public_key"]))
        key.verify(base64.b64decode(told["signature"]), head.content())
    except (ValueError, KeyError, TypeError, InvalidSignature) as error:
        raise BadHead("no signed head") from error
    return head


def present(session: Session) -> Head:
    """The head of the trail now."""
    found = session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    return Head(found.id if found else 0, found.hash if found else NOTHING, clock.now())


def holds(session: Session, head: Head) -> bool:
    """Whether the trail still holds the entry that was its head once."""
    if head.number == 0:
        return True
    return session.scalar(select(AuditEntry.hash).where(AuditEntry.id == head.number)) == head.hash


class _Keeper:
    """Where this process keeps heads, and with what it signs them."""

    path: Path | None = None
    signer: Signer | None = None


def keep_in(path: Path, secret: str) -> None:
    """Say where this process keeps signed heads."""
    _Keeper.path, _Keeper.signer = path, Signer(secret)


def keep(session: Session) -> None:
    """Add the present head to those kept beside the data. Copy the file elsewhere to be able to prove a cut."""
    assert _Keeper.path is not None
    assert _Keeper.signer is not None
    line = _Keeper.signer.document(present(session))
    with _Keeper.path.open("a", encoding="utf-8") as kept:
        kept.write(f"{line}\n")


def kept_in(path: Path) -> Iterator[str]:
    """The documents kept in a file, the oldest first; none if there is no file."""
    if path.exists():
        yield from (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
