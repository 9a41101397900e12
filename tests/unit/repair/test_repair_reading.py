"""Records of the catalogue beside the rules of repair."""

from datetime import date, timedelta

from creditbridge.facts.actions import ActionKind
from creditbridge.facts.catalogue import catalogue
from creditbridge.records.catalogue import items
from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number
from creditbridge.repair.actions import record_actions
from creditbridge.repair.reading import MOST, affected_facts, item_rules, repairable
from creditbridge.repair.rules import rule_for

ON = date(2026, 11, 23)


def records(*rows):
    return RecordColumns.of(
        {
            "firm_no": [1] * len(rows),
            "item": [items()[code].number for code, _ in rows],
            "occurred_on": [day_number(day) for _, day in rows],
            "ends_on": [NO_DAY] * len(rows),
            "value": [NO_VALUE] * len(rows),
            "severity": [items()[code].severity.number for code, _ in rows],
            "received_on": [day_number(ON)] * len(rows),
            "record_no": range(len(rows)),
        }
    )


def test_every_item_named_is_adverse_and_has_a_rule_in_force():
    for code, rule in item_rules().items():
        item = items()[code]
        assert item.is_adverse
        assert rule_for(rule.authority, rule.kind or item.severity.value, ON)
    assert affected_facts() <= catalogue().keys()


def test_records_are_read_with_the_rule_of_their_item_and_their_date():
    found = repairable(records(("penalty.fine", date(2026, 5, 1)), ("tax.paid", date(2026, 5, 1))))
    (row,) = found
    assert row.name.zh == "罚款"
    (action,) = record_actions(found, ON)
    assert action.kind is ActionKind.REPAIR
    assert action.earliest_on > ON
    assert action.records == (row.record_no,)


def test_a_closure_order_is_never_repaired_early():
    (action,) = record_actions(repairable(records(("penalty.closure_order", date(2026, 5, 1)))), ON)
    assert action.kind is ActionKind.WAIT
    assert action.earliest_on == date(2029, 5, 1)


def test_the_gravest_and_newest_are_offered():
    rows = [("penalty.urban", ON - timedelta(days=day)) for day in range(MOST + 3)]
    found = repairable(records(*rows, ("commitment.false", date(2024, 1, 1))))
    assert len(found) == MOST
    assert found[0].name == items()["commitment.false"].name
