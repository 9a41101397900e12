"""The form of one group of facts, made from the catalogue: each fact's type says how it is asked."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any, cast

import marshmallow
from marshmallow import ValidationError

from creditbridge.facts.catalogue import Fact, FactType
from creditbridge.facts.typed import value_from_text
from creditbridge.facts.values import MAX_NUMBER, MAX_RATIO_PPM, RawValue, ValueProblem, say_code
from creditbridge.kernel import clock
from creditbridge.kernel.money import MAX_FEN, format_rate
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Amount, Choice, LegalDate, ListOf, Rate, Text, Whole
from creditbridge.pages.schemas import Schema

NONE_CODE = "none"
"""What a person ticks to say that none of the choices holds; it is stored as the empty set."""

SIGNED_AMOUNTS = frozenset({"net_profit", "operating_cash_flow"})
SIGNED_RATIOS = frozenset({"revenue_growth"})
_NONE_OF_THESE = Words("以上都没有", "None of these")
_NONE_AND_SOME = Words(
    "选了“以上都没有”，就不要再选其他项。", "“None of these” cannot be chosen together with others."
)
_NOT_A_PERCENTAGE = Words("请填写百分数，如 12.5。", "Enter a percentage such as 12.5.")
_EARLIEST = date(1949, 10, 1)


class YesNo(StrEnum):
    YES = "yes"
    NO = "no"


class SignedAmount(Amount):
    """An amount that may be a loss: ``-125`` reads as minus 125 of the unit."""

    def from_text(self, text: str) -> int:
        plain = unicodedata.normalize("NFKC", text).strip()
        negative = plain.startswith(("-", "−"))
        value: int = super().from_text(plain[1:] if negative else plain)
        return -value if negative else value


class Ratio(Rate):
    """A share or growth in percent, kept in ppm; it may exceed 100% and, where it can fall, be negative."""

    def __init__(self, *, signed: bool, **options: Any) -> None:
        super().__init__(min=-MAX_RATIO_PPM if signed else 0, max=MAX_RATIO_PPM, **options)

    def from_text(self, text: str) -> int:
        plain = unicodedata.normalize("NFKC", text).strip().removesuffix("%").replace(",", "").strip()
        try:
            ppm = Decimal(plain) * 10_000 if len(plain) <= 20 else None
        except InvalidOperation:
            ppm = None
        if ppm is None or not ppm.is_finite() or abs(ppm) > MAX_RATIO_PPM or ppm != int(ppm):
            raise ValidationError([_NOT_A_PERCENTAGE])
        return int(ppm)

    def to_text(self, value: Any) -> str:
        if not isinstance(value, int):
            return ""
        shown = format_rate(abs(value)).removesuffix("%")
        return f"-{shown}" if value < 0 else shown


class Named(Text):
    """A region or an industry, by code or by its exact name."""

    def __init__(self, fact: Fact, **options: Any) -> None:
        self.fact = fact
        super().__init__(max=60, **options)

    def from_text(self, text: str) -> str:
        try:
            return str(value_from_text(self.fact, text))
        except ValueProblem as problem:
            raise ValidationError([problem.words]) from problem

    def to_text(self, value: Any) -> str:
        """The name where it reads back as the same code, else the code."""
        if not value:
            return ""
        name = say_code(self.fact, value).zh
        try:
            return name if value_from_text(self.fact, name) == value else str(value)
        except ValueProblem:
            return str(value)


def schema_of(facts: Collection[Fact]) -> type[Schema]:
    """The form's schema: every fact optional, one date for all that is given."""
    fields: dict[str, Any] = {fact.code: _FIELDS[fact.type](fact) for fact in facts if fact.type in _FIELDS}
    fields["as_of"] = LegalDate(not_before=_EARLIEST, not_after=clock.today, required=True)
    made = Schema.from_dict(fields, name="ReportedFactsSchema")
    assert issubclass(made, Schema)
    return made


