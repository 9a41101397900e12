"""What is refused is not kept either."""

from __future__ import annotations

import io

import pytest

from borrowers.documents import service as documents
from creditbridge.store.files import FileStore


def test_an_upload_over_the_quota_never_reaches_the_disk(
    as_actor, app, firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "QUOTA_FILES", 0)
    answer = as_actor(firm.owner).post(
        "/firm/documents", data={"kind": "licence", "file": (io.BytesIO(b"%PDF-1.4 one"), "a.pdf")}
    )

    files: FileStore = app.extensions["creditbridge_files"]
    assert answer.status_code == 422
    assert [path for path in files.folder.rglob("*") if path.is_file()] == []
