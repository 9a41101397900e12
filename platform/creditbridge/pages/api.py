"""What every room's ``api.py`` stands on: blueprints under ``/api/v1``, problem+json, cursors, idempotency.

An API view answers JSON-safe dictionaries of what its answer schema names. POSTs that change state carry
:func:`idempotent`, directly under the route: it keeps the answer with the effect and gives it again to a repeat.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
from collections.abc import Callable
from typing import Any, ParamSpec

from flask import Flask, Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import fields

from creditbridge.kernel.errors import InvalidInput, MalformedRequest
from creditbridge.kernel.words import Words
from creditbridge.pages.schemas import Schema
from creditbridge.store import idempotency, unit

PREFIX = "/api/v1"
PAGE_SIZE = 50
LARGEST_PAGE = 200
LONGEST_KEY = 128

P = ParamSpec("P")


class ProblemSchema(Schema):
    """A problem detail (RFC 9457), sent as application/problem+json."""

    type = fields.String(required=True, metadata={"description": "A URN that names the kind of problem."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(
        required=True, metadata={"description": "What is wrong and what to do, in the request's language."}
    )
    code = fields.String(required=True, metadata={"description": "A stable code for programs."})
    instance = fields.String()
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by the path of the field they are about."},
    )
    reference = fields.String(metadata={"description": "Quote this when you report a fault."})


class Api(SmorestApi):
    """The API and its OpenAPI document. Errors are answered by ``creditbridge.pages.problems`` alone."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Flask-smorest's own error answers are not used."""


class Blueprint(SmorestBlueprint):
    """A room's part of the API."""


def setup(app: Flask, *blueprints: Blueprint) -> Api:
    """Install the API: OpenAPI 3.1 at /api/openapi.json, every room's blueprint, no form bodies, no CSRF token."""
    app.config.update(
        API_TITLE="CreditBridge 信桥",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = Api(
        app,
        spec_kwargs={
            "info": {"description": "融资信用服务平台接口。The financing credit platform as JSON."},
            "security": [{"token": []}],
        },
    )
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for blueprint in blueprints:
        current = app.extensions.get("csrf")
        if current is not None:
            current.exempt(blueprint)
        api.register_blueprint(blueprint, url_prefix=PREFIX)
    app.before_request(_refuse_forms)
    return api


def _refuse_forms() -> None:
    """A form can be sent from any site without asking first; JSON cannot. So the API takes JSON bodies only."""
    if (
        not request.path.startswith("/api/")
        or request.method in unit.SAFE_METHODS
        or not request.content_length
    ):
        return
    if not request.is_json and not request.path.endswith("/content"):
        raise MalformedRequest(
            "json_needed", Words("请以 application/json 格式提交内容。", "Send the body as application/json.")
        )


def idempotent(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Give a repeat of the same request the first answer. The client sends ``Idempotency-Key``.

    Raises (when called):
        MalformedRequest: without the key, or with one longer than 128 characters.
    """

    @functools.wraps(view)
    def once(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not 1 <= len(key) <= LONGEST_KEY:
            raise MalformedRequest(
                "idempotency_key_missing",
                Words(
                    "请在请求头 Idempotency-Key 中提供 1 至 128 个字符的幂等键。",
                    "Send an Idempotency-Key header of 1 to 128 characters.",
                ),
            )
        asked = idempotency.RequestKey(
            _client(), request.endpoint or "", _hash(f"{request.path}#{key}".encode()), _body()
        )
        given = idempotency.answer_given(unit.session(), asked)
        if given is not None:
            return _again(given)
        response = make_response(current_app.ensure_sync(view)(*args, **kwargs))
        if response.status_code < 400:
            idempotency.keep(
                unit.session(),
                asked,
                status=response.status_code,
                content_type=response.content_type,
                location=response.headers.get("Location", ""),
                answer=response.get_data(),
            )
        return response

    documentation = getattr(once, "_apidoc", None)
    once._apidoc = _with_key(documentation or {})  # type: ignore[attr-defined]  # noqa: SLF001 - flask-smorest's own place
    return once


def _with_key(documentation: dict[str, Any]) -> dict[str, Any]:
    header = {
        "in": "header",
        "name": "Idempotency-Key",
        "required": True,
        "schema": {"type": "string", "maxLength": LONGEST_KEY},
    }
    manual = dict(documentation.get("manual_doc", {}))
    manual["parameters"] = [*manual.get("parameters", []), header]
    return {**documentation, "manual_doc": manual}


def _client() -> str:
    from flask_login import current_user

    return str(current_user.get_id())


def _body() -> str:
    return _hash(request.get_data(cache=True))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _again(given: idempotency.KeptAnswer) -> Response:
    response = Response(given.answer, status=given.status, content_type=given.content_type)
    if given.location:
        response.headers["Location"] = given.location
    response.headers["Idempotent-Replayed"] = "true"
    return response


def encode_cursor(position: str) -> str:
    """An opaque cursor for a position in a list."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The position of a cursor.

    Raises:
        InvalidInput: if it is none of ours.
    """
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput(
            {
                "cursor": [
                    Words(
                        "分页游标无效，请从第一页重新开始。",
                        "This cursor is not valid. Start again from the first page.",
                    )
                ]
            }
        ) from error
