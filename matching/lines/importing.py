"""Importing files of grants and of balances. Every row is accounted for: created, unchanged, or refused with reasons.

Rows stand on their own: a refused one keeps no other from being taken. A row that says what is recorded already
changes nothing, so a file can be sent again; one that says otherwise is refused, for a record is corrected by an
approver, never overwritten. A dry run is the same run, undone at its end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import Conflict, DomainError, InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.sheets.limits import MIB, Limits
from creditbridge.sheets.reading import Format, Row, open_sheet
from creditbridge.sheets.writing import Cell, write_table, write_xlsx
from lenders.institutions import service as institutions
from lenders.institutions.model import Lender
from lenders.products import service as products
from matching.lines import balances, columns
from matching.lines.columns import COLUMNS, CONTENT_WORDS, Content
from matching.lines.correcting import terms_of
from matching.lines.model import CreditLine, LineImport, LineImportRow
from matching.lines.recording import OfflineGrant, check_recorder, firm_of_code, record_offline, stated

LIMITS = Limits(file_bytes=5 * MIB, rows=2_000, unpacked_bytes=60 * MIB)
"""A file is taken in while its sender waits, and on SQLite while every other writer waits: it is kept short."""
REASON = Words("未接收原因", "Reason for refusal")
_DIFFERS = Words(
    "该合同编号已登记，且内容不同。如需修改，请由审批人更正。",
    "This contract is recorded with other contents. An approver can correct it.",
)
_WRONG_WIDTH = Words(
    "这一行的列数与表头不一致。", "The number of cells in this row does not match the headings."
)
_OTHER_NAME = Words("与登记名称“{name}”不一致。", "This is not the registered name, “{name}”.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused row: its line in the file, its cells as sent, and the reasons."""

    line: int
    cells: tuple[str, ...]
    reasons: tuple[Words, ...]


@dataclass(slots=True)
class LineReport:
    """What an import did, or in a dry run would do. ``import_id`` is a public id, None in a dry run."""

    content: Content
    format: Format
    header: tuple[str, ...]
    rows: int = 0
    created: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    notes: tuple[Words, ...] = ()
    import_id: str | None = None

    @property
    def refused(self) -> int:
        return len(self.refusals)


def import_lines(
    session: Session, actor: Actor, content: Content, source: bytes, filename: str, *, dry_run: bool = False
) -> LineReport:
    """Take in a file in the caller's transaction.

    Raises:
        NotAllowed: for anybody but a reviewer of a lender that may work on the platform.
        InvalidInput: the file as a whole cannot be read, or lacks a column.
    """
    check_recorder(actor)
    lender = institutions.working_lender_of(session, actor)
    with open_sheet(source, filename, LIMITS) as sheet:
        report = LineReport(content, sheet.format, sheet.header, notes=sheet.notes)
        where = columns.places(sheet.header, content)
        savepoint = session.begin_nested()
        run = _Run(session, actor, lender)
        take = run.take_grant if content is Content.GRANTS else run.take_balance
        for row in sheet.rows:
            _take(session, row, where, take, report)
        if dry_run:
            savepoint.rollback()
            session.expire_all()
            return report
        savepoint.commit()
    _keep(session, actor, _batch(lender, actor, source, filename, report), report)
    return report


def _take(
    session: Session,
    row: Row,
    where: Mapping[str, int],
    take: Callable[[Mapping[str, str]], bool],
    report: LineReport,
) -> None:
    """Take one row wholly, or leave nothing of it: what refuses it may come after the first of it was written."""
    report.rows += 1
    if row.width is not None:
        report.refusals.append(Refusal(row.line, row.cells, (_WRONG_WIDTH,)))
        return
    try:
        with session.begin_nested():
            created = take({name: row.cells[place] for name, place in where.items()})
    except DomainError as error:
        report.refusals.append(Refusal(row.line, row.cells, tuple(_reasons(error, report.content))))
    else:
        report.created += created
        report.unchanged += not created


def _reasons(error: DomainError, content: Content) -> list[Words]:
    if not isinstance(error, InvalidInput):
        return [error.words]
    headings = {column.name: column.heading for column in COLUMNS[content]}
    named = Words("{heading}：{words}", "{heading}: {words}")
    return [
        named.fill(heading=headings[name], words=words) if name in headings else words
        for name, several in error.fields.items()
        for words in several
    ]


