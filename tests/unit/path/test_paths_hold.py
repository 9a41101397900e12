"""The law of paths, on random rules and firms: with exactly its actions the rule holds, and no smaller set does.

A few hundred cases run with the suite; ``PATH_CASES=20000`` asks for more.
"""

import os
import random
from datetime import date, timedelta
from itertools import combinations

import pytest

from creditbridge.facts.actions import Way, fact_actions, lay
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from lenders.admission.tree import Criterion, Group, Missing, Mode, Operator, Test, Tree
from matching.eligibility.rules import Verdict, verdict
from matching.path.options import options
from matching.path.rules import MOST_ACTIONS, Search, _dates, holds, time_events

ON = date(2026, 11, 23)
CASES = int(os.environ.get("PATH_CASES", "200"))
SMALL = 12
"""A universe of so many actions is searched exhaustively."""

GRADES = ("A", "B", "C", "D", "E")
NUMBERS = {"employees": 60, "penalties_12m": 3, "tax_arrears": 5, "new_hires": 12, "business_loans": 4,
           "annual_revenue": 9}  # fmt: skip
BOOLEANS = ("annual_report_filed", "abnormal_listed", "owns_ip", "fixed_premises", "judgment_defaulter")
CERTIFICATES = ("tech_sme", "srdi_sme", "national_high_tech")


def _number(dice):
    fact = dice.choice(sorted(NUMBERS))
    operator = dice.choice((Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN))
    return Test(fact, operator, dice.randint(0, NUMBERS[fact]))


def _between(dice):
    low = dice.randint(0, 40)
    return Test("employees", Operator.BETWEEN, (low, low + dice.randint(0, 20)))


def _certificates(dice):
    codes = tuple(dice.sample(CERTIFICATES, dice.randint(1, 2)))
    return Test(
        "tech_certifications", dice.choice((Operator.ALL_OF, Operator.ANY_OF, Operator.NONE_OF)), codes
    )


BOUNDS = (Operator.AT_LEAST, Operator.AT_MOST)
DRAWS = (
    _number,
    _between,
    _certificates,
    lambda dice: Test(dice.choice(BOOLEANS), dice.choice((Operator.IS_TRUE, Operator.IS_FALSE))),
    lambda dice: Test("platform_grade", dice.choice(BOUNDS), dice.choice(GRADES)),
    lambda dice: Test("established_on", dice.choice(BOUNDS), dice.randint(0, 6)),
    lambda dice: Test("in_list", dice.choice((Operator.IN_LIST, Operator.NOT_IN_LIST)), "cultivation_pool"),
)


def draw_test(dice):
    return dice.choice(DRAWS)(dice)


def draw_node(dice, depth, ids):
    if depth and dice.random() < 0.35:
        mode = dice.choice((Mode.ANY, Mode.ALL))
        return Group(mode, tuple(draw_node(dice, depth - 1, ids) for _ in range(dice.randint(1, 3))))
    when = (draw_test(dice),) if dice.random() < 0.2 else ()
    age = dice.randint(30, 700) if dice.random() < 0.15 else None
    return Criterion(f"c{next(ids)}", draw_test(dice), when, dice.choice(tuple(Missing)), age)


def draw_rule(dice):
    ids = iter(range(1000))
    nodes = tuple(draw_node(dice, 2, ids) for _ in range(dice.randint(1, 4)))
    return Tree(Group(Mode.ALL if dice.random() < 0.9 else Mode.ANY, nodes))


def draw_firm(dice):
    stated = {
        **{code: dice.randint(0, most) for code, most in NUMBERS.items()},
        **{code: dice.random() < 0.5 for code in BOOLEANS},
        "platform_grade": dice.choice(GRADES),
        "established_on": ON - timedelta(days=dice.randint(0, 2500)),
        "tech_certifications": frozenset(dice.sample(CERTIFICATES, dice.randint(0, 2))),
    }
    values = {
        code: FactValue(value, FactSource.TAX, ON - timedelta(days=dice.randint(0, 500)))
        for code, value in stated.items()
        if dice.random() < 0.85
    }
    lists = {}
    if dice.random() < 0.5:
        lists["cultivation_pool"] = ListMembership(dice.random() < 0.5, FactSource.LIST_KEEPER, ON)
    return FirmFacts(1, values, lists)


