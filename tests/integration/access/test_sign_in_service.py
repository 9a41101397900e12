from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from creditbridge.access import account, passwords, service, throttle
from creditbridge.access.model import User
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotFound, RuleRefused, Throttled
from creditbridge.store.database import Database
from tests.people import PASSWORD, People

ADDRESS = "192.0.2.7"


@pytest.fixture
def user(database: Database, people: People) -> User:
    people.member(Role.FIRM_OWNER)
    with database.read() as session:
        found = session.query(User).one()
        assert found.memberships[0].organisation.is_active
        return found


def _sign_in(database: Database, user: User) -> str:
    with database.write() as session:
        return service.start_sign_in(session, user, address=ADDRESS, agent="test")


def test_the_right_password_opens_whatever_the_case_of_the_account(database: Database, user: User):
    assert service.authenticate(database, user.login_name.upper(), PASSWORD, address=ADDRESS).id == user.id


def test_a_hash_of_older_parameters_is_renewed_at_sign_in(database: Database, user: User):
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.write() as session:
        session.get_one(User, user.id).password_hash = older
    service.authenticate(database, user.login_name, PASSWORD, address=ADDRESS)
    with database.read() as session:
        renewed = session.get_one(User, user.id).password_hash
    assert renewed != older
    assert passwords.verify_password(renewed, PASSWORD)
    assert not passwords.needs_rehash(renewed)


@pytest.mark.parametrize("login", ["user2", "nobody"])
def test_a_wrong_password_and_an_unknown_account_answer_alike(database: Database, user: User, login: str):
    with pytest.raises(service.WrongCredentials):
        service.authenticate(database, login, "wrong password", address=ADDRESS)


def test_tries_from_one_address_are_throttled(database: Database, user: User):
    for _ in range(service.TRIES_PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(service.WrongCredentials):
            service.authenticate(database, user.login_name, "wrong", address=ADDRESS)
    with pytest.raises(Throttled):
        service.authenticate(database, user.login_name, PASSWORD, address=ADDRESS)


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(database: Database, user: User):
    for _ in range(service.TRIES_PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(service.WrongCredentials):
            service.authenticate(database, user.login_name, "wrong", address="198.51.100.9")
    assert service.authenticate(database, user.login_name, PASSWORD, address=ADDRESS).id == user.id


def test_an_ended_session_is_not_found_again(database: Database, user: User):
    token = _sign_in(database, user)
    with database.write() as session:
        row = service.find_sign_in(session, token)
        assert row is not None
        service.end_sign_in(session, row.id)
    with database.read() as session:
        assert service.find_sign_in(session, token) is None


@pytest.mark.parametrize("wait", [service.IDLE_LIMIT, service.ABSOLUTE_LIMIT])
def test_a_session_ends_by_itself(database: Database, user: User, wait: timedelta):
    token = _sign_in(database, user)
    with clock.at(clock.now() + wait), database.read() as session:
        assert service.find_sign_in(session, token) is None


def test_use_keeps_a_session_alive_until_its_absolute_end(database: Database, user: User):
    token = _sign_in(database, user)
    start = clock.now()
    for minutes in range(30, 12 * 60, 30):
        with clock.at(start + timedelta(minutes=minutes)):
            with database.read() as session:
                row = service.find_sign_in(session, token)
            assert row is not None
            service.touch(database, row)
    with clock.at(start + service.ABSOLUTE_LIMIT), database.read() as session:
        assert service.find_sign_in(session, token) is None


def test_a_disabled_user_is_out_at_once(database: Database, user: User):
    token = _sign_in(database, user)
    with database.write() as session:
        session.get_one(User, user.id).disabled_at = clock.now()
    with database.read() as session:
        assert service.find_sign_in(session, token) is None


def test_a_changed_password_ends_the_other_sessions(database: Database, user: User):
    here, there = _sign_in(database, user), _sign_in(database, user)
    with database.write() as session:
        row = service.find_sign_in(session, here)
        assert row is not None
        actor = service.actor_of(row.user, row.membership)
        account.change_password(
            session, actor, current=PASSWORD, password="quiet tea gardens in april", sign_in_id=row.id
        )
    with database.read() as session:
        assert service.find_sign_in(session, here) is not None
        assert service.find_sign_in(session, there) is None


def test_a_changed_password_needs_the_current_one(database: Database, user: User):
    token = _sign_in(database, user)
    with database.write() as session:
        row = service.find_sign_in(session, token)
        assert row is not None
        actor = service.actor_of(row.user, row.membership)
        with pytest.raises(InvalidInput) as refusal:
            account.change_password(
                session, actor, current="no", password="quiet tea gardens in april", sign_in_id=row.id
            )
    assert set(refusal.value.fields) == {"current"}


def test_a_role_of_another_kind_of_organisation_is_refused(database: Database, people: People, user: User):
    with database.write() as session:
        person = session.get_one(User, user.id)
        with pytest.raises(RuleRefused):
            service.add_member(session, person, person.memberships[0].organisation, Role.LENDER_APPROVER)


def test_another_persons_session_is_not_found(database: Database, people: People, user: User):
    token = _sign_in(database, user)
    stranger = people.member(Role.FIRM_OWNER)
    with database.write() as session:
        row = service.find_sign_in(session, token)
        assert row is not None
        with pytest.raises(NotFound):
            account.end_own_sign_in(session, stranger, row.public_id)


def test_tries_are_forgotten_a_day_after_their_window_began(database: Database):
    throttle.count(database, "sign_in", "user1", ADDRESS, window=timedelta(minutes=15))
    with database.write() as session:
        assert throttle.forget_old(session) == 0
    with clock.at(clock.now() + timedelta(days=1, seconds=1)), database.write() as session:
        assert throttle.forget_old(session) == 1
