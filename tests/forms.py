"""Filled-in forms by route: right in themselves, so that in the access matrix the object decides and not the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REASON = {"reason": "说明原因"}
REASONS = {"reasons": ["debt_too_high"], "text": ""}
GRANT = {"contract_number": "HT-900", "granted_on": "2026-11-20", "kind": "new"}
TERMS = {
    "amount_fen": "150",
    "annual_rate_ppm": "3.85",
    "term_months": "12",
    "repayment_method": "equal_instalment",
    "guarantee_type": "unsecured",
}
BRANCH = {"kind": "branch", "name": "新网点"}
NEED = {
    "amount_fen": "100",
    "term_months": "12",
    "purpose": "working_capital",
    "contact_name": "王经理",
    "contact_phone": "0512-55550101",
}
NEED_POSTED = {**NEED, "note": ""}
BALANCE = {"as_of": "2026-11-20", "disbursed_fen": "50", "balance_fen": "40"}

VALID: Mapping[str, Mapping[str, Any]] = {
    "lender_decisions.not_accept": REASONS,
    "lender_decisions.reject": REASONS,
    "lender_decisions.request_supplement": {"items": "流水", "deadline": "2026-11-30", "note": ""},
    "lender_decisions.propose_terms": {**TERMS, "expires_on": "2026-12-05", "conditions": ""},
    "lender_decisions.return_terms": REASON,
    "lender_decisions.reopen": REASON,
    "lender_decisions.assign": {"officer": "0" * 20},
    "lender_decisions.transfer": {"branch": "0" * 20, "reason": ""},
    "lender_decisions.add_note": {"note": "备注"},
    "lender_decisions.refuse_fact": REASON,
    "lender_decisions.declare_conflict": {"relation": "relative", "note": ""},
    "firm_applications.name_conflict": {"officer": "张伟", "relation": "relative", "note": ""},
    "lender_conflicts.lift": REASON,
    "lender_lines.record": GRANT,
    "lender_lines.correct": {**GRANT, **TERMS, **REASON},
    "lender_lines.void": REASON,
    "lender_lines.step": REASON,
    "lender_lines.balance": BALANCE,
    "firm_applications.need": NEED,
    "firm_needs.edit": NEED_POSTED,
    "firm_needs.reveal": {"lenders": ["0" * 20]},
    "firm_needs.match": {"lender": "0" * 20},
    "lender_needs.respond": {"offer_amount_fen": "90", "offer_term_months": "12", "message": ""},
    "firm_applications.renegotiate": REASON,
    "firm_applications.decline_offer": REASON,
    "firm_applications.withdraw": REASON,
    "firm_applications.answer_supplement": {"answer": "已上传"},
    "consents.revoke": REASON,
    "lender_institutions.branch_edit": BRANCH,
    "product_steps.return_to_draft": REASON,
    "product_steps.suspend": REASON,
    "product_steps.retire": REASON,
    "scorecards.approve": {"seen": "1"},
    "scorecards.return_to_draft": {**REASON, "seen": "1"},
    "disputes.submit": REASON,
    "dispute_desk.decide": {"outcome": "reject", "answer": "已核对"},
    "claim_desk.refuse": REASON,
    "claim_desk.revoke": REASON,
    "platform_lenders.step": REASON,
    "platform_lenders.member_edit": {"role": "lender_reviewer"},
    "registry.accept_check_digit": REASON,
}


def valid(endpoint: str) -> dict[str, Any]:
    return dict(VALID.get(endpoint, {}))
