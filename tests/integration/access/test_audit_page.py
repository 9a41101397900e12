"""The audit trail as auditors read it: who, what, which thing, when."""

import io
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.store.audit import AuditEntry
from matching.approvals import service as approvals
from tests.scene import Scene

YESTERDAY = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
"""One in the morning of the 20th, by the legal calendar."""
TODAY = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture
def officer(people, database):
    officer = people.member(Role.LENDER_REVIEWER)
    for moment, action, subject in (
        (YESTERDAY, "submission.reject", "a" * 20),
        (TODAY, "submission.accept", "b" * 20),
    ):
        with clock.at(moment), database.write() as session:
            record_as(session, officer, action, subject_kind="submission", subject_id=subject, reason="理由")
    return officer


@pytest.fixture
def auditor(people, as_actor):
    return as_actor(people.member(Role.PLATFORM_AUDITOR))


def rows_of(answer):
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()[1:]


def test_an_entry_says_who_did_what_to_which_thing(officer, auditor):
    page = auditor.get(f"/platform/audit?subject={'a' * 20}").text
    assert officer.name in page
    assert "审核未通过" in page
    assert "a" * 20 in page
    assert "b" * 20 not in page


def test_what_somebody_did_is_found_by_name_and_by_account(officer, auditor):
    assert len(rows_of(auditor.get(f"/platform/audit.xlsx?who={officer.name}"))) == 2
    assert not rows_of(auditor.get("/platform/audit.xlsx?who=nobody"))


def test_days_are_those_of_the_legal_calendar_and_both_count(officer, auditor):
    found = rows_of(auditor.get(f"/platform/audit.xlsx?who={officer.name}&since=2026-11-20&until=2026-11-20"))
    assert [row[6] for row in found] == ["submission.reject"]


@pytest.mark.parametrize(("action", "count"), [("submission", 2), ("submission.accept", 1), ("sub", 0)])
def test_an_action_or_its_whole_area_can_be_asked_for(officer, auditor, action, count):
    found = rows_of(auditor.get(f"/platform/audit.xlsx?who={officer.name}&action={action}"))
    assert len(found) == count


def test_pages_go_on_where_the_last_one_ended(database, people, auditor):
    officer = people.member(Role.LENDER_REVIEWER)
    with database.write() as session:
        for number in range(60):
            record_as(
                session, officer, "line.corrected", subject_kind="submission", subject_id=f"{number:020d}"
            )
    first = auditor.get("/platform/audit?action=line").text
    cursor = first.split("cursor=")[1].split('"')[0].split("&")[0]
    second = auditor.get(f"/platform/audit?action=line&cursor={cursor}").text
    assert f"{59:020d}" in first
    assert f"{9:020d}" not in first
    assert f"{9:020d}" in second
    assert "下一页" in first
    assert "下一页" not in second


def test_nonsense_in_the_address_counts_as_not_asked(officer, auditor):
    page = auditor.get("/platform/audit?since=soon&until=9999-99-99&cursor=x")
    assert page.status_code == 200
    assert officer.name in page.text


@pytest.mark.parametrize("role", [Role.PLATFORM_REGULATOR, Role.LENDER_APPROVER, Role.FIRM_OWNER])
def test_only_auditors_and_administrators_read_it(people, as_actor, role):
    client = as_actor(people.member(role))
    assert client.get("/platform/audit").status_code == 403
    assert client.get("/platform/audit.xlsx").status_code == 403


def test_an_entry_says_what_each_field_was_and_is(as_actor, auditor, database, scene_of_limits):
    lender, change = scene_of_limits
    with database.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(
                AuditEntry.subject_id == change, AuditEntry.action == "approval_limit.confirmed"
            )
        ).one()

    page = auditor.get(f"/platform/audit/{entry.id}").text
    assert "限额变更生效" in page
    assert "总行授权调整" in page, "the reason"
    assert lender.approver.name in page
    table = page.split('id="changes"')[1]
    assert "待复核" in table
    assert "已生效" in table
    assert "摘要" in table, "what a name is stands as a digest"
    english = auditor.get(f"/platform/audit/{entry.id}?lang=en").text
    assert "Before" in english
    assert "Took effect" in english
    assert auditor.get("/platform/audit/999999").status_code == 404
    assert as_actor(lender.approver).get(f"/platform/audit/{entry.id}").status_code == 403

    listed = auditor.get("/platform/audit?action=approval_limit").text
    assert f"/platform/audit/{entry.id}" in listed
    assert "状态" in listed


@pytest.fixture
def scene_of_limits(people, database):
    """A lender whose limit for two-person approval was changed; with the change's public id."""
    lender = Scene(people).lender()
    with database.write() as session:
        made = approvals.propose(session, lender.manager, second_above_fen=100_000_000, reason="总行授权调整")
        key = made.public_id
    with database.write() as session:
        approvals.decide(session, lender.approver, key, "confirm")
    return lender, key
