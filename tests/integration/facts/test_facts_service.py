"""Recording what is known of firms, and reading it back."""

from datetime import date

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.facts import from_registry, service
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.facts.model import FactChange
from creditbridge.kernel.errors import InvalidInput
from creditbridge.store import change_counter
from creditbridge.store.audit import AuditEntry
from tests.firms import register_firm

DAY = date(2026, 11, 1)


def known(value, **changes):
    return FactValue(value, FactSource.DEMO, DAY, **changes)


def test_what_is_recorded_is_read_back_as_it_was(session):
    firm = register_firm(session)
    values = {
        "annual_revenue": known(5),
        "established_on": known(date(2015, 3, 1)),
        "tech_certifications": known(frozenset()),
        "overdue_now": known(False),
        "platform_grade": known("A"),
    }
    service.record_facts(session, firm.id, values, actor=None, reason="test")
    facts = service.facts_of(session, firm.id)
    assert dict(facts.values) == values
    assert facts.firm_no == firm.firm_no


def test_recording_raises_the_change_counter(session):
    firm = register_firm(session)
    before = change_counter.current(session)
    seq = service.record_facts(session, firm.id, {"employees": known(3)}, actor=None, reason="test")
    assert seq == change_counter.current(session) == before + 1
    assert service.facts_of(session, firm.id).change_seq == seq


def test_other_facts_of_the_firm_stay(session):
    firm = register_firm(session)
    service.record_facts(session, firm.id, {"employees": known(3)}, actor=None, reason="test")
    service.record_facts(session, firm.id, {"annual_revenue": known(5)}, actor=None, reason="test")
    assert set(service.facts_of(session, firm.id).values) == {"employees", "annual_revenue"}


def test_none_takes_a_fact_away(session):
    firm = register_firm(session)
    service.record_facts(session, firm.id, {"employees": known(3)}, actor=None, reason="test")
    service.record_facts(session, firm.id, {"employees": None}, actor=None, reason="test")
    assert service.facts_of(session, firm.id).values == {}


def test_the_same_value_again_is_no_change(session):
    firm = register_firm(session)
    service.record_facts(session, firm.id, {"employees": known(3)}, actor=None, reason="test")
    service.record_facts(session, firm.id, {"employees": known(3)}, actor=None, reason="test")
    assert len(service.changes_of(session, firm.id)) == 1


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("no_such_fact", 1),
        ("legal_rep_age", date(1980, 1, 1)),
        ("in_list", True),
        ("employees", "3"),
        ("platform_grade", "Z"),
    ],
)
def test_what_the_catalogue_does_not_take_is_refused(session, code, value):
    firm = register_firm(session)
    with pytest.raises(InvalidInput) as refusal:
        service.record_facts(session, firm.id, {code: known(value)}, actor=None, reason="test")
    assert set(refusal.value.fields) == {code}


def test_the_log_keeps_values_of_public_facts_and_digests_of_others(session):
    firm = register_firm(session)
    values = {"registered_capital": known(100), "annual_revenue": known(777)}
    service.record_facts(session, firm.id, values, actor=None, reason="test")
    rows = {row.fact: row for row in session.scalars(select(FactChange))}
    assert rows["registered_capital"].value == 100
    assert rows["annual_revenue"].value is None
    assert len(rows["annual_revenue"].digest) == 64


def test_the_audit_trail_names_facts_and_never_their_values(session, people):
    firm = register_firm(session)
    session.commit()
    service.record_facts(session, firm.id, {"annual_revenue": known(987654)}, actor=None, reason="test")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.details == {"facts": ["annual_revenue"], "change_seq": 1}
    assert "987654" not in str(entry.details)


def test_all_facts_gives_every_firm_even_one_of_which_nothing_is_known(session):
    first, second = register_firm(session), register_firm(session)
    service.record_facts(session, second.id, {"employees": known(3)}, actor=None, reason="test")
    found = dict(service.all_facts(session))
    assert found[first.id].values == {}
    assert found[second.id].values["employees"].value == 3


def test_a_place_on_a_list_is_known_either_way(session):
    firm = register_firm(session)
    service.set_list_membership(session, "cultivation_pool", firm.id, True, DAY)
    service.set_list_membership(session, "major_projects", firm.id, False, DAY)
    lists = service.facts_of(session, firm.id).lists
    assert {code: on.member for code, on in lists.items()} == {
        "cultivation_pool": True,
        "major_projects": False,
    }


