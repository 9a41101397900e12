"""A firm's documents."""

import io

import pytest
from sqlalchemy import func, select

from borrowers.documents import media, service
from borrowers.documents.model import Document
from borrowers.reported_facts import service as reported_facts
from creditbridge.store.files import FileStore

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def upload(client, content=PNG, name="流水 2026.png", kind="bank_statement"):
    sent = {"kind": kind, "file": (io.BytesIO(content), name)}
    return client.post("/firm/documents", data=sent, content_type="multipart/form-data")


def only_document(database):
    with database.read() as session:
        return session.scalars(select(Document)).one()


def test_an_upload_is_kept_and_listed(database, side):
    assert upload(side.client).status_code == 302
    assert "流水 2026.png" in side.client.get("/firm/documents").text
    assert only_document(database).media_type == "image/png"


def test_a_download_names_the_file_in_both_forms(database, side):
    upload(side.client)
    answer = side.client.get(f"/firm/documents/{only_document(database).public_id}/file")
    assert answer.data == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E6%B5%81%E6%B0%B4" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_is_shown_in_a_sandbox(database, side):
    upload(side.client)
    answer = side.client.get(f"/firm/documents/{only_document(database).public_id}")
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_same_upload_again_is_kept_once(database, side):
    upload(side.client)
    upload(side.client)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 1


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"<html><script>", "a.png", "tax"),
        (PNG, "a.pdf", "tax"),
        (PNG, "a.exe", "tax"),
        (b"", "a.png", "tax"),
        (PNG, "a.png", "no_such_kind"),
    ],
)
def test_a_bad_upload_is_answered_with_422_and_not_kept(database, side, content, name, kind):
    assert upload(side.client, content, name, kind).status_code == 422
    with database.read() as session:
        assert session.scalar(select(Document.id)) is None


def test_an_upload_without_a_file_is_answered_with_422(side):
    assert side.client.post("/firm/documents", data={"kind": "tax"}).status_code == 422


def test_a_file_beyond_the_cap_is_answered_with_422(side, monkeypatch):
    monkeypatch.setattr(media, "MAX_BYTES", 20)
    assert upload(side.client, PNG).status_code == 422


def test_a_body_beyond_the_cap_is_answered_with_413(app, side):
    app.config["MAX_CONTENT_LENGTH"] = 1000
    assert upload(side.client, PNG + b"0" * 1000).status_code == 413


def test_the_firms_space_is_bounded(side, monkeypatch):
    monkeypatch.setattr(service, "QUOTA_BYTES", 40)
    assert upload(side.client, name="a.png").status_code == 302
    assert upload(side.client, PNG + b"1", name="b.png").status_code == 422


@pytest.mark.parametrize("path", ["", "/file"])
def test_another_firms_document_is_not_found(database, side, make_side, path):
    upload(side.client)
    stranger = make_side()
    public_id = only_document(database).public_id
    assert stranger.client.get(f"/firm/documents/{public_id}{path}").status_code == 404
    assert stranger.client.post(f"/firm/documents/{public_id}/delete").status_code == 404


def test_an_unused_document_is_deleted(database, side):
    upload(side.client)
    public_id = only_document(database).public_id
    assert side.client.post(f"/firm/documents/{public_id}/delete").status_code == 302
    assert side.client.get(f"/firm/documents/{public_id}").status_code == 404


def test_a_used_document_is_not_deleted(database, side):
    from datetime import date

    upload(side.client)
    document = only_document(database)
    with database.write() as session:
        reported_facts.report(
            session,
            side.owner,
            firm_id=side.firm.id,
            values={"employees": 3},
            as_of=date(2026, 11, 1),
            document_id=document.id,
        )
    assert side.client.post(f"/firm/documents/{document.public_id}/delete").status_code == 409
    assert side.client.get(f"/firm/documents/{document.public_id}").status_code == 200


def test_a_file_the_store_lost_is_told_and_no_error(database, side, settings):
    upload(side.client)
    document = only_document(database)
    (FileStore(settings.files_dir)._path(document.digest)).unlink()
    assert side.client.get(f"/firm/documents/{document.public_id}").status_code == 503
