"""The OpenAPI 3.1 document: what flask-smorest gathers, completed with who may call what and every problem answer.

Roles, scopes and whether a token is needed come from the permission table, so that the document cannot say anything
else than the guard does.
"""

from __future__ import annotations

import copy
import re
import threading
from http import HTTPStatus
from typing import Any, Final

from flask import Flask
from flask_smorest.spec.plugins import FlaskPlugin
from marshmallow import fields

from creditbridge.access.permissions import ROUTES
from creditbridge.access.rights import Rule
from creditbridge.kernel.words import Words
from creditbridge.pages.answers import OneOf
from creditbridge.pages.fields import Choice
from creditbridge.pages.problems import API_DETAILS, DETAILS, TITLES

_MAKING: Final = threading.Lock()

OPENAPI_VERSION: Final = "3.1.0"
PROBLEM: Final = "application/problem+json"
ANY_TYPE: Final = "*/*"
_BYTES: Final = "application/octet-stream"
_FILE: Final = {"type": "string", "format": "binary"}
"""As OpenAPI 3.0 said it: JSON Schema passes over the format, and generators of clients know a file by nothing else."""
PUBLIC_ID_SCHEMA: Final = {"type": "string", "pattern": "^[0-9a-hjkmnp-tv-z]{20}$"}
KEY_HEADER: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "Chosen by the client for each act, such as a random UUID. A repeat with the same key and content "
    "gets the first answer for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "example": "0b6f1a52-7c1e-4c1b-9a57-1f1d3d3f2a10",
}
LANGUAGE_HEADER: Final = {
    "in": "header",
    "name": "Accept-Language",
    "description": "The language of problem details: `zh` or `en`.",
    "schema": {"type": "string", "enum": ["zh", "en"], "default": "zh"},
}
_CHANGING: Final = frozenset({"post", "put"})
_METHODS: Final = ("get", "post", "put")
_INTRODUCTION: Final = """融资信用服务平台接口。The financing credit platform as JSON.

* Amounts are integers in fen, rates integers in parts per million a year (3.85% is 38500); dates are legal dates in
  Asia/Shanghai, instants are UTC.
* Texts for people carry Chinese and English; codes are stable.
* Lists are read page by page: give `next_cursor` back as `cursor`.
* Every request that changes something carries an `Idempotency-Key`.
* Problems are answered as `application/problem+json` (RFC 9457) in the language of `Accept-Language`.
"""


def spec_options() -> dict[str, Any]:
    """What APISpec is made with."""
    return {
        "info": {"description": _INTRODUCTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
    }


def file_body(media_types: tuple[str, ...]) -> dict[str, Any]:
    """The request body of an address that takes a file as it is."""
    content = {
        media_type: {"schema": {"contentMediaType": media_type, **_FILE}}
        for media_type in (_BYTES, *media_types)
    }
    return {"required": True, "description": "The file itself.", "content": content}


def _file_answer() -> dict[str, Any]:
    """The content of an answer that is a file, whatever its type; generators of clients look for bytes by name."""
    return {
        media_type: {"schema": {"contentMediaType": _BYTES, **_FILE}} for media_type in (_BYTES, ANY_TYPE)
    }


def own_fields(converter: Any, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ARG001
    """What apispec cannot know of our fields: the type and words of choices, and patterns as JSON Schema writes them."""
    told: dict[str, Any] = {}
    if isinstance(field, Choice):
        told["type"] = ["string", "null"] if field.allow_none else "string"
        meanings = [
            f"`{code}` {words.zh} / {words.en}" for code, words in field.choices() if words.zh != code
        ]
        if meanings and "description" not in ret:
            told["description"] = "; ".join(meanings)
    if isinstance(ret.get("pattern"), str):
        told["pattern"] = re.sub(r"\A\\A(.*)\\Z\Z", r"^\1$", ret["pattern"], flags=re.DOTALL)
    if isinstance(field, OneOf) and field.allow_none:
        told["type"] = ["string", "null"]
    return told


def document(app: Flask) -> dict[str, Any]:
    """The whole document, made once for an application."""
    with _MAKING:
        made: dict[str, Any] | None = app.extensions.get("creditbridge_openapi")
        if made is None:
            api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
            made = copy.deepcopy(api.gathered())
            _complete(app, made)
            app.extensions["creditbridge_openapi"] = made
    return made


def _complete(app: Flask, spec: dict[str, Any]) -> None:
    components = spec["components"]
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made on the page of your account; it acts in your role, within its scopes.",
        }
    }
    components["responses"] = {
        f"Problem{status}": _problem(status)
        for status in (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
    }
    components["schemas"].pop("PaginationMetadata", None)
    said = {tag["name"]: tag["description"].partition(" ")[2] for tag in spec["tags"]}
    for tag in spec["tags"]:
        # Generated clients name their modules by the tag: that is the English part, which any language can spell.
        tag["name"] = said[tag["name"]]
    for rule in app.url_map.iter_rules():
        path = FlaskPlugin.flaskpath2openapi(rule.rule)
        for method in _METHODS:
            operation = spec["paths"].get(path, {}).get(method)
            if operation is not None and method.upper() in (rule.methods or ()):
                operation["tags"] = [said[name] for name in operation["tags"]]
                _complete_operation(operation, method, rule.endpoint, has_id="{" in path)


RULED = "x-ruled"
"""Marks, until the document is complete, a reading operation that a rule may refuse."""


def _complete_operation(operation: dict[str, Any], method: str, endpoint: str, *, has_id: bool) -> None:
    rule = ROUTES.get(endpoint, Rule())
    operation["operationId"] = endpoint.replace(".", "_")
    operation["security"] = [{}, {"token": []}] if rule.anyone else [{"token": []}]
    operation["description"] = "\n\n".join(
        part for part in (operation.get("description", ""), _who(rule)) if part
    )
    if rule.scope:
        operation["x-scope"] = rule.scope
    if rule.roles:
        operation["x-roles"] = sorted(role.value for role in rule.roles)
    for parameter in operation.get("parameters", []):
        _leave_out_null(parameter)
    headers = [KEY_HEADER, LANGUAGE_HEADER] if method in _CHANGING else [LANGUAGE_HEADER]
    operation["parameters"] = [*operation.get("parameters", []), *copy.deepcopy(headers)]
    answered = {code: answer for code, answer in operation["responses"].items() if code.startswith("2")}
    for answer in answered.values():
        if ANY_TYPE in answer.get("content", {}):
            answer["content"] = _file_answer()
    if method in _CHANGING:
        for answer in answered.values():
            answer["headers"] = {**answer.get("headers", {}), "Idempotent-Replayed": _REPLAYED}
    operation["responses"] = {**answered, **_problems(operation, method, rule, has_id=has_id)}


def _leave_out_null(parameter: dict[str, Any]) -> None:
    """An address has no null: a parameter that is not meant is left out."""
    schema = parameter.get("schema", {})
    if schema.get("default", "") is None:
        del schema["default"]
    if isinstance(schema.get("type"), list):
        (schema["type"],) = (name for name in schema["type"] if name != "null")
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]


