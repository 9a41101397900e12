"""The desk's forms and buttons sent twice: the second answer is the first one, and nothing happens twice."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from matching.applications.model import Note, Submission, SubmissionEvent
from matching.conflicts.model import ConflictOfInterest

KEY = re.compile(r'name="_form_key" value="([0-9a-z]{20})"')


def form_of(page: str, action: str) -> str:
    """The key of the form that is sent to an address."""
    found = re.search(rf'<form[^>]*action="[^"]*{re.escape(action)}[^"]*".*?</form>', page, re.DOTALL)
    assert found, f"no form for {action}"
    key = KEY.search(found.group())
    assert key, f"{action} carries no key"
    return key.group(1)


def twice(client: FlaskClient, page: str, action: str, **said: Any) -> None:
    key = form_of(client.get(page).text, action)
    answers = [client.post(f"{page}{action}", data={**said, "_form_key": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_buttons_and_forms_of_the_desk(as_actor, database, scene, lender, firm) -> None:
    submission = scene.submit(firm, [scene.product(lender)])[0]
    one = f"/lender/applications/{submission.public_id}"
    reviewer = as_actor(lender.reviewer)

    twice(reviewer, one, "/accept")
    twice(reviewer, one, "/start-review")
    twice(reviewer, one, "/notes", note="已电话核实")
    twice(as_actor(lender.approver), one, "/conflict", relation="business", note="")

    with database.read() as session:
        assert session.scalar(select(Submission.state)) == "under_review"
        assert session.scalar(select(func.count()).select_from(Note)) == 1
        assert session.scalar(select(func.count()).select_from(ConflictOfInterest)) == 1
        steps = session.scalars(select(SubmissionEvent.step)).all()
    assert sorted(steps) == ["accept", "start_review", "submit"]
