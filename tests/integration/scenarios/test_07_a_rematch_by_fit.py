"""Scenario 7: a rejected firm consents to a re-match, and what fits best comes first."""

from __future__ import annotations

from dataclasses import replace

from lenders.products import service as products
from lenders.products.rules import Draft
from tests.integration.scenarios.telling import applies, takes_up
from tests.scene import WAN, Scene, TestLender, grade_at_least


def test_a_rejected_firm_is_matched_again_by_fit(scene: Scene, at_desk) -> None:
    firm, banks = scene.firm(grade="B"), [scene.lender() for _ in range(3)]
    refusing = scene.product(banks[0], name="拒贷")
    small(scene, banks[1], "小额贷", most=50 * WAN)
    scene.product(banks[2], name="合适贷")
    scene.product(banks[2], name="优等贷", admission=grade_at_least("A"))
    owner, reviewer = at_desk(firm.owner), at_desk(banks[0].reviewer)
    sent = applies(owner, [refusing])["拒贷"]
    takes_up(reviewer, sent)
    reviewer.sends(f"/lender/applications/{sent}/reject", reasons=["amount_too_high"], text="")

    assert "申请金额超出可支持额度" in owner.reads(f"/firm/submissions/{sent}")
    owner.reads(f"/firm/submissions/{sent}/rematch", status=302)  # not before the firm agreed
    told = owner.sends(f"/firm/submissions/{sent}/rematch")
    assert told.index(". 合适贷 ") < told.index(". 小额贷 "), "what lends all that is needed comes first"
    assert ". 拒贷 " not in told
    assert "优等贷" not in told


def small(scene: Scene, lender: TestLender, name: str, *, most: int) -> None:
    """A cheaper product that lends less than the firm needs."""
    made = scene.product(lender, name=f"{name}样板")
    draft = Draft(name, replace(made.terms, amount_max_fen=most), made.admission, name_en="Small loan")
    with scene.people.database.write() as session:
        products.load_published(
            session, draft, author=lender.manager, approver=lender.approver, publisher=scene.publisher
        )
