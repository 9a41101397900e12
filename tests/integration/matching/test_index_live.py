"""The index answers what reading every firm answers, and follows every committed change at the next read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.notices.model import Notice
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent
from lenders.admission.tree import Missing, Operator
from lenders.products import deciding, drafting
from matching.eligibility import service as eligibility
from matching.index import generations, live, tasks
from matching.index import service as index
from tests.products import criterion, rule
from tests.scene import Scene, grade_at_least

AS_OF = date(2026, 11, 1)


def _fact(value: object) -> FactValue:
    return FactValue(value, FactSource.DEMO, AS_OF)  # type: ignore[arg-type]


def _record(database: Database, firm_id: int, **values: object) -> None:
    with database.write() as session:
        changes = {code: None if value is None else _fact(value) for code, value in values.items()}
        facts.record_facts(session, firm_id, changes, actor=None, reason="test")


def _counts(database: Database, version_id: int) -> eligibility.Counts:
    """The index's counts, held to reading every firm."""
    with database.read() as session:
        found = index.counts(session, version_id)
        assert found == eligibility.counts(session, version_id)
    return found


@pytest.fixture(params=[False, True], ids=["in memory", "shared files"])
def folder(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Path | None:
    if request.param:
        database.places[generations.FOLDER_KEY] = tmp_path / "index"
        return tmp_path / "index"
    database.places.pop(generations.FOLDER_KEY, None)
    return None


@pytest.fixture(params=[None, 1, 3], ids=["few", "many", "many in layers"])
def changes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether changes are read as values, or as parts of their own, of which so many may lie on one another."""
    if request.param is not None:
        monkeypatch.setattr(live, "MANY_CHANGES", 0)
        monkeypatch.setattr(live, "MOST_LAYERS", request.param)


@pytest.mark.usefixtures("changes")
def test_every_change_is_in_the_next_answer(database: Database, scene: Scene, folder: Path | None) -> None:
    lender = scene.lender()
    by_grade = scene.product(lender, name="甲贷", admission=grade_at_least("B"))
    by_list = scene.product(
        lender, name="乙贷", admission=rule(criterion("in_list", Operator.IN_LIST, "cultivation_pool"))
    )
    firms = [scene.firm(grade=grade) for grade in "AABCD"]
    assert _counts(database, by_grade.version_id) == eligibility.Counts(3, 0, 2)
    assert _counts(database, by_list.version_id) == eligibility.Counts(0, 5, 0)

    _record(database, firms[0].id, platform_grade="E")
    assert _counts(database, by_grade.version_id) == eligibility.Counts(2, 0, 3)
    _record(database, firms[0].id, platform_grade=None)
    assert _counts(database, by_grade.version_id) == eligibility.Counts(2, 1, 2)

    with database.write() as session:
        facts.set_list_membership(session, "cultivation_pool", firms[1].id, True, AS_OF)
        facts.set_list_membership(session, "cultivation_pool", firms[2].id, False, AS_OF)
    assert _counts(database, by_list.version_id) == eligibility.Counts(1, 3, 1)

    scene.firm(grade="A")
    assert _counts(database, by_grade.version_id) == eligibility.Counts(3, 1, 2)
    with database.write() as session:
        session.add(Firm(firm_no=9_999, uscc="91990000NEWFIRM000", name="新企业", status="active"))
        facts.set_list_membership(session, "cultivation_pool", firms[3].id, True, AS_OF)
    assert _counts(database, by_grade.version_id).total == 7

    later = scene.product(lender, name="丙贷", admission=grade_at_least("A"))
    assert _counts(database, later.version_id).eligible == 2
    if folder is not None:
        assert len(list(folder.glob("*-*"))) == 1


def test_processes_share_one_generation_and_take_a_newer_one(
    database: Database, scene: Scene, tmp_path: Path
) -> None:
    database.places[generations.FOLDER_KEY] = folder = tmp_path / "index"
    product = scene.product(scene.lender(), admission=grade_at_least("B"))
    firms = [scene.firm(grade="A") for _ in range(3)]
    other = Database(database.url, places=database.places)
    assert _counts(database, product.version_id).eligible == 3
    first = generations.current(folder)
    with other.read() as session:
        shared = live.city(session)
        assert shared.generation.name == first
        assert not shared.generation.verdicts.tiles.flags.writeable
        assert isinstance(_mapped(shared.generation.city.firm_nos), np.memmap)
    _record(database, firms[0].id, platform_grade="E")
    with database.read() as session:
        assert live.refresh(session) is False, "one changed firm is laid over"
        generations.write(folder, live.build(session, live.clock.today()))
    assert generations.current(folder) != first
    _record(database, firms[1].id, platform_grade="E")
    with other.read() as session:
        moved = live.city(session)
        assert moved.generation.name == generations.current(folder)
        assert moved.counts(product) == (1, 0, 2)
    assert generations.verify(folder, moved.generation.name) == []
    other.dispose()


def _mapped(array: np.ndarray) -> object:
    while not isinstance(array, np.memmap) and isinstance(array.base, np.ndarray):
        array = array.base
    return array


@pytest.mark.usefixtures("changes")
def test_a_new_day_is_counted_by_its_own_date(database: Database, scene: Scene, folder: Path | None) -> None:
    aged = rule(criterion("established_on", Operator.AT_LEAST, 3, missing=Missing.FAIL))
    product = scene.product(scene.lender(), admission=aged)
    with clock.at(datetime(2026, 11, 20, 4, tzinfo=UTC)):
        firm = scene.firm(grade="A")
        _record(database, firm.id, established_on=date(2023, 11, 21))
        assert _counts(database, product.version_id).eligible == 0
    with clock.at(datetime(2026, 11, 21, 4, tzinfo=UTC)):
        assert _counts(database, product.version_id).eligible == 1
        with database.read() as session:
            assert live.refresh(session) is (folder is not None), "verdicts of another day are out of date"
        assert _counts(database, product.version_id).eligible == 1


def test_what_a_writing_session_sees_is_never_held(database: Database, scene: Scene) -> None:
    product = scene.product(scene.lender(), admission=grade_at_least("B"))
    firm = scene.firm(grade="A")
    assert _counts(database, product.version_id).eligible == 1
    with database.write_session() as session:
        facts.record_facts(session, firm.id, {"platform_grade": _fact("D")}, actor=None, reason="test")
        assert index.counts(session, product.version_id).eligible == 0
        session.rollback()
    assert _counts(database, product.version_id).eligible == 1


def test_publishing_tells_firms_it_opens_to_once(database: Database, scene: Scene) -> None:
    lender = scene.lender()
    owners = {grade: scene.firm(grade=grade).owner for grade in "ABC"}
    product = scene.product(lender, admission=grade_at_least("A"))
    _tell(database)
    _tell(database)
    assert _told(database) == [owners["A"].organisation_id]
    with database.write() as session:
        made = drafting.start_version(session, lender.manager, product.public_id)
        draft = replace(drafting.draft_of_version(made), admission=grade_at_least("B"))
        drafting.save_draft(session, lender.manager, product.public_id, draft, seen=made.version)
        drafting.submit(session, lender.manager, product.public_id)
        deciding.approve(session, lender.approver, product.public_id)
        deciding.publish(session, scene.publisher, product.public_id)
    _tell(database)
    assert sorted(_told(database)) == sorted([owners["A"].organisation_id, owners["B"].organisation_id])


def test_a_product_that_closed_meanwhile_is_told_to_nobody(database: Database, scene: Scene) -> None:
    product = scene.product(scene.lender(), admission=grade_at_least("A"))
    scene.firm(grade="A")
    with database.write() as session:
        deciding.suspend(session, scene.publisher, product.public_id, "暂停")
    _tell(database)
    assert _told(database) == []


def _tell(database: Database) -> None:
    with database.read() as session:
        payloads = session.scalars(
            select(OutboxEvent.payload)
            .where(OutboxEvent.name == "products.published")
            .order_by(OutboxEvent.id)
        ).all()
    tasks.tell_firms(database, payloads[-1])


def _told(database: Database) -> list[int]:
    with database.read() as session:
        return list(session.scalars(select(Notice.organisation_id).where(Notice.kind == "product.opened")))


def test_many_changes_are_read_as_columns_and_few_that_have_become_many(
    database: Database, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MANY_CHANGES", 2)
    database.places.pop(generations.FOLDER_KEY, None)
    product = scene.product(scene.lender(), admission=grade_at_least("B"))
    firms = [scene.firm(grade="A") for _ in range(6)]
    assert _counts(database, product.version_id).eligible == 6
    sizes = []
    for changed, grade in ((firms[:1], "E"), (firms[1:3], "E"), (firms[2:6], "C"), (firms[:1], "A")):
        for firm in changed:
            _record(database, firm.id, platform_grade=grade)
        _counts(database, product.version_id)
        with database.read() as session:
            sizes.append([len(part.bitsets.city) for part in live.city(session).parts])
    assert sizes == [[6, 1], [6, 3], [6, 3, 4], [6, 3, 4, 1]]
    assert _counts(database, product.version_id) == eligibility.Counts(1, 0, 5)
