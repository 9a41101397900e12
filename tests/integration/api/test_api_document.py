"""The OpenAPI document, its examples, its page, and generated calls that may find no fault."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from hypothesis.errors import Unsatisfiable as NoExamples
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks as faults_of

import creditbridge
from creditbridge.access import api_rate
from creditbridge.app.web import Application
from creditbridge.pages.api import ProblemSchema
from tests.integration.api.conftest import Caller
from tests.scene import Scene, terms

Callers = Callable[..., Caller]
METHODS = {"get", "post", "put"}
POSITIVE, NEGATIVE = 10, 5
CHECKS = [
    schemathesis.checks.not_a_server_error,
    faults_of.status_code_conformance,
    faults_of.content_type_conformance,
    faults_of.response_headers_conformance,
    faults_of.response_schema_conformance,
]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture
def spec(app: Application) -> dict[str, Any]:
    answer = app.test_client().get("/api/openapi.json", buffered=True)
    assert answer.content_type == "application/json"
    return answer.get_json()


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for method in METHODS & set(item):
            yield f"{method} {path}", item[method]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_tags_are_names_that_generated_clients_can_spell(spec: dict[str, Any]) -> None:
    names = [tag["name"] for tag in spec["tags"]]
    assert all(name.isascii() for name in names)
    assert all(tag["description"] != tag["name"] for tag in spec["tags"])
    used = {name for _, operation in operations(spec) for name in operation["tags"]}
    assert used == set(names)


def test_chinese_is_sent_as_it_is(app: Application) -> None:
    assert "CreditBridge 信桥" in app.test_client().get("/api/openapi.json", buffered=True).get_data(
        as_text=True
    )


def test_every_operation_is_told_in_full(spec: dict[str, Any]) -> None:
    assert spec["openapi"] == "3.1.0"
    tags = {tag["name"] for tag in spec["tags"]}
    seen = set()
    for name, operation in operations(spec):
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        assert "security" in operation, name
        assert {"429", "500"} <= set(operation["responses"]), name
        assert any(code.startswith("2") for code in operation["responses"]), name
        seen.add(operation["operationId"])
        headers = {row["name"] for row in operation["parameters"] if row["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (not name.startswith("get")), name
    assert len(seen) == len(list(operations(spec)))


def test_every_reference_resolves(spec: dict[str, Any]) -> None:
    for reference in references(spec):
        found: Any = spec
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_every_schema_is_a_json_schema(spec: dict[str, Any]) -> None:
    for name, schema in spec["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({"$schema": DIALECT, **schema}), name


def test_every_body_has_an_example_that_fits(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                schema = {**content["schema"], "components": spec["components"]}
                assert jsonschema_rs.is_valid(schema, content["example"]), name


def test_enumerations_and_bounds_stand_in_the_document(spec: dict[str, Any]) -> None:
    need = spec["components"]["schemas"]["NeedBody"]
    assert need["additionalProperties"] is False
    assert "working_capital" in need["properties"]["purpose"]["enum"]
    assert need["properties"]["term_months"]["minimum"] == 1
    assert need["properties"]["amount_fen"]["type"] == "integer"


def test_the_documentation_needs_no_other_host(app: Application) -> None:
    client = app.test_client()
    page = client.get("/api/docs", buffered=True)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "<style" not in page.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    for address in re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page.text):
        assert client.get(address, buffered=True).status_code == 200, address
    assert client.get("/api/docs/swagger-ui.js.map", buffered=True).status_code == 404


@pytest.fixture
def ids(caller: Callers, scene: Scene, lender, firm) -> dict[str, list[str]]:
    """Things in several states, so that generated steps meet some that are legal."""
    owner, reviewer, approver = caller(firm.owner), caller(lender.reviewer), caller(lender.approver)
    products = [scene.product(lender, name=f"产品{n}") for n in range(4)]
    sent = [row.public_id for product in products for row in scene.submit(firm, [product])]
    review = [f"/lender/submissions/{public_id}" for public_id in sent]
    for one in review[1:]:
        reviewer.ok("POST", f"{one}/accept")
        reviewer.ok("POST", f"{one}/start-review")
    proposed = {name: value for name, value in vars_of(terms()).items() if name != "conditions"}
    for one in review[2:]:
        reviewer.ok("POST", f"{one}/propose-terms", proposed)
    approver.ok("POST", f"{review[3]}/approve-terms")
    owner.ok("POST", f"/submissions/{sent[3]}/accept-offer")
    grant = {"contract_number": "HT-1", "granted_on": "2026-11-23"}
    line = reviewer.ok("POST", f"{review[3]}/record-grant", grant)
    kept = owner.ok(
        "POST",
        "/documents/content?file_name=a.pdf&kind=tax",
        data=b"%PDF-1.4\n%%EOF\n",
        content_type="application/pdf",
    )
    return {
        "submission_id": sent,
        "application_id": [row["id"] for row in owner.ok("GET", "/applications")["items"]],
        "product_id": [product.public_id for product in products],
        "lender_id": [lender.public_id],
        "line_id": [line["id"]],
        "document_id": [kept["id"]],
        "consent_id": [row["id"] for row in owner.ok("GET", "/consents")["items"]],
    }


def vars_of(offered: Any) -> dict[str, Any]:
    return {
        "amount_fen": offered.amount_fen,
        "annual_rate_ppm": offered.annual_rate_ppm,
        "term_months": offered.term_months,
        "repayment_method": offered.repayment_method.value,
        "guarantee_type": offered.guarantee_type.value,
        "expires_on": offered.expires_on.isoformat(),
        "fees": [],
    }


@dataclass
class Tries:
    """Calls generated from the document, each with a token that may make it."""

    secrets: dict[str, str]
    ids: dict[str, list[str]]
    made: int = 0
    faults: list[str] = field(default_factory=list)
    answered: Counter[int] = field(default_factory=Counter)

    def make(self, operation: Any, mode: GenerationMode, most: int) -> None:
        allowed = operation.definition.raw.get("x-roles", self.secrets)
        held = [secret for role, secret in self.secrets.items() if role in allowed]

        @settings(
            max_examples=most,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode), data=strategies.data())
        def call(case: Any, data: Any) -> None:
            self.made += 1
            for name in set(case.path_parameters) & set(self.ids):
                case.path_parameters[name] = data.draw(strategies.sampled_from(self.ids[name]))
            secret = data.draw(strategies.sampled_from(held))
            headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": f"generated-{self.made}"}
            answer = case.call_and_validate(headers=headers, checks=CHECKS)
            self.answered[answer.status_code] += 1

        try:
            call()
        except NoExamples:
            return  # nothing of it can be wrong: it takes neither body nor parameters
        except Exception as fault:
            self.faults.append(f"{operation.label} {mode}: {fault}"[:1500])


@pytest.mark.timeout(900)
def test_generated_calls_find_no_fault(
    app: Application, caller: Callers, scene: Scene, lender, firm, ids: dict[str, list[str]]
) -> None:
    app.extensions[api_rate.EXTENSION].most = 10**9
    people = (lender.manager, lender.reviewer, lender.approver, lender.viewer, firm.owner, firm.staff)
    tries = Tries({actor.role.value: caller(actor).token for actor in (*people, scene.publisher)}, ids)
    loaded = schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=SchemathesisConfig())
    for result in loaded.get_all_operations():
        tries.make(result.ok(), GenerationMode.POSITIVE, POSITIVE)
        tries.make(result.ok(), GenerationMode.NEGATIVE, NEGATIVE)
    assert not tries.faults, "\n\n".join(tries.faults)
    assert {200, 201, 404, 409, 422} <= set(tries.answered), tries.answered
    assert tries.answered.total() > 500


def test_every_fact_that_an_error_carries_for_programs_is_in_the_document() -> None:
    carried = {"obstacles", "seen", "current"}
    assert carried < set(ProblemSchema().fields)
    assert facts_of_errors() == carried


def facts_of_errors() -> set[str]:
    """The keyword arguments of every error of the domain that is raised in the code."""
    kinds = {"RuleRefused", "Conflict", "Unavailable", "DuplicateRequest", "MalformedRequest"}
    root = Path(creditbridge.__file__).parents[2]
    return {
        str(keyword.arg)
        for room in ("platform", "lenders", "borrowers", "matching")
        for path in (root / room).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) in kinds
        for keyword in call.keywords
    }


def test_files_are_said_so_that_generators_know_them(spec: dict[str, Any]) -> None:
    """openapi-python-client knows a file by ``application/octet-stream`` and ``format: binary`` alone."""
    sent = spec["paths"]["/api/v1/documents/content"]["post"]["requestBody"]["content"]
    answered = spec["paths"]["/api/v1/documents/{document_id}/content"]["get"]["responses"]["200"]["content"]
    for content in (sent, answered):
        assert "application/octet-stream" in content
        assert all(each["schema"]["format"] == "binary" for each in content.values())
    assert "application/pdf" in sent
    assert "*/*" in answered
