"""Published products for tests that need no database."""

from __future__ import annotations

from typing import Any

from creditbridge.kernel.ids import public_id
from creditbridge.kernel.words import Words
from lenders.admission.tree import EVERYONE, Criterion, Group, Mode, Operator, Test, Tree
from lenders.products.lifecycle import ProductState
from lenders.products.rules import ApplicantKind, LenderRef, ProductTerms, PublishedProduct

WAN = 1_000_000
"""10,000 yuan in fen."""


def criterion(fact: str, operator: Operator, value: Any = None, **options: Any) -> Criterion:
    return Criterion(options.pop("id", fact), Test(fact, operator, value), **options)


def rule(*nodes: Criterion | Group, mode: Mode = Mode.ALL) -> Tree:
    return Tree(Group(mode, nodes))


def product(
    terms: ProductTerms | None = None,
    admission: Tree = EVERYONE,
    *,
    name: str = "稳企贷",
    lender: str = "江湾银行",
    **changes: Any,
) -> PublishedProduct:
    values: dict[str, Any] = {
        "product_id": 1,
        "public_id": public_id(),
        "version_id": 1,
        "version_public_id": public_id(),
        "version_number": 1,
        "lender": LenderRef(1, public_id(), 1, Words(lender, "Jiangwan Bank")),
        "name": Words(name, "Steady loan"),
        "applicant_kind": ApplicantKind.FIRM,
        "state": ProductState.OPEN,
        "terms": terms or ProductTerms(),
        "admission": admission,
        **changes,
    }
    return PublishedProduct(**values)
