"""A firm's portrait: for itself and for the platform; a score worked out by hand from its page; records with their marks."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from borrowers.claims.model import Claim
from creditbridge.access.rules import Role
from creditbridge.labels.rules import Viewer
from creditbridge.records import overlays
from creditbridge.records.model import RecordBatch
from creditbridge.records.overlaying import OverlayKind
from creditbridge.registry.model import Firm
from creditbridge.runs import portraying
from creditbridge.runs.rules import RunKind
from tests.integration.runs.conftest import TODAY
from tests.lake import put

FIRM_NO = 3


@pytest.fixture
def regulator(as_actor, people):
    return as_actor(people.member(Role.PLATFORM_REGULATOR))


@pytest.fixture
def owner(city, as_actor, people):
    """Somebody who speaks for a firm of the city."""
    actor = people.member(Role.FIRM_OWNER)
    with city.write() as session:
        firm = _firm(session)
        session.add(
            Claim(
                firm_id=firm.id,
                organisation_id=actor.organisation_id,
                claimed_by=actor.user_id,
                operator_name=actor.name,
                operator_phone="13800000000",
                state="verified",
            )
        )
    return as_actor(actor)


def _firm(session, number=FIRM_NO):
    return session.scalars(select(Firm).where(Firm.firm_no == number)).one()


def _text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def _portrait(database):
    with database.read() as session:
        return portraying.portrait_of(session, _firm(session))


def test_before_a_run_the_page_says_so_and_shows_the_records(owner):
    page = _text(owner, "/firm/credit")
    assert "平台尚未评价" in page
    assert "来源部门" in page
    assert "平台尚未评价" in _text(owner, "/firm/credit/score")
    assert "radar" not in _text(owner, "/firm")


def test_the_platform_follows_a_record_to_the_batch_that_brought_it(city, run, owner, regulator):
    run()
    with city.write() as session:
        batch = RecordBatch(
            feed="taxes_paid", reference="tax-2026-11", content_hash="0" * 64, file_name="a.parquet",
            format="parquet", state="taken", received_on=TODAY, records=900, first_record_no=0, quality={},
        )  # fmt: skip
        session.add(batch)
        session.flush()
        address = f"/platform/records/batches/{batch.public_id}"
        firm = _firm(session).public_id
    page = _text(regulator, f"/platform/firms/{firm}/credit")
    assert page.count(f'href="{address}"') == 20  # of every record that is shown
    assert "tax-2026-11" in _text(regulator, address)
    assert "tax-2026-11" not in _text(owner, "/firm/credit")


def test_the_portrait_on_one_screen(city, run, owner, regulator):
    run(on=date(2026, 10, 31))
    run()
    found = _portrait(city)
    page = _text(owner, "/firm/credit")
    assert f'<span class="figure">{found.score}</span>' in page
    for said in (
        "仅供参考",
        found.standing.zh,
        found.evaluation_id,
        "怎样提高评分",
        "影响最大的指标",
        "近 12 个月评分",
    ):
        assert said in page, said
    assert 'class="radar" viewBox' in page
    assert 'role="img"' in page
    assert found.peers is not None
    assert found.peers.name.zh in page
    assert "与 2026-10-31 的评价相比" in page
    for said in ("守法履约", "守法合规、履约守信"):
        assert said in page, said
    english = _text(owner, "/firm/credit?lang=en")
    assert "Good conduct" in english
    assert "for reference" in english.lower()
    assert found.standing.zh in _text(owner, "/firm?lang=zh")
    with city.read() as session:
        public_id = _firm(session).public_id
    platform = _text(regulator, f"/platform/firms/{public_id}/credit")
    assert f'<span class="figure">{found.score}</span>' in platform
    assert f"/platform/firms/{public_id}/credit" in _text(regulator, f"/platform/firms/{public_id}")


def test_a_score_can_be_worked_out_by_hand_from_its_page(city, run, owner):
    run()
    page = _text(owner, "/firm/credit/score")
    rows = re.findall(
        r'<td class="num" data-label="得分">(\d+)</td>\s*<td class="num" data-label="权重">(\d+)</td>', page
    )
    points = [(int(earned), int(weight)) for earned, weight in rows]
    assert len(points) > 50
    by_hand = 10 * sum(earned * weight for earned, weight in points) // sum(weight for _, weight in points)
    with city.read() as session:
        firm = _firm(session)
        found = portraying.portrait_of(session, firm)
        why = portraying.explained(session, firm, found, Viewer.FIRM)
    assert by_hand == why.whole.uncapped
    assert found.score == (by_hand if why.whole.cap is None else why.whole.cap.score)
    assert f"= {by_hand} 分" in page


def test_what_is_internal_is_for_the_platform_alone(city, run, owner, regulator):
    put(city, [(FIRM_NO, "tax.audit", date(2026, 11, 2), None, None)])
    run()
    with city.read() as session:
        public_id = _firm(session).public_id
    own = _text(owner, "/firm/credit") + _text(owner, "/firm/credit/score")
    assert not re.search("税务稽查(?!查补税款)", own)  # the other is an item of its own, and is public
    assert "税务稽查" in _text(regulator, f"/platform/firms/{public_id}/credit")


def test_a_disputed_record_is_marked_and_its_score_follows(city, run, owner):
    (number,) = put(city, [(FIRM_NO, "penalty.serious_list", date(2026, 11, 3), None, None)])
    run()
    before = _portrait(city).score
    page = _text(owner, "/firm/credit?category=penalty")
    assert "评分不高于399分" in page
    with city.write() as session:
        overlays.lay(session, FIRM_NO, number, OverlayKind.DISPUTED)
    assert "异议处理中" in _text(owner, "/firm/credit?category=penalty")
    run(RunKind.DAILY)
    assert _portrait(city).score > before
    page = _text(owner, "/firm/credit")
    assert f"由 {before} 变为 {_portrait(city).score}" in page


def test_records_by_category_page_by_page(city, owner):
    put(city, [(FIRM_NO, "tax.paid", date(2026, 1, 1 + day), None, 100 * day) for day in range(25)])
    first = _text(owner, "/firm/credit?category=tax")
    assert first.count('data-label="来源部门"') == 20
    assert "cursor=20" in first
    second = _text(owner, "/firm/credit?category=tax&cursor=20")
    assert 0 < second.count('data-label="来源部门"') <= 20
    assert _text(owner, "/firm/credit?category=nonsense&cursor=x")


def test_a_firm_without_records_has_no_score(city, run, regulator):
    run()
    with city.read() as session:
        public_id = _firm(session, 29).public_id
    page = _text(regulator, f"/platform/firms/{public_id}/credit")
    assert "没有信用记录，尚不能评分" in page
    assert TODAY.isoformat() in page


def test_the_sides_of_a_firm_are_the_sums_of_its_categories(city, run):
    run()
    with city.read() as session:
        firm = _firm(session)
        found = portraying.portrait_of(session, firm)
        why = portraying.explained(session, firm, found, Viewer.FIRM)
    sides = found.found.results.sides[found.found.row].tolist()
    by_hand = [10 * one.earned // one.weight if one.weight else -1 for one in why.whole.categories]
    assert sides == by_hand
