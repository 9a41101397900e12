"""Forms that name another tenant's object by its id: nothing happens, and it is not shown (ASVS 8.2.2, 15.3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from flask.testing import FlaskClient

from creditbridge.access import passwords
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.app.settings import load
from creditbridge.app.web import create_app
from creditbridge.kernel import clock
from tests import city, forms
from tests.city import City, World
from tests.conftest import TODAY, opened_database
from tests.people import People
from tests.scene import Scene
from tests.watching import Watch

OWN, FOREIGN = "a", "b"


@pytest.fixture(scope="module")
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[City, Mapping[Role, FlaskClient], Watch]]:
    folder = tmp_path_factory.mktemp("references")
    settings = load({"ENVIRONMENT": "test", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40})
    settings.files_dir.mkdir(parents=True)
    with (
        opened_database(request, folder) as database,
        clock.at(TODAY),
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setattr(passwords, "hash_password", lambda _password: "no password opens this account")
        app = create_app(settings, database)
        app.config["WTF_CSRF_ENABLED"] = False
        built = city.build(Scene(People(database)), app.extensions["creditbridge_files"])
        clients = {}
        for role, token in built.worlds[OWN].sessions.items():
            clients[role] = app.test_client()
            clients[role].set_cookie("creditbridge-session", token)
        yield built, clients, Watch(database.engine)


def first(world: World, kind: str) -> str:
    return world.ids[kind][0]


REFERENCES = {
    "a draft takes another firm's document": (
        Role.FIRM_OWNER,
        lambda own, other: (
            f"/firm/applications/{first(own, 'draft')}/documents",
            {"material_code": "licence", "document_id": first(other, "free_document")},
        ),
    ),
    "a supplement answers with another firm's document": (
        Role.FIRM_OWNER,
        lambda own, other: (
            f"/firm/submissions/{own.ids['submission'][1]}/supplement",
            {"answer": "见附件", "document_ids": [first(other, "free_document")]},
        ),
    ),
    "a draft chooses a product that is not published": (
        Role.FIRM_OWNER,
        lambda own, other: (
            f"/firm/applications/{first(own, 'draft')}/products",
            {"choices-0-product_id": first(other, "draft_product"), "choices-0-chosen": "true"},
        ),
    ),
    "a draft chooses a product with another lender's branch": (
        Role.FIRM_OWNER,
        lambda own, other: (
            f"/firm/applications/{first(own, 'draft')}/products",
            {
                "choices-0-product_id": first(own, "published_product"),
                "choices-0-chosen": "true",
                "choices-0-branch_id": first(other, "branch"),
            },
        ),
    ),
    "an application is assigned to another lender's officer": (
        Role.LENDER_REVIEWER,
        lambda own, other: (
            f"/lender/applications/{first(own, 'submission')}/assign",
            {"officer": other.lender.reviewer.user_public_id},
        ),
    ),
    "an application is moved to another lender's branch": (
        Role.LENDER_REVIEWER,
        lambda own, other: (
            f"/lender/applications/{first(own, 'submission')}/transfer",
            {"branch": first(other, "branch")},
        ),
    ),
    "a grant is recorded under another lender's product": (
        Role.LENDER_REVIEWER,
        lambda _own, other: (
            "/lender/lines/new",
            {
                **forms.GRANT,
                **forms.TERMS,
                "firm_uscc": "91990000TEST000002",
                "product": first(other, "published_product"),
            },
        ),
    ),
    "a branch stands below another lender's": (
        Role.LENDER_PRODUCT_MANAGER,
        lambda _own, other: (
            "/lender/branches/new",
            {"kind": "outlet", "name": "网点", "parent": first(other, "branch")},
        ),
    ),
    "a member joins another lender's branch": (
        Role.PLATFORM_ADMINISTRATOR,
        lambda own, other: (
            f"/platform/lenders/{first(own, 'lender')}/members/new",
            {
                "login_name": "newcomer",
                "name": "新人",
                "role": "lender_reviewer",
                "branch": first(other, "branch"),
            },
        ),
    ),
}


@pytest.mark.parametrize("what", REFERENCES)
def test_a_form_cannot_name_what_is_not_ones_own(what: str, stage) -> None:
    built, clients, watch = stage
    own, other = built.worlds[OWN], built.worlds[FOREIGN]
    role, asking = REFERENCES[what]
    path, data = asking(own, other)
    watch.taken()
    answer = clients[role].post(path, data=data)

    assert watch.taken() == set()
    assert answer.status_code in (302, 404, 409, 422)
    assert role.kind is OrganisationKind.PLATFORM or other.mark not in answer.text


def test_the_same_form_with_ones_own_is_taken(stage) -> None:
    """So that the refusals above are not those of a form that is wrong in itself."""
    built, clients, watch = stage
    own = built.worlds[OWN]
    watch.taken()
    for what in (
        "a draft takes another firm's document",
        "an application is moved to another lender's branch",
    ):
        role, asking = REFERENCES[what]
        path, data = asking(own, own)
        if "branch" in data:
            data["branch"] = own.ids["branch"][1]
        clients[role].post(path, data=data)
        assert watch.taken(), what
