"""Importing scores, grades, other facts and named lists from a table: one row a firm, one column a fact or a list.

Columns are found by heading: the firm's code, the date the values hold as of, any fact of the catalogue by its code
or name, and any named list, whose cells say yes or no. Every row is accounted for: accepted, or refused with its line and reasons. A cell that is empty says
nothing; what is there already changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.facts.catalogue import Fact, NamedList, Sensitivity, Subject, catalogue, named_lists
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.facts.service import facts_of_many, record_many, set_list_membership
from creditbridge.facts.typed import value_from_text, yes_or_no
from creditbridge.facts.values import ValueProblem
from creditbridge.kernel import clock, uscc
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import read_date
from creditbridge.sheets.limits import UPLOAD, Limits
from creditbridge.sheets.reading import Row, open_sheet, require_columns

CODE_HEADINGS = ("uscc", "统一社会信用代码", "信用代码", "社会信用代码")
DATE_HEADINGS = ("as_of", "日期", "数据日期", "评价日期")
PLATFORM_FACTS = frozenset({"platform_score", "platform_grade"})
_CHUNK = 500

_NO_FACT = Words(
    "没有找到可导入的列。请至少包含一列数据，如“信用评分”或 platform_score。",
    "We found no column to import. Include at least one fact, such as platform_score.",
)
_UNKNOWN_FIRM = Words("登记库中没有这家企业。", "No such firm in the register.")
_NO_DATE = Words(
    "缺少日期，或日期写法无法识别（应如 2026-03-31）。",
    "The date is missing or cannot be read (write 2026-03-31).",
)
_FUTURE = Words("日期晚于今天。", "The date is later than today.")
_NOTHING = Words("这一行没有任何数值。", "The row holds no value.")
_TWICE = Words("与第 {line} 行是同一家企业。", "The same firm as in line {line}.")
_WIDTH = Words("列数与表头不符。", "The number of columns differs from the header.")
_AT_FACT = Words("{fact}：{problem}", "{fact}: {problem}")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken: its line in the file, the code it names, and every reason."""

    line: int
    code: str
    reasons: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class FactsImportReport:
    """What became of every row. ``changed`` and ``unchanged`` are firms among the accepted."""

    rows: int
    accepted: int
    changed: int
    facts: tuple[str, ...]
    unread_columns: tuple[str, ...]
    refusals: tuple[RefusedRow, ...]
    dry_run: bool

    @property
    def refused(self) -> int:
        return len(self.refusals)

    @property
    def unchanged(self) -> int:
        return self.accepted - self.changed

    def counts(self) -> dict[str, int]:
        """The counts as ``--json`` prints them; accepted + refused = rows, changed + unchanged = accepted."""
        names = ("rows", "accepted", "refused", "changed", "unchanged")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class _Columns:
    code: int
    as_of: int
    facts: Mapping[int, Fact]
    lists: Mapping[int, NamedList]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Accepted:
    line: int
    code: str
    as_of: date
    values: Mapping[str, FactValue]
    lists: Mapping[str, bool]


def importable() -> list[Fact]:
    """Facts a file may bring: of firms themselves, and not personal."""
    return [
        fact
        for fact in catalogue().values()
        if fact.subject is Subject.FIRM and fact.sensitivity is not Sensitivity.PERSONAL
    ]


def import_facts(
    session: Session,
    actor: Actor | None,
    source: bytes | Path,
    filename: str,
    *,
    dry_run: bool = False,
    limits: Limits = UPLOAD,
) -> FactsImportReport:
    """Import a table of facts in this transaction; ``actor`` is None at the command line.

    Raises:
        NotAllowed: the actor does not administer the platform.
        InvalidInput: the file cannot be read as a table, or lacks the firm's code, the date or any fact.
    """
    if actor is not None and not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    with open_sheet(source, filename, limits) as sheet:
        columns = _columns(sheet.header)
        judged = list(_judge_all(sheet.rows, columns))
    accepted = [row for row in judged if isinstance(row, _Accepted)]
    refusals = [row for row in judged if isinstance(row, RefusedRow)]
    known, unknown = _with_firms(session, accepted)
    refusals += unknown
    changed = _record(session, actor, known, filename, dry_run=dry_run)
    return FactsImportReport(
        rows=len(judged),
        accepted=len(known),
        changed=changed,
        facts=(
            *(fact.code for fact in columns.facts.values()),
            *(named.code for named in columns.lists.values()),
        ),
        unread_columns=columns.unread,
        refusals=tuple(sorted(refusals, key=lambda row: row.line)),
        dry_run=dry_run,
    )


def _columns(header: tuple[str, ...]) -> _Columns:
    require_columns(header, {"统一社会信用代码 (uscc)": CODE_HEADINGS, "日期 (as_of)": DATE_HEADINGS})
    by_name: dict[str, Fact] = {}
    for fact in importable():
        by_name.update({fact.code: fact, fact.name.zh: fact, fact.name.en.casefold(): fact})
    list_names = {
        name: row
        for row in named_lists().values()
        for name in (row.code, row.name.zh, row.name.en.casefold())
    }
    facts: dict[int, Fact] = {}
    lists: dict[int, NamedList] = {}
    unread: list[str] = []
    for place, heading in enumerate(header):
        found = by_name.get(heading) or by_name.get(heading.casefold())
        named = list_names.get(heading) or list_names.get(heading.casefold())
        if found is not None and found not in facts.values():
            facts[place] = found
        elif named is not None and named not in lists.values():
            lists[place] = named
        elif heading and heading not in CODE_HEADINGS and heading not in DATE_HEADINGS:
            unread.append(heading)
    if not facts and not lists:
        raise InvalidInput({"file": [_NO_FACT]}, _NO_FACT, code="no_fact_column")
    return _Columns(_place(header, CODE_HEADINGS), _place(header, DATE_HEADINGS), facts, lists, tuple(unread))


