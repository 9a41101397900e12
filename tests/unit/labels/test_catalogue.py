"""The label catalogue: enough labels, different from each other, and none telling more than it may."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest

from creditbridge.facts.catalogue import catalogue as facts
from creditbridge.labels.catalogue import CatalogueError, Category, Nature, labels, load, numbered, vocabulary
from creditbridge.labels.checking import check_installed, problems_of
from creditbridge.labels.indicators import codes
from creditbridge.labels.language import read_rule
from creditbridge.labels.saying import say_rule
from creditbridge.records.catalogue import items
from tests.label_cities import a_label

ON = date(2026, 3, 31)
ROW = {
    "number": "0",
    "code": "fined",
    "zh": "罚款",
    "en": "Fined",
    "conduct_zh": "被罚款",
    "conduct_en": "Was fined",
    "nature": "public",
    "source": "market",
    "channel": "exchange",
    "publicity": "site",
    "sharing": "society",
    "retention": "adverse_5y",
    "update": "daily",
    "valid_from": "2024-01-01",
    "retired_on": "",
    "successor": "",
    "rule": '{"records":{"items":["penalty.fine"]}}',
}


def test_there_are_enough_labels_of_every_kind() -> None:
    given = [label for label in labels().values() if label.is_effective(ON)]

    assert len(given) >= 283
    assert all(count >= 20 for count in Counter(label.category for label in given).values())
    assert {label.category for label in given} == set(Category)
    assert {label.nature for label in given} == set(Nature)


def test_every_rule_names_what_there_is_and_tells_no_more_than_it_may() -> None:
    check_installed()


def test_no_two_labels_are_alike() -> None:
    words = [
        text.replace(" ", "") for label in labels().values() for text in (label.conduct.zh, label.conduct.en)
    ]
    without_figures = Counter("".join(c for c in text if not c.isdigit()) for text in words)

    assert len(set(words)) == len(words)
    assert max(without_figures.values()) <= 4, without_figures.most_common(3)


def test_numbers_are_places() -> None:
    assert [label.number for label in numbered()] == list(range(len(labels())))


def test_retired_labels_lead_to_what_took_their_place() -> None:
    retired = [label for label in labels().values() if label.retired_on]

    assert len(retired) >= 3
    assert any(label.successor for label in retired)
    assert not any(label.is_effective(ON.replace(month=4, day=1)) for label in retired)


def test_every_rule_can_be_said() -> None:
    for label in labels().values():
        said = say_rule(label.rule)
        assert min(len(said.zh), len(said.en)) > 3, label.code
        assert "{" not in said.zh + said.en, label.code


@pytest.mark.parametrize(
    "changes",
    [
        {"nature": "secret"},
        {"nature": "internal"},
        {"publicity": "none"},
        {"sharing": "platform"},
        {"retention": "for_ever"},
        {"source": "nobody"},
        {"channel": "pigeon"},
        {"update": "hourly"},
        {"number": "1"},
        {"code": "Fined!"},
        {"conduct_en": ""},
        {"valid_from": "2025-02-30"},
        {"successor": "fined"},
        {"retired_on": "2024-01-01"},
        {"retired_on": "2025-01-01", "successor": "gone"},
        {"rule": '{"records":{"items":[]}}'},
        {"rule": "{"},
    ],
)
def test_a_broken_row_stops_the_catalogue(changes: dict[str, str]) -> None:
    with pytest.raises(CatalogueError):
        load([("risk", {**ROW, **changes})], vocabulary())


def test_two_labels_that_say_the_same_stop_the_catalogue() -> None:
    other = {
        **ROW,
        "number": "1",
        "code": "fined_too",
        "conduct_zh": "另",
        "conduct_en": "Other",
        "zh": "另",
        "en": "O",
    }

    with pytest.raises(CatalogueError, match="says the same"):
        load([("risk", ROW), ("risk", other)], vocabulary())


def test_a_public_label_on_an_authorised_item_is_found() -> None:
    borrower = labels()["borrower"]
    wrong = a_label(borrower.rule, nature=Nature.PUBLIC)

    assert any("more openly" in problem for problem in problems_of(wrong, items(), facts(), codes()))


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ('{"records":{"items":["penalty.nonsense"]}}', "no such item"),
        ('{"records":{"items":["penalty.fine"],"severity":1}}', None),
        ('{"records":{"items":["tax.filed"],"severity":1}}', "no severity"),
        ('{"records":{"items":["tax.filed"],"value_at_least":1}}', "no value"),
        ('{"latest":{"items":["honour.environment_grade"],"values":[9]}}', "no such grade"),
        ('{"sum":{"items":["honour.environment_grade"],"at_least":1}}', "does not add up"),
        ('{"indicator":{"code":"nonsense","at_least":1}}', "no such indicator"),
        ('{"fact":{"code":"owner_age","at_least":1}}', "no such fact"),
        ('{"fact":{"code":"firm_size","in":["giant"]}}', "no such code"),
        ('{"age":{"fact":"employees","years_at_least":1}}', "cannot be compared"),
    ],
)
def test_a_rule_is_held_to_the_other_catalogues(rule: str, problem: str | None) -> None:
    label = a_label(read_rule(json.loads(rule)))
    found = list(problems_of(label, items(), facts(), codes()))

    assert (problem is None and not found) or any(problem in one for one in found if problem)
