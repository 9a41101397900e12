"""The firm's profile and who acts for it."""

import re

import pytest
from sqlalchemy import select

from creditbridge.access.model import Membership, User
from creditbridge.access.rules import Role
from creditbridge.access.service import authenticate


def membership_of(database, actor):
    with database.read() as session:
        return session.scalars(select(Membership).where(Membership.user_id == actor.user_id)).one()


INVITATION = {"name": "李经办", "login_name": "li.jingban", "phone": "13900000000"}


def test_the_profile_shows_the_registration(side):
    page = side.client.get("/firm/profile").text
    assert side.firm.name in page
    assert side.firm.uscc in page


def test_an_account_without_a_firm_is_sent_to_claim_one(people, as_actor):
    answer = as_actor(people.member(Role.FIRM_OWNER)).get("/firm/profile")
    assert (answer.status_code, answer.location) == (302, "/claim")


def test_an_invited_person_signs_in_with_the_password_shown_once(database, side):
    answer = side.client.post("/firm/members", data=INVITATION)
    password = re.search(r"[0-9a-z]{4}(?:-[0-9a-z]{4}){3}", answer.text).group()
    assert authenticate(database, "li.jingban", password, address="127.0.0.1").name == "李经办"
    assert password not in side.client.get("/firm/profile").text


@pytest.mark.parametrize(
    "changes",
    [{"login_name": "x"}, {"login_name": "user1"}, {"name": ""}, {"phone": "abc"}, {"role": "firm_owner"}],
)
def test_a_bad_invitation_is_answered_with_422(database, side, changes):
    with database.read() as session:
        taken = session.scalar(select(User.login_name))
    changes = {key: taken if value == "user1" else value for key, value in changes.items()}
    assert side.client.post("/firm/members", data={**INVITATION, **changes}).status_code == 422


def test_staff_invite_nobody(staff, as_actor):
    assert as_actor(staff).post("/firm/members", data=INVITATION).status_code == 403


def test_removed_staff_are_signed_out_at_once(database, side, staff, as_actor):
    browser = as_actor(staff)
    assert browser.get("/firm/profile").status_code == 200
    side.client.post(f"/firm/members/{membership_of(database, staff).public_id}/remove")
    assert browser.get("/firm/profile").status_code == 302


def test_handing_over_swaps_owner_and_staff(database, side, staff):
    side.client.post(f"/firm/members/{membership_of(database, staff).public_id}/hand-over")
    assert membership_of(database, staff).role == "firm_owner"
    assert membership_of(database, side.owner).role == "firm_staff"
    assert side.client.post("/firm/members", data=INVITATION).status_code == 403


@pytest.mark.parametrize("step", ["remove", "hand-over"])
def test_another_firms_member_is_not_found(database, side, make_side, staff, step):
    stranger = make_side()
    public_id = membership_of(database, staff).public_id
    assert stranger.client.post(f"/firm/members/{public_id}/{step}").status_code == 404


@pytest.mark.parametrize("step", ["remove", "hand-over"])
def test_the_owner_is_neither_removed_nor_their_own_successor(database, side, step):
    public_id = membership_of(database, side.owner).public_id
    assert side.client.post(f"/firm/members/{public_id}/{step}").status_code == 404
