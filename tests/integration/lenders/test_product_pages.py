"""The pages of products: that they show, that they keep what was typed, and that they go on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from creditbridge.access.rules import Actor
from creditbridge.pages.forms import Form
from creditbridge.store.database import Database
from lenders.products import drafting, editing, lookup, views
from lenders.products.rules import Draft
from lenders.products.schemas import ProductForm
from lenders.products.seed.loader import RealProduct, real_products

SignIn = Callable[[Actor], FlaskClient]


def sent(draft: Draft, *, seen: int = 0, **changes: Any) -> MultiDict[str, str]:
    """A draft as the editor's page would send it."""
    values = Form(ProductForm, editing.form_values(draft, seen=seen)).values
    fields: MultiDict[str, str] = MultiDict()
    for name, value in values.items():
        fields.setlist(name, value if isinstance(value, list) else [value])
    for name, value in changes.items():
        fields.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return fields


def as_draft(product: RealProduct) -> Draft:
    terms = product.terms
    if product.risk_share is not None:
        terms = replace(terms, risk_share_ppm=product.risk_share.government_ppm)
    return Draft(
        product.name.zh,
        terms,
        product.admission,
        product.amount,
        product.name.en,
        product.applicant_kind,
    )


@pytest.fixture
def manager(officers, as_actor: SignIn) -> FlaskClient:
    return as_actor(officers.manager)


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def saved(database: Database, actor: Actor, public_id: str) -> Draft:
    with database.read() as session:
        return drafting.draft_of(lookup.product(session, actor, public_id))


def test_the_list_of_a_new_lender_says_what_to_do(manager):
    assert "还没有产品" in page(manager, "/lender/products")


def test_the_list_shows_state_and_versions(town, officers, draft, manager):
    town.published(officers, draft)
    shown = page(manager, "/lender/products")
    assert "助企贷" in shown
    assert "受理中" in shown


def test_the_empty_editor_opens(manager):
    assert "准入条件" in page(manager, "/lender/products/new")


def test_a_new_product_is_saved_from_the_form(manager, draft, database, officers):
    answer = manager.post("/lender/products/new", data=sent(draft, _action="save"))
    assert answer.status_code == 302
    public_id = answer.location.split("/")[-2]
    assert saved(database, officers.manager, public_id) == draft


@pytest.mark.parametrize("product", real_products(), ids=lambda product: product.reference)
def test_every_real_product_survives_the_editor(product: RealProduct):
    draft = as_draft(product)
    form = Form.decode(ProductForm, sent(draft))
    assert form.validate(), form.errors
    assert editing.read_draft(form.data) == draft


def test_a_real_product_survives_the_page(town, officers, manager, database):
    draft = as_draft(next(product for product in real_products() if product.reference == "P22"))
    public_id = town.drafted(officers, draft)
    assert page(manager, f"/lender/products/{public_id}/edit").count("data-rule=") == 2
    manager.post(f"/lender/products/{public_id}/edit", data=sent(draft, seen=1, _action="save"))
    assert saved(database, officers.manager, public_id) == draft


def test_a_wrong_form_is_shown_again_with_what_was_typed(manager, draft):
    answer = manager.post(
        "/lender/products/new", data=sent(draft, name_zh="", amount_max="很多", _action="save")
    )
    assert answer.status_code == 422
    shown = answer.get_data(as_text=True)
    assert "很多" in shown
    assert "error-summary" in shown


def test_a_wrong_condition_is_named_at_its_field(manager, draft):
    fields = sent(
        draft, criteria__0__fact="annual_revenue", criteria__0__operator="at_least", criteria__0__value="许多"
    )
    fields["_action"] = "save"
    answer = manager.post("/lender/products/new", data=fields)
    assert answer.status_code == 422
    assert 'id="f-criteria-0-value-error"' in answer.get_data(as_text=True)


def test_a_condition_the_fact_cannot_take_is_refused(manager, draft):
    fields = sent(
        draft, criteria__0__fact="platform_grade", criteria__0__operator="at_least", criteria__0__value="Z"
    )
    answer = manager.post("/lender/products/new", data=fields)
    assert answer.status_code == 422


def test_broken_json_is_told_by_line(manager, draft):
    fields = sent(draft, use_json="true", admission_json='{"language": 1,\n "all": [}')
    answer = manager.post("/lender/products/new", data=fields)
    assert answer.status_code == 422
    assert "第 2 行" in answer.get_data(as_text=True)


def test_json_counts_where_it_is_to_count(manager, draft, database, officers):
    rule = '{"language": 1, "any": [{"id": "a", "fact": "owns_ip", "operator": "is_true"}]}'
    answer = manager.post("/lender/products/new", data=sent(draft, use_json="true", admission_json=rule))
    assert answer.status_code == 302
    public_id = answer.location.split("/")[-2]
    assert saved(database, officers.manager, public_id).admission.root.mode == "any"


