"""Where an application stands before it is sent: for each product chosen, the verdict and what is in the way.

The check page shows this, and submitting refuses by it: the same function answers both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel import clock
from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import FirmStatus
from lenders.browsing.rules import loan_facts
from lenders.institutions.model import Branch
from lenders.products import service as products
from lenders.products.rules import Material, PublishedProduct
from matching.applications.drafting import Chosen, Need, branch_of, chosen_of, need_of
from matching.applications.model import Application, Submission
from matching.eligibility import service as eligibility
from matching.eligibility.rules import CriterionResult, Explanation, Verdict, explain


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an application to a product cannot be sent."""

    code: str
    words: Words


@dataclass(frozen=True, slots=True)
class Standing:
    """One product of an application. ``missing_materials`` are required ones without a document; they do not stop it."""

    product: PublishedProduct
    branch: Branch | None
    explanation: Explanation
    facts: FirmFacts
    obstacles: tuple[Obstacle, ...]
    missing_materials: tuple[Material, ...]

    @property
    def verdict(self) -> Verdict:
        return self.explanation.verdict


def standings(session: Session, firm: Firm, application: Application) -> list[Standing]:
    """Every product chosen, in the order chosen, against the facts of this moment."""
    known = facts.facts_of(session, firm.id)
    need = need_of(application)
    answered = {row.material_code for row in application.documents}
    return [
        _standing(session, firm, chosen, known=known, need=need, answered=answered)
        for chosen in chosen_of(application)
    ]


def _standing(
    session: Session,
    firm: Firm,
    chosen: Chosen,
    *,
    known: FirmFacts,
    need: Need | None,
    answered: Collection[str],
) -> Standing:
    product = products.published_product(session, chosen.product_id)
    explanation = _explained(session, firm, product, need)
    obstacles = [
        *_firm_obstacles(firm, product),
        *_product_obstacles(session, product),
        *(_need_obstacles(need, product) if need else ()),
        *_in_flight(session, firm, product),
        *_verdict_obstacles(explanation),
    ]
    missing = tuple(row for row in product.terms.materials if row.required and row.code not in answered)
    return Standing(
        product, branch_of(session, product, chosen.branch_id), explanation, known, tuple(obstacles), missing
    )


def _explained(session: Session, firm: Firm, product: PublishedProduct, need: Need | None) -> Explanation:
    """The verdict on the loan as it is asked for. One for natural persons is read too; an obstacle stops it."""
    beside = loan_facts(need.amount_fen, need.term_months, need.purpose.value, clock.today()) if need else {}
    if product.for_firms:
        return eligibility.match_of(session, firm.id, product, beside=beside).explanation
    return explain(product.admission, facts.facts_of(session, firm.id), on=clock.today(), beside=beside)


def _firm_obstacles(firm: Firm, product: PublishedProduct) -> Sequence[Obstacle]:
    found = []
    if firm.status != FirmStatus.ACTIVE:
        words = Words(
            "企业登记状态不是“存续”，不能申请贷款。",
            "The firm’s registration is not active, so it cannot apply.",
        )
        found.append(Obstacle("firm_not_active", words))
    if not product.for_firms:
        words = Words(
            "该产品面向个人，企业不能申请。", "This product is for natural persons; firms cannot apply."
        )
        found.append(Obstacle("not_for_firms", words))
    return found


def _product_obstacles(session: Session, product: PublishedProduct) -> Sequence[Obstacle]:
    if not product.is_open:
        words = Words("该产品当前不受理申请。", "This product takes no applications at present.")
        return [Obstacle("product_not_open", words)]
    if not product.terms.valid_on(clock.today()):
        words = Words("该产品不在受理期内。", "This product is outside its period.")
        return [Obstacle("product_not_valid", words)]
    if products.quota_left(session, product.product_id) == 0:
        return [Obstacle("quota_exhausted", Words("该产品额度已用完。", "The product’s quota is used up."))]
    return ()


def _need_obstacles(need: Need, product: PublishedProduct) -> Sequence[Obstacle]:
    terms, found = product.terms, []
    if terms.amount_max_fen is not None and need.amount_fen > terms.amount_max_fen:
        words = Words("申请金额超过该产品上限 {most}。", "The amount is above the product’s limit of {most}.")
        found.append(Obstacle("amount_too_high", words.fill(most=amount_words(terms.amount_max_fen))))
    if terms.amount_min_fen is not None and need.amount_fen < terms.amount_min_fen:
        words = Words(
            "申请金额低于该产品起点 {least}。", "The amount is below the product’s minimum of {least}."
        )
        found.append(Obstacle("amount_too_low", words.fill(least=amount_words(terms.amount_min_fen))))
    if terms.term_months_max is not None and need.term_months > terms.term_months_max:
        words = Words(
            "申请期限超过该产品最长 {most} 个月。", "The term is longer than the product’s {most} months."
        )
        found.append(Obstacle("term_too_long", words.fill(most=terms.term_months_max)))
    if terms.term_months_min is not None and need.term_months < terms.term_months_min:
        words = Words(
            "申请期限短于该产品最短 {least} 个月。", "The term is shorter than the product’s {least} months."
        )
        found.append(Obstacle("term_too_short", words.fill(least=terms.term_months_min)))
    return found


def _in_flight(session: Session, firm: Firm, product: PublishedProduct) -> Sequence[Obstacle]:
    found = session.scalar(
        select(Submission.id).where(
            Submission.firm_id == firm.id,
            Submission.product_id == product.product_id,
            Submission.in_flight.is_not(None),
        )
    )
    if found is None:
        return ()
    words = Words("已有一笔该产品的申请在办理中。", "An application for this product is already under way.")
    return [Obstacle("submission_in_flight", words)]


def _verdict_obstacles(explanation: Explanation) -> Sequence[Obstacle]:
    if explanation.verdict is not Verdict.NOT_ELIGIBLE:
        return ()
    words = Words(
        "企业不符合该产品的准入条件，请查看每项条件。",
        "The firm does not meet the product’s conditions; see each of them.",
    )
    return [Obstacle("not_eligible", words)]


def frozen_explanation(explanation: Explanation) -> dict[str, Any]:
    """An explanation as it is kept with a submission: each criterion in words, with value, source and date."""
    return {
        "verdict": explanation.verdict.value,
        "amount": explanation.amount_words.as_json() if explanation.amount_words else None,
        "criteria": [_frozen_criterion(row) for row in explanation.criteria()],
    }


def _frozen_criterion(row: CriterionResult) -> dict[str, Any]:
    return {
        "fact": row.criterion.test.fact,
        "sentence": row.sentence.as_json(),
        "verdict": row.verdict.value,
        "value": row.value_words.as_json() if row.value_words else None,
        "source": row.source.value if row.source else None,
        "as_of": row.as_of.isoformat() if row.as_of else None,
        "confirmed": row.confirmed,
        "stale": row.stale,
        "open": row.open,
    }


def facts_digest(known: FirmFacts) -> str:
    """The SHA-256 of a firm's facts in canonical JSON: proof of what a submission was judged by."""
    canonical = json.dumps(known.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
