import json
from datetime import date

import pytest
from hypothesis import given

from creditbridge.facts.firm_facts import (
    SOURCE_WORDS,
    FactSource,
    FactValue,
    FirmFacts,
    ListMembership,
    fact_value_from_json,
)
from creditbridge.facts.values import ValueProblem
from creditbridge.kernel.errors import InvalidInput
from tests.fact_strategies import a_date, firm_facts

DAY = date(2026, 3, 1)
REVENUE = FactValue(500_000_000, FactSource.SELF_REPORTED, DAY, confirmed=False)
ON_LIST = ListMembership(member=True, source=FactSource.LIST_KEEPER, as_of=DAY)
FACTS = FirmFacts(7, {"annual_revenue": REVENUE}, {"sukedai_reserve": ON_LIST}, 12)


@given(firm_facts())
def test_facts_survive_the_round_trip(facts):
    assert FirmFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts


def test_the_json_form():
    assert FACTS.to_json() == {
        "firm_no": 7,
        "change_seq": 12,
        "values": {
            "annual_revenue": {
                "value": 500_000_000,
                "source": "self_reported",
                "as_of": "2026-03-01",
                "confirmed": False,
            }
        },
        "lists": {
            "sukedai_reserve": {
                "member": True,
                "source": "list_keeper",
                "as_of": "2026-03-01",
                "confirmed": True,
            }
        },
    }


def test_facts_cannot_be_changed():
    with pytest.raises(TypeError):
        FACTS.values["annual_revenue"] = None
    with pytest.raises(AttributeError):
        FACTS.firm_no = 8


def test_facts_do_not_share_what_they_were_made_of():
    given_values = {"annual_revenue": REVENUE}
    facts = FirmFacts(1, given_values)
    given_values.clear()
    assert facts.values["annual_revenue"] is REVENUE


def test_values_are_laid_over_and_taken_away():
    staff = FactValue(12, FactSource.SOCIAL_INSURANCE, DAY)
    laid = FACTS.with_values({"employees": staff, "annual_revenue": None}, change_seq=13)
    assert dict(laid.values) == {"employees": staff}
    assert laid.change_seq == 13
    assert dict(FACTS.values) == {"annual_revenue": REVENUE}


def test_laying_over_keeps_the_counter_unless_told():
    assert FACTS.with_values({}).change_seq == 12


def test_lists_are_laid_over_and_taken_away():
    assert not FACTS.with_lists({"sukedai_reserve": None}).lists
    assert set(FACTS.with_lists({"listing_reserve": ON_LIST}).lists) == {"sukedai_reserve", "listing_reserve"}


def test_every_source_has_words():
    assert SOURCE_WORDS.keys() == set(FactSource)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["firm_no"], -1, "firm_no"),
        (["firm_no"], True, "firm_no"),
        (["change_seq"], "3", "change_seq"),
        (["extra"], 1, "facts"),
        (["values"], [], "values"),
        (["values", "nonsense"], {}, "values.nonsense"),
        (["values", "in_list"], {}, "values.in_list"),
        (["values", "owner_age"], {}, "values.owner_age"),
        (["values", "annual_revenue", "value"], 1.5, "values.annual_revenue"),
        (["values", "annual_revenue", "value"], True, "values.annual_revenue"),
        (["values", "annual_revenue", "source"], "rumour", "values.annual_revenue"),
        (["values", "annual_revenue", "as_of"], "1 March", "values.annual_revenue"),
        (["values", "annual_revenue", "as_of"], 5, "values.annual_revenue"),
        (["values", "annual_revenue", "confirmed"], 1, "values.annual_revenue"),
        (["values", "annual_revenue", "note"], "x", "annual_revenue"),
        (["values", "annual_revenue"], 5, "annual_revenue"),
        (["lists", "no_such_list"], {}, "lists.no_such_list"),
        (["lists", "sukedai_reserve", "member"], "yes", "lists.sukedai_reserve"),
    ],
)
def test_wrong_facts_are_refused_where_they_are_wrong(path, value, where):
    data = FACTS.to_json()
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(InvalidInput) as refused:
        FirmFacts.from_json(data)
    assert list(refused.value.fields) == [where]


def test_a_fact_of_another_subject_is_read_on_its_own():
    row = {"value": True, "source": "lender", "as_of": "2026-03-01", "confirmed": True}
    assert fact_value_from_json("settlement_stable", row) == FactValue(True, FactSource.LENDER, DAY)


def test_an_unknown_fact_is_refused():
    with pytest.raises(ValueProblem):
        fact_value_from_json("nonsense", {})


@given(a_date)
def test_dates_are_stored_as_iso_texts(day):
    facts = FirmFacts(1, {"established_on": FactValue(day, FactSource.REGISTRY, day)})
    assert facts.to_json()["values"]["established_on"]["value"] == day.isoformat()
