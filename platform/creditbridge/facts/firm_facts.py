"""FirmFacts: what is known of one firm, the one thing matching reads about it.

An immutable value: facts of the firm itself and its places on named lists, each with source and date. What is not
there is unknown; nothing is ever read as no. Facts about a firm and a lender, about an application or a person are
not kept here: whoever knows them hands them to the evaluator beside these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from creditbridge.facts.catalogue import Fact, Subject, catalogue, named_lists
from creditbridge.facts.values import UNKNOWN_FACT, RawValue, ValueProblem, value_from_json, value_to_json
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words


class FactSource(StrEnum):
    """Where a value comes from."""

    REGISTRY = "registry"
    TAX = "tax"
    SOCIAL_INSURANCE = "social_insurance"
    ANNUAL_REPORT = "annual_report"
    COURT = "court"
    MARKET_SUPERVISION = "market_supervision"
    SCIENCE_TECHNOLOGY = "science_technology"
    INTELLECTUAL_PROPERTY = "intellectual_property"
    ENVIRONMENT = "environment"
    UTILITY = "utility"
    CUSTOMS = "customs"
    LIST_KEEPER = "list_keeper"
    PLATFORM_SCORE = "platform_score"
    FILE_IMPORT = "file_import"
    SELF_REPORTED = "self_reported"
    LENDER = "lender"
    APPLICATION = "application"
    DEMO = "demo"


SOURCE_WORDS: Mapping[FactSource, Words] = {
    FactSource.REGISTRY: Words("工商登记", "Business registry"),
    FactSource.TAX: Words("税务部门", "Tax authority"),
    FactSource.SOCIAL_INSURANCE: Words("社保部门", "Social insurance"),
    FactSource.ANNUAL_REPORT: Words("企业年报", "Annual report"),
    FactSource.COURT: Words("法院", "Courts"),
    FactSource.MARKET_SUPERVISION: Words("市场监管部门", "Market supervision"),
    FactSource.SCIENCE_TECHNOLOGY: Words("科技部门", "Science and technology department"),
    FactSource.INTELLECTUAL_PROPERTY: Words("知识产权部门", "Intellectual property department"),
    FactSource.ENVIRONMENT: Words("生态环境部门", "Environment department"),
    FactSource.UTILITY: Words("水电气等公用事业", "Utilities"),
    FactSource.CUSTOMS: Words("海关", "Customs"),
    FactSource.LIST_KEEPER: Words("名单管理部门", "Keeper of the list"),
    FactSource.PLATFORM_SCORE: Words("平台评价", "Platform score"),
    FactSource.FILE_IMPORT: Words("文件导入", "File import"),
    FactSource.SELF_REPORTED: Words("企业自报", "Reported by the firm"),
    FactSource.LENDER: Words("金融机构", "Lender"),
    FactSource.APPLICATION: Words("本次申请", "This application"),
    FactSource.DEMO: Words("演示数据", "Demo data"),
}


@dataclass(frozen=True, slots=True)
class FactValue:
    """A value with its source and the legal date it holds as of. ``confirmed`` is false for an unchecked self-report."""

    value: RawValue
    source: FactSource
    as_of: date
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class ListMembership:
    """A firm is known to be on a named list, or known not to be. Not knowing is having none."""

    member: bool
    source: FactSource
    as_of: date
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """All that is known of one firm at a moment of the change counter.

    ``firm_no`` is the dense number of the firm, ``values`` are by fact code, ``lists`` by list code. ``change_seq``
    says up to which change these facts are whole.
    """

    firm_no: int
    values: Mapping[str, FactValue] = field(default_factory=dict)
    lists: Mapping[str, ListMembership] = field(default_factory=dict)
    change_seq: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))
        object.__setattr__(self, "lists", MappingProxyType(dict(self.lists)))

    def with_values(
        self, values: Mapping[str, FactValue | None], *, change_seq: int | None = None
    ) -> FirmFacts:
        """These facts with others laid over them; None takes a fact away."""
        laid = {code: value for code, value in {**self.values, **values}.items() if value is not None}
        return replace(self, values=laid, change_seq=self.change_seq if change_seq is None else change_seq)

    def with_lists(self, lists: Mapping[str, ListMembership | None]) -> FirmFacts:
        """The same for places on lists."""
        return replace(
            self, lists={code: on for code, on in {**self.lists, **lists}.items() if on is not None}
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "firm_no": self.firm_no,
            "change_seq": self.change_seq,
            "values": {code: fact_value_to_json(code, value) for code, value in sorted(self.values.items())},
            "lists": {
                code: {"member": on.member, **_provenance_to_json(on)}
                for code, on in sorted(self.lists.items())
            },
        }

    @classmethod
    def from_json(cls, data: Any) -> FirmFacts:
        """Read facts strictly: only known facts of firms, each value of its fact's type.

        Raises:
            InvalidInput: names every path that is wrong.
        """
        problems: dict[str, list[Words]] = {}
        keys = _keys(data, "facts", _FACTS_KEYS)
        values = {
            code: _collect(problems, f"values.{code}", _firm_value, code, row)
            for code, row in _mapping(keys["values"], "values").items()
        }
        lists = {
            code: _collect(problems, f"lists.{code}", _membership, code, row)
            for code, row in _mapping(keys["lists"], "lists").items()
        }
        for name in ("firm_no", "change_seq"):
            if type(keys[name]) is not int or keys[name] < 0:
                problems[name] = [_NOT_A_NUMBER]
        if problems:
            raise InvalidInput(problems)
        return cls(keys["firm_no"], values, lists, keys["change_seq"])


def fact_value_to_json(_code: str, value: FactValue) -> dict[str, Any]:
    """One fact's value as JSON; of any subject."""
    return {
        "value": value_to_json(value.value),
        "source": value.source.value,
        "as_of": value.as_of.isoformat(),
        "confirmed": value.confirmed,
    }


