"""Importing a file of firms: every row accounted for, all of it in one transaction, nothing in a dry run.

``rows = accepted + warned + refused`` and ``created + updated + unchanged = accepted + warned``, always. An empty
cell erases nothing, so a file of few columns can be imported over a fuller one, and importing the same file again
changes nothing.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.registry import columns as headings
from creditbridge.registry import register, rules
from creditbridge.registry.columns import FIELD_WORDS, Columns, Field, ImportMap
from creditbridge.registry.model import Firm, FirmImport, FirmImportRow
from creditbridge.registry.rules import Finding, FirmDraft, Outcome, RowVerdict, Terms
from creditbridge.sheets.limits import UPLOAD, Limits
from creditbridge.sheets.reading import Format, Row, Sheet, open_sheet
from creditbridge.store import bulk, change_counter, outbox

FIRMS_IMPORTED = "registry.firms_imported"
"""The outbox event of an import that changed firms; its payload is ``import_id``, a public id."""

MAX_REASON = 500
_CHUNK = 500
_KEPT_WARNINGS = 20_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class NotedRow:
    """A row with something to say about it; ``cells`` are kept of refused rows only."""

    line: int
    outcome: Outcome
    code: str
    name: str
    findings: tuple[Finding, ...]
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class ImportReport:
    """What an import did, or in a dry run would do.

    ``noted`` holds all refused rows and the first 20,000 with a warning; ``by_finding`` counts all of them.
    ``import_id`` is the public id of the import, None in a dry run.
    """

    format: Format
    delimiter: str
    header: tuple[str, ...]
    unread_columns: tuple[str, ...]
    notes: tuple[Words, ...]
    dry_run: bool
    import_id: str | None = None
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    by_finding: Counter[str] = field(default_factory=Counter)
    noted: list[NotedRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.outcomes.total()

    @property
    def accepted(self) -> int:
        return self.outcomes[Outcome.ACCEPTED]

    @property
    def warned(self) -> int:
        return self.outcomes[Outcome.WARNED]

    @property
    def refused(self) -> int:
        return self.outcomes[Outcome.REFUSED]

    def counts(self) -> dict[str, int]:
        """The seven counts that account for every row."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "warned": self.warned,
            "refused": self.refused,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
        }


