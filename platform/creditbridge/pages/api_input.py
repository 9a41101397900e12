"""How the API reads what it is sent: strict JSON of bounded depth, and the address by the types of its schema."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from flask import Request
from marshmallow import Schema as MarshmallowSchema
from marshmallow import fields
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from creditbridge.kernel.errors import MalformedRequest
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Text, Whole
from creditbridge.pages.schemas import Schema

PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 200
MOST_DEPTH: Final = 32
MOST_BODY: Final = 1024 * 1024
"""Bytes of a JSON body; files go to addresses of their own, which end in ``/content``."""

_WHOLE = re.compile(r"-?[0-9]{1,40}", re.ASCII)
_FLAGS: Final = {"true": True, "false": False}
_LANGUAGE: Final = "lang"

NOT_JSON = Words("请求内容不是有效的 JSON。", "The body is not valid JSON.")
TOO_DEEP = Words(
    "JSON 嵌套过深，最多 {most} 层。", "The JSON is nested too deep; {most} levels at most."
).fill(most=MOST_DEPTH)
NOT_TEXT = Words(
    "JSON 里有不能保存的字符（空字符或不成对的代理码位）。",
    "The JSON holds characters that cannot be kept: NUL or an unpaired surrogate.",
)
DOUBLE_KEY = Words("JSON 对象里有重复的键“{key}”。", "The JSON has the key “{key}” twice in one object.")


class Paging(Schema):
    """Which page of a list; the base of every list's query."""

    cursor = Text(
        max=200,
        load_default=None,
        metadata={"description": "`next_cursor` of the page before; leave out for the first page."},
    )
    limit = Whole(
        min=1,
        max=LARGEST_PAGE,
        load_default=PAGE_SIZE,
        metadata={"description": "How many items at most."},
    )


class Parser(FlaskParser):
    """Webargs for this API: unknown parameters are refused, and what cannot be JSON is told as such."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": None}  # noqa: RUF012

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if len(body) >= MOST_BODY:
            # A body sent in chunks says no length; it was read up to the limit and no further.
            raise RequestEntityTooLarge
        return read_json(body) if body else core.missing

    def load_querystring(self, req: Request, schema: MarshmallowSchema) -> dict[str, Any]:
        """The address's parameters as typed values; a text that is no value of its field is left to the field."""
        fields_of = {field.data_key or name: field for name, field in schema.fields.items()}
        return {
            name: _typed(fields_of.get(name), values)
            for name, values in req.args.lists()
            if name != _LANGUAGE
        }


def read_json(body: bytes) -> Any:
    """Read JSON that can be kept: UTF-8, no NaN, no double keys, no NUL, bounded depth.

    Raises:
        MalformedRequest: ``malformed_json``.
    """
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("malformed_json", NOT_JSON) from error
    _check(data, 1)
    return data


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise MalformedRequest("malformed_json", DOUBLE_KEY.fill(key=key[:40]))
        found[key] = value
    return found


def _check(data: Any, depth: int) -> None:
    if isinstance(data, str):
        _check_text(data)
    elif isinstance(data, dict | list):
        if depth > MOST_DEPTH:
            raise MalformedRequest("malformed_json", TOO_DEEP)
        if isinstance(data, dict):
            for key in data:
                _check_text(key)
            data = list(data.values())
        for inner in data:
            _check(inner, depth + 1)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedRequest("malformed_json", NOT_TEXT) from error
    if "\x00" in text:
        raise MalformedRequest("malformed_json", NOT_TEXT)


def _typed(field: fields.Field[Any] | None, values: list[str]) -> Any:
    if isinstance(field, fields.List):
        return [_one(field.inner, value) for value in values]
    return _one(field, values[0]) if len(values) == 1 else values


def _one(field: fields.Field[Any] | None, text: str) -> Any:
    if isinstance(field, fields.Integer) and _WHOLE.fullmatch(text):
        return int(text)
    if isinstance(field, fields.Boolean):
        return _FLAGS.get(text, text)
    return text
