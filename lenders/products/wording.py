"""A product's terms in words, line by line: for its pages, for the comparison of versions, for a printed sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbridge.facts.values import ALL, join_words
from creditbridge.kernel.money import amount_words, format_share
from creditbridge.kernel.words import Words
from lenders.institutions.areas import area_words
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS
from lenders.products.rules import GUARANTEE_TYPE_WORDS, ProductTerms

NOT_STATED = Words("未公布", "Not published")
_LISTED = (ALL[0], ALL[0])


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the terms: what it is about, what it says, and the lender's own remark on it."""

    key: str
    label: Words
    value: Words
    note: Words | None = None


def term_lines(terms: ProductTerms, on: date) -> list[Line]:
    """The terms of a loan on a legal date (an LPR spread reads with that day's LPR); what is left open says so."""
    lines = [
        Line("amount", Words("贷款额度", "Amount"), amount_range(terms), _note(terms.amount_note)),
        Line("rate", Words("年利率", "Annual rate"), terms.rate.describe(on), _note(terms.rate_note)),
        Line("term", Words("贷款期限", "Term"), term_range(terms)),
        Line(
            "repayment",
            Words("还款方式", "Repayment"),
            _listed(
                [
                    words
                    for method, words in REPAYMENT_METHOD_WORDS.items()
                    if method in terms.repayment_methods
                ]
            ),
        ),
        Line(
            "guarantee",
            Words("担保方式", "Guarantee"),
            _listed([words for kind, words in GUARANTEE_TYPE_WORDS.items() if kind in terms.guarantee_types]),
        ),
    ]
    if terms.risk_share_ppm is not None:
        share = format_share(terms.risk_share_ppm)
        words = Words(f"政府风险补偿资金承担 {share}", f"{share} of a loss is borne by the government's fund")
        lines.append(Line("risk_share", Words("风险分担", "Risk sharing"), words))
    return [*lines, *_where_and_when(terms)]


def _where_and_when(terms: ProductTerms) -> list[Line]:
    everywhere = Words("机构各网点的服务地区", "Wherever the lender's branches serve")
    lines = [
        Line(
            "regions",
            Words("办理地区", "Offered in"),
            _listed([area_words(code) for code in terms.regions], everywhere),
        ),
        Line("validity", Words("有效期", "Valid"), validity(terms)),
    ]
    if terms.quota_fen is not None:
        lines.append(
            Line("quota", Words("产品总额度", "Quota of the product"), amount_words(terms.quota_fen))
        )
    contact = " · ".join(filter(None, (terms.contact.name, terms.contact.phone, terms.contact.email)))
    return [
        *lines,
        Line("contact", Words("咨询方式", "Contact"), Words(contact, contact) if contact else NOT_STATED),
    ]


def amount_range(terms: ProductTerms) -> Words:
    """``10 万元至 500 万元``, ``最高 500 万元``, ``10 万元起``."""
    return _span(
        amount_words(terms.amount_min_fen) if terms.amount_min_fen is not None else None,
        amount_words(terms.amount_max_fen) if terms.amount_max_fen is not None else None,
    )


def term_range(terms: ProductTerms) -> Words:
    """``6 个月至 36 个月``, ``最长 12 个月``."""
    low, high = terms.term_months_min, terms.term_months_max
    if low is None and high is not None:
        return Words("最长 {high}", "up to {high}").fill(high=_months(high))
    return _span(_months(low) if low is not None else None, _months(high) if high is not None else None)


def _months(number: int) -> Words:
    return Words(f"{number} 个月", f"{number} month{'' if number == 1 else 's'}")


def _span(low: Words | None, high: Words | None) -> Words:
    if low is not None and high is not None:
        return low if low == high else Words("{low}至 {high}", "{low} to {high}").fill(low=low, high=high)
    if high is not None:
        return Words("最高 {high}", "up to {high}").fill(high=high)
    return Words("{low}起", "from {low}").fill(low=low) if low is not None else NOT_STATED


def validity(terms: ProductTerms) -> Words:
    """From when to when the product is offered."""
    first, last = terms.valid_from, terms.valid_to
    if first is None and last is None:
        return Words("长期", "Until further notice")
    if first is None:
        return Words(f"至 {last}", f"until {last}")
    return (
        Words(f"{first} 起", f"from {first}")
        if last is None
        else Words(f"{first} 至 {last}", f"{first} to {last}")
    )


def _listed(parts: list[Words], nothing: Words = NOT_STATED) -> Words:
    return join_words(parts, _LISTED) if parts else nothing


def _note(words: Words) -> Words | None:
    return words if words.zh else None
