"""What the page frame shows of who is signed in: navigation by kind of organisation, person, unread messages."""

from __future__ import annotations

from flask import Flask

from creditbridge.access.guard import actor_or_none
from creditbridge.access.rules import ROLE_WORDS, OrganisationKind
from creditbridge.kernel.words import Words
from creditbridge.pages import frame as pages_frame
from creditbridge.pages.frame import NavItem, Person

PUBLIC_NAVIGATION = (NavItem(Words("首页", "Home"), "app.home"),)

NAVIGATION: dict[OrganisationKind, tuple[NavItem, ...]] = {
    OrganisationKind.FIRM: (NavItem(Words("我的企业", "My firm"), "firm_workspace.my_firm"),),
    OrganisationKind.LENDER: (NavItem(Words("工作台", "Desk"), "lender_workspace.desk"),),
    OrganisationKind.PLATFORM: (NavItem(Words("总览", "Overview"), "platform_workspace.overview"),),
}

ENDPOINTS = {
    "home": "app.home",
    "login": "account.sign_in",
    "logout": "account.sign_out",
    "account": "account.overview",
}


def setup(app: Flask) -> None:
    """Install the page frame with what this application knows of the visitor."""
    pages_frame.setup(
        app,
        navigation=navigation,
        locale_of_user=locale_of_user,
        unread=unread,
        person=person,
        endpoints=ENDPOINTS,
    )


def navigation() -> tuple[NavItem, ...]:
    actor = actor_or_none()
    return NAVIGATION[actor.kind] if actor else PUBLIC_NAVIGATION


def person() -> Person | None:
    actor = actor_or_none()
    if actor is None:
        return None
    return Person(name=actor.name, organisation=actor.organisation_name, role=ROLE_WORDS[actor.role], kind=actor.kind.value)


def locale_of_user() -> str | None:
    actor = actor_or_none()
    return actor.locale if actor else None


def unread() -> int:
    return 0