def _place(header: tuple[str, ...], headings: Sequence[str]) -> int:
    return next(place for place, heading in enumerate(header) if heading in headings)


def _judge_all(rows: Iterable[Row], columns: _Columns) -> Iterator[_Accepted | RefusedRow]:
    seen: dict[str, int] = {}
    for row in rows:
        judged = _judge(row, columns)
        if isinstance(judged, _Accepted):
            first = seen.setdefault(judged.code, judged.line)
            if first != judged.line:
                judged = RefusedRow(judged.line, judged.code, (_TWICE.fill(line=first),))
        yield judged


def _judge(row: Row, columns: _Columns) -> _Accepted | RefusedRow:
    check = uscc.check(row.cells[columns.code])
    reasons: list[Words] = []
    if row.width is not None:
        reasons.append(_WIDTH)
    if check.verdict is uscc.UsccVerdict.MALFORMED and check.problem is not None:
        reasons.append(check.problem)
    as_of = read_date(row.cells[columns.as_of])
    if as_of is None:
        reasons.append(_NO_DATE)
    elif as_of > clock.today():
        reasons.append(_FUTURE)
    day = as_of or clock.today()
    values, lists = _values(row, columns, day, reasons), _lists(row, columns, reasons)
    if not values and not lists and not reasons:
        reasons.append(_NOTHING)
    if reasons:
        return RefusedRow(row.line, check.code[:40], tuple(reasons))
    return _Accepted(row.line, check.code, day, values, lists)


def _values(row: Row, columns: _Columns, as_of: date, reasons: list[Words]) -> dict[str, FactValue]:
    values: dict[str, FactValue] = {}
    for place, fact in columns.facts.items():
        text = row.cells[place].strip()
        if not text:
            continue
        source = FactSource.PLATFORM_SCORE if fact.code in PLATFORM_FACTS else FactSource.FILE_IMPORT
        try:
            values[fact.code] = FactValue(value_from_text(fact, text), source, as_of)
        except ValueProblem as problem:
            reasons.append(_AT_FACT.fill(fact=fact.name, problem=problem.words))
    return values


def _lists(row: Row, columns: _Columns, reasons: list[Words]) -> dict[str, bool]:
    members: dict[str, bool] = {}
    for place, named in columns.lists.items():
        text = row.cells[place].strip()
        if not text:
            continue
        try:
            members[named.code] = yes_or_no(text)
        except ValueProblem as problem:
            reasons.append(_AT_FACT.fill(fact=named.name, problem=problem.words))
    return members


def _with_firms(
    session: Session, accepted: Sequence[_Accepted]
) -> tuple[dict[int, _Accepted], list[RefusedRow]]:
    """Rows by the key of their firm, and those whose firm is not registered."""
    keys: dict[str, int] = {}
    for start in range(0, len(accepted), _CHUNK):
        codes = [row.code for row in accepted[start : start + _CHUNK]]
        found = session.execute(select(Firm.uscc, Firm.id).where(Firm.uscc.in_(codes)))
        keys.update({code: key for code, key in found if code is not None})
    known = {keys[row.code]: row for row in accepted if row.code in keys}
    unknown = [RefusedRow(row.line, row.code, (_UNKNOWN_FIRM,)) for row in accepted if row.code not in keys]
    return known, unknown


def _record(
    session: Session,
    actor: Actor | None,
    rows: Mapping[int, _Accepted],
    filename: str,
    *,
    dry_run: bool,
) -> int:
    """Record what is new; answers at how many firms something changed."""
    held = facts_of_many(session, list(rows))
    values = {firm_id: _new_values(row, held[firm_id]) for firm_id, row in rows.items()}
    lists = {firm_id: _new_lists(row, held[firm_id]) for firm_id, row in rows.items()}
    if not dry_run:
        changed = {firm_id: news for firm_id, news in values.items() if news}
        if changed:
            record_many(session, changed, actor=actor, reason=f"file import: {filename}"[:200])
        for firm_id, members in lists.items():
            for code, member in members.items():
                set_list_membership(session, code, firm_id, member, rows[firm_id].as_of, actor=actor)
    return sum(1 for firm_id in rows if values[firm_id] or lists[firm_id])


def _new_values(row: _Accepted, held: FirmFacts) -> dict[str, FactValue]:
    return {code: value for code, value in row.values.items() if held.values.get(code) != value}


def _new_lists(row: _Accepted, held: FirmFacts) -> dict[str, bool]:
    def is_news(code: str, member: bool) -> bool:
        known = held.lists.get(code)
        return known is None or (known.member, known.as_of) != (member, row.as_of)

    return {code: member for code, member in row.lists.items() if is_news(code, member)}
