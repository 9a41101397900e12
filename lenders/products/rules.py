"""What a loan product offers: its terms as plain values, and a published product as other rooms read it.

Amounts are in fen, rates in ppm a year, terms in months. Whatever a lender leaves open is None or empty, and is
shown as such, never guessed. The life cycles of products and versions are in :mod:`lenders.products.lifecycle`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount
from lenders.admission.tree import EVERYONE, Tree
from lenders.pricing.fees import FeeLine, Subsidy
from lenders.pricing.rates import RateStructure
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.lifecycle import ProductState


class ApplicantKind(StrEnum):
    """For whom a product is. One for natural persons is shown, and never matched to a firm."""

    FIRM = "firm"
    NATURAL_PERSON = "natural_person"


APPLICANT_KIND_WORDS = {
    ApplicantKind.FIRM: Words("企业", "Firms"),
    ApplicantKind.NATURAL_PERSON: Words("个人", "Natural persons"),
}


class GuaranteeType(StrEnum):
    """How a loan is secured; the codes are those of the fact ``guarantee_type``."""

    UNSECURED = "unsecured"
    GENERAL_GUARANTEE = "general_guarantee"
    JOINT_SEVERAL_GUARANTEE = "joint_several_guarantee"
    MORTGAGE = "mortgage"
    CHATTEL_PLEDGE = "chattel_pledge"
    RIGHT_PLEDGE = "right_pledge"
    PUBLIC_GUARANTEE = "public_guarantee"
    GUARANTEE_INSURANCE = "guarantee_insurance"


GUARANTEE_TYPE_WORDS = {
    GuaranteeType.UNSECURED: Words("信用", "Unsecured"),
    GuaranteeType.GENERAL_GUARANTEE: Words("一般保证", "General guarantee"),
    GuaranteeType.JOINT_SEVERAL_GUARANTEE: Words("连带责任保证", "Joint and several guarantee"),
    GuaranteeType.MORTGAGE: Words("抵押", "Mortgage"),
    GuaranteeType.CHATTEL_PLEDGE: Words("动产质押", "Pledge of movables"),
    GuaranteeType.RIGHT_PLEDGE: Words("权利质押", "Pledge of rights"),
    GuaranteeType.PUBLIC_GUARANTEE: Words("政府性融资担保", "Government-backed guarantee"),
    GuaranteeType.GUARANTEE_INSURANCE: Words("保证保险", "Guarantee insurance"),
}


def in_both(zh: str, en: str) -> Words:
    """A lender's own text: Chinese, with English where the lender wrote it."""
    return Words(zh, en or zh)


def english_of(words: Words) -> str:
    """The English a lender wrote, or nothing where the Chinese stands for both."""
    return "" if words.en == words.zh else words.en


