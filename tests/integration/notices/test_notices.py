from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.notices import service
from creditbridge.notices.service import Show

SUBJECT = ("submission", "s1")
NAMES = {
    "firm": "测试企业",
    "lender": {"zh": "测试银行", "en": "Test bank"},
    "product": {"zh": "贷", "en": "Loan"},
}


@pytest.fixture
def owner(people):
    return people.member(Role.FIRM_OWNER)


def _tell(session: Session, actor, kind: str = "submission.accepted", **changes):
    notice = service.notify(
        session, organisation_id=actor.organisation_id, kind=kind, params=NAMES, subject=SUBJECT, **changes
    )
    session.flush()
    return notice


def _kinds(session: Session, actor, show: Show = Show.ALL) -> list[str]:
    return [row.notice.kind for row in service.notices_for(session, actor, show=show)[0]]


def test_a_notice_reaches_its_organisation_only(people, owner, session: Session) -> None:
    _tell(session, owner)
    assert _kinds(session, owner) == ["submission.accepted"]


def test_another_organisation_sees_nothing(people, owner, database, session: Session) -> None:
    _tell(session, owner)
    stranger = replace(owner, organisation_id=owner.organisation_id + 1)
    assert _kinds(session, stranger) == []


def test_a_notice_for_a_role_is_not_shown_to_others(people, owner, session: Session) -> None:
    _tell(session, owner, roles=[Role.FIRM_STAFF])
    assert _kinds(session, owner) == []


def test_a_role_whose_name_is_part_of_another_does_not_match(people, owner, session: Session) -> None:
    _tell(session, owner, roles=[Role.FIRM_OWNER])
    assert _kinds(session, owner) == ["submission.accepted"]


def test_a_notice_for_one_person(people, owner, session: Session) -> None:
    _tell(session, owner, user_id=owner.user_id)
    assert _kinds(session, owner) == ["submission.accepted"]


def test_a_notice_for_a_branch_reaches_members_of_it_and_of_none(people, owner, session: Session) -> None:
    _tell(session, owner, branch_id=7)
    assert _kinds(session, owner) == ["submission.accepted"]
    assert _kinds(session, replace(owner, branch_id=7)) == ["submission.accepted"]
    assert _kinds(session, replace(owner, branch_id=8)) == []


def test_reading_is_counted_for_each_person(people, session: Session, database) -> None:
    owner = people.member(Role.FIRM_OWNER)
    notice = _tell(session, owner)
    assert service.unread_count(session, owner) == 1
    service.mark_read(session, owner, notice.public_id)
    service.mark_read(session, owner, notice.public_id)
    session.flush()
    assert service.unread_count(session, owner) == 0


def test_what_is_done_is_no_news(people, session: Session) -> None:
    """A to-do that a colleague settled does not wait as unread for everybody else."""
    owner = people.member(Role.FIRM_OWNER)
    _tell(session, owner, "submission.offered", todo=True)
    assert service.unread_count(session, owner) == 1
    service.settle(session, SUBJECT, owner.organisation_id)
    assert service.unread_count(session, owner) == 0
    assert [row.is_read for row in service.notices_for(session, owner)[0]] == [True]


def test_marking_all_read(owner, session: Session) -> None:
    _tell(session, owner)
    _tell(session, owner, "submission.review_started")
    assert service.mark_all_read(session, owner) == 2
    session.flush()
    assert _kinds(session, owner, Show.UNREAD) == []


def test_settling_closes_the_todos_of_a_subject(owner, session: Session) -> None:
    _tell(session, owner, "submission.offered", todo=True)
    assert _kinds(session, owner, Show.TODO) == ["submission.offered"]
    assert service.settle(session, SUBJECT, owner.organisation_id) == 1
    assert service.settle(session, SUBJECT, owner.organisation_id) == 0
    assert _kinds(session, owner, Show.TODO) == []


def test_todos_with_a_date_come_first(owner, session: Session) -> None:
    _tell(session, owner, "submission.offered", todo=True)
    _tell(session, owner, "submission.supplement_requested", todo=True, due_on=date(2026, 12, 1))
    kinds = [row.notice.kind for row in service.todos_for(session, owner)]
    assert kinds == ["submission.supplement_requested", "submission.offered"]


