"""What ends at once when the platform suspends a lender, and what goes on."""

from __future__ import annotations

import pytest

from creditbridge.disclosure import door
from creditbridge.disclosure.rules import Purpose
from creditbridge.kernel.errors import NotAllowed, RuleRefused
from creditbridge.kernel.words import Words
from lenders.institutions import onboarding
from lenders.products import drafting as product_drafting
from lenders.products import service as products
from matching.applications import deciding, offering, reviewing, supplementing, withdrawing
from matching.applications.rules import SubmissionState
from matching.lines import holding
from tests.lines import Lines
from tests.scene import terms

WHY = Words("审查", "review")


@pytest.fixture
def submission(scene, product, firm):
    return scene.submit(firm, [product])[0]


@pytest.fixture
def suspended(database, scene, lender, submission):
    _step(database, scene, lender, "suspend")


def _step(database, scene, lender, step):
    with database.write() as session:
        onboarding.take_step(session, scene.publisher, lender.public_id, step, "核查")


STEPS = {
    "accept": lambda s, who, key: reviewing.accept(s, who.reviewer, key),
    "not_accept": lambda s, who, key: deciding.not_accept(
        s, who.reviewer, key, codes=["debt_too_high"], text=""
    ),
    "assign": lambda s, who, key: reviewing.assign(s, who.reviewer, key, "0" * 20),
    "transfer": lambda s, who, key: reviewing.transfer(s, who.reviewer, key, who.branches[1]),
    "add_note": lambda s, who, key: reviewing.add_note(s, who.reviewer, key, "备注"),
}


@pytest.mark.parametrize("step", STEPS)
def test_its_officers_take_no_step(step, database, lender, submission, suspended):
    with database.write() as session, pytest.raises(NotAllowed) as refused:
        STEPS[step](session, lender, submission.public_id)
    assert refused.value.code == "lender_not_approved"


def test_the_door_is_closed_to_its_officers_and_says_why(database, lender, firm, submission, suspended):
    with pytest.raises(NotAllowed) as refused:
        door.look(database, lender.reviewer, firm.id, purpose=Purpose.PRE_LOAN, what=["tax"], why=WHY)
    assert refused.value.code == "lender_not_approved"


def test_the_application_page_shows_nothing_of_the_firm(as_actor, lender, submission, suspended):
    page = as_actor(lender.reviewer).get(f"/lender/applications/{submission.public_id}")
    assert page.status_code == 200
    assert "不能查看企业信息" in page.text
    assert "贵机构当前状态为" in page.text


def test_its_products_take_no_applications(database, scene, stranger, product, suspended):
    with database.read() as session:
        assert not products.published_product(session, product.public_id).is_open
    with pytest.raises(RuleRefused):
        scene.submit(stranger, [product])


def test_it_submits_no_product_for_publication(database, lender, product, suspended):
    with database.write() as session, pytest.raises(NotAllowed):
        product_drafting.start_version(session, lender.manager, product.public_id)


def test_it_moves_no_credit_line(database, scene, lender, firm, submission):
    line = Lines(scene).offline(lender, firm)
    _step(database, scene, lender, "suspend")
    with database.write() as session, pytest.raises(NotAllowed):
        holding.take_step(session, lender.approver, line.public_id, "freeze", reason="核查")


def test_the_firm_can_still_withdraw(database, firm, submission, suspended):
    with database.write() as session:
        ended = withdrawing.withdraw(session, firm.owner, submission.public_id)
    assert ended.state_now is SubmissionState.WITHDRAWN


def test_once_resumed_its_officers_go_on(database, scene, lender, submission, suspended):
    _step(database, scene, lender, "resume")
    key = submission.public_id
    with database.write() as session:
        reviewing.accept(session, lender.reviewer, key)
        reviewing.start_review(session, lender.reviewer, key)
        offering.propose_terms(session, lender.reviewer, key, terms())
    with database.write() as session, pytest.raises(NotAllowed):
        supplementing.request_supplement(
            session, lender.viewer, key, items=["流水"], deadline=terms().expires_on
        )
