"""Passwords: argon2id hashes. What a password must be like is said in :mod:`creditbridge.access.password_policy`."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash of a password with the library's current parameters."""
    return _hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy_hash() -> str:
    return _hasher.hash("nobody has this password")


def spend_the_same_time(password: str) -> None:
    """Verify against a decoy, so that an unknown account answers as slowly as a known one."""
    verify_password(_decoy_hash(), password)


def needs_rehash(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than the library's current ones."""
    return _hasher.check_needs_rehash(password_hash)
