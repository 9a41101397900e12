"""Use cases of the registry: finding firms, and what is known of the imports that brought them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import uscc
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry import regions
from creditbridge.registry.importing import ImportReport, import_firms
from creditbridge.registry.model import Firm, FirmImport, FirmImportRow
from creditbridge.registry.readings import IdentityStatus
from creditbridge.registry.returning import refused_rows_of_import, refused_rows_of_report
from creditbridge.registry.rules import Outcome

__all__ = [
    "FirmPage",
    "ImportPage",
    "ImportReport",
    "accept_check_digit",
    "find_firm_by_uscc",
    "firm",
    "firm_by_id",
    "firm_import",
    "firms_of_import",
    "import_firms",
    "imports",
    "noted_rows",
    "refused_rows_of_import",
    "refused_rows_of_report",
    "search_firms",
]

PAGE = 20
MAX_SEARCH = 100


@dataclass(frozen=True, slots=True)
class FirmPage:
    """Some firms and the cursor to the next ones, None at the end."""

    firms: Sequence[Firm]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ImportPage:
    imports: Sequence[FirmImport]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class NotedPage:
    rows: Sequence[FirmImportRow]
    next_cursor: str | None


def firm(session: Session, public_id: str) -> Firm:
    """A firm by its public id.

    Raises:
        NotFound: if there is none.
    """
    found = session.scalar(select(Firm).where(Firm.public_id == public_id))
    if found is None:
        raise NotFound(Words("企业", "firm"))
    return found


def firm_by_id(session: Session, firm_id: int) -> Firm:
    """A firm by its key, for rows that refer to it.

    Raises:
        NotFound: if there is none.
    """
    found = session.get(Firm, firm_id)
    if found is None:
        raise NotFound(Words("企业", "firm"))
    return found


def find_firm_by_uscc(session: Session, code: str) -> Firm | None:
    """The firm of a code, however it is spaced or cased; None if no such firm is registered here."""
    return session.scalar(select(Firm).where(Firm.uscc == uscc.normalise(code)))


def search_firms(
    session: Session,
    text: str = "",
    cursor: str | None = None,
    *,
    region: str | None = None,
    status: str | None = None,
    limit: int = PAGE,
) -> FirmPage:
    """Firms whose code or old number is the text or whose name contains it, in the order of registration here.

    Raises:
        InvalidInput: ``unknown_region``.
    """
    query = _matching(select(Firm), text.strip()[:MAX_SEARCH])
    if region:
        query = query.where(Firm.region_code.startswith(_region_prefix(region), autoescape=True))
    if status:
        query = query.where(Firm.status == status)
    if cursor:
        query = query.where(Firm.id > _id_after(session, Firm, cursor))
    firms = session.scalars(query.order_by(Firm.id).limit(limit + 1)).all()
    return FirmPage(firms[:limit], firms[limit - 1].public_id if len(firms) > limit else None)


def _matching(query: Select[Firm], text: str) -> Select[Firm]:
    if not text:
        return query
    code = uscc.normalise(text)
    return query.where(
        or_(Firm.uscc == code, Firm.old_number == code, Firm.name.contains(text, autoescape=True))
    )


def _region_prefix(region: str) -> str:
    full = regions.normalise(region)
    while full.endswith("00") and len(full) > 2:
        full = full[:-2]
    return full


def _id_after(session: Session, model: type[Firm | FirmImport], public_id: str) -> int:
    found = session.scalar(select(model.id).where(model.public_id == public_id))
    if found is None:
        words = Words(
            "翻页位置已失效，请回到第一页。", "This place in the list is gone. Go back to the first page."
        )
        raise InvalidInput({"cursor": [words]}, words, code="cursor")
    return found


def accept_check_digit(session: Session, actor: Actor, public_id: str, reason: str) -> Firm:
    """Accept, with a reason, a firm's code whose check digit does not compute.

    Raises:
        NotAllowed: for anybody but a platform administrator.
        Conflict: if the firm's code is not waiting for this.
        InvalidInput: without a reason.
    """
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    found = firm(session, public_id)
    if found.identity_status != IdentityStatus.UNCONFIRMED:
        words = Words("该企业的代码无需人工确认。", "This firm's code needs no confirmation.")
        raise Conflict("identity_settled", words)
    if not reason.strip():
        raise InvalidInput({"reason": [Words("请填写理由。", "Give a reason.")]})
    found.identity_status = IdentityStatus.OVERRIDDEN.value
    record_as(
        session,
        actor,
        "firm.check_digit_accepted",
        subject_kind="firm",
        subject_id=found.public_id,
        reason=reason.strip(),
    )
    return found


def firm_import(session: Session, actor: Actor, public_id: str) -> FirmImport:
    """One import, for those who run the platform.

    Raises:
        NotFound: if there is none, or for anybody else.
    """
    found = session.scalar(select(FirmImport).where(FirmImport.public_id == public_id))
    if found is None or not actor.is_platform:
        raise NotFound(Words("导入记录", "import"))
    return found


def imports(session: Session, actor: Actor, cursor: str | None = None, *, limit: int = PAGE) -> ImportPage:
    """Imports, newest first.

    Raises:
        NotFound: for anybody outside the platform.
    """
    if not actor.is_platform:
        raise NotFound(Words("导入记录", "import"))
    query = select(FirmImport).order_by(FirmImport.id.desc())
    if cursor:
        query = query.where(FirmImport.id < _id_after(session, FirmImport, cursor))
    found = session.scalars(query.limit(limit + 1)).all()
    return ImportPage(found[:limit], found[limit - 1].public_id if len(found) > limit else None)


def noted_rows(
    session: Session,
    batch: FirmImport,
    outcome: Outcome | None = None,
    after_line: int = 0,
    *,
    limit: int = 50,
) -> NotedPage:
    """Refused and warned rows of an import in the order of the file; the cursor is the last line shown."""
    query = select(FirmImportRow).where(FirmImportRow.import_id == batch.id, FirmImportRow.line > after_line)
    if outcome is not None:
        query = query.where(FirmImportRow.outcome == outcome.value)
    rows = session.scalars(query.order_by(FirmImportRow.line).limit(limit + 1)).all()
    return NotedPage(rows[:limit], str(rows[limit - 1].line) if len(rows) > limit else None)


def firms_of_import(session: Session, import_public_id: str) -> Sequence[Firm]:
    """The firms that an import created or changed, as far as no later import changed them again."""
    return session.scalars(
        select(Firm)
        .join(FirmImport, FirmImport.id == Firm.last_import_id)
        .where(FirmImport.public_id == import_public_id)
        .order_by(Firm.id)
    ).all()


def firm_count(session: Session) -> int:
    """How many firms are registered here."""
    return session.scalar(select(func.count()).select_from(Firm)) or 0
