"""Input the API cannot take: told as problem+json by path, in the caller's language, nothing half-written."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from creditbridge.access import api_rate
from lenders.products.api_schemas import EXAMPLE_DRAFT
from lenders.products.model import Product
from matching.applications.applicant.api_schemas import EXAMPLE_NEED
from matching.applications.model import Application
from tests.integration.api.conftest import Caller
from tests.scene import TestFirm, TestLender

Callers = Callable[..., Caller]


@pytest.fixture
def owner(caller: Callers, firm: TestFirm) -> Caller:
    return caller(firm.owner)


def errors_of(answer: Any, status: int = 422) -> dict[str, list[str]]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    return answer.get_json(force=True).get("errors", {})


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"amount_fen": True}, "amount_fen"),
        ({"amount_fen": "1"}, "amount_fen"),
        ({"amount_fen": 1.0}, "amount_fen"),
        ({"amount_fen": None}, "amount_fen"),
        ({"amount_fen": 2**63}, "amount_fen"),
        ({"amount_fen": 10**40}, "amount_fen"),
        ({"amount_fen": -1}, "amount_fen"),
        ({"amount_fen": [1]}, "amount_fen"),
        ({"term_months": 10**30}, "term_months"),
        ({"purpose": "holiday"}, "purpose"),
        ({"purpose": ["working_capital"]}, "purpose"),
        ({"contact_name": {"zh": "王"}}, "contact_name"),
        ({"contact_name": "王\u0007"}, "contact_name"),
        ({"contact_phone": "no"}, "contact_phone"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_field_is_named(owner: Caller, change: dict[str, Any], path: str) -> None:
    errors = errors_of(owner.post("/applications", {**EXAMPLE_NEED, **change}))
    assert list(errors) == [path]


def test_nothing_is_written_of_what_is_refused(owner: Caller, database) -> None:
    owner.post("/applications", {**EXAMPLE_NEED, "amount_fen": True})
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Application)) == 0


@pytest.mark.parametrize("body", [[], "text", 7, None, True])
def test_a_body_must_be_an_object(owner: Caller, body: Any) -> None:
    answer = owner.post("/applications", data=json.dumps(body), content_type="application/json")
    errors_of(answer)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"amount_fen": NaN}',
        b'{"amount_fen": 1e999999}x',
        b'{"amount_fen": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b'{"amount_fen": 1, "amount_fen": 2}',
        b'{"contact_name": "\\u0000"}',
        b'{"contact_name": "\\ud800"}',
    ],
)
def test_what_is_no_json_is_malformed(owner: Caller, body: bytes) -> None:
    answer = owner.post("/applications", data=body, content_type="application/json")
    errors_of(answer, 400)
    assert answer.get_json(force=True)["code"] == "malformed_json"


def test_forms_are_refused(owner: Caller) -> None:
    answer = owner.post("/applications", data={"amount_fen": "1"})
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (400, "json_needed")


def test_a_large_body_is_refused(owner: Caller) -> None:
    body = {**EXAMPLE_NEED, "purpose_note": "长" * 1_100_000}
    assert owner.post("/applications", body).status_code == 413


def test_a_large_body_of_unknown_length_is_refused(owner: Caller) -> None:
    body = io.BytesIO(b'{"a": "' + b"x" * 1_100_000 + b'"}')
    answer = owner.post(
        "/applications",
        input_stream=body,
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413, answer.text


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/products?limit=0", "limit"),
        ("/products?limit=1.5", "limit"),
        ("/products?limit=999999999999999999999999", "limit"),
        ("/products?cursor=!!", "cursor"),
        ("/products?cursor=" + "A" * 201, "cursor"),
        ("/products?guarantee=love", "guarantee.0"),
        ("/products?guarantee=mortgage&guarantee=mortgage", "guarantee"),
        ("/products?amount_fen=%C2%BD", "amount_fen"),
        ("/products?amount_fen=1&amount_fen=2", "amount_fen"),
        ("/products?surprise=1", "surprise"),
        ("/products?q=%00", "q"),
        ("/lenders?cursor=bm9uc2Vuc2U", "cursor"),
    ],
)
def test_a_wrong_parameter_is_named(caller: Callers, address: str, path: str) -> None:
    assert list(errors_of(caller(None).get(address))) == [path]


@pytest.mark.parametrize(
    "address", ["/products/%00", "/products/../../etc", "/products/IIIIIIIIIIIIIIIIIIII", "/nothing"]
)
def test_a_strange_address_is_not_found(caller: Callers, address: str) -> None:
    answer = caller(None).get(address)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_another_method_is_told_what_is_allowed(caller: Callers, owner: Caller) -> None:
    answer = owner.put("/applications", {})
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_problems_are_told_in_the_callers_language(owner: Caller) -> None:
    body = {**EXAMPLE_NEED, "amount_fen": True}
    assert errors_of(owner.post("/applications", body)) == {"amount_fen": ["Enter a whole number of fen."]}
    chinese = owner.post("/applications", body, headers={"Accept-Language": "zh"})
    assert errors_of(chinese) == {"amount_fen": ["请填写以分为单位的整数。"]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rate": {"kind": "fixed", "min_ppm": 1, "max_ppm": 2}}, "rate.max_ppm"),
        ({"amount_min_fen": 2, "amount_max_fen": 1}, "amount_min_fen"),
        ({"fees": [{"kind": "service", "payer": "firm", "when": "upfront"}]}, "fees.0.rate_ppm"),
        ({"regions": ["000000"]}, "regions.0.region"),
        (
            {"admission": {"language": 1, "all": [{"id": "x", "fact": "nothing", "operator": "is_true"}]}},
            "admission.all.0.fact",
        ),
        ({"admission": {"language": True, "all": []}}, "admission.language"),
        ({"admission": []}, "admission"),
        ({"amount_formula": {"language": 1, "amount": {"cap": -1}}}, "amount_formula.amount"),
        ({"materials": [EXAMPLE_DRAFT["materials"][0]] * 2}, "materials.1.code"),
    ],
)
def test_a_wrong_part_of_a_product_is_named(
    caller: Callers, lender: TestLender, change: dict[str, Any], path: str
) -> None:
    answer = caller(lender.manager).post("/lender/products", {**EXAMPLE_DRAFT, **change})
    assert [name for name in errors_of(answer) if name.startswith(path)]


def test_a_refused_product_leaves_nothing(caller: Callers, lender: TestLender, database) -> None:
    caller(lender.manager).post("/lender/products", {**EXAMPLE_DRAFT, "admission": []})
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Product)) == 0


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"employees": "42"}, "values.employees"),
        ({"employees": True}, "values.employees"),
        ({"employees": 2**70}, "values.employees"),
        ({"nothing": 1}, "values.nothing"),
        ({"platform_grade": "A"}, "values.platform_grade"),
        ({}, "values"),
    ],
)
def test_a_fact_that_cannot_be_is_named(owner: Caller, values: dict[str, Any], path: str) -> None:
    answer = owner.post("/firm/reported-facts", {"as_of": "2026-10-31", "values": values})
    assert list(errors_of(answer)) == [path]


@pytest.mark.parametrize(("name", "content"), [("a.pdf", b"no pdf"), ("a.exe", b"MZ"), ("a.pdf", b"")])
def test_a_broken_file_is_refused(owner: Caller, name: str, content: bytes) -> None:
    answer = owner.post(
        "/documents/content",
        query_string={"file_name": name, "kind": "tax"},
        data=content,
        content_type="application/pdf",
    )
    assert list(errors_of(answer)) == ["file"]


def test_too_many_requests_are_put_off(caller: Callers, app) -> None:
    app.extensions[api_rate.EXTENSION].most = 2
    anyone = caller(None)
    answers = [anyone.get("/lenders") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_what_a_rule_finds_wrong_is_told_as_to_a_program(caller: Callers, lender: TestLender) -> None:
    grant = {
        "firm_uscc": "91320581MA1MJ8XQ5P", "contract_number": "HT-1", "granted_on": "2026-11-20",
        "amount_fen": 100, "annual_rate_ppm": 39_000, "term_months": 12,
        "repayment_method": "interest_then_bullet", "guarantee_type": "unsecured",
    }  # fmt: skip
    answer = caller(lender.reviewer).post("/lender/lines", grant)
    assert list(errors_of(answer)) == ["firm_uscc"]
    assert "errors" in answer.get_json(force=True)["detail"]
