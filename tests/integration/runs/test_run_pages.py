"""Pages of runs: asking for one, following it, what it found, stopping it."""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.access.rules import Role
from creditbridge.runs import service
from creditbridge.runs.rules import RunKind
from tests.integration.runs.conftest import TODAY


@pytest.fixture
def administrator(as_actor, people):
    return as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))


@pytest.fixture
def regulator(as_actor, people):
    return as_actor(people.member(Role.PLATFORM_REGULATOR))


def _text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def test_an_empty_list_says_what_to_do(administrator, regulator):
    page = _text(administrator, "/platform/runs")
    assert "先接收信用记录，再发起一次全量评价" in page
    assert "发起评价" in page
    assert 'action="/platform/runs"' not in _text(regulator, "/platform/runs")


def test_a_run_is_asked_for_once_and_followed(database, administrator, regulator, app):
    form = {"kind": "full", "on": TODAY.isoformat()}
    answer = administrator.post("/platform/runs", data=form)
    assert answer.status_code == 302
    assert "已有一次评价正在进行" in administrator.post("/platform/runs", data=form).get_data(as_text=True)
    page = _text(regulator, answer.location)
    assert "等待后台开始" in page
    assert "刷新进度" in page
    assert "中止" not in page
    assert regulator.get(f"{answer.location}/progress").json == {"done": 0, "total": 0, "over": False}
    assert administrator.post(f"{answer.location}/stop").status_code == 302
    assert regulator.get(f"{answer.location}/progress").json["over"]
    assert administrator.post(f"{answer.location}/stop").status_code == 409


@pytest.mark.parametrize("form", [{"kind": "full", "on": "2026-11-24"}, {"kind": "half", "on": "2026-11-23"}])
def test_a_wrong_wish_is_refused_in_words(administrator, form):
    answer = administrator.post("/platform/runs", data=form)
    assert answer.status_code == 422
    assert "需要修改" in answer.get_data(as_text=True)


def test_a_finished_run_says_what_it_found_and_rests_on(city, run, regulator, database):
    made = run()
    page = _text(regulator, f"/platform/runs/{made.public_id}")
    for said in (
        made.digest,
        made.snapshot,
        made.model_digest,
        "企业信用综合评价模型",
        "信用等级分布",
        "稳健型",
    ):
        assert said in page, said
    assert "grade=B" in page
    with database.read() as session:
        assert service.last_current(session).id == made.id
    assert made.public_id in _text(regulator, "/platform/runs")
    english = _text(regulator, f"/platform/runs/{made.public_id}?lang=en")
    assert "Steady, level 1" in english


def test_a_run_for_a_past_date_leads_to_no_current_firms(city, run, regulator):
    made = run(RunKind.PAST, date(2026, 6, 30))
    page = _text(regulator, f"/platform/runs/{made.public_id}")
    assert "历史时点评价的结果单独保存" in page
    assert "grade=B" not in page


def test_a_run_that_is_not_there(regulator):
    assert regulator.get("/platform/runs/nothing").status_code == 404
