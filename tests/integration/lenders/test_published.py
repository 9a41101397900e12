"""What other rooms read of products, and the quota they draw on."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from creditbridge.kernel.errors import NotFound, RuleRefused
from creditbridge.store import change_counter
from creditbridge.store.database import Database
from lenders.institutions import onboarding
from lenders.products import deciding, drafting, service
from lenders.products.lifecycle import ProductState
from lenders.products.rules import ProductTerms
from lenders.schemes import service as schemes


def seen(database: Database) -> list[tuple[str, ProductState]]:
    with database.read() as session:
        return [(product.name.zh, product.state) for product in service.published(session)]


def test_a_draft_is_not_published(town, officers, draft, database):
    town.drafted(officers, draft)
    assert seen(database) == []


def test_what_goes_live_is_seen_at_once(town, officers, draft, database):
    assert seen(database) == []
    town.published(officers, draft)
    assert seen(database) == [("助企贷", ProductState.OPEN)]


def test_nothing_is_read_twice_until_something_changes(town, officers, draft, database):
    town.published(officers, draft)
    with database.read() as session:
        first = service.published(session)
    with database.read() as session:
        assert service.published(session) is first


def test_a_rule_is_read_once_for_as_long_as_its_version_is_live(town, officers, draft, admin, database):
    public_id = town.published(officers, draft).public_id
    town.published(officers, replace(draft, name_zh="别的贷款"))

    def rules():
        with database.read() as session:
            return {row.name.zh: row.admission for row in service.published(session)}

    first = rules()
    with database.write() as session:
        change_counter.raise_counter(session)
    second = rules()
    assert all(second[name] is rule for name, rule in first.items())

    with database.write() as session:
        version = drafting.start_version(session, officers.manager, public_id)
        changed = replace(draft, name_zh="助企贷二", terms=replace(draft.terms, term_months_max=24))
        drafting.save_draft(session, officers.manager, public_id, changed, seen=version.version)
        drafting.submit(session, officers.manager, public_id)
        deciding.approve(session, officers.approver, public_id)
        deciding.publish(session, admin, public_id)
    third = rules()
    assert third["别的贷款"] is first["别的贷款"]
    assert set(third) == {"助企贷二", "别的贷款"}
    with database.read() as session:
        assert service.published(session)[0].terms.term_months_max == 24


def test_a_writer_that_rolls_back_leaves_nothing_in_the_cache(town, officers, draft, admin, database):
    public_id = town.approved(officers, draft)
    with database.write_session() as session:
        deciding.publish(session, admin, public_id)
        assert len(service.published(session)) == 1
        session.rollback()
    assert seen(database) == []


def test_a_suspended_product_is_still_shown_as_suspended(town, officers, draft, database):
    public_id = town.published(officers, draft).public_id
    with database.write() as session:
        deciding.suspend(session, officers.manager, public_id, "x")
    assert seen(database) == [("助企贷", ProductState.SUSPENDED)]


def test_a_retired_product_is_found_by_its_id_only(town, officers, draft, database):
    public_id = town.published(officers, draft).public_id
    with database.write() as session:
        deciding.suspend(session, officers.manager, public_id, "x")
        deciding.retire(session, officers.manager, public_id, "x")
    assert seen(database) == []
    with database.read() as session:
        assert service.published_product(session, public_id).state is ProductState.RETIRED


def test_products_of_a_suspended_lender_are_suspended(town, officers, draft, admin, database):
    town.published(officers, draft)
    with database.write() as session:
        onboarding.take_step(session, admin, officers.lender.public_id, "suspend", "检查")
    assert seen(database) == [("助企贷", ProductState.SUSPENDED)]


def test_products_of_a_lender_that_left_are_gone(town, officers, draft, admin, database):
    town.published(officers, draft)
    with database.write() as session:
        onboarding.take_step(session, admin, officers.lender.public_id, "suspend", "退出")
        onboarding.take_step(session, admin, officers.lender.public_id, "exit", "退出")
    assert seen(database) == []


def test_products_under_a_closed_scheme_are_suspended(town, officers, draft, admin, database):
    with database.write() as session:
        scheme = schemes.create_scheme(
            session, admin, {"name_zh": "苏知贷", "sponsor_zh": "知识产权局"}, [officers.lender.public_id]
        )
    town.published(officers, replace(draft, scheme_public_id=scheme.public_id))
    with database.write() as session:
        schemes.take_step(session, admin, scheme.public_id, "close")
    assert seen(database) == [("助企贷", ProductState.SUSPENDED)]


def test_an_unknown_product_is_not_found(database):
    with database.read() as session, pytest.raises(NotFound):
        service.published_product(session, "0" * 20)


def test_the_draft_of_a_live_product_is_not_seen(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session:
        version = drafting.start_version(session, officers.manager, product.public_id)
        changed = replace(draft, name_zh="还没发布的名字")
        drafting.save_draft(session, officers.manager, product.public_id, changed, seen=version.version)
    assert seen(database) == [("助企贷", ProductState.OPEN)]


def test_quota_is_taken_to_the_last_fen(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session:
        service.take_quota(session, product.product_id, 1_000_000_000)
        assert service.quota_left(session, product.product_id) == 0


def test_more_than_the_quota_is_refused(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session:
        service.take_quota(session, product.product_id, 600_000_000)
        with pytest.raises(RuleRefused) as refused:
            service.take_quota(session, product.product_id, 400_000_001)
    assert refused.value.code == "quota_exhausted"


def test_returned_quota_can_be_taken_again(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session:
        service.take_quota(session, product.product_id, 1_000_000_000)
        service.return_quota(session, product.product_id, 500_000_000)
        assert service.quota_left(session, product.product_id) == 500_000_000


def test_no_more_is_returned_than_was_taken(town, officers, draft, database):
    product = town.published(officers, draft)
    with database.write() as session, pytest.raises(RuleRefused):
        service.return_quota(session, product.product_id, 1)


def test_a_product_without_quota_is_never_exhausted(town, officers, draft, database):
    product = town.published(
        officers, replace(draft, terms=ProductTerms(description=draft.terms.description))
    )
    with database.write() as session:
        service.take_quota(session, product.product_id, 10**13)
        assert service.quota_left(session, product.product_id) is None


def test_takers_at_once_never_exceed_the_quota(town, officers, draft, database):
    product = town.published(officers, draft)
    taken: list[int] = []

    def take() -> None:
        for _ in range(5):
            try:
                with database.write() as session:
                    service.take_quota(session, product.product_id, 70_000_000)
            except RuleRefused:
                continue
            taken.append(70_000_000)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 980_000_000
    with database.read() as session:
        assert service.quota_left(session, product.product_id) == 20_000_000
