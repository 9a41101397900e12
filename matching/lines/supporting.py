"""Who stands for a line beside the firm: guarantor, shares of a loss, risk pool, premium and its subsidy.

Whether a firm is in the cultivation pool, and what it gets back, is looked up when it is recorded and kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.facts import service as facts
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput
from creditbridge.kernel.money import MAX_FEN, PPM, apply_rate, format_share
from creditbridge.kernel.words import Words
from lenders.institutions import service as institutions
from matching.conflicts import service as conflicts
from matching.ledger import pools
from matching.lines import announcing
from matching.lines.correcting import hold_line
from matching.lines.lookup import line_of_lender
from matching.lines.model import CreditLine, LineSupport
from matching.lines.recording import check_recorder


@dataclass(frozen=True, slots=True)
class Support:
    """What an officer states. Shares are ppm of the principal and make a whole; the premium is for the whole term."""

    guarantor: str = ""
    guarantee_contract: str = ""
    guarantor_share_ppm: int = 0
    pool_share_ppm: int = 0
    pool: str | None = None
    premium_fen: int = 0

    @property
    def lender_share_ppm(self) -> int:
        return PPM - self.guarantor_share_ppm - self.pool_share_ppm


@dataclass(frozen=True, slots=True)
class SubsidyRule:
    """What firms on a list get back of premiums in a period."""

    effective_from: date
    effective_to: date | None
    list_code: str
    ppm: int
    source: Words


@cache
def subsidy_rules() -> tuple[SubsidyRule, ...]:
    """Every rule, from ``data/premium_subsidy.json``."""
    text = resources.files("matching.lines").joinpath("data/premium_subsidy.json").read_text("utf-8")
    return tuple(
        SubsidyRule(
            date.fromisoformat(row["effective_from"]),
            date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
            row["list"],
            row["ppm"],
            Words.from_json(row["source"]),
        )
        for row in json.loads(text)["rates"]
    )


def subsidy_ppm(session: Session, firm_id: int, on: date) -> int:
    """What the firm gets back of a premium on a day; nought where it is on no such list."""
    lists = facts.facts_of(session, firm_id).lists
    return max(
        (
            rule.ppm
            for rule in subsidy_rules()
            if rule.effective_from <= on
            and (rule.effective_to is None or on <= rule.effective_to)
            and rule.list_code in lists
            and lists[rule.list_code].member
        ),
        default=0,
    )


def record_support(session: Session, actor: Actor, line_id: str, stated: Support) -> LineSupport:
    """Record or replace what stands for a line. Loans drawn before keep the shares they were drawn under.

    Raises:
        NotFound: the line or the pool is not there.
        NotAllowed: the actor is no reviewer, or the lender may not work on the platform.
        InvalidInput: shares that do not make a whole, a share without its bearer, or a premium out of range.
    """
    check_recorder(actor)
    institutions.working_lender_of(session, actor)
    line = line_of_lender(session, actor, line_id)
    conflicts.check(session, actor, line.firm_id)
    if line.standing is None:
        raise Conflict("voided", Words("该登记已作废。", "This record was voided."))
    pool = pools.pool_of(session, stated.pool) if stated.pool else None
    _check(stated, pool.most_share_ppm if pool else None)
    hold_line(session, line)
    row = line.support or LineSupport(line_id=line.id)
    rate = subsidy_ppm(session, line.firm_id, clock.today())
    values: dict[str, Any] = {
        "guarantor": stated.guarantor.strip(),
        "guarantee_contract": stated.guarantee_contract.strip(),
        "lender_share_ppm": stated.lender_share_ppm,
        "guarantor_share_ppm": stated.guarantor_share_ppm,
        "pool_share_ppm": stated.pool_share_ppm,
        "pool_id": pool.id if pool else None,
        "premium_fen": stated.premium_fen,
        "subsidy_ppm": rate,
        "subsidy_fen": apply_rate(stated.premium_fen, rate),
        "in_cultivation_pool": rate > 0,
        "recorded_by_id": actor.user_id,
    }
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    _trace(session, actor, line, values)
    return row


def _check(stated: Support, most_pool_ppm: int | None) -> None:
    problems: dict[str, list[Words]] = {}
    for name in ("guarantor_share_ppm", "pool_share_ppm"):
        if not 0 <= getattr(stated, name) <= PPM:
            problems[name] = [Words("应在 0 至 100% 之间。", "Must lie between 0 and 100%.")]
    if stated.lender_share_ppm < 0:
        problems["pool_share_ppm"] = [
            Words("各方分担合计不能超过 100%。", "The shares cannot exceed 100% together.")
        ]
    if stated.guarantor_share_ppm and not stated.guarantor.strip():
        problems["guarantor"] = [Words("请填写担保方。", "Name the guarantor.")]
    if (stated.pool_share_ppm > 0) != (most_pool_ppm is not None):
        problems["pool"] = [Words("分担比例和资金池应一并填写。", "Choose a pool together with its share.")]
    elif most_pool_ppm is not None and stated.pool_share_ppm > most_pool_ppm:
        words = Words("该资金池最多分担 {most}。", "This pool bears {most} at most.")
        problems["pool_share_ppm"] = [words.fill(most=format_share(most_pool_ppm))]
    if not 0 <= stated.premium_fen <= MAX_FEN:
        problems["premium_fen"] = [Words("金额超出范围。", "The amount is out of range.")]
    if problems:
        raise InvalidInput(problems)


def _trace(session: Session, actor: Actor, line: CreditLine, values: dict[str, Any]) -> None:
    record_as(
        session,
        actor,
        "line.support_recorded",
        subject_kind=announcing.KIND,
        subject_id=line.public_id,
        **{name: value for name, value in values.items() if name.endswith(("_ppm", "_fen"))},
    )
