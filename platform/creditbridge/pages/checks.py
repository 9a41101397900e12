"""Checks on field values whose messages are bilingual and say what to do.

They extend marshmallow's validators, so that bounds, lengths and patterns still appear in the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, validate

from creditbridge.kernel.words import Words


def _as_is(value: Any) -> Words:
    return Words(str(value), str(value))


class Between(validate.Range):
    """At least ``min`` and at most ``max``; ``show`` says a bound to people, an amount for example."""

    def __init__(self, *, min: Any = None, max: Any = None, show: Callable[[Any], Words] = _as_is) -> None:  # noqa: A002
        super().__init__(min=min, max=max)
        self.show = show

    def __call__(self, value: Any) -> Any:
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            raise ValidationError([self.words()])
        return value

    def words(self) -> Words:
        if self.max is None:
            return Words("不能小于 {least}。", "Enter {least} or more.").fill(least=self.show(self.min))
        if self.min is None:
            return Words("不能大于 {most}。", "Enter {most} or less.").fill(most=self.show(self.max))
        return Words("应在 {least} 到 {most} 之间。", "Enter a value from {least} to {most}.").fill(
            least=self.show(self.min), most=self.show(self.max)
        )


class Lengths(validate.Length):
    """A text's characters, or a list's items, between ``min`` and ``max``."""

    def __call__(self, value: Any) -> Any:
        length = len(value)
        kind = "text" if isinstance(value, str) else "list"
        if self.min is not None and length < self.min:
            raise ValidationError([_TOO_SHORT[kind].fill(n=self.min)])
        if self.max is not None and length > self.max:
            raise ValidationError([_TOO_LONG[kind].fill(n=self.max, have=length)])
        return value


_TOO_SHORT = {
    "text": Words("至少填写 {n} 个字。", "Enter at least {n} characters."),
    "list": Words("至少选择 {n} 项。", "Give at least {n}."),
}
_TOO_LONG = {
    "text": Words("最多 {n} 个字，现在有 {have} 个。", "At most {n} characters; this has {have}."),
    "list": Words("最多 {n} 项，现在有 {have} 项。", "At most {n}; this has {have}."),
}


class Pattern(validate.Regexp):
    """The whole text matches ``pattern``; ``words`` say in plain language what it should look like."""

    def __init__(self, pattern: str, words: Words) -> None:
        super().__init__(rf"\A(?:{pattern})\Z")
        self.words = words

    def __call__(self, value: Any) -> Any:
        if self.regex.match(value) is None:
            raise ValidationError([self.words])
        return value
