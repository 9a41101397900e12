"""What the demo city holds, and that all of it is invented."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sqlalchemy import func, select

from borrowers.claims.model import Claim
from creditbridge.access import persons
from creditbridge.access import service as access
from creditbridge.access.model import Organisation
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.demo import loader
from creditbridge.demo.accounts import ACCOUNTS, PASSWORD, SECOND_ADMINISTRATOR
from creditbridge.demo.claims import WAITING_CLAIMS
from creditbridge.disclosure.model import AccessEntry
from creditbridge.facts.model import FactChange, FirmFactsRow, ListMember
from creditbridge.kernel import uscc
from creditbridge.kernel.uscc import is_synthetic
from creditbridge.records import batches, manifest
from creditbridge.records.columns import day_number
from creditbridge.records.model import RecordBatch
from creditbridge.registry.model import Firm
from creditbridge.runs import service as runs
from creditbridge.store import audit
from creditbridge.store.audit import AuditEntry
from creditbridge.store.database import Database
from lenders.institutions import service as institutions
from lenders.products import service as products
from lenders.products.lifecycle import ProductState, VersionState
from lenders.products.model import Product, ProductVersion
from lenders.products.seed.loader import seed_lenders
from lenders.schemes.model import SchemeParticipant
from tests.integration.demo.conftest import TODAY

# Loading a whole city takes its time on a machine that has other things to do.
pytestmark = pytest.mark.timeout(300)


def test_the_city_has_its_size(city: Database) -> None:
    with city.read() as session:
        assert session.scalar(select(func.count()).select_from(Firm)) == loader.FIRMS
        assert len(institutions.all_lenders(session)) == 13
        assert len(products.published(session)) == 42


def test_every_firm_is_invented(city: Database) -> None:
    with city.read() as session:
        firms = session.scalars(select(Firm)).all()
    assert all(firm.is_demo and is_synthetic(firm.uscc or "") for firm in firms)
    assert all(firm.name.startswith("演示市") for firm in firms)
    assert {firm.region_code for firm in firms} <= {
        None,
        "990101",
        "990102",
        "990103",
        "990111",
        "990112",
        "990113",
    }


def test_every_code_passes_its_check(city: Database) -> None:
    with city.read() as session:
        codes = session.scalars(select(Firm.uscc)).all()
    assert all(uscc.check(code or "").problem is None for code in codes)


def test_firms_have_names_of_their_own(city: Database) -> None:
    with city.read() as session:
        names = session.scalars(select(Firm.name)).all()
    assert len(set(names)) == len(names)


def test_some_firms_are_not_active(city: Database) -> None:
    with city.read() as session:
        counts = Counter(session.scalars(select(Firm.status)))
    assert 0.02 < 1 - counts["active"] / loader.FIRMS < 0.05
    assert {"dormant", "deregistered", "licence_revoked"} <= counts.keys()


def test_only_the_fictional_lenders_are_there(city: Database) -> None:
    with city.read() as session:
        names = set(
            session.scalars(select(Organisation.name).where(Organisation.kind == OrganisationKind.LENDER))
        )
    assert names == {lender.name.zh for lender in seed_lenders()}


def test_no_place_of_the_city_is_real(city: Database) -> None:
    with city.read() as session:
        areas = {area for lender in institutions.all_lenders(session) for branch in institutions.branches_of(session, lender.id) for area in branch.region_codes}  # fmt: skip
        offered = {code for product in products.published(session) for code in product.terms.regions}
    assert all(code.startswith("99") for code in areas | offered)


def test_every_queue_of_products_has_something(city: Database) -> None:
    with city.read() as session:
        versions = Counter(session.scalars(select(ProductVersion.state)))
        states = Counter(session.scalars(select(Product.state)))
    assert versions[VersionState.DRAFT] >= 2
    assert versions[VersionState.PENDING_APPROVAL] >= 2
    assert versions[VersionState.PENDING_PUBLICATION] >= 2
    assert states[ProductState.SUSPENDED] == 1
    assert states[ProductState.RETIRED] == 1


def test_schemes_have_several_lenders(city: Database) -> None:
    with city.read() as session:
        counts = Counter(session.scalars(select(SchemeParticipant.scheme_id)))
        offered = {product.scheme.id for product in products.published(session) if product.scheme}
    assert len(counts) == 3
    assert min(counts.values()) >= 3
    assert offered == counts.keys()


def test_one_account_of_each_role_can_sign_in(city: Database) -> None:
    assert set(ACCOUNTS) == set(Role)
    for role, (login_name, name) in ACCOUNTS.items():
        user = access.authenticate(city, login_name, PASSWORD, address="127.0.0.1")
        assert user.name == name
        assert [membership.role for membership in user.memberships] == [role.value]


def test_the_second_administrator_is_another_person(city: Database) -> None:
    first = access.authenticate(city, "admin", PASSWORD, address="127.0.0.1")
    second = access.authenticate(city, SECOND_ADMINISTRATOR[0], PASSWORD, address="127.0.0.1")
    assert [membership.role for membership in second.memberships] == [Role.PLATFORM_ADMINISTRATOR.value]
    with city.read() as session:
        assert not persons.is_any_of(session, first.id, [second.id])


def test_claims_wait_for_the_platform(city: Database) -> None:
    with city.read() as session:
        states = Counter(session.scalars(select(Claim.state)))
    assert states["submitted"] == WAITING_CLAIMS


def test_facts_are_missing_here_and_there(city: Database) -> None:
    with city.read() as session:
        held = Counter(
            code for values in session.scalars(select(FirmFactsRow.fact_values)) for code in values
        )
    for code in ("annual_revenue", "employees", "tax_credit_grade", "total_assets", "business_loans"):
        assert 0.65 < held[code] / loader.FIRMS < 0.9, code


def test_some_facts_are_the_firms_own_word(city: Database) -> None:
    with city.read() as session:
        values = [
            value for row in session.scalars(select(FirmFactsRow.fact_values)) for value in row.values()
        ]
    own = [value for value in values if value["source"] == "self_reported"]
    assert len(own) > 100
    assert not any(value["confirmed"] for value in own)


def test_grades_have_a_history_that_ends_with_what_holds(city: Database) -> None:
    with city.read() as session:
        log = session.scalars(
            select(FactChange).where(FactChange.fact == "platform_score").order_by(FactChange.id)
        ).all()
        now = dict(session.execute(select(FirmFactsRow.firm_id, FirmFactsRow.fact_values)).all())
    newest = {row.firm_id: row for row in log}
    assert len(newest) > 200
    assert all(now[key]["platform_score"]["as_of"] == row.as_of.isoformat() for key, row in newest.items())


def test_firms_are_known_to_be_on_lists_or_not(city: Database) -> None:
    with city.read() as session:
        found = {
            (code, member)
            for code, member in session.execute(select(ListMember.list_code, ListMember.member))
        }
    assert {("sukedai_reserve", True), ("sukedai_reserve", False), ("kunkedai_list", True)} <= found


def test_grades_are_spread_as_in_a_real_city(city: Database) -> None:
    with city.read() as session:
        run = runs.last_current(session)
    assert run is not None
    rated = sum(run.summary["grades"].values())
    percent = {grade: 100 * count / rated for grade, count in run.summary["grades"].items()}
    assert 9 < percent["A"] < 20
    assert 38 < percent["B"] < 50
    assert 22 < percent["C"] < 31
    assert 7 < percent["D"] < 13
    assert 2 < percent["E"] < 6


def test_every_record_came_with_a_batch(city: Database) -> None:
    with city.read() as session:
        lake = manifest.opened(session)
        taken = session.scalars(select(RecordBatch).order_by(RecordBatch.first_record_no)).all()
        held = np.concatenate([lake.read(bucket, TODAY.date()).record_no for bucket in lake.files])
        brought = batches.sources_of(session, held.tolist())
        firm = session.scalars(select(Firm).where(Firm.firm_no == 0)).one()
        records = lake.held_of(firm.firm_no)
    assert len(taken) > 100
    assert len({batch.feed for batch in taken}) > 10
    assert sum(batch.records for batch in taken) == sum(lake.rows().values())
    assert brought.keys() == set(held.tolist())
    assert all(
        day_number(brought[number].received_on) == received
        for number, received in zip(records.record_no.tolist(), records.received_on.tolist(), strict=True)
        if number in brought
    )


def test_the_audit_chain_verifies(city: Database) -> None:
    with city.read() as session:
        assert list(audit.broken_entries(session)) == []


def test_no_score_of_the_city_was_given_in_the_future(city: Database) -> None:
    with city.read() as session:
        assert session.scalar(select(func.max(FactChange.at))) <= TODAY


@pytest.mark.parametrize("told", [AuditEntry, AccessEntry], ids=["audit trail", "access ledger"])
def test_what_is_read_from_end_to_end_rises_in_time(
    city: Database, told: type[AuditEntry | AccessEntry]
) -> None:
    with city.read() as session:
        moments = session.scalars(select(told.at).order_by(told.id)).all()
    assert len(moments) > 100
    assert moments == sorted(moments)
