"""A notice reaches its readers' letter boxes by a real SMTP server: in their language, without what it says, once."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update

from creditbridge.access.model import User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.app import handlers
from creditbridge.jobs import tasks
from creditbridge.kernel import clock
from creditbridge.notices import mail_sending, mailing, service
from creditbridge.notices.kinds import KINDS
from creditbridge.notices.mail_rules import PAUSES, MailState
from creditbridge.notices.mail_sending import MailServer
from creditbridge.notices.model import NoticeMail
from creditbridge.store import outbox
from creditbridge.store.database import Database
from tests.people import PASSWORD, People

SECRET_NAME = "秘密企业"


class Box:
    """What the mail server took, and what it answers next."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: SimpleNamespace) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer


@pytest.fixture
def box() -> Iterator[Box]:
    made = Box()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    mail_sending.send_through(
        MailServer(f"smtp://127.0.0.1:{port}", "noreply@city.example", "https://credit.example")
    )
    yield made
    mail_sending.send_through(None)
    controller.stop()


@dataclass
class SecureServer:
    """A mail server of a name and a password, with a certificate this process trusts; what it was told in the clear."""

    port: int
    box: Box
    signed_in: list[bool]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The context of a server of this machine whose certificate is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[SecureServer]:
    """A mail server that asks for a password, with STARTTLS or without."""
    signed_in: list[bool] = []
    box = Box()

    def sign_in(
        _server: object, session: Any, _envelope: object, _mechanism: str, _data: object
    ) -> AuthResult:
        signed_in.append(session.ssl is not None)
        return AuthResult(success=True)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        authenticator=sign_in,
        auth_require_tls=False,
    )
    controller.start()
    url = f"smtp://city:pass%20word@127.0.0.1:{port}"
    mail_sending.send_through(MailServer(url, "noreply@city.example", "https://credit.example"))
    try:
        yield SecureServer(port, box, signed_in)
    finally:
        mail_sending.send_through(None)
        controller.stop()


@pytest.fixture
def owner(people: People, database: Database) -> Actor:
    made = people.member(Role.FIRM_OWNER)
    _say(database, made, email="owner@firm.example")
    return made


