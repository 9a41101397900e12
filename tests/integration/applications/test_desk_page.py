from __future__ import annotations

from datetime import timedelta

import pytest

from creditbridge.kernel import clock
from matching.applications import offering, reviewing
from matching.applications.model import Submission
from tests.scene import Scene, terms


@pytest.fixture
def submission(scene: Scene, product, firm) -> Submission:
    return scene.submit(firm, [product])[0]


def test_the_desk_shows_the_team_what_came_in(as_actor, lender, firm, submission) -> None:
    page = as_actor(lender.reviewer).get("/lender").text
    assert firm.name in page
    assert "收到新的贷款申请" in page
    assert "1 笔申请尚未分配经办人" in page


def test_ones_own_queue_holds_what_one_handles(as_actor, database, lender, submission) -> None:
    assert "没有分配给您的申请" in as_actor(lender.reviewer).get("/lender").text
    with database.write() as session:
        reviewing.accept(session, lender.reviewer, submission.public_id)
    assert "没有分配给您的申请" not in as_actor(lender.reviewer).get("/lender").text


def test_an_approvers_queue_is_what_waits_for_approval(as_actor, database, lender, submission) -> None:
    with database.write() as session:
        reviewing.accept(session, lender.reviewer, submission.public_id)
        reviewing.start_review(session, lender.reviewer, submission.public_id)
    client = as_actor(lender.approver)
    assert "没有等待审批的方案" in client.get("/lender").text
    with database.write() as session:
        offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    assert "没有等待审批的方案" not in client.get("/lender").text


def test_what_is_overdue_is_an_alert(scene: Scene, as_actor, lender, product, firm) -> None:
    scene.submit(firm, [product])
    with clock.at(clock.now() + timedelta(days=10)):
        page = as_actor(lender.reviewer).get("/lender").text
    assert "1 笔申请已超出办理时限" in page
    assert "超期" in page


def test_a_product_manager_has_a_desk_without_applications(scene, as_actor, lender, product, firm) -> None:
    scene.submit(firm, [product])
    answer = as_actor(lender.manager).get("/lender")
    assert answer.status_code == 200
    assert firm.name not in answer.text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("from=2026-11-23", True),
        ("from=2026-11-24", False),
        ("to=2026-11-23", True),
        ("to=2026-11-22", False),
        ("due=2026-11-25", True),  # to be accepted within two working days
        ("due=2026-11-24", False),
        ("from=yesterday&to=0001-01-01&due=", True),
    ],
)
def test_the_queue_is_narrowed_by_the_day_sent_and_the_day_due(
    as_actor, lender, firm, submission, asked, shown
) -> None:
    assert submission.state == "submitted"
    page = as_actor(lender.reviewer).get(f"/lender/applications?{asked}").text
    assert (firm.name in page) is shown
