"""Paths of single firms through written rules."""

from datetime import date

from creditbridge.facts.actions import Action, ActionKind, lay
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.kernel.words import Words
from lenders.admission.tree import Group, Missing, Mode, Operator
from matching.eligibility.rules import Verdict, verdict
from matching.path.options import mending, options
from matching.path.rules import Search
from tests.products import criterion, rule

ON = date(2026, 11, 23)
W = Words("修复", "Repair")


def known(as_of=ON, **values):
    return FirmFacts(1, {code: FactValue(value, FactSource.TAX, as_of) for code, value in values.items()})


def search(tree, facts, *, beside=None, **options_given):
    actions = options([tree], facts, ON, beside=beside)
    return Search(tree, lambda done, on: lay(facts, done, on), actions, ON, beside or {}, **options_given)


def found(tree, facts, **given):
    return search(tree, facts, **given).run()


def steps(path):
    return [action.code for action in path.actions]


def test_an_eligible_firm_has_nothing_to_do():
    told = found(rule(criterion("employees", Operator.AT_LEAST, 5)), known(employees=9))
    assert told.paths[0].size == 0
    assert told.paths[0].verdict is Verdict.ELIGIBLE


def test_the_report_is_filed_and_the_listing_removed_on_their_dates():
    tree = rule(
        criterion("abnormal_listed", Operator.IS_FALSE), criterion("annual_report_filed", Operator.IS_TRUE)
    )
    best = found(tree, known(abnormal_listed=True, annual_report_filed=False)).paths[0]
    assert steps(best) == ["annual_report_filed=true", "abnormal_listed=false"]
    assert [action.earliest_on for action in best.actions] == [date(2026, 11, 24), date(2026, 11, 30)]
    assert best.on == date(2026, 11, 30)
    assert not best.waits


def test_leaving_the_list_means_filing_the_report_first_though_the_product_does_not_ask():
    best = found(rule(criterion("abnormal_listed", Operator.IS_FALSE)), known(abnormal_listed=True)).paths[0]
    assert steps(best) == ["abnormal_listed=false"]
    tree = rule(
        criterion("abnormal_listed", Operator.IS_FALSE),
        criterion("annual_report_filed", Operator.IS_TRUE, missing=Missing.PASS),
    )
    facts = known(abnormal_listed=True, annual_report_filed=False)
    assert "annual_report_filed=true" in steps(found(tree, facts).paths[0])


def test_an_age_is_waited_for():
    tree = rule(criterion("established_on", Operator.AT_LEAST, 2))
    best = found(tree, known(established_on=date(2025, 3, 1))).paths[0]
    assert (best.actions, best.on, best.waits) == ((), date(2027, 3, 1), True)


def test_what_is_too_far_off_is_no_path():
    tree = rule(criterion("established_on", Operator.AT_LEAST, 9))
    told = found(tree, known(established_on=date(2025, 3, 1)))
    assert told.paths == ()
    assert told.complete


def test_a_firm_too_old_cannot_become_younger():
    tree = rule(criterion("established_on", Operator.AT_MOST, 3))
    assert found(tree, known(established_on=date(2015, 3, 1))).paths == ()


def test_a_penalty_leaves_the_window_by_itself():
    tree = rule(criterion("penalties_12m", Operator.AT_MOST, 0))
    best = found(tree, known(as_of=date(2026, 5, 10), penalties_12m=2)).paths[0]
    assert best.on == date(2027, 5, 11)
    assert best.actions[0].kind is ActionKind.WAIT


def test_what_cannot_be_changed_is_named_as_blocking():
    tree = rule(criterion("registered_region", Operator.WITHIN, ("320583",)))
    told = found(tree, known(registered_region="320581"))
    assert told.paths == ()
    assert [row.id for row in told.blocked] == ["registered_region"]


def test_alternatives_come_fewest_first_then_earliest_then_least_effort():
    either = Group(
        Mode.ANY,
        (
            criterion("owns_ip", Operator.IS_TRUE),
            criterion("tech_certifications", Operator.ANY_OF, ("national_high_tech", "tech_sme")),
            criterion("fixed_premises", Operator.IS_TRUE),
        ),
    )
    facts = known(owns_ip=False, tech_certifications=frozenset(), fixed_premises=False)
    told = found(rule(either), facts).paths
    assert [steps(path) for path in told] == [
        ["fixed_premises=true"],
        ["owns_ip=true"],
        ["tech_certifications+tech_sme"],
        ["tech_certifications+national_high_tech"],
    ]


def test_a_grade_rises_one_step_and_no_more():
    tree = rule(criterion("platform_grade", Operator.AT_LEAST, "B"))
    assert steps(found(tree, known(platform_grade="C")).paths[0]) == ["platform_grade=B"]
    assert found(tree, known(platform_grade="D")).paths == ()


def test_numbers_move_only_as_far_as_is_honest():
    tree = rule(criterion("employees", Operator.AT_LEAST, 20))
    assert steps(found(tree, known(employees=12)).paths[0]) == ["employees=20"]
    assert found(tree, known(employees=5)).paths == ()
    assert found(rule(criterion("annual_revenue", Operator.AT_LEAST, 9)), known(annual_revenue=8)).paths == ()


def test_a_condition_that_a_change_brings_about_is_met_too():
    tree = rule(
        criterion("employees", Operator.AT_LEAST, 100),
        criterion(
            "new_hires",
            Operator.AT_LEAST,
            5,
            when=(criterion("employees", Operator.AT_LEAST, 100).test,),
        ),
    )
    best = found(tree, known(employees=95, new_hires=0)).paths[0]
    assert set(steps(best)) == {"employees=100", "new_hires=5"}


