from __future__ import annotations

import pytest

from creditbridge.store.sealing import BrokenSeal, Sealer

SECRET = "s" * 40


def test_a_sealed_text_opens_again():
    sealer = Sealer(SECRET, "codes")
    assert sealer.open(sealer.seal("JBSWY3DP")) == "JBSWY3DP"


def test_the_seal_names_its_algorithm_and_key():
    assert Sealer(SECRET, "codes").seal("x").startswith("aes256gcm.k1.")


@pytest.mark.parametrize("other", [Sealer("t" * 40, "codes"), Sealer(SECRET, "webhooks")])
def test_another_key_or_purpose_does_not_open_it(other: Sealer):
    with pytest.raises(BrokenSeal):
        other.open(Sealer(SECRET, "codes").seal("x"))


@pytest.mark.parametrize(
    "broken", ["", "aes256gcm.k1.", "rot13.k1.eA==", "aes256gcm.k9.eA==", "aes256gcm.k1.AAAA"]
)
def test_a_broken_text_is_refused(broken: str):
    with pytest.raises(BrokenSeal):
        Sealer(SECRET, "codes").open(broken)
