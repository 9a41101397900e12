"""What answers of the API are made of: every field is always there, and null where nothing is known.

An answer schema names what leaves the platform and nothing else does. Money is integer fen, rates are integer ppm
a year, texts for people carry both languages, instants are UTC, dates are legal dates in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

import marshmallow
from marshmallow import fields

from creditbridge.kernel.words import Words
from creditbridge.pages.schemas import Schema


class Answer(Schema):
    """The base of every answer; clients must allow for fields that are added later."""

    class Meta:
        unknown = marshmallow.EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002
        field_obj.required = True


class WordsAnswer(Answer):
    """A text in Chinese and English."""

    zh = fields.String()
    en = fields.String()


def _told(about: str | None, options: dict[str, Any]) -> dict[str, Any]:
    metadata = {**options.pop("metadata", {}), **({"description": about} if about else {})}
    return {**options, "metadata": metadata}


class Said(fields.Nested):
    """A text for people in both languages."""

    def __init__(self, about: str | None = None, **options: Any) -> None:
        super().__init__(WordsAnswer, **_told(about, options))


class Name(fields.String):
    """A plain text, such as a name or what somebody wrote."""

    def __init__(self, about: str | None = None, **options: Any) -> None:
        super().__init__(**_told(about, options))


class Ref(fields.String):
    """The public id of a thing."""

    def __init__(self, about: str | None = None, **options: Any) -> None:
        metadata = {"pattern": "^[0-9a-hjkmnp-tv-z]{20}$", "example": "7rq2f0v8k3m5n1x9t4ba"}
        super().__init__(**_told(about or "A public id.", {**options, "metadata": metadata}))


class Number(fields.Integer):
    """A whole number; the description says of what."""

    def __init__(self, about: str | None = None, **options: Any) -> None:
        super().__init__(**_told(about, options))


class Fen(Number):
    """An amount in fen."""

    def __init__(self, about: str = "", **options: Any) -> None:
        super().__init__(f"{about} In fen.".strip(), **options)


class Ppm(Number):
    """A rate or share in parts per million."""

    def __init__(self, about: str = "", **options: Any) -> None:
        super().__init__(f"{about} In parts per million: 3.85% is 38500.".strip(), **options)


class Day(fields.Date):
    """A legal date in Asia/Shanghai."""

    def __init__(self, about: str | None = None, **options: Any) -> None:
        super().__init__(**_told(about, options))


class Moment(fields.AwareDateTime):
    """An instant in UTC."""

    def __init__(self, about: str | None = None, **options: Any) -> None:
        super().__init__(format="iso", **_told(about, options))


class Truth(fields.Boolean):
    def __init__(self, about: str | None = None, **options: Any) -> None:
        super().__init__(**_told(about, options))


class OneOf(fields.String):
    """A member of an enumeration; its values stand in the document."""

    def __init__(self, enum: type[StrEnum] | Iterable[str], about: str | None = None, **options: Any) -> None:
        values: list[str | None] = [str(value) for value in enum]
        if options.get("allow_none"):
            values.append(None)
        super().__init__(**_told(about, {**options, "metadata": {"enum": values}}))


class Part(fields.Nested):
    """A part of an answer with a schema of its own."""

    def __init__(self, schema: type[Answer], about: str | None = None, **options: Any) -> None:
        super().__init__(schema, **_told(about, options))


class Parts(fields.List[Any]):
    """Several parts, or several plain values."""

    def __init__(
        self, inner: type[Answer] | fields.Field[Any], about: str | None = None, **options: Any
    ) -> None:
        held = inner if isinstance(inner, fields.Field) else fields.Nested(inner)
        super().__init__(held, **_told(about, options))


class Json(fields.Raw):
    """JSON of a shape described elsewhere."""

    def __init__(self, about: str, **options: Any) -> None:
        super().__init__(**_told(about, options))


class CodeAnswer(Answer):
    """A code for programs with its words for people."""

    code = Name("A stable code.")
    words = Said()


def coded(code: str | StrEnum, words: Mapping[Any, Words]) -> dict[str, Any]:
    """A code with its words, for :class:`CodeAnswer`."""
    return {"code": str(code), "words": words[code]}


@cache
def page_schema(item: type[Answer]) -> type[Answer]:
    """The answer of a list: some items, and the cursor of the next page (null at the end)."""
    name = item.__name__.removesuffix("Answer") + "Page"
    members = {
        "items": Parts(item),
        "next_cursor": Name("Give it as `cursor` to get the next page; null at the end.", allow_none=True),
    }
    made = Answer.from_dict(members, name=name)  # type: ignore[arg-type]
    assert issubclass(made, Answer)
    return made