def test_unknown_facts_are_supplied_and_stale_ones_brought_up_to_date():
    tree = rule(criterion("employees", Operator.AT_LEAST, 20))
    best = found(tree, known()).paths[0]
    assert best.actions[0].kind is ActionKind.REPORT
    fresh = rule(criterion("employees", Operator.AT_LEAST, 20, max_age_days=100))
    best = found(fresh, known(as_of=date(2025, 1, 1), employees=30)).paths[0]
    assert best.actions[0].kind is ActionKind.REFRESH


def test_of_alternatives_that_differ_in_how_far_they_go_the_least_is_told():
    several = Group(
        Mode.ANY,
        (criterion("valid_patents", Operator.AT_LEAST, 1), criterion("valid_patents", Operator.AT_LEAST, 2)),
    )
    assert [steps(path) for path in found(rule(several), known()).paths] == [["valid_patents=1"]]
    assert [steps(path) for path in found(rule(several), known(valid_patents=0)).paths] == [
        ["valid_patents=1"]
    ]
    few = rule(criterion("credit_inquiries_6m", Operator.AT_MOST, 5))
    told = found(few, known()).paths
    assert len({path.actions[0].slot for path in told}) == len(told)


def test_what_only_the_lender_can_tell_is_left_and_said():
    tree = rule(criterion("owns_ip", Operator.IS_TRUE), criterion("lender_admission_met", Operator.IS_TRUE))
    best = found(tree, known(owns_ip=False)).paths[0]
    assert best.verdict is Verdict.TENTATIVE
    assert best.left == ("lender_admission_met",)


def test_asking_for_less_is_a_way_too():
    tree = rule(criterion("requested_amount", Operator.AT_MOST, 300))
    beside = {"requested_amount": FactValue(500, FactSource.APPLICATION, ON, confirmed=False)}
    best = found(tree, known(), beside=beside).paths[0]
    assert best.actions[0].kind is ActionKind.ASK


def test_a_place_on_a_list_is_applied_for():
    tree = rule(criterion("in_list", Operator.IN_LIST, "cultivation_pool"))
    facts = known().with_lists({"cultivation_pool": ListMembership(False, FactSource.LIST_KEEPER, ON)})
    assert steps(found(tree, facts).paths[0]) == ["list:cultivation_pool=true"]


def test_a_product_that_is_not_offered_yet_is_reached_when_it_is():
    told = found(
        rule(criterion("owns_ip", Operator.IS_TRUE)),
        known(owns_ip=False),
        valid=lambda on: on <= date(2026, 12, 1),
    )
    assert told.paths == ()


def test_actions_on_records_are_searched_through_what_they_change():
    """A repaired record moves the grade, which only a simulation knows."""
    tree = rule(criterion("platform_grade", Operator.AT_LEAST, "B"), criterion("owns_ip", Operator.IS_TRUE))
    facts = known(platform_grade="D", owns_ip=False)
    repair = [
        Action(f"record:{n}", f"record:{n}", ActionKind.REPAIR, W, W, date(2026, 12, n), records=(n,),
               affects=frozenset({"platform_grade"}))
        for n in (1, 2, 3)
    ]  # fmt: skip

    def simulate(done, on):
        ended = sum(len(action.records) for action in done)
        grade = FactValue({0: "D", 1: "C", 2: "B", 3: "A"}[ended], FactSource.PLATFORM_SCORE, on)
        return lay(facts, done, on).with_values({"platform_grade": grade})

    actions = [*options([tree], facts, ON, with_derived=False), *repair]
    told = Search(tree, simulate, actions, ON).run()
    assert steps(told.paths[0]) == ["record:1", "record:2", "owns_ip=true"]
    for path in told.paths:
        assert verdict(tree, simulate(path.actions, path.on), path.on) is Verdict.ELIGIBLE


def test_a_search_that_runs_out_says_so():
    nodes = [
        Group(
            Mode.ANY,
            (
                criterion("owns_ip", Operator.IS_TRUE, id=f"a{n}"),
                criterion("employees", Operator.AT_LEAST, 20 + n, id=f"b{n}"),
                criterion("annual_revenue", Operator.AT_LEAST, 1, id=f"c{n}"),
            ),
        )
        for n in range(6)
    ]
    told = found(rule(*nodes), known(owns_ip=False, employees=19, annual_revenue=0), budget=5)
    assert not told.complete


def test_what_falls_short_for_all_that_can_be_done_is_named_too():
    tree = rule(
        criterion("platform_grade", Operator.AT_LEAST, "A"),
        criterion("registered_region", Operator.WITHIN, ("320583",)),
    )
    told = found(tree, known(platform_grade="E", registered_region="320581"))
    assert told.paths == ()
    assert [row.id for row in told.blocked] == ["registered_region"]
    assert [row.id for row in told.short] == ["platform_grade"]


def test_what_can_be_put_right_is_found_whatever_a_rule_reads():
    bad = known(seriously_dishonest=True, annual_report_filed=False, tax_arrears=500, employees=3)
    assert [action.code for action in mending(bad, ON)] == [
        "annual_report_filed=true",
        "seriously_dishonest=false",
        "tax_arrears=0",
    ]
    assert mending(known(seriously_dishonest=False, annual_report_filed=True, tax_arrears=0), ON) == []
