"""The catalogue of coded decision reasons (domain rule 8): what a firm is told, and what it can do about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words

MAX_REASONS = 4
MAX_TEXT = 500


class Reason(StrEnum):
    """Why a lender does not take up an application, or rejects it."""

    GRADE_TOO_LOW = "grade_too_low"
    OPERATING_TOO_SHORT = "operating_too_short"
    OUTSIDE_AREA = "outside_area"
    INDUSTRY_NOT_SERVED = "industry_not_served"
    AMOUNT_TOO_HIGH = "amount_too_high"
    TERM_UNSUITABLE = "term_unsuitable"
    PURPOSE_UNCLEAR = "purpose_unclear"
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"
    REVENUE_TOO_LOW = "revenue_too_low"
    CASH_FLOW_WEAK = "cash_flow_weak"
    DEBT_TOO_HIGH = "debt_too_high"
    OVERDUE_RECORDS = "overdue_records"
    TAX_RECORDS = "tax_records"
    PENALTY_RECORDS = "penalty_records"
    LITIGATION = "litigation"
    ABNORMAL_LIST = "abnormal_list"
    GUARANTEE_INSUFFICIENT = "guarantee_insufficient"
    RELATED_PARTY_RISK = "related_party_risk"
    MATERIALS_MISSING = "materials_missing"
    MATERIALS_INCONSISTENT = "materials_inconsistent"
    ALREADY_FINANCED = "already_financed"
    QUOTA_EXHAUSTED = "quota_exhausted"
    FIRM_UNREACHABLE = "firm_unreachable"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """The reason as the firm reads it, and what would help."""

    words: Words
    advice: Words


_REQUIREMENTS = Words(
    "请对照产品准入条件，先达到所列要求。",
    "Compare yourself with the product’s conditions and meet them first.",
)
_OTHER_PRODUCTS = Words("可改选条件更合适的产品。", "Choose a product whose conditions fit better.")

REASONS: Mapping[Reason, ReasonWords] = {
    Reason.GRADE_TOO_LOW: ReasonWords(Words("信用等级未达要求", "Credit grade below the requirement"), Words("修复不良信用记录、按时报送年报，可提升等级。", "Repair adverse records and file annual reports on time to raise the grade.")),
    Reason.OPERATING_TOO_SHORT: ReasonWords(Words("经营年限不足", "Not in business long enough"), _OTHER_PRODUCTS),
    Reason.OUTSIDE_AREA: ReasonWords(Words("不在服务地区内", "Outside the area served"), Words("可改选服务您所在地的网点或产品。", "Choose a branch or product that serves your area.")),
    Reason.INDUSTRY_NOT_SERVED: ReasonWords(Words("所属行业不在支持范围", "Industry not served"), _OTHER_PRODUCTS),
    Reason.AMOUNT_TOO_HIGH: ReasonWords(Words("申请金额超出可支持额度", "Amount higher than can be supported"), Words("可降低申请金额，或增加担保后再申请。", "Apply for less, or offer more security.")),
    Reason.TERM_UNSUITABLE: ReasonWords(Words("申请期限不合适", "Term unsuitable"), Words("可调整期限，或改选其他产品。", "Change the term or choose another product.")),
    Reason.PURPOSE_UNCLEAR: ReasonWords(Words("资金用途不明确", "Purpose unclear"), Words("请提供合同、订单等证明资金用途的材料。", "Supply contracts or orders that show what the money is for.")),
    Reason.PURPOSE_NOT_ALLOWED: ReasonWords(Words("资金用途不符合规定", "Purpose not allowed"), Words("资金须用于生产经营。", "The money must be used in the business.")),
    Reason.REVENUE_TOO_LOW: ReasonWords(Words("营业收入未达要求", "Revenue below the requirement"), _REQUIREMENTS),
    Reason.CASH_FLOW_WEAK: ReasonWords(Words("还款来源不足", "Source of repayment too weak"), Words("可降低金额、延长期限，或补充订单、流水等证明。", "Ask for less or longer, or show orders and account statements.")),
    Reason.DEBT_TOO_HIGH: ReasonWords(Words("负债水平偏高", "Too much debt"), Words("可先归还部分借款，或增加担保。", "Repay some debt first, or offer more security.")),
    Reason.OVERDUE_RECORDS: ReasonWords(Words("有逾期记录", "Overdue payments on record"), Words("请先结清逾期款项。", "Settle what is overdue first.")),
    Reason.TAX_RECORDS: ReasonWords(Words("纳税情况未达要求", "Tax record below the requirement"), Words("请补缴欠税，按期申报。", "Pay tax owed and file on time.")),
    Reason.PENALTY_RECORDS: ReasonWords(Words("有行政处罚记录", "Administrative penalties on record"), Words("履行义务后可申请信用修复。", "Once duties are done you may apply for repair.")),
    Reason.LITIGATION: ReasonWords(Words("有未了结的诉讼或执行案件", "Open lawsuits or enforcement"), Words("请先了结案件，或提供说明材料。", "Settle the case first, or explain it with documents.")),
    Reason.ABNORMAL_LIST: ReasonWords(Words("在经营异常名录内", "On the list of abnormal operations"), Words("纠正后可申请移出名录。", "Correct the cause and apply to be removed.")),
    Reason.GUARANTEE_INSUFFICIENT: ReasonWords(Words("担保不足", "Not enough security"), Words("可增加抵押、保证，或申请政府性融资担保。", "Add collateral or a guarantor, or ask for a public guarantee.")),
    Reason.RELATED_PARTY_RISK: ReasonWords(Words("关联方存在风险", "Risk at a related party"), Words("可提供关联关系和风险隔离的说明。", "Explain the relation and how the risk is kept apart.")),
    Reason.MATERIALS_MISSING: ReasonWords(Words("申请材料不全", "Documents missing"), Words("请按材料清单备齐后重新申请。", "Complete the documents on the list and apply again.")),
    Reason.MATERIALS_INCONSISTENT: ReasonWords(Words("材料内容不一致", "Documents contradict each other"), Words("请核对材料，更正后重新申请。", "Check and correct the documents and apply again.")),
    Reason.ALREADY_FINANCED: ReasonWords(Words("已有融资可满足需要", "Existing loans already cover the need"), Words("可在现有授信内用款，或说明新增需求。", "Use your existing line, or explain the additional need.")),
    Reason.QUOTA_EXHAUSTED: ReasonWords(Words("产品额度已用完", "The product’s quota is used up"), _OTHER_PRODUCTS),
    Reason.FIRM_UNREACHABLE: ReasonWords(Words("无法与企业取得联系", "The firm could not be reached"), Words("请核对联系人和电话后重新申请。", "Check contact person and telephone, and apply again.")),
    Reason.OTHER: ReasonWords(Words("其他原因", "Other reason"), Words("请查看金融机构的说明。", "See what the lender writes.")),
}  # fmt: skip

REASON_WORDS: Mapping[Reason, Words] = {reason: entry.words for reason, entry in REASONS.items()}


def check_reasons(codes: Collection[Reason], text: str) -> None:
    """One to four codes, each once; ``other`` needs its text.

    Raises:
        InvalidInput: ``reasons`` or ``text``.
    """
    problems: dict[str, list[Words]] = {}
    if not 1 <= len(codes) <= MAX_REASONS or len(set(codes)) != len(codes):
        problems["reasons"] = [Words("请选择 1 至 4 项原因。", "Choose one to four reasons.")]
    if Reason.OTHER in codes and not text.strip():
        problems["text"] = [Words("选择“其他原因”时请填写说明。", "Explain the other reason.")]
    if len(text) > MAX_TEXT:
        problems["text"] = [Words("说明不能超过 500 字。", "Use at most 500 characters.")]
    if problems:
        raise InvalidInput(problems)


def said(codes: Collection[str]) -> Words:
    """The reasons in one sentence part, in both languages."""
    entries = [REASON_WORDS[Reason(code)] for code in codes]
    return Words("、".join(entry.zh for entry in entries), ", ".join(entry.en.lower() for entry in entries))
