"""Uploads are what their content says, not what they call themselves."""

import io
import zipfile

import pytest

from borrowers.documents import media
from creditbridge.kernel.errors import InvalidInput

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 20
PDF = b"%PDF-1.7\n"


def office(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return out.getvalue()


XLSX, DOCX = office("xl/workbook.xml"), office("word/document.xml")


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, media.PDF),
        ("a.PNG", PNG, media.PNG),
        ("a.jpeg", JPEG, media.JPEG),
        ("表.xlsx", XLSX, media.XLSX),
        ("函.docx", DOCX, media.DOCX),
    ],
)
def test_a_file_that_is_what_it_says_is_taken(name, content, media_type):
    assert media.accept(name, content).media_type == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PNG),
        ("a.png", b"<html><script>alert(1)</script>"),
        ("a.jpg", PDF),
        ("a.xlsx", DOCX),
        ("a.docx", XLSX),
        ("a.xlsx", b"PK\x03\x04 not a zip"),
        ("a.docx", PNG),
        ("a.exe", b"MZ"),
        ("a.svg", b"<svg/>"),
        ("a.html", b"<p>"),
        ("pdf", PDF),
        ("a.pdf.exe", PDF),
        ("a.pdf", b""),
        ("a.xlsx", office("xl/workbook.xml", "xl/vbaProject.bin")),
    ],
)
def test_a_file_that_lies_is_refused(name, content):
    with pytest.raises(InvalidInput) as refusal:
        media.accept(name, content, field="licence")
    assert set(refusal.value.fields) == {"licence"}


def test_a_file_over_the_cap_is_refused():
    with pytest.raises(InvalidInput):
        media.accept("a.pdf", PDF + b"0" * media.MAX_BYTES)


def test_a_zip_bomb_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/bomb.xml", b"0" * (media._MAX_UNPACKED + 1))
    with pytest.raises(InvalidInput):
        media.accept("a.xlsx", out.getvalue())


def test_a_proof_takes_no_office_file():
    with pytest.raises(InvalidInput):
        media.accept("a.xlsx", XLSX, allowed=media.PICTURES_AND_PDF)


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\人员\\执照.png", "执照.png"),
        ("a\u202egnp.pdf", "agnp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("", "file"),
        ("...", "file"),
    ],
)
def test_names_are_made_safe(typed, safe):
    assert media.safe_name(typed) == safe


def test_a_long_name_keeps_its_extension():
    name = media.safe_name("名" * 400 + ".pdf")
    assert len(name) == media.MAX_NAME
    assert name.endswith(".pdf")
