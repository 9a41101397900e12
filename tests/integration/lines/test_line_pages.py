"""The pages of lines: who sees which, what they hold, and that forms do what they say."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from creditbridge.access.rules import Actor, Role
from creditbridge.sheets.reading import open_sheet
from creditbridge.sheets.writing import write_xlsx
from creditbridge.store.database import Database
from lenders.products.rules import PublishedProduct
from matching.lines.columns import COLUMNS, Content
from matching.lines.model import CreditLine
from tests.lines import Lines
from tests.scene import WAN, Scene, TestFirm, TestLender

AsActor = Callable[[Actor], FlaskClient]


@pytest.fixture
def line(lines_: Lines, lender: TestLender, product: PublishedProduct, firm: TestFirm) -> CreditLine:
    return lines_.online(lender, product, firm)


@pytest.fixture
def administrator(scene: Scene) -> Actor:
    return scene.people.member(Role.PLATFORM_ADMINISTRATOR)


def test_a_reviewer_records_the_grant_on_a_page(
    lines_: Lines, lender: TestLender, product: PublishedProduct, firm: TestFirm, as_actor: AsActor
) -> None:
    submission = lines_.accepted(lender, product, firm)
    client = as_actor(lender.reviewer)
    address = f"/lender/applications/{submission.public_id}/grant"
    assert "企业已确认的方案" in client.get(address).text
    sent = {
        "contract_number": "HT-77",
        "granted_on": "2026-11-23",
        "amount_fen": "120",
        "kind": "new",
        "first_time_borrower": "true",
    }
    answer = client.post(address, data=sent, follow_redirects=True)
    assert answer.status_code == 200
    assert "HT-77" in answer.text
    assert "120 万元" in answer.text
    assert client.post(address, data=sent).status_code == 409


def test_a_wrong_grant_is_shown_again_with_what_was_typed(
    lines_: Lines,
    database: Database,
    lender: TestLender,
    product: PublishedProduct,
    as_actor: AsActor,
) -> None:
    submission = lines_.accepted(lender, product, lines_.scene.firm())
    answer = as_actor(lender.reviewer).post(
        f"/lender/applications/{submission.public_id}/grant",
        data={"contract_number": "HT-8", "granted_on": "2026-11-23", "amount_fen": "151", "kind": "new"},
    )
    assert answer.status_code == 422
    assert "授信金额不能超过企业已确认的金额" in answer.text
    assert 'value="HT-8"' in answer.text
    with database.read() as session:
        assert session.scalars(select(CreditLine)).all() == []


def test_an_offline_grant_is_entered_on_a_page(
    lines_: Lines, lender: TestLender, firm: TestFirm, as_actor: AsActor
) -> None:
    answer = as_actor(lender.reviewer).post(
        "/lender/lines/new",
        data={
            "firm_uscc": lines_.code_of(firm),
            "branch": lender.branches[0],
            "product": "",
            "contract_number": "HT-1",
            "granted_on": "2026-11-02",
            "amount_fen": "80",
            "annual_rate_ppm": "3.85",
            "term_months": "12",
            "repayment_method": "bullet",
            "guarantee_type": "mortgage",
            "kind": "new",
        },
        follow_redirects=True,
    )
    assert answer.status_code == 200
    assert "线下授信没有企业在平台上的授权" in answer.text


def test_balances_are_reported_on_the_lines_page(
    line: CreditLine, lender: TestLender, as_actor: AsActor
) -> None:
    client = as_actor(lender.reviewer)
    sent = {"as_of": "2026-11-23", "disbursed_fen": "100", "balance_fen": "90"}
    answer = client.post(f"/lender/lines/{line.public_id}/balance", data=sent, follow_redirects=True)
    assert "放款和余额已更新" in answer.text
    wrong = client.post(f"/lender/lines/{line.public_id}/balance", data={**sent, "balance_fen": "101"})
    assert wrong.status_code == 422


def test_an_approver_corrects_and_freezes(line: CreditLine, lender: TestLender, as_actor: AsActor) -> None:
    client = as_actor(lender.approver)
    sent = {
        "contract_number": "HT-NEW",
        "granted_on": "2026-11-23",
        "amount_fen": "140",
        "annual_rate_ppm": "3.85",
        "term_months": "12",
        "maturity_on": "2027-11-23",
        "repayment_method": "equal_instalment",
        "guarantee_type": "unsecured",
        "kind": "new",
        "reason": "合同编号录错",
    }
    address = f"/lender/lines/{line.public_id}"
    assert "原记录不会被覆盖" in client.get(f"{address}/correct").text
    answer = client.post(f"{address}/correct", data=sent, follow_redirects=True)
    assert "HT-NEW" in answer.text
    assert "冲销" in answer.text
    frozen = client.post(f"{address}/steps/freeze", data={"reason": "核查用途"}, follow_redirects=True)
    assert "已冻结" in frozen.text
    assert client.post(f"{address}/steps/freeze", data={"reason": "再来"}).status_code == 409


def test_the_list_is_filtered_and_exported_alike(
    lines_: Lines, line: CreditLine, lender: TestLender, firm: TestFirm, as_actor: AsActor
) -> None:
    lines_.offline(lender, firm, contract_number="HT-OFF")
    client = as_actor(lender.viewer)
    shown = client.get("/lender/lines?source=offline").text
    assert "HT-OFF" in shown
    assert f">{line.contract_number}<" not in shown
    with open_sheet(client.get("/lender/lines.xlsx?source=offline").data, "l.xlsx") as sheet:
        rows = list(sheet.rows)
    assert [row.cells[0] for row in rows[:-1]] == ["HT-OFF"]
    assert rows[-1].cells[0].startswith("导出人：")


def test_a_lender_sees_no_grade_of_an_offline_grant(
    lines_: Lines, lender: TestLender, firm: TestFirm, as_actor: AsActor, administrator: Actor
) -> None:
    offline = lines_.offline(lender, firm)
    with open_sheet(as_actor(lender.viewer).get("/lender/lines.xlsx").data, "l.xlsx") as sheet:
        place = sheet.header.index("授信时信用等级")
        assert next(iter(sheet.rows)).cells[place] == ""
    assert "A 级" not in as_actor(lender.viewer).get(f"/lender/lines/{offline.public_id}").text
    assert "A 级" in as_actor(administrator).get(f"/platform/lines/{offline.public_id}").text


def test_the_platform_follows_a_line_to_the_firm_and_the_conditions(
    line: CreditLine, as_actor: AsActor, administrator: Actor
) -> None:
    client = as_actor(administrator)
    page = client.get(f"/platform/lines/{line.public_id}").text
    links = re.findall(r'href="(/platform/firms/[^"]+|/lender/products/[^"]+/versions/\d+)"', page)
    assert len(links) == 3
    assert [client.get(link).status_code for link in links] == [200, 200, 200]


def test_a_firm_sees_its_line_with_the_schedule(line: CreditLine, firm: TestFirm, as_actor: AsActor) -> None:
    client = as_actor(firm.owner)
    assert line.contract_number in client.get("/firm/lines").text
    page = client.get(f"/firm/lines/{line.public_id}").text
    assert "还款计划" in page
    assert "2026-12-23" in page


def test_what_is_another_tenants_is_not_found(
    line: CreditLine, scene: Scene, strange_lender: TestLender, as_actor: AsActor
) -> None:
    stranger = scene.firm()
    assert as_actor(stranger.owner).get(f"/firm/lines/{line.public_id}").status_code == 404
    client = as_actor(strange_lender.reviewer)
    address = f"/lender/lines/{line.public_id}"
    assert client.get(address).status_code == 404
    sent = {"as_of": "2026-11-23", "disbursed_fen": "1", "balance_fen": "1"}
    assert client.post(f"{address}/balance", data=sent).status_code == 404
    assert line.contract_number not in client.get("/lender/lines").text
    assert as_actor(strange_lender.approver).get(f"{address}/correct").status_code == 404


def test_a_file_is_checked_then_imported(
    lines_: Lines, lender: TestLender, firm: TestFirm, as_actor: AsActor
) -> None:
    client = as_actor(lender.reviewer)
    header = [column.heading.zh for column in COLUMNS[Content.GRANTS]]
    values = {
        "firm_uscc": lines_.code_of(firm),
        "contract_number": "HT-1",
        "granted_on": "2026-11-02",
        "amount_fen": "1000000",
        "annual_rate_ppm": "3.85",
        "term_months": "12",
        "repayment_method": "先息后本",
        "guarantee_type": "信用",
        "first_time_borrower": "是",
    }
    good = [values.get(column.name, "") for column in COLUMNS[Content.GRANTS]]
    wrong = [*good]
    wrong[header.index("合同编号")], wrong[header.index("期限（月）")] = "HT-2", "一年"
    content = write_xlsx(header, [good, wrong])

    def sent(**more: str) -> dict[str, object]:
        return {"content": "grants", "file": (io.BytesIO(content), "授信.xlsx"), **more}

    checked = client.post("/lender/lines/import", data=sent(_action="check"))
    assert "尚未登记任何内容" in checked.text
    assert "HT-1" not in client.get("/lender/lines").text
    done = client.post("/lender/lines/import", data=sent(), follow_redirects=True)
    assert "期限（月）：请填写整数" in done.text
    assert "HT-1" in client.get("/lender/lines").text
    assert "授信.xlsx" in client.get("/lender/lines/import").text


@pytest.mark.parametrize("content", ["grants", "balances"])
def test_a_template_is_given(content: str, lender: TestLender, as_actor: AsActor) -> None:
    answer = as_actor(lender.viewer).get(f"/lender/lines/import/template-{content}.xlsx")
    assert answer.status_code == 200
    with open_sheet(answer.data, "t.xlsx") as sheet:
        assert "合同编号" in sheet.header


def test_an_empty_upload_is_told_so(lender: TestLender, as_actor: AsActor) -> None:
    answer = as_actor(lender.reviewer).post("/lender/lines/import", data={"content": "grants"})
    assert answer.status_code == 422
    assert "请选择要导入的文件" in answer.text


ODD = (
    "from=2026-99-99&to=x",
    "lender=nobody&month=2026-13&grade=Z&size=x&section=?&town=1&kind=x",
    "cursor=-1&sort=drop%20table",
    "state=nothing&source=nothing&text=%00",
    "product=unknown&branch=unknown&grade=unknown&town=unknown&division=unknown",
    "branch=%00&grade=%F0%9F%98%80&cursor=99999999999999999999",
)


def test_an_odd_address_is_answered_calmly(administrator: Actor, as_actor: AsActor) -> None:
    client = as_actor(administrator)
    for query in ODD:
        for page in ("/platform/lines", "/platform/reports/grade", "/platform"):
            assert client.get(f"{page}?{query}").status_code == 200


def test_an_amount_is_read_in_wan(line: CreditLine) -> None:
    assert line.amount_fen == 150 * WAN


def test_the_books_name_what_they_are_about(
    lines_: Lines, lender: TestLender, product: PublishedProduct, firm: TestFirm, as_actor: AsActor
) -> None:
    line = lines_.online(lender, product, firm)
    page = as_actor(lender.viewer).get("/lender/ledger").text
    assert f'href="/lender/lines/{line.public_id}">{line.contract_number}</a>' in page
    assert f"申请：{product.name.zh}" in page
    assert firm.name in page
    own = as_actor(firm.owner).get("/firm/ledger").text
    assert f'href="/firm/lines/{line.public_id}">{line.contract_number}</a>' in own


def test_the_books_lead_to_applications_only_who_may_read_them(
    lines_: Lines, lender: TestLender, product: PublishedProduct, firm: TestFirm, as_actor: AsActor
) -> None:
    submission = lines_.accepted(lender, product, firm)
    link = f'href="/lender/applications/{submission.public_id}"'
    assert link in as_actor(lender.reviewer).get("/lender/ledger").text
    assert link not in as_actor(lender.manager).get("/lender/ledger").text


def test_a_long_schedule_is_folded_behind_the_next_payments(
    lines_: Lines, lender: TestLender, firm: TestFirm, as_actor: AsActor
) -> None:
    line = lines_.offline(lender, firm, term_months=36)
    page = as_actor(lender.viewer).get(f"/lender/lines/{line.public_id}").text
    assert "接下来 6 期还款" in page
    coming = page.partition('id="coming"')[2].partition("</table>")[0]
    assert re.findall(r"2026-12-02|2027-05-02|2027-06-02", coming) == ["2026-12-02", "2027-05-02"]
    assert "查看全部 36 期还款" in page
    short = lines_.offline(lender, firm, term_months=12)
    assert 'id="coming"' not in as_actor(lender.viewer).get(f"/lender/lines/{short.public_id}").text