def test_leaving_a_list_changes_the_one_row(session):
    firm = register_firm(session)
    service.set_list_membership(session, "cultivation_pool", firm.id, True, DAY)
    service.set_list_membership(session, "cultivation_pool", firm.id, False, DAY)
    assert service.facts_of(session, firm.id).lists["cultivation_pool"].member is False


def test_an_unknown_list_is_refused(session):
    firm = register_firm(session)
    with pytest.raises(InvalidInput):
        service.set_list_membership(session, "no_such_list", firm.id, True, DAY)


def test_an_unknown_firm_has_no_facts(session):
    assert service.facts_of(session, 10**9).values == {}


def test_the_register_is_pushed_into_the_facts(session):
    firm = register_firm(session, capital_minor=300_00, capital_currency="CNY", industry_code="1711")
    from_registry.push(session, firm)
    values = {code: held.value for code, held in service.facts_of(session, firm.id).values.items()}
    assert values == {
        "registered_region": "990000",
        "industry": "1711",
        "established_on": date(2018, 5, 1),
        "registration_status": "active",
        "entity_kind": "enterprise",
        "independent_legal_person": True,
        "registered_capital": 300_00,
    }


def test_capital_in_another_currency_and_missing_facts_stay_missing(session):
    firm = register_firm(
        session,
        capital_minor=300_00,
        capital_currency="USD",
        established_on=None,
        status="unknown",
        name="甲商行",
    )
    from_registry.push(session, firm)
    assert set(service.facts_of(session, firm.id).values) == {"registered_region", "entity_kind"}


@pytest.mark.parametrize(
    ("changes", "is_person"),
    [
        ({"name": "甲有限公司乙分公司"}, False),
        ({"name": "丙企业", "type_raw": "个人独资企业"}, False),
        ({"name": "丁", "entity_kind": "individual_business"}, False),
        ({"name": "戊合作社", "entity_kind": "farmers_cooperative"}, True),
        ({"name": "甲有限公司健民药店"}, None),
    ],
)
def test_a_legal_person_is_known_by_kind_type_and_name(session, changes, is_person):
    stated = from_registry.stated(register_firm(session, **changes))["independent_legal_person"]
    assert (stated.value if stated else None) is is_person


def test_pushing_an_unchanged_registration_changes_nothing(session):
    firm = register_firm(session)
    from_registry.push(session, firm)
    changes = len(service.changes_of(session, firm.id))
    from_registry.push(session, firm)
    assert len(service.changes_of(session, firm.id)) == changes


def test_the_register_stands_over_what_the_firm_reported(session):
    firm = register_firm(session, industry_code="1711")
    reported = FactValue("1712", FactSource.SELF_REPORTED, DAY, confirmed=False)
    service.record_facts(session, firm.id, {"industry": reported}, actor=None, reason="test")
    from_registry.push(session, firm)
    assert service.facts_of(session, firm.id).values["industry"].value == "1711"


def test_where_the_register_is_silent_the_report_stands(session):
    firm = register_firm(session)
    reported = FactValue("1712", FactSource.SELF_REPORTED, DAY, confirmed=False)
    service.record_facts(session, firm.id, {"industry": reported}, actor=None, reason="test")
    from_registry.push(session, firm)
    assert service.facts_of(session, firm.id).values["industry"] == reported


def test_refreshing_goes_through_all_firms_or_those_named(session):
    firms = [register_firm(session) for _ in range(3)]
    assert from_registry.refresh_registry_facts(session, [firms[0].id]) == 1
    assert from_registry.refresh_registry_facts(session) == 3


def test_the_log_says_who_changed_a_fact(session, people):
    session.commit()
    actor = people.member(Role.PLATFORM_ADMINISTRATOR)
    firm = register_firm(session)
    service.record_facts(session, firm.id, {"employees": known(3)}, actor=actor, reason="修正")
    (change,) = service.changes_of(session, firm.id)
    assert (change.user_id, change.organisation_id, change.reason) == (
        actor.user_id,
        actor.organisation_id,
        "修正",
    )
