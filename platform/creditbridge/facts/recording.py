"""Recording what a run found of many firms: column by column, on the form in which facts are stored.

The same rows, log and audit trail as :func:`creditbridge.facts.service.record_many` writes, without an object for each
fact: of a city that is ten million of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from creditbridge.facts import change_log, stored
from creditbridge.facts.catalogue import Sensitivity, Subject, catalogue
from creditbridge.facts.model import FactChange, FirmFactsRow
from creditbridge.facts.values import UNKNOWN_FACT, ValueProblem, value_from_json
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.store import bulk, change_counter

Stated = Mapping[str, Any]
"""A fact as it is stored: value, source, day and confirmation."""
News = Callable[[Sequence[Any], Mapping[str, Stated]], Mapping[str, Stated | None]]
"""Told the values said of a firm, in the order of the columns, and what is held: what is to be written. None takes away."""

_CHUNK = 1_000
_ROWS = cast("Table", FirmFactsRow.__table__)
_LOG = cast("Table", FactChange.__table__)
_LOGGED = (
    "change_seq", "firm_id", "fact", "at", "user_id", "organisation_id", "source", "as_of", "confirmed", "value",
    "digest", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One fact of some firms in their order: its values in their JSON form, None where nothing is said."""

    code: str
    source: str
    values: Sequence[Any]


def record_said(
    session: Session, firm_ids: Sequence[int], said: Sequence[Said], news: News, *, reason: str
) -> int:
    """Record what is said of firms, as far as it is news; answers how many firms' facts changed in any way.

    All of it is one step of the change counter; where nothing is news, none.

    Raises:
        InvalidInput: a fact is unknown, is not about firms, or cannot hold a value.
    """
    for column in said:
        _check(column)
    # On PostgreSQL writers of facts wait for one another, so that none is lost between reading a row and writing it.
    change_counter.hold(session)
    writing = _Writing(session, reason, clock.now())
    rows = zip(firm_ids, zip(*(column.values for column in said), strict=True), strict=True)
    while chunk := dict(islice(rows, _CHUNK)):
        writing.take(chunk, news)
    writing.close()
    return writing.firms


def _check(column: Said) -> None:
    fact = catalogue().get(column.code)
    problem = UNKNOWN_FACT if fact is None or fact.subject is not Subject.FIRM else None
    if fact is not None:
        try:
            for value in _distinct(column.values):
                value_from_json(fact, value)
        except ValueProblem as found:
            problem = found.words
    if problem is not None:
        raise InvalidInput({column.code: [problem]})


def _distinct(values: Sequence[Any]) -> Iterator[Any]:
    """Values that stand for all of them: the least and the greatest of numbers, each of others once."""
    known = [value for value in values if value is not None]
    numbers = [value for value in known if type(value) is int]
    if numbers:
        yield from (min(numbers), max(numbers))
    if len(numbers) < len(known):
        others = (value for value in known if type(value) is not int)
        yield from {repr(value): value for value in others}.values()


class _Writing:
    """A step of the counter, taken with the first thing that changed."""

    def __init__(self, session: Session, reason: str, at: datetime) -> None:
        self._session, self._reason, self._at = session, reason, at
        self._seq: int | None = None
        self._only: tuple[int, list[str]] | None = None
        self.firms = 0

    def take(self, said: Mapping[int, Sequence[Any]], news: News) -> None:
        held = self._held(said.keys())
        known: list[bulk.Row] = []
        new: list[bulk.Row] = []
        log: list[bulk.Row] = []
        for firm_id, values in said.items():
            facts = held.get(firm_id)
            laid = news(values, facts or {})
            if not laid:
                continue
            seq = self._step()
            self.firms += 1
            self._only = (firm_id, list(laid)) if self.firms == 1 else None
            log += self._log_of(firm_id, laid, facts or {}, seq)
            whole = {code: fact for code, fact in {**(facts or {}), **laid}.items() if fact is not None}
            row = (stored.as_text(whole), seq, self._at, firm_id)
            (new if facts is None else known).append(row)
        columns = ("fact_values", "change_seq", "updated_at")
        bulk.update_rows(self._session, _ROWS, "firm_id", columns, known)
        bulk.insert_rows(self._session, _ROWS, (*columns, "firm_id"), new)
        bulk.insert_rows(self._session, _LOG, _LOGGED, log)

    def close(self) -> None:
        """Note the step in the audit trail; what the session had loaded of facts is read anew."""
        if self._seq is None:
            return
        for loaded in [each for each in self._session if isinstance(each, FirmFactsRow)]:
            self._session.expire(loaded)
        change_log.audit(
            self._session, self.firms, self._only, seq=self._seq, actor=None, reason=self._reason
        )

    def _step(self) -> int:
        if self._seq is None:
            self._seq = change_counter.raise_counter(self._session)
        return self._seq

    def _held(self, firm_ids: Collection[int]) -> dict[int, dict[str, Any]]:
        statement = select(FirmFactsRow.firm_id, FirmFactsRow.fact_values)
        rows = self._session.execute(statement.where(FirmFactsRow.firm_id.in_(list(firm_ids))))
        return {row.firm_id: row.fact_values for row in rows}

    def _log_of(
        self, firm_id: int, laid: Mapping[str, Stated | None], held: Mapping[str, Stated], seq: int
    ) -> Iterator[bulk.Row]:
        facts, reason, at = catalogue(), self._reason[:200], self._at
        for code, new in laid.items():
            before = held.get(code)
            if new is None:
                digest = stored.digest_of_text(firm_id, code, "null", seq)
                yield seq, firm_id, code, at, None, None, None, None, None, None, digest, reason
            elif before is None or not change_log.is_confirmed_again(before, new):
                text = stored.as_text(new["value"])
                shown = text if facts[code].sensitivity is Sensitivity.PUBLIC else None
                digest = stored.digest_of_text(firm_id, code, text, seq)
                as_of = date.fromisoformat(new["as_of"])
                yield (
                    seq,
                    firm_id,
                    code,
                    at,
                    None,
                    None,
                    new["source"],
                    as_of,
                    new["confirmed"],
                    shown,
                    digest,
                    reason,
                )
