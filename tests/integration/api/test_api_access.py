"""Every route of the API: without a token, with a token that lacks the scope, by another role, of another tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from creditbridge.access import tokens
from creditbridge.access.permissions import ROUTES
from creditbridge.access.rights import Rule
from creditbridge.access.rules import Actor, Role
from creditbridge.app.web import Application
from creditbridge.kernel import clock
from creditbridge.pages.api_document import document
from tests.conftest import TODAY
from tests.integration.api.conftest import Caller
from tests.scene import Scene

Callers = Callable[..., Caller]
NOBODYS = "0" * 20


@dataclass(frozen=True)
class Route:
    """A route as the document has it."""

    endpoint: str
    method: str
    path: str
    rule: Rule
    body: Any
    query: dict[str, str]

    def call(self, caller: Caller, ids: dict[str, str] | None = None) -> Any:
        filled = self.path.format_map({**dict.fromkeys(_names(self.path), NOBODYS), **(ids or {})})
        options: dict[str, Any] = {"query_string": self.query}
        if self.endpoint == "api_documents.upload":
            options |= {"data": b"%PDF-1.4\n%%EOF\n", "content_type": "application/pdf"}
        return caller._send(self.method, filled, self.body, **options)


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.fixture
def routes(app: Application) -> list[Route]:
    return list(_routes(app))


def _routes(app: Application) -> Iterator[Route]:
    endpoints = {endpoint.replace(".", "_"): endpoint for endpoint in ROUTES}
    for path, item in document(app)["paths"].items():
        for method, operation in item.items():
            if method not in {"get", "post", "put"}:
                continue
            content = operation.get("requestBody", {}).get("content", {})
            endpoint = endpoints[operation["operationId"]]
            yield Route(
                endpoint,
                method.upper(),
                path.removeprefix("/api/v1"),
                ROUTES[endpoint],
                content.get("application/json", {}).get("example"),
                {"file_name": "a.pdf", "kind": "tax"} if endpoint == "api_documents.upload" else {},
            )


@pytest.fixture
def actors(scene: Scene) -> dict[Role, Actor]:
    """One person of each role, of two lenders at most, no firm claimed."""
    return {role: scene.people.member(role) for role in Role}


def test_every_route_is_listed_and_described(app: Application, routes: list[Route]) -> None:
    served = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert {route.endpoint for route in routes} == served
    assert all(route.rule.anyone or route.rule.scope in tokens.SCOPES for route in routes)


def test_without_a_token_nothing_but_the_directory_answers(caller: Callers, routes: list[Route]) -> None:
    nobody = caller(None)
    for route in routes:
        answer = route.call(nobody)
        if route.rule.anyone:
            assert answer.status_code in {200, 404}, route
        else:
            assert answer.status_code == 401, route
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.content_type == "application/problem+json"


def test_a_token_without_the_scope_is_refused(caller: Callers, routes: list[Route], actors) -> None:
    held: dict[tuple[Role, str], Caller] = {}
    for route in routes:
        if route.rule.anyone:
            continue
        role, scope = min(route.rule.roles), route.rule.scope
        if (role, scope) not in held:
            held[role, scope] = caller(actors[role], *(set(tokens.SCOPES) - {scope}))
        assert route.call(held[role, scope]).status_code == 403, route


def test_other_roles_are_refused(caller: Callers, routes: list[Route], actors) -> None:
    callers = {role: caller(actor) for role, actor in actors.items()}
    for route in routes:
        for role in set(Role) - route.rule.roles:
            if not route.rule.anyone:
                assert route.call(callers[role]).status_code == 403, (route, role)


OF_EVERY_PRODUCT = {"api_matches.match", "api_paths.path"}
"""What a firm asks of any published product, for itself."""


def test_another_tenants_things_are_not_found(
    caller: Callers, scene: Scene, routes: list[Route], lender, product, firm
) -> None:
    (submission,) = scene.submit(firm, [product])
    owner = caller(firm.owner)
    document_id = owner.ok(
        "POST",
        "/documents/content?file_name=a.pdf&kind=tax",
        data=b"%PDF-1.4\n%%EOF\n",
        content_type="application/pdf",
    )["id"]
    ids = {
        "submission_id": submission.public_id,
        "application_id": owner.ok("GET", "/applications")["items"][0]["id"],
        "consent_id": owner.ok("GET", "/consents")["items"][0]["id"],
        "document_id": document_id,
        "product_id": product.public_id,
    }
    other_lender, other_firm = scene.lender(), scene.firm()
    strangers = {
        Role.LENDER_PRODUCT_MANAGER: caller(other_lender.manager),
        Role.LENDER_REVIEWER: caller(other_lender.reviewer),
        Role.LENDER_APPROVER: caller(other_lender.approver),
        Role.LENDER_VIEWER: caller(other_lender.viewer),
        Role.FIRM_OWNER: caller(other_firm.owner),
        Role.FIRM_STAFF: caller(other_firm.staff),
    }
    crossed = 0
    for route in routes:
        if "{" not in route.path or route.rule.anyone or route.endpoint in OF_EVERY_PRODUCT:
            continue
        for role in route.rule.roles & set(strangers):
            answer = route.call(strangers[role], ids)
            assert answer.status_code == 404, (route, role, answer.text)
            crossed += 1
    assert crossed > 40


def test_an_ended_token_is_refused_even_where_anyone_may_look(
    caller: Callers, scene: Scene, database
) -> None:
    manager = scene.people.member(Role.LENDER_PRODUCT_MANAGER)
    held = caller(manager)
    assert held.get("/products").status_code == 200
    with clock.at(TODAY + timedelta(days=31)):
        assert held.get("/products").status_code == 401
    with database.write() as session:
        (token,) = tokens.of_organisation(session, manager)
        tokens.revoke(session, manager, token.public_id)
    assert held.get("/products").status_code == 401


def test_a_page_session_opens_no_api(as_actor, scene: Scene) -> None:
    client = as_actor(scene.people.member(Role.PLATFORM_ADMINISTRATOR))
    assert client.get("/api/v1/platform/firms").status_code == 401
