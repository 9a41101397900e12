"""The platform's pages about the scorecard."""

from __future__ import annotations

import io
import json

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.scoring import service, tasks
from creditbridge.scoring.model import ScorecardTrial
from creditbridge.scoring.schemas import values_of


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def in_work(database):
    with database.read() as session:
        return service.in_work(session)


def form_of(found, **changes):
    values = {**values_of(found.content), "note": "提高成立年限的权重", "seen": found.version, **changes}
    return {name: str(value) for name, value in values.items()}


@pytest.fixture
def desk(author, as_actor):
    return as_actor(author)


def test_indicators_are_told_with_bins_and_basis(people, as_actor):
    desk = as_actor(people.member(Role.PLATFORM_REGULATOR))
    text = page(desk, "/platform/scorecards/indicators?group=compliance")
    assert "近1年行政处罚次数" in text
    assert "近 12 个月警告、通报批评、小额罚款、罚款等32项的条数" in text
    assert "注册资本" not in text
    assert "number of" in page(desk, "/platform/scorecards/indicators?lang=en")


def test_a_version_goes_its_whole_way_on_the_pages(city, desk, second, as_actor):
    assert "现行第 1 版" in page(desk, "/platform/scorecards")
    assert desk.post("/platform/scorecards/start").status_code == 302
    found = in_work(city)
    base = f"/platform/scorecards/{found.public_id}"
    page(desk, f"{base}/edit")
    assert desk.post(f"{base}/edit", data=form_of(found, weight_firm_age=500)).status_code == 302
    assert "权重：成立年限" in page(desk, base)
    desk.post(f"{base}/trial")
    assert "正在用全市数据对比" in page(desk, base)
    with city.read() as session:
        trial_id = session.scalars(select(ScorecardTrial.public_id)).one()
    tasks.carry_out_trial(city, {"trial_id": trial_id})
    text = page(desk, base)
    assert "共 6 家企业" in text
    assert "纺织业" in text
    desk.post(f"{base}/submit")
    assert "须由另一位管理员复核" in page(desk, base)
    other = as_actor(second)
    assert other.post(f"{base}/approve", data={"seen": in_work(city).version}).status_code == 302
    assert "现行第 2 版" in page(desk, "/platform/scorecards")


def test_what_is_wrong_is_told_and_kept(city, desk):
    desk.post("/platform/scorecards/start")
    found = in_work(city)
    answer = desk.post(f"/platform/scorecards/{found.public_id}/edit", data=form_of(found, grade_A=600))
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "等级分数线应从 A 到 D 逐级降低" in text
    assert 'value="600"' in text
    assert in_work(city).version == found.version


def test_the_content_is_downloaded_changed_and_uploaded(city, desk):
    desk.post("/platform/scorecards/start")
    found = in_work(city)
    base = f"/platform/scorecards/{found.public_id}"
    held = json.loads(desk.get(f"{base}/content").get_data())
    held["bins"] = {"firm_age": [{"points": 10}, {"from": 3, "points": 100}]}

    def upload(body: bytes):
        data = {"seen": str(found.version), "note": "分档", "file": (io.BytesIO(body), "card.json")}
        return desk.post(f"{base}/upload", data=data, content_type="multipart/form-data")

    for broken in (b"{", b"[]", b"", b"[" * 100_000, b'{"weights": 3}', b'{"weights": {}, "name": {}}'):
        assert upload(broken).status_code == 422
    assert upload(json.dumps(held).encode()).status_code == 302
    assert "分档：成立年限" in page(desk, base)


def test_handing_back_needs_a_reason(city, desk, second, as_actor):
    desk.post("/platform/scorecards/start")
    found = in_work(city)
    base = f"/platform/scorecards/{found.public_id}"
    other = as_actor(second)
    assert other.post(f"{base}/return", data={"seen": "1"}).status_code == 422
    assert other.post(f"{base}/return", data={"seen": "1", "reason": "太早"}).status_code == 409
