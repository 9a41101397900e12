from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from creditbridge.access.rules import Role
from creditbridge.kernel import uscc
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.registry import importing, register, service
from creditbridge.registry.columns import ImportMap
from creditbridge.registry.importing import FIRMS_IMPORTED, import_firms
from creditbridge.registry.model import Firm, FirmImport, FirmImportRow
from creditbridge.store.audit import AuditEntry
from creditbridge.store.change_counter import current
from creditbridge.store.outbox import OutboxEvent

REAL = Path(__file__).parents[2] / "unit" / "registry" / "real_registrations.tsv"
CODE, OTHER = uscc.synthetic(1), uscc.synthetic(2)


def counts(report) -> tuple[int, ...]:
    assert report.rows == report.accepted + report.warned + report.refused
    assert report.created + report.updated + report.unchanged == report.accepted + report.warned
    return tuple(report.counts().values())


def total(session, model=Firm) -> int:
    return session.scalar(select(func.count()).select_from(model))


def test_real_registrations_go_in_whole(session):
    report = import_firms(session, None, REAL, REAL.name)
    assert counts(report) == (106, 106, 0, 0, 106, 0, 0)
    assert total(session) == 106


def test_importing_again_changes_nothing(database):
    with database.write() as session:
        import_firms(session, None, REAL, REAL.name)
    with database.read() as session:
        before = session.execute(select(Firm.__table__)).all()
        counter = current(session)
    with database.write() as session:
        assert counts(import_firms(session, None, REAL, REAL.name)) == (106, 106, 0, 0, 0, 0, 106)
    with database.read() as session:
        assert session.execute(select(Firm.__table__)).all() == before
        assert current(session) == counter


def test_firms_are_numbered_densely_from_zero(session, file_of):
    import_firms(session, None, REAL, REAL.name)
    import_firms(session, None, file_of((CODE, "甲", "", "")), "a.csv")
    assert sorted(session.scalars(select(Firm.firm_no))) == list(range(107))


def test_a_dry_run_counts_the_same_and_writes_nothing(database, file_of):
    content = file_of((CODE, "甲", "", ""), ("x", "乙", "", ""))
    with database.read() as session:
        dry = import_firms(session, None, content, "a.csv", dry_run=True)
    with database.read() as session:
        assert (total(session), total(session, FirmImport), total(session, FirmImportRow)) == (0, 0, 0)
    with database.write() as session:
        assert import_firms(session, None, content, "a.csv").counts() == dry.counts()


def test_every_row_is_accounted_for(session, file_of, wrong_digit):
    content = file_of(
        (CODE, "甲", "2019-01-30", "500万元"),
        (wrong_digit, "乙", "", ""),
        ("123", "丙", "", ""),
        (OTHER, "", "", ""),
        (CODE, "甲", "2019-01-30", "500万元"),
        (CODE, "另一个甲", "", ""),
        (uscc.synthetic(3), "丁", "2027-01-01", ""),
    )
    report = import_firms(session, None, content, "a.csv")
    assert counts(report) == (7, 2, 1, 4, 2, 0, 1)
    assert dict(report.by_finding) == {
        "uscc_check_digit": 1,
        "uscc_malformed": 1,
        "name_missing": 1,
        "contradicts_earlier_line": 1,
        "date_in_future": 1,
    }
    assert [(row.line, row.outcome.value) for row in report.noted] == [
        (3, "warned"), (4, "refused"), (5, "refused"), (7, "refused"), (8, "refused"),
    ]  # fmt: skip


def test_a_changed_registration_is_updated(session, file_of):
    import_firms(session, None, file_of((CODE, "甲", "2019-01-30", "500万元")), "a.csv")
    report = import_firms(session, None, file_of((CODE, "甲二", "2019-01-30", "600万元")), "b.csv")
    assert counts(report) == (1, 1, 0, 0, 0, 1, 0)
    firm = service.find_firm_by_uscc(session, CODE)
    assert (firm.name, firm.capital_minor, firm.capital_raw) == ("甲二", 600_000_000, "600万元")


