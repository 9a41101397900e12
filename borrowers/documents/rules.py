"""Kinds of documents a firm keeps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from creditbridge.kernel.words import Words


class DocumentKind(StrEnum):
    """What firms sort their uploads by; a product's material may have a code of its own."""

    LICENCE = "licence"
    FINANCIAL_STATEMENT = "financial_statement"
    TAX = "tax"
    BANK_STATEMENT = "bank_statement"
    CONTRACT = "contract"
    QUALIFICATION = "qualification"
    PROPERTY = "property"
    EVIDENCE = "evidence"
    DISPUTE = "dispute"
    OTHER = "other"


KIND_WORDS: Mapping[DocumentKind, Words] = {
    DocumentKind.LICENCE: Words("营业执照", "Business licence"),
    DocumentKind.FINANCIAL_STATEMENT: Words("财务报表", "Financial statement"),
    DocumentKind.TAX: Words("纳税材料", "Tax document"),
    DocumentKind.BANK_STATEMENT: Words("银行流水", "Bank statement"),
    DocumentKind.CONTRACT: Words("合同订单", "Contract or order"),
    DocumentKind.QUALIFICATION: Words("资质证书", "Certificate"),
    DocumentKind.PROPERTY: Words("房产及抵押物", "Property and collateral"),
    DocumentKind.EVIDENCE: Words("自报信息证明", "Evidence of reported facts"),
    DocumentKind.DISPUTE: Words("异议证明", "Evidence of a dispute"),
    DocumentKind.OTHER: Words("其他", "Other"),
}
_MATERIAL = Words("申请材料", "Application material")


def kind_words(code: str) -> Words:
    """The name of a kind; a product's own material code is said as a material."""
    return KIND_WORDS[DocumentKind(code)] if code in list(DocumentKind) else _MATERIAL
