"""Every route with every role, and with own, another's and no such object: made from the routes themselves.

What must hold, whoever adds a route: it stands in the permission table; without signing in nobody gets past it;
another role is refused; another tenant's object cannot be told from one that is not there, and nothing happens to it;
one's own opens; reading changes nothing; whatever is sent, nothing breaks.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule as Address
from werkzeug.test import TestResponse

from creditbridge.access.permissions import ROUTES
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.store import unit
from tests import addresses
from tests.addresses import FOREIGN, OWN
from tests.conftest import opened_database
from tests.stage import KEPT_BY_ASKING, SAFE, UNSAFE, Stage, is_api, opened_stage
from tests.watching import digest

KEPT_BY_READING = frozenset({"access_entry", "audit_entry", "whatif_run"})
"""A look through the door is written down, and so is one that was refused; so is a what-if over the city."""
GARBAGE: tuple[Any, ...] = (
    {},
    {"nonsense": "\u202e\x00'\"><script>", "amount_fen": "1e999", "reason": "x" * 5_000},
)
BROKEN_JSON = ("{", "[]", '"\\u0000"', '{"nonsense": 1e999}')


@dataclass
class Findings:
    """What went wrong, one line each, shown together."""

    lines: list[str] = field(default_factory=list)
    asked: int = 0

    def expect(self, holds: bool, who: object, address: Address, method: str, what: str) -> None:
        self.asked += 1
        if not holds:
            self.lines.append(f"{who or 'anonymous'} {method} {address.rule} ({address.endpoint}): {what}")

    def tell(self) -> None:
        assert self.asked, "nothing was asked"
        shown = "\n  ".join(dict.fromkeys(self.lines))
        assert not self.lines, f"{len(self.lines)} of {self.asked} do not hold:\n  {shown}"


@pytest.fixture(scope="module")
def stage(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    compiled_templates: FileSystemBytecodeCache,
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("matrix")
    with opened_database(request, folder) as database, opened_stage(database, folder) as made:
        made.app.jinja_env.bytecode_cache = compiled_templates
        yield made


@pytest.fixture
def findings() -> Findings:
    return Findings()


@pytest.fixture
def unkept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests do their whole work, down to the database's constraints, but what they wrote is rolled back."""
    monkeypatch.setattr(unit, "commit", lambda: unit.session().flush())


def is_file(address: Address) -> bool:
    return address.endpoint.endswith("static")


roles = pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)


def test_every_route_stands_in_the_permission_table_and_the_table_names_no_other(stage: Stage) -> None:
    there = {address.endpoint for address in stage.app.url_map.iter_rules()}

    assert there - set(ROUTES) == set(), "routes that are not in access/permissions.py"
    assert set(ROUTES) - there == set(), "entries of access/permissions.py that are no route"


def test_every_variable_of_an_address_is_known(stage: Stage) -> None:
    unknown = {
        f"{address.endpoint}:{name}"
        for address in stage.app.url_map.iter_rules()
        for name in address.arguments
        if addresses.place_of(address.endpoint, name) is None
    }

    assert unknown == set(), "say in tests/addresses.py what these name"


def test_nobody_gets_in_without_signing_in(stage: Stage, findings: Findings) -> None:
    before = digest(stage.database)
    for address, method in stage.addresses():
        if ROUTES[address.endpoint].anyone:
            continue
        for values in islice(addresses.own(stage.city, address, Role.FIRM_OWNER), 1):
            answer = stage.ask(None, address, method, values)
            if is_api(address) or method in UNSAFE:
                holds = answer.status_code == 401
            else:
                holds = answer.status_code == 302 and "/sign-in" in answer.location
            findings.expect(holds, None, address, method, f"answered {answer.status_code}")
            marks = [world.mark for world in stage.city.worlds.values() if world.mark in readable(answer)]
            findings.expect(not marks, None, address, method, "shows private text")

    findings.tell()
    assert digest(stage.database) == before


def test_what_is_for_anyone_opens_without_signing_in(stage: Stage, findings: Findings) -> None:
    stage.watch.taken()
    for address, method in stage.addresses():
        if not ROUTES[address.endpoint].anyone or method not in SAFE:
            continue
        for values in addresses.own(stage.city, address, Role.FIRM_OWNER):
            answer = stage.ask(None, address, method, values)
            findings.expect(answer.status_code < 400, None, address, method, f"answered {answer.status_code}")
            findings.expect(not stage.watch.taken(), None, address, method, "wrote")
            marks = [world.mark for world in stage.city.worlds.values() if world.mark in readable(answer)]
            findings.expect(is_file(address) or not marks, None, address, method, "shows private text")

    findings.tell()


