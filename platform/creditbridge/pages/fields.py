"""The fields of schemas: what they take from JSON, and how they read what a person types.

One schema serves the API and the page. JSON carries typed values (fen, ppm, ``true``, ``"2026-11-23"``) and is
taken strictly. A page sends text: :class:`~creditbridge.pages.forms.Form` first lets each field read it with
``from_text`` and shows stored values again with ``to_text``; then the same schema checks the same typed values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields

from creditbridge.kernel import money
from creditbridge.kernel.words import Words
from creditbridge.pages import messages
from creditbridge.pages.checks import Between, Lengths
from creditbridge.pages.text_fields import (
    Code,
    Email,
    ErrorMessages,
    FieldMixin,
    Phone,
    PublicId,
    Secret,
    Text,
    Unreadable,
    with_check,
)  # fmt: skip

__all__ = [
    "Amount", "Choice", "Code", "Email", "Flag", "Instant", "LegalDate", "ListOf", "Nested", "Phone", "PublicId",
    "Rate", "Secret", "Text", "Unreadable", "Whole",
]  # fmt: skip

Bound = date | Callable[[], date] | None

_BARE_NUMBER = re.compile(r"[0-9,.0-9,.\s]+")
_WAN_UNITS: Final = {"wan": ("万元", money.FEN_PER_WAN), "yuan": ("元", money.FEN_PER_YUAN)}
UNIT_WORDS: Final = {"wan": Words("万元", "× ¥10,000"), "yuan": Words("元", "yuan")}


class _StrictInteger(FieldMixin, fields.Integer):
    """An integer that is an integer: no text, no 3.0, no true."""

    not_whole = Words("请填写整数。", "Enter a whole number.")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError([self.not_whole])
        if abs(value) > _LARGEST:
            raise ValidationError([Words("这个数太大了，请检查。", "This number is too large. Check it.")])
        return value


_LARGEST: Final = 2**63 - 1


class Whole(_StrictInteger):
    """A whole number, such as months or staff."""

    def __init__(self, *, min: int | None = None, max: int | None = None, **options: Any) -> None:  # noqa: A002
        check = Between(min=min, max=max) if min is not None or max is not None else None
        super().__init__(**with_check(check, options))

    def from_text(self, text: str) -> int:
        plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
        if not re.fullmatch(r"[+-]?[0-9]{1,19}", plain):
            raise ValidationError([self.not_whole])
        return int(plain)


class Amount(_StrictInteger):
    """An amount in fen. On a page a bare number counts in ``unit``; a written unit (125万, 1.2亿, 3000元) wins."""

    not_whole = Words("请填写以分为单位的整数。", "Enter a whole number of fen.")

    def __init__(
        self,
        *,
        min: int | None = 0,  # noqa: A002
        max: int | None = money.MAX_FEN,  # noqa: A002
        unit: str = "wan",
        **options: Any,
    ) -> None:
        self.unit, self.fen_per_unit = _WAN_UNITS[unit]
        self.unit_words = UNIT_WORDS[unit]
        super().__init__(**with_check(Between(min=min, max=max, show=money.amount_words), options))

    def from_text(self, text: str) -> int:
        bare = text.strip()
        try:
            return money.parse_amount(f"{bare}{self.unit}" if _BARE_NUMBER.fullmatch(bare) else bare)
        except money.AmountError as error:
            raise ValidationError([error.words]) from error

    def to_text(self, value: Any) -> str:
        if not isinstance(value, int):
            return "" if value is None else str(value)
        digits = len(str(self.fen_per_unit)) - 1
        whole, rest = divmod(abs(value), self.fen_per_unit)
        shown = f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")
        return f"-{shown}" if value < 0 else shown


class Rate(_StrictInteger):
    """A yearly rate in ppm (3.85% = 38,500); on a page in percent."""

    not_whole = Words("请填写以百万分之一为单位的整数。", "Enter a whole number of parts per million.")
    unit_words = Words("%", "%")

    def __init__(
        self,
        *,
        min: int | None = 0,  # noqa: A002
        max: int | None = money.MAX_RATE_PPM,  # noqa: A002
        **options: Any,
    ) -> None:
        super().__init__(**with_check(Between(min=min, max=max, show=_rate_words), options))

    def from_text(self, text: str) -> int:
        try:
            return money.parse_rate(text)
        except money.RateError as error:
            raise ValidationError([error.words]) from error

    def to_text(self, value: Any) -> str:
        return (
            money.format_rate(value).removesuffix("%") if isinstance(value, int) else super().to_text(value)
        )


def _rate_words(ppm: int) -> Words:
    return Words(money.format_rate(ppm), money.format_rate(ppm))


class LegalDate(FieldMixin, fields.Date):
    """A date in Asia/Shanghai, ``2026-11-23``; the bounds may be callables such as ``clock.today``."""

    def __init__(self, *, not_before: Bound = None, not_after: Bound = None, **options: Any) -> None:
        self.not_before, self.not_after = not_before, not_after
        super().__init__(**options)

    def from_text(self, text: str) -> str:
        plain = unicodedata.normalize("NFKC", text).strip()
        found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", plain)
        return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else plain

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:  # noqa: ARG002
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValidationError([_DATE])
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError([_NO_SUCH_DAY]) from error
        if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            raise ValidationError([_NO_SUCH_YEAR])
        self._check_bounds(day)
        return day

    def _check_bounds(self, day: date) -> None:
        first, last = _bound(self.not_before), _bound(self.not_after)
        if first is not None and day < first:
            raise ValidationError(
                [Words("不能早于 {day}。", "Choose {day} or later.").fill(day=first.isoformat())]
            )
        if last is not None and day > last:
            raise ValidationError(
                [Words("不能晚于 {day}。", "Choose {day} or earlier.").fill(day=last.isoformat())]
            )

    def to_text(self, value: Any) -> str:
        return value.isoformat() if isinstance(value, date) else super().to_text(value)


def _bound(bound: Bound) -> date | None:
    return bound() if callable(bound) else bound


_DATE = Words("请按 2026-11-23 的格式填写日期。", "Enter the date like 2026-11-23.")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999
"""Other years are typing mistakes, and next to the first and the last there is no room to reckon."""
_NO_SUCH_YEAR = Words(
    "年份应在 {first} 至 {last} 之间。", "The year must lie between {first} and {last}."
).fill(first=EARLIEST_YEAR, last=LATEST_YEAR)
_NO_SUCH_DAY = Words("没有这一天，请检查年月日。", "There is no such day. Check year, month and day.")


class Instant(FieldMixin, fields.AwareDateTime):
    """An instant with its offset, kept in UTC: ``2026-11-23T06:05:00Z``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        words = Words(
            "请填写带时区的时间，如 2026-11-23T14:05:00+08:00。",
            "Enter a time with its zone, like 2026-11-23T14:05:00+08:00.",
        )
        if not isinstance(value, str) or "T" not in value.upper():
            raise ValidationError([words])
        try:
            instant: datetime = super()._deserialize(value, attr, data, **kwargs)
            return instant.astimezone(UTC)
        except (ValidationError, OverflowError) as error:
            raise ValidationError([words]) from error


