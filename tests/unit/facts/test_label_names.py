"""Labels are named and read by name once their catalogue was told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from creditbridge.facts import label_names
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.typed import value_from_text
from creditbridge.facts.values import ValueProblem, say_value
from creditbridge.kernel.clock import today
from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import matchable_names

FACT = catalogue()["labels"]


@pytest.fixture
def told() -> Iterator[None]:
    before = dict(label_names._named)
    label_names.name_labels_with({"tax_a": Words("A 级纳税人", "A-grade taxpayer")})
    yield
    label_names.name_labels_with(before)


@pytest.mark.usefixtures("told")
def test_a_label_is_said_and_read_by_its_name() -> None:
    assert say_value(FACT, frozenset({"tax_a"}), today()).zh == "A 级纳税人"
    for text in ("tax_a", "A级纳税人", "A 级纳税人", "a-grade taxpayer"):
        assert value_from_text(FACT, text) == frozenset({"tax_a"})


@pytest.mark.usefixtures("told")
def test_a_label_that_is_not_there_is_refused_in_words() -> None:
    with pytest.raises(ValueProblem, match="no credit label"):
        value_from_text(FACT, "tax_a、nonsense")


def test_internal_labels_are_not_told() -> None:
    assert "tax_audited" not in matchable_names()
    assert "tax_a" in matchable_names()
