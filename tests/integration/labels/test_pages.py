"""Pages of labels: who sees what, combinations by form and script, the file."""

from __future__ import annotations

import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from creditbridge.access.rules import Role
from creditbridge.labels import exporting, public_views
from tests.integration.labels.conftest import LabelledCity, make_firms
from tests.scene import Scene

FINE = (0, "penalty.environment", date(2026, 5, 4))
AUDIT = (0, "tax.audit", date(2026, 5, 5))


@pytest.fixture
def firms(database):
    with database.write() as session:
        made = make_firms(session)
        LabelledCity(session, made).run([FINE, AUDIT])
        return [(firm.public_id, firm.uscc) for firm in made]


@pytest.fixture
def regulator(as_actor, people):
    return as_actor(people.member(Role.PLATFORM_REGULATOR))


def _text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def test_the_catalogue_is_filtered(regulator, firms):
    assert "个标签，当前显示" in _text(regulator, "/platform/labels")
    found = _text(regulator, "/platform/labels?category=risk&nature=internal")
    assert "tax_audited" in found
    assert "penalised_environment" not in found
    assert "abnormal_listed_any" in _text(regulator, "/platform/labels?state=retired")


def test_a_label_says_its_rule_and_its_firms(regulator, firms):
    page = _text(regulator, "/platform/labels/catalogue/penalised_environment")
    assert "近 3 年有“生态环境处罚”记录" in page.replace("”", "”") or "生态环境处罚" in page
    assert "标签100有限公司" in page
    assert regulator.get("/platform/labels/catalogue/nonsense").status_code == 404
    assert "经营异常：未报年报" in _text(regulator, "/platform/labels/catalogue/abnormal_listed_any")


def test_the_platform_sees_all_labels_of_a_firm_with_evidence(regulator, firms):
    page = _text(regulator, f"/platform/labels/firms/{firms[0][0]}")
    assert "税务稽查中" in page
    assert "2026-05-04" in page


def test_anyone_sees_public_labels_only(client, firms):
    page = _text(client, f"/labels?code={firms[0][1]}")
    assert "生态环境处罚" in page
    assert "税务稽查中" not in page
    assert "少于 5" in page
    assert "没有查到这家企业" in _text(client, "/labels?code=91320581MA1NOBODY0")


def test_the_city_cannot_be_gone_through_firm_by_firm(client):
    asked = [
        client.get(f"/labels?code=91320581MA1N{number:06}")
        for number in range(public_views.MOST_A_MINUTE + 1)
    ]
    assert [answer.status_code for answer in asked[-2:]] == [200, 429]
    assert int(asked[-1].headers["Retry-After"]) >= 1
    assert client.get("/labels").status_code == 200


def test_a_firm_sees_its_own_but_internal_ones(as_actor, people, database):
    scene = Scene(people)
    firm = scene.firm()
    page = as_actor(firm.owner)
    assert "尚未计算标签" in _text(page, "/firm/labels")


def test_a_combination_is_counted_listed_and_taken(regulator, firms, database):
    address = "/platform/labels/combinations"
    query = "all=size_micro&none=penalised_environment&size=micro"
    assert regulator.get(f"{address}/count?{query}").json == {"firms": 1, "of": 4}
    page = _text(regulator, f"{address}?{query}")
    assert "标签101有限公司" in page
    assert "标签100有限公司" not in page
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(regulator.get(f"{address}.xlsx?{query}").data))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert rows[1][0] == "标签101有限公司"
    assert any("导出人" in str(row[0]) for row in rows)
    assert regulator.get(f"{address}/count?all=nonsense&size=%00").json == {"firms": 4, "of": 4}


def _rows_of(content: bytes) -> list[list[str]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("chunk", [1, 2, 10_000])
def test_the_file_tells_each_firm_as_its_page_does(regulator, firms, chunk, monkeypatch):
    monkeypatch.setattr(exporting, "_CHUNK", chunk)
    rows = _rows_of(regulator.get("/platform/labels/combinations.xlsx?division=17").data)
    told = {row[1]: row for row in rows[1:5]}
    assert list(told) == [code for _, code in firms]
    assert told[firms[0][1]][3:6] == ["制造业", "纺织业", "微型企业"]
    for public_id, code in firms:
        page = _text(regulator, f"/platform/labels/firms/{public_id}")
        carried = told[code][-1].split("、")
        assert all(name in page for name in carried)
        assert ("税务稽查中" in carried) == (code == firms[0][1])


def test_firms_that_lie_far_apart_are_read_by_their_numbers(regulator, firms, monkeypatch):
    monkeypatch.setattr(exporting, "_DENSE", 0)
    rows = _rows_of(regulator.get("/platform/labels/combinations.xlsx?size=micro&size=large").data)
    assert [row[0] for row in rows[1:4]] == ["标签100有限公司", "标签101有限公司", "标签103有限公司"]


def test_more_firms_than_a_file_holds_are_refused_with_what_to_do(regulator, firms, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_EXPORTED", 3)
    assert "一个文件最多 3 家" in _text(regulator, "/platform/labels/combinations?division=17")
    assert "combinations.xlsx" not in _text(regulator, "/platform/labels/combinations?division=17")
    refused = regulator.get("/platform/labels/combinations.xlsx?division=17")
    assert refused.status_code == 409
    assert "符合的企业有 4 家，一个文件最多 3 家" in refused.get_data(as_text=True)
    english = regulator.get("/platform/labels/combinations.xlsx?division=17&lang=en")
    assert "4 firms fit, and a file holds 3 at most" in english.get_data(as_text=True)
