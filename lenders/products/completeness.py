"""What a draft needs before a second officer is asked to look at it: pure."""

from __future__ import annotations

from datetime import date

from creditbridge.kernel.words import Words
from lenders.products.rules import ApplicantKind, ProductTerms

_AMOUNT = Words(
    "请填写最高额度，或在额度说明中写明如何确定。",
    "Enter the highest amount, or say in the note how it is set.",
)
_TERM = Words("请填写最长期限。", "Enter the longest term.")
_GUARANTEE = Words("请至少选择一种担保方式。", "Choose at least one kind of guarantee.")
_REPAYMENT = Words("请至少选择一种还款方式。", "Choose at least one way of repaying.")
_DESCRIPTION = Words("请用一两句话介绍产品。", "Describe the product in a sentence or two.")
_CONTACT = Words("请填写咨询电话。", "Enter a telephone number for questions.")
_PAST = Words("截止日期已过，请改到今天或以后。", "This date has passed. Choose today or later.")


def problems_before_submission(
    name_zh: str, terms: ProductTerms, applicant_kind: ApplicantKind, *, on: date
) -> dict[str, list[Words]]:
    """What is still missing, by the path of its field. A natural person's product needs no term or guarantee."""
    wanted = {
        "name_zh": (not name_zh, Words("请填写产品名称。", "Enter the product's name.")),
        "amount_max": (terms.amount_max_fen is None and not terms.amount_note.zh, _AMOUNT),
        "description_zh": (not terms.description.zh, _DESCRIPTION),
        "contact_phone": (not terms.contact.phone, _CONTACT),
        "valid_to": (terms.valid_to is not None and terms.valid_to < on, _PAST),
    }
    if applicant_kind is ApplicantKind.FIRM:
        wanted |= {
            "term_max": (terms.term_months_max is None, _TERM),
            "repayment_methods": (not terms.repayment_methods, _REPAYMENT),
            "guarantee_types": (not terms.guarantee_types, _GUARANTEE),
        }
    return {path: [words] for path, (wrong, words) in wanted.items() if wrong}
