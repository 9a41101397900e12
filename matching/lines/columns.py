"""The files of grants and of balances: their columns, and reading one row into what a use case takes. Pure.

Amounts are in yuan unless the cell says otherwise (``125 万``), rates in percent, dates as 2026-11-23. A column is
found by its Chinese or English heading, whatever its place; the headings of the template are always understood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from creditbridge.kernel.dates import DateTextError, parse_date
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import AmountError, RateError, parse_amount, parse_rate
from creditbridge.kernel.words import Words
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType
from matching.lines.rules import LINE_KIND_WORDS, BalanceReport, GrantTerms, LineKind


class Content(StrEnum):
    """What a file is of."""

    GRANTS = "grants"
    BALANCES = "balances"


CONTENT_WORDS = {
    Content.GRANTS: Words("线下授信", "Offline grants"),
    Content.BALANCES: Words("放款与余额", "Disbursed amounts and balances"),
}


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column: the name of what it fills, its heading, what stands in the template's row, and whether it may lack."""

    name: str
    heading: Words
    example: str = ""
    optional: bool = False


GRANT_COLUMNS = (
    FileColumn("firm_uscc", Words("统一社会信用代码", "Unified social credit code")),
    FileColumn("firm_name", Words("企业名称", "Firm"), optional=True),
    FileColumn("contract_number", Words("合同编号", "Contract number"), "HT-2026-0001"),
    FileColumn("granted_on", Words("授信日期", "Date of grant"), "2026-11-02"),
    FileColumn("amount_fen", Words("授信金额（元）", "Amount granted (yuan)"), "1000000"),
    FileColumn("annual_rate_ppm", Words("年利率（%）", "Annual rate (%)"), "3.85"),
    FileColumn("term_months", Words("期限（月）", "Term (months)"), "12"),
    FileColumn("maturity_on", Words("到期日", "Maturity"), optional=True),
    FileColumn("repayment_method", Words("还款方式", "Repayment"), "先息后本"),
    FileColumn("guarantee_type", Words("担保方式", "Guarantee"), "信用"),
    FileColumn("kind", Words("授信类型", "Kind of grant"), "新增", optional=True),
    FileColumn("renews", Words("原合同编号", "Contract renewed"), optional=True),
    FileColumn("first_time_borrower", Words("是否首贷户", "First-time borrower"), "否"),
    FileColumn("product", Words("产品名称", "Product"), optional=True),
    FileColumn("branch", Words("经办网点", "Branch"), optional=True),
)
BALANCE_COLUMNS = (
    FileColumn("contract_number", Words("合同编号", "Contract number"), "HT-2026-0001"),
    FileColumn("as_of", Words("截止日期", "As of"), "2026-11-20"),
    FileColumn("disbursed_fen", Words("累计放款金额（元）", "Disbursed in all (yuan)"), "800000"),
    FileColumn("balance_fen", Words("贷款余额（元）", "Balance (yuan)"), "650000"),
    FileColumn("overdue_fen", Words("逾期金额（元）", "Overdue (yuan)"), "0", optional=True),
    FileColumn("overdue_days", Words("逾期天数", "Days overdue"), "0", optional=True),
)
COLUMNS: Mapping[Content, tuple[FileColumn, ...]] = {
    Content.GRANTS: GRANT_COLUMNS,
    Content.BALANCES: BALANCE_COLUMNS,
}


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One row of a file of grants. ``product`` and ``branch`` are the names written there, empty where none is."""

    firm_uscc: str
    firm_name: str
    terms: GrantTerms
    product: str
    branch: str


@dataclass(frozen=True, slots=True)
class BalanceRow:
    contract_number: str
    report: BalanceReport


def places(header: Sequence[str], content: Content) -> dict[str, int]:
    """Where each column stands.

    Raises:
        InvalidInput: ``missing_columns``, naming all that every row needs and the file lacks.
    """
    plain = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    missing: list[Words] = []
    for column in COLUMNS[content]:
        at = next((plain[key] for key in _keys(column.heading) if key in plain), None)
        if at is not None:
            found[column.name] = at
        elif not column.optional:
            missing.append(column.heading)
    if missing:
        names = Words("、".join(each.zh for each in missing), ", ".join(each.en for each in missing))
        words = Words("缺少必需的列：{names}。", "Required columns are missing: {names}.").fill(names=names)
        raise InvalidInput({"file": [words]}, words, code="missing_columns")
    return found


def read_grant(cells: Mapping[str, str]) -> GrantRow:
    """A row of a file of grants.

    Raises:
        InvalidInput: names every column that cannot be read.
    """
    reading = _Reading(cells)
    terms = GrantTerms(
        contract_number=reading.text("contract_number"),
        granted_on=reading.take("granted_on", parse_date, date.min),
        amount_fen=reading.take("amount_fen", parse_amount, 0),
        annual_rate_ppm=reading.take("annual_rate_ppm", parse_rate, 0),
        term_months=reading.take("term_months", _whole, 0),
        repayment_method=reading.take("repayment_method", _repayment, RepaymentMethod.BULLET),
        guarantee_type=reading.take("guarantee_type", _guarantee, GuaranteeType.UNSECURED),
        first_time_borrower=reading.take("first_time_borrower", _yes_or_no, otherwise=False),
        kind=reading.take_if_there("kind", _kind, LineKind.NEW),
        maturity_on=reading.take_if_there("maturity_on", parse_date, None),
        renews=reading.text("renews", required=False),
    )
    code = reading.text("firm_uscc")
    names = [reading.text(name, required=False) for name in ("firm_name", "product", "branch")]
    reading.finish()
    return GrantRow(code, names[0], terms, names[1], names[2])


def read_balance(cells: Mapping[str, str]) -> BalanceRow:
    """A row of a file of balances.

    Raises:
        InvalidInput: names every column that cannot be read.
    """
    reading = _Reading(cells)
    number = reading.text("contract_number")
    report = BalanceReport(
        reading.take("as_of", parse_date, date.min),
        reading.take("disbursed_fen", parse_amount, 0),
        reading.take("balance_fen", parse_amount, 0),
        reading.take_if_there("overdue_fen", parse_amount, 0),
        reading.take_if_there("overdue_days", _whole, 0),
    )
    reading.finish()
    return BalanceRow(number, report)


def same_name(one: str, other: str) -> bool:
    """Whether two texts name the same firm: spaces, width and kind of brackets do not matter."""
    return _plain(one) == _plain(other)


Value = TypeVar("Value")
Default = TypeVar("Default")
Member = TypeVar("Member", bound=StrEnum)

_REQUIRED = Words("请填写此项。", "Fill this in.")
_CONTROL = Words("有不可见的控制字符，请重新输入。", "There are invisible control characters. Type it again.")
_NOT_WHOLE = Words("请填写整数。", "Enter a whole number.")
_YES_OR_NO = Words("请填写“是”或“否”。", "Enter yes or no.")
_ONE_OF = Words("无法识别“{text}”，应为：{known}。", "“{text}” is not one of: {known}.")
_YES = frozenset({"是", "yes", "y", "true", "1"})
_NO = frozenset({"否", "no", "n", "false", "0"})
_DROPPED = re.compile(r"[\s_*\-()\[\]:%]+")
_IN_BRACKETS = re.compile(r"\([^)]*\)")


class _Unreadable(ValueError):
    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


class _Reading:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self._problems: dict[str, list[Words]] = {}

    def text(self, name: str, *, required: bool = True) -> str:
        value = unicodedata.normalize("NFC", self._cells.get(name, "")).strip()
        if required and not value:
            self._problems[name] = [_REQUIRED]
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in value):
            self._problems[name] = [_CONTROL]
        return value

    def take(self, name: str, read: Callable[[str], Value], otherwise: Default) -> Value | Default:
        text = self.text(name)
        return self._read(name, text, read, otherwise) if text else otherwise

    def take_if_there(self, name: str, read: Callable[[str], Value], otherwise: Default) -> Value | Default:
        text = self.text(name, required=False)
        return self._read(name, text, read, otherwise) if text else otherwise

    def finish(self) -> None:
        if self._problems:
            raise InvalidInput(self._problems)

    def _read(
        self, name: str, text: str, read: Callable[[str], Value], otherwise: Default
    ) -> Value | Default:
        try:
            return read(text)
        except (AmountError, RateError, DateTextError, _Unreadable) as error:
            self._problems[name] = [error.words]
            return otherwise


def _whole(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    if not re.fullmatch(r"[0-9]{1,9}", plain):
        raise _Unreadable(_NOT_WHOLE)
    return int(plain)


def _yes_or_no(text: str) -> bool:
    plain = text.lower()
    if plain not in _YES | _NO:
        raise _Unreadable(_YES_OR_NO)
    return plain in _YES


def _member(text: str, enum: type[Member], words: Mapping[Member, Words]) -> Member:
    """The member of an enumeration by its code or its name in either language."""
    plain = _plain(text)
    for member in enum:
        names = words[member]
        if plain in {_plain(member.value), _plain(names.zh), _plain(names.en)}:
            return member
    known = Words("、".join(n.zh for n in words.values()), ", ".join(n.en for n in words.values()))
    raise _Unreadable(_ONE_OF.fill(text=text[:40], known=known))


def _repayment(text: str) -> RepaymentMethod:
    return _member(text, RepaymentMethod, REPAYMENT_METHOD_WORDS)


def _guarantee(text: str) -> GuaranteeType:
    return _member(text, GuaranteeType, GUARANTEE_TYPE_WORDS)


def _kind(text: str) -> LineKind:
    return _member(text, LineKind, LINE_KIND_WORDS)


def _plain(text: str) -> str:
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text).lower())


def _keys(heading: Words) -> list[str]:
    """A heading as it is, and without its unit in brackets."""
    both = [unicodedata.normalize("NFKC", text) for text in (heading.zh, heading.en)]
    return [_plain(text) for text in both] + [_plain(_IN_BRACKETS.sub("", text)) for text in both]