class Choice(FieldMixin, fields.Enum[Any]):
    """One member of an enumeration, by its value; ``words`` name the members to people."""

    def __init__(self, enum: type[StrEnum], words: Mapping[Any, Words] | None = None, **options: Any) -> None:
        self.words = words or {}
        self.members = tuple(enum)
        super().__init__(enum, by_value=True, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        try:
            if isinstance(value, str):
                return self.enum(value)
        except ValueError:
            pass
        names = ", ".join(str(member.value) for member in self.members[:20])
        raise ValidationError([Words("请从列出的选项中选择（{n}）。", "Choose one of: {n}.").fill(n=names)])

    def choices(self) -> list[tuple[str, Words]]:
        """The values with their words, in the enumeration's order."""
        return [
            (str(member.value), self.words.get(member) or Words(str(member.value), str(member.value)))
            for member in self.members
        ]

    def to_text(self, value: Any) -> str:
        return str(value.value) if isinstance(value, StrEnum) else super().to_text(value)


_TICK: Final = Words("请勾选此项。", "Tick this box.")
_NOT_TICKED: ErrorMessages = {"required": [_TICK], "null": [_TICK]}


class Flag(FieldMixin, fields.Boolean):
    """Yes or no. JSON: ``true`` or ``false`` only. Page: an unticked box sends nothing and is no.

    ``agreed``: nothing but yes will do, as for a consent or a declaration.
    """

    default_error_messages: ErrorMessages = _NOT_TICKED

    def __init__(self, *, agreed: bool = False, **options: Any) -> None:
        self.agreed = agreed
        super().__init__(**({"required": True, **options} if agreed else options))

    def from_text(self, text: str) -> bool:
        return text.lower() in {"true", "1", "on", "yes"}

    def to_text(self, value: Any) -> str:
        return "true" if value else ""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ValidationError([Words("请填写 true 或 false。", "Enter true or false.")])
        if self.agreed and not value:
            raise self.make_error("required")
        return value


_NO_LIST: ErrorMessages = {"invalid": [messages.LIST]}


class ListOf(FieldMixin, fields.List[Any]):
    """A list of values, without repetition; on a page the parameter is repeated."""

    default_error_messages: ErrorMessages = _NO_LIST

    def __init__(self, inner: fields.Field[Any], *, min: int = 0, max: int = 100, **options: Any) -> None:  # noqa: A002
        super().__init__(inner, **with_check(Lengths(min=min or None, max=max), options))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        loaded: list[Any] = super()._deserialize(value, attr, data, **kwargs)
        if any(item in loaded[:place] for place, item in enumerate(loaded)):
            raise ValidationError([Words("有重复的项，请去掉。", "An item is repeated. Remove it.")])
        return loaded


class Nested(FieldMixin, fields.Nested):
    """A part with its own schema, or a list of them (``many``, at most ``max`` rows)."""

    def __init__(
        self,
        schema: type[MarshmallowSchema] | Callable[[], MarshmallowSchema],
        *,
        many: bool = False,
        min: int = 0,  # noqa: A002
        max: int = 50,  # noqa: A002
        **options: Any,
    ) -> None:
        self.max_rows = max
        super().__init__(
            schema, many=many, **with_check(Lengths(min=min or None, max=max) if many else None, options)
        )
