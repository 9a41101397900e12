"""A forgotten password: a link by mail or by hand, once, for a short while, without telling who has an account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from creditbridge.access import resets, service, throttle
from creditbridge.access.model import PasswordReset, SignIn, User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.app import handlers
from creditbridge.jobs import tasks
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.notices import mail_sending
from creditbridge.notices.mail_sending import MailServer
from creditbridge.notices.model import Notice
from creditbridge.notices.reset_mailing import SEND_LINK
from creditbridge.store import audit, outbox
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent
from tests.people import PASSWORD, People

NEW = "a quite different sentence"
ADDRESS = "zhang@bank.example"


@pytest.fixture
def person(people: People, database: Database) -> Actor:
    """A reviewer with a mail address."""
    made = people.member(Role.LENDER_REVIEWER)
    with database.write() as session:
        session.execute(update(User).where(User.id == made.user_id).values(email=ADDRESS))
    return made


@pytest.fixture
def login(person: Actor, database: Database) -> str:
    with database.read() as session:
        return session.get_one(User, person.user_id).login_name


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EmailMessage]]:
    """What was mailed, while mail is set up."""
    taken: list[EmailMessage] = []

    def take(_server: MailServer, mail: EmailMessage) -> str:
        taken.append(mail)
        return ""

    monkeypatch.setattr(mail_sending, "hand_in", take)
    mail_sending.send_through(
        MailServer("smtp://127.0.0.1", "noreply@city.example", "https://credit.example")
    )
    yield taken
    mail_sending.send_through(None)


def ask(client: FlaskClient, login_name: str) -> Any:
    return client.post("/forgotten-password", data={"login_name": login_name})


@pytest.fixture
def deliver(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Everything that waits is brought about."""
    monkeypatch.setattr(tasks._Workplace, "database", database)
    handlers.register()

    def run() -> None:
        with database.read() as session:
            due = [event.public_id for event in outbox.waiting(session)]
        for public_id in due:
            tasks.handle(public_id)

    return run


def token_of(mail: EmailMessage) -> str:
    found = re.search(r"https://credit\.example/new-password\?token=(\S+)", mail.get_content())
    assert found is not None
    return found[1]


def issued(database: Database, person: Actor, life: timedelta = resets.MAIL_LIFE) -> str:
    with database.write() as session:
        return resets.issue(session, session.get_one(User, person.user_id), life=life)


def choose(client: FlaskClient, token: str, password: str = NEW) -> Any:
    client.get(f"/new-password?token={token}")
    return client.post("/new-password", data={"password": password, "again": password})


def sign_in(client: FlaskClient, login_name: str, password: str) -> int:
    return client.post("/sign-in", data={"login_name": login_name, "password": password}).status_code


def test_a_mailed_link_leads_to_a_new_password(client, person, login, mails, deliver) -> None:
    assert "申请已收到" in ask(client, login).text
    deliver()
    (mail,) = mails
    assert mail["To"] == ADDRESS
    token = token_of(mail)
    opened = client.get(f"/new-password?token={token}")
    assert (opened.status_code, opened.location) == (302, "/new-password")
    assert login in client.get("/new-password").text
    answer = client.post("/new-password", data={"password": NEW, "again": NEW})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert "creditbridge-session" not in answer.headers.get("Set-Cookie", "")
    assert sign_in(client, login, PASSWORD) == 422
    assert sign_in(client, login, NEW) == 302


def test_only_the_hash_of_a_link_is_kept(database, person) -> None:
    token = issued(database, person)
    with database.read() as session:
        row = session.scalars(select(PasswordReset)).one()
        assert row.token_hash == service.hash_token(token)
        assert row.expires_at == clock.now() + timedelta(minutes=30)


def test_a_link_works_once_and_ends_the_others(client, database, person) -> None:
    first, second = issued(database, person), issued(database, person)
    assert choose(client, first).status_code == 302
    for token in (first, second):
        answer = choose(client, token, "another sentence altogether")
        assert answer.status_code == 422
        assert "链接不能使用" in answer.text