def test_adding_a_condition_saves_nothing(manager, draft, database, officers):
    answer = manager.post("/lender/products/new", data=sent(draft, _action="add:criteria"))
    assert answer.status_code == 200
    assert 'data-rule="criteria-0"' in answer.get_data(as_text=True)
    with database.read() as session:
        assert lookup.products_of_lender(session, officers.lender.id) == []


def test_removing_a_condition_leaves_the_others(manager):
    draft = as_draft(next(product for product in real_products() if product.reference == "P08"))
    answer = manager.post("/lender/products/new", data=sent(draft, _action="remove:criteria-0"))
    shown = answer.get_data(as_text=True)
    assert shown.count("data-rule=") == 11


def test_the_inputs_follow_the_chosen_fact(manager, draft):
    fields = sent(
        draft, criteria__0__fact="tax_credit_grade", criteria__0__operator="in_set", _action="refresh"
    )
    shown = manager.post("/lender/products/new", data=fields).get_data(as_text=True)
    assert 'type="checkbox" id="f-criteria-0-value"' in shown


def test_a_preview_says_the_sentence_and_saves_nothing(manager, draft, database, officers):
    fields = sent(
        draft, criteria__0__fact="platform_grade", criteria__0__operator="at_least", criteria__0__value="B"
    )
    fields["_action"] = "preview"
    answer = manager.post("/lender/products/new", data=fields)
    assert "信用等级不低于 B 级" in answer.get_data(as_text=True)
    with database.read() as session:
        assert lookup.products_of_lender(session, officers.lender.id) == []


def test_the_live_sentence_answers_in_json(manager):
    answer = manager.post(
        "/lender/products/sentence", data={"fact": "platform_grade", "operator": "at_least", "value": "B"}
    )
    assert answer.json == {"sentences": ["信用等级不低于 B 级"], "problems": []}


def test_the_live_sentence_says_what_is_wrong(manager):
    answer = manager.post(
        "/lender/products/sentence", data={"fact": "annual_revenue", "operator": "at_least"}
    )
    assert answer.json is not None
    assert answer.json["problems"]


def test_the_live_formula_reads_in_words(manager):
    fields = {"formula": "min", "parts-0-kind": "cap", "parts-0-amount": "1000", "parts-1-kind": "share"}
    fields |= {"parts-1-fact": "latest_valuation", "parts-1-share": "5"}
    answer = manager.post("/lender/products/formula-sentence", data=fields)
    assert answer.json is not None
    assert "最近一轮融资估值的 5%" in answer.json["sentences"][0]


def test_saving_over_a_colleague_is_asked_first(town, officers, draft, manager, database):
    public_id = town.drafted(officers, draft)
    manager.post(f"/lender/products/{public_id}/edit", data=sent(draft, seen=1))
    answer = manager.post(
        f"/lender/products/{public_id}/edit", data=sent(replace(draft, name_zh="新名"), seen=1)
    )
    assert answer.status_code == 422
    assert "刚刚保存过" in answer.get_data(as_text=True)
    again = manager.post(
        f"/lender/products/{public_id}/edit", data=sent(replace(draft, name_zh="新名"), seen=2)
    )
    assert again.status_code == 302


def test_saving_and_submitting_in_one_go(manager, draft, database, officers):
    answer = manager.post("/lender/products/new", data=sent(draft, _action="submit"))
    shown = page(manager, answer.location)
    assert "正在等待本机构审批人复核" in shown


def test_an_unfinished_draft_is_saved_but_not_submitted(manager, draft):
    fields = sent(draft, description_zh="", _action="submit")
    answer = manager.post("/lender/products/new", data=fields)
    assert answer.location.endswith("/edit")
    assert "还不能提交复核" in page(manager, answer.location)


def test_the_approver_sees_the_difference_and_approves(town, officers, draft, database, as_actor):
    product = town.published(officers, draft)
    with database.write() as session:
        version = drafting.start_version(session, officers.manager, product.public_id)
        changed = replace(draft, name_zh="助企贷二代")
        drafting.save_draft(session, officers.manager, product.public_id, changed, seen=version.version)
        drafting.submit(session, officers.manager, product.public_id)
    client = as_actor(officers.approver)
    shown = page(client, f"/lender/products/{product.public_id}")
    assert "<del>助企贷</del>" in shown
    answer = client.post(f"/lender/products/{product.public_id}/approve", data={"seen": "3"})
    assert answer.status_code == 302
    assert "正在等待平台发布" in page(client, f"/lender/products/{product.public_id}")


def test_a_return_without_reason_keeps_the_page_and_says_why(town, officers, draft, as_actor):
    public_id = town.submitted(officers, draft)
    answer = as_actor(officers.approver).post(
        f"/lender/products/{public_id}/return", data={"seen": "2", "reason": ""}
    )
    assert answer.status_code == 422
    assert "退回原因" in answer.get_data(as_text=True)