def test_empty_cells_and_absent_columns_erase_nothing(session, file_of):
    import_firms(session, None, file_of((CODE, "甲", "2019-01-30", "500万元")), "a.csv")
    report = import_firms(session, None, file_of((CODE, "甲", ""), header="uscc,name,reg_date"), "b.csv")
    assert counts(report) == (1, 1, 0, 0, 0, 0, 1)
    assert service.find_firm_by_uscc(session, CODE).capital_minor == 500_000_000


def test_a_loaded_firm_shows_what_an_import_changed(session, file_of):
    import_firms(session, None, file_of((CODE, "甲", "", "")), "a.csv")
    firm = service.find_firm_by_uscc(session, CODE)
    import_firms(session, None, file_of((CODE, "乙", "", "")), "a.csv")
    assert firm.name == "乙"


def test_a_synthetic_code_is_marked_as_demo_and_a_real_one_is_not(session, file_of):
    import_firms(session, None, file_of((CODE, "甲", "", ""), ("91320581142068297N", "乙", "", "")), "a.csv")
    assert [firm.is_demo for firm in service.search_firms(session).firms] == [True, False]


def test_a_wrong_check_digit_is_unconfirmed_until_a_reason_is_given(session, file_of, wrong_digit):
    content = file_of((wrong_digit, "甲", "", ""))
    import_firms(session, None, content, "a.csv")
    assert service.find_firm_by_uscc(session, wrong_digit).identity_status == "unconfirmed"
    report = import_firms(session, None, content, "a.csv", check_digit_reason="已核对营业执照")
    assert counts(report) == (1, 0, 1, 0, 0, 1, 0)
    assert service.find_firm_by_uscc(session, wrong_digit).identity_status == "overridden"
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.reason) == ("firms.imported", "已核对营业执照")


def test_an_accepted_code_stays_accepted(session, file_of, wrong_digit):
    content = file_of((wrong_digit, "甲", "", ""))
    import_firms(session, None, content, "a.csv", check_digit_reason="已核对")
    assert counts(import_firms(session, None, content, "a.csv")) == (1, 0, 1, 0, 0, 0, 1)
    assert service.find_firm_by_uscc(session, wrong_digit).identity_status == "overridden"


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_a_reason_must_be_one(session, file_of, reason):
    with pytest.raises(InvalidInput):
        import_firms(session, None, file_of((CODE, "甲", "", "")), "a.csv", check_digit_reason=reason)


def test_a_firm_known_by_its_old_number_gets_its_code(session, file_of):
    header = "uscc,注册号,name"
    import_firms(session, None, file_of(("", "320581000012347", "甲"), header=header), "a.csv")
    report = import_firms(session, None, file_of((CODE, "320581000012347", "甲"), header=header), "b.csv")
    assert (report.created, report.updated) == (0, 1)
    firm = service.find_firm_by_uscc(session, CODE)
    assert (firm.old_number, firm.identity_status, total(session)) == ("320581000012347", "confirmed", 1)


def test_two_codes_under_one_old_number_are_two_firms(session, file_of):
    header, number = "uscc,注册号,name", "320581000012347"
    import_firms(session, None, file_of(("", number, "甲"), header=header), "a.csv")
    content = file_of((CODE, number, "甲"), (OTHER, number, "乙"), header=header)
    report = import_firms(session, None, content, "b.csv")
    assert (report.created, report.updated, total(session)) == (1, 1, 2)


def test_a_row_by_old_number_adds_nothing_to_a_firm_with_a_code(session, file_of):
    header, number = "uscc,注册号,name", "320581000012347"
    import_firms(session, None, file_of((CODE, number, "甲"), header=header), "a.csv")
    report = import_firms(session, None, file_of(("", number, "旧名"), header=header), "b.csv")
    assert (report.unchanged, service.find_firm_by_uscc(session, CODE).name) == (1, "甲")


