import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FirmFacts
from lenders.admission.contradiction import impossible
from lenders.admission.tree import Criterion, Group, Mode, Operator, Test, Tree
from lenders.admission.truth import Known, conjunction, holds
from lenders.admission.validation import Severity, validate
from tests.fact_strategies import FIRM_FACTS, a_date, comparisons, fact_value, membership, trees


def _validate(*nodes, mode="all"):
    rows = [{"id": f"c{place}", **node} if "fact" in node else node for place, node in enumerate(nodes)]
    return validate(Tree.from_json({"language": 1, mode: rows}), catalogue())


def _test(fact, operator, value=None):
    row = {"fact": fact, "operator": operator}
    return row if value is None else {**row, "value": value}


def _found(problems):
    return [(problem.path, problem.code) for problem in problems]


@given(trees())
def test_rules_made_of_what_the_catalogue_allows_have_no_errors(tree):
    assert not [problem for problem in validate(tree, catalogue()) if problem.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("test", "path", "code"),
    [
        (_test("nonsense", "is_true"), "all.0.fact", "unknown_fact"),
        (_test("enterprise_risk_class", "at_least", "B"), "all.0.fact", "not_matchable"),
        (_test("employees", "is_true"), "all.0.operator", "wrong_operator"),
        (_test("employees", "in_set", ["3"]), "all.0.operator", "wrong_operator"),
        (_test("owns_ip", "at_least", 1), "all.0.operator", "wrong_operator"),
        (_test("registered_region", "in_set", ["32"]), "all.0.operator", "wrong_operator"),
        (_test("in_list", "is_true"), "all.0.operator", "wrong_operator"),
        (_test("employees", "in_list", "x"), "all.0.operator", "wrong_operator"),
        (_test("in_list", "in_list", "no_such_list"), "all.0.value", "unknown_list"),
        (_test("employees", "at_least", "three"), "all.0.value", "wrong_value"),
        (_test("employees", "at_least", -1), "all.0.value", "wrong_value"),
        (_test("employees", "between", [1, "x"]), "all.0.value", "wrong_value"),
        (_test("employees", "between", [5, 3]), "all.0.value", "bounds_crossed"),
        (_test("platform_grade", "at_least", "F"), "all.0.value", "wrong_value"),
        (_test("platform_grade", "in_set", ["A", "Z"]), "all.0.value", "wrong_value"),
        (_test("firm_size", "in_set", ["tiny"]), "all.0.value", "wrong_value"),
        (_test("tech_certifications", "any_of", ["nonsense"]), "all.0.value", "wrong_value"),
        (_test("labels", "all_of", ["Bad Label"]), "all.0.value", "wrong_value"),
        (_test("registered_region", "within", ["00"]), "all.0.value", "wrong_value"),
        (_test("industry", "not_within", ["Z"]), "all.0.value", "wrong_value"),
        (_test("established_on", "at_least", "2020-01-01"), "all.0.value", "wrong_value"),
        (_test("business_term_until", "at_least", 2030), "all.0.value", "wrong_value"),
        (_test("business_term_until", "at_least", "20300101"), "all.0.value", "wrong_value"),
        (_test("established_on", "at_least", 151), "all.0.value", "wrong_value"),
    ],
)
def test_a_criterion_is_held_to_its_fact(test, path, code):
    assert _found(_validate(test)) == [(path, code)]


def test_every_problem_is_told_in_both_languages():
    (problem,) = _validate(_test("employees", "is_true"))
    assert problem.words.zh == "“从业人员”不能这样比较。"
    assert problem.words.en == "“Staff” cannot be compared in this way."


def test_conditions_are_held_to_their_facts_too():
    row = {**_test("owns_ip", "is_true"), "when": [_test("owns_ip", "is_false"), _test("x", "is_true")]}
    assert _found(_validate(row)) == [("all.0.when.1.fact", "unknown_fact")]


def test_a_condition_among_alternatives_is_refused():
    row = {**_test("owns_ip", "is_true"), "when": [_test("employees", "at_least", 3)]}
    assert _found(_validate(row, mode="any")) == [("any.0.when", "when_inside_any")]


def test_a_condition_in_an_all_among_alternatives_is_fine():
    row = {"id": "x", **_test("owns_ip", "is_true"), "when": [_test("employees", "at_least", 3)]}
    assert _validate({"all": [row]}, mode="any") == []


@pytest.mark.parametrize(("node", "path"), [({"any": []}, "all.0.any"), ({"all": []}, "all.0.all")])
def test_an_empty_group_is_refused(node, path):
    assert _found(_validate(node)) == [(path, "empty_group")]


def test_a_rule_of_no_alternatives_is_refused():
    assert _found(_validate(mode="any")) == [("any", "empty_group")]


def test_a_rule_without_conditions_is_fine():
    assert _validate() == []


def test_an_id_stands_once():
    criterion = Criterion("a", Test("owns_ip", Operator.IS_TRUE))
    assert _found(validate(Tree(Group(Mode.ALL, (criterion, criterion))), catalogue())) == [("", "double_id")]


def _deep(levels):
    node = Criterion("a", Test("owns_ip", Operator.IS_TRUE))
    for _ in range(levels):
        node = Group(Mode.ALL, (node,))
    return Tree(node)


def test_trees_built_in_code_are_bounded_too():
    assert validate(_deep(6), catalogue()) == []
    assert _found(validate(_deep(7), catalogue())) == [("", "too_deep")]
    many = tuple(Criterion(f"c{n}", Test("owns_ip", Operator.IS_TRUE)) for n in range(200))
    assert _found(validate(Tree(Group(Mode.ALL, many)), catalogue())) == [("", "too_many_nodes")]
    codes = tuple(f"c{n}" for n in range(501))
    large = Tree(Group(Mode.ALL, (Criterion("a", Test("labels", Operator.ANY_OF, codes)),)))
    assert _found(validate(large, catalogue())) == [("all.0.value", "set_too_large")]


