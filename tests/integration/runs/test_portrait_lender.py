"""A lender's officer sees score, dimensions and labels through the door alone, as far as the consent goes."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from creditbridge.disclosure.model import AccessEntry
from creditbridge.disclosure.rules import Scope
from creditbridge.registry.model import Firm
from creditbridge.runs import portraying
from tests import scene as scenes
from tests.lake import put
from tests.scene import ALL_SCOPES, Scene


@pytest.fixture
def scene(people):
    return Scene(people)


@pytest.fixture
def seen(scene, database, run, as_actor):
    """A firm with records that a run has looked at applies; answers the officer's page of it."""

    def page():
        lender, firm = scene.lender(), scene.firm()
        product = scene.product(lender)
        with database.read() as session:
            number = session.get_one(Firm, firm.id).firm_no
        put(
            database,
            [
                (number, "tax.paid", date(2026, 10, 8), None, 5_000_000),
                (number, "tax.audit", date(2026, 11, 2), None, None),
                (number, "penalty.environment", date(2026, 5, 4), None, None),
            ],
        )
        run()
        (submission,) = scene.submit(firm, [product])
        answer = as_actor(lender.reviewer).get(f"/lender/applications/{submission.public_id}")
        assert answer.status_code == 200
        with database.read() as session:
            found = portraying.portrait_of(session, session.get_one(Firm, firm.id))
            looks = session.scalars(select(AccessEntry).where(AccessEntry.firm_id == firm.id)).all()
            return answer.get_data(as_text=True), found, looks

    return page


def test_the_officer_sees_the_evaluation_and_the_look_is_entered(seen):
    page, found, looks = seen()
    assert f'<span class="figure">{found.score}</span>' in page
    assert found.standing.zh in page
    assert 'class="radar" viewBox' in page
    assert "生态环境处罚" in page
    assert "税务稽查" not in page
    assert len(looks) == 1
    assert "evaluation" in looks[0].what


def test_without_the_scope_nothing_of_the_evaluation_leaves(seen, monkeypatch):
    without = tuple(scope for scope in ALL_SCOPES if scope is not Scope.EVALUATION)
    monkeypatch.setattr(scenes, "ALL_SCOPES", without)
    page, found, looks = seen()
    assert found.score is not None
    assert f'<span class="figure">{found.score}</span>' not in page
    assert "radar" not in page
    assert "生态环境处罚" not in page
    assert "evaluation" not in looks[0].what
