import json

import pytest
from hypothesis import given

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from lenders.admission.tree import EVERYONE, MAX_DEPTH, Criterion, Group, Missing, Mode, Operator, Test, Tree
from tests.fact_strategies import trees

CRITERION = {"id": "a", "fact": "employees", "operator": "at_least", "value": 3}


def _rule(*nodes, mode="all"):
    return {"language": 1, mode: list(nodes)}


def _with(**changes):
    row = {**CRITERION, **changes}
    return _rule({key: value for key, value in row.items() if value is not ...})


def _refused(data):
    with pytest.raises(InvalidInput) as refused:
        Tree.from_json(data)
    assert refused.value.code == "invalid_rule"
    return next(iter(refused.value.fields))


@given(trees())
def test_a_tree_survives_the_round_trip(tree):
    assert Tree.from_json(json.loads(json.dumps(tree.to_json()))) == tree


def test_a_whole_criterion_is_read():
    data = _rule(
        {
            "any": [
                {
                    **CRITERION,
                    "when": [{"fact": "owns_ip", "operator": "is_true"}],
                    "missing": "fail",
                    "max_age_days": 30,
                    "note": {"zh": "说明", "en": "note"},
                }
            ]
        }
    )
    criterion = Criterion(
        "a",
        Test("employees", Operator.AT_LEAST, 3),
        (Test("owns_ip", Operator.IS_TRUE),),
        Missing.FAIL,
        30,
        Words("说明", "note"),
    )
    tree = Tree(Group(Mode.ALL, (Group(Mode.ANY, (criterion,)),)))
    assert Tree.from_json(data) == tree
    assert tree.to_json() == data


def test_the_empty_rule_admits_everyone():
    assert Tree.from_json(_rule()) == EVERYONE


def test_criteria_come_in_tree_order():
    tree = Tree.from_json(
        _rule({**CRITERION, "id": "x"}, {"any": [{**CRITERION, "id": "y"}]}, {**CRITERION, "id": "z"})
    )
    assert [criterion.id for criterion in tree.criteria()] == ["x", "y", "z"]
    assert len(list(tree.nodes())) == 5


@pytest.mark.parametrize("data", [None, [], "all", 1])
def test_a_rule_is_an_object(data):
    assert _refused(data) == ""


@pytest.mark.parametrize("version", [2, "1", 1.0, True, None])
def test_only_the_known_language_is_read(version):
    assert _refused({"language": version, "all": []}) == "language"


@pytest.mark.parametrize(
    "data", [{"language": 1}, {"language": 1, "all": [], "any": []}, {"language": 1, "not": []}]
)
def test_a_rule_has_one_group(data):
    assert _refused(data) == ""


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": ...}, "all.0.id"),
        ({"id": "Has Space"}, "all.0.id"),
        ({"id": "1st"}, "all.0.id"),
        ({"id": 5}, "all.0.id"),
        ({"fact": ...}, "all.0.fact"),
        ({"fact": ""}, "all.0.fact"),
        ({"fact": "x" * 65}, "all.0.fact"),
        ({"operator": "exec"}, "all.0.operator"),
        ({"operator": ["at_least"]}, "all.0.operator"),
        ({"operator": ...}, "all.0.operator"),
        ({"value": ...}, "all.0.value"),
        ({"value": 1.5}, "all.0.value"),
        ({"value": True}, "all.0.value"),
        ({"value": 10**16}, "all.0.value"),
        ({"value": ""}, "all.0.value"),
        ({"value": [3]}, "all.0.value"),
        ({"operator": "is_true"}, "all.0.value"),
        ({"operator": "between", "value": [1]}, "all.0.value"),
        ({"operator": "between", "value": [1, 2, 3]}, "all.0.value"),
        ({"operator": "in_set", "value": []}, "all.0.value"),
        ({"operator": "in_set", "value": ["a", "a"]}, "all.0.value"),
        ({"operator": "in_set", "value": [1]}, "all.0.value"),
        ({"operator": "in_set", "value": "a"}, "all.0.value"),
        ({"operator": "in_set", "value": [f"c{n}" for n in range(501)]}, "all.0.value"),
        ({"missing": "perhaps"}, "all.0.missing"),
        ({"max_age_days": 0}, "all.0.max_age_days"),
        ({"max_age_days": True}, "all.0.max_age_days"),
        ({"max_age_days": 3_661}, "all.0.max_age_days"),
        ({"note": "text"}, "all.0.note"),
        ({"note": {"zh": "只有中文"}}, "all.0.note"),
        ({"note": {"zh": "长" * 501, "en": ""}}, "all.0.note"),
        ({"surprise": 1}, "all.0.surprise"),
        ({"when": {}}, "all.0.when"),
        ({"when": ["x"]}, "all.0.when.0"),
        ({"when": [{"fact": "owns_ip", "operator": "is_true", "id": "b"}]}, "all.0.when.0.id"),
        ({"when": [{"fact": "owns_ip", "operator": "is_true"}] * 11}, "all.0.when"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(changes, path):
    assert _refused(_with(**changes)) == path


def test_a_node_is_an_object():
    assert _refused(_rule("x")) == "all.0"


def _nested(levels):
    node = CRITERION
    for _ in range(levels):
        node = {"all": [node]}
    return {"language": 1, **node}


def test_the_greatest_depth_is_read():
    assert Tree.from_json(_nested(MAX_DEPTH))


def test_deeper_rules_are_refused():
    assert _refused(_nested(MAX_DEPTH + 1)).count("all") == MAX_DEPTH
    assert _refused(_nested(300))


def test_a_rule_has_at_most_200_nodes():
    many = [{**CRITERION, "id": f"c{n}"} for n in range(200)]
    assert Tree.from_json(_rule(*many[:199]))
    assert _refused(_rule(*many)) == ""
    assert _refused(_rule(*many, CRITERION)) == "all"
