"""The products of the demo city: the real ones, moved here, and its own; with what waits in every queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.demo.market.institutions import DemoLender, content
from creditbridge.demo.market.localising import localised_rule, localised_terms
from creditbridge.demo.names import Names
from creditbridge.kernel import clock
from lenders.admission.amount import Amount
from lenders.admission.tree import Tree
from lenders.products import deciding, drafting
from lenders.products import service as products
from lenders.products.rules import Contact, Draft, ProductTerms, PublishedProduct
from lenders.products.seed.loader import real_products
from lenders.schemes import service as schemes

MONTH = timedelta(days=30)
_REAL_LIVE_FOR = 19
_SUSPENDED = "procurement"
_NEW_VERSION = "textile"
_NEW_VERSION_WAITING = "invoice"


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product of the city: its lender, since when and until when it took applications."""

    code: str
    lender: DemoLender
    published: PublishedProduct
    open_from: datetime
    open_until: datetime


@dataclass(frozen=True, slots=True)
class _Officers:
    lenders: Mapping[str, DemoLender]
    publisher: Actor
    names: Names
    now: datetime


@cache
def own_content() -> Mapping[str, Any]:
    """The file of the city's own products."""
    text = resources.files("creditbridge.demo").joinpath("data/products.json").read_text("utf-8")
    read: Mapping[str, Any] = json.loads(text)
    return read


def load_products(
    session: Session, lenders: Mapping[str, DemoLender], publisher: Actor, names: Names, now: datetime
) -> list[DemoProduct]:
    """Publish every product through its real life cycle, and leave something waiting in each queue.

    Answers the products that can have a history: for firms, published at some time.
    """
    officers = _Officers(lenders, publisher, names, now)
    scheme_of = _open_schemes(session, officers)
    made = [_publish_real(session, officers, scheme_of, n) for n in range(len(real_products()))]
    own = own_content()
    made += [_publish_own(session, officers, row, scheme_of) for row in own["published"]]
    made += [_retire(session, officers, row) for row in own["retired"]]
    by_code = {product.code: product for product in made}
    _suspend(session, officers, by_code[_SUSPENDED])
    _wait(session, officers, by_code)
    return [product for product in made if product.published.for_firms]


def _open_schemes(session: Session, officers: _Officers) -> dict[str, str]:
    """The policy schemes; answers their public ids by code and by the real products offered under them."""
    found: dict[str, str] = {}
    with clock.at(officers.now - MONTH * 19 - timedelta(days=10)):
        for row in content()["schemes"]:
            texts = {
                f"{name}_{language}": row[name][language]
                for name in ("name", "sponsor", "description", "support")
                for language in ("zh", "en")
            }
            taking_part = [officers.lenders[code].row.public_id for code in row["lenders"]]
            made = schemes.create_scheme(
                session, officers.publisher, {**texts, "region_codes": ["990000"]}, taking_part
            )
            found |= dict.fromkeys((row["code"], *row["real"]), made.public_id)
    return found


def _publish_real(
    session: Session, officers: _Officers, scheme_of: Mapping[str, str], number: int
) -> DemoProduct:
    real = real_products()[number]
    lender = officers.lenders[real.lender.code]
    draft = Draft(
        name_zh=real.name.zh,
        name_en=real.name.en,
        terms=_with_contact(localised_terms(real.terms), officers),
        admission=localised_rule(real.admission),
        amount_formula=real.amount,
        applicant_kind=real.applicant_kind,
        scheme_public_id=scheme_of.get(real.reference),
    )
    on = officers.now - MONTH * _REAL_LIVE_FOR + timedelta(hours=6 * number)
    return _publish(session, officers, real.reference, lender, draft, on=on)


def _publish_own(
    session: Session, officers: _Officers, row: Mapping[str, Any], scheme_of: Mapping[str, str]
) -> DemoProduct:
    draft = replace(_own_draft(row, officers), scheme_public_id=scheme_of.get(row.get("scheme", "")))
    on = officers.now - MONTH * row["months_live"] + timedelta(hours=3)
    return _publish(session, officers, row["code"], officers.lenders[row["lender"]], draft, on=on)


