"""Scenario 4 of the domain with one lender, by hand: from a drafted product to a recorded grant and a refused look."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from creditbridge.access.rules import Actor
from creditbridge.disclosure.door import NO_CONSENT
from creditbridge.kernel.words import Words
from matching.applications.desk.steps import BUTTONS, FORMS
from tests.e2e.browsing import NARROW, WIDE, Desk, Window
from tests.e2e.city import City
from tests.scene import TestFirm, TestLender

pytestmark = pytest.mark.e2e

BUSINESS = Words("产品管理", "Products")
PUBLICATION = Words("产品发布", "Products")
PRODUCTS = Words("贷款产品", "Loan products")
MATCHES = Words("匹配结果", "Matches")
APPLICATIONS = Words("贷款申请", "Applications")
MINE = Words("我的申请", "My applications")
CONSENTS = Words("授权与查询", "Consents")
OVERVIEW = Words("总览", "Overview")


class Story:
    """The people of one story, each at a window of their own, in one language and at one size."""

    scripts = True

    def __init__(self, desk: Desk, city: City, locale: str, size: tuple[int, int], *, label: str) -> None:
        self.desk, self.city, self.locale, self.size = desk, city, locale, size
        self.lender: TestLender = city.seat_lender(f"听涛银行{label}")
        self.firm: TestFirm = city.seat_firm(f"青禾织造{label}有限公司", grade="A")
        self.product = {"zh": f"织造专项贷{label}", "en": f"Weavers' loan {label}"}

    @property
    def product_name(self) -> str:
        return self.product[self.locale]

    def at(self, actor: Actor | None):
        return self.desk.window(actor=actor, locale=self.locale, size=self.size, scripts=self.scripts)

    # ---- the product ----------------------------------------------------------------------------

    def draft_a_product(self) -> None:
        with self.at(None) as window:
            window.sign_in(self.city.login_of(self.lender.manager))
            window.go_to(BUSINESS)
            window.link("新建产品").click()
            self._fill_product(window)
            window.button("添加条件").click()
            window.named("criteria-0-fact").select_option("platform_grade")
            self._refresh(window)
            expect(window.page.locator('select[name="criteria-0-value"]')).to_be_visible()
            window.named("criteria-0-operator").select_option("at_least")
            window.named("criteria-0-value").select_option("B")
            self._refresh(window)
            sentence = window.page.locator("[data-rule='criteria-0'] [data-sentence]")
            expect(sentence).to_contain_text("B")
            window.button("添加材料").click()
            window.named("materials-0-zh").fill("营业执照")
            window.named("materials-0-en").fill("Business licence")
            window.button("保存并提交复核").click()
            window.sees("已提交本机构审批人复核。")

    def _refresh(self, window: Window) -> None:
        """With scripts the rows follow what is typed; without them a button does it."""
        if not self.scripts:
            window.button("更新输入框和说明句").click()

    def _fill_product(self, window: Window) -> None:
        window.named("name_zh").fill(self.product["zh"])
        window.named("name_en").fill(self.product["en"])
        window.named("description_zh").fill("面向织造企业的信用贷款。")
        window.named("description_en").fill("An unsecured loan for weavers.")
        window.named("amount_min").fill("10")
        window.named("amount_max").fill("300")
        window.page.locator('[name="rate_kind"][value="range"]').check()
        window.named("rate_min").fill("3.65")
        window.named("rate_max").fill("4.8")
        window.named("term_min").fill("6")
        window.named("term_max").fill("36")
        window.page.locator('[name="repayment_methods"][value="equal_instalment"]').check()
        window.page.locator('[name="guarantee_types"][value="unsecured"]').check()
        window.named("contact_phone").fill("0512-5555 0101")

    def approve_the_product(self) -> None:
        with self.at(self.lender.approver) as window:
            window.open("/")
            window.go_to(BUSINESS)
            window.link(self.product_name).click()
            window.button("复核通过").click()
            window.sees("正在等待平台发布")

    def publish_the_product(self) -> None:
        with self.at(self.city.people["administrator"]) as window:
            window.open("/")
            window.go_to(PUBLICATION)
            window.link(self.product_name).click()
            window.button("发布产品").click()
            window.sees("产品已发布，企业现在可以看到。")

    def find_out_why(self) -> None:
        """The firm reads its verdict and the value the verdict rests on, where they stand."""
        with self.at(self.firm.owner) as window:
            window.open("/")
            window.go_to(MATCHES)
            match = window.page.locator("#eligible .match").filter(has_text=self.product_name)
            expect(match).to_have_count(1)
            if match.locator("details").first.get_attribute("open") is None:
                match.locator("summary").first.click()
            expect(match.locator(".match-body")).to_be_visible()
            expect(match.get_by_text("B", exact=False).first).to_be_visible()
            window.open("/")
            window.go_to(PRODUCTS)
            window.link(self.product_name).click()
            window.sees("贵企业符合全部条件，可以申请。是否放款、放多少，由银行审核后决定。")

    def apply(self, paper: Path, amount: str = "200") -> str:
        """Three steps with a file and a signature; gives the address of the submission."""
        with self.at(self.firm.owner) as window:
            window.open("/")
            window.go_to(PRODUCTS)
            window.link(self.product_name).click()
            window.link("申请这个产品").click()
            window.named("amount_fen").fill(amount)
            window.named("term_months").fill("12")
            window.named("purpose").select_option("working_capital")
            window.named("contact_name").fill("王经理")
            window.named("contact_phone").fill("0512-5555 0101")
            window.button("保存并选择产品").click()
            chosen = window.page.locator(".choice").filter(has_text=self.product_name)
            chosen.locator('[type="checkbox"]').check()
            chosen.locator("select").select_option(index=1)
            window.button("保存并继续").click()
            window.page.locator("#materials input[type=file]").set_input_files(paper)
            window.page.locator("#materials").get_by_role("button", name=window.t("添加")).click()
            window.sees("材料已添加。")
            window.sees(paper.name)
            window.refused.add(422)
            window.button("提交申请").click()
            expect(window.page.locator(".error-summary")).to_be_visible()  # nothing is signed yet
            window.page.locator('[name="signed_lenders"]').check()
            window.button("提交申请").click()
            window.sees("申请已提交，共 %(n)s 家机构。有进展时会给您发消息。", n=1)
            window.link(self.product_name).click()
            window.sees("办理进程")
            return window.page.url.rsplit("/", 1)[-1]

    # ---- the review -----------------------------------------------------------------------------

    def ask_for_more(self) -> None:
        with self.at(self.lender.reviewer) as window:
            self._open_from_queue(window)
            window.button(BUTTONS["accept"]).click()
            window.sees("已受理。")
            window.button(BUTTONS["start_review"]).click()
            window.sees("已开始审核。")
            window.link(FORMS["request_supplement"].title).click()
            window.named("items").fill("近三个月流水")
            window.button(FORMS["request_supplement"].button).click()
            window.sees("已通知企业补充材料，办理时限暂停计算。")

    def _open_from_queue(self, window: Window) -> None:
        window.open("/")
        window.go_to(APPLICATIONS)
        window.page.locator("#main").get_by_role("link", name=self.firm.name).first.click()
        window.sees("办理进程")

    def answer(self, submission: str, paper: Path) -> None:
        with self.at(self.firm.owner) as window:
            window.open(f"/firm/submissions/{submission}")
            window.sees("近三个月流水")
            window.page.locator("#supplement input[type=file]").set_input_files(paper)
            window.named("answer").fill("见附件")
            window.button("提交补充材料").click()
            window.sees("已补充，机构会继续审核。")

    def propose(self) -> None:
        with self.at(self.lender.reviewer) as window:
            self._open_from_queue(window)
            window.link(FORMS["propose_terms"].title).click()
            window.named("amount_fen").fill("150")
            window.named("annual_rate_ppm").fill("3.85")
            window.named("repayment_method").select_option("equal_instalment")
            window.named("guarantee_type").select_option("unsecured")
            window.button("先算综合成本").click()
            window.sees("企业实际到手")
            window.button(FORMS["propose_terms"].button).click()
            window.sees("方案已提交审批。")

    def approve_the_terms(self) -> None:
        with self.at(self.lender.approver) as window:
            self._open_from_queue(window)
            opened = window.opened(BUTTONS["approve_terms"])
            opened.get_by_role("button", name=window.t(BUTTONS["approve_terms"])).click()
            window.sees("方案已审批通过，企业已收到通知。")

    def accept(self, submission: str) -> None:
        with self.at(self.firm.owner) as window:
            window.open(f"/firm/submissions/{submission}")
            window.sees("年化综合融资成本")
            opened = window.opened("接受方案")
            opened.get_by_role("button", name=window.t("接受方案")).click()
            window.sees("已接受授信方案，请按机构通知办理签约。")

    def record(self, contract: str) -> None:
        with self.at(self.lender.reviewer) as window:
            self._open_from_queue(window)
            window.link("签约并登记授信").click()
            window.named("contract_number").fill(contract)
            window.named("first_time_borrower").check()
            window.button("登记授信").click()
            window.sees("授信已登记，企业已收到通知。")
            window.sees(contract)

    # ---- afterwards -----------------------------------------------------------------------------

    def see_it_in_the_overview(self) -> None:
        """The administrator finds the lender and the firm's grant by following the figures."""
        with self.at(self.city.people["administrator"]) as window:
            window.open("/")
            window.go_to(OVERVIEW)
            expect(window.page.locator("#main")).to_contain_text(self.lender.name)
            window.go_to(Words("授信", "Credit lines"))
            expect(window.page.locator("#main")).to_contain_text(self.firm.name)

    def see_who_looked(self) -> None:
        with self.at(self.firm.owner) as window:
            window.open("/")
            window.go_to(CONSENTS)
            window.link("谁看过我的数据").click()
            expect(window.page.locator("#main")).to_contain_text(self.lender.name)
            expect(window.page.locator("#main")).to_contain_text(self.lender.reviewer.name)

    def revoke(self, submission: str) -> None:
        """After an application of the firm's is under way, its consent is taken back: the application ends."""
        with self.at(self.lender.reviewer) as window:
            window.open(f"/lender/applications/{submission}")
            window.sees("企业信用信息")
        with self.at(self.firm.owner) as window:
            window.open("/")
            window.go_to(CONSENTS)
            row = window.page.locator("#main tbody tr").filter(has_text=window.t(Words("生效中", "Active")))
            row.locator("a").first.click()
            opened = window.opened("撤销授权")
            opened.locator('[name="reason"]').fill("换一家银行")
            opened.get_by_role("button", name=window.t("确定撤销")).click()
            expect(window.page.locator("#main")).to_contain_text(window.t(Words("已撤销", "Revoked")))
            window.open(f"/firm/submissions/{submission}")
            expect(window.page.locator("#main")).to_contain_text(window.t(Words("已撤回", "Withdrawn")))
        with self.at(self.lender.reviewer) as window:
            window.open(f"/lender/applications/{submission}")
            window.sees("不能查看企业信息")
            window.sees(NO_CONSENT)
            window.sees_not("企业信用信息")


@pytest.mark.parametrize(
    ("locale", "size"), [("zh", WIDE), ("en", NARROW)], ids=["chinese-1440", "english-375"]
)
def test_from_a_drafted_product_to_a_grant_and_a_refused_look(
    locale: str, size: tuple[int, int], desk: Desk, city: City, paper: Path
) -> None:
    story = Story(desk, city, locale, size, label={"zh": "A", "en": "B"}[locale])
    story.draft_a_product()
    story.approve_the_product()
    story.publish_the_product()
    story.find_out_why()
    submission = story.apply(paper)
    story.ask_for_more()
    story.answer(submission, paper)
    story.propose()
    story.approve_the_terms()
    story.accept(submission)
    story.record(f"HT-{locale}-001")
    story.see_it_in_the_overview()
    story.see_who_looked()
    story.revoke(story.apply(paper, amount="80"))
