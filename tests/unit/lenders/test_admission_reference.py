"""The reference for bank engineers: every example in it is read and valid."""

import json
import re
from pathlib import Path

import pytest

from creditbridge.facts.catalogue import FactType, catalogue
from lenders.admission.amount import Amount
from lenders.admission.tree import Operator, Tree
from lenders.admission.validation import validate, validate_amount

TEXT = (Path(__file__).parents[3] / "docs" / "admission.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)


def _problems(example):
    if example.startswith('{"id"'):
        return validate(Tree.from_json({"language": 1, "all": json.loads(f"[{example}]")}), catalogue())
    data = json.loads(example)
    if "kind" in data:
        data = {"language": 1, "amount": data}
    if "amount" in data:
        return validate_amount(Amount.from_json(data), catalogue())
    return validate(Tree.from_json(data), catalogue())


def test_there_are_examples():
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_valid(example):
    assert _problems(example) == []


@pytest.mark.parametrize("operator", Operator)
def test_every_operator_is_in_the_reference(operator):
    assert f"`{operator.value}`" in TEXT


@pytest.mark.parametrize("kind", FactType)
def test_every_type_of_fact_is_in_the_reference(kind):
    assert f"`{kind.value}`" in TEXT
