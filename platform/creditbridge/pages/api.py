"""What every room's ``api.py`` stands on: blueprints under ``/api/v1``, problem+json, cursors, idempotency.

A room declares its routes with :meth:`Blueprint.reading` and :meth:`Blueprint.changing`. An API view answers what its
answer schema names. Every route that changes state keeps its answer with the effect, under the client's
``Idempotency-Key``, and gives it again to a repeat.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import fields
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import BaseConverter

from creditbridge.access import api_rate
from creditbridge.kernel.errors import InvalidInput, MalformedRequest
from creditbridge.kernel.words import Words
from creditbridge.pages import api_document
from creditbridge.pages.answers import Answer
from creditbridge.pages.api_input import LARGEST_PAGE, MOST_BODY, PAGE_SIZE, Paging, Parser
from creditbridge.pages.schemas import Schema
from creditbridge.store import idempotency, unit

__all__ = [
    "LARGEST_PAGE", "PAGE_SIZE", "PREFIX", "Api", "Blueprint", "Paging", "decode_cursor", "encode_cursor", "idempotent",
    "number_after", "setup",
]  # fmt: skip

PREFIX = "/api/v1"
LONGEST_KEY = 128
CONTENT = "/content"
"""Addresses that end so take a file as it is; all others take JSON."""

P = ParamSpec("P")
View = TypeVar("View", bound=Callable[..., Any])


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
    obstacles = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={
            "description": "Of `cannot_submit`: by the product's id, the codes of what stands against it."
        },
    )
    seen = fields.Integer(
        metadata={"description": "Of `changed_meanwhile`: the version that was sent along as the one read."}
    )
    current = fields.Integer(metadata={"description": "Of `changed_meanwhile`: the version there is now."})
    reference = fields.String(metadata={"description": "Quote this when you report a fault."})


class PublicIdConverter(BaseConverter):
    """A public id in an address; anything else is no address of ours."""

    regex = "[0-9a-hjkmnp-tv-z]{20}"


class Api(SmorestApi):  # type: ignore[misc]  # flask-smorest has no types
    """The API and its OpenAPI document. Errors are answered by ``creditbridge.pages.problems`` alone."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, **options: Any) -> None:
        self.undescribed: list[Blueprint] = []
        super().__init__(app, **options)

    def _register_error_handlers(self) -> None:
        """Flask-smorest's own error answers are not used."""

    def register_blueprint(self, blp: Blueprint, *, parameters: Any = None, **options: Any) -> None:  # noqa: ARG002
        """Register a room's routes. They are described when somebody first asks for the document.

        Describing takes longer than all the rest of starting an application, and most processes are never asked.
        """
        self._app.register_blueprint(blp, **options)
        self.undescribed.append(blp)

    def gathered(self) -> dict[str, Any]:
        """What the routes say of themselves."""
        while self.undescribed:
            blueprint = self.undescribed.pop(0)
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        gathered: dict[str, Any] = self.spec.to_dict()
        return gathered


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A room's part of the API."""

    ARGUMENTS_PARSER = Parser()

    def reading(
        self,
        path: str,
        *,
        answers: type[Answer] | None,
        asks: type[Schema] | None = None,
        example: Mapping[str, Any] | None = None,
        ruled: bool = False,
    ) -> Callable[[View], View]:
        """A route that changes nothing.

        Args:
            path: the address below ``/api/v1``.
            answers: the answer's schema; None for a file as it is.
            asks: the schema of the address's parameters, which the view takes as its first argument.
            example: an example of the answer.
            ruled: whether a rule of the domain may refuse it (409), as an officer's own interest in the firm does.
        """

        def install(view: View) -> View:
            shown = self._answering(view, 200, answers, example)
            if ruled:
                shown = self.doc(**{api_document.RULED: True})(shown)
            if asks is not None:
                shown = self.arguments(asks, location="query")(shown)
            self.route(path)(shown)
            return view

        return install

    def changing(
        self,
        path: str,
        *,
        answers: type[Answer],
        takes: type[Schema] | None = None,
        asks: type[Schema] | None = None,
        example: Mapping[str, Any] | None = None,
        status: int = 200,
        method: str = "POST",
        media_types: tuple[str, ...] = (),
    ) -> Callable[[View], View]:
        """A route that changes state, once for each ``Idempotency-Key``.

        Args:
            path: the address below ``/api/v1``.
            answers: the answer's schema.
            takes: the schema of the body, which the view takes as its first argument.
            asks: the schema of the address's parameters, taken instead.
            example: an example of the body.
            status: of the answer.
            method: POST, or PUT where the whole of something is replaced.
            media_types: of a file taken as it is, for an address that ends in ``/content``.
        """

        def install(view: View) -> View:
            shown = self._answering(view, status, answers, None)
            if takes is not None:
                shown = self.arguments(takes, example=example)(shown)
            if asks is not None:
                shown = self.arguments(asks, location="query")(shown)
            if media_types:
                shown = self.doc(requestBody=api_document.file_body(media_types))(shown)
            self.route(path, methods=[method])(idempotent(shown))
            return view

        return install

    def _answering(
        self, view: Any, status: int, answers: type[Answer] | None, example: Mapping[str, Any] | None
    ) -> Any:
        if answers is None:
            return self.response(status, {"type": "string"}, content_type=api_document.ANY_TYPE)(view)
        return self.response(status, answers, example=example)(view)


