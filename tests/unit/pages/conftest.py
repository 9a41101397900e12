"""A small application with nothing but the frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from creditbridge.kernel.words import Words
from creditbridge.pages.frame import NavGroup, NavItem, Person, setup

STAFF = Person("王晓燕", "江湾平台", Words("平台管理员", "Administrator"), "platform")


@pytest.fixture
def make_app() -> Callable[..., Flask]:
    def make(
        person: Person | None = STAFF, locale: str | None = None, unread: int = 0, **config: Any
    ) -> Flask:
        app = Flask("pages_under_test")
        app.config.update(SECRET_KEY="for tests only", WTF_CSRF_ENABLED=False, **config)
        setup(
            app,
            navigation=lambda: [
                NavItem(Words("首页", "Home"), "home"),
                NavGroup(
                    Words("机构与产品", "Lenders and products"),
                    (NavItem(Words("产品", "Products"), "products", count=2, under=("pages.",)),),
                ),
            ],
            person=lambda: person,
            locale_of_user=lambda: locale,
            unread=lambda: unread,
            endpoints={
                "home": "home",
                "search": "products",
                "logout": "leave",
                "login": "home",
                "messages": "home",
            },
        )
        app.add_url_rule("/", "home", lambda: "home")
        app.add_url_rule("/products", "products", lambda: "products")
        app.add_url_rule("/leave", "leave", lambda: "bye", methods=["POST"])
        return app

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
