"""Judging one registration of a file: taken, taken with a warning, or refused with its reasons.

Refused is what would make the register wrong: no readable code, no name, a date that cannot be, damaged text, a
contradiction to an earlier line. A warning goes with a registration whose one fact could not be read: the fact
stays missing, and nothing is ever guessed in its place.

A check digit that does not compute is a **warning**, since real registrations carry some (domain.md 4.1). The firm
is taken with identity status ``unconfirmed``; with the operator's reason it becomes ``overridden``. It is never
taken silently and never refused without appeal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from creditbridge.kernel import uscc
from creditbridge.kernel.uscc import UsccVerdict
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, readings, regions
from creditbridge.registry.capital import parse_capital
from creditbridge.registry.columns import FIELD_WORDS, Field
from creditbridge.registry.readings import EntityKind, FirmStatus, IdentityStatus

MAX_CHARS: Mapping[Field, int] = {
    Field.USCC: 40, Field.OLD_NUMBER: 40, Field.NAME: 200, Field.ESTABLISHED_ON: 40, Field.TYPE: 120,
    Field.STATUS: 80, Field.CAPITAL: 200, Field.CURRENCY: 40, Field.SCOPE: 20_000, Field.INDUSTRY: 120,
    Field.REGION: 120, Field.PROVINCE: 60, Field.CITY: 60, Field.DISTRICT: 60, Field.ADDRESS: 500,
}  # fmt: skip


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    WARNED = "warned"
    REFUSED = "refused"


OUTCOME_WORDS: Mapping[Outcome, Words] = {
    Outcome.ACCEPTED: Words("已接收", "Accepted"),
    Outcome.WARNED: Words("已接收，有提示", "Accepted with a warning"),
    Outcome.REFUSED: Words("未接收", "Refused"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a row. ``needs_override`` marks a warning that an operator may settle with a reason."""

    code: str
    words: Words
    field: Field | None = None
    refuses: bool = False
    needs_override: bool = False


@dataclass(frozen=True, slots=True)
class FirmDraft:
    """What a row says about a firm. None and empty text mean that it says nothing."""

    name: str
    uscc: str | None = None
    old_number: str | None = None
    identity_status: IdentityStatus = IdentityStatus.CONFIRMED
    entity_kind: EntityKind = EntityKind.UNKNOWN
    entity_kind_is_hint: bool = False
    status: FirmStatus = FirmStatus.UNKNOWN
    established_on: date | None = None
    type_raw: str = ""
    capital_raw: str = ""
    capital_minor: int | None = None
    capital_currency: str | None = None
    scope: str = ""
    region_code: str | None = None
    industry_code: str | None = None
    address: str = ""

    @property
    def key(self) -> str:
        """What identifies the firm inside a file: its code, or the old number of one that has none."""
        return self.uscc or self.old_number or ""


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """The judgement on one row; ``draft`` is None exactly when it is refused."""

    line: int
    outcome: Outcome
    draft: FirmDraft | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what an import judges: the legal date, the unit of a bare capital, the operator's reason if any."""

    on: date
    capital_unit: str | None = None
    check_digit_reason: str | None = None


@dataclass(slots=True)
class _Reading:
    texts: dict[Field, str]
    terms: Terms
    findings: list[Finding] = field(default_factory=list)

    def stated(self, name: Field) -> str:
        return self.texts.get(name, "")

    def warn(self, code: str, name: Field, words: Words, *, needs_override: bool = False) -> None:
        self.findings.append(Finding(code, words, name, needs_override=needs_override))

    def refuse(self, code: str, name: Field, words: Words) -> None:
        self.findings.append(Finding(code, words, name, refuses=True))


def judge_row(texts: Mapping[Field, str], line: int, terms: Terms) -> RowVerdict:
    """Judge one row by its own content; contradictions between rows are :class:`SeenRows`'s."""
    reading = _Reading(_clean(texts), terms)
    _check_text(reading)
    name = _name(reading)
    identity = _identity(reading)
    draft = FirmDraft(
        name=name,
        **identity,
        **_kind_and_status(reading, identity.get("uscc") or ""),
        **_capital(reading),
        established_on=_established_on(reading),
        scope=reading.stated(Field.SCOPE),
        address=reading.stated(Field.ADDRESS),
        industry_code=_industry(reading),
        region_code=_region(reading),
    )
    return _verdict(line, draft, reading.findings)


def refused(line: int, *findings: Finding) -> RowVerdict:
    """A row that could not even be read into fields."""
    return RowVerdict(line, Outcome.REFUSED, None, findings)


def _verdict(line: int, draft: FirmDraft, findings: list[Finding]) -> RowVerdict:
    if any(finding.refuses for finding in findings):
        return refused(line, *findings)
    return RowVerdict(line, Outcome.WARNED if findings else Outcome.ACCEPTED, draft, tuple(findings))


