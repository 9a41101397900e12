"""Errors as pages and as problem+json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort
from marshmallow import ValidationError

from creditbridge.kernel import errors
from creditbridge.kernel.words import Words

NO = Words("不可以。", "No.")
RAISED: dict[str, tuple[Exception, int]] = {
    "invalid": (errors.InvalidInput({"terms.most": [NO]}), 422),
    "not_found": (errors.NotFound(), 404),
    "not_allowed": (errors.NotAllowed(), 403),
    "rule": (errors.RuleRefused("rule", NO), 409),
    "conflict": (errors.Conflict("moved_on", NO), 409),
    "duplicate": (errors.DuplicateRequest("again", NO), 409),
    "throttled": (errors.Throttled(30), 429),
    "unavailable": (errors.Unavailable("down", NO), 503),
    "validation": (ValidationError({"a": ["Missing data for required field."]}), 422),
    "unexpected": (ValueError("the secret inside"), 500),
}


@pytest.fixture
def raising(app: Flask) -> Flask:
    def fail(name: str) -> str:
        raise RAISED[name][0]

    def stop(status: int) -> None:
        abort(status)

    app.add_url_rule("/page/<name>", "page_fails", fail)
    app.add_url_rule("/api/v1/<name>", "api_fails", fail)
    app.add_url_rule("/stop/<int:status>", "stops", stop)
    return app


@pytest.mark.parametrize("name", RAISED)
def test_the_api_answers_with_a_problem(raising: Flask, name: str) -> None:
    answer = raising.test_client().get(f"/api/v1/{name}")
    assert answer.status_code == RAISED[name][1]
    assert answer.content_type == "application/problem+json"
    body: Any = answer.get_json(force=True)
    assert {"type", "title", "status", "detail", "code", "instance"} <= set(body)
    assert body["status"] == answer.status_code


@pytest.mark.parametrize("name", RAISED)
def test_people_get_a_page_in_the_frame(raising: Flask, name: str) -> None:
    answer = raising.test_client().get(f"/page/{name}", headers={"Accept": "text/html"})
    assert answer.status_code == RAISED[name][1]
    assert "返回首页" in answer.text
    assert "site-header" in answer.text


def test_errors_name_the_fields(raising: Flask) -> None:
    body: Any = (
        raising.test_client().get("/api/v1/invalid", headers={"Accept-Language": "en"}).get_json(force=True)
    )
    assert body["errors"] == {"terms.most": ["No."]}


def test_marshmallow_speaks_chinese_too(raising: Flask) -> None:
    body: Any = raising.test_client().get("/api/v1/validation").get_json(force=True)
    assert body["errors"] == {"a": ["请填写此项。"]}


def test_a_throttled_client_learns_when_to_come_back(raising: Flask) -> None:
    assert raising.test_client().get("/page/throttled").headers["Retry-After"] == "30"


@pytest.mark.parametrize("path", ["/page/unexpected", "/api/v1/unexpected"])
def test_nothing_of_an_unexpected_error_leaves(raising: Flask, path: str) -> None:
    answer = raising.test_client().get(path)
    assert "secret" not in answer.text
    assert "ValueError" not in answer.text


def test_an_unexpected_error_has_a_reference(raising: Flask) -> None:
    body: Any = raising.test_client().get("/api/v1/unexpected").get_json(force=True)
    assert len(body["reference"]) == 10


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 429, 503])
def test_http_errors_are_pages_too(raising: Flask, status: int) -> None:
    answer = raising.test_client().get(f"/stop/{status}")
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_a_wrong_method_says_which_are_right(raising: Flask) -> None:
    answer = raising.test_client().post("/products")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_json_body_is_answered_in_json(raising: Flask) -> None:
    answer = raising.test_client().post("/leave/nowhere", json={})
    assert answer.content_type == "application/problem+json"


def test_a_program_that_asks_for_json_gets_it(raising: Flask) -> None:
    answer = raising.test_client().get("/page/rule", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"


def test_a_failing_frame_still_answers(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    app.add_url_rule("/fails", "fails", lambda: 1 / 0)

    def broken(*_: object, **__: object) -> str:
        raise RuntimeError

    monkeypatch.setattr("creditbridge.pages.problems.render_template", broken)
    answer = app.test_client().get("/fails")
    assert answer.status_code == 500
    assert "系统出错了" in answer.text


def test_a_form_without_its_token_is_refused(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/language", data={"lang": "en"})
    assert answer.status_code == 400
    assert "没有提交" in answer.text