def _own_draft(row: Mapping[str, Any], officers: _Officers) -> Draft:
    return Draft(
        name_zh=row["name"]["zh"],
        name_en=row["name"]["en"],
        terms=_with_contact(ProductTerms.from_json(row["terms"]), officers),
        admission=Tree.from_json(row["admission"]),
        amount_formula=Amount.from_json(row["amount"]) if "amount" in row else None,
    )


def _with_contact(terms: ProductTerms, officers: _Officers) -> ProductTerms:
    return replace(terms, contact=Contact(officers.names.person(), officers.names.phone()))


def _publish(
    session: Session, officers: _Officers, code: str, lender: DemoLender, draft: Draft, *, on: datetime
) -> DemoProduct:
    with clock.at(on):
        published = products.load_published(
            session, draft, author=lender.manager, approver=lender.approver, publisher=officers.publisher
        )
    return DemoProduct(code, lender, published, on, officers.now)


def _retire(session: Session, officers: _Officers, row: Mapping[str, Any]) -> DemoProduct:
    """A product of the past: published, suspended when its successor came, retired a month later."""
    made = _publish_own(session, officers, row, {})
    ended = officers.now - MONTH * 6
    with clock.at(ended):
        deciding.suspend(session, made.lender.manager, made.published.public_id, "新产品上线，停止受理。")
    with clock.at(ended + MONTH):
        deciding.retire(session, made.lender.manager, made.published.public_id, "由新产品替代。")
    return replace(made, open_until=ended)


def _suspend(session: Session, officers: _Officers, product: DemoProduct) -> None:
    with clock.at(officers.now - timedelta(days=12)):
        deciding.suspend(
            session, product.lender.manager, product.published.public_id, "年度额度调整，暂停受理新申请。"
        )


def _wait(session: Session, officers: _Officers, by_code: Mapping[str, DemoProduct]) -> None:
    """New products and new versions: one draft, two that wait for the approver, two for the platform, one sent back."""
    draft, pending, to_publish, returned = own_content()["waiting"]
    with clock.at(officers.now - timedelta(days=4)):
        _begin(session, officers, draft)
        _submit(session, officers, pending)
        lender, public_id = _submit(session, officers, to_publish)
        deciding.approve(session, lender.approver, public_id)
        lender, public_id = _submit(session, officers, returned)
        deciding.return_to_draft(session, lender.approver, public_id, "请补充成立时间证明材料的要求。")
    with clock.at(officers.now - timedelta(days=2)):
        changed = by_code[_NEW_VERSION]
        _new_version(session, changed)
        deciding.approve(session, changed.lender.approver, changed.published.public_id)
        _new_version(session, by_code[_NEW_VERSION_WAITING])


def _begin(session: Session, officers: _Officers, row: Mapping[str, Any]) -> tuple[DemoLender, str]:
    lender = officers.lenders[row["lender"]]
    made = drafting.create_product(session, lender.manager, _own_draft(row, officers))
    return lender, made.public_id


def _submit(session: Session, officers: _Officers, row: Mapping[str, Any]) -> tuple[DemoLender, str]:
    lender, public_id = _begin(session, officers, row)
    drafting.submit(session, lender.manager, public_id)
    return lender, public_id


def _new_version(session: Session, product: DemoProduct) -> None:
    """The same product with a higher limit, submitted to the second officer."""
    manager, public_id = product.lender.manager, product.published.public_id
    version = drafting.start_version(session, manager, public_id)
    held = drafting.draft_of_version(version)
    most = held.terms.amount_max_fen or 0
    raised = replace(
        held, terms=replace(held.terms, amount_max_fen=most + most // 5), change_note="提高最高额度。"
    )
    drafting.save_draft(session, manager, public_id, raised, seen=version.version)
    drafting.submit(session, manager, public_id)