def test_two_at_the_same_moment_are_one(database, person) -> None:
    token = issued(database, person)
    with database.write() as session:
        found = resets.find(session, token)
        session.execute(update(PasswordReset).values(ended_at=clock.now()))
        assert found is not None
        with pytest.raises(RuleRefused, match="reset_link_ended"):
            resets.choose(session, token, NEW)


def test_the_page_without_a_link_says_where_to_ask_for_one(client) -> None:
    answer = client.get("/new-password")
    assert answer.status_code == 200
    assert "/forgotten-password" in answer.get_data(as_text=True)


def test_a_link_expires(client, database, person) -> None:
    token = issued(database, person)
    with clock.at(clock.now() + timedelta(minutes=30)):
        assert choose(client, token).status_code == 422
        client.get(f"/new-password?token={token}")
        assert client.get("/new-password").status_code == 404


def test_opening_a_link_spends_nothing(client, database, person) -> None:
    token = issued(database, person)
    for _ in range(3):
        client.get(f"/new-password?token={token}")
    assert choose(client, token).status_code == 302


def test_a_refused_password_leaves_the_link_good(client, database, person) -> None:
    token = issued(database, person)
    assert choose(client, token, "12345").status_code == 422
    answer = client.post("/new-password", data={"password": NEW, "again": "something else"})
    assert answer.status_code == 422
    assert choose(client, token).status_code == 302


def test_every_session_ends_and_the_person_is_told(client, database, person) -> None:
    with database.write() as session:
        service.start_sign_in(
            session, session.get_one(User, person.user_id), address="10.0.0.9", agent="other"
        )
    choose(client, issued(database, person))
    with database.read() as session:
        assert session.scalars(select(SignIn.ended_at)).all() == [clock.now()]
        notice = session.scalars(select(Notice)).one()
        assert (notice.kind, notice.user_id) == ("account.password_reset", person.user_id)
        actions = session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)).all()
        assert actions[-1] == "access.password_reset"
        assert "access.reset_link_issued" in actions


def test_the_second_factor_is_still_asked_for(client, database, person, login) -> None:
    with database.write() as session:
        session.execute(update(User).values(totp_secret="sealed", totp_confirmed_at=clock.now()))
    choose(client, issued(database, person))
    answer = client.post("/sign-in", data={"login_name": login, "password": NEW})
    assert answer.location == "/sign-in/code"


@pytest.mark.usefixtures("person")
def test_nobody_learns_who_has_an_account(client, database, login, mails, deliver) -> None:
    pages, written = [], []
    for name in (login, "nobody-of-that-name"):
        pages.append(re.sub(r'name="csrf_token" value="[^"]*"', "", ask(client, name).text))
        with database.read() as session:
            written.append(session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)).all())
    assert pages[0] == pages[1]
    assert written == [[SEND_LINK], [SEND_LINK] * 2]
    deliver()
    assert len(mails) == 1


def test_a_disabled_account_and_one_without_an_address_get_no_mail(
    client, database, people, person, login, mails, deliver
) -> None:
    other = people.member(Role.FIRM_OWNER)
    with database.write() as session:
        session.execute(update(User).where(User.id == person.user_id).values(disabled_at=clock.now()))
        name = session.get_one(User, other.user_id).login_name
    for each in (login, name):
        assert "申请已收到" in ask(client, each).text
    token = issued(database, person)
    deliver()
    assert mails == []
    with database.read() as session:
        assert resets.find(session, token) is None


@pytest.mark.parametrize("name", ["somebody", "nobody"])
def test_asking_is_limited_alike_for_every_name(client, database, mails, name, people) -> None:
    people.member(Role.FIRM_OWNER)
    name = "user1" if name == "somebody" else name
    answers = [ask(client, name).status_code for _ in range(resets.TRIES_PER_ACCOUNT_AND_ADDRESS + 1)]
    assert answers == [200] * resets.TRIES_PER_ACCOUNT_AND_ADDRESS + [422]