def test_the_platform_finds_and_publishes_what_waits(town, officers, draft, admin, as_actor):
    public_id = town.approved(officers, draft)
    client = as_actor(admin)
    assert "助企贷" in page(client, "/platform/products")
    client.post(f"/lender/products/{public_id}/publish", data={"seen": "3"})
    assert "受理中" in page(client, f"/lender/products/{public_id}")


def test_the_platform_pages_through_all_products(town, officers, draft, admin, as_actor, monkeypatch):
    monkeypatch.setattr(views, "LISTED", 2)
    for name in ("甲贷", "乙贷", "丙贷"):
        town.submitted(officers, replace(draft, name_zh=name))
    client = as_actor(admin)
    first = page(client, "/platform/products")
    assert ["甲贷" in first, "乙贷" in first, "丙贷" in first] == [False, True, True]
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = page(client, following[1])
    assert ["甲贷" in second, "乙贷" in second, "丙贷" in second] == [True, False, False]
    assert 'rel="next"' not in second
    assert "丙贷" in page(client, "/platform/products?cursor=x")


def test_versions_are_shown_side_by_side(town, officers, draft, manager, database):
    public_id = town.published(officers, draft).public_id
    with database.write() as session:
        drafting.start_version(session, officers.manager, public_id)
    assert "两个版本的内容相同" in page(manager, f"/lender/products/{public_id}/versions/2")


def test_suspending_by_page_needs_a_reason(town, officers, draft, manager):
    public_id = town.published(officers, draft).public_id
    assert manager.post(f"/lender/products/{public_id}/suspend", data={"reason": ""}).status_code == 422
    assert manager.post(f"/lender/products/{public_id}/suspend", data={"reason": "调整"}).status_code == 302
    assert manager.post(f"/lender/products/{public_id}/resume").status_code == 302


@pytest.mark.parametrize("path", ["", "/edit", "/versions/1"])
def test_another_lenders_page_is_not_found(path, town, officers, draft, as_actor):
    public_id = town.drafted(officers, draft)
    stranger = town.lender()
    page(as_actor(stranger.manager), f"/lender/products/{public_id}{path}", 404)


def test_a_reviewer_reads_but_does_not_write(town, officers, draft, as_actor):
    public_id = town.drafted(officers, draft)
    client = as_actor(officers.reviewer)
    page(client, f"/lender/products/{public_id}")
    page(client, f"/lender/products/{public_id}/edit", 403)


@pytest.mark.parametrize("path", ["/lender/products", "/lender/products/new"])
def test_the_pages_read_in_english(path, manager):
    assert 'lang="en"' in page(manager, f"{path}?lang=en")


def test_costs_and_documents_come_back_from_the_page(manager, draft, database, officers):
    fields = sent(
        draft,
        fees__0__kind="guarantee",
        fees__0__payer="firm",
        fees__0__when="annual",
        fees__0__rate="1",
        subsidies__0__kind="interest",
        subsidies__0__measure="share",
        subsidies__0__share="50",
        materials__0__zh="营业执照",
        materials__1__zh="商业计划书",
        materials__1__optional="true",
    )
    answer = manager.post("/lender/products/new", data=fields)
    assert answer.status_code == 302
    terms = saved(database, officers.manager, answer.location.split("/")[-2]).terms
    assert [fee.rate_ppm for fee in terms.fees] == [10_000]
    assert [subsidy.ppm for subsidy in terms.subsidies] == [500_000]
    assert [(row.code, row.required) for row in terms.materials] == [("doc_1", True), ("doc_2", False)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fees__0__kind": "service", "fees__0__payer": "firm", "fees__0__when": "upfront"}, "fees-0-rate"),
        (
            {"subsidies__0__kind": "fee", "subsidies__0__measure": "points", "subsidies__0__share": "1"},
            "subsidies-0-measure",
        ),
        ({"rate_kind": "fixed"}, "rate_fixed"),
        ({"rate_kind": "range", "rate_min": "5", "rate_max": "4"}, "rate_min"),
        ({"rate_kind": "lpr_spread", "spread_min": "10"}, "lpr_term"),
        ({"regions": "没有这个地方"}, "regions"),
        ({"term_min": "24", "term_max": "12"}, "term_min"),
        ({"formula": "min"}, "formula"),
        ({"contact_phone": "打给我"}, "contact_phone"),
    ],
)
def test_each_mistake_is_told_at_its_field(changes, field, manager, draft):
    answer = manager.post("/lender/products/new", data=sent(draft, **changes))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.get_data(as_text=True)


def test_a_name_with_signs_is_escaped_once(town, officers, draft, manager):
    public_id = town.drafted(officers, replace(draft, name_zh="<b>融&贷</b>"))
    shown = page(manager, f"/lender/products/{public_id}/versions/1")
    assert "&lt;b&gt;融&amp;贷&lt;/b&gt; 第 1 版" in shown
    assert "<b>融" not in shown
    assert "&amp;lt;" not in shown