def to_values(facts: Collection[Fact], data: Mapping[str, Any]) -> dict[str, RawValue]:
    """What the person gave, as the catalogue holds it; what was left empty is left out.

    Raises:
        ValidationError: none together with some of the choices; keyed by the fact.
    """
    given = [fact for fact in facts if data.get(fact.code) not in (None, [], "")]
    return {fact.code: _raw(fact, data[fact.code]) for fact in given}


def to_form(fact: Fact, value: RawValue) -> Any:
    """A stored value as its field shows it."""
    if isinstance(value, bool):
        return YesNo.YES if value else YesNo.NO
    if isinstance(value, frozenset):
        codes = _codes(fact)
        return [codes(code) for code in sorted(value) if code in set(codes)] or [codes(NONE_CODE)]
    if fact.type in (FactType.CHOICE, FactType.SCALE_GRADE):
        return _codes(fact)(str(value))
    return value


def input_kind(fact: Fact) -> str:
    """How the field is drawn."""
    return _KINDS.get(fact.type, "text")


def _raw(fact: Fact, value: Any) -> RawValue:
    if isinstance(value, YesNo):
        return value is YesNo.YES
    if isinstance(value, list):
        codes = frozenset(code.value for code in value)
        if NONE_CODE in codes and len(codes) > 1:
            raise ValidationError({fact.code: [_NONE_AND_SOME]})
        return codes - {NONE_CODE}
    if isinstance(value, StrEnum):
        return value.value
    raw: RawValue = value
    return raw


@cache
def _codes_named(name: str, codes: tuple[str, ...]) -> type[StrEnum]:
    return cast(
        "type[StrEnum]", enum.EnumType.__call__(StrEnum, name, [(f"c_{code}", code) for code in codes])
    )


def _codes(fact: Fact) -> type[StrEnum]:
    codes = tuple(fact.scale.grades if fact.scale else fact.choices)
    if fact.type is FactType.CHOICES:
        codes = (*codes, NONE_CODE)
    return _codes_named(f"codes_of_{fact.code}", codes)


def _choice(fact: Fact) -> Choice:
    codes = _codes(fact)
    names = {**(fact.scale.grades if fact.scale else fact.choices), NONE_CODE: _NONE_OF_THESE}
    return Choice(codes, {code: names[code.value] for code in codes})


def _yes_no(fact: Fact) -> Choice:
    yes, no = fact.when_true or Words("是", "Yes"), fact.when_false or Words("否", "No")
    return Choice(YesNo, {YesNo.YES: yes, YesNo.NO: no})


def _amount(fact: Fact) -> Amount:
    return SignedAmount(min=-MAX_FEN) if fact.code in SIGNED_AMOUNTS else Amount()


_FIELDS: Mapping[FactType, Callable[[Fact], marshmallow.fields.Field[Any]]] = {
    FactType.NUMBER_FEN: _amount,
    FactType.NUMBER: lambda _fact: Whole(min=0, max=MAX_NUMBER),
    FactType.COUNT: lambda _fact: Whole(min=0, max=MAX_NUMBER),
    FactType.RATIO_PPM: lambda fact: Ratio(signed=fact.code in SIGNED_RATIOS),
    FactType.BOOLEAN: _yes_no,
    FactType.DATE: lambda _fact: LegalDate(not_before=_EARLIEST, not_after=clock.today),
    FactType.YEARS: lambda _fact: LegalDate(not_before=_EARLIEST, not_after=clock.today),
    FactType.CHOICE: _choice,
    FactType.SCALE_GRADE: _choice,
    FactType.CHOICES: lambda fact: ListOf(_choice(fact)),
    FactType.REGION: Named,
    FactType.INDUSTRY: Named,
}
_KINDS: Mapping[FactType, str] = {
    FactType.NUMBER_FEN: "amount",
    FactType.NUMBER: "whole",
    FactType.COUNT: "whole",
    FactType.RATIO_PPM: "rate",
    FactType.BOOLEAN: "radio",
    FactType.DATE: "date",
    FactType.YEARS: "date",
    FactType.CHOICE: "select",
    FactType.SCALE_GRADE: "select",
    FactType.CHOICES: "checks",
}
