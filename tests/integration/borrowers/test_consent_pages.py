"""What a firm sees of its consents and of who looked."""

import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from creditbridge.access.rules import Role
from creditbridge.app import reactions
from creditbridge.disclosure import consents, door
from creditbridge.kernel.words import Words
from lenders.institutions.model import Lender

WHY = Words("审核贷款申请", "Review of a loan application")


@pytest.fixture
def reviewer(people, database):
    reviewer = people.member(Role.LENDER_REVIEWER)
    reactions.connect()
    with database.write() as session:
        session.add(
            Lender(
                organisation_id=reviewer.organisation_id,
                kind="city_bank",
                licence_number="L-1",
                state="approved",
            )
        )
    return reviewer


@pytest.fixture
def consent(database, side, reviewer):
    with database.write() as session:
        return consents.sign(session, side.owner, **terms(side, reviewer))


def terms(side, reviewer):
    return {
        "firm_id": side.firm.id,
        "lender_organisation_id": reviewer.organisation_id,
        "purpose": "pre_loan",
        "scope": ["operations", "tax"],
        "expires_on": date(2027, 1, 31),
        "for_kind": "submission",
        "for_id": "s" * 20,
    }


def look(database, side, reviewer):
    return door.look(database, reviewer, side.firm.id, purpose="pre_loan", what=["tax"], why=WHY)


def test_without_consents_the_page_says_what_that_means(side):
    assert "还没有任何授权" in side.client.get("/firm/consents").text


def test_the_list_names_lender_purpose_scope_and_last_day(side, reviewer, consent):
    page = side.client.get("/firm/consents").text
    for part in (reviewer.organisation_name, "贷前审查", "经营与财务和纳税", "2027-01-31", "生效中"):
        assert part in page


def test_the_page_of_a_consent_shows_its_text_and_what_revoking_does(side, consent):
    page = side.client.get(f"/firm/consents/{consent.public_id}").text
    assert "征信查询授权" in page
    assert "贷款申请将同时撤回" in page


def test_the_owner_revokes_and_the_lender_sees_nothing_more(database, side, reviewer, consent):
    look(database, side, reviewer)
    answer = side.client.post(f"/firm/consents/{consent.public_id}/revoke", data={"reason": "不再需要"})
    assert answer.status_code == 302
    assert "已撤销" in side.client.get(f"/firm/consents/{consent.public_id}").text
    with pytest.raises(door.NotAllowed):
        look(database, side, reviewer)
    assert "审核贷款申请" in side.client.get("/firm/access-ledger").text


def test_revoking_twice_is_answered_with_409(side, consent):
    side.client.post(f"/firm/consents/{consent.public_id}/revoke")
    assert side.client.post(f"/firm/consents/{consent.public_id}/revoke").status_code == 409


def test_staff_see_consents_and_cannot_revoke(side, staff, as_actor, consent):
    browser = as_actor(staff)
    assert browser.get(f"/firm/consents/{consent.public_id}").status_code == 200
    assert browser.post(f"/firm/consents/{consent.public_id}/revoke").status_code == 403


def test_another_firms_consent_is_not_found(make_side, side, consent):
    stranger = make_side()
    assert stranger.client.get(f"/firm/consents/{consent.public_id}").status_code == 404
    assert stranger.client.post(f"/firm/consents/{consent.public_id}/revoke").status_code == 404
    assert stranger.client.post(f"/firm/consents/{consent.public_id}/sign").status_code == 404


def test_what_staff_prepared_waits_for_the_owner_who_signs_it(database, side, staff, as_actor, reviewer):
    with database.write() as session:
        waiting = consents.prepare(session, staff, **terms(side, reviewer))
    assert "等待企业负责人签署" in side.client.get("/firm/consents").text
    assert as_actor(staff).post(f"/firm/consents/{waiting.public_id}/sign").status_code == 403
    assert side.client.post(f"/firm/consents/{waiting.public_id}/sign").status_code == 302
    look(database, side, reviewer)


def test_the_ledger_says_who_what_and_why(database, side, reviewer, consent):
    look(database, side, reviewer)
    page = side.client.get("/firm/access-ledger").text
    for part in (reviewer.organisation_name, reviewer.name, "纳税", "审核贷款申请"):
        assert part in page


def test_the_ledger_is_paged(database, side, reviewer, consent, monkeypatch):
    monkeypatch.setattr("creditbridge.disclosure.ledger.entries_of_firm.__kwdefaults__", {"limit": 1})
    look(database, side, reviewer)
    shown = look(database, side, reviewer)
    page = side.client.get("/firm/access-ledger")
    assert f"cursor={shown.entry_public_id}" in page.text
    assert "下一页" not in side.client.get(f"/firm/access-ledger?cursor={shown.entry_public_id}").text


def test_a_cursor_nobody_gave_is_answered_with_422(side):
    assert side.client.get("/firm/access-ledger?cursor=nonsense").status_code == 422


def test_the_ledger_file_holds_what_the_page_shows(database, side, reviewer, consent):
    look(database, side, reviewer)
    answer = side.client.get("/firm/access-ledger.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[1][1] == reviewer.organisation_name
    assert rows[1][-1] == consent.public_id
    assert "attachment" in answer.headers["Content-Disposition"]


def test_another_firms_ledger_is_its_own(database, side, make_side, reviewer, consent):
    look(database, side, reviewer)
    assert reviewer.organisation_name not in make_side().client.get("/firm/access-ledger").text


@pytest.mark.usefixtures("consent")
def test_an_auditor_reads_every_look_and_no_value(database, side, reviewer, people, as_actor):
    look(database, side, reviewer)
    auditor = as_actor(people.member(Role.PLATFORM_AUDITOR))
    assert side.firm.name in auditor.get("/platform/access-ledger").text
    assert side.firm.name in auditor.get(f"/platform/access-ledger?uscc={side.firm.uscc}").text
    assert side.firm.name not in auditor.get("/platform/access-ledger?uscc=nothing").text


def test_a_lender_has_no_such_page(reviewer, as_actor):
    for path in ("/platform/access-ledger", "/firm/consents", "/firm/access-ledger"):
        assert as_actor(reviewer).get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/firm/consents", "/firm/access-ledger", "/firm/profile", "/firm/facts", "/firm/documents"]
)
def test_every_page_speaks_english(side, path):
    assert side.client.get(f"{path}?lang=en").status_code in (200, 302)