def test_a_failure_in_the_middle_leaves_nothing(database, file_of, monkeypatch):
    content = file_of(*((uscc.synthetic(n), f"企业{n}", "", "") for n in range(20)))
    monkeypatch.setattr(importing, "_CHUNK", 5)
    taken: list[int] = []
    take = register.Register.take

    def fail_at_the_third(self, drafts):
        taken.append(len(drafts))
        if len(taken) == 3:
            raise OSError("the disk is gone")
        return take(self, drafts)

    monkeypatch.setattr(register.Register, "take", fail_at_the_third)
    with pytest.raises(OSError), database.write() as session:
        import_firms(session, None, content, "a.csv")
    with database.read() as session:
        assert (total(session), total(session, FirmImport), total(session, OutboxEvent)) == (0, 0, 0)


def test_a_file_that_breaks_off_leaves_nothing(database, file_of):
    content = file_of((CODE, "甲", "", "")) + b'\n1,"open'
    with pytest.raises(InvalidInput), database.write() as session:
        import_firms(session, None, content, "a.csv")
    with database.read() as session:
        assert (total(session), total(session, FirmImport)) == (0, 0)


def test_progress_is_told_in_rows(session, file_of, monkeypatch):
    monkeypatch.setattr(importing, "_CHUNK", 2)
    told: list[int] = []
    content = file_of(*((uscc.synthetic(n), f"企业{n}", "", "") for n in range(5)))
    import_firms(session, None, content, "a.csv", on_progress=told.append)
    assert told == [2, 4, 5]


def test_a_map_says_which_column_is_which(session):
    own = ImportMap.from_json(
        '{"columns": {"甲": "uscc", "乙": "name", "丙": "capital_raw"}, "capital_unit": "万元"}'
    )
    import_firms(session, None, f"甲,乙,丙\n{CODE},某公司,500\n".encode(), "a.csv", own)
    assert service.find_firm_by_uscc(session, CODE).capital_minor == 500_000_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_files_of_chinese_offices_are_read(session, encoding):
    text = f"统一社会信用代码,企业名称,注册资本(万元),登记状态,行业代码\r\n{CODE},演示纺织厂,1200,存续（在营、开业、在册）,C1711\r\n"
    report = import_firms(session, None, text.encode(encoding), "企业.csv")
    assert counts(report) == (1, 1, 0, 0, 1, 0, 0)
    firm = service.find_firm_by_uscc(session, CODE)
    assert (firm.name, firm.status, firm.industry_code, firm.capital_minor) == (
        "演示纺织厂",
        "active",
        "1711",
        1_200_000_000,
    )


def test_firms_changed_are_told_to_the_rooms_above_once(session, file_of):
    report = import_firms(session, None, file_of((CODE, "甲", "", "")), "a.csv")
    import_firms(session, None, file_of((CODE, "甲", "", "")), "a.csv")
    events = session.scalars(select(OutboxEvent)).all()
    assert [(event.name, event.payload) for event in events] == [
        (FIRMS_IMPORTED, {"import_id": report.import_id})
    ]
    assert [firm.uscc for firm in service.firms_of_import(session, report.import_id)] == [CODE]


@pytest.mark.parametrize("role", [Role.PLATFORM_AUDITOR, Role.LENDER_APPROVER, Role.FIRM_OWNER])
def test_only_a_platform_administrator_imports(session, people, file_of, role):
    actor = people.member(role)
    with pytest.raises(NotAllowed):
        import_firms(session, actor, file_of((CODE, "甲", "", "")), "a.csv")


def test_numbers_that_lost_digits_in_a_workbook_are_refused(session):
    import io

    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["uscc", "name"])
        sheet.write_row(1, 0, [913205817301042155, "甲"])
    report = import_firms(session, None, out.getvalue(), "a.xlsx")
    assert (report.refused, dict(report.by_finding)) == (1, {"lost_digits": 1})


@pytest.fixture(autouse=True)
def few_rows_a_chunk(monkeypatch) -> None:
    """Small chunks, so that rows of one file meet across them."""
    monkeypatch.setattr(importing, "_CHUNK", 3)
