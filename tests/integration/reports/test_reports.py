"""Monthly reports: made once, never changed, exact for the platform and protected for others."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed
from creditbridge.registry.model import Firm
from creditbridge.reports import gathering, service, tasks
from creditbridge.reports.model import MonthlyReport
from creditbridge.store import outbox
from creditbridge.store.outbox import OutboxEvent

ON = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def lake(database, tmp_path):
    database.places["lake_folder"] = tmp_path / "lake"


def _firms(session, grades: str, industry: str = "17") -> list[Firm]:
    made = [
        Firm(firm_no=number, uscc=f"91320581MA1REP{number:04d}", name=f"报告{number}有限公司")
        for number in range(len(grades))
    ]
    session.add_all(made)
    session.flush()
    _grade(session, made, grades)
    facts.record_many(
        session,
        {firm.id: {"industry": FactValue(industry, FactSource.REGISTRY, ON)} for firm in made},
        actor=None,
        reason="test",
    )
    return made


def _grade(session, firms, grades: str) -> None:
    changes = {
        firm.id: {"platform_grade": FactValue(grade, FactSource.PLATFORM_SCORE, ON)}
        for firm, grade in zip(firms, grades, strict=True)
    }
    facts.record_many(session, changes, actor=None, reason="test")


def test_a_report_is_made_once_and_compared_with_the_one_before(session):
    firms = _firms(session, "AABBC")
    with clock.at(datetime(2026, 10, 3, tzinfo=UTC)):
        service.make(session, "2026-09")
    _grade(session, firms, "ABBBA")

    made = service.make(session, "2026-10")

    report = service.read(session, "2026-10", exact=True)
    assert report.value("17", "firms") == report.value("C", "firms") == report.value("total", "firms") == 5
    assert (report.value("C", "A"), report.value("C", "risen"), report.value("C", "fallen")) == (2, 1, 1)
    assert report.change("C", "firms") == 0
    assert service.is_whole(made)
    with pytest.raises(Conflict):
        service.make(session, "2026-10")
    made.figures = {**made.figures, "C": {**made.figures["C"], "firms": 6}}
    assert not service.is_whole(made)


def test_a_month_that_runs_has_no_report(session):
    with pytest.raises(InvalidInput):
        service.make(session, "2026-11")


def test_the_due_report_is_made_by_itself(session):
    assert service.make_due(session) is None
    _firms(session, "AAB")
    assert service.make_due(session) == "2026-10"
    assert service.make_due(session) is None
    assert session.scalars(select(MonthlyReport.month)).all() == ["2026-10"]


def test_the_job_reads_the_city_with_no_writing_transaction_open(database, monkeypatch):
    """While a large city is read others sign in and write."""
    with database.write() as session:
        _firms(session, "AAB")
    standings = gathering.standings

    def read_beside_a_writer(session):
        found = list(standings(session))
        with database.write() as other:
            outbox.emit(other, "somebody.wrote")
        return found

    monkeypatch.setattr(gathering, "standings", read_beside_a_writer)
    assert tasks.make_due(database, {})
    assert tasks.make_due(database, {}), "again there is nothing to do"
    with database.read() as session:
        assert session.scalars(select(MonthlyReport.month)).all() == ["2026-10"]
        assert session.scalars(select(OutboxEvent.name)).all().count("somebody.wrote") == 1


def test_others_do_not_see_small_figures(session):
    _firms(session, "AAAAAAAAABB")
    service.make(session, "2026-10")

    report = service.read(session, None, exact=False)
    assert report.value("C", "B") is None
    assert report.value("C", "A") is None
    assert report.value("C", "firms") == 11
    assert service.read(session, None, exact=True).value("C", "B") == 2


def _city(session, letters: str) -> list[Firm]:
    """Twelve firms in each of some sections, half of them A and half B."""
    made = []
    for letter in letters:
        for place in range(12):
            number = len(made)
            firm = Firm(firm_no=number, uscc=f"91320581MA1DIF{number:04d}", name=f"报告{number}有限公司")
            session.add(firm)
            session.flush()
            _told(session, firm, letter, "AB"[place % 2])
            made.append(firm)
    return made


def _told(session, firm: Firm, industry: str, grade: str, status: str = "active") -> None:
    values = {
        "industry": FactValue(industry, FactSource.REGISTRY, ON),
        "registration_status": FactValue(status, FactSource.REGISTRY, ON),
        "platform_grade": FactValue(grade, FactSource.PLATFORM_SCORE, ON),
    }
    facts.record_facts(session, firm.id, values, actor=None, reason="test")


def _of(session, month: str):
    at = datetime(int(month[:4]), int(month[5:]), 28, tzinfo=UTC) + timedelta(days=5)
    with clock.at(at):
        service.make(session, month)
    return service.read(session, month, exact=False)


@pytest.mark.parametrize("what", ["came", "went", "moved"])
def test_a_single_firm_is_not_found_by_laying_two_months_beside_each_other(session, what):
    firms = _city(session, "CFG")
    assert _of(session, "2026-08").value("C", "B") == 6
    if what == "came":
        newcomer = Firm(firm_no=90, uscc="91320581MA1DIF0090", name="新设有限公司")
        session.add(newcomer)
        session.flush()
        _told(session, newcomer, "C", "B")
    elif what == "went":
        _told(session, firms[1], "C", "B", "deregistered")
    else:
        _told(session, firms[0], "C", "B")

    report = _of(session, "2026-09")

    assert report.value("C", "A") is None
    assert report.value("C", "B") is None
    assert report.value("total", "B") is None, "the others are shown, so the total would give it away"
    assert report.value("F", "B") == 6
    assert service.read(session, "2026-09", exact=True).value("C", "B") in (5, 7)


def test_single_firms_of_several_months_are_told_once_they_are_five(session):
    firms = _city(session, "CFG")
    _of(session, "2026-06")
    for month, movers in (("2026-07", firms[0:4:2]), ("2026-08", firms[4:8:2])):
        for firm in movers:
            _told(session, firm, "C", "B")
        assert _of(session, month).value("C", "B") is None
    assert _of(session, "2026-09").value("C", "B") is None, "four since June, though none since August"
    for firm in (*firms[1:11:2], firms[8]):
        _told(session, firm, "C", "A" if firm is not firms[8] else "B")
    assert _of(session, "2026-10").value("C", "firms") == 12


def test_only_an_administrator_makes_one(session, people):
    with pytest.raises(NotAllowed):
        service.make(session, "2026-10", people.member(Role.PLATFORM_REGULATOR))


@pytest.fixture
def made(database):
    with database.write() as opened:
        _firms(opened, "AAAAAAAAABB")
        service.make(opened, "2026-10")


def test_the_pages_show_what_each_may_see(as_actor, people, client, made):
    regulator = as_actor(people.member(Role.PLATFORM_REGULATOR))
    exact = regulator.get("/platform/industry-reports").get_data(as_text=True)
    assert "制造业" in exact
    assert "校验值" in exact
    assert "不足 5 家企业的数字不公布" not in exact
    assert "纺织业" in regulator.get("/platform/industry-reports?section=C").get_data(as_text=True)
    told = client.get("/statistics/industries").get_data(as_text=True)
    assert "不足 5 家企业的数字不公布" in told
    assert client.get("/statistics/industries?section=Z").status_code == 404
    assert client.get("/statistics/industries?month=1999-01").status_code == 404


def test_the_file_has_every_section_and_division(as_actor, people, client, made):
    regulator = as_actor(people.member(Role.PLATFORM_REGULATOR))
    for who, address in (
        (regulator, "/platform/industry-reports.xlsx"),
        (client, "/statistics/industries.xlsx"),
    ):
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(who.get(address).data))
        rows = sheet.get_sheet_by_index(0).to_python()
        assert sum(len(str(row[0])) == 1 for row in rows[1:]) == 20
        assert sum(str(row[0]).isdigit() for row in rows) == 97


def test_an_administrator_makes_last_months_report_by_a_button(as_actor, people, database):
    with database.write() as opened:
        _firms(opened, "AB")
    page = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))
    assert "生成 2026-10 的报告" in page.get("/platform/industry-reports").get_data(as_text=True)
    for _ in range(2):
        assert page.post("/platform/industry-reports").status_code == 302
    assert "制造业" in page.get("/platform/industry-reports").get_data(as_text=True)