def setup(app: Flask, *blueprints: Blueprint) -> Api:
    """Install the API: every room's blueprint below ``/api/v1``, JSON bodies only, no form token needed."""
    app.config.update(
        API_TITLE="CreditBridge 信桥", API_VERSION="1", OPENAPI_VERSION=api_document.OPENAPI_VERSION
    )
    app.url_map.converters["public_id"] = PublicIdConverter
    api = Api(app, spec_kwargs=api_document.spec_options())
    api.register_converter(PublicIdConverter, lambda _converter: api_document.PUBLIC_ID_SCHEMA)
    api.ma_plugin.converter.add_attribute_function(api_document.own_fields)
    for blueprint in blueprints:
        current = app.extensions.get("csrf")
        if current is not None:
            current.exempt(blueprint)
        api.register_blueprint(blueprint, url_prefix=PREFIX)
    app.before_request(_check_body)
    api_rate.install(app)
    return api


def _check_body() -> None:
    """A form can be sent from any site without asking first; JSON cannot. So the API takes JSON bodies only."""
    if not request.path.startswith("/api/") or request.path.endswith(CONTENT):
        return
    request.max_content_length = MOST_BODY
    if request.method in unit.SAFE_METHODS or not request.content_length:
        return
    if request.content_length > MOST_BODY:
        raise RequestEntityTooLarge
    if not request.is_json:
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
        asked = idempotency.RequestKey(
            _client(), request.endpoint or "", _hash(f"{request.path}#{_key()}".encode()), _body()
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

    return once


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 1 <= len(key) <= LONGEST_KEY:
        raise MalformedRequest(
            "idempotency_key_missing",
            Words(
                "请在请求头 Idempotency-Key 中提供 1 至 128 个字符的幂等键。",
                "Send an Idempotency-Key header of 1 to 128 characters.",
            ),
        )
    return key


def _client() -> str:
    """Who sent it: the person and the organisation they act for, so that no answer crosses from one to another."""
    from creditbridge.access.guard import current_actor

    actor = current_actor()
    return f"{actor.user_public_id}/{actor.organisation_public_id}"


def _body() -> str:
    return _hash(request.query_string + b"\x00" + request.get_data(cache=True))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _again(given: idempotency.KeptAnswer) -> Response:
    response = Response(given.answer, status=given.status, content_type=given.content_type)
    if given.location:
        response.headers["Location"] = given.location
    response.headers["Idempotent-Replayed"] = "true"
    return response


def encode_cursor(position: str | int | None) -> str | None:
    """An opaque cursor for a position in a list; None at its end."""
    if position is None:
        return None
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The position of a cursor; None for the first page.

    Raises:
        InvalidInput: if it is none of ours.
    """
    if not cursor:
        return None
    try:
        position = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _bad_cursor() from error
    if not position.isascii() or not position.isalnum():
        raise _bad_cursor()
    return position


def number_after(cursor: str | None) -> int | None:
    """The position of a cursor that counts or holds a number.

    Raises:
        InvalidInput: if it is none of ours.
    """
    position = decode_cursor(cursor)
    if position is None:
        return None
    if not position.isdigit() or len(position) > 15:
        raise _bad_cursor()
    return int(position)


def _bad_cursor() -> InvalidInput:
    words = Words(
        "分页游标无效，请从第一页重新开始。", "This cursor is not valid. Start again from the first page."
    )
    return InvalidInput({"cursor": [words]})
