"""Policy schemes: made by the platform, joined by lenders, and products under them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from creditbridge.store.database import Database
from lenders.products import drafting, service
from lenders.schemes import service as schemes

VALUES = {"name_zh": "苏知贷", "sponsor_zh": "省知识产权局", "region_codes": ["320000"]}


def made(database: Database, admin: Actor, *lenders: str) -> str:
    with database.write() as session:
        return schemes.create_scheme(session, admin, VALUES, lenders).public_id


def test_participants_are_lenders(town, officers, admin, database):
    public_id = made(database, admin, officers.lender.public_id)
    with database.read() as session:
        (participant,) = schemes.scheme(session, public_id).participants
        assert participant.lender_id == officers.lender.id


def test_joining_twice_changes_nothing(town, officers, admin, database):
    public_id = made(database, admin, officers.lender.public_id)
    with database.write() as session:
        found = schemes.add_participant(session, admin, public_id, officers.lender.public_id)
        assert len(found.participants) == 1


def test_a_participant_can_be_taken_out(town, officers, admin, database):
    public_id = made(database, admin, officers.lender.public_id)
    with database.write() as session:
        schemes.remove_participant(session, admin, public_id, officers.lender.public_id)
    with database.read() as session:
        assert schemes.schemes_of_lender(session, officers.lender.id) == []


def test_only_the_platform_makes_schemes(town, officers, database):
    with database.write() as session, pytest.raises(NotAllowed):
        schemes.create_scheme(session, officers.manager, VALUES)


def test_an_unknown_scheme_is_not_found(database):
    with database.read() as session, pytest.raises(NotFound):
        schemes.scheme(session, "0" * 20)


def test_a_closed_scheme_is_not_closed_again(database, admin):
    public_id = made(database, admin)
    with database.write() as session:
        schemes.take_step(session, admin, public_id, "close")
    with database.write() as session, pytest.raises(Conflict):
        schemes.take_step(session, admin, public_id, "close")


def test_several_lenders_offer_products_under_one_scheme(town, officers, draft, admin, database):
    second = town.lender()
    public_id = made(database, admin, officers.lender.public_id, second.lender.public_id)
    for bank in (officers, second):
        town.published(bank, replace(draft, scheme_public_id=public_id))
    with database.read() as session:
        found = service.published_in_scheme(session, schemes.scheme(session, public_id).id)
    assert {product.lender.id for product in found} == {officers.lender.id, second.lender.id}
    assert {product.scheme.name.zh for product in found} == {"苏知贷"}


def test_a_lender_that_does_not_take_part_offers_none(town, officers, draft, admin, database):
    public_id = made(database, admin)
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        drafting.create_product(session, officers.manager, replace(draft, scheme_public_id=public_id))
    assert set(refused.value.fields) == {"scheme"}


def test_a_published_product_stays_in_its_scheme(town, officers, draft, admin, database):
    public_id = made(database, admin, officers.lender.public_id)
    product = town.published(officers, replace(draft, scheme_public_id=public_id))
    with database.write() as session:
        version = drafting.start_version(session, officers.manager, product.public_id)
        drafting.save_draft(session, officers.manager, product.public_id, draft, seen=version.version)
    with database.read() as session:
        assert service.published_product(session, product.public_id).scheme is not None


def test_changing_a_scheme_shows_at_once(town, officers, draft, admin, database):
    public_id = made(database, admin, officers.lender.public_id)
    product = town.published(officers, replace(draft, scheme_public_id=public_id))
    with database.write() as session:
        schemes.change_scheme(session, admin, public_id, {**VALUES, "name_zh": "苏知贷二期"})
    with database.read() as session:
        (found,) = [row for row in service.published(session) if row.public_id == product.public_id]
        assert found.scheme is not None
        assert found.scheme.name.zh == "苏知贷二期"
