"""A penalty on record, a product that asks for a better score: the path is the repair, and simulation says it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creditbridge.facts import service as facts
from creditbridge.facts.actions import Action, ActionKind
from creditbridge.kernel.words import Words
from creditbridge.records import manifest
from creditbridge.registry.model import Firm
from creditbridge.repair import service as repair
from creditbridge.runs import evaluating, simulating
from creditbridge.scoring import engine
from creditbridge.scoring.program import Layout
from lenders.admission.tree import Operator
from matching.eligibility.rules import Verdict, verdict
from matching.path import service as path
from matching.path.options import options
from matching.path.rules import Search
from tests.integration.runs.conftest import TODAY
from tests.lake import put
from tests.products import criterion, rule
from tests.scene import Scene, grade_at_least

NOTHING = Words("", "")


@pytest.fixture
def penalised(city, run):
    """The firm without any other record, and the number of its penalty."""
    (number,) = put(city, [(29, "penalty.fine_large", TODAY - timedelta(days=300), None, 900_000)])
    run()
    return number


def test_a_firms_records_are_offered_for_repair(city, penalised):
    with city.read() as session:
        firm = session.query(Firm).where(Firm.firm_no == 29).one()
        (action,) = repair.actions_of(session, firm.id, TODAY)
    assert action.records == (penalised,)
    assert action.earliest_on > TODAY


def test_the_path_to_a_better_score_goes_through_repairs(city, run):
    (number,) = put(city, [(5, "penalty.fine_large", TODAY - timedelta(days=300), None, 900_000)])
    run()
    with city.read() as session:
        firm = session.query(Firm).where(Firm.firm_no == 5).one()
        offered = list(repair.actions_of(session, firm.id, TODAY))
        action = next(one for one in offered if one.records == (number,))
        known = facts.facts_of(session, firm.id)

        def apply(actions, on):
            return simulating.simulate(session, firm.id, actions, on)

        wanted = apply((action,), action.earliest_on).values["platform_score"].value
        tree = rule(criterion("platform_score", Operator.AT_LEAST, wanted))
        if verdict(tree, known, TODAY) is Verdict.ELIGIBLE:
            pytest.skip("the repair moves no score of this firm")
        actions = [*options([tree], known, TODAY, with_derived=False), *offered]
        told = Search(tree, apply, actions, TODAY).run()
        assert told.paths
        for path_ in told.paths:
            assert verdict(tree, apply(path_.actions, path_.on), path_.on) is Verdict.ELIGIBLE


def test_waiting_ends_no_closure_order(city, run):
    (number,) = put(city, [(5, "penalty.closure_order", TODAY - timedelta(days=30), None, None)])
    later = TODAY + timedelta(days=400)
    wait = Action("w", "w", ActionKind.WAIT, NOTHING, NOTHING, later, values={"penalties_12m": 0})
    with city.read() as session:
        held = manifest.opened(session).read_firms([5], TODAY)
    assert number in simulating.changed(held, 5, [wait], later).record_no


def test_paths_are_found_with_everything_plugged_in(city, penalised):
    path.simulate_with(simulating.simulation_of)
    path.offer_with(repair.actions_of)
    try:
        with city.read() as session:
            firm = session.query(Firm).where(Firm.firm_no == 29).one()
            told = path.overview(session, firm.id)
            assert told.reachable == ()
            assert path.calendar(session, firm.id) == []
    finally:
        path.simulate_with(None)
        path._Hooks.sources = ()


def test_a_firms_pages_lay_out_no_program_twice_and_look_at_no_label_nobody_asks_for(
    city, run, people, monkeypatch
):
    """Each program takes milliseconds to lay out for a day, and a firm's pages ask for two on each of many days."""
    put(city, [(5, "penalty.fine_large", TODAY - timedelta(days=age), None, 900_000) for age in (40, 300)])
    run()
    scene = Scene(people)
    lender = scene.lender()
    scene.product(lender, admission=grade_at_least("A"))
    for years in range(1, 15):
        scene.product(lender, admission=rule(criterion("established_on", Operator.AT_LEAST, years)))
    laid_out, labels = [], []
    program, assign = Layout.program, evaluating.assign
    monkeypatch.setattr(
        Layout, "program", lambda layout, on: laid_out.append((id(layout), on)) or program(layout, on)
    )
    monkeypatch.setattr(
        evaluating, "assign", lambda city_, given, *more: labels.extend(given) or assign(city_, given, *more)
    )
    engine._program.cache_clear()
    path.simulate_with(simulating.simulation_of)
    path.offer_with(repair.actions_of)
    try:
        for answer in (path.overview, path.calendar, path.overview):
            with city.read() as session:
                answer(session, session.query(Firm).where(Firm.firm_no == 5).one().id)
    finally:
        path.simulate_with(None)
        path._Hooks.sources = ()
    assert len(laid_out) > 8, "more than a small cache holds"
    assert len(laid_out) == len(set(laid_out))
    assert not labels


def test_a_product_that_asks_only_for_a_grade_is_reached_by_leaving_the_list(city, run, people):
    """The listing lowers the grade; no product needs to name the list for the firm to be told to leave it."""
    put(city, [(5, "penalty.serious_list", TODAY - timedelta(days=300), None, None)])
    run()
    scene = Scene(people)
    product = scene.product(scene.lender(), admission=grade_at_least("D"))
    path.simulate_with(simulating.simulation_of)
    path.offer_with(repair.actions_of)
    try:
        with city.read() as session:
            firm = session.query(Firm).where(Firm.firm_no == 5).one()
            known = facts.facts_of(session, firm.id).values
            assert (known["platform_grade"].value, known["seriously_dishonest"].value) == ("E", True)
            told = path.paths_to(session, firm.id, product)
            best = told.paths[0].path
            assert "seriously_dishonest" in {action.slot for action in best.actions}
            assert best.on >= TODAY + timedelta(days=60)
            then = simulating.simulate(session, firm.id, best.actions, best.on)
            assert verdict(grade_at_least("D"), then, best.on) is Verdict.ELIGIBLE
    finally:
        path.simulate_with(None)
        path._Hooks.sources = ()
