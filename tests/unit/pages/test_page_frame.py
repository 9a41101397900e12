"""The frame: language, display, headers, static files, header contents."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from creditbridge.kernel.words import Words
from creditbridge.pages.assets import static_folder, static_url
from creditbridge.pages.display import safe_return
from creditbridge.pages.frame import Person

LENDER = Person("李明", "江湾银行", Words("审核员", "Reviewer"), "lender")


def test_chinese_comes_first(client: FlaskClient) -> None:
    assert '<html lang="zh-CN"' in client.get("/styleguide").text


def test_the_browsers_language_counts(client: FlaskClient) -> None:
    assert '<html lang="en"' in client.get("/styleguide", headers={"Accept-Language": "en-GB,en;q=0.9"}).text


def test_the_persons_language_goes_before_the_browsers(make_app: Callable[..., Flask]) -> None:
    page = make_app(locale="zh").test_client().get("/styleguide", headers={"Accept-Language": "en"})
    assert '<html lang="zh-CN"' in page.text


def test_the_switch_keeps_the_language(client: FlaskClient) -> None:
    answer = client.post("/language", data={"lang": "en", "next": "/styleguide"})
    assert (answer.status_code, answer.location) == (303, "/styleguide")
    assert '<html lang="en"' in client.get("/styleguide", headers={"Accept-Language": "zh"}).text


def test_lang_in_the_address_holds_for_one_answer(client: FlaskClient) -> None:
    answer = client.get("/styleguide?lang=en")
    assert '<html lang="en"' in answer.text
    assert not any("lang=" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert '<html lang="zh-CN"' in client.get("/styleguide").text


@pytest.mark.parametrize(
    ("path", "data"), [("/language", {"lang": "fr"}), ("/language", {}), ("/display", {"switch": "session"})]
)
def test_switches_take_known_values_only(client: FlaskClient, path: str, data: dict[str, str]) -> None:
    assert client.post(path, data=data).status_code == 422


def test_a_display_switch_turns_on_and_off(client: FlaskClient) -> None:
    client.post("/display", data={"switch": "large_print"})
    assert 'class="large-print"' in client.get("/styleguide").text
    client.post("/display", data={"switch": "large_print"})
    assert 'class="large-print"' not in client.get("/styleguide").text


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "",
        None,
        "javascript:x",
        "/a\r\nb",
        "/" + "a" * 3000,
    ],
)
def test_nobody_is_sent_to_another_site(address: str | None) -> None:
    assert safe_return(address) == "/"


def test_people_come_back_to_where_they_were() -> None:
    assert safe_return("/products?sort=-amount") == "/products?sort=-amount"


def test_the_gallery_is_for_platform_staff(make_app: Callable[..., Flask]) -> None:
    assert make_app(person=LENDER).test_client().get("/styleguide").status_code == 404
    assert make_app(person=None).test_client().get("/styleguide").status_code == 404


def test_the_policy_allows_no_inline_code(client: FlaskClient) -> None:
    policy = client.get("/styleguide").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_gallery_needs_no_inline_code(client: FlaskClient, lang: str) -> None:
    page = client.get(f"/styleguide?lang={lang}").text
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_the_gallery_is_wholly_english_in_english(client: FlaskClient) -> None:
    page = client.get("/styleguide?lang=en").text
    body = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])
    assert re.findall(r"[\u4e00-\u9fff]+", body) == []


def test_every_id_stands_once(client: FlaskClient) -> None:
    ids = re.findall(r'\sid="([^"]+)"', client.get("/styleguide").text)
    assert len(ids) == len(set(ids))


def test_a_wrong_form_is_shown_again_with_its_errors(client: FlaskClient) -> None:
    answer = client.post("/styleguide", data={"firm": "甲厂", "amount": "9999"})
    assert answer.status_code == 422
    assert 'value="9999"' in answer.text
    assert "error-summary" in answer.text


@pytest.mark.parametrize(
    "header",
    ["X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"],
)
def test_every_answer_carries_the_headers(client: FlaskClient, header: str) -> None:
    assert header in client.get("/").headers
    assert header in client.get("/nowhere").headers


def test_pages_are_not_stored(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_https_is_kept_where_cookies_are_secure(make_app: Callable[..., Flask]) -> None:
    assert "Strict-Transport-Security" in make_app(SECURE_COOKIES=True).test_client().get("/").headers
    assert "Strict-Transport-Security" not in make_app().test_client().get("/").headers


def test_trace_is_refused(client: FlaskClient) -> None:
    assert client.open("/", method="TRACE").status_code == 405


def test_static_files_are_versioned_and_kept(app: Flask) -> None:
    with app.test_request_context():
        address = static_url("css/tokens.css")
    answer = app.test_client().get(address, buffered=True)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_static_file_without_version_is_not_kept_for_a_year(app: Flask) -> None:
    assert "immutable" not in app.test_client().get("/static/css/tokens.css", buffered=True).headers.get(
        "Cache-Control", ""
    )


def test_bootstrap_is_served_from_here(app: Flask) -> None:
    with app.test_request_context():
        address = url_for("bootstrap.static", filename="css/bootstrap.min.css")
    assert "v=" in address
    assert app.test_client().get(address, buffered=True).status_code == 200


def test_every_file_the_frame_names_is_there(client: FlaskClient) -> None:
    addresses = re.findall(r'(?:href|src)="(/(?:static|bootstrap)/[^"]+)"', client.get("/styleguide").text)
    assert addresses
    assert {
        client.get(address.replace("&amp;", "&"), buffered=True).status_code for address in addresses
    } == {200}


def test_the_demo_is_named_on_every_page(make_app: Callable[..., Flask]) -> None:
    assert "演示数据" in make_app(DEMO=True).test_client().get("/nowhere").text
    assert "演示数据" not in make_app().test_client().get("/nowhere").text


def test_unread_messages_are_counted(make_app: Callable[..., Flask]) -> None:
    assert re.search(r"未读 </span>\s*99\+", make_app(unread=250).test_client().get("/nowhere").text)


def test_a_visitor_is_offered_to_sign_in(make_app: Callable[..., Flask]) -> None:
    page = make_app(person=None).test_client().get("/nowhere").text
    assert "登录" in page
    assert "退出登录" not in page


def test_scripts_set_no_markup_from_text() -> None:
    sources = [path.read_text("utf-8") for path in Path(static_folder(), "js").glob("*.js")]
    assert sources
    assert not any(re.search(r"innerHTML|outerHTML|document\.write|eval\(", source) for source in sources)


def test_a_group_of_the_navigation_opens_without_scripts(client: FlaskClient) -> None:
    page = client.get("/styleguide").text
    row = page[page.index('<nav class="nav-row-inner"') :]
    group = row[row.index("<details") : row.index("</details>")]
    assert re.search(r'<summary aria-current="true">机构与产品', group)
    assert re.search(r'<a href="/products" aria-current="page">产品<span class="count">2', group)


def test_the_menu_of_narrow_windows_shows_every_entry_of_a_group(client: FlaskClient) -> None:
    page = client.get("/styleguide").text
    menu = page[page.index('<ul class="nav-sections">') : page.index("nav-row-inner")]
    assert "<details" not in menu
    assert re.search(r"<p>机构与产品</p><ul><li><a href=\"/products\"", menu)
