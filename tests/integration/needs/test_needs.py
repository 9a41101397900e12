"""A need from its draft to a chosen lender: who sees what, when, and under which consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.disclosure import consents
from creditbridge.disclosure.model import Consent
from creditbridge.disclosure.rules import Purpose
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent
from matching.needs import answering, expiring, lookup, posting, revealing, suggesting
from matching.needs.answering import Indication
from matching.needs.model import FinancingNeed, NeedLender, UnmetSearch
from matching.needs.posting import NeedDetails
from matching.needs.searches import Wanted, note_unmet
from tests.scene import WAN, Scene, TestFirm, TestLender, grade_at_least

DETAILS = NeedDetails(100 * WAN, 12, "working_capital", "王经理", "0512-55550101", "采购面料")
WISH = Indication(90 * WAN, 39_000, 12, "可以谈")


@pytest.fixture
def lenders(scene: Scene) -> list[TestLender]:
    """Two lenders whose products the firm could have, and one whose it could not."""
    made = [scene.lender() for _ in range(3)]
    scene.product(made[0], name="甲贷")
    scene.product(made[1], name="乙贷", admission=grade_at_least("B"))
    scene.product(made[2], name="丙贷", admission=grade_at_least("A"))
    return made


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm("江湾纺织有限公司", grade="B")


def posted(database: Database, firm: TestFirm) -> str:
    with database.write() as session:
        need = posting.write(session, firm.staff, DETAILS)
        return posting.post(session, firm.staff, need.public_id).public_id


def read(database: Database, firm: TestFirm, need_id: str) -> FinancingNeed:
    with database.read() as session:
        return lookup.need_of_firm(session, firm.owner, need_id)


def parts(need: FinancingNeed) -> dict[str, str]:
    return {part.product.zh: part.state for part in need.parts}


def respond(database: Database, lender: TestLender, need_id: str) -> None:
    with database.write() as session:
        answering.respond(session, lender.reviewer, need_id, WISH)


def reveal(database: Database, firm: TestFirm, need_id: str, *products: str) -> None:
    with database.write() as session:
        need = lookup.need_of_firm(session, firm.owner, need_id)
        chosen = [part.public_id for part in need.parts if part.product.zh in products]
        revealing.reveal(session, firm.owner, need_id, chosen)


def notices(database: Database, organisation_id: int) -> list[Notice]:
    with database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.organisation_id == organisation_id)))


def test_a_posted_need_is_shown_to_lenders_the_firm_could_qualify_with(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = posted(database, firm)
    need = read(database, firm, need_id)
    assert parts(need) == {"甲贷": "invited", "乙贷": "invited"}
    assert (need.grade, str(need.respond_by), str(need.expires_on)) == ("B", "2026-11-30", "2026-12-23")
    with database.read() as session:
        assert lookup.part_of_lender(session, lenders[0].viewer, need_id).need.amount_fen == 100 * WAN
        with pytest.raises(NotFound):
            lookup.part_of_lender(session, lenders[2].reviewer, need_id)
        events = session.scalars(select(OutboxEvent.name)).all()
    assert events.count(posting.NEED_POSTED) == 1


def test_lenders_are_told_without_the_firms_name(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    posted(database, firm)
    told = notices(database, lenders[0].reviewer.organisation_id)
    (notice,) = [row for row in told if row.kind == "need.received"]
    assert notice.is_todo
    assert notice.due_on == "2026-11-30"
    assert firm.name not in str(notice.params)


def test_another_firms_need_is_not_found(
    database: Database, scene: Scene, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = posted(database, firm)
    with database.read() as session, pytest.raises(NotFound):
        lookup.need_of_firm(session, scene.firm().owner, need_id)


def test_a_draft_can_be_changed_and_what_is_posted_cannot(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    with database.write() as session:
        need = posting.write(session, firm.staff, DETAILS)
        changed = NeedDetails(50 * WAN, 6, "equipment", "王", "0512-55550101")
        assert posting.rewrite(session, firm.staff, need.public_id, changed).amount_fen == 50 * WAN
        posting.post(session, firm.staff, need.public_id)
        with pytest.raises(Conflict):
            posting.rewrite(session, firm.staff, need.public_id, DETAILS)
        with pytest.raises(Conflict):
            posting.post(session, firm.staff, need.public_id)


def test_a_lender_answers_within_its_clock(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = posted(database, firm)
    respond(database, lenders[0], need_id)
    need = read(database, firm, need_id)
    assert need.state == "responded"
    assert parts(need)["甲贷"] == "interested"
    assert "need.answered" in [row.kind for row in notices(database, firm.owner.organisation_id)]
    with database.write() as session, pytest.raises(Conflict):
        answering.respond(session, lenders[0].reviewer, need_id, WISH)
    with (
        clock.at(clock.now() + timedelta(days=8)),
        database.write() as session,
        pytest.raises(RuleRefused, match="answer_too_late"),
    ):
        answering.respond(session, lenders[1].reviewer, need_id, WISH)


def test_a_lender_may_decline(database: Database, firm: TestFirm, lenders: list[TestLender]) -> None:
    need_id = posted(database, firm)
    with database.write() as session:
        answering.decline(session, lenders[0].reviewer, need_id, message="不在服务区")
    need = read(database, firm, need_id)
    assert (need.state, parts(need)["甲贷"]) == ("posted", "declined")


def live(database: Database, firm: TestFirm, lender: TestLender, need_id: str) -> Consent | None:
    with database.read() as session:
        return consents.live_consent(
            session, firm.id, lender.reviewer.organisation_id, Purpose.PRE_LOAN, for_id=need_id
        )


def test_the_firm_reveals_itself_by_consent_to_those_it_chooses(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = posted(database, firm)
    respond(database, lenders[0], need_id)
    respond(database, lenders[1], need_id)
    assert live(database, firm, lenders[0], need_id) is None
    reveal(database, firm, need_id, "甲贷")
    need = read(database, firm, need_id)
    assert (need.state, parts(need)) == ("revealed", {"甲贷": "revealed", "乙贷": "interested"})
    consent = live(database, firm, lenders[0], need_id)
    assert consent is not None
    assert "tax" not in consent.scope
    assert live(database, firm, lenders[1], need_id) is None
    told = [
        row for row in notices(database, lenders[0].reviewer.organisation_id) if row.kind == "need.revealed"
    ]
    assert firm.name in str(told[0].params)
    reveal(database, firm, need_id, "乙贷")
    assert parts(read(database, firm, need_id))["乙贷"] == "revealed"


def test_only_the_owner_reveals_and_only_to_those_interested(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = posted(database, firm)
    respond(database, lenders[0], need_id)
    ids = {part.product.zh: part.public_id for part in read(database, firm, need_id).parts}
    with database.write() as session, pytest.raises(NotAllowed):
        revealing.reveal(session, firm.staff, need_id, [ids["甲贷"]])
    for wrong in ([], [ids["乙贷"]], ["nobody"]):
        with database.write() as session, pytest.raises(InvalidInput):
            revealing.reveal(session, firm.owner, need_id, wrong)


def matched(database: Database, firm: TestFirm, lenders: list[TestLender]) -> str:
    need_id = posted(database, firm)
    for lender in lenders[:2]:
        respond(database, lender, need_id)
    reveal(database, firm, need_id, "甲贷", "乙贷")
    with database.write() as session:
        need = lookup.need_of_firm(session, firm.owner, need_id)
        chosen = next(part.public_id for part in need.parts if part.product.zh == "甲贷")
        revealing.match(session, firm.owner, need_id, chosen)
    return need_id


def test_settling_on_one_lender_ends_the_others_parts_and_consents(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = matched(database, firm, lenders)
    need = read(database, firm, need_id)
    assert (need.state, parts(need)) == ("matched", {"甲贷": "matched", "乙贷": "closed"})
    assert live(database, firm, lenders[0], need_id) is not None
    assert live(database, firm, lenders[1], need_id) is None


def test_a_lender_not_revealed_to_cannot_be_chosen(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = posted(database, firm)
    part = read(database, firm, need_id).parts[0]
    with database.write() as session, pytest.raises(InvalidInput):
        revealing.match(session, firm.owner, need_id, part.public_id)


def test_revoking_the_consent_ends_that_lenders_part(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    need_id = posted(database, firm)
    respond(database, lenders[0], need_id)
    reveal(database, firm, need_id, "甲贷")
    consent = live(database, firm, lenders[0], need_id)
    assert consent is not None
    with database.write() as session:
        consents.revoke(session, firm.owner, consent.public_id, "改变主意")
    assert parts(read(database, firm, need_id))["甲贷"] == "closed"


def test_withdrawing_ends_everything(database: Database, firm: TestFirm, lenders: list[TestLender]) -> None:
    need_id = posted(database, firm)
    respond(database, lenders[0], need_id)
    reveal(database, firm, need_id, "甲贷")
    with database.write() as session:
        posting.withdraw(session, firm.staff, need_id)
    need = read(database, firm, need_id)
    assert (need.state, set(parts(need).values())) == ("withdrawn", {"closed"})
    assert live(database, firm, lenders[0], need_id) is None
    with database.read() as session:
        assert lookup.waiting_of_lender(session, lenders[1].reviewer) == 0


def sweep(database: Database, days: int) -> Any:
    with clock.at(clock.now() + timedelta(days=days)), database.write() as session:
        return expiring.expire_due(session)


def test_clocks_run_out_by_themselves(database: Database, firm: TestFirm, lenders: list[TestLender]) -> None:
    answered, silent = posted(database, firm), posted(database, firm)
    respond(database, lenders[0], answered)
    assert sweep(database, 7).needs == 0
    told = sweep(database, 8)
    assert (told.parts, told.needs) == (3, 1)
    assert parts(read(database, firm, answered)) == {"甲贷": "interested", "乙贷": "lapsed"}
    assert read(database, firm, silent).state == "expired"
    assert "need.unanswered" in [row.kind for row in notices(database, firm.owner.organisation_id)]
    assert sweep(database, 8) == expiring.Expired(0, 0)
    assert sweep(database, 31).needs == 1
    assert read(database, firm, answered).state == "expired"


def test_a_firm_has_only_so_many_open_needs(
    database: Database, firm: TestFirm, lenders: list[TestLender]
) -> None:
    for _ in range(5):
        posted(database, firm)
    with pytest.raises(RuleRefused, match="too_many_needs"):
        posted(database, firm)


def test_a_need_without_any_fitting_product_is_kept_as_unmet(database: Database, scene: Scene) -> None:
    scene.product(scene.lender(), admission=grade_at_least("A"))
    firm = scene.firm(grade="D")
    need = read(database, firm, posted(database, firm))
    assert (need.state, need.parts) == ("posted", [])


def test_suggestions_are_made_for_all_needs_together_within_what_lenders_can_take(
    database: Database, scene: Scene
) -> None:
    """The dear lender fits everybody; the cheap one has quota for a single need."""
    cheap, roomy = scene.lender(), scene.lender()
    scene.product(cheap, name="小额度", quota_fen=100 * WAN)
    scene.product(roomy, name="大额度")
    needs = [posted(database, scene.firm(grade="A")) for _ in range(3)]
    with database.write() as session:
        assert suggesting.suggest(session) == 3
    with database.read() as session:
        chosen = session.scalars(select(NeedLender).where(NeedLender.suggested)).all()
        assert len({part.need_id for part in chosen}) == len(needs)
        assert sum(part.product.zh == "小额度" for part in chosen) <= 1


def test_a_search_that_nothing_answers_is_noted_once_a_day_without_the_firm(
    database: Database, firm: TestFirm
) -> None:
    wanted = Wanted(900 * WAN, 12, None)
    with database.write() as session:
        row = lookup.claims.firm_of(session, firm.owner)
        assert note_unmet(session, row, wanted)
        session.flush()
        assert not note_unmet(session, row, wanted)
    with database.read() as session:
        (noted,) = session.scalars(select(UnmetSearch))
        assert (noted.amount_fen, noted.grade) == (900 * WAN, "B")


def test_a_suspended_lender_does_not_answer(
    database: Database, firm: TestFirm, lenders: list[TestLender], scene: Scene
) -> None:
    need_id = posted(database, firm)
    stranger: Actor = scene.people.member(
        Role.LENDER_REVIEWER, scene.people.organisation(OrganisationKind.LENDER)
    )
    with database.write() as session, pytest.raises(NotFound):
        answering.respond(session, stranger, need_id, WISH)