@dataclass(frozen=True, slots=True)
class Material:
    """A document an applicant hands in; ``code`` names it within the product."""

    code: str
    words: Words
    required: bool = True

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "words": self.words.as_json(), "required": self.required}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Material:
        return cls(value["code"], Words.from_json(value["words"]), value["required"])


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a firm asks about the product."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "phone": self.phone, "email": self.email}


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """The terms of one version. ``amount_note`` says in the lender's words what an amount range cannot.

    ``regions`` are six-digit codes of where the product is offered (empty: wherever the lender's branches serve);
    ``risk_share_ppm`` is the part of a loss a government fund bears; ``valid_from`` and ``valid_to`` are inclusive legal dates; ``quota_fen`` is what may be granted in all.
    """

    amount_min_fen: int | None = None
    amount_max_fen: int | None = None
    rate: RateStructure = field(default_factory=RateStructure.unpublished)
    term_months_min: int | None = None
    term_months_max: int | None = None
    repayment_methods: tuple[RepaymentMethod, ...] = ()
    guarantee_types: tuple[GuaranteeType, ...] = ()
    fees: tuple[FeeLine, ...] = ()
    subsidies: tuple[Subsidy, ...] = ()
    risk_share_ppm: int | None = None
    materials: tuple[Material, ...] = ()
    regions: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    quota_fen: int | None = None
    contact: Contact = field(default_factory=Contact)
    description: Words = field(default_factory=lambda: Words("", ""))
    amount_note: Words = field(default_factory=lambda: Words("", ""))
    rate_note: Words = field(default_factory=lambda: Words("", ""))

    def valid_on(self, on: date) -> bool:
        """Whether the product takes applications on a legal date, by its own period."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "amount_min_fen": self.amount_min_fen,
            "amount_max_fen": self.amount_max_fen,
            "rate": self.rate.as_json(),
            "term_months_min": self.term_months_min,
            "term_months_max": self.term_months_max,
            "repayment_methods": [method.value for method in self.repayment_methods],
            "guarantee_types": [kind.value for kind in self.guarantee_types],
            "fees": [line.as_json() for line in self.fees],
            "subsidies": [subsidy.as_json() for subsidy in self.subsidies],
            "risk_share_ppm": self.risk_share_ppm,
            "materials": [material.as_json() for material in self.materials],
            "regions": list(self.regions),
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "quota_fen": self.quota_fen,
            "contact": self.contact.as_json(),
            "description": self.description.as_json(),
            "amount_note": self.amount_note.as_json(),
            "rate_note": self.rate_note.as_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ProductTerms:
        """Read stored terms; keys that are absent read as left open."""
        return cls(
            amount_min_fen=value.get("amount_min_fen"),
            amount_max_fen=value.get("amount_max_fen"),
            term_months_min=value.get("term_months_min"),
            term_months_max=value.get("term_months_max"),
            quota_fen=value.get("quota_fen"),
            risk_share_ppm=value.get("risk_share_ppm"),
            valid_from=_day(value.get("valid_from")),
            valid_to=_day(value.get("valid_to")),
            description=_words(value.get("description")),
            amount_note=_words(value.get("amount_note")),
            rate_note=_words(value.get("rate_note")),
            rate=RateStructure.from_json(value["rate"]) if value.get("rate") else RateStructure.unpublished(),
            repayment_methods=tuple(RepaymentMethod(code) for code in value.get("repayment_methods", ())),
            guarantee_types=tuple(GuaranteeType(code) for code in value.get("guarantee_types", ())),
            fees=tuple(FeeLine.from_json(row) for row in value.get("fees", ())),
            subsidies=tuple(Subsidy.from_json(row) for row in value.get("subsidies", ())),
            materials=tuple(Material.from_json(row) for row in value.get("materials", ())),
            regions=tuple(value.get("regions", ())),
            contact=Contact(**(value.get("contact") or {})),
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _words(value: Mapping[str, str] | None) -> Words:
    return in_both(value["zh"], value.get("en", "")) if value else Words("", "")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version says; the editor, the seed and the API all hand it in like this."""

    name_zh: str
    terms: ProductTerms
    admission: Tree = EVERYONE
    amount_formula: Amount | None = None
    name_en: str = ""
    applicant_kind: ApplicantKind = ApplicantKind.FIRM
    scheme_public_id: str | None = None
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class LenderRef:
    """The lender behind a product, as far as others need it."""

    id: int
    public_id: str
    organisation_id: int
    name: Words


@dataclass(frozen=True, slots=True)
class SchemeRef:
    """The policy scheme a product belongs to."""

    id: int
    public_id: str
    name: Words
    sponsor: Words


@dataclass(frozen=True, slots=True)
class PublishedProduct:
    """One version of a product, ready to be shown and matched. ``state`` is the product's."""

    product_id: int
    public_id: str
    version_id: int
    version_public_id: str
    version_number: int
    lender: LenderRef
    name: Words
    applicant_kind: ApplicantKind
    state: ProductState
    terms: ProductTerms
    admission: Tree
    amount_formula: Amount | None = None
    scheme: SchemeRef | None = None

    @property
    def for_firms(self) -> bool:
        return self.applicant_kind is ApplicantKind.FIRM

    @property
    def is_open(self) -> bool:
        """Whether the product takes applications at all; its period and quota come on top."""
        return self.state is ProductState.OPEN
