"""Attempts to learn which firm posted a need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from creditbridge.access.rules import Actor
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from matching.needs import lookup, posting, unnaming
from matching.needs.posting import NeedDetails
from tests.scene import WAN, Scene, TestFirm, TestLender

TOWN, OTHER_TOWN, INDUSTRY = "320581", "320582", "1711"
NAME = "江湾纺织有限公司"


def details(note: str = "") -> NeedDetails:
    return NeedDetails(100 * WAN, 12, "working_capital", "王小明", "0512-55550101", note)


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm(NAME, grade="B")


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    made = scene.lender()
    scene.product(made, name="甲贷")
    return made


def place(
    database: Database, firm: TestFirm, *, town: str = TOWN, industry: str = INDUSTRY, size: str = "small"
) -> None:
    value = FactValue(size, FactSource.REGISTRY, date(2026, 11, 1))
    with database.write() as session:
        session.execute(
            update(Firm).where(Firm.id == firm.id).values(region_code=town, industry_code=industry)
        )
        facts.record_facts(session, firm.id, {"firm_size": value}, actor=None, reason="test")


def told(database: Database, firm: TestFirm) -> tuple[str | None, str | None, str | None, str | None]:
    with database.write() as session:
        need = posting.write(session, firm.staff, details())
        posting.post(session, firm.staff, need.public_id)
        return need.grade, need.firm_size, need.section, need.region_code


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        # four more like it in the town: nothing singles it out
        ([{}] * 4, ("B", "small", "C", TOWN)),
        # three more in the town, one elsewhere: the town would narrow it down to four
        ([{}] * 3 + [{"town": OTHER_TOWN}], ("B", "small", "C", None)),
        # four more in the city, but not of its size
        ([{"size": "micro"}] * 4, ("B", None, "C", None)),
        # nobody else in its section
        ([{"industry": "5111"}] * 4, ("B", None, None, None)),
        ([], ("B", None, None, None)),
    ],
)
def test_what_is_told_of_a_firm_fits_five_registered_firms(
    database: Database, scene: Scene, firm: TestFirm, beside, expected
) -> None:
    place(database, firm)
    for where in beside:
        place(database, scene.firm(grade=None), **where)
    assert told(database, firm) == expected


def test_firms_no_longer_in_business_hide_nobody(database: Database, scene: Scene, firm: TestFirm) -> None:
    place(database, firm)
    for _ in range(9):
        place(database, scene.firm(grade=None, status="deregistered"))
    assert told(database, firm) == ("B", None, None, None)


@pytest.mark.parametrize(
    "note",
    [
        "我们是江湾纺织有限公司，采购面料",
        "江湾纺织 采购面料",
        "江湾（纺织）扩产",
        "联系王小明",
        "电话 13812345678",
        "请打０５１２－５５５５０１０１",
        "写信到 a@b.cn",
        "见 www.example.com",
        "代码 91320581MA1ABCDE2X",
    ],
)
def test_a_note_that_would_give_the_firm_away_is_refused(
    database: Database, firm: TestFirm, note: str
) -> None:
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        posting.write(session, firm.staff, details(note))
    assert list(refused.value.fields) == ["note"]
    with database.write() as session:
        need = posting.write(session, firm.staff, details("采购面料，旺季周转 3 个月，合同金额 1200000 元"))
        with pytest.raises(InvalidInput):
            posting.rewrite(session, firm.staff, need.public_id, details(note))


def test_a_withdrawn_need_no_longer_tells_of_the_firm(
    database: Database, firm: TestFirm, lender: TestLender, as_actor: Callable[[Actor], FlaskClient]
) -> None:
    with database.write() as session:
        need_id = posting.write(session, firm.staff, details("旺季采购坯布")).public_id
        posting.post(session, firm.staff, need_id)
    client = as_actor(lender.reviewer)
    assert "旺季采购坯布" in client.get(f"/lender/needs/{need_id}").text

    with database.write() as session:
        posting.withdraw(session, firm.owner, need_id)
    page = client.get(f"/lender/needs/{need_id}")
    assert page.status_code == 200
    assert "旺季采购坯布" not in page.text
    assert "信用等级" not in page.text
    assert "信用等级" not in client.get("/lender/needs?show=all").text


def test_posting_and_withdrawing_again_and_again_does_not_flood_lenders(
    database: Database, firm: TestFirm, lender: TestLender
) -> None:
    def post() -> None:
        with database.write() as session:
            need_id = posting.write(session, firm.staff, details()).public_id
            posting.post(session, firm.staff, need_id)
            posting.withdraw(session, firm.owner, need_id)

    for _ in range(10):
        post()
    with pytest.raises(RuleRefused) as refused:
        post()
    assert refused.value.code == "needs_too_often"
    with clock.at(clock.now() + timedelta(days=1)):
        post()


def test_the_names_a_note_is_searched_for_are_no_everyday_words(scene: Scene, database: Database) -> None:
    made = scene.firm("面料店")
    with database.read() as session:
        found = session.get_one(Firm, made.id)
        assert unnaming.gives_away("采购面料", found, "") is None
        assert lookup.unnamed(session, found).region_code is None
