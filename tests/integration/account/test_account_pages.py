from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from flask.testing import FlaskClient

from creditbridge.access.model import Membership, User
from creditbridge.access.rules import Actor, Role
from creditbridge.app.web import Application
from creditbridge.kernel import clock
from creditbridge.store.database import Database
from tests.people import PASSWORD, People

SESSION = "creditbridge-session"


def _sign_in(client: FlaskClient, login: str = "user1", password: str = PASSWORD, target: str = ""):
    return client.post("/sign-in", data={"login_name": login, "password": password, "next": target})


def test_signing_in_leads_to_the_workspace(client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    answer = _sign_in(client)
    assert answer.status_code == 302
    assert answer.location == "/workspace"
    assert client.get("/workspace").location == "/firm"


def test_wrong_credentials_are_told_beside_a_form_that_keeps_the_account(client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    answer = _sign_in(client, password="not the password")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "账号或密码不正确" in page
    assert 'value="user1"' in page
    assert "not the password" not in page


def test_a_wrong_password_beside_an_old_cookie_is_answered_at_once(client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    client.set_cookie(SESSION, "a cookie of long ago")
    assert _sign_in(client, password="not the password").status_code == 422


def test_an_unknown_field_is_refused(client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    answer = client.post(
        "/sign-in", data={"login_name": "user1", "password": PASSWORD, "role": "platform_administrator"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
    ],
)
def test_sign_in_never_leads_to_another_site(client: FlaskClient, people: People, target: str):
    people.member(Role.FIRM_OWNER)
    assert _sign_in(client, target=target).location == "/workspace"


def test_a_page_asked_for_before_signing_in_comes_after_it(client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    assert client.get("/account").location == "/sign-in?next=/account"
    assert _sign_in(client, target="/account").location == "/account"


def test_a_copied_cookie_is_dead_after_signing_out(app: Application, client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    _sign_in(client)
    cookie = client.get_cookie(SESSION)
    assert cookie is not None
    assert client.post("/sign-out").status_code == 302
    thief = app.test_client()
    thief.set_cookie(SESSION, cookie.value)
    assert thief.get("/account").status_code == 302


def test_the_session_cookie_is_http_only_and_lax(client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    header = next(
        value
        for name, value in _sign_in(client).headers
        if name == "Set-Cookie" and value.startswith(SESSION)
    )
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_over_tls_the_cookie_is_bound_to_the_host(client: FlaskClient, people: People):
    people.member(Role.FIRM_OWNER)
    answer = client.post(
        "/sign-in",
        data={"login_name": "user1", "password": PASSWORD, "next": ""},
        base_url="https://localhost",
    )
    header = next(value for name, value in answer.headers if name == "Set-Cookie" and "session" in value)
    assert header.startswith("__Host-session=")
    assert "Secure" in header
    assert "Path=/" in header
    assert "Domain" not in header


def test_a_forged_form_is_refused(app: Application, people: People):
    people.member(Role.FIRM_OWNER)
    app.config["WTF_CSRF_ENABLED"] = True
    assert _sign_in(app.test_client()).status_code == 400


def test_each_sign_in_has_a_new_token(client: FlaskClient, app: Application, people: People):
    people.member(Role.FIRM_OWNER)
    _sign_in(client)
    other = app.test_client()
    _sign_in(other)
    first, second = client.get_cookie(SESSION), other.get_cookie(SESSION)
    assert first is not None
    assert second is not None
    assert first.value != second.value


def test_the_password_page_changes_it(
    as_actor: Callable[[Actor], FlaskClient], app: Application, people: People
):
    signed_in = as_actor(people.member(Role.FIRM_OWNER))
    new = "quiet tea gardens in april"
    answer = signed_in.post("/account/password", data={"current": PASSWORD, "password": new, "again": new})
    assert answer.status_code == 302
    assert _sign_in(app.test_client(), password=new).status_code == 302
    assert _sign_in(app.test_client()).status_code == 422


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"current": PASSWORD, "password": "short", "again": "short"}, "至少 10 位"),
        ({"current": PASSWORD, "password": "quiet tea gardens", "again": "quiet tea garden"}, "不一致"),
        (
            {"current": "wrong", "password": "quiet tea gardens", "again": "quiet tea gardens"},
            "当前密码不正确",
        ),
    ],
)
def test_the_password_page_says_what_to_mend(
    as_actor: Callable[[Actor], FlaskClient], people: People, sent: dict[str, str], said: str
):
    answer = as_actor(people.member(Role.FIRM_OWNER)).post("/account/password", data=sent)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def _enrol(signed_in: FlaskClient) -> str:
    page = signed_in.get("/account/second-factor").get_data(as_text=True)
    secret = re.search(r"<code>([A-Z2-7]{16,})</code>", page)
    assert secret is not None
    code = pyotp.TOTP(secret.group(1)).at(clock.now())
    assert (
        signed_in.post("/account/second-factor", data={"code": code, "current": PASSWORD}).status_code == 302
    )
    return secret.group(1)


def test_after_enrolling_a_code_is_asked_for(
    as_actor: Callable[[Actor], FlaskClient], app: Application, people: People
):
    from datetime import timedelta

    secret = _enrol(as_actor(people.member(Role.LENDER_APPROVER)))
    client = app.test_client()
    assert _sign_in(client).location == "/sign-in/code"
    assert client.get("/account").status_code == 302
    wrong = client.post("/sign-in/code", data={"code": "000000"})
    assert wrong.status_code == 422
    with clock.at(clock.now() + timedelta(seconds=60)):
        code = pyotp.TOTP(secret).at(clock.now())
        assert client.post("/sign-in/code", data={"code": code}).status_code == 302
        assert client.get("/account").status_code == 200


def test_a_code_is_good_once(as_actor: Callable[[Actor], FlaskClient], app: Application, people: People):
    secret = _enrol(as_actor(people.member(Role.LENDER_APPROVER)))
    client = app.test_client()
    _sign_in(client)
    assert client.post("/sign-in/code", data={"code": pyotp.TOTP(secret).at(clock.now())}).status_code == 422


def test_staff_without_a_second_factor_must_enrol_where_it_is_required(
    as_actor: Callable[[Actor], FlaskClient], app: Application, people: People
):
    app.config["SECOND_FACTOR_REQUIRED"] = True
    assert as_actor(people.member(Role.LENDER_APPROVER)).get("/account").location == "/account/second-factor"
    assert as_actor(people.member(Role.FIRM_OWNER)).get("/account").status_code == 200


def test_a_one_time_password_leads_to_choosing_an_own_one(
    as_actor: Callable[[Actor], FlaskClient], people: People, database: Database
):
    actor = people.member(Role.FIRM_STAFF)
    with database.write() as session:
        session.get_one(User, actor.user_id).must_change_password = True
    signed_in = as_actor(actor)
    assert signed_in.get("/firm").location == "/account/password"
    new = "quiet tea gardens in april"
    signed_in.post("/account/password", data={"current": PASSWORD, "password": new, "again": new})
    assert signed_in.get("/firm").status_code == 200


@pytest.mark.parametrize(
    ("role", "offered", "of_no_use"),
    [
        (Role.LENDER_REVIEWER, "applications:write", "firm:write"),
        (Role.LENDER_PRODUCT_MANAGER, "products:write", "consents:write"),
        (Role.FIRM_OWNER, "firm:write", "firms:read"),
        (Role.PLATFORM_REGULATOR, "firms:read", "needs:write"),
    ],
)
def test_only_scopes_that_open_something_to_the_role_are_offered(
    as_actor: Callable[[Actor], FlaskClient], people: People, role: Role, offered: str, of_no_use: str
):
    page = as_actor(people.member(role)).get("/account/tokens").get_data(as_text=True)
    assert f'value="{offered}"' in page
    assert f'value="{of_no_use}"' not in page


def test_a_token_is_shown_once_and_ends_when_revoked(
    as_actor: Callable[[Actor], FlaskClient], people: People, database: Database
):
    reviewer = people.member(Role.LENDER_REVIEWER)
    signed_in = as_actor(reviewer)
    answer = signed_in.post(
        "/account/tokens",
        data={"name": "核心系统", "scopes": ["applications:read"], "days": "30", "current": PASSWORD},
    )
    shown = re.search(r"<code>(cb_[\w-]{40,})</code>", answer.get_data(as_text=True))
    assert shown is not None
    listed = signed_in.get("/account/tokens").get_data(as_text=True)
    assert shown.group(1) not in listed
    assert f"<td>{reviewer.name}</td>" in listed


def test_every_account_page_opens(as_actor: Callable[[Actor], FlaskClient], people: People):
    signed_in = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))
    for path in ("/account", "/account/password", "/account/second-factor", "/account/tokens"):
        assert signed_in.get(path).status_code == 200, path
        assert signed_in.get(path, headers={"Accept-Language": "en"}).status_code == 200


def test_a_member_of_two_organisations_switches_between_them(
    as_actor: Callable[[Actor], FlaskClient], people: People, database: Database
):
    actor = people.member(Role.FIRM_OWNER)
    second = people.organisation(actor.kind, "第二家企业")
    with database.write() as session:
        session.add(Membership(user_id=actor.user_id, organisation_id=second.id, role=Role.FIRM_STAFF.value))
    signed_in = as_actor(actor)
    page = signed_in.get("/account").get_data(as_text=True)
    switch = re.search(r"/account/switch/\w+", page)
    assert switch is not None
    signed_in.post(switch.group(0))
    assert "第二家企业" in signed_in.get("/account").get_data(as_text=True)


def test_someone_elses_membership_is_not_found(
    as_actor: Callable[[Actor], FlaskClient], people: People, database: Database
):
    stranger = people.member(Role.FIRM_OWNER)
    with database.read() as session:
        foreign = session.query(Membership).filter_by(user_id=stranger.user_id).one().public_id
    answer = as_actor(people.member(Role.FIRM_OWNER)).post(f"/account/switch/{foreign}")
    assert answer.status_code == 404
