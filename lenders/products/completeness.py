"""What a draft must have before a second officer is asked to look at it, and what it had better have: pure."""

from __future__ import annotations

from datetime import date

from creditbridge.kernel.words import Words
from lenders.products.rules import ApplicantKind, ProductTerms

_NAME = Words("请填写产品名称。", "Enter the product's name.")
_DESCRIPTION = Words("请用一两句话介绍产品。", "Describe the product in a sentence or two.")
_PAST = Words("截止日期已过，请改到今天或以后。", "This date has passed. Choose today or later.")

_AMOUNT = Words(
    "未填写最高额度，企业不知道能借多少。", "No highest amount: firms cannot tell how much they may borrow."
)
_RATE = Words(
    "利率未公布，将显示“以银行审批为准”，且不参与低成本排序。",
    "No published rate: the page says so, and the product never ranks as cheap.",
)
_TERM = Words("未填写最长期限。", "No longest term.")
_GUARANTEE = Words("未选择担保方式。", "No kind of guarantee.")
_REPAYMENT = Words(
    "未选择还款方式，无法为企业算还款计划。", "No way of repaying: firms are shown no schedule."
)
_CONTACT = Words("未填写咨询电话。", "No telephone number for questions.")
_MATERIALS = Words(
    "未填写申请材料，企业申请时不会被要求上传文件。", "No documents: applicants are asked to upload nothing."
)


def problems_before_submission(name_zh: str, terms: ProductTerms, *, on: date) -> dict[str, list[Words]]:
    """What keeps a draft from being submitted, by the path of its field."""
    wrong = {
        "name_zh": (not name_zh, _NAME),
        "description_zh": (not terms.description.zh, _DESCRIPTION),
        "valid_to": (terms.valid_to is not None and terms.valid_to < on, _PAST),
    }
    return {path: [words] for path, (is_wrong, words) in wrong.items() if is_wrong}


def advice(terms: ProductTerms, applicant_kind: ApplicantKind, *, on: date) -> list[Words]:
    """What a firm will miss; real lenders leave some of it open, so it is said and not enforced."""
    bounds = terms.rate.bounds(on)
    for_firms = applicant_kind is ApplicantKind.FIRM
    missing = (
        (terms.amount_max_fen is None and not terms.amount_note.zh, _AMOUNT),
        (bounds.low_ppm is None and bounds.high_ppm is None, _RATE),
        (terms.term_months_max is None, _TERM),
        (for_firms and not terms.repayment_methods, _REPAYMENT),
        (for_firms and not terms.guarantee_types, _GUARANTEE),
        (for_firms and not terms.materials, _MATERIALS),
        (not terms.contact.phone, _CONTACT),
    )
    return [words for is_missing, words in missing if is_missing]
