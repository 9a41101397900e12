"""Scenario 4: one application to three banks; one asks, one offers, one rejects; accepting ends the rest."""

from __future__ import annotations

from datetime import timedelta

from creditbridge.kernel import clock
from tests.integration.scenarios.telling import applies, offers, takes_up
from tests.scene import Scene


def test_one_application_goes_to_three_banks(scene: Scene, at_desk) -> None:
    firm, banks = scene.firm(), [scene.lender() for _ in range(3)]
    names = ("问贷", "给贷", "拒贷")
    products = [scene.product(bank, name=name) for bank, name in zip(banks, names, strict=True)]
    owner = at_desk(firm.owner)
    reviewers = [at_desk(bank.reviewer) for bank in banks]
    sent = applies(owner, products)
    for reviewer, name in zip(reviewers, names, strict=True):
        takes_up(reviewer, sent[name])
        assert "企业信用信息" in reviewer.reads(f"/lender/applications/{sent[name]}")
    reviewers[1].reads(f"/lender/applications/{sent['问贷']}", status=404)  # another bank's applicant

    deadline = (clock.today() + timedelta(days=7)).isoformat()
    asked = {"items": "近三个月流水", "deadline": deadline, "note": ""}
    reviewers[0].sends(f"/lender/applications/{sent['问贷']}/request-supplement", **asked)
    offers(reviewers[1], at_desk(banks[1].approver), sent["给贷"])
    rejected = {"reasons": ["cash_flow_weak", "amount_too_high"], "text": ""}
    reviewers[2].sends(f"/lender/applications/{sent['拒贷']}/reject", **rejected)

    assert "近三个月流水" in owner.reads(f"/firm/submissions/{sent['问贷']}")
    told = owner.reads(f"/firm/submissions/{sent['拒贷']}")
    assert "申请金额超出可支持额度" in told
    assert "还款来源不足" in told
    offer = owner.reads(f"/firm/submissions/{sent['给贷']}")
    assert "年化综合融资成本 3.85%" in offer

    owner.sends(f"/firm/submissions/{sent['给贷']}/accept")
    states = {name: owner.reads(f"/firm/submissions/{key}") for name, key in sent.items()}
    assert "已选择其他方案" in states["问贷"]
    assert "企业已确认" in states["给贷"]
    assert "未通过" in states["拒贷"]
    assert owner.reads("/firm/consents").count("已终止") == 2
    for reviewer, name in ((reviewers[0], "问贷"), (reviewers[2], "拒贷")):
        assert "不能查看企业信息" in reviewer.reads(f"/lender/applications/{sent[name]}")
