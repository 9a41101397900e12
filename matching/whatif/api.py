"""What-ifs as JSON: who in the whole city would qualify if thresholds of a product moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.api import Blueprint
from creditbridge.store import unit
from lenders.admission.sentence import criterion_sentence
from lenders.products.documents import read_rule
from lenders.products.editing import warnings
from matching.index.profile import value_words
from matching.whatif import service
from matching.whatif.api_schemas import (
    EXAMPLE_RULE,
    UnsavedRuleAnswer,
    UnsavedRuleBody,
    WhatIfAnswer,
    WhatIfQuery,
)
from matching.whatif.configured import protection
from matching.whatif.protecting import Figures
from matching.whatif.service import Answer as Told
from matching.whatif.service import Asked, Counted

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("api_whatif", __name__, description="准入测算 What if a threshold moved")


@blueprint.reading("/lender/products/<public_id:product_id>/what-if", asks=WhatIfQuery, answers=WhatIfAnswer)
def what_if(asked: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Count the city under the product's rule and with thresholds moved; nothing of the product changes.

    Each question is kept on record. A lender may ask so many different ones in a day (429 beyond); what was asked
    before is not counted.
    """
    session, actor, kept = unit.session(), current_actor(), protection()
    product = service.asked_of(session, actor, product_id)
    told = service.ask(
        session,
        unit.database(),
        actor,
        product,
        _moves(asked["move"], {criterion.id for criterion in product.tree.criteria()}),
        curve_of=asked["curve"],
        protection=kept,
    )
    return _told(session, actor, product, told)


@blueprint.changing(
    "/lender/products/<public_id:product_id>/what-if",
    takes=UnsavedRuleBody,
    answers=UnsavedRuleAnswer,
    example=EXAMPLE_RULE,
)
def unsaved(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Count the city under another rule for the product, beside the one it has; nothing of the product changes.

    Each question is kept on record and counts as those with thresholds moved do.
    """
    return _unsaved(body, product_id)


@blueprint.changing(
    "/lender/products/what-if", takes=UnsavedRuleBody, answers=UnsavedRuleAnswer, example=EXAMPLE_RULE
)
def unsaved_new(body: dict[str, Any]) -> dict[str, Any]:
    """Count the city under a rule for a product that was never saved, beside every active firm.

    Each question is kept on record and counts as those with thresholds moved do.
    """
    return _unsaved(body, None)


def _unsaved(body: dict[str, Any], product_id: str | None) -> dict[str, Any]:
    """Counted in a reading session, as only these share what is held of the city; kept with the answer."""
    actor, kept = current_actor(), protection()
    own, regions = read_rule(body)
    with unit.database().read() as session:
        product = (
            service.asked_of_new(session, actor)
            if product_id is None
            else service.asked_of(session, actor, product_id)
        )
        told = service.ask_unsaved(
            session,
            lambda keep: keep(unit.session()),
            actor,
            product,
            own,
            regions=regions,
            curve_of=body["curve"],
            protection=kept,
        )
        return {**_told(session, actor, product, told), "warnings": warnings(own)}


def _told(session: Session, actor: Actor, product: Asked, told: Told) -> dict[str, Any]:
    beside = service.report(session, actor, product, told.rule, salt=protection().salt)
    return {
        "product_id": product.public_id or None,
        "version": product.version_number,
        "exact": actor.is_platform,
        "change_seq": told.change_seq,
        "now": _counted(told.now),
        "moved": _counted(told.moved),
        "curve": [{"value": value, "eligible": figure} for value, figure in told.curve],
        "near_misses": [
            {
                "criterion": row.criterion.id,
                "sentence": criterion_sentence(row.criterion),
                "failing": row.failing.total,
                "lacking": row.lacking,
                "by": _by(row.failing),
            }
            for row in beside.missed
        ],
        "overlap": [
            {"product_id": row.product_id, "product": row.name, "firms": row.firms} for row in beside.overlap
        ],
    }


def _moves(asked: list[str], known: set[str]) -> dict[str, str]:
    moves: dict[str, str] = {}
    for text in asked:
        name, parted, threshold = text.partition(":")
        if not parted or name not in known:
            raise InvalidInput({"move": [_UNREADABLE.fill(move=text[:60])]})
        if name in moves:
            raise InvalidInput({"move": [_TWICE.fill(criterion=name)]})
        moves[name] = threshold
    return moves


_UNREADABLE = Words(
    "“{move}”应写成条件编号、英文冒号、门槛三部分，且须是产品里的条件。",
    "“{move}” is not a criterion's id, a colon and a threshold, or there is no such criterion.",
)
_TWICE = Words("条件 {criterion} 出现了两次。", "The criterion {criterion} is there twice.")


def _counted(counted: Counted) -> dict[str, Any]:
    return {
        "eligible": counted.eligible.total,
        "tentative": counted.tentative.total,
        "by": _by(counted.eligible),
    }


def _by(figures: Figures) -> list[dict[str, Any]]:
    return [
        {
            "dimension": dimension,
            "cells": [
                {"value": value, "words": value_words(dimension, value), "firms": firms}
                for value, firms in cells.items()
            ],
        }
        for dimension, cells in figures.by.items()
    ]