def case(seed):
    dice = random.Random(seed)
    tree, firm = draw_rule(dice), draw_firm(dice)
    return tree, firm, options([tree], firm, ON)


def searched(tree, firm, actions):
    return Search(tree, lambda done, on: lay(firm, done, on), actions, ON, steady=True).run()


@pytest.fixture(scope="module")
def answers():
    """Every case with its answer: seed, rule, firm, actions, what was found."""
    found = []
    for seed in range(CASES):
        tree, firm, actions = case(seed)
        found.append((seed, tree, firm, actions, searched(tree, firm, actions)))
    return found


def is_legal(chosen, actions):
    slots = [action.slot for action in chosen]
    if len(set(slots)) != len(slots):
        return False
    offered = {action.slot for action in actions}
    return all(a.after is None or a.after not in offered or a.after in slots for a in chosen)


def smallest(tree, firm, actions):
    """The least size of any path, tried set by set and day by day."""
    events = set(time_events(tree, firm, ON))
    for size in range(MOST_ACTIONS + 2):
        for on in _dates(actions, events, ON):
            for waits in (False, True):
                for chosen in combinations(actions, size - waits) if size >= waits else ():
                    latest = max((action.earliest_on for action in chosen), default=ON)
                    if latest > on or (latest < on) is not waits or not is_legal(chosen, actions):
                        continue
                    if len(chosen) <= MOST_ACTIONS and holds(tree, lay(firm, chosen, on), on, {}):
                        return size
    return None


def test_exactly_the_changes_of_a_path_make_the_firm_eligible(answers):
    paths = 0
    for seed, tree, firm, _actions, told in answers:
        for path in told.paths:
            paths += 1
            assert verdict(tree, lay(firm, path.actions, path.on), path.on) is Verdict.ELIGIBLE, seed
            assert all(action.earliest_on <= path.on for action in path.actions), seed
    assert paths > CASES / 2


def test_no_action_of_a_path_can_be_left_out(answers):
    for seed, tree, firm, actions, told in answers:
        for path in told.paths:
            for left_out in path.actions:
                rest = tuple(action for action in path.actions if action is not left_out)
                if is_legal(rest, actions):
                    assert not holds(tree, lay(firm, rest, path.on), path.on, {}), (seed, left_out.code)


def test_no_smaller_set_than_the_first_path_makes_the_firm_eligible(answers):
    tried, cut = 0, 0
    for seed, tree, firm, actions, told in answers:
        if len(actions) > SMALL:
            continue
        if not told.complete:
            cut += 1
            continue
        assert (told.paths[0].size if told.paths else None) == smallest(tree, firm, actions), seed
        tried += 1
    assert tried > CASES / 4
    assert cut <= CASES / 100, "a search that was cut short says so, and is rare"


def test_no_path_changes_what_a_firm_cannot_or_should_not_change(answers):
    allowed = {code for code, row in fact_actions().items() if row.way is not Way.NONE}
    for seed, _tree, firm, _actions, told in answers:
        for path in told.paths:
            then = lay(firm, path.actions, path.on)
            moved = {code for code, value in firm.values.items() if then.values[code].value != value.value}
            assert moved <= allowed, seed
            new = {code for code in then.values if code not in firm.values}
            assert all(catalogue()[code].self_reportable or code in allowed for code in new), seed


@pytest.mark.parametrize("seed", range(5))
def test_the_same_question_has_the_same_answer(seed):
    tree, firm, actions = case(seed)
    again = searched(tree, firm, list(reversed(actions)))
    assert [path.codes for path in searched(tree, firm, actions).paths] == [
        path.codes for path in again.paths
    ]
