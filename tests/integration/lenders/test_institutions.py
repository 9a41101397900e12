"""Lenders, their branches and members: who may change what, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from creditbridge.access import passwords
from creditbridge.access import service as access
from creditbridge.access.model import Membership
from creditbridge.access.rules import Actor, Role
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.store import change_counter
from creditbridge.store.database import Database
from lenders.institutions import branches, members, onboarding, service
from lenders.institutions.branches import BranchProfile
from lenders.institutions.onboarding import LenderProfile
from lenders.institutions.rules import BranchKind, LenderKind, LenderState

PROFILE = LenderProfile("江海银行", LenderKind.CITY_BANK, "B0001", name_en="Jianghai Bank")


def added(database: Database, admin: Actor, login: str = "first"):
    with database.write() as session:
        return onboarding.add_lender(session, admin, PROFILE, login_name=login, member_name="王经理")


def test_a_new_lender_has_applied_and_has_one_product_manager(database, admin):
    lender, newcomer = added(database, admin)
    assert lender.state == LenderState.APPLIED
    assert newcomer.membership.role == Role.LENDER_PRODUCT_MANAGER


def test_the_first_password_is_kept_as_a_hash_only(database, admin, monkeypatch):
    monkeypatch.setattr(passwords, "hash_password", passwords._hasher.hash)
    _lender, newcomer = added(database, admin)
    assert newcomer.one_time_password not in newcomer.user.password_hash
    assert (
        access.authenticate(database, "first", newcomer.one_time_password, address="::1").id
        == newcomer.user.id
    )


def test_a_login_name_is_given_once(database, admin):
    added(database, admin)
    other = replace(PROFILE, licence_number="B2")
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        onboarding.add_lender(session, admin, other, login_name="FIRST", member_name="李")
    assert set(refused.value.fields) == {"login_name"}


def test_a_licence_number_is_registered_once(database, admin):
    added(database, admin)
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        onboarding.register(session, admin, PROFILE)
    assert set(refused.value.fields) == {"licence_number"}


@pytest.mark.parametrize("role", [Role.PLATFORM_AUDITOR, Role.LENDER_PRODUCT_MANAGER])
def test_only_the_platform_administrator_adds_lenders(role, database, people):
    actor = people.member(role)
    with database.write() as session, pytest.raises(NotAllowed):
        onboarding.register(session, actor, PROFILE)


@pytest.mark.parametrize("step", ["suspend", "exit"])
def test_taking_something_away_needs_a_reason(step, town, officers, admin, database):
    with database.write() as session:
        if step == "exit":
            onboarding.take_step(session, admin, officers.lender.public_id, "suspend", "检查")
        with pytest.raises(InvalidInput):
            onboarding.take_step(session, admin, officers.lender.public_id, step, " ")


def test_a_step_raises_the_change_counter_and_tells_the_lender(town, officers, admin, database):
    with database.write() as session:
        before = change_counter.current(session)
        onboarding.take_step(session, admin, officers.lender.public_id, "suspend", "检查")
        assert change_counter.current(session) > before
    with database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "lender.suspended")).one()
        assert notice.organisation_id == officers.lender.organisation_id


def test_an_illegal_step_is_refused(town, officers, admin, database):
    with database.write() as session, pytest.raises(Conflict):
        onboarding.take_step(session, admin, officers.lender.public_id, "approve")


def test_only_the_platform_takes_steps(town, officers, database):
    with database.write() as session, pytest.raises(NotAllowed):
        onboarding.take_step(session, officers.manager, officers.lender.public_id, "suspend", "x")


def test_a_lender_that_only_applied_is_not_shown(database, admin):
    lender, _ = added(database, admin)
    with database.read() as session, pytest.raises(NotFound):
        service.shown_lender(session, lender.public_id)


def test_a_product_manager_changes_what_the_lender_says_but_not_its_name(town, officers, database):
    with database.write() as session:
        profile = replace(
            onboarding.profile_of(service.lender_of(session, officers.manager)),
            intro_zh="新的介绍",
            name_zh="别的银行",
        )
        lender = onboarding.change_profile(session, officers.manager, profile)
        assert (lender.intro_zh, lender.name.zh) == ("新的介绍", officers.lender.name.zh)


def test_a_reviewer_does_not_change_the_lender(town, officers, database):
    with database.write() as session, pytest.raises(NotAllowed):
        onboarding.change_profile(session, officers.reviewer, PROFILE)


def test_a_firm_has_no_lender(database, people):
    firm = people.member(Role.FIRM_OWNER)
    with database.read() as session, pytest.raises(NotFound):
        service.lender_of(session, firm)


def opened(database: Database, actor: Actor, profile: BranchProfile):
    with database.write() as session:
        return branches.open_branch(session, actor, profile)


def test_branches_serve_the_regions_inside_their_areas(town, officers, database):
    opened(database, officers.manager, BranchProfile(BranchKind.BRANCH, "分行", regions=["990000"]))
    opened(database, officers.manager, BranchProfile(BranchKind.OUTLET, "网点", regions=["990102"]))
    opened(database, officers.manager, BranchProfile(BranchKind.OUTLET, "到处"))
    with database.read() as session:
        serving = service.branches_serving(session, officers.lender.id, "990101")
        assert [branch.name for branch in serving] == ["分行", "到处"]


def test_a_closed_branch_serves_nobody(town, officers, database):
    branch = opened(database, officers.manager, BranchProfile(BranchKind.BRANCH, "分行"))
    with database.write() as session:
        branches.set_active(session, officers.manager, branch.public_id, active=False)
    with database.read() as session:
        assert service.branches_serving(session, officers.lender.id, "990101") == []


def test_an_outlet_cannot_head_a_branch(town, officers, database):
    outlet = opened(database, officers.manager, BranchProfile(BranchKind.OUTLET, "网点"))
    wrong = BranchProfile(BranchKind.BRANCH, "分行", parent_public_id=outlet.public_id)
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        branches.open_branch(session, officers.manager, wrong)
    assert set(refused.value.fields) == {"parent"}


def test_areas_can_be_changed(town, officers, database):
    branch = opened(
        database, officers.manager, BranchProfile(BranchKind.BRANCH, "分行", regions=["990101", "990102"])
    )
    with database.write() as session:
        changed = BranchProfile(BranchKind.BRANCH, "分行", regions=["990102", "990103"])
        branches.change_branch(session, officers.manager, branch.public_id, changed)
    with database.read() as session:
        (row,) = service.branches_of(session, officers.lender.id)
        assert row.region_codes == ["990102", "990103"]


def test_another_lenders_branch_is_not_found(town, officers, database):
    branch = opened(database, officers.manager, BranchProfile(BranchKind.BRANCH, "分行"))
    stranger = town.lender()
    with database.write() as session, pytest.raises(NotFound):
        branches.set_active(session, stranger.manager, branch.public_id, active=False)


def test_a_branch_is_opened_by_the_product_manager_only(town, officers, database):
    with database.write() as session, pytest.raises(NotAllowed):
        branches.open_branch(session, officers.approver, BranchProfile(BranchKind.BRANCH, "分行"))


def membership_of(database: Database, actor: Actor) -> Membership:
    with database.read() as session:
        return session.scalars(select(Membership).where(Membership.user_id == actor.user_id)).one()


def test_a_member_joins_a_branch(town, officers, admin, database):
    branch = opened(database, officers.manager, BranchProfile(BranchKind.BRANCH, "分行"))
    with database.write() as session:
        newcomer = members.add_member(
            session,
            admin,
            officers.lender.public_id,
            login_name="reviewer9",
            name="赵",
            role=Role.LENDER_REVIEWER,
            branch_public_id=branch.public_id,
        )
        assert newcomer.membership.branch_id == branch.id


def test_a_member_does_not_join_another_lenders_branch(town, officers, admin, database):
    other = town.lender()
    branch = opened(database, other.manager, BranchProfile(BranchKind.BRANCH, "别家分行"))
    with database.write() as session, pytest.raises(NotFound):
        members.add_member(
            session,
            admin,
            officers.lender.public_id,
            login_name="reviewer9",
            name="赵",
            role=Role.LENDER_REVIEWER,
            branch_public_id=branch.public_id,
        )


@pytest.mark.parametrize("what", ["change", "end"])
def test_a_changed_member_is_signed_out(what, officers, admin, database, as_actor):
    client = as_actor(officers.reviewer)
    assert client.get("/lender/products").status_code == 200
    membership = membership_of(database, officers.reviewer)
    ids = (officers.lender.public_id, membership.public_id)
    with database.write() as session:
        if what == "end":
            members.end_member(session, admin, *ids)
        else:
            members.change_member(session, admin, *ids, role=Role.LENDER_VIEWER, branch_public_id=None)
    assert client.get("/lender/products").status_code == 302


def test_an_ended_member_is_not_changed_any_more(town, officers, admin, database):
    membership = membership_of(database, officers.reviewer)
    with database.write() as session:
        members.end_member(session, admin, officers.lender.public_id, membership.public_id)
    with database.write() as session, pytest.raises(NotFound):
        members.end_member(session, admin, officers.lender.public_id, membership.public_id)


def test_ended_members_are_listed_last(town, officers, admin, database):
    membership = membership_of(database, officers.manager)
    with database.write() as session:
        members.end_member(session, admin, officers.lender.public_id, membership.public_id)
        listed = members.members_of(session, admin, officers.lender.public_id)
    assert listed[-1].membership.id == membership.id


def test_lenders_do_not_read_the_platforms_list_of_members(town, officers, database):
    with database.read() as session, pytest.raises(NotAllowed):
        members.members_of(session, officers.manager, officers.lender.public_id)


def test_a_new_member_gets_no_role_of_the_platform(officers, admin, session):
    lender = service.lender(session, officers.lender.public_id)
    with pytest.raises(RuleRefused):
        members.open_account(
            session, admin, lender, login_name="odd", name="奇", role=Role.PLATFORM_ADMINISTRATOR
        )


def test_a_member_is_not_given_a_role_of_the_platform(officers, admin, database):
    membership = membership_of(database, officers.reviewer)
    ids = (officers.lender.public_id, membership.public_id)
    with database.write() as session, pytest.raises(RuleRefused):
        members.change_member(session, admin, *ids, role=Role.PLATFORM_ADMINISTRATOR, branch_public_id=None)


def test_two_branches_of_one_name_are_refused_at_the_field(officers, database):
    opened(database, officers.manager, BranchProfile(BranchKind.BRANCH, "分行"))
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        branches.open_branch(session, officers.manager, BranchProfile(BranchKind.BRANCH, "分行"))
    assert set(refused.value.fields) == {"name"}