def _clean(texts: Mapping[Field, str]) -> dict[Field, str]:
    tidied = {name: readings.tidy(text) for name, text in texts.items()}
    return {name: text if readings.is_stated(text) else "" for name, text in tidied.items()}


def _check_text(reading: _Reading) -> None:
    for name, text in reading.texts.items():
        if readings.has_control_characters(text):
            reading.refuse("control_characters", name, _CONTROL.fill(field=FIELD_WORDS[name]))
        if len(text) > MAX_CHARS[name]:
            words = _TOO_LONG.fill(field=FIELD_WORDS[name], limit=MAX_CHARS[name], length=len(text))
            reading.refuse("too_long", name, words)


def _name(reading: _Reading) -> str:
    name = reading.stated(Field.NAME)
    if not name:
        reading.refuse("name_missing", Field.NAME, Words("缺少企业名称。", "The name is missing."))
    return name


def _identity(reading: _Reading) -> dict[str, Any]:
    """Code, old number and identity status of a draft."""
    stated, old = reading.stated(Field.USCC), reading.stated(Field.OLD_NUMBER)
    if len(uscc.normalise(old)) == uscc.LENGTH:
        # Registers that kept one column put the new code under the old heading.
        stated, old = stated or old, ""
    if uscc.is_old_registration_number(stated):
        stated, old = "", old or stated
    number = _old_number(reading, old)
    if stated:
        return {"old_number": number, **_code(reading, stated)}
    if number is None:
        words = Words("缺少统一社会信用代码。", "The unified social credit code is missing.")
        reading.refuse("uscc_missing", Field.USCC, words)
    else:
        reading.warn("old_number_only", Field.USCC, _OLD_NUMBER_ONLY)
    return {"old_number": number, "identity_status": IdentityStatus.OLD_NUMBER_ONLY}


def _code(reading: _Reading, stated: str) -> dict[str, Any]:
    check = uscc.check(stated)
    if check.verdict is UsccVerdict.VALID or check.problem is None:
        return {"uscc": check.code}
    if check.verdict is UsccVerdict.MALFORMED:
        reading.refuse("uscc_malformed", Field.USCC, _SCIENTIFIC if _is_scientific(stated) else check.problem)
        return {"uscc": check.code}
    accepted = reading.terms.check_digit_reason is not None
    reading.warn("uscc_check_digit", Field.USCC, check.problem, needs_override=not accepted)
    status = IdentityStatus.OVERRIDDEN if accepted else IdentityStatus.UNCONFIRMED
    return {"uscc": check.code, "identity_status": status}


def _is_scientific(stated: str) -> bool:
    try:
        float(stated)
    except ValueError:
        return False
    return "E" in stated.upper()


def _old_number(reading: _Reading, stated: str) -> str | None:
    if not stated:
        return None
    number = uscc.normalise(stated)
    problem = uscc.old_registration_problem(number)
    if problem:
        reading.warn("old_number_unusual", Field.OLD_NUMBER, problem)
    return number or None


def _kind_and_status(reading: _Reading, code: str) -> dict[str, Any]:
    type_raw = reading.stated(Field.TYPE)
    kind = readings.read_kind(type_raw)
    status_raw = reading.stated(Field.STATUS)
    status = readings.read_status(status_raw) if status_raw else FirmStatus.UNKNOWN
    if status is None:
        reading.warn("status_unknown", Field.STATUS, _UNKNOWN_STATUS.fill(stated=status_raw))
    return {
        "type_raw": type_raw,
        "entity_kind": kind or readings.kind_hint(code),
        "entity_kind_is_hint": kind is None,
        "status": status or FirmStatus.UNKNOWN,
    }


def _capital(reading: _Reading) -> dict[str, Any]:
    stated, currency = reading.stated(Field.CAPITAL), reading.stated(Field.CURRENCY)
    if not stated:
        return {}
    capital = parse_capital(stated, reading.terms.capital_unit, currency)
    if capital.problem:
        reading.warn("capital_unread", Field.CAPITAL, capital.problem)
    return {
        "capital_raw": stated,
        "capital_minor": capital.amount_minor,
        "capital_currency": capital.currency,
    }


def _established_on(reading: _Reading) -> date | None:
    stated = reading.stated(Field.ESTABLISHED_ON)
    if not stated:
        return None
    found = readings.read_date(stated)
    if found is None:
        reading.refuse("date_impossible", Field.ESTABLISHED_ON, _IMPOSSIBLE_DATE.fill(stated=stated[:40]))
    elif found > reading.terms.on:
        reading.refuse("date_in_future", Field.ESTABLISHED_ON, _FUTURE_DATE.fill(stated=found.isoformat()))
    return found