def fact_value_from_json(code: str, data: Any) -> FactValue:
    """Read one fact's value, of any subject but lists.

    Raises:
        ValueProblem: in words, what is wrong.
    """
    fact = _known(code)
    row = _keys(data, code, _VALUE_KEYS)
    return FactValue(value_from_json(fact, row["value"]), *_provenance(row))


_FACTS_KEYS = frozenset({"firm_no", "change_seq", "values", "lists"})
_PROVENANCE_KEYS = frozenset({"source", "as_of", "confirmed"})
_VALUE_KEYS = _PROVENANCE_KEYS | {"value"}
_MEMBER_KEYS = _PROVENANCE_KEYS | {"member"}
_NOT_A_NUMBER = Words("请填写不小于 0 的整数。", "Give a whole number from 0.")


def _collect(problems: dict[str, list[Words]], path: str, read: Any, code: str, row: Any) -> Any:
    try:
        return read(code, row)
    except ValueProblem as problem:
        problems[path] = [problem.words]
        return None


def _known(code: str) -> Fact:
    fact = catalogue().get(code)
    if fact is None or fact.subject is Subject.FIRM_LIST:
        raise ValueProblem(UNKNOWN_FACT)
    return fact


def _firm_value(code: str, row: Any) -> FactValue:
    if _known(code).subject is not Subject.FIRM:
        raise ValueProblem(Words("这一项不是企业自身的信息。", "This fact is not about the firm itself."))
    return fact_value_from_json(code, row)


def _membership(code: str, data: Any) -> ListMembership:
    if code not in named_lists():
        raise ValueProblem(Words("没有这个名单。", "There is no such list."))
    row = _keys(data, code, _MEMBER_KEYS)
    if type(row["member"]) is not bool:
        raise ValueProblem(Words("请填写是否在名单内。", "Say whether the firm is on the list."))
    return ListMembership(row["member"], *_provenance(row))


def _provenance_to_json(value: FactValue | ListMembership) -> dict[str, Any]:
    return {"source": value.source.value, "as_of": value.as_of.isoformat(), "confirmed": value.confirmed}


def _provenance(row: Mapping[str, Any]) -> tuple[FactSource, date, bool]:
    try:
        source, as_of = FactSource(row["source"]), date.fromisoformat(row["as_of"])
    except (ValueError, TypeError):
        raise ValueProblem(Words("来源或日期不正确。", "The source or the date is wrong.")) from None
    if type(row["confirmed"]) is not bool:
        raise ValueProblem(Words("请填写是否已核实。", "Say whether the value is confirmed."))
    return source, as_of, row["confirmed"]


def _mapping(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise InvalidInput({path: [Words("格式不正确，应为对象。", "This must be an object.")]})
    return data


def _keys(data: Any, path: str, wanted: frozenset[str]) -> dict[str, Any]:
    row = _mapping(data, path)
    if row.keys() != wanted:
        listed = ", ".join(sorted(wanted))
        words = Words("应恰好包含这些项：{listed}。", "It must hold exactly: {listed}.").fill(listed=listed)
        raise InvalidInput({path: [words]})
    return row
