"""Errors become answers: a plain page for people, ``application/problem+json`` (RFC 9457) for programs.

The one place that knows which HTTP status a kernel error has. An unexpected error is logged under a reference
number; the answer carries the number and nothing from the inside.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from creditbridge.kernel import errors
from creditbridge.kernel.ids import public_id
from creditbridge.kernel.words import Words
from creditbridge.pages import messages
from creditbridge.pages.i18n import say

log = structlog.get_logger(__name__)

CONTENT_TYPE: Final = "application/problem+json"

# The nearest class in an error's ancestry counts.
STATUS_OF: Final[dict[type[errors.DomainError], int]] = {
    errors.MalformedRequest: 400,
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.RuleRefused: 409,
    errors.Conflict: 409,
    errors.DuplicateRequest: 409,
    errors.Throttled: 429,
    errors.Unavailable: 503,
    errors.DomainError: 400,
}

TITLES: Final = {
    400: Words("请求无法处理", "We could not read that request"),
    401: Words("请先登录", "Please sign in"),
    403: Words("没有权限", "You cannot do this"),
    404: Words("没有找到", "Not found"),
    405: Words("不支持这种操作", "That is not possible here"),
    409: Words("现在不能这样办理", "This cannot be done now"),
    413: Words("提交的内容太大", "That is too large"),
    415: Words("不支持这种格式", "That format is not supported"),
    422: Words("内容有误", "Some of it needs correcting"),
    429: Words("操作过于频繁", "Too many attempts"),
    500: Words("系统出错了", "Something went wrong on our side"),
    503: Words("服务暂时不可用", "Temporarily unavailable"),
}
DETAILS: Final = {
    400: Words(
        "请返回上一页重试。如果是从收藏或旧链接进入的，请从首页重新进入。",
        "Go back and try again. If you came from an old link, start from the home page.",
    ),
    401: Words("登录后即可继续。您的登录可能已经超时。", "Sign in to go on. Your session may have ended."),
    403: Words(
        "您的岗位没有此项权限。如需办理，请联系本单位负责人。",
        "Your role does not allow this. Ask the person in charge at your organisation.",
    ),
    404: Words(
        "没有这个页面，或者它已不再对您开放。请检查网址，或从首页重新进入。",
        "There is no such page, or it is no longer open to you. Check the address or start from the home page.",
    ),
    405: Words(
        "这个地址不支持这种操作。请从页面上的按钮进入。",
        "This address does not take that kind of request. Use the buttons on the page.",
    ),
    413: Words("请缩小文件或分次提交。", "Use a smaller file or send it in parts."),
    415: Words("请改用页面上说明的格式。", "Use one of the formats named on the page."),
    422: Words(
        "提交的内容有误，请按提示修改后再提交。",
        "Some of what you sent needs correcting. See the messages beside each field.",
    ),
    429: Words("请稍等片刻再试。", "Wait a moment and try again."),
    500: Words(
        "我们已记录这个问题，您的操作没有生效。请稍后重试；如仍不行，请把下面的编号告诉我们。",
        "We have recorded the problem and nothing you did took effect. Try again later; if it persists, tell us the reference below.",
    ),
    503: Words(
        "请几分钟后再试。您的操作没有生效。", "Try again in a few minutes. Nothing you did took effect."
    ),
}
API_DETAILS: Final = {
    400: Words(
        "请求无法读取，请对照接口文档检查。",
        "This request cannot be read. Compare it with the documentation.",
    ),
    401: Words(
        "请在请求头 Authorization 中提供有效的令牌（Bearer）。令牌可能已过期或被撤销。",
        "Send a valid token in the Authorization header (Bearer). It may have expired or been revoked.",
    ),
    404: Words("没有这个地址或对象。", "There is no such address or thing."),
    405: Words(
        "这个地址不支持该请求方法，可用的方法见 Allow 响应头。",
        "This address does not take this method. The Allow header names those it takes.",
    ),
    413: Words("请求内容过大。", "The body is too large."),
    422: Words(
        "提交的内容有误，请按 errors 中的提示修改后再提交。",
        "Some of what you sent needs correcting. See errors, by the path of each field.",
    ),
}
_EXPIRED = Words(
    "页面停留时间过长，为保证安全没有提交。请返回上一页，刷新后再提交。",
    "The page was open too long, so nothing was sent. Go back, reload it and send again.",
)


def install(app: Flask) -> None:
    app.register_error_handler(errors.DomainError, of_domain_error)
    app.register_error_handler(ValidationError, of_validation_error)
    app.register_error_handler(CSRFError, of_csrf_error)
    app.register_error_handler(HTTPException, of_http_exception)
    app.register_error_handler(Exception, of_unexpected)


def wants_json() -> bool:
    """Programs: everything under ``/api/``, JSON bodies, and those who ask for JSON rather than a page."""
    if request.path.startswith("/api/") or request.is_json:
        return True
    best = request.accept_mimetypes.best_match(("text/html", "application/json", CONTENT_TYPE), "text/html")
    return best != "text/html"


def problem_response(
    status: int,
    code: str,
    detail: Words,
    *,
    title: Words | None = None,
    fields: dict[str, list[Words]] | None = None,
    reference: str | None = None,
    details: dict[str, Any] | None = None,
) -> Response:
    """The answer for an error, as a page or as problem+json, in the language of the request."""
    heading = title or TITLES.get(status) or Words(HTTPStatus(status).phrase, HTTPStatus(status).phrase)
    if wants_json():
        body = {
            **(details or {}),
            "type": f"urn:creditbridge:problem:{code}",
            "title": say(heading),
            "status": status,
            "detail": say(detail),
            "code": code,
            "instance": request.path,
        }
        return _as_json(body, fields or {}, reference)
    page = render_template(
        "pages/error.html",
        status=status, title_words=heading, detail=detail, fields=fields or {}, reference=reference,
    )  # fmt: skip
    return make_response(page, status)


def _as_json(body: dict[str, Any], fields: dict[str, list[Words]], reference: str | None) -> Response:
    if fields:
        body["errors"] = {path: [say(words) for words in several] for path, several in fields.items()}
    if reference:
        body["reference"] = reference
    text = json.dumps(body, ensure_ascii=False, default=str)
    return Response(text, status=body["status"], content_type=CONTENT_TYPE)


def of_domain_error(error: errors.DomainError) -> Response:
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    fields = error.fields if isinstance(error, errors.InvalidInput) else None
    words = _detail(status) if error.words is errors.SEE_FIELDS else error.words
    response = problem_response(status, error.code, words, fields=fields, details=error.details)
    if isinstance(error, errors.Throttled):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def of_validation_error(error: ValidationError) -> Response:
    return problem_response(422, "invalid_input", DETAILS[422], fields=messages.by_path(error.messages))


def of_csrf_error(error: CSRFError) -> Response:  # noqa: ARG001
    return problem_response(400, "csrf", _EXPIRED)


def of_http_exception(error: HTTPException) -> Response:
    """Werkzeug's and webargs' exceptions. A redirect is an exception too and passes as it is."""
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    if status < 400:
        return make_response(error.get_response())
    if status >= 500 and status != 503:
        return of_unexpected(error)
    data = getattr(error, "data", None) or {}
    fields = (
        messages.by_path(messages.unwrap_location(data.get("messages"))) if data.get("messages") else None
    )
    code = (
        "invalid_input" if fields else HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    )
    detail = _detail(status)
    response = problem_response(status, code, detail, fields=fields)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def _detail(status: int) -> Words:
    """What to do about a status; a program is told of tokens and addresses, a person of pages and buttons."""
    own = API_DETAILS if request.path.startswith("/api/") else {}
    return own.get(status) or DETAILS.get(status) or DETAILS[400]


def of_unexpected(error: Exception) -> Response:
    """Nothing of the error leaves; the log has it under the same reference."""
    reference = public_id()[:10]
    log.error(
        "unexpected_error", reference=reference, path=request.path, method=request.method, exc_info=error
    )
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    try:
        return problem_response(500, "internal_error", DETAILS[500], reference=reference)
    except Exception:
        # The frame itself may be what failed: then a page without it.
        log.exception("error_page_failed", reference=reference)
        text = f"{TITLES[500].zh} / {TITLES[500].en}: {reference}"
        return Response(text, status=500, content_type="text/plain; charset=utf-8")
