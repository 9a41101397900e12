"""Matches of a firm, and counts over the city that agree with them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.errors import NotFound
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.admission.tree import Group, Missing, Mode, Operator, Tree
from lenders.browsing.rules import loan_facts
from lenders.products import service as products
from lenders.products.drafting import Draft
from lenders.products.lifecycle import ProductState
from lenders.products.rules import ApplicantKind, ProductTerms, PublishedProduct
from matching.eligibility import service as eligibility
from matching.eligibility.admitting import rule_of
from matching.eligibility.rules import Verdict, explain
from matching.ranking.rules import Need, Part
from matching.ranking.service import by_verdict, rank_matches
from tests.products import WAN, criterion, rule
from tests.scene import Scene, grade_at_least

AS_OF = date(2026, 11, 1)


def known(value: object) -> FactValue:
    return FactValue(value, FactSource.DEMO, AS_OF)  # type: ignore[arg-type]


def city(database: Database, firms: int, *, seed: int = 7) -> list[int]:
    """Firms with some facts known and some not."""
    chance = random.Random(seed)
    with database.write() as session:
        rows = [
            Firm(firm_no=1000 + n, uscc=f"91990000CITY{n:06d}", name=f"城市企业 {n}", status="active")
            for n in range(firms)
        ]
        session.add_all(rows)
        session.flush()
        keys = [row.id for row in rows]
        changes = {}
        for key in keys:
            values = {
                "platform_grade": known(chance.choice("ABCDE")),
                "employees": known(chance.randrange(300)),
                "annual_revenue": known(chance.randrange(5000) * WAN),
                "owns_ip": known(chance.random() < 0.5),
                "registration_status": known(chance.choice(["active", "active", "active", "deregistered"])),
                "registered_region": known(chance.choice(["990000", "320581"])),
            }
            changes[key] = {code: value for code, value in values.items() if chance.random() < 0.8}
        facts.record_many(session, changes, actor=None, reason="test")
    return keys


TREES = [
    grade_at_least("B"),
    rule(
        criterion("platform_grade", Operator.AT_LEAST, "C"),
        Group(
            Mode.ANY,
            (criterion("employees", Operator.AT_LEAST, 100), criterion("owns_ip", Operator.IS_TRUE)),
        ),
    ),
    rule(
        criterion("annual_revenue", Operator.BETWEEN, (100 * WAN, 4000 * WAN), missing=Missing.FAIL),
        criterion("owns_ip", Operator.IS_TRUE, when=(criterion("employees", Operator.MORE_THAN, 150).test,)),
    ),
    rule(),
]


@pytest.mark.parametrize("tree", TREES)
def test_counts_agree_with_every_firm_by_itself(database: Database, scene: Scene, tree: Tree) -> None:
    product = scene.product(scene.lender(), admission=tree)
    firms = city(database, 80)
    with database.read() as session:
        one_by_one = Counter(eligibility.match_of(session, firm, product).verdict for firm in firms)
        counts = eligibility.counts(session, product.version_id)
    assert counts == eligibility.Counts(*(one_by_one[verdict] for verdict in Verdict))
    assert counts.total == 80


def test_counts_follow_a_changed_fact_at_once(database: Database, scene: Scene) -> None:
    product = scene.product(scene.lender(), admission=grade_at_least("B"))
    firm = scene.firm(grade="A")
    with database.read() as session:
        assert eligibility.counts(session, product.version_id).eligible == 1
    with database.write() as session:
        facts.record_facts(session, firm.id, {"platform_grade": known("D")}, actor=None, reason="test")
    with database.read() as session:
        assert eligibility.counts(session, product.version_id) == eligibility.Counts(0, 0, 1)


def test_what_is_rolled_back_is_never_held(database: Database, scene: Scene) -> None:
    product = scene.product(scene.lender(), admission=grade_at_least("B"))
    firm = scene.firm(grade="A")
    with database.write_session() as session:
        facts.record_facts(session, firm.id, {"platform_grade": known("D")}, actor=None, reason="test")
        assert eligibility.counts(session, product.version_id).eligible == 0
        session.rollback()
    facts_changed = scene.firm(grade="A")
    assert facts_changed.id != firm.id
    with database.read() as session:
        assert eligibility.counts(session, product.version_id).eligible == 2


def test_a_product_for_natural_persons_matches_and_counts_nobody(database: Database, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm()
    with database.write() as session:
        draft = Draft(name_zh="个人贷", terms=full_terms(), applicant_kind=ApplicantKind.NATURAL_PERSON)
        made = products.load_published(
            session, draft, author=lender.manager, approver=lender.approver, publisher=scene.publisher
        )
    with database.read() as session:
        assert eligibility.matches_of(session, firm.id) == []
        assert eligibility.counts(session, made.version_id) == eligibility.NOBODY
        with pytest.raises(NotFound):
            eligibility.match_of(session, firm.id, made)


def full_terms() -> ProductTerms:
    from creditbridge.kernel.words import Words
    from lenders.products.rules import Contact

    return ProductTerms(
        amount_max_fen=30 * WAN, description=Words("说明", "Text"), contact=Contact(phone="0512-5555 0101")
    )


def test_matches_show_every_published_product_with_its_reasons(database: Database, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm(grade="C")
    for name, tree in {
        "甲贷": grade_at_least("C"),
        "乙贷": rule(criterion("employees", Operator.AT_LEAST, 5)),
        "丙贷": grade_at_least("A"),
    }.items():
        scene.product(lender, name=name, admission=tree)
    with database.read() as session:
        matches = eligibility.matches_of(session, firm.id)
    assert [match.verdict for match in matches] == list(Verdict)
    assert [match.may_apply for match in matches] == [True, True, False]
    assert matches[0].change_seq > 0
    assert matches[2].explanation.failed == 1
    assert [match.explanation.verdict for match in matches] == list(Verdict)


def test_reasons_are_read_when_they_are_asked_for(
    database: Database, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Tree] = []

    def noted(tree: Tree, *arguments: object, **named: object) -> object:
        asked.append(tree)
        return explain(tree, *arguments, **named)

    monkeypatch.setattr(eligibility, "explain", noted)
    firm = scene.firm()
    products = [scene.product(scene.lender(), admission=grade_at_least("C")) for _ in range(2)]
    rows = ranked_for(database, firm.id, Need())
    assert asked == []
    assert rows[0].match.explanation is rows[0].match.explanation
    assert asked == [rule_of(products[0])]


def test_a_product_published_since_is_matched_at_once(database: Database, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm(grade="C")
    scene.product(lender, name="甲贷")
    with database.read() as session:
        assert [match.product.name.zh for match in eligibility.matches_of(session, firm.id)] == ["甲贷"]
    scene.product(lender, name="乙贷", admission=grade_at_least("A"))
    with database.read() as session:
        matches = eligibility.matches_of(session, firm.id)
    assert [match.verdict for match in matches] == [Verdict.ELIGIBLE, Verdict.NOT_ELIGIBLE]


def test_what_is_asked_for_decides_conditions_on_the_loan(database: Database, scene: Scene) -> None:
    firm = scene.firm()
    tree = rule(criterion("loan_purpose", Operator.IN_SET, ("research",)))
    product = scene.product(scene.lender(), admission=tree)
    with database.read() as session:
        unknown = eligibility.match_of(session, firm.id, product)
        asked = loan_facts(100 * WAN, 12, "equipment", AS_OF)
        decided = eligibility.match_of(session, firm.id, product, beside=asked)
    assert unknown.verdict is Verdict.TENTATIVE
    assert decided.verdict is Verdict.NOT_ELIGIBLE


def test_a_suspended_product_is_shown_and_takes_no_application(database: Database, scene: Scene) -> None:
    product, firm = scene.product(scene.lender()), scene.firm()
    with database.read() as session:
        match = eligibility.match_of(session, firm.id, replace(product, state=ProductState.SUSPENDED))
    assert match.verdict is Verdict.ELIGIBLE
    assert not match.takes_applications
    assert not match.may_apply


def ranked_for(database: Database, firm_id: int, need: Need, days: dict[int, int | None] | None = None):
    with database.read() as session:
        return rank_matches(eligibility.matches_of(session, firm_id), need, median_days=days)


def test_ranking_puts_what_the_firm_may_have_first(database: Database, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm(grade="C")
    refused = scene.product(lender, name="甲贷", admission=grade_at_least("A"))
    open_to = scene.product(lender, name="乙贷")
    rows = ranked_for(database, firm.id, Need(100 * WAN, 12))
    assert [row.match.product.public_id for row in rows] == [open_to.public_id, refused.public_id]
    assert [row.ranked.place for row in rows] == [1, 2]
    assert {part.part for part in rows[0].ranked.parts} == set(Part)
    assert rows[0].example.amount_fen == 100 * WAN
    groups = by_verdict(rows)
    assert [len(groups[verdict]) for verdict in Verdict] == [1, 0, 1]


def test_median_days_come_from_outside(database: Database, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm()
    slow: PublishedProduct = scene.product(lender, name="甲贷")
    fast: PublishedProduct = scene.product(lender, name="乙贷")
    rows = ranked_for(database, firm.id, Need(), {slow.product_id: 20, fast.product_id: 2})
    assert [row.match.product.public_id for row in rows] == [fast.public_id, slow.public_id]
