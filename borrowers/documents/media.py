"""What a document may be: told by its first bytes and, for office files, by what is inside. Pure.

The extension must agree with the content; the media type that is stored and served is ours, never the sender's.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words

MIB = 1024 * 1024
MAX_BYTES = 10 * MIB
MAX_NAME = 120
_MAX_MEMBERS = 2000
_MAX_UNPACKED = 200 * MIB

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

EXTENSIONS: Mapping[str, str] = {
    ".pdf": PDF,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".xlsx": XLSX,
    ".docx": DOCX,
}
ALL_TYPES = frozenset(EXTENSIONS.values())
PICTURES_AND_PDF = frozenset({PDF, PNG, JPEG})
PREVIEWABLE = PICTURES_AND_PDF
ACCEPT = ",".join(EXTENSIONS)
ACCEPT_PROOF = ".pdf,.png,.jpg,.jpeg"

_OFFICE_PARTS = {XLSX: "xl/workbook.xml", DOCX: "word/document.xml"}
_DROPPED_FROM_NAMES = set('/\\:*?"<>|')

EMPTY = Words("文件是空的，请重新选择。", "The file is empty. Choose another.")
TOO_LARGE = Words(
    "文件超过 {limit} MB，请压缩或拆分后再上传。", "The file is larger than {limit} MB. Compress or split it."
).fill(limit=MAX_BYTES // MIB)
WRONG_KIND = Words(
    "不支持这种文件。可上传 {kinds}。", "We cannot take this kind of file. You can upload {kinds}."
)
MISMATCH = Words(
    "文件内容与扩展名 {extension} 不符。请用原软件另存为该格式后再上传。",
    "The content is not what the extension {extension} says. Save it in that format again and upload it again.",
)
MACROS = Words(
    "文件中含有宏，不能上传。请另存为不含宏的文件。",
    "The file holds macros and cannot be uploaded. Save it without them.",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that passed: its safe name, our media type, its content."""

    file_name: str
    media_type: str
    content: bytes


def accept(
    file_name: str, content: bytes, *, allowed: frozenset[str] = ALL_TYPES, field: str = "file"
) -> Upload:
    """Check one file.

    Raises:
        InvalidInput: empty, too large, of a kind that is not taken, or not what its extension says; names ``field``.
    """
    name = safe_name(file_name)
    extension = PurePosixPath(name).suffix.lower()
    problem = _problem(extension, content, allowed)
    if problem is not None:
        raise InvalidInput({field: [problem]}, code="file_refused")
    return Upload(name, EXTENSIONS[extension], content)


def safe_name(file_name: str) -> str:
    """The last part of a name without signs that mean something to a file system or hide its end."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in _DROPPED_FROM_NAMES
    ).strip(" .")
    path = PurePosixPath(kept or "file")
    return path.stem[: MAX_NAME - len(path.suffix[:10])] + path.suffix[:10]


def _problem(extension: str, content: bytes, allowed: frozenset[str]) -> Words | None:
    if not content:
        return EMPTY
    if len(content) > MAX_BYTES:
        return TOO_LARGE
    expected = EXTENSIONS.get(extension)
    if expected is None or expected not in allowed:
        kinds = ", ".join(sorted(end[1:].upper() for end, media in EXTENSIONS.items() if media in allowed))
        return WRONG_KIND.fill(kinds=kinds)
    if expected in _OFFICE_PARTS:
        return _office_problem(extension, expected, content)
    return None if _plain_type(content) == expected else MISMATCH.fill(extension=extension)


def _plain_type(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    return PDF if content.startswith(b"%PDF-") else None


def _office_problem(extension: str, expected: str, content: bytes) -> Words | None:
    mismatch = MISMATCH.fill(extension=extension)
    if not content.startswith(b"PK\x03\x04"):
        return mismatch
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return mismatch
    names = {member.filename for member in members}
    if any(name.endswith("vbaProject.bin") for name in names):
        return MACROS
    bomb = len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > _MAX_UNPACKED
    fits = "[Content_Types].xml" in names and _OFFICE_PARTS[expected] in names
    return None if fits and not bomb else mismatch
