"""Guessing, stolen cookies, and what a session alone may not do (ASVS 6.3.1, 7.2.4, 7.5.1, 7.5.3)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from flask.testing import FlaskClient

from creditbridge.access import account, service, tokens
from creditbridge.access.rules import Actor, Role
from creditbridge.app.web import Application
from creditbridge.kernel.errors import Throttled
from creditbridge.store.database import Database
from tests.people import PASSWORD, People

SESSION = "creditbridge-session"
SignIn = Callable[[Actor], FlaskClient]


@pytest.fixture
def owner(people: People) -> Actor:
    return people.member(Role.FIRM_OWNER)


def _guess(database: Database, address: str, typed: str = "not this one") -> str:
    try:
        service.authenticate(database, "user1", typed, address=address)
    except Throttled:
        return "throttled"
    except service.WrongCredentials:
        return "tried"
    return "in"


def test_guesses_at_the_same_moment_are_each_counted(
    database: Database, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TRIES_PER_ACCOUNT_AND_ADDRESS", 3)
    with ThreadPoolExecutor(12) as crowd:
        found = list(crowd.map(lambda _: _guess(database, "192.0.2.1"), range(12)))

    assert found.count("tried") == 3


def test_guesses_from_everywhere_are_slowed_and_the_owner_still_gets_in_at_home(
    database: Database, owner: Actor, as_actor: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TRIES_PER_ACCOUNT", 3)
    as_actor(owner)  # from 127.0.0.1
    found = [_guess(database, f"192.0.2.{number}") for number in range(5)]

    assert found == ["tried"] * 3 + ["throttled"] * 2
    assert _guess(database, "127.0.0.1", PASSWORD) == "in"


def test_signing_in_again_ends_the_session_the_browser_came_with(
    app: Application, owner: Actor, as_actor: SignIn
) -> None:
    browser = as_actor(owner)
    before = browser.get_cookie(SESSION)
    assert before is not None
    browser.post("/sign-in", data={"login_name": "user1", "password": PASSWORD, "next": ""})
    thief = app.test_client()
    thief.set_cookie(SESSION, before.value)

    assert browser.get("/account").status_code == 200
    assert thief.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/account/tokens", {"name": "t", "scopes": ["applications:read"], "days": "365"}),
        ("/account/second-factor", {"code": "000000"}),
        ("/account/password", {"password": "quiet tea gardens", "again": "quiet tea gardens"}),
    ],
)
def test_a_stolen_session_is_not_enough(
    owner: Actor, as_actor: SignIn, address: str, form: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "TRIES_TO_CONFIRM", 2)
    thief = as_actor(owner)
    guesses = [thief.post(address, data={**form, "current": f"guess {n}"}) for n in range(3)]

    assert [answer.status_code for answer in guesses] == [422] * 3
    assert "当前密码不正确" in guesses[1].text
    assert "操作过于频繁" in guesses[2].text


def test_a_second_factor_is_not_replaced_without_the_password(owner: Actor, as_actor: SignIn) -> None:
    thief = as_actor(owner)
    page = thief.get("/account/second-factor").text
    secret = page.split("<code>")[1].split("</code>")[0]
    answer = thief.post("/account/second-factor", data={"code": pyotp.TOTP(secret).now(), "current": "guess"})

    assert answer.status_code == 422


def test_a_member_ends_no_token_of_a_colleague(scene, database, as_actor) -> None:
    lender = scene.lender()
    with database.write() as session:
        made, _ = tokens.create(session, lender.reviewer, name="t", scopes=["lines:read"], days=1)
    address = f"/account/tokens/{made.public_id}/revoke"

    assert as_actor(lender.viewer).post(address).status_code == 403
    assert as_actor(lender.reviewer).post(address).status_code == 302


def test_no_redirect_leads_to_the_host_a_request_names(app: Application) -> None:
    answer = app.test_client().get("/products//x", headers={"Host": "evil.example"})

    assert answer.status_code == 404
    assert "evil.example" not in answer.text