def _industry(reading: _Reading) -> str | None:
    stated = reading.stated(Field.INDUSTRY)
    if not stated:
        return None
    found = industries.find_industry(stated)
    if found is None:
        reading.warn("industry_unknown", Field.INDUSTRY, _UNKNOWN_INDUSTRY.fill(stated=stated[:40]))
    return found


def _region(reading: _Reading) -> str | None:
    """The finest region stated: the code or name, else the path of province, city and district."""
    stated = reading.stated(Field.REGION)
    found = regions.find_region(stated) if stated else None
    if found:
        return found
    path = [reading.stated(name) for name in (Field.PROVINCE, Field.CITY, Field.DISTRICT)]
    # 北京市 stands as province and as city.
    steps = list(dict.fromkeys(step for step in path if step))
    while steps and not found:
        found = regions.find_region("".join(steps))
        if not found:
            stated = stated or steps[-1]
            steps.pop()
    if stated:
        reading.warn("region_unknown", Field.REGION, _UNKNOWN_REGION.fill(stated=stated[:40]))
    return found


class SeenRows:
    """Remembers the rows of a file, to tell a repeated registration from a contradicted one."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[int, int]] = {}
        # Old numbers of firms with a code, and of those without: one number in both cannot be told apart.
        self._numbers: tuple[dict[str, int], dict[str, int]] = ({}, {})

    def judge(self, verdict: RowVerdict) -> tuple[RowVerdict, bool]:
        """The verdict in the light of the rows before it, and whether it only repeats one of them."""
        draft = verdict.draft
        if draft is None:
            return verdict, False
        content = hash(draft)
        if draft.key in self._first:
            line, known = self._first[draft.key]
            return (verdict, True) if known == content else (_contradicted(verdict, draft.key, line), False)
        number = draft.old_number or ""
        own, other = self._numbers if draft.uscc else self._numbers[::-1]
        if number in other:
            return _contradicted(verdict, number, other[number]), False
        self._first[draft.key] = (verdict.line, content)
        if number:
            own.setdefault(number, verdict.line)
        return verdict, False


def _contradicted(verdict: RowVerdict, key: str, line: int) -> RowVerdict:
    where = Field.USCC if verdict.draft and verdict.draft.uscc == key else Field.OLD_NUMBER
    words = _CONTRADICTION.fill(key=key, line=line)
    return refused(
        verdict.line, Finding("contradicts_earlier_line", words, where, refuses=True), *verdict.findings
    )


_CONTROL = Words(
    "{field}中有控制字符或乱码。请修正后重新导入。",
    "The {field} holds control characters or garbled text. Correct it and import again.",
)
_TOO_LONG = Words(
    "{field}过长：最多 {limit} 个字，现为 {length} 个字。",
    "The {field} is too long: at most {limit} characters, this has {length}.",
)
_OLD_NUMBER_ONLY = Words(
    "没有统一社会信用代码，已按旧注册号登记，待补充代码。",
    "There is no unified social credit code. The firm is kept under its old registration number until the code is supplied.",
)
_SCIENTIFIC = Words(
    "代码被表格软件转成了科学计数法，末尾数字已丢失。请将该列设为文本格式后重新填写。",
    "A spreadsheet turned the code into a rounded number and its last digits are lost. Set the column to text and enter it again.",
)
LOST_DIGITS = Words(
    "{field}以数字格式保存，超过 15 位的末尾数字已丢失。请将该列设为文本格式后重新填写。",
    "The {field} was stored as a number, and digits beyond the fifteenth are lost. Set the column to text and enter it again.",
)
WRONG_WIDTH = Words(
    "该行有 {width} 列，与表头的 {wanted} 列不符，可能漏填、多填或中断。",
    "The row has {width} cells where the header has {wanted}: one may be missing or extra, or the row is cut off.",
)
_UNKNOWN_STATUS = Words(
    "登记状态“{stated}”无法识别，按未载明处理。", "The status “{stated}” is not known; it stays unstated."
)
_IMPOSSIBLE_DATE = Words(
    "成立日期“{stated}”不是有效日期。请按 2019-01-30 的格式填写。",
    "The date of establishment “{stated}” is not a valid date. Write it as 2019-01-30.",
)
_FUTURE_DATE = Words("成立日期 {stated} 晚于今天。", "The date of establishment {stated} lies in the future.")
_UNKNOWN_INDUSTRY = Words(
    "行业“{stated}”不是国民经济行业分类中的代码或名称，按未填处理。",
    "“{stated}” is not a code or name in the industry classification; the industry stays missing.",
)
_UNKNOWN_REGION = Words(
    "地区“{stated}”无法对应到现行行政区划，未采用。",
    "“{stated}” fits no current region, or several; it was not used.",
)
_CONTRADICTION = Words(
    "{key} 在第 {line} 行已出现，且内容不同。请只保留正确的一行。",
    "{key} already appears on line {line} with other content. Keep only the right one.",
)
