"""Which facts a firm may report, and how a form reads them."""

from datetime import date

import pytest
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from borrowers.reported_facts.rules import groups, is_reportable, may_report
from borrowers.reported_facts.schemas import schema_of, to_form, to_values
from creditbridge.facts.catalogue import Subject, catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.pages.forms import Form

DAY = date(2026, 11, 1)
ALL = [fact for group in groups().values() for fact in group.facts]


def read(**texts):
    sent = MultiDict({"as_of": "2026-11-01"})
    for code, text in texts.items():
        sent.setlist(code, text if isinstance(text, list) else [text])
    form = Form.decode(schema_of(ALL), sent)
    assert form.validate(), form.errors
    return to_values(ALL, form.data)


def errors(**texts):
    form = Form.decode(schema_of(ALL), MultiDict({"as_of": "2026-11-01", **texts}))
    form.validate()
    return set(form.errors)


def test_every_reportable_fact_of_firms_stands_in_a_group():
    reportable = {code for code, fact in catalogue().items() if is_reportable(fact)}
    assert {fact.code for fact in ALL} == reportable


def test_facts_of_persons_and_applications_are_not_reported_here():
    assert all(fact.subject is Subject.FIRM for fact in ALL)


@pytest.mark.parametrize(
    ("known", "may"),
    [
        (None, True),
        (FactValue(1, FactSource.SELF_REPORTED, DAY, confirmed=True), True),
        (FactValue(1, FactSource.TAX, DAY), False),
        (FactValue(1, FactSource.DEMO, DAY), False),
    ],
)
def test_a_firm_never_writes_over_an_authority(known, may):
    assert may_report(catalogue()["annual_revenue"], known) is may


def test_what_only_an_authority_states_is_never_reported():
    assert not may_report(catalogue()["platform_grade"], None)


@pytest.mark.parametrize(
    ("code", "typed", "value"),
    [
        ("annual_revenue", "125", 1_250_000_00),
        ("annual_revenue", "1.2亿", 120_000_000_00),
        ("net_profit", "-30", -300_000_00),
        ("employees", "36", 36),
        ("debt_asset_ratio", "120.5", 1_205_000),
        ("revenue_growth", "-12.5%", -125_000),
        ("owns_ip", "yes", True),
        ("owns_ip", "no", False),
        ("tax_credit_grade", "B", "B"),
        ("operating_since", "2015-03-01", date(2015, 3, 1)),
        ("verifiable_data", ["tax", "invoice"], frozenset({"tax", "invoice"})),
        ("verifiable_data", ["none"], frozenset()),
        ("industry", "1711", "1711"),
    ],
)
def test_what_a_person_types_becomes_the_value(code, typed, value):
    assert read(**{code: typed}) == {code: value}


def test_what_is_left_empty_is_left_out():
    assert read(annual_revenue="", employees=" ") == {}


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("annual_revenue", "-1"),
        ("annual_revenue", "很多"),
        ("employees", "3.5"),
        ("employees", "-3"),
        ("debt_asset_ratio", "NaN"),
        ("debt_asset_ratio", "9" * 30),
        ("tax_credit_grade", "Z"),
        ("operating_since", "2099-01-01"),
        ("industry", "不存在的行业"),
        ("owns_ip", "maybe"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(code, typed):
    assert errors(**{code: typed}) == {code}


def test_none_of_these_and_one_of_these_contradict():
    with pytest.raises(ValidationError):
        read(verifiable_data=["none", "tax"])


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.code)
def test_every_form_shows_a_stored_value_again(fact):
    samples = {
        "number_fen": 100_00,
        "number": 5,
        "count": 5,
        "ratio_ppm": 250_000,
        "boolean": True,
        "years": date(2015, 3, 1),
        "date": date(2015, 3, 1),
        "region": "990000",
        "industry": "1711",
    }
    codes = list(fact.scale.grades if fact.scale else fact.choices)
    value = frozenset(codes[:2]) if fact.type == "choices" else codes[0] if codes else samples[fact.type]
    form = Form(schema_of([fact]), {fact.code: to_form(fact, value), "as_of": DAY})
    again = Form.decode(
        schema_of([fact]),
        MultiDict([(k, v) for k, vs in form.values.items() for v in ([vs] if isinstance(vs, str) else vs)]),
    )
    assert again.validate(), again.errors
    assert to_values([fact], again.data) == {fact.code: value}
