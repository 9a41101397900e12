"""No page and no answer tells a lender more of a firm than the consent opens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creditbridge.access import tokens
from creditbridge.disclosure.rules import Scope
from creditbridge.kernel import clock
from matching.applications import drafting, submitting
from matching.applications.drafting import Chosen
from matching.applications.model import Submission
from tests.scene import NEED, grade_at_least

GIVEN = "A 级"
WITHHELD = "企业未授权查看这项信息"


@pytest.fixture
def submission(scene, lender, firm) -> Submission:
    """An application whose consent leaves out the evaluation that the product asks for."""
    product = scene.product(lender, admission=grade_at_least("B"))
    with scene.people.database.write() as session:
        draft = drafting.start_draft(session, firm.owner)
        drafting.save_need(session, firm.owner, draft.public_id, NEED)
        drafting.choose_products(session, firm.owner, draft.public_id, [Chosen(product.public_id)])
        return submitting.submit(
            session,
            firm.owner,
            draft.public_id,
            signed_lenders={lender.public_id},
            scope=[Scope.REGISTRATION, Scope.CONTACTS],
            consent_expires_on=clock.today() + timedelta(days=30),
        )[0]


def test_a_condition_is_not_told_with_a_value_outside_the_consent(as_actor, lender, submission) -> None:
    page = as_actor(lender.reviewer).get(f"/lender/applications/{submission.public_id}").text

    assert WITHHELD in page
    assert f"企业：{GIVEN}" not in page


def test_nor_by_the_api(app, database, lender, submission) -> None:
    with database.write() as session:
        _, token = tokens.create(session, lender.reviewer, name="t", scopes=["applications:read"], days=1)
    answer = app.test_client().get(
        f"/api/v1/lender/submissions/{submission.public_id}/firm",
        headers={"Authorization": f"Bearer {token}"},
    )

    told = [row for row in answer.json["criteria"] if GIVEN in row["finding"]["zh"]]
    (withheld,) = [row for row in answer.json["criteria"] if row["finding"]["zh"] == WITHHELD]
    assert told == []
    assert withheld["verdict"] == "tentative"
    assert withheld["source"] is None
