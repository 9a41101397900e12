"""Conditions name labels that are given and may be matched; another is answered with what to do."""

from datetime import date

import pytest

from creditbridge.facts.catalogue import catalogue
from lenders.admission.label_codes import label_fault
from lenders.admission.tree import Criterion, Group, Mode, Operator, Test, Tree
from lenders.admission.validation import validate

ON = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("tax_a", None),
        ("abnormal_listed_any", "retired_label"),
        ("insurance_deferred", "retired_label"),
        ("tax_audited", "unknown_label"),
        ("no_such_label", "unknown_label"),
    ],
)
def test_each_label_is_known_retired_or_unknown(code, fault):
    found = label_fault(code, ON)
    assert (found[0] if found else None) == fault


def test_a_retired_label_names_its_successor():
    _code, words = label_fault("abnormal_listed_any", ON)
    assert "经营异常：未报年报" in words.zh
    assert "2026-04-01" in words.en


def test_a_rule_with_a_retired_label_is_refused():
    tree = Tree(
        Group(Mode.ALL, (Criterion("a", Test("labels", Operator.NONE_OF, ("tax_a", "abnormal_listed_any"))),))
    )
    assert [(problem.path, problem.code) for problem in validate(tree, catalogue())] == [
        ("all.0.value", "retired_label")
    ]
