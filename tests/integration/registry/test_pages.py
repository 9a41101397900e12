from __future__ import annotations

import io

import pytest

from creditbridge.access.rules import Role
from creditbridge.kernel import uscc
from creditbridge.registry import service
from creditbridge.registry.importing import import_firms

CODE = uscc.synthetic(1)
FILE = f"uscc,name,法定代表人\n{CODE},演示甲公司,\nx,乙公司,\n".encode()


@pytest.fixture
def page(as_actor, administrator):
    return as_actor(administrator)


def send(client, content: bytes = FILE, name: str = "企业.csv", **fields: str):
    data = {"file": (io.BytesIO(content), name), **fields}
    return client.post("/platform/firms/import", data=data, content_type="multipart/form-data")


def firms_in(database) -> int:
    with database.read() as session:
        return service.firm_count(session)


def test_an_upload_is_imported_and_reported(page, database):
    answer = send(page)
    assert answer.status_code == 302
    report = page.get(answer.location).get_data(as_text=True)
    assert firms_in(database) == 1
    for words in ("导入结果", "企业.csv", "乙公司", "长度不符", "法定代表人", "下载未接收的行"):
        assert words in report


def test_checking_only_shows_the_result_and_writes_nothing(page, database):
    answer = send(page, _action="check")
    assert answer.status_code == 200
    assert "尚未写入任何内容" in answer.get_data(as_text=True)
    assert "乙公司" in answer.get_data(as_text=True)
    assert firms_in(database) == 0


def test_refused_rows_are_downloaded_in_the_same_template(page):
    report = send(page).location
    answer = page.get(f"{report}/refused")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=refused-")
    assert answer.get_data().decode("utf-8-sig").splitlines()[0] == "uscc,name,法定代表人,未接收原因"


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.csv", "文件是空的"),
        (b"a,b\n1,2\n", "a.csv", "缺少必需的列"),
        (FILE, "a.pdf", "不支持这种文件"),
        (b"\xff\xfe\x00", "a.csv", "无法识别的字符"),
        (b"PK\x03\x04", "a.xlsx", "文件已损坏"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_beside_the_form(page, database, content, name, says):
    answer = send(page, content, name)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert firms_in(database) == 0


def test_a_missing_file_is_told(page):
    answer = page.post("/platform/firms/import", data={})
    assert (answer.status_code, "请选择要导入的文件" in answer.get_data(as_text=True)) == (422, True)


def test_a_map_is_taken_and_a_broken_one_told(page, database):
    content = f"甲,乙\n{CODE},某公司\n".encode()
    assert send(page, content, column_map="{").status_code == 422
    assert send(page, content, column_map='{"columns": {"甲": "uscc", "乙": "name"}}').status_code == 302
    assert firms_in(database) == 1


def test_an_unknown_field_is_refused(page, database):
    assert send(page, surprise="1").status_code == 422
    assert firms_in(database) == 0


def test_the_list_of_imports_and_firms_is_shown_in_both_languages(page):
    send(page)
    assert "企业.csv" in page.get("/platform/firms/import").get_data(as_text=True)
    assert "演示甲公司" in page.get("/platform/firms?q=甲").get_data(as_text=True)
    assert page.get("/platform/firms?lang=en").status_code == 200


@pytest.mark.parametrize("query", ["q=%25", "status=nonsense", "q=没有这家"])
def test_a_search_that_finds_nothing_says_what_to_do(page, query):
    send(page)
    assert page.get(f"/platform/firms?{query}").status_code == 200


@pytest.mark.parametrize("query", ["cursor=nonsense", "region=zz"])
def test_a_search_that_makes_no_sense_is_told(page, query):
    assert page.get(f"/platform/firms?{query}").status_code == 422


def test_the_report_is_filtered_by_outcome_and_survives_nonsense(page):
    report = send(page).location
    assert "乙公司" in page.get(f"{report}?outcome=refused").get_data(as_text=True)
    assert "乙公司" not in page.get(f"{report}?outcome=warned").get_data(as_text=True)
    assert page.get(f"{report}?outcome=x&cursor=y").status_code == 200


def test_an_unknown_report_or_firm_is_not_found(page):
    for address in ("imports/" + "0" * 20, "imports/" + "0" * 20 + "/refused", "0" * 20):
        assert page.get(f"/platform/firms/{address}").status_code == 404


def test_a_firms_page_shows_what_is_registered_and_settles_a_check_digit(
    page, database, file_of, wrong_digit
):
    with database.write() as session:
        import_firms(session, None, file_of((wrong_digit, "演示甲公司", "2019-01-30", "500万元")), "a.csv")
        public_id = service.find_firm_by_uscc(session, wrong_digit).public_id
    address = f"/platform/firms/{public_id}"
    assert "代码待核实" in page.get(address).get_data(as_text=True)
    assert page.post(f"{address}/check-digit", data={"reason": ""}).status_code == 422
    assert page.post(f"{address}/check-digit", data={"reason": "已核对执照"}).status_code == 302
    assert "已人工确认" in page.get(address).get_data(as_text=True)
    assert page.post(f"{address}/check-digit", data={"reason": "再来"}).status_code == 409


def test_an_auditor_reads_and_does_not_import(as_actor, people, administrator):
    report = send(as_actor(administrator)).location
    auditor = as_actor(people.member(Role.PLATFORM_AUDITOR))
    assert auditor.get(report).status_code == 200
    assert "选择文件" not in auditor.get("/platform/firms/import").get_data(as_text=True)
    assert send(auditor).status_code == 403
    assert auditor.get(f"{report}/refused").status_code == 403


@pytest.mark.parametrize("role", [Role.LENDER_APPROVER, Role.FIRM_OWNER])
def test_nobody_outside_the_platform_sees_these_pages(as_actor, people, role):
    client = as_actor(people.member(role))
    for address in ("/platform/firms", "/platform/firms/import"):
        assert client.get(address).status_code in (403, 404)
