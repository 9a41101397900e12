"""Conflicts of interest and two-person approval by the API: the same rules as on the pages, told by code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, Role
from matching.applications.desk.api_schemas import EXAMPLE_TERMS
from tests.integration.api.conftest import Caller
from tests.integration.api.test_main_job_by_api import apply, into_review
from tests.lines import Lines
from tests.scene import WAN, Scene, TestFirm, TestLender

Callers = Callable[..., Caller]
LIMIT = "/lender/approval-limit"


@pytest.fixture
def second(scene: Scene, lender: TestLender) -> Actor:
    with scene.people.database.read() as session:
        home = session.scalars(
            select(Organisation).where(Organisation.id == lender.approver.organisation_id)
        ).one()
    return scene.people.member(Role.LENDER_APPROVER, home, branch_id=lender.branch_ids[0])


def test_the_limit_and_what_lies_above_it(
    caller: Callers, scene: Scene, lender: TestLender, firm: TestFirm, second: Actor
) -> None:
    owner, reviewer = caller(firm.owner), caller(lender.reviewer)
    approver, other = caller(lender.approver), caller(second)
    asked = approver.ok("POST", LIMIT, {"second_above_fen": 100 * WAN, "reason": "总行授权调整"})
    change = f"{LIMIT}/changes/{asked['waiting']['id']}"
    assert approver.post(f"{change}/confirm").get_json()["code"] == "own_work"
    assert other.ok("POST", f"{change}/confirm")["second_above_fen"] == 100 * WAN

    product = scene.product(lender)
    submission = apply(owner, product)
    one = f"/lender/submissions/{submission}"
    into_review(reviewer, submission)
    reviewer.ok("POST", f"{one}/propose-terms", EXAMPLE_TERMS)
    first = approver.ok("POST", f"{one}/approve-terms")
    assert (first["state"], first["approvals"]) == ("pending_approval", {"needed": 2, "given": 1})
    assert approver.post(f"{one}/approve-terms").get_json()["code"] == "own_work"
    assert other.ok("POST", f"{one}/approve-terms")["state"] == "offered"

    owner.ok("POST", f"/submissions/{submission}/accept-offer")
    line = reviewer.ok("POST", f"{one}/record-grant", {"contract_number": "HT-1", "granted_on": "2026-11-23"})
    assert line["state"] == "pending_signing"
    signed = approver.ok("POST", f"/lender/lines/{line['id']}/steps", {"step": "sign", "reason": "合同已签"})
    assert signed["state"] == "active"

    raised = reviewer.ok(
        "POST", f"/lender/lines/{line['id']}/limit", {"amount_fen": 200 * WAN, "reason": "旺季备货"}
    )
    amendment = f"/lender/amendments/{raised['id']}/approve"
    assert approver.ok("POST", amendment)["state"] == "proposed"
    assert approver.post(amendment).get_json()["code"] == "own_work"
    assert other.ok("POST", amendment)["state"] == "offered"


def test_whoever_has_an_interest_is_refused_by_code(
    caller: Callers, scene: Scene, lender: TestLender, firm: TestFirm
) -> None:
    submission = apply(caller(firm.owner), scene.product(lender))
    one = f"/lender/submissions/{submission}"
    reviewer = caller(lender.reviewer)
    told = reviewer.ok("POST", f"{one}/declare-conflict", {"relation": "relative", "note": ""})
    assert (told["interest"], told["steps"], told["may_look"]) == ("relative", [], False)
    for answer in (reviewer.post(f"{one}/accept"), reviewer.get(f"{one}/firm")):
        assert answer.get_json()["code"] == "conflict_of_interest"

    approver = caller(lender.approver)
    (row,) = approver.ok("GET", "/lender/conflicts")["items"]
    lifted = approver.ok("POST", f"/lender/conflicts/{row['id']}/lift", {"reason": "已转让股份"})
    assert lifted["state"] == "lifted"
    assert reviewer.ok("POST", f"{one}/accept")["state"] == "accepted"


def test_a_firm_names_somebody_and_asks_for_a_rematch(
    caller: Callers, scene: Scene, lender: TestLender, firm: TestFirm
) -> None:
    owner, reviewer = caller(firm.owner), caller(lender.reviewer)
    scene.product(scene.lender(), name="合适贷")
    submission = apply(owner, scene.product(lender))
    named = {"officer": lender.other_reviewer.name, "relation": "employee", "note": ""}
    owner.ok("POST", f"/submissions/{submission}/name-conflict", named)
    other = caller(lender.other_reviewer)
    assert other.post(f"/lender/submissions/{submission}/accept").get_json()["code"] == "conflict_of_interest"

    assert owner.post(f"/submissions/{submission}/rematch").status_code == 409
    into_review(reviewer, submission)
    reviewer.ok(
        "POST", f"/lender/submissions/{submission}/reject", {"reasons": ["debt_too_high"], "text": ""}
    )
    found = owner.ok("POST", f"/submissions/{submission}/rematch")["items"]
    assert [row["product"]["zh"] for row in found] == ["合适贷"]
    assert found[0]["fit"] == 100


def test_lines_made_offline_are_reports(
    lines_maker: Lines, lender: TestLender, firm: TestFirm, caller: Callers
) -> None:
    line = lines_maker.offline(lender, firm)
    assert caller(lender.viewer).ok("GET", f"/lender/lines/{line.public_id}")["revolving"] is False


@pytest.fixture
def lines_maker(scene: Scene) -> Lines:
    return Lines(scene)