def _who(rule: Rule) -> str:
    if rule.anyone:
        return "For anyone; a token is not needed."
    roles = ", ".join(f"`{role.value}`" for role in sorted(rule.roles))
    return f"Scope `{rule.scope}`. Roles: {roles}."


def _problems(operation: dict[str, Any], method: str, rule: Rule, *, has_id: bool) -> dict[str, Any]:
    """Which problems an operation may answer with."""
    statuses = {401, 429, 500, 503}
    if not rule.anyone:
        statuses |= {403, 404}
    if has_id:
        statuses.add(404)
    if operation["parameters"] or "requestBody" in operation:
        statuses.add(422)
    if operation.pop(RULED, False):
        statuses.add(409)
    if method in _CHANGING:
        statuses |= {400, 409, 413, 422}
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}


def _problem(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    code = _CODES.get(status, phrase.lower().replace(" ", "_"))
    detail = API_DETAILS.get(status) or DETAILS.get(status) or Words(phrase, phrase)
    example: dict[str, Any] = {
        "type": f"urn:creditbridge:problem:{code}",
        "title": TITLES[status].en,
        "status": status,
        "detail": detail.en,
        "code": code,
        "instance": "/api/v1/applications",
    }
    if status == 422:
        example["errors"] = {"amount_fen": ["Enter a whole number of fen."]}
    if status == 500:
        example["reference"] = "7rq2f0v8k3"
    answer: dict[str, Any] = {
        "description": f"{phrase}. {_MEANINGS[status]}",
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer


_CODES: Final = {
    400: "idempotency_key_missing",
    409: "illegal_step",
    413: "request_entity_too_large",
    422: "invalid_input",
    429: "throttled",
    500: "internal_error",
}
_MEANINGS: Final = {
    400: "No `Idempotency-Key`, or the body is no JSON.",
    401: "No token, or one that has expired or was revoked.",
    403: "The token's scope or its member's role does not allow it, or there is no live consent.",
    404: "There is none, or it is not yours.",
    405: "This address does not take the method.",
    409: "A rule refuses it, the state has moved on, or the same request is still being worked on.",
    413: "The body is too large.",
    422: "Fields cannot be taken, each named by its path; or the key was used for another body.",
    429: "Too many requests; try again after `Retry-After` seconds.",
    500: "A fault on our side; nothing was changed.",
    503: "Something this needs does not answer; nothing was changed.",
}
_HEADERS: Final = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Bearer`."}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
}
_REPLAYED: Final = {
    "schema": {"type": "string", "enum": ["true"]},
    "description": "There when this is the answer to an earlier request with the same key.",
}
