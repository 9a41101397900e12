"""What each role comes for, the keyboard, and the switches of the header."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from creditbridge.kernel import uscc
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from tests.e2e.browsing import NARROW, Desk, Window
from tests.e2e.city import PEOPLE, City
from tests.people import PASSWORD
from tests.scene import NEED

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("name", ["visitor", *PEOPLE])
def test_every_item_of_the_navigation_leads_to_its_page(name: str, desk: Desk, city: City) -> None:
    with desk.window(actor=city.people.get(name)) as window:
        window.open("/")
        items = window.page.locator(".nav-row a")
        expect(window.page.locator(".nav-row nav")).to_be_visible()
        for place in range(items.count()):
            label = str(items.nth(place).text_content())
            window.choose(items.nth(place))
            expect(window.page.locator("h1")).to_be_visible()
            current = window.page.locator('.nav-row a[aria-current="page"]')
            expect(current).to_have_count(1)
            assert current.text_content() == label


def test_a_visitor_is_asked_to_sign_in_and_comes_back(desk: Desk, city: City) -> None:
    with desk.window() as window:
        window.refused.add(401)
        window.open("/firm/matches")
        window.named("login_name").fill(city.login_of(city.firm.owner))
        window.named("password").fill(PASSWORD)
        window.button("登录").click()
        window.page.wait_for_url("**/firm/matches")
        expect(window.page.locator("h1")).to_have_text("匹配结果")


def test_signing_out_ends_the_session(desk: Desk, city: City) -> None:
    with desk.window() as window:
        window.sign_in(city.login_of(city.people["auditor"]))
        window.page.locator(".user-menu > summary").click()
        window.page.get_by_role("button", name="退出登录").click()
        expect(window.page.locator("header").get_by_role("link", name="登录")).to_be_visible()
        window.refused.update({401})
        window.open("/platform")
        expect(window.page.locator(".user-menu")).to_have_count(0)


def test_a_mistyped_code_is_told_and_the_right_one_claims_the_firm(
    desk: Desk, city: City, paper: Path
) -> None:
    code, name = uscc.synthetic(8001), "望亭食品有限公司"
    with city.database.write() as session:
        session.add(Firm(firm_no=8001, uscc=code, name=name, status="active"))
    with desk.window() as window:
        window.open("/")
        window.go_to("认领企业")
        window.named("uscc").fill(code[:-1] + ("A" if code[-1] != "A" else "B"))
        window.button("查找企业").click()
        window.sees("没有找到这家企业")
        expect(window.page.locator("#uscc-problem")).to_contain_text("校验")
        window.named("uscc").fill(code)
        window.button("查找企业").click()
        window.sees(name)
        window.named("operator_name").fill("张三")
        window.named("operator_phone").fill("13800000000")
        window.named("licence").set_input_files(paper)
        window.named("authorisation").set_input_files(paper)
        window.named("login_name").fill("wangting")
        window.named("password").fill("a long enough passphrase 7")
        window.named("again").fill("a long enough passphrase 7")
        window.named("is_true").check()
        window.button("提交认领").click()
        window.sees("认领已提交，正在核验")
        with desk.window(actor=city.people["administrator"]) as other:
            other.open("/")
            other.go_to("企业认领")
            other.page.locator("#main").get_by_role("link", name=name).click()
            other.opened("通过认领").get_by_role("button", name="通过认领").click()
            other.sees_not("不予通过")
        window.open("/")
        window.go_to("匹配结果")
        window.sees(name)


def test_staff_prepare_an_application_and_the_owner_signs(desk: Desk, city: City) -> None:
    firm, product = city.seat_firm(), "信用等级贷"
    with desk.window(actor=firm.staff) as window:
        window.open("/firm/applications/new")
        window.named("amount_fen").fill(str(NEED.amount_fen // 1_000_000))
        window.named("term_months").fill("12")
        window.named("purpose").select_option("working_capital")
        window.named("contact_name").fill("李四")
        window.named("contact_phone").fill("0512-5555 0101")
        window.button("保存并选择产品").click()
        window.page.locator(".choice").filter(has_text=product).locator('[type="checkbox"]').check()
        window.button("保存并继续").click()
        window.sees("需要企业负责人提交")
    with desk.window(actor=firm.owner) as window:
        window.open("/")
        window.go_to("我的申请")
        window.link("继续填写").click()
        expect(window.named("contact_name")).to_have_value("李四")


def test_the_auditor_reads_who_looked_and_changes_nothing(desk: Desk, city: City) -> None:
    with desk.window(actor=city.people["auditor"]) as window:
        window.open("/")
        window.go_to("查询记录")
        expect(window.page.locator("h1")).to_be_visible()
        window.go_to("产品发布")
        window.page.locator("#main").get_by_role("link", name="新产品 3").first.click()
        expect(window.page.get_by_role("button", name="发布产品")).to_have_count(0)


# ---- the keyboard ---------------------------------------------------------------------------------


def focused(window: Window) -> str:
    return str(window.page.evaluate("document.activeElement.id || document.activeElement.className"))


def test_the_skip_link_leads_past_the_header(desk: Desk) -> None:
    with desk.window() as window:
        window.open("/products")
        window.page.keyboard.press("Tab")
        link = window.page.locator(".skip-link")
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()
        window.page.keyboard.press("Enter")
        expect(window.page.locator("#main")).to_be_focused()


def test_signing_in_takes_only_keys(desk: Desk, city: City) -> None:
    with desk.window() as window:
        window.open("/sign-in")
        window.page.locator(".skip-link").focus()
        window.page.keyboard.press("Enter")
        window.page.keyboard.press("Tab")
        expect(window.named("login_name")).to_be_focused()
        window.page.keyboard.type(city.login_of(city.lender.reviewer))
        window.page.keyboard.press("Tab")
        expect(window.named("password")).to_be_focused()
        window.page.keyboard.type(PASSWORD)
        window.page.keyboard.press("Tab")
        expect(window.button("登录")).to_be_focused()
        window.page.keyboard.press("Enter")
        expect(window.page.locator(".user-menu")).to_be_visible()


def test_the_slash_goes_to_the_search(desk: Desk) -> None:
    with desk.window() as window:
        window.open("/")
        window.page.keyboard.press("/")
        assert focused(window) == "site-search"
        window.page.keyboard.type("信用等级")
        window.page.keyboard.press("Enter")
        window.page.wait_for_url("**/products?q=*")
        window.sees("信用等级贷")


def test_the_slash_opens_the_menu_of_a_narrow_window(desk: Desk) -> None:
    with desk.window(size=NARROW) as window:
        window.open("/")
        window.page.keyboard.press("/")
        expect(window.page.locator("#site-search-narrow")).to_be_focused()
        window.page.keyboard.press("Escape")
        expect(window.page.locator(".nav-narrow > summary")).to_be_focused()


def test_a_queue_is_walked_with_j_and_k_and_opened_with_enter(desk: Desk, city: City) -> None:
    with desk.window(actor=city.lender.reviewer) as window:
        window.open("/lender/applications?whose=branch")
        rows = window.page.locator("table[data-queue] tbody tr")
        assert rows.count() >= 3
        for key in "jjjk":
            window.page.keyboard.press(key)
        expect(rows.nth(1)).to_have_class("at")
        target = rows.nth(1).locator("a").first.get_attribute("href")
        window.page.keyboard.press("Enter")
        window.page.wait_for_url(f"**{target}")
        expect(window.page.locator("h1")).to_be_visible()


def test_a_disclosure_opens_by_key_and_its_button_is_next(desk: Desk, city: City) -> None:
    with desk.window(actor=city.firm.owner) as window:
        window.open("/firm/matches")
        summary = window.page.locator("#eligible summary").last
        summary.focus()
        window.page.keyboard.press("Enter")
        expect(window.page.locator("#eligible .match-body").last).to_be_visible()


# ---- the switches ---------------------------------------------------------------------------------


def test_the_language_stays_as_it_was_chosen(desk: Desk) -> None:
    with desk.window() as window:
        window.open("/products")
        window.page.locator(".switches-wide").get_by_role("button", name="English").click()
        expect(window.page.locator("html")).to_have_attribute("lang", "en")
        window.page.locator(".nav-row a").first.click()
        expect(window.page.locator("html")).to_have_attribute("lang", "en")
        window.page.locator(".switches-wide").get_by_role("button", name="中文").click()
        expect(window.page.locator("html")).to_have_attribute("lang", "zh-CN")


@pytest.mark.parametrize(("label", "name"), [("大字", "large-print"), ("高对比", "high-contrast")])
def test_a_display_switch_stays_until_it_is_pressed_again(label: str, name: str, desk: Desk) -> None:
    with desk.window() as window:
        window.open("/products")
        for pressed in ("true", "false"):
            window.page.locator(".switches-wide").get_by_role("button", name=label).click()
            button = window.page.locator(".switches-wide").get_by_role("button", name=label)
            expect(button).to_have_attribute("aria-pressed", pressed)
            has = name in (window.page.locator("html").get_attribute("class") or "")
            assert has == (pressed == "true")


def test_an_error_leads_to_its_field(desk: Desk, city: City) -> None:
    with desk.window(actor=city.firm.owner) as window:
        window.refused.add(422)
        window.open("/firm/applications/new")
        window.named("amount_fen").fill("很多")
        window.button(Words("保存并选择产品", "Save and choose products")).click()
        summary = window.page.locator(".error-summary")
        expect(summary).to_be_focused()
        summary.get_by_role("link").first.click()
        expect(window.named("amount_fen")).to_be_focused()
        expect(window.named("amount_fen")).to_have_value("很多")