@pytest.mark.parametrize(
    ("operator", "value"),
    [(Operator.AT_LEAST, (1, 2)), (Operator.BETWEEN, 1), (Operator.AT_LEAST, None)],
)
def test_values_of_another_shape_built_in_code_are_refused(operator, value):
    tree = Tree(Group(Mode.ALL, (Criterion("a", Test("employees", operator, value)),)))
    assert [problem.path for problem in validate(tree, catalogue())] == ["all.0.value"]


def test_a_pair_has_two_bounds():
    tree = Tree(Group(Mode.ALL, (Criterion("a", Test("employees", Operator.BETWEEN, (1,))),)))
    assert _found(validate(tree, catalogue())) == [("all.0.value", "bounds_crossed")]


IMPOSSIBLE = [
    ("employees", [("at_least", 5), ("at_most", 3)]),
    ("employees", [("more_than", 5), ("less_than", 6)]),
    ("employees", [("between", [1, 4]), ("at_least", 5)]),
    ("employees", [("at_most", 3), ("between", [4, 6])]),
    ("established_on", [("at_least", 5), ("less_than", 5)]),
    ("business_term_until", [("more_than", "2030-01-01"), ("at_most", "2030-01-01")]),
    ("platform_grade", [("at_least", "B"), ("at_most", "C")]),
    ("platform_grade", [("in_set", ["A"]), ("at_most", "B")]),
    ("firm_size", [("in_set", ["small"]), ("not_in_set", ["small", "micro"])]),
    ("firm_size", [("not_in_set", ["large", "medium", "small", "micro"])]),
    ("owns_ip", [("is_true", None), ("is_false", None)]),
    ("ip_kinds", [("all_of", ["patent"]), ("none_of", ["patent"])]),
    ("labels", [("any_of", ["tax_a", "tax_b"]), ("none_of", ["tax_a", "tax_b", "tax_m"])]),
    ("registered_region", [("within", ["32"]), ("within", ["31"])]),
    ("registered_region", [("within", ["320581"]), ("not_within", ["3205"])]),
    ("industry", [("within", ["C"]), ("not_within", ["C"])]),
    ("in_list", [("in_list", "sukedai_reserve"), ("not_in_list", "sukedai_reserve")]),
]
POSSIBLE = [
    ("employees", [("at_least", 5), ("at_most", 5)]),
    ("employees", [("more_than", 5), ("less_than", 7)]),
    ("employees", [("at_least", 5), ("more_than", 9)]),
    ("business_term_until", [("at_least", "2030-01-01"), ("at_most", "2030-01-01")]),
    ("platform_grade", [("at_least", "B"), ("at_most", "B")]),
    ("firm_size", [("in_set", ["small"]), ("not_in_set", ["micro"])]),
    ("owns_ip", [("is_true", None), ("is_true", None)]),
    ("ip_kinds", [("any_of", ["patent", "trademark"]), ("none_of", ["patent"])]),
    ("registered_region", [("within", ["32"]), ("within", ["320581"])]),
    ("registered_region", [("within", ["32"]), ("not_within", ["320581"])]),
    ("registered_region", [("not_within", ["32"]), ("not_within", ["31"])]),
    ("in_list", [("in_list", "sukedai_reserve"), ("not_in_list", "cultivation_pool")]),
]


@pytest.mark.parametrize(("fact", "tests"), IMPOSSIBLE)
def test_a_rule_no_firm_can_meet_is_warned_of(fact, tests):
    (problem,) = _validate(*(_test(fact, *rest) for rest in tests))
    assert (problem.path, problem.code, problem.severity) == ("all", "impossible", Severity.WARNING)


@pytest.mark.parametrize(("fact", "tests"), POSSIBLE)
def test_a_rule_some_firm_can_meet_is_not(fact, tests):
    assert _validate(*(_test(fact, *rest) for rest in tests)) == []


def test_contradictions_are_found_across_nested_alls_and_inside_alternatives():
    low, high = _test("employees", "at_least", 5), _test("employees", "at_most", 3)
    assert _found(_validate(low, {"all": [{"id": "x", **high}]})) == [("all", "impossible")]
    inside = {"any": [{"all": [{"id": "x", **low}, {"id": "y", **high}]}, {"id": "z", **low}]}
    assert _found(_validate(inside)) == [("all.0.any.0.all", "impossible")]
    nested = {"all": [{"any": [{"all": [{"id": "x", **low}, {"id": "y", **high}]}]}]}
    assert _found(_validate(nested)) == [("all.0.all.0.any.0.all", "impossible")]


def test_alternatives_and_conditional_criteria_do_not_contradict():
    low, high = _test("employees", "at_least", 5), _test("employees", "at_most", 3)
    assert _validate(low, high, mode="any") == []
    assert _validate(low, {**high, "when": [_test("owns_ip", "is_true")]}) == []


@given(st.data())
def test_what_is_called_impossible_no_firm_meets(data):
    code = data.draw(st.sampled_from([*FIRM_FACTS, "in_list"]))
    tests = data.draw(st.lists(comparisons((code,)), min_size=1, max_size=4))
    if not impossible(catalogue()[code], tests):
        return
    day = data.draw(a_date)
    if code == "in_list":
        lists = data.draw(st.fixed_dictionaries({test.value: membership for test in tests}))
        known = Known(FirmFacts(1, {}, lists), day)
    else:
        known = Known(FirmFacts(1, {code: data.draw(fact_value(code))}), day)
    assert conjunction(holds(test, known) for test in tests) is not True
