"""A match that was acted on, kept whole so that it can be worked out again: facts, what was asked for, day and rule.

What is kept is what the verdict was read from: the firm's facts and those of the loan asked for, the legal date, the
product version (which never changes) and the model, which is the rule language and the fact catalogue by its digest. The
answer is kept as bytes in one canonical form. Facts may be taken away after their retention; the digest remains.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.facts.firm_facts import FactValue, FirmFacts, fact_value_from_json, fact_value_to_json
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from lenders.admission.tree import LANGUAGE
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.applications.model import KeptMatch, Submission
from matching.eligibility.admitting import rule_of
from matching.eligibility.rules import Explanation, explain

MATCH = Words("匹配结果", "match")
Beside = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A kept match and the same worked out again, as bytes; ``again`` is None where the facts are past retention.

    ``same_model`` says that the language and the fact catalogue are still those it was found with.
    """

    kept: bytes
    again: bytes | None
    digest: str
    model: str
    same_model: bool

    @property
    def is_same(self) -> bool:
        return self.kept == self.again


def keep(product: PublishedProduct, known: FirmFacts, beside: Beside, on: date, change_seq: int) -> KeptMatch:
    """A match as it is kept, read again from exactly what is kept of it."""
    match = KeptMatch(
        on=on,
        product_version_id=product.version_id,
        model=model_version(),
        change_seq=change_seq,
        facts=known.to_json(),
        beside={code: fact_value_to_json(code, value) for code, value in sorted(beside.items())},
    )
    answer = _worked_out(match, product)
    match.answer, match.digest = answer.decode(), hashlib.sha256(answer).hexdigest()
    return match


def replay(session: Session, submission_id: str) -> Replayed:
    """Work the match of a submission out again.

    Raises:
        NotFound: there is no such submission, or none of its match was kept.
        InvalidInput: a fact it rested on is no longer in the catalogue.
    """
    found = session.execute(
        select(KeptMatch, Submission.product_version_id)
        .join(Submission, Submission.id == KeptMatch.submission_id)
        .where(Submission.public_id == submission_id)
    ).one_or_none()
    if found is None:
        raise NotFound(MATCH)
    match: KeptMatch = found[0]
    product = products.version(session, match.product_version_id)
    again = None if match.facts is None else _worked_out(match, product)
    same = match.model == model_version()
    return Replayed(match.answer.encode(), again, match.digest, match.model, same)


@cache
def model_version() -> str:
    """What verdicts follow from beside facts and rule: the language's version and the digest of the fact catalogue."""
    text = resources.files("creditbridge.facts").joinpath("data", "fact_catalogue.json").read_bytes()
    return f"language {LANGUAGE}, facts {hashlib.sha256(text).hexdigest()[:16]}"


def _worked_out(match: KeptMatch, product: PublishedProduct) -> bytes:
    known = FirmFacts.from_json(match.facts)
    beside = {code: fact_value_from_json(code, row) for code, row in match.beside.items()}
    tree = rule_of(product) if product.for_firms else product.admission
    explanation = explain(tree, known, on=match.on, beside=beside, amount=product.amount_formula)
    return as_bytes(explanation, product, match)


def as_bytes(explanation: Explanation, product: PublishedProduct, match: KeptMatch) -> bytes:
    """A match in full, in one canonical form: what it cites, and every criterion with value, threshold and source."""
    amount = explanation.amount
    stated: dict[str, Any] = {
        "product": product.public_id,
        "version": product.version_number,
        "on": match.on.isoformat(),
        "change_seq": match.change_seq,
        "model": match.model,
        "facts": _digest(match.facts),
        "asked": match.beside,
        "verdict": explanation.verdict.value,
        "amount_fen": amount.most_fen if amount is not None else None,
        "criteria": [
            {
                "id": row.criterion.id,
                "test": row.criterion.test.to_json(),
                "verdict": row.verdict.value,
                "value": row.value_words.as_json() if row.value_words else None,
                "source": row.source.value if row.source else None,
                "as_of": row.as_of.isoformat() if row.as_of else None,
                "confirmed": row.confirmed,
                "stale": row.stale,
                "open": row.open,
            }
            for row in explanation.criteria()
        ],
    }
    return _canonical(stated)


def _digest(stated: Any) -> str:
    return hashlib.sha256(_canonical(stated)).hexdigest()


def _canonical(stated: Any) -> bytes:
    return json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
