"""Importing scores and grades from files."""

import io
import json

import pytest
from click.testing import CliRunner

from creditbridge.access.rules import Role
from creditbridge.facts import service
from creditbridge.facts.cli import facts as facts_command
from creditbridge.facts.firm_facts import FactSource
from creditbridge.facts.imports import import_facts
from creditbridge.kernel import uscc
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.sheets.writing import write_xlsx
from tests.firms import register_firm

HEADER = "统一社会信用代码,日期,信用评分,信用等级\n"


def table(*rows):
    return (HEADER + "".join(f"{row}\n" for row in rows)).encode()


@pytest.fixture
def firms(database):
    with database.write() as session:
        return [register_firm(session) for _ in range(3)]


def run(database, content, name="facts.csv", **options):
    with database.write() as session:
        return import_facts(session, None, content, name, **options)


def row(firm, score="712", grade="A", day="2026-11-01"):
    return f"{firm.uscc},{day},{score},{grade}"


def test_every_row_is_accounted_for(database, firms):
    content = table(
        row(firms[0]),
        row(firms[1], grade="Z"),
        f"{uscc.synthetic(999)},2026-11-01,1,A",
        "9132,2026-11-01,1,A",
        row(firms[2], day="昨天"),
        row(firms[2], day="2027-01-01"),
        f"{firms[2].uscc},2026-11-01,,",
        row(firms[0], score="1"),
    )
    report = run(database, content)
    assert report.counts() == {"rows": 8, "accepted": 1, "refused": 7, "changed": 1, "unchanged": 0}
    assert [refusal.line for refusal in report.refusals] == [3, 4, 5, 6, 7, 8, 9]


def test_values_come_with_source_and_date(database, firms):
    run(database, table(row(firms[0])))
    with database.read() as session:
        held = service.facts_of(session, firms[0].id).values
    assert (held["platform_score"].value, held["platform_grade"].value) == (712, "A")
    assert held["platform_grade"].source is FactSource.PLATFORM_SCORE
    assert held["platform_grade"].as_of.isoformat() == "2026-11-01"


def test_the_same_file_again_changes_nothing(database, firms):
    run(database, table(row(firms[0])))
    assert run(database, table(row(firms[0]))).counts()["unchanged"] == 1


def test_a_dry_run_judges_and_writes_nothing(database, firms):
    assert run(database, table(row(firms[0])), dry_run=True).changed == 1
    with database.read() as session:
        assert service.facts_of(session, firms[0].id).values == {}


def test_an_empty_cell_says_nothing(database, firms):
    run(database, table(row(firms[0])))
    run(database, table(row(firms[0], score="", grade="B")))
    with database.read() as session:
        held = service.facts_of(session, firms[0].id).values
    assert (held["platform_score"].value, held["platform_grade"].value) == (712, "B")


def test_columns_may_be_named_by_code_and_unknown_ones_are_told(database, firms):
    content = f"uscc\tas_of\temployees\tmood\n{firms[0].uscc}\t2026-11-01\t36\tgood\n".encode()
    report = run(database, content, "facts.tsv")
    assert (report.facts, report.unread_columns) == (("employees",), ("mood",))


def test_a_workbook_is_read(database, firms):
    content = write_xlsx(["uscc", "as_of", "platform_grade"], [[firms[0].uscc, "2026-11-01", "B"]])
    assert run(database, content, "facts.xlsx").accepted == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.csv"),
        (b"\x00\x01\x02", "a.csv"),
        ("日期,信用评分\n".encode(), "a.csv"),
        ("uscc,as_of,心情\n1,2,3\n".encode(), "a.csv"),
        (b"PK\x03\x04broken", "a.xlsx"),
        (table(), "a.exe"),
        (b"MZ", "a.xlsx"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_whole(database, content, name):
    with pytest.raises(InvalidInput):
        run(database, content, name)


@pytest.mark.parametrize("role", [Role.PLATFORM_AUDITOR, Role.LENDER_REVIEWER, Role.FIRM_OWNER])
def test_only_the_administrator_imports(database, people, role):
    actor = people.member(role)
    with database.write() as session, pytest.raises(NotAllowed):
        import_facts(session, actor, table(), "a.csv")


def command(database, *arguments):
    class Context:
        def database(self):
            return database

    return CliRunner().invoke(facts_command, ["import", *arguments], obj=Context())


def test_the_command_prints_the_counts_as_json(database, firms, tmp_path):
    file = tmp_path / "facts.csv"
    file.write_bytes(table(row(firms[0]), "bad,2026-11-01,1,A"))
    printed = json.loads(command(database, str(file), "--json").output)
    assert printed == {"rows": 2, "accepted": 1, "refused": 1, "changed": 1, "unchanged": 0}


def test_the_command_names_refused_lines(database, firms, tmp_path):
    file = tmp_path / "facts.csv"
    file.write_bytes(table("bad,2026-11-01,1,A"))
    assert "2  BAD" in command(database, str(file), "--dry-run").output


def test_the_command_ends_with_1_for_a_file_it_cannot_read(database, tmp_path):
    file = tmp_path / "facts.csv"
    file.write_bytes(b"nothing,here\n")
    assert command(database, str(file)).exit_code == 1


def upload(client, content, name="facts.csv", **fields):
    sent = {"file": (io.BytesIO(content), name), **fields}
    return client.post("/platform/facts/import", data=sent, content_type="multipart/form-data")


def test_the_page_imports_and_reports(database, firms, people, as_actor):
    client = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))
    answer = upload(client, table(row(firms[0]), row(firms[1], grade="Z")))
    assert answer.status_code == 200
    assert "未接收的行" in answer.text
    with database.read() as session:
        assert service.facts_of(session, firms[0].id).values["platform_score"].value == 712


@pytest.mark.parametrize(("content", "name"), [(b"", "a.csv"), (b"x", "a.exe"), (b"PK\x03\x04", "a.xlsx")])
def test_the_page_answers_a_bad_file_with_its_reason(people, as_actor, content, name):
    answer = upload(as_actor(people.member(Role.PLATFORM_ADMINISTRATOR)), content, name)
    assert answer.status_code == 422


def test_the_page_asks_for_a_file_where_none_was_chosen(people, as_actor):
    client = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))
    assert client.post("/platform/facts/import", data={}).status_code == 422


def test_a_reviewer_has_no_such_page(people, as_actor):
    assert as_actor(people.member(Role.LENDER_REVIEWER)).get("/platform/facts/import").status_code == 403


def test_a_list_column_says_who_is_on_a_named_list(database, firms):
    content = (
        "uscc,as_of,苏知贷企业库\n"
        f"{firms[0].uscc},2026-11-01,是\n{firms[1].uscc},2026-11-01,否\n{firms[2].uscc},2026-11-01,也许\n"
    ).encode()
    report = run(database, content)
    assert report.counts() == {"rows": 3, "accepted": 2, "refused": 1, "changed": 2, "unchanged": 0}
    with database.read() as session:
        held = service.facts_of_many(session, [firm.id for firm in firms])
    assert held[firms[0].id].lists["suzhidai_pool"].member is True
    assert held[firms[1].id].lists["suzhidai_pool"].member is False
    assert "suzhidai_pool" not in held[firms[2].id].lists
    assert run(database, content).changed == 0


def test_a_dry_run_puts_nobody_on_a_list(database, firms):
    content = f"uscc,as_of,suzhidai_pool\n{firms[0].uscc},2026-11-01,是\n".encode()
    assert run(database, content, dry_run=True).changed == 1
    with database.read() as session:
        assert service.facts_of(session, firms[0].id).lists == {}