def import_firms(
    session: Session,
    actor: Actor | None,
    source: bytes | Path,
    filename: str,
    own_map: ImportMap | None = None,
    *,
    dry_run: bool = False,
    check_digit_reason: str | None = None,
    limits: Limits = UPLOAD,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import a file of registrations in the caller's transaction.

    Args:
        session: where firms are written; in a dry run it is only read.
        actor: a platform administrator, or None for the operator of the installation at the command line.
        source: the content or where it lies.
        filename: what the file is called; its extension says the format.
        own_map: which heading is which field, where the usual ones do not fit.
        dry_run: judge and compare, write nothing.
        check_digit_reason: why codes whose check digit does not compute are taken as they are; kept in the
            audit trail. Without it such firms are taken as unconfirmed.
        limits: how much of the file is read at most.
        on_progress: told the number of rows done so far.

    Raises:
        NotAllowed: for anybody but a platform administrator.
        InvalidInput: if the file as a whole cannot be read, or the reason is blank or too long.
    """
    if actor is not None and not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    reason = _checked_reason(check_digit_reason)
    with open_sheet(source, filename, limits) as sheet:
        found = headings.resolve(sheet.header, own_map)
        terms = Terms(clock.today(), found.capital_unit, reason)
        report = ImportReport(
            sheet.format, sheet.delimiter, sheet.header, found.unread, sheet.notes, dry_run=dry_run
        )
        batch = None
        if not dry_run:
            bulk.make_room(session)
            batch = _open_batch(session, actor, filename, report, digest=_digest(source), reason=reason)
        _Run(session, report, found, terms, batch).go_through(sheet, on_progress)
        if batch is not None:
            _close_batch(session, actor, batch, report)
    return report


def _checked_reason(reason: str | None) -> str | None:
    if reason is None:
        return None
    stated = reason.strip()
    if not stated or len(stated) > MAX_REASON:
        words = Words(
            "请用不超过 {limit} 个字说明为何接受校验位不符的代码。",
            "Say in at most {limit} characters why codes with a wrong check digit are accepted.",
        )
        raise InvalidInput({"check_digit_reason": [words.fill(limit=MAX_REASON)]})
    return stated


@dataclass(slots=True)
class _Run:
    """One passage through a file. Without a batch nothing is written."""

    session: Session
    report: ImportReport
    found: Columns
    terms: Terms
    batch: FirmImport | None
    noted: list[NotedRow] = field(default_factory=list)

    def go_through(self, sheet: Sheet, on_progress: Progress | None) -> None:
        seen = rules.SeenRows()
        known = register.Register(self.session, None if self.batch is None else self.batch.id)
        while chunk := list(islice(sheet.rows, _CHUNK)):
            fresh = [draft for row in chunk if (draft := self._take(row, seen))]
            tally = known.take(fresh)
            self.report.created += tally.created
            self.report.updated += tally.updated
            self.report.unchanged += tally.unchanged
            self._keep()
            if on_progress:
                on_progress(self.report.rows)

    def _take(self, row: Row, seen: rules.SeenRows) -> FirmDraft | None:
        """Judge a row and count it; answers what is to be compared with the register."""
        verdict, repeats = seen.judge(_judge(row, self.report.header, self.found, self.terms))
        self.report.outcomes[verdict.outcome] += 1
        self.report.by_finding.update(finding.code for finding in verdict.findings)
        if verdict.findings:
            self.noted.append(_noted(verdict, row, self.found))
        if repeats:
            self.report.unchanged += 1
            return None
        return verdict.draft

    def _keep(self) -> None:
        report, rows = self.report, self.noted
        report.noted.extend(
            row for row in rows if row.outcome is Outcome.REFUSED or len(report.noted) < _KEPT_WARNINGS
        )
        if self.batch is not None and rows:
            self.session.execute(insert(FirmImportRow), [_row_values(self.batch.id, row) for row in rows])
        self.noted = []


def _judge(row: Row, header: tuple[str, ...], found: Columns, terms: Terms) -> RowVerdict:
    if row.width is not None:
        words = rules.WRONG_WIDTH.fill(width=row.width, wanted=len(header))
        return rules.refused(row.line, Finding("wrong_width", words, refuses=True))
    lost = [
        name for name, place in found.places.items() if place in row.lost_digits and name in _MUST_BE_TEXT
    ]
    if lost:
        words = rules.LOST_DIGITS.fill(field=FIELD_WORDS[lost[0]])
        return rules.refused(row.line, Finding("lost_digits", words, lost[0], refuses=True))
    return rules.judge_row(found.texts(row.cells), row.line, terms)


_MUST_BE_TEXT = (Field.USCC, Field.OLD_NUMBER)


def _noted(verdict: RowVerdict, row: Row, found: Columns) -> NotedRow:
    texts = {} if row.width is not None else found.texts(row.cells)
    code = texts.get(Field.USCC, "") or texts.get(Field.OLD_NUMBER, "")
    cells = row.cells if verdict.outcome is Outcome.REFUSED else ()
    name = texts.get(Field.NAME, "")
    return NotedRow(verdict.line, verdict.outcome, code.strip(), name.strip(), verdict.findings, cells)


def _row_values(import_id: int, row: NotedRow) -> Mapping[str, Any]:
    return {
        "import_id": import_id,
        "line": row.line,
        "outcome": row.outcome.value,
        "code": _storable(row.code[:40]),
        "name": _storable(row.name[:200]),
        "findings": [finding_as_json(finding) for finding in row.findings],
        "cells": [_storable(cell) for cell in row.cells],
    }


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """A finding for the database and for machines."""
    return {
        "code": finding.code,
        "field": finding.field.value if finding.field else None,
        "refuses": finding.refuses,
        "needs_override": finding.needs_override,
        **finding.words.as_json(),
    }


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "\ufffd")


def _open_batch(
    session: Session,
    actor: Actor | None,
    filename: str,
    report: ImportReport,
    *,
    digest: str,
    reason: str | None,
) -> FirmImport:
    batch = FirmImport(
        file_name=_storable(Path(filename).name)[-255:],
        content_digest=digest,
        format=report.format.value,
        delimiter=report.delimiter,
        header=[_storable(name) for name in report.header],
        unread_columns=[_storable(name) for name in report.unread_columns],
        notes=[note.as_json() for note in report.notes],
        check_digit_reason=reason or "",
        user_id=actor.user_id if actor else None,
        user_name=actor.name if actor else "",
        **dict.fromkeys(report.counts(), 0),
    )
    session.add(batch)
    session.flush()
    report.import_id = batch.public_id
    return batch


def _close_batch(session: Session, actor: Actor | None, batch: FirmImport, report: ImportReport) -> None:
    for name, count in report.counts().items():
        setattr(batch, name, count)
    if report.created or report.updated:
        change_counter.raise_counter(session)
        outbox.emit(session, FIRMS_IMPORTED, import_id=batch.public_id)
        _forget_stale(session)
    record_as(
        session,
        actor,
        "firms.imported",
        subject_kind="firm_import",
        subject_id=batch.public_id,
        reason=batch.check_digit_reason,
        content_digest=batch.content_digest,
        **report.counts(),
    )
    session.flush()


def _forget_stale(session: Session) -> None:
    """Firms loaded before are read anew: bulk statements do not refresh them."""
    for loaded in [each for each in session if isinstance(each, Firm)]:
        session.expire(loaded)


def _digest(source: bytes | Path) -> str:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
