"""The basis of all fields, and those that take text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields

from creditbridge.kernel.words import Words
from creditbridge.pages import messages
from creditbridge.pages.checks import Lengths, Pattern

ErrorMessages = dict[str, str | list[Any] | dict[Any, Any]]

_BASIC: ErrorMessages = {
    "required": [messages.REQUIRED],
    "null": [messages.REQUIRED],
    "validator_failed": [messages.WRONG],
    "type": [messages.TYPE],
}
_NO_TEXT: ErrorMessages = {"invalid": [messages.TEXT], "invalid_utf8": [messages.TEXT]}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A typed text no field could read; given to the schema in its place so that errors come out in one tree."""

    messages: list[Any]


class FieldMixin:
    """What every field of ours adds to marshmallow's: bilingual messages, reading and showing text."""

    default_error_messages: ErrorMessages = _BASIC

    def from_text(self, text: str) -> Any:
        """The typed value of a text from a page.

        Raises:
            ValidationError: with Words, if the text cannot be read.
        """
        return text

    def to_text(self, value: Any) -> str:
        """A typed value as a person would type it."""
        return "" if value is None else str(value)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, Unreadable):
            raise ValidationError(value.messages)
        return super().deserialize(value, attr, data, **kwargs)  # type: ignore[misc]


def with_check(check: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Options with one more check in front of those the schema names itself."""
    own = options.pop("validate", None)
    more = [] if own is None else list(own) if isinstance(own, Iterable) else [own]
    return {**options, "validate": [check, *more] if check is not None else more}


class Text(FieldMixin, fields.String):
    """Trimmed text without control characters; ``lines`` keeps line breaks. Stored in Unicode form NFC."""

    default_error_messages: ErrorMessages = _NO_TEXT

    def __init__(self, *, max: int = 200, min: int = 0, lines: bool = False, **options: Any) -> None:  # noqa: A002
        self.lines = lines
        least = min or (1 if options.get("required") else None)
        super().__init__(**with_check(Lengths(min=least, max=max), options))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
        if any(
            unicodedata.category(sign) in {"Cc", "Cs"} and not (self.lines and sign in "\n\t")
            for sign in text
        ):
            raise ValidationError([_CONTROL])
        if not text and self.required:
            raise self.make_error("required")
        return text


_CONTROL = Words(
    "文字里有不可见的控制字符，请重新输入。", "The text holds invisible control characters. Type it again."
)


class Secret(FieldMixin, fields.String):
    """A password or one-time code: taken exactly as typed, never shown again."""

    default_error_messages: ErrorMessages = _NO_TEXT

    def __init__(self, *, max: int = 256, min: int = 1, **options: Any) -> None:  # noqa: A002
        super().__init__(load_only=True, **with_check(Lengths(min=min, max=max), options))

    def to_text(self, value: Any) -> str:  # noqa: ARG002
        return ""


class Code(Text):
    """A machine-readable code: letters, digits, hyphen, underscore."""

    def __init__(self, *, max: int = 64, **options: Any) -> None:  # noqa: A002
        words = Words(
            "只能使用字母、数字、短横线和下划线。", "Use letters, digits, hyphens and underscores only."
        )
        super().__init__(max=max, **with_check(Pattern(r"[A-Za-z0-9_-]+", words), options))


class PublicId(Text):
    """A public identifier (:mod:`creditbridge.kernel.ids`)."""

    def __init__(self, **options: Any) -> None:
        words = Words("编号无效，请重新选择。", "This identifier is not valid. Choose again.")
        super().__init__(max=20, **with_check(Pattern(r"[0-9a-hjkmnp-tv-z]{20}", words), options))


class Email(Text):
    """A mail address."""

    def __init__(self, **options: Any) -> None:
        words = Words(
            "请填写完整的邮箱地址，如 name@example.com。", "Enter a full address like name@example.com."
        )
        super().__init__(
            max=254, **with_check(Pattern(r"[^@\s<>\"]{1,64}@[^@\s<>\"]+\.[^@\s<>\".]+", words), options)
        )


class Phone(Text):
    """A mainland mobile or landline number, or an international one with ``+``."""

    def __init__(self, **options: Any) -> None:
        words = Words(
            "请填写手机号，或带区号的固定电话。", "Enter a mobile number, or a landline with its area code."
        )
        super().__init__(max=24, **with_check(Pattern(r"\+?[0-9][0-9 -]{5,21}[0-9]", words), options))
