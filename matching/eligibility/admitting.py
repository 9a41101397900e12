"""The whole rule a product admits firms by: the lender's own, and what holds for every product on the platform.

Only active firms apply (domain section 3), and a product with named regions is for firms registered there. Where the
lender's rule speaks of the same thing itself, it alone counts. Pure.
"""

from __future__ import annotations

from functools import lru_cache

from creditbridge.kernel.words import Words
from lenders.admission.tree import Criterion, Group, Missing, Mode, Operator, Test, Tree
from lenders.products.rules import PublishedProduct

_STATUS = "registration_status"
_REGION_FACTS = frozenset({"registered_region", "operating_region"})

ACTIVE = Criterion(
    "platform_active",
    Test(_STATUS, Operator.IN_SET, ("active",)),
    # An imported registration may not state it; submitting checks the register itself.
    missing=Missing.PASS,
    note=Words("平台规则：存续企业方可申请。", "A rule of the platform: only active firms may apply."),
)


def rule_of(product: PublishedProduct) -> Tree:
    """The rule a firm's verdict on the product follows from."""
    return admitting(product.admission, product.terms.regions)


@lru_cache(maxsize=2048)
def admitting(own: Tree, offered_in: tuple[str, ...]) -> Tree:
    """A lender's own rule with what holds for all products put in front."""
    named = {criterion.test.fact for criterion in own.criteria()}
    before: list[Criterion] = []
    if _STATUS not in named:
        before.append(ACTIVE)
    if offered_in and named.isdisjoint(_REGION_FACTS):
        before.append(
            Criterion(
                "platform_region",
                Test("registered_region", Operator.WITHIN, offered_in),
                note=Words("产品服务地区。", "Where the product is offered."),
            )
        )
    if not before:
        return own
    after = own.root.nodes if own.root.mode is Mode.ALL else (own.root,)
    return Tree(Group(Mode.ALL, (*before, *after)))
