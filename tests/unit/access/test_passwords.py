"""Hashes of passwords cost an attacker what the library says they should; tests alone have cheaper ones."""

from __future__ import annotations

from argon2 import PasswordHasher, Type, extract_parameters, profiles


def test_the_hasher_of_the_platform_has_the_librarys_parameters(real_hasher: PasswordHasher) -> None:
    found = extract_parameters(real_hasher.hash("a password"))
    assert found.type is Type.ID
    assert found == profiles.RFC_9106_LOW_MEMORY
