"""Scenario 6: the firm revokes its consent; the bank's next read is refused, and the ledger has every earlier one."""

from __future__ import annotations

from tests.integration.scenarios.telling import applies, takes_up
from tests.scene import Scene


def test_after_a_revocation_the_bank_reads_nothing_and_the_firm_everything(scene: Scene, at_desk) -> None:
    lender, firm = scene.lender(), scene.firm()
    owner, reviewer, viewer = at_desk(firm.owner), at_desk(lender.reviewer), at_desk(lender.other_reviewer)
    product = scene.product(lender)
    sent = applies(owner, [product])[product.name.zh]
    takes_up(reviewer, sent)
    page = f"/lender/applications/{sent}"
    for officer in (reviewer, viewer):
        assert "企业信用信息" in officer.reads(page)
    before = owner.reads("/firm/access-ledger")
    (consent,) = owner.finds("/firm/consents", "/firm/consents/")

    told = owner.sends(f"/firm/consents/{consent}/revoke", reason="换一家银行")
    assert "已撤销" in told
    for officer in (reviewer, viewer):
        refused = officer.reads(page)
        assert "不能查看企业信息" in refused
        assert "企业信用信息" not in refused
    after = owner.reads("/firm/access-ledger")
    for words in (lender.name, lender.reviewer.name, lender.other_reviewer.name):
        assert before.count(words) == after.count(words) > 0
    assert "已撤回" in owner.reads(f"/firm/submissions/{sent}")
