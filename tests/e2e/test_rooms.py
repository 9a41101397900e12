"""What each role comes to the rooms beside the main job for: short, by hand, from the navigation on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.kernel import uscc
from creditbridge.registry.model import Firm
from creditbridge.runs import service as runs
from creditbridge.runs import working
from tests.e2e import city_rooms
from tests.e2e.browsing import NARROW, Desk
from tests.e2e.city import City
from tests.lines import Lines
from tests.scene import grade_at_least

pytestmark = pytest.mark.e2e


def test_a_product_manager_moves_a_threshold_and_reads_the_citys_answer(desk: Desk, city: City) -> None:
    with desk.window(actor=city.people["product manager"]) as window:
        window.open("/")
        window.go_to("产品管理")
        window.link("信用等级贷").click()
        window.link("准入测算").click()
        figure = window.page.locator('[data-figure="eligible"]')
        before = figure.inner_text()
        window.page.locator("select.whatif-input").first.select_option("A")
        expect(figure).not_to_have_text(before)
        assert figure.is_visible()


def test_an_owner_finds_the_score_explained_and_the_way_to_a_product(desk: Desk, city: City) -> None:
    with desk.window(actor=city.people["firm owner"], size=NARROW) as window:
        window.open("/")
        window.go_to("我的企业")
        window.link("评分、标签与记录").click()
        expect(window.page.locator("h1")).to_have_text("信用画像")
        window.sees("影响最大的指标")
        window.link("逐项明细").click()
        window.sees("怎样算出来")
        window.go_to("达标路径")
        window.page.locator('#main a[href^="/firm/paths/"]').filter(has_text="科创贷").first.click()
        expect(window.page.locator("h1")).to_contain_text("科创贷")
        expect(window.page.locator("#main")).to_contain_text("专利")


def test_a_need_without_a_name_is_answered_by_a_lender(desk: Desk, city: City) -> None:
    lender, firm = city.seat_lender("听潮银行"), city.seat_firm("白鹭织造有限公司")
    city.scene.product(lender, name="白鹭贷", admission=grade_at_least("B"))
    with desk.window(actor=firm.owner, size=NARROW) as window:
        window.open("/")
        window.go_to("融资需求")
        window.link("填写融资需求").click()
        window.named("amount_fen").fill("80")
        window.named("term_months").fill("12")
        window.named("purpose").select_option("working_capital")
        window.named("contact_name").fill("王经理")
        window.named("contact_phone").fill("0512-55550101")
        window.button("保存草稿").click()
        window.button("发布需求").click()
        window.sees("已发布，等待回应")
    with desk.window(actor=lender.reviewer) as window:
        window.open("/")
        window.go_to("融资需求")
        expect(window.page.locator("#main")).not_to_contain_text(firm.name)
        window.link("80 万元").click()
        window.named("offer_amount_fen").fill("70")
        window.named("offer_term_months").fill("12")
        window.button("有意向").click()
    with desk.window(actor=firm.owner) as window:
        window.open("/")
        window.go_to("融资需求")
        window.link("80 万元").click()
        window.sees("已有机构回应")
        expect(window.page.locator("#main")).to_contain_text(lender.name)


def test_a_drawdown_is_asked_for_approved_by_one_officer_and_paid_out_by_another(
    desk: Desk, city: City
) -> None:
    lender, firm = city.seat_lender("听雨银行"), city.seat_firm("青鹭织造有限公司")
    line = Lines(city.scene, made=80).online(lender, city.scene.product(lender), firm)
    with desk.window(actor=firm.owner, size=NARROW) as window:
        window.open("/")
        window.go_to("我的授信")
        window.link(line.contract_number).click()
        window.link("提款").click()
        window.named("amount_fen").fill("20")
        window.named("term_months").fill("6")
        window.named("purpose").fill("采购面料")
        window.button("提交提款申请").click()
        window.sees("提款申请已提交，额度已为您占用。")
    with desk.window(actor=lender.approver) as window:
        window.open("/lender/drawdowns")
        window.page.locator("#main tbody a").first.click()
        window.button("同意放款").click()
        window.sees("已办理，企业已收到通知。")
        address = window.page.url
    with desk.window(actor=lender.reviewer) as window:
        window.page.goto(address)
        window.button("登记放款").click()
        window.sees("已办理，企业已收到通知。")
        window.sees("正常还款")


def test_an_administrator_takes_a_file_and_downloads_what_waits(
    desk: Desk, city: City, tmp_path: Path
) -> None:
    with city.database.read() as session:
        code = session.scalars(select(Firm.uscc).where(Firm.id == city.firm.id)).one()
    path = tmp_path / "异常名录.csv"
    good = uscc.synthetic(city_rooms.FIRST_NO)
    path.write_text(
        f"{city_rooms.BATCH_HEAD}\n{good},2,2026-04-01,,未按规定公示\n{code},2,2026-04-31,,未按规定公示\n",
        "utf-8",
    )
    with desk.window(actor=city.people["administrator"]) as window:
        window.open("/")
        window.go_to("信用信息")
        window.link("数据批次").click()
        form = window.page.locator('form[enctype="multipart/form-data"]')
        form.locator('[name="feed"]').select_option("abnormal_list")
        form.locator('[name="file"]').set_input_files(path)
        window.button("接收").click()
        window.sees("日期有误")
        with window.page.expect_download() as download:
            window.link("下载问题数据").click()
        assert "2026-04-31" in Path(download.value.path()).read_text("utf-8-sig")


def test_an_administrator_follows_a_run_until_it_is_finished(desk: Desk, city: City) -> None:
    with desk.window(actor=city.people["administrator"]) as window:
        window.open("/")
        window.go_to("评价任务")
        window.page.locator('[name="kind"]').first.select_option("past")
        window.named("on").fill("2026-06-30")
        window.button("发起评价").click()
        window.sees("已发起评价，进度显示在本页。")
        expect(window.page.locator("[data-run-progress] progress")).to_be_visible()
        asked = re.search(r"/platform/runs/(\w+)", window.page.url)
        if asked is None:
            link = window.page.locator("#main tbody a").first.get_attribute("href") or ""
            asked = re.search(r"/platform/runs/(\w+)", link)
        assert asked is not None
        assert working.carry_out(city.database, asked[1])
        expect(window.page.locator("[data-run-progress]")).to_have_count(0)
        window.sees("已完成")
    with city.database.read() as session:
        assert runs.run_of(session, asked[1]).user_name


def test_a_scorecard_needs_a_second_administrator(desk: Desk, city: City) -> None:
    author = city.people["administrator"]
    second = city.seat(city.scene.people.member(Role.PLATFORM_ADMINISTRATOR))
    with desk.window(actor=author) as window:
        window.open("/")
        window.go_to("评分模型")
        window.page.locator("#main tbody a").first.click()
        window.sees("权重：成立年限")
        window.button("提交复核").click()
        window.sees("已提交，请另一位管理员复核。")
        expect(window.page.get_by_role("button", name="同意并启用")).to_have_count(0)
    with desk.window(actor=second) as window:
        window.open("/")
        window.go_to("评分模型")
        window.page.locator("#main tbody a").first.click()
        window.button("同意并启用").click()
        window.open("/platform/scorecards")
        window.sees("现行第 2 版")
    city_rooms.write_a_scorecard(city, author)  # the next version is in work, as the walk expects


def test_a_regulator_reads_whether_matches_hold_and_the_report_by_industry(desk: Desk, city: City) -> None:
    with desk.window(actor=city.people["regulator"]) as window:
        window.open("/")
        window.go_to("匹配是否可信")
        window.link("信用等级贷").click()
        expect(window.page.locator("h1")).to_contain_text("信用等级贷")
        window.go_to("匹配是否可信")
        window.sees("没有产品满足的需求")
        window.go_to("行业报告")
        window.link("制造业").click()
        row = window.page.locator("#main tbody tr").filter(has_text="纺织业").first
        expect(row).to_contain_text(str(city_rooms.NEIGHBOURS + 1))
