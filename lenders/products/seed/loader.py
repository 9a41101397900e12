"""Real products found in public sources, entered under fictional lenders, with every published condition.

``data/real_products.json`` holds them as a lender would have entered them: terms, admission rule, amount formula, and
beside these each clause as published with the criteria that express it. The lenders are invented; references, figures
and conditions are not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from creditbridge.kernel.words import Words
from lenders.admission.amount import Amount
from lenders.admission.tree import Tree
from lenders.products.rules import ApplicantKind, ProductTerms


@dataclass(frozen=True, slots=True)
class SeedLender:
    """A fictional lender; ``code`` is unique in the file."""

    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class PublishedCondition:
    """One clause as published (Chinese), and what expresses it here.

    ``origin`` is the column it stood in. ``criteria`` are ids of the admission rule; ``in_amount`` says that the amount
    formula expresses it; ``in_terms`` names terms that do, such as ``risk_share`` or ``guarantee_types``.
    """

    text: str
    origin: str
    criteria: tuple[str, ...]
    in_amount: bool
    in_terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskShare:
    """Who bears a loss of principal, in ppm."""

    government_ppm: int
    bank_ppm: int


@dataclass(frozen=True, slots=True)
class RealProduct:
    """A product as published. ``sponsor`` is set where it belongs to a policy scheme."""

    reference: str
    name: Words
    lender: SeedLender
    applicant_kind: ApplicantKind
    terms: ProductTerms
    admission: Tree
    amount: Amount | None
    conditions: tuple[PublishedCondition, ...]
    source_kind: str
    source_date: str
    sponsor: Words | None
    risk_share: RiskShare | None


def seed_lenders() -> tuple[SeedLender, ...]:
    """The fictional lenders, in the order of the file."""
    return tuple(SeedLender(row["code"], Words.from_json(row["name"])) for row in _content()["lenders"])


@cache
def real_products() -> tuple[RealProduct, ...]:
    """Every product of the file.

    Raises:
        InvalidInput: an admission rule or amount formula cannot be read.
    """
    lenders = {lender.code: lender for lender in seed_lenders()}
    return tuple(_product(row, lenders) for row in _content()["products"])


@cache
def _content() -> dict[str, Any]:
    text = resources.files("lenders.products.seed").joinpath("data/real_products.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def _product(row: Mapping[str, Any], lenders: Mapping[str, SeedLender]) -> RealProduct:
    return RealProduct(
        reference=row["reference"],
        name=Words.from_json(row["name"]),
        lender=lenders[row["lender"]],
        applicant_kind=ApplicantKind(row["applicant_kind"]),
        terms=ProductTerms.from_json(row["terms"]),
        admission=Tree.from_json(row["admission"]),
        amount=Amount.from_json(row["amount"]) if "amount" in row else None,
        conditions=tuple(_condition(inner) for inner in row["conditions"]),
        source_kind=row["source"]["kind"],
        source_date=row["source"]["date"],
        sponsor=Words.from_json(row["sponsor"]) if "sponsor" in row else None,
        risk_share=RiskShare(**row["risk_share"]) if "risk_share" in row else None,
    )


def _condition(row: Mapping[str, Any]) -> PublishedCondition:
    return PublishedCondition(
        text=row["text"],
        origin=row["from"],
        criteria=tuple(row["criteria"]),
        in_amount=row.get("amount", False),
        in_terms=tuple(row.get("terms", ())),
    )
