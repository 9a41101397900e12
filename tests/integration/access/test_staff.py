"""The platform's own people: who opens and ends whose account, and that nobody makes a second self to approve by."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from creditbridge.access import service as access
from creditbridge.access import staffing
from creditbridge.access.model import Membership
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.store.database import Database
from tests.people import People


@pytest.fixture
def platform(people: People):
    return people.organisation(OrganisationKind.PLATFORM, "某市平台")


@pytest.fixture
def administrator(people: People, platform):
    return people.member(Role.PLATFORM_ADMINISTRATOR, platform)


def test_a_new_auditor_signs_in_with_the_password_that_was_shown(database: Database, administrator) -> None:
    with database.write() as session:
        newcomer = staffing.open_staff_account(
            session, administrator, login_name="Audit.1", name="顾审计", role=Role.PLATFORM_AUDITOR
        )
        password = newcomer.one_time_password

    user = access.authenticate(database, "audit.1", password, address="127.0.0.1")
    assert user.must_change_password
    assert [one.role for one in user.memberships] == ["platform_auditor"]


def test_no_page_makes_an_administrator(database: Database, administrator) -> None:
    with database.write() as session:
        regulator = staffing.open_staff_account(
            session, administrator, login_name="watch", name="严监管", role=Role.PLATFORM_REGULATOR
        ).membership.public_id
    with database.write() as session, pytest.raises(RuleRefused):
        staffing.open_staff_account(
            session, administrator, login_name="mine", name="另一个我", role=Role.PLATFORM_ADMINISTRATOR
        )
    with database.write() as session, pytest.raises(RuleRefused):
        staffing.change_role(session, administrator, regulator, Role.PLATFORM_ADMINISTRATOR)
    with database.read() as session:
        held = session.scalars(select(Membership.role)).all()
    assert held.count("platform_administrator") == 1


def test_an_administrator_ends_a_colleague_and_never_themselves(
    database: Database, people: People, platform, administrator
) -> None:
    colleague = people.member(Role.PLATFORM_ADMINISTRATOR, platform)
    with database.read() as session:
        ids = {row.user_id: row.public_id for row in staffing.staff(session, administrator)}
    with database.write() as session, pytest.raises(RuleRefused):
        staffing.end_staff_account(session, administrator, ids[administrator.user_id])
    with database.write() as session:
        staffing.end_staff_account(session, administrator, ids[colleague.user_id])
    with database.write() as session, pytest.raises(NotFound):
        staffing.end_staff_account(session, administrator, ids[colleague.user_id])


@pytest.mark.parametrize("role", [Role.PLATFORM_AUDITOR, Role.PLATFORM_REGULATOR, Role.LENDER_APPROVER])
def test_only_administrators_change_anything(
    database: Database, people: People, platform, role: Role
) -> None:
    actor = people.member(role, platform if role.kind is OrganisationKind.PLATFORM else None)
    with database.write() as session, pytest.raises(NotAllowed):
        staffing.open_staff_account(session, actor, login_name="x.y.z", name="某", role=Role.PLATFORM_AUDITOR)
    with database.write() as session, pytest.raises(NotAllowed):
        staffing.end_staff_account(session, actor, "whoever")


def test_another_organisations_member_is_not_found(database: Database, people: People, administrator) -> None:
    lender = people.member(Role.LENDER_REVIEWER)
    with database.read() as session:
        theirs = session.scalars(
            select(Membership.public_id).where(Membership.user_id == lender.user_id)
        ).one()
    with database.write() as session, pytest.raises(NotFound):
        staffing.end_staff_account(session, administrator, theirs)


def test_a_second_administrator_is_made_on_the_machine_for_the_same_operator(database: Database) -> None:
    made = {"login_name": "first", "name": "王一", "password": "a long phrase for the first one"}
    with database.write() as session:
        staffing.create_administrator(session, organisation="某市平台", **made)
    made |= {"login_name": "second", "name": "王二"}
    with database.write() as session, pytest.raises(InvalidInput):
        staffing.create_administrator(session, organisation="另一个平台", **made)
    with database.write() as session:
        staffing.create_administrator(session, organisation=None, **made)
    with database.write() as session, pytest.raises(InvalidInput):
        staffing.create_administrator(session, organisation=None, **made)
    with database.read() as session:
        rows = session.execute(select(Membership.organisation_id, Membership.role)).all()
    assert len(rows) == 2
    assert len({organisation for organisation, _ in rows}) == 1


def test_the_first_administrator_names_the_operator(database: Database) -> None:
    with database.write() as session, pytest.raises(InvalidInput) as told:
        staffing.create_administrator(
            session,
            organisation=None,
            login_name="first",
            name="王一",
            password="a long phrase for the first one",
        )
    assert list(told.value.fields) == ["organisation"]


def test_the_page_shows_the_password_once_and_the_list_the_person(as_actor, administrator) -> None:
    client = as_actor(administrator)
    shown = client.post(
        "/platform/staff/new", data={"login_name": "audit2", "name": "顾二", "role": "platform_auditor"}
    )
    password = re.search(r'one-time-password">([^<]+)<', shown.text)
    assert password
    assert shown.headers["Cache-Control"] == "no-store"
    listed = client.get("/platform/staff")
    assert "audit2" in listed.text
    assert password.group(1) not in listed.text


def test_a_regulator_reads_the_list_and_gets_no_button(as_actor, people: People, platform) -> None:
    client = as_actor(people.member(Role.PLATFORM_REGULATOR, platform))
    assert "/platform/staff/new" not in client.get("/platform/staff").text
    assert client.get("/platform/staff/new").status_code == 403