def test_an_unknown_kind_is_an_error_of_the_program(owner, session: Session) -> None:
    with pytest.raises(KeyError):
        _tell(session, owner, "no.such_kind")


def test_somebody_elses_notice_is_not_found(people, owner, session: Session) -> None:
    notice = _tell(session, owner)
    with pytest.raises(NotFound):
        service.mark_read(session, replace(owner, organisation_id=0), notice.public_id)


def test_pages_go_on_by_cursor(owner, session: Session) -> None:
    for _ in range(5):
        _tell(session, owner)
    first, cursor = service.notices_for(session, owner, limit=3)
    rest, end = service.notices_for(session, owner, limit=3, cursor=cursor)
    assert (len(first), len(rest), end) == (3, 2, None)


def test_what_came_later_stands_above_whatever_order_it_was_written_in(owner, session: Session) -> None:
    for days, kind in (
        (0, "submission.accepted"),
        (3, "submission.offered"),
        (1, "submission.review_started"),
    ):
        with clock.at(clock.now() - timedelta(days=days)):
            _tell(session, owner, kind)
    in_order = ["submission.accepted", "submission.review_started", "submission.offered"]
    assert _kinds(session, owner) == in_order
    first, cursor = service.notices_for(session, owner, limit=2)
    rest, _ = service.notices_for(session, owner, limit=2, cursor=cursor)
    assert [row.notice.kind for row in (*first, *rest)] == in_order


def test_what_waits_can_be_left_out(owner, session: Session) -> None:
    _tell(session, owner)
    _tell(session, owner, "submission.offered", todo=True)
    listed, _ = service.notices_for(session, owner, waiting=False)
    assert [row.notice.kind for row in listed] == ["submission.accepted"]
    service.settle(session, SUBJECT, owner.organisation_id)
    assert len(service.notices_for(session, owner, waiting=False)[0]) == 2


def _committed(database, actor, **changes):
    with database.write() as session:
        return service.notify(
            session,
            organisation_id=actor.organisation_id,
            kind="submission.accepted",
            params=NAMES,
            **changes,
        )


def test_the_messages_page(as_actor, database, owner) -> None:
    _committed(database, owner)
    page = as_actor(owner).get("/messages").text
    assert "测试银行已受理您的“贷”申请" in page
    assert "新消息" in page


def test_the_messages_page_in_english(as_actor, database, owner) -> None:
    _committed(database, owner)
    assert "Test bank has taken up your application" in as_actor(owner).get("/messages?lang=en").text


def test_opening_a_message_reads_it_and_leads_on(as_actor, database, owner) -> None:
    notice = _committed(database, owner, link=("consents.overview", {}))
    answer = as_actor(owner).post(f"/messages/{notice.public_id}/open")
    assert answer.headers["Location"] == "/firm/consents"
    with database.read() as session:
        assert service.unread_count(session, owner) == 0


def test_a_message_whose_page_is_gone_leads_to_the_messages(as_actor, database, owner) -> None:
    notice = _committed(database, owner, link=("no.longer", {"a": "b"}))
    answer = as_actor(owner).post(f"/messages/{notice.public_id}/open")
    assert answer.headers["Location"] == "/messages"


def test_reading_all_from_the_page(as_actor, database, owner) -> None:
    _committed(database, owner)
    client = as_actor(owner)
    assert client.post("/messages/read-all").status_code == 303
    assert "没有未读消息" in client.get("/messages?show=unread").text


def test_nonsense_in_the_address_shows_the_first_page(as_actor, owner) -> None:
    assert as_actor(owner).get("/messages?show=everything&cursor=-1").status_code == 200


def test_a_foreign_message_is_not_found(as_actor, people, database, owner) -> None:
    notice = _committed(database, owner)
    stranger = people.member(Role.FIRM_OWNER)
    assert as_actor(stranger).post(f"/messages/{notice.public_id}/open").status_code == 404
