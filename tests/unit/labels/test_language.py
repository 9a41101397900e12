"""Rules are read strictly: closed, bounded, and nothing unknown passes."""

from __future__ import annotations

from typing import Any

import pytest

from creditbridge.labels.language import (
    MAX_DEPTH,
    MAX_NODES,
    AllOf,
    Not,
    Records,
    RuleError,
    items_of,
    read_rule,
)

FINE = {"records": {"items": ["penalty.fine"]}}


def test_a_rule_is_read() -> None:
    rule = read_rule({"all": [{"records": {"items": ["a.b"], "months": 12, "open": True}}, {"not": FINE}]})

    assert rule == AllOf((Records(("a.b",), 12, open=True), Not(Records(("penalty.fine",)))))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"records": {}},
        {"all": []},
        {"all": [FINE], "any": [FINE]},
        {"eval": "__import__('os')"},
        {"records": {"items": ["a", "a"]}},
        {"records": {"items": ["a"], "months": 0}},
        {"records": {"items": ["a"], "months": True}},
        {"records": {"items": ["a"], "months": 12.0}},
        {"records": {"items": ["a"], "open": 1}},
        {"records": {"items": ["a"], "nonsense": 1}},
        {"records": {"items": ["a"], "value_at_least": 2, "value_at_most": 1}},
        {"records": {"items": ["a"], "severity": 4}},
        {"sum": {"items": ["a"]}},
        {"latest": {"items": ["a"], "values": []}},
        {"latest": {"items": ["a"], "values": ["A"]}},
        {"indicator": {"code": "x"}},
        {"fact": {"code": "x", "at_least": 10**16}},
        {"fact": {"code": "x", "at_least": 1, "in": ["a"]}},
        {"age": {"fact": "established_on"}},
        {"age": {"fact": "established_on", "years_at_least": 3, "years_below": 3}},
    ],
)
def test_what_is_no_rule_is_refused(data: Any) -> None:
    with pytest.raises(RuleError):
        read_rule(data)


def test_depth_and_size_are_bounded() -> None:
    deep: Any = FINE
    for _ in range(MAX_DEPTH):
        deep = {"not": deep}
    with pytest.raises(RuleError, match="deeper"):
        read_rule(deep)
    with pytest.raises(RuleError, match="nodes"):
        read_rule({"any": [FINE] * MAX_NODES})


def test_the_error_leads_to_the_node() -> None:
    with pytest.raises(RuleError) as caught:
        read_rule({"all": [FINE, {"any": [{"sum": {"items": ["a"]}}]}]})

    assert caught.value.path == "all.1.any.0.sum"


def test_a_family_stands_for_its_items() -> None:
    numbers = {"penalty.fine": 1, "penalty.warning": 2, "tax.paid": 3}

    assert items_of(Records(("penalty.*",)), numbers) == (1, 2)
    with pytest.raises(RuleError):
        items_of(Records(("fire.*",)), numbers)
