"""The clock of a dispute, and how a right value is read."""

from datetime import date

import pytest

from borrowers.disputes import rules
from creditbridge.records.catalogue import items


def test_a_dispute_is_due_twenty_days_after_it_was_raised():
    assert rules.due_on(date(2026, 11, 20)) == date(2026, 12, 10)


@pytest.mark.parametrize(
    ("item", "typed", "value"),
    [
        ("penalty.fine", "3.5万元", 3_500_000),
        ("penalty.fine", "1,200.50", 120_050),
        ("report.employees", "1,234", 1_234),
        ("tax.credit_grade", "b", 1),
    ],
)
def test_a_right_value_is_read_as_the_lake_holds_it(item, typed, value):
    assert rules.value_of(items()[item], typed) == value


@pytest.mark.parametrize(
    ("item", "typed"),
    [
        ("penalty.fine", "abc"),
        ("report.employees", "-3"),
        ("report.employees", "1.5"),
        ("report.employees", "NaN"),
        ("tax.credit_grade", "Z"),
        ("registration.established", "1"),
    ],
)
def test_what_is_no_value_is_refused_with_what_one_looks_like(item, typed):
    with pytest.raises(rules.ValueProblem) as problem:
        rules.value_of(items()[item], typed)
    assert problem.value.words.zh
    assert problem.value.words.en
