"""Sealing small secrets at rest (one-time-code seeds, webhook keys): authenticated encryption behind one interface.

A sealed text names its algorithm and key, so that both can change while old texts stay readable:
``aes256gcm.k1.<base64 of nonce and ciphertext>``.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALGORITHM = "aes256gcm"
KEY_ID = "k1"
NONCE_BYTES = 12


class BrokenSeal(ValueError):
    """The sealed text was changed, or sealed with another key or for another purpose."""


class Sealer:
    """Seals texts for one purpose with a key derived from the application's secret."""

    def __init__(self, secret: str, purpose: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=f"creditbridge {purpose}".encode()).derive(
            secret.encode()
        )
        self._cipher = AESGCM(derived)
        self._purpose = purpose.encode()

    def seal(self, text: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), self._purpose)
        return f"{ALGORITHM}.{KEY_ID}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str) -> str:
        """The sealed text.

        Raises:
            BrokenSeal: if it does not open.
        """
        algorithm, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        if (algorithm, key_id) != (ALGORITHM, KEY_ID):
            raise BrokenSeal(f"unknown algorithm or key: {algorithm}.{key_id}")
        try:
            raw = base64.urlsafe_b64decode(body)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._purpose).decode()
        except (InvalidTag, ValueError) as error:
            raise BrokenSeal("the sealed text does not open") from error