@pytest.fixture
def bring_about(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    monkeypatch.setattr(tasks._Workplace, "database", database)
    handlers.register()

    def run() -> None:
        for _ in range(2):  # the event of the notice, then those of its mails
            with database.read() as session:
                due = [event.public_id for event in outbox.waiting(session)]
            for public_id in due:
                tasks.handle(public_id)

    return run


def _say(database: Database, actor: Actor, **values: object) -> None:
    with database.write() as session:
        session.execute(update(User).where(User.id == actor.user_id).values(**values))


def _tell(database: Database, actor: Actor, **changes: object) -> str:
    with database.write() as session:
        notice = service.notify(
            session,
            organisation_id=actor.organisation_id,
            kind="submission.rejected",
            params={"firm": SECRET_NAME, "product": "贷", "lender": "银行"},
            **changes,  # type: ignore[arg-type]
        )
        return notice.public_id


def _states(database: Database) -> list[MailState]:
    with database.read() as session:
        return [mail.state_now for mail in session.scalars(select(NoticeMail).order_by(NoticeMail.id))]


def test_a_mail_says_that_something_waits_and_not_what(
    database: Database, owner: Actor, box: Box, bring_about: Callable[[], None]
) -> None:
    _tell(database, owner)
    bring_about()

    [mail] = box.mails
    assert mail["To"] == "owner@firm.example"
    assert KINDS["submission.rejected"].title.zh in mail["Subject"]
    assert "https://credit.example/messages" in mail.get_content()
    assert SECRET_NAME not in mail.get_content()
    assert _states(database) == [MailState.SENT]


def test_each_reads_it_in_their_own_language(
    database: Database, people: People, box: Box, bring_about: Callable[[], None]
) -> None:
    organisation = people.organisation(OrganisationKind.FIRM)
    for role, locale in ((Role.FIRM_OWNER, "zh"), (Role.FIRM_STAFF, "en")):
        _say(database, people.member(role, organisation), email=f"{locale}@firm.example", locale=locale)
    reader = people.member(Role.FIRM_STAFF, organisation)
    _tell(database, reader)
    bring_about()

    subjects = {mail["To"]: mail["Subject"] for mail in box.mails}
    title = KINDS["submission.rejected"].title
    assert set(subjects) == {"zh@firm.example", "en@firm.example"}, "who has no address gets none"
    assert title.zh in subjects["zh@firm.example"]
    assert title.en in subjects["en@firm.example"]


def test_only_those_a_notice_is_for_get_a_mail(
    database: Database, people: People, box: Box, bring_about: Callable[[], None]
) -> None:
    organisation = people.organisation(OrganisationKind.LENDER)
    reviewer = people.member(Role.LENDER_REVIEWER, organisation, branch_id=1)
    others = [
        people.member(Role.LENDER_APPROVER, organisation, branch_id=1),
        people.member(Role.LENDER_REVIEWER, organisation, branch_id=2),
        people.member(Role.LENDER_REVIEWER),
    ]
    for number, actor in enumerate([reviewer, *others]):
        _say(database, actor, email=f"m{number}@bank.example")
    _tell(database, reviewer, roles=[Role.LENDER_REVIEWER], branch_id=1)
    bring_about()

    assert [mail["To"] for mail in box.mails] == ["m0@bank.example"]


def test_who_turned_mail_off_gets_none(
    database: Database, owner: Actor, box: Box, bring_about: Callable[[], None]
) -> None:
    _tell(database, owner)
    with database.write() as session:
        mailing.set_wish(session, owner, email="owner@firm.example", wanted=False)
    bring_about()
    _tell(database, owner)
    bring_about()

    assert box.mails == []


def test_a_refused_mail_is_tried_again_under_the_same_id_and_given_up_at_last(
    database: Database, owner: Actor, box: Box, bring_about: Callable[[], None], frozen_clock: datetime
) -> None:
    box.answers = ["451 try later", "250 OK"]
    _tell(database, owner)
    bring_about()
    assert _states(database) == [MailState.WAITING]
    with clock.at(frozen_clock + PAUSES[0]):
        bring_about()
    assert _states(database) == [MailState.SENT]

    box.answers = ["550 no such user"] * (len(PAUSES) + 1)
    _tell(database, owner)
    at = frozen_clock + PAUSES[0]
    with clock.at(at):
        bring_about()
    for pause in PAUSES:
        at += pause
        with clock.at(at):
            bring_about()
    assert _states(database) == [MailState.SENT, MailState.DEAD]
    assert len(box.mails) == 1


def test_the_password_is_sent_over_tls(
    database: Database, owner: Actor, certificate: ssl.SSLContext, bring_about: Callable[[], None]
) -> None:
    with serving(certificate) as server:
        _tell(database, owner)
        bring_about()
        assert (server.signed_in, len(server.box.mails)) == ([True], 1)
    assert _states(database) == [MailState.SENT]


def test_a_server_that_offers_no_tls_is_not_told_the_password(
    database: Database, owner: Actor, bring_about: Callable[[], None]
) -> None:
    """Whoever sits between takes the offer of TLS out of the server's answer."""
    with serving(None) as server:
        _tell(database, owner)
        bring_about()
        assert (server.signed_in, server.box.mails) == ([], [])
    with database.read() as session:
        [mail] = session.scalars(select(NoticeMail))
        assert (mail.state_now, mail.error) == (MailState.WAITING, mail_sending.NOT_SECURE)


def test_writing_the_mails_of_a_notice_again_adds_none(database: Database, owner: Actor, box: Box) -> None:
    notice_id = _tell(database, owner)
    with database.write() as session:
        assert mailing.write_mails(session, notice_id) == 1
        assert mailing.write_mails(session, notice_id) == 0


def test_without_a_mail_server_nothing_is_written(database: Database, owner: Actor) -> None:
    _tell(database, owner)
    with database.read() as session:
        assert list(outbox.waiting(session)) == []


def test_a_person_says_on_the_page_whether_they_want_mail(as_actor, database: Database, owner: Actor) -> None:
    client = as_actor(owner)
    new = {"email": "x@y.example", "current": PASSWORD}
    assert client.post("/messages/mail", data=new).status_code == 303
    with database.read() as session:
        assert mailing.wish_of(session, owner) == ("x@y.example", False)
    assert "x@y.example" in client.get("/messages/mail").text
    assert client.post("/messages/mail", data={"email": "x@y.example\nBcc: z@y.example"}).status_code == 422


def test_a_new_address_needs_the_password_again(as_actor, database: Database, owner: Actor) -> None:
    client = as_actor(owner)
    with database.read() as session:
        before, _ = mailing.wish_of(session, owner)
    for current in ("", "not the password"):
        refused = client.post("/messages/mail", data={"email": "thief@y.example", "current": current})
        assert refused.status_code == 422
        assert "当前密码不正确" in refused.text
    assert client.post("/messages/mail", data={"email": before}).status_code == 303
    with database.read() as session:
        assert mailing.wish_of(session, owner) == (before, False)


def test_no_title_holds_a_field_to_fill() -> None:
    assert [name for name, kind in KINDS.items() if "{" in kind.title.zh + kind.title.en] == []
