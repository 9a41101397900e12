"""A firm's documents: keeping, reading, deleting what nothing uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from borrowers.documents import media
from borrowers.documents.model import Document
from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused, Unavailable
from creditbridge.kernel.words import Words
from creditbridge.store.files import FileStore, digest_of

QUOTA_BYTES = 200 * media.MIB
QUOTA_FILES = 300
DOCUMENT = Words("文件", "document")
_OVER_QUOTA = Words(
    "贵企业的文件空间已满（最多 {files} 个、共 {limit} MB）。请先删除不用的文件。",
    "Your firm's storage is full (at most {files} files and {limit} MB). Delete files you do not need.",
).fill(files=QUOTA_FILES, limit=QUOTA_BYTES // media.MIB)
_IN_USE = Words(
    "这份文件已用于贷款申请或自报信息，不能删除。",
    "This document is used in an application or as evidence, so it cannot be deleted.",
)
_LOST = Words("文件暂时无法读取，请稍后再试。", "The file cannot be read at the moment. Try again later.")


def keep(
    session: Session,
    files: FileStore,
    actor: Actor,
    firm_id: int,
    *,
    kind: str,
    filename: str,
    stream: IO[bytes],
    field: str = "file",
) -> Document:
    """Check and keep one upload of a firm. The same content under the same kind and name is kept once.

    Raises:
        InvalidInput: the file is empty, too large, not what it says, or the firm's space is full; names ``field``.
        NotAllowed: the actor does not act for a firm.
    """
    if not actor.is_firm or actor.user_id is None:
        raise NotAllowed
    upload = media.accept(filename, stream.read(media.MAX_BYTES + 1), field=field)
    digest = digest_of(upload.content)
    same = _same(session, firm_id, kind, upload.file_name, digest)
    if same is not None:
        return same
    _check_quota(session, firm_id, len(upload.content), field)
    files.put(upload.content)
    document = Document(
        firm_id=firm_id,
        kind=kind,
        file_name=upload.file_name,
        media_type=upload.media_type,
        size=len(upload.content),
        digest=digest,
        uploaded_by=actor.user_id,
        uploaded_by_name=actor.name,
    )
    session.add(document)
    session.flush()
    _record(session, actor, "kept", document)
    return document


def document(session: Session, firm_id: int, public_id: str) -> Document:
    """One document of a firm.

    Raises:
        NotFound: the firm has no such document.
    """
    found = session.scalar(
        select(Document).where(Document.public_id == public_id, Document.firm_id == firm_id)
    )
    if found is None:
        raise NotFound(DOCUMENT)
    return found


def documents_of(session: Session, firm_id: int) -> Sequence[Document]:
    """A firm's documents, newest first."""
    statement = select(Document).where(Document.firm_id == firm_id).order_by(Document.id.desc())
    return session.scalars(statement).all()


def used_bytes(session: Session, firm_id: int) -> int:
    """How much of its space a firm uses."""
    return int(
        session.scalar(select(func.coalesce(func.sum(Document.size), 0)).where(Document.firm_id == firm_id))
        or 0
    )


def content(session: Session, files: FileStore, kept: Document) -> bytes:  # noqa: ARG001 - the unit of work that found it
    """The bytes of a document. Whether the reader may see it was decided before: by the firm, or at the door.

    Raises:
        Unavailable: the file store does not have it at the moment.
    """
    try:
        return files.get(kept.digest)
    except OSError as error:
        raise Unavailable("file_unreadable", _LOST) from error


def delete(session: Session, actor: Actor, firm_id: int, public_id: str) -> None:
    """Delete a document nothing refers to. The content stays in the store, where another document may share it.

    Raises:
        NotFound: the firm has no such document.
        RuleRefused: something uses it.
    """
    found = document(session, firm_id, public_id)
    _record(session, actor, "deleted", found)
    try:
        with session.begin_nested():
            session.delete(found)
            session.flush()
    except IntegrityError as error:
        raise RuleRefused("document_in_use", _IN_USE) from error


def _same(session: Session, firm_id: int, kind: str, file_name: str, digest: str) -> Document | None:
    return session.scalar(
        select(Document)
        .where(
            Document.firm_id == firm_id,
            Document.kind == kind,
            Document.file_name == file_name,
            Document.digest == digest,
        )
        .limit(1)
    )


def _check_quota(session: Session, firm_id: int, more: int, field: str) -> None:
    files = session.scalar(select(func.count()).select_from(Document).where(Document.firm_id == firm_id)) or 0
    if files >= QUOTA_FILES or used_bytes(session, firm_id) + more > QUOTA_BYTES:
        raise InvalidInput({field: [_OVER_QUOTA]}, code="storage_full")


def _record(session: Session, actor: Actor, step: str, kept: Document) -> None:
    record_as(
        session,
        actor,
        f"document.{step}",
        subject_kind="document",
        subject_id=kept.public_id,
        kind=kept.kind,
        size=kept.size,
        digest=kept.digest,
    )
