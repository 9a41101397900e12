"""Rights that are taken away end with the very next request, by page and by token."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from borrowers.claims import verification
from borrowers.claims.model import Claim
from creditbridge.access import passwords, tokens
from creditbridge.access.model import Membership, Organisation, User
from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.store.database import Database
from tests.people import People
from tests.scene import Scene, TestFirm, TestLender

PAGES = (
    "/firm/matches",
    "/firm/applications",
    "/firm/consents",
    "/firm/documents",
    "/firm/facts",
    "/firm/access-ledger",
    "/firm/lines",
)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "no password opens this account")


@pytest.fixture
def scene(people: People) -> Scene:
    return Scene(people)


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm()


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


def token_of(database: Database, actor: Actor) -> dict[str, str]:
    with database.write() as session:
        secret = tokens.create(session, actor, name="t", scopes=tuple(tokens.SCOPES), days=5)[1]
    return {"Authorization": f"Bearer {secret}"}


def user_disabled(database: Database, actor: Actor) -> None:
    with database.write() as session:
        session.get_one(User, actor.user_id).disabled_at = clock.now()


def membership_ended(database: Database, actor: Actor) -> None:
    with database.write() as session:
        held = select(Membership).where(Membership.user_id == actor.user_id)
        session.scalars(held).one().ended_at = clock.now()


def organisation_closed(database: Database, actor: Actor) -> None:
    with database.write() as session:
        session.get_one(Organisation, actor.organisation_id).is_active = False


def revoke_claim(database: Database, administrator: Actor, firm: TestFirm) -> None:
    with database.write() as session:
        claim = session.scalars(select(Claim.public_id).where(Claim.firm_id == firm.id)).one()
        verification.revoke(session, administrator, claim, "冒名认领")


ENDINGS = [user_disabled, membership_ended, organisation_closed]


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_a_session_ends_at_once(end, database, lender: TestLender, as_actor: Callable[[Actor], FlaskClient]):
    client = as_actor(lender.reviewer)
    assert client.get("/lender/applications").status_code == 200
    end(database, lender.reviewer)

    answer = client.get("/lender/applications")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_a_token_ends_at_once(end, database, lender: TestLender, app):
    sent = token_of(database, lender.reviewer)
    client = app.test_client()
    assert client.get("/api/v1/lender/submissions", headers=sent).status_code == 200
    end(database, lender.reviewer)

    assert client.get("/api/v1/lender/submissions", headers=sent).status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_a_firm_whose_claim_was_revoked_loses_its_pages_at_once(
    path, database, scene: Scene, firm: TestFirm, as_actor: Callable[[Actor], FlaskClient]
):
    client = as_actor(firm.owner)
    assert client.get(path).status_code == 200
    revoke_claim(database, scene.publisher, firm)

    answer = client.get(path)
    gone = answer.status_code == 404 or (answer.location or "").endswith("/claim")
    assert gone or "/claim" in answer.text  # the page only says how to claim a firm


def test_its_token_reads_nothing_of_the_firm_any_more(database, scene: Scene, firm: TestFirm, app):
    sent = token_of(database, firm.owner)
    client = app.test_client()
    assert client.get("/api/v1/firm", headers=sent).status_code == 200
    revoke_claim(database, scene.publisher, firm)

    assert client.get("/api/v1/firm", headers=sent).status_code == 404
    assert client.get("/api/v1/matches", headers=sent).status_code == 404