class _Run:
    """One passage through a file: rows are taken by the use cases that pages call."""

    def __init__(self, session: Session, actor: Actor, lender: Lender) -> None:
        self._session, self._actor, self._lender = session, actor, lender
        self._products = {
            name: product.public_id
            for product in products.published_of_lender(session, lender.id)
            for name in (product.name.zh, product.name.en)
        }
        self._branches = {
            branch.name: branch.public_id for branch in institutions.branches_of(session, lender.id)
        }

    def take_grant(self, cells: Mapping[str, str]) -> bool:
        """Record a grant; answers whether it was news."""
        row = columns.read_grant(cells)
        firm = firm_of_code(self._session, row.firm_uscc)
        if row.firm_name and not columns.same_name(row.firm_name, firm.name):
            raise InvalidInput({"firm_name": [_OTHER_NAME.fill(name=firm.name)]})
        product = self._named(self._products, "product", row.product)
        branch = self._named(self._branches, "branch", row.branch)
        held = self._line(row.terms.contract_number)
        if held is None:
            record_offline(
                self._session, self._actor, OfflineGrant(row.firm_uscc, row.terms, product, branch)
            )
            return True
        said = replace(row.terms, maturity_on=row.terms.maturity)
        if held.firm_id != firm.id or stated(terms_of(held)) != stated(said):
            raise Conflict("recorded_otherwise", _DIFFERS)
        return False

    def take_balance(self, cells: Mapping[str, str]) -> bool:
        """Report a balance; answers whether it was news."""
        row = columns.read_balance(cells)
        line = self._line(row.contract_number)
        if line is None:
            words = Words("没有登记过这份合同的授信。", "No grant under this contract is recorded.")
            raise InvalidInput({"contract_number": [words]})
        return balances.report_on(self._session, self._actor, line, row.report)

    def _line(self, contract_number: str) -> CreditLine | None:
        return self._session.scalar(
            select(CreditLine)
            .where(
                CreditLine.lender_id == self._lender.id,
                CreditLine.contract_number == contract_number,
                CreditLine.standing.is_not(None),
            )
            .options(selectinload(CreditLine.balances), selectinload(CreditLine.renews))
        )

    def _named(self, known: Mapping[str, str], column: str, name: str) -> str | None:
        if not name:
            return None
        if name not in known:
            words = Words("本机构没有名为“{name}”的项。", "Your institution has none named “{name}”.")
            raise InvalidInput({column: [words.fill(name=name[:40])]})
        return known[name]


def _batch(lender: Lender, actor: Actor, source: bytes, filename: str, report: LineReport) -> LineImport:
    return LineImport(
        lender_id=lender.id,
        content=report.content.value,
        file_name=_storable(PurePath(filename).name)[-255:],
        content_digest=hashlib.sha256(source).hexdigest(),
        format=report.format.value,
        header=[_storable(name) for name in report.header],
        user_id=actor.user_id,
        user_name=actor.name,
        rows=report.rows,
        created=report.created,
        unchanged=report.unchanged,
        refused=report.refused,
        refusals=[
            LineImportRow(
                line=row.line,
                reasons=[words.as_json() for words in row.reasons],
                cells=[_storable(cell) for cell in row.cells],
            )
            for row in report.refusals
        ],
    )


def _keep(session: Session, actor: Actor, batch: LineImport, report: LineReport) -> None:
    session.add(batch)
    session.flush()
    report.import_id = batch.public_id
    record_as(
        session,
        actor,
        f"lines.{report.content.value}_imported",
        subject_kind="credit_line_import",
        subject_id=batch.public_id,
        content_digest=batch.content_digest,
        rows=report.rows,
        created=report.created,
        unchanged=report.unchanged,
        refused=report.refused,
    )


def refused_file(batch: LineImport, locale: str) -> bytes:
    """The refused rows as they were sent, with a column that says why, in the format of the file."""
    header = [name for name in batch.header if name not in (REASON.zh, REASON.en)]
    kept = [place for place, name in enumerate(batch.header) if name not in (REASON.zh, REASON.en)]
    rows = [
        [
            *(row.cells[place] if place < len(row.cells) else "" for place in kept),
            joined([Words.from_json(words) for words in row.reasons]).say(locale),
        ]
        for row in batch.refusals
    ]
    return write_table(Format(batch.format), [*header, REASON.say(locale)], rows, title=REASON.say(locale))


def template(content: Content, locale: str) -> bytes:
    """An empty file with the headings and one example row."""
    rows: list[list[Cell]] = [[column.example for column in COLUMNS[content]]]
    headings = [column.heading.say(locale) for column in COLUMNS[content]]
    return write_xlsx(headings, rows, CONTENT_WORDS[content].say(locale))


def joined(reasons: list[Words]) -> Words:
    """Several reasons as one text."""
    return Words("".join(each.zh for each in reasons), " ".join(each.en for each in reasons))


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "\ufffd")