@roles
def test_a_role_that_is_not_named_is_refused(stage: Stage, findings: Findings, role: Role) -> None:
    before = digest(stage.database, without=KEPT_BY_ASKING)
    for address, method in stage.addresses():
        if ROUTES[address.endpoint].allows(role):
            continue
        # Refused before any object is looked for: one of the other world's stands for all.
        values = next(addresses.own(stage.city, address, role, FOREIGN))
        answer = stage.ask(role, address, method, values)
        findings.expect(answer.status_code == 403, role, address, method, f"answered {answer.status_code}")
        shown = stage.city.worlds[FOREIGN].mark in readable(answer)
        findings.expect(not shown, role, address, method, "shows private text")

    findings.tell()
    assert digest(stage.database, without=KEPT_BY_ASKING) == before


@roles
def test_a_token_without_the_scope_is_refused(stage: Stage, role: Role) -> None:
    found = Findings(asked=1)
    before = digest(stage.database, without=KEPT_BY_ASKING)
    for address, method in stage.addresses():
        rule = ROUTES[address.endpoint]
        if not is_api(address) or rule.anyone or not rule.allows(role):
            continue
        found.expect(rule.scope is not None, role, address, method, "names no scope")
        if rule.scope is None:
            continue
        weak = stage.city.worlds[OWN].weak_tokens[role, rule.scope]
        for values in addresses.own(stage.city, address, role):
            answer = stage.ask(role, address, method, values, token=weak)
            found.expect(answer.status_code == 403, role, address, method, f"answered {answer.status_code}")

    found.tell()
    assert digest(stage.database, without=KEPT_BY_ASKING) == before


@roles
def test_another_tenants_object_cannot_be_told_from_none(
    stage: Stage, findings: Findings, role: Role
) -> None:
    before = digest(stage.database, without=KEPT_BY_ASKING)
    stage.watch.taken()
    for address, method in stage.addresses():
        if not ROUTES[address.endpoint].allows(role):
            continue
        body = stage.body(address, method)
        for values in addresses.missing(stage.city, address, role):
            answer = stage.ask(role, address, method, values, body)
            findings.expect(
                answer.status_code == 404,
                role,
                address,
                method,
                f"no such object: answered {answer.status_code}",
            )
        for values in addresses.misspelt(stage.city, address, role):
            answer = stage.ask(role, address, method, values, body)
            findings.expect(
                answer.status_code in (403, 404),
                role,
                address,
                method,
                f"{values} answered {answer.status_code}",
            )
        for values in addresses.hidden(stage.city, address, role):
            answer = stage.ask(role, address, method, values, body)
            wrote = stage.watch.taken() - KEPT_BY_ASKING
            findings.expect(
                answer.status_code == 404, role, address, method, f"another's: answered {answer.status_code}"
            )
            findings.expect(not wrote, role, address, method, f"another's: wrote {sorted(wrote)}")
            shown = (
                stage.city.worlds[FOREIGN].mark in readable(answer)
                and role.kind is not OrganisationKind.PLATFORM
            )
            findings.expect(not shown, role, address, method, "another's: shows private text")

    findings.tell()
    assert digest(stage.database, without=KEPT_BY_ASKING) == before


@roles
def test_ones_own_opens_and_reading_changes_nothing(stage: Stage, findings: Findings, role: Role) -> None:
    without = KEPT_BY_ASKING | KEPT_BY_READING
    before = digest(stage.database, without=without)
    stage.watch.taken()
    for address, method in stage.addresses():
        if method not in SAFE or not ROUTES[address.endpoint].allows(role) or is_file(address):
            continue
        for values in addresses.own(stage.city, address, role):
            answer = stage.ask(role, address, method, values)
            findings.expect(
                answer.status_code < 400, role, address, method, f"{values} answered {answer.status_code}"
            )
            wrote = stage.watch.taken() - without
            findings.expect(not wrote, role, address, method, f"wrote {sorted(wrote)}")
            shown = (
                stage.city.worlds[FOREIGN].mark in readable(answer)
                and role.kind is not OrganisationKind.PLATFORM
            )
            findings.expect(not shown, role, address, method, "shows another tenant's private text")

    findings.tell()
    assert digest(stage.database, without=without) == before


@roles
def test_whatever_is_sent_nothing_breaks(stage: Stage, findings: Findings, role: Role, unkept: None) -> None:
    before = digest(stage.database, without=KEPT_BY_ASKING | KEPT_BY_READING)
    for address, method in stage.addresses():
        if method not in UNSAFE or not ROUTES[address.endpoint].allows(role):
            continue
        bodies = [
            stage.body(address, method),
            *GARBAGE,
            *(BROKEN_JSON if is_api(address) else ()),
        ]
        for number, values in enumerate(addresses.own(stage.city, address, role)):
            for body in bodies[: 1 if number else None]:  # a right form in every state, a wrong one once
                answer = stage.ask(role, address, method, values, body)
                findings.expect(
                    answer.status_code < 500, role, address, method, f"{body!r} answered {answer.status_code}"
                )

    findings.tell()
    assert digest(stage.database, without=KEPT_BY_ASKING | KEPT_BY_READING) == before


def readable(answer: TestResponse) -> str:
    """What a person can read in the answer, a workbook's cells too."""
    content = answer.data
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            content = b"".join(workbook.read(name) for name in workbook.namelist())
    return content.decode(errors="replace")
