from __future__ import annotations

from pathlib import Path

import pytest

from creditbridge.store.files import FileStore


def test_content_comes_back_under_its_digest(tmp_path: Path):
    store = FileStore(tmp_path)
    digest = store.put("营业执照".encode())
    assert store.get(digest) == "营业执照".encode()


def test_keeping_the_same_content_twice_keeps_one_file(tmp_path: Path):
    store = FileStore(tmp_path)
    assert store.put(b"x") == store.put(b"x")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("name", ["../secret.key", "", "a" * 63, "A" * 64, "/" * 64, "a" * 64 + "\n"])
def test_a_name_that_is_no_digest_reads_nothing(tmp_path: Path, name: str):
    with pytest.raises(FileNotFoundError):
        FileStore(tmp_path).get(name)