def test_a_stranger_fills_nobody_s_letter_box(database, person, mails) -> None:
    handlers.register()
    for _ in range(resets.MAILS_PER_ACCOUNT + 3):
        handlers.notices.send_reset_link(database, {"user_id": person.user_public_id, "tries": 0})
    assert len(mails) == resets.MAILS_PER_ACCOUNT


def test_a_mail_that_fails_is_tried_again_with_another_link(database, person, monkeypatch) -> None:
    mail_sending.send_through(
        MailServer("smtp://127.0.0.1", "noreply@city.example", "https://credit.example")
    )
    monkeypatch.setattr(mail_sending, "hand_in", lambda _server, _mail: "ConnectionRefusedError")
    try:
        for tries in (0, 1, 2):
            assert handlers.notices.send_reset_link(
                database, {"user_id": person.user_public_id, "tries": tries}
            )
    finally:
        mail_sending.send_through(None)
    with database.read() as session:
        again = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()
        assert [(row.payload["tries"], row.not_before - clock.now()) for row in again] == [
            (1, timedelta(minutes=1)),
            (2, timedelta(minutes=10)),
        ]
        assert len(set(session.scalars(select(PasswordReset.token_hash)))) == 3


def test_without_mail_the_page_says_whom_to_ask(client, database, login) -> None:
    page = client.get("/forgotten-password").text
    assert "平台没有开通邮件" in page
    assert "请联系平台管理员" in page
    assert 'name="login_name"' not in page
    ask(client, login)
    with database.read() as session:
        assert session.scalars(select(OutboxEvent)).all() == []
    assert "Forgotten password" in client.get("/forgotten-password?lang=en").text


def test_an_administrator_hands_a_member_a_link(client, database, scene, people, as_actor) -> None:
    lender = scene.lender()
    admin = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))
    page = admin.get(f"/platform/lenders/{lender.public_id}").text
    member = re.search(rf"/platform/lenders/{lender.public_id}/members/(?!new)(\w+)", page)
    assert member is not None
    answer = admin.post(f"/platform/lenders/{lender.public_id}/members/{member[1]}/reset-link")
    assert answer.headers["Cache-Control"] == "no-store"
    token = re.search(r"/new-password\?token=([\w-]+)", answer.text)
    assert token is not None
    with database.read() as session:
        row = session.scalars(select(PasswordReset)).one()
        assert row.expires_at == clock.now() + timedelta(hours=2)
        assert row.made_by_id is not None
    assert choose(client, token[1]).status_code == 302


def test_no_page_hands_out_a_link_for_an_administrator(people, as_actor) -> None:
    platform = people.organisation(OrganisationKind.PLATFORM)
    admin, _other, auditor = (
        people.member(role, platform)
        for role in (Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_AUDITOR)
    )
    desk = as_actor(admin)
    rows = re.findall(r"/platform/staff/(\w{20})", desk.get("/platform/staff").text)
    answers = sorted(desk.post(f"/platform/staff/{key}/reset-link").status_code for key in set(rows))
    assert answers == [200, 409]
    assert as_actor(auditor).post(f"/platform/staff/{rows[0]}/reset-link").status_code in (403, 404)


def test_links_that_ended_long_ago_are_deleted(database, person) -> None:
    issued(database, person)
    with database.write() as session, clock.at(clock.now() + timedelta(days=31)):
        resets.forget_old(session)
    with database.read() as session:
        assert session.scalars(select(PasswordReset)).all() == []


def test_a_short_password_is_refused_by_the_policy(database, person) -> None:
    token = issued(database, person)
    with database.write() as session, pytest.raises(InvalidInput):
        resets.choose(session, token, "short")


def test_windows_fit_what_is_forgotten() -> None:
    assert resets.WINDOW <= throttle.LONGEST_WINDOW
