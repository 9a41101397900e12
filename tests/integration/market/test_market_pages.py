"""Product pages for anyone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from creditbridge.access.rules import Actor, Role
from lenders.admission.tree import Operator
from tests.people import People
from tests.products import criterion, rule
from tests.scene import Scene, grade_at_least

AsActor = Callable[[Actor], FlaskClient]


@pytest.mark.parametrize("path", ["/", "/products", "/compare", "/lenders"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_platform_still_has_its_pages(client: FlaskClient, path: str, lang: str) -> None:
    assert client.get(f"{path}?lang={lang}" if path == "/" else path).status_code == 200


def test_home_counts_lenders_and_products(client: FlaskClient, scene: Scene) -> None:
    scene.product(scene.lender("江湾银行"))
    text = client.get("/").get_data(as_text=True)
    assert "1 家" in text
    assert "1 个" in text


def test_products_are_listed_with_their_true_cost(client: FlaskClient, scene: Scene) -> None:
    product = scene.product(scene.lender("江湾银行"))
    text = client.get("/products").get_data(as_text=True)
    assert product.public_id in text
    assert "3.65%–4.80%" in text
    assert "单利" in text
    assert "江湾银行" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("amount=100&term=12", True),
        ("amount=301", False),
        ("amount=1.2亿", False),
        ("guarantee=unsecured&guarantee=mortgage", True),
        ("guarantee=right_pledge", False),
        ("method=equal_instalment", True),
        ("rate=range", True),
        ("rate=fixed", False),
        ("kind=natural_person", False),
        ("region=320581", True),
        ("purpose=green", True),
        ("q=稳企", True),
        ("q=没有这个", False),
        ("sort=amount", True),
        ("cursor=unknown", True),
    ],
)
def test_filters_live_in_the_address(client: FlaskClient, scene: Scene, query: str, found: bool) -> None:
    product = scene.product(scene.lender())
    answer = client.get(f"/products?{query}")
    assert answer.status_code == 200
    assert (product.public_id in answer.get_data(as_text=True)) is found


@pytest.mark.parametrize(
    "query",
    [
        "amount=abc",
        "amount=-3",
        "amount=99999999999",
        "term=0",
        "term=12.5",
        "purpose=yacht",
        "guarantee=trust",
        "guarantee=unsecured&guarantee=unsecured",
        "method=never",
        "lender=x",
        "region=123456",
        "rate=free",
        "kind=cat",
        f"q={'长' * 61}",
        "sort=luck",
        "unknown=1",
        "amount=1&amount=2",
        "q=%00",
        "amount=%F0%9F%98%80",
    ],
)
def test_a_bad_filter_is_told_and_the_list_stays(client: FlaskClient, scene: Scene, query: str) -> None:
    product = scene.product(scene.lender())
    answer = client.get(f"/products?{query}")
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "部分筛选条件无法识别" in text
    assert product.public_id in text


def test_pages_of_the_list_hold_every_product_once(client: FlaskClient, scene: Scene) -> None:
    lender = scene.lender()
    made = {scene.product(lender, name=f"产品 {n}").public_id for n in range(14)}
    first = client.get("/products").get_data(as_text=True)
    last_shown = first.split('name="p" value="')[-1][:20]
    second = client.get(f"/products?cursor={last_shown}").get_data(as_text=True)
    shown = [row[:20] for page in (first, second) for row in page.split('name="p" value="')[1:]]
    assert len(shown) == 14
    assert set(shown) == made


def test_a_product_page_says_terms_cost_and_conditions(client: FlaskClient, scene: Scene) -> None:
    product = scene.product(scene.lender("江湾银行"), admission=grade_at_least("B"))
    text = client.get(f"/products/{product.public_id}?amount=120&term=24").get_data(as_text=True)
    assert "信用等级不低于 B 级" in text
    assert "借 120 万元，期限 24 个月" in text
    assert "我的企业符合吗？" in text
    assert text.count("<tr>") > 24


def test_an_english_reader_gets_the_words_in_english(client: FlaskClient, scene: Scene) -> None:
    product = scene.product(scene.lender(), admission=grade_at_least("B"))
    text = client.get(f"/products/{product.public_id}", headers={"Accept-Language": "en"}).get_data(
        as_text=True
    )
    assert "Steady loan" in text
    assert "Credit grade must be B or better" in text


@pytest.mark.parametrize("query", ["amount=x", "term=-1", "method=never", "foo=1"])
def test_a_bad_example_is_told(client: FlaskClient, scene: Scene, query: str) -> None:
    product = scene.product(scene.lender())
    answer = client.get(f"/products/{product.public_id}?{query}")
    assert answer.status_code == 422
    assert "稳企贷" in answer.get_data(as_text=True)


def test_a_product_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"/products/{'0' * 20}").status_code == 404
    assert client.get("/products/%27%22").status_code == 404


def test_a_firm_sees_each_condition_with_its_own_value(as_actor: AsActor, scene: Scene) -> None:
    tree = rule(
        criterion("platform_grade", Operator.AT_LEAST, "B"), criterion("employees", Operator.AT_LEAST, 5)
    )
    product, firm = scene.product(scene.lender(), admission=tree), scene.firm(grade="A")
    text = as_actor(firm.owner).get(f"/products/{product.public_id}").get_data(as_text=True)
    assert "贵企业为 A 级" in text
    assert "来源：平台评价，2026-11-01" in text
    assert "补充“从业人员”" in text
    assert "还有 1 项条件缺少信息" in text


def test_an_ineligible_firm_sees_why(as_actor: AsActor, scene: Scene) -> None:
    product, firm = scene.product(scene.lender(), admission=grade_at_least("B")), scene.firm(grade="D")
    text = as_actor(firm.staff).get(f"/products/{product.public_id}").get_data(as_text=True)
    assert "信用等级不低于 B 级；贵企业为 D 级" in text
    assert "申请这个产品" not in text


def test_the_lender_sees_protected_counts_and_others_none(
    as_actor: AsActor, client: FlaskClient, scene: Scene
) -> None:
    lender, other = scene.lender(), scene.lender()
    product = scene.product(lender, admission=grade_at_least("B"))
    for _ in range(6):
        scene.firm(grade="A")
    scene.firm(grade="D")
    path = f"/products/{product.public_id}"
    own = as_actor(lender.manager).get(path).get_data(as_text=True)
    assert "全市企业的匹配情况" in own
    assert "少于 5 家或不公布" in own
    assert "全市企业的匹配情况" not in as_actor(other.manager).get(path).get_data(as_text=True)
    assert "全市企业的匹配情况" not in client.get(path).get_data(as_text=True)


def test_the_platform_sees_exact_counts(as_actor: AsActor, scene: Scene, people: People) -> None:
    product = scene.product(scene.lender(), admission=grade_at_least("B"))
    scene.firm(grade="A")
    auditor = people.member(Role.PLATFORM_AUDITOR)
    text = as_actor(auditor).get(f"/products/{product.public_id}").get_data(as_text=True)
    assert "1 家" in text
    assert "少于 5 家" not in text


def test_products_stand_side_by_side(client: FlaskClient, scene: Scene) -> None:
    lender = scene.lender()
    a, b = scene.product(lender, name="甲贷"), scene.product(lender, name="乙贷")
    answer = client.get(f"/compare?p={a.public_id}&p={b.public_id}&amount=80&term=24")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert text.count("80 万元，24 个月") == 2
    assert f"p={b.public_id}&amp;amount=80&amp;term=24" in text


def test_a_firm_compares_what_it_meets(as_actor: AsActor, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm(grade="C")
    a = scene.product(lender, name="甲贷", admission=grade_at_least("B"))
    b = scene.product(lender, name="乙贷")
    text = as_actor(firm.owner).get(f"/compare?p={a.public_id}&p={b.public_id}").get_data(as_text=True)
    assert "是否符合" in text
    assert "贵企业为 C 级" in text


def test_five_products_are_too_many_and_four_are_shown(client: FlaskClient, scene: Scene) -> None:
    lender = scene.lender()
    made = [scene.product(lender, name=f"产品 {n}") for n in range(5)]
    answer = client.get("/compare?" + "&".join(f"p={row.public_id}" for row in made))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert text.count('scope="col"') == 4


@pytest.mark.parametrize("query", [f"p={'0' * 20}", "p=zz", "p=", "amount=x", "p=1&p=1"])
def test_a_comparison_of_nothing_says_what_to_do(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/compare?{query}")
    assert answer.status_code in (200, 422)
    assert "还没有选择产品" in answer.get_data(as_text=True)


def test_lenders_are_listed_with_their_products(client: FlaskClient, scene: Scene) -> None:
    lender = scene.lender("江湾银行")
    scene.product(lender)
    text = client.get("/lenders").get_data(as_text=True)
    assert "江湾银行" in text
    assert "1 个贷款产品" in text
