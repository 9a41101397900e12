"""The order in which a firm sees products, and why: never paid for, every part shown.

Products are ordered by verdict first (eligible, then tentative, then not eligible), then by a score of 0 to 100, the
weighted mean of parts that are each 0 to 100:

=========== ====== ==================================================================================================
part        weight score
=========== ====== ==================================================================================================
true cost   40     100 at the cheapest APR of those the firm may apply for, 20 less per percentage point above it
amount      15     100 where the amount needed lies within the product's; else the smaller over the larger
term        10     the same for the term
speed       15     100 at a decision on the same day, 0 at a median of 30 days (the month given by 金发〔2024〕32号)
likelihood  20     how many of a hundred applications like this one are offered terms (:mod:`.likelihood`)
=========== ====== ==================================================================================================

Amount and term count only where the firm has said what it needs. What a product does not tell (its largest amount, a
history of decisions) counts as the middle, 50; the likelihood is an estimate drawn towards lender and city. A rate that is not published scores as the dearest known APR among the
candidates and at most 50, so that silence never ranks as cheap; with no APR known at all it scores 0.

Ties are broken by the true cost (unpublished last), then the median days (unknown last), then the public id. Nothing
about who the lender is enters the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from creditbridge.kernel.money import PPM_PER_PERCENT, amount_words, divide_half_up, format_rate
from creditbridge.kernel.words import Words
from matching.ranking.likelihood import Likelihood

VERDICT_ORDER = ("eligible", "tentative", "not_eligible")
COST_POINTS_PER_PERCENT = 20
SLOWEST_DAYS = 30
UNKNOWN_SCORE = 50
UNPUBLISHED_MOST = 50


class Part(StrEnum):
    COST = "cost"
    AMOUNT = "amount"
    TERM = "term"
    SPEED = "speed"
    LIKELIHOOD = "likelihood"


WEIGHTS = {Part.COST: 40, Part.AMOUNT: 15, Part.TERM: 10, Part.SPEED: 15, Part.LIKELIHOOD: 20}
PART_WORDS = {
    Part.COST: Words("综合融资成本", "Total cost"),
    Part.AMOUNT: Words("额度匹配", "Fit of amount"),
    Part.TERM: Words("期限匹配", "Fit of term"),
    Part.SPEED: Words("办理时效", "Speed"),
    Part.LIKELIHOOD: Words("获批可能", "Likelihood"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product as the order sees it.

    Attributes:
        product_id: public id, the last tie-break.
        verdict: one of :data:`VERDICT_ORDER`.
        apr_ppm: true yearly cost in ppm; None where the rate is not published.
        amount_min_fen, amount_max_fen: None where the product names no such end.
        term_min_months, term_max_months: the same.
        median_days: median days to a decision, None without enough history.
        likelihood: how likely terms are offered, None while the city has too few decisions.
    """

    product_id: str
    verdict: str
    apr_ppm: int | None = None
    amount_min_fen: int | None = None
    amount_max_fen: int | None = None
    term_min_months: int | None = None
    term_max_months: int | None = None
    median_days: int | None = None
    likelihood: Likelihood | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICT_ORDER:
            raise ValueError(f"no such verdict: {self.verdict}")


@dataclass(frozen=True, slots=True)
class Need:
    """What the firm looks for; either may be unsaid."""

    amount_fen: int | None = None
    term_months: int | None = None


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """One part of the score, 0 to 100, its weight, and the reason people read."""

    part: Part
    score: int
    weight: int
    reason: Words


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place (from 1), its score 0 to 100, and the parts that made it."""

    place: int
    candidate: Candidate
    score: int
    parts: tuple[ScoredPart, ...]


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """The cheapest APR a firm may apply for (of all, where it may apply for none) and the dearest of all; ppm."""

    cheapest: int
    dearest: int


def rank(offers: Sequence[Candidate], need: Need | None = None) -> list[Ranked]:
    """Order the candidates; the same candidates in any order give the same answer."""
    yardstick = _yardstick(offers)
    scored = [(offer, _parts(offer, need or Need(), yardstick)) for offer in offers]
    scored.sort(key=lambda pair: _sort_key(*pair))
    return [
        Ranked(place, offer, divide_half_up(_weighted(parts), sum(part.weight for part in parts)), parts)
        for place, (offer, parts) in enumerate(scored, start=1)
    ]


def fit_of(row: Ranked) -> int | None:
    """How well amount and term fit what the firm needs, 0 to 100 by their weights; None where it said neither."""
    parts = [part for part in row.parts if part.part in (Part.AMOUNT, Part.TERM)]
    if not parts:
        return None
    return divide_half_up(_weighted(tuple(parts)), sum(part.weight for part in parts))


def fit_key(row: Ranked) -> tuple[int, int, int, int]:
    """The order of a re-match after a rejection: verdict, fit, likelihood of terms, then the usual place."""
    likely = next(part.score for part in row.parts if part.part is Part.LIKELIHOOD)
    return VERDICT_ORDER.index(row.candidate.verdict), -(fit_of(row) or 0), -likely, row.place


def _sort_key(offer: Candidate, parts: tuple[ScoredPart, ...]) -> tuple[int, int, bool, int, bool, int, str]:
    return (
        VERDICT_ORDER.index(offer.verdict),
        -_weighted(parts),
        offer.apr_ppm is None,
        offer.apr_ppm or 0,
        offer.median_days is None,
        offer.median_days or 0,
        offer.product_id,
    )


def _weighted(parts: tuple[ScoredPart, ...]) -> int:
    return sum(part.score * part.weight for part in parts)


def _yardstick(offers: Sequence[Candidate]) -> _Yardstick | None:
    known = [offer.apr_ppm for offer in offers if offer.apr_ppm is not None]
    if not known:
        return None
    open_to_firm = [
        offer.apr_ppm for offer in offers if offer.apr_ppm is not None and offer.verdict != VERDICT_ORDER[-1]
    ]
    return _Yardstick(min(open_to_firm or known), max(known))


def _parts(offer: Candidate, need: Need, yardstick: _Yardstick | None) -> tuple[ScoredPart, ...]:
    parts = [_cost(offer.apr_ppm, yardstick)]
    if need.amount_fen is not None:
        parts.append(_amount_fit(need.amount_fen, offer.amount_min_fen, offer.amount_max_fen))
    if need.term_months is not None:
        parts.append(_term_fit(need.term_months, offer.term_min_months, offer.term_max_months))
    parts.append(_speed(offer.median_days))
    parts.append(_likelihood(offer.likelihood))
    return tuple(parts)


def _scored(part: Part, score: int, reason: Words) -> ScoredPart:
    return ScoredPart(part, score, WEIGHTS[part], reason)


def cost_score(apr_ppm: int, cheapest: int) -> int:
    """The score, 0 to 100, of a published cost beside the cheapest; both in ppm."""
    lost = divide_half_up((apr_ppm - cheapest) * COST_POINTS_PER_PERCENT, PPM_PER_PERCENT)
    return min(100, max(0, 100 - lost))


@lru_cache(maxsize=8_192)
def _cost(apr_ppm: int | None, yardstick: _Yardstick | None) -> ScoredPart:
    if yardstick is None:
        reason = Words(
            "利率未公布，以银行审批为准，本项不得分。",
            "The rate is not published; the bank decides. No points for this part.",
        )
        return _scored(Part.COST, 0, reason)
    if apr_ppm is None:
        score = min(UNPUBLISHED_MOST, cost_score(yardstick.dearest, yardstick.cheapest))
        reason = Words(
            "利率未公布，以银行审批为准；排序时按已公布产品中最高的 {dearest} 计，且不超过 {most} 分。",
            "The rate is not published; the bank decides. For the order it counts as the dearest published cost, {dearest}, and scores {most} at most.",
        ).fill(dearest=format_rate(yardstick.dearest), most=UNPUBLISHED_MOST)
        return _scored(Part.COST, score, reason)
    score = cost_score(apr_ppm, yardstick.cheapest)
    if apr_ppm <= yardstick.cheapest:
        reason = Words(
            "年化综合融资成本 {apr}，可申请的产品中没有更低的。",
            "A total annual cost (APR) of {apr}; no product open to you costs less.",
        )
        return _scored(Part.COST, score, reason.fill(apr=format_rate(apr_ppm)))
    reason = Words(
        "年化综合融资成本 {apr}，比最低的高 {more} 个百分点。",
        "A total annual cost (APR) of {apr}, {more} percentage points above the lowest.",
    )
    more = format_rate(apr_ppm - yardstick.cheapest).removesuffix("%")
    return _scored(Part.COST, score, reason.fill(apr=format_rate(apr_ppm), more=more))


def _fit(wanted: int, least: int | None, most: int | None) -> int:
    """100 within the range, else the smaller over the larger; the middle where the upper end is unknown."""
    if least is not None and wanted < least:
        return divide_half_up(100 * wanted, least)
    if most is None:
        return UNKNOWN_SCORE
    return divide_half_up(100 * most, wanted) if wanted > most else 100


def _amount_fit(wanted: int, least: int | None, most: int | None) -> ScoredPart:
    words = Words("需求 {wanted}在产品额度范围内。", "The {wanted} you need lies within the product's range.")
    if least is not None and wanted < least:
        words = Words(
            "需求 {wanted}低于产品起点 {least}。",
            "The {wanted} you need is below the product's minimum of {least}.",
        )
    elif most is None:
        words = Words(
            "产品未公布最高额度，按中间值计。", "The product names no maximum; counted as the middle."
        )
    elif wanted > most:
        words = Words(
            "需求 {wanted}高于产品最高额度 {most}。",
            "The {wanted} you need is above the product's maximum of {most}.",
        )
    reason = words.fill(
        wanted=amount_words(wanted), least=amount_words(least or 0), most=amount_words(most or 0)
    )
    return _scored(Part.AMOUNT, _fit(wanted, least, most), reason)


def _term_fit(wanted: int, least: int | None, most: int | None) -> ScoredPart:
    words = Words(
        "需求期限 {wanted} 个月在产品期限范围内。",
        "The {wanted} months you need lie within the product's terms.",
    )
    if least is not None and wanted < least:
        words = Words(
            "需求期限 {wanted} 个月短于产品最短期限 {least} 个月。",
            "The {wanted} months you need are fewer than the product's {least}.",
        )
    elif most is None:
        words = Words(
            "产品未公布最长期限，按中间值计。", "The product names no longest term; counted as the middle."
        )
    elif wanted > most:
        words = Words(
            "需求期限 {wanted} 个月长于产品最长期限 {most} 个月。",
            "The {wanted} months you need are more than the product's {most}.",
        )
    return _scored(Part.TERM, _fit(wanted, least, most), words.fill(wanted=wanted, least=least, most=most))


def speed_score(median_days: int | None) -> int:
    """The score, 0 to 100, of the median days to a decision."""
    if median_days is None:
        return UNKNOWN_SCORE
    return max(0, 100 - divide_half_up(100 * median_days, SLOWEST_DAYS))


@lru_cache(maxsize=1_024)
def _speed(median_days: int | None) -> ScoredPart:
    score = speed_score(median_days)
    if median_days is None:
        reason = Words("办理记录不足，按中间值计。", "Too little history; counted as the middle.")
        return _scored(Part.SPEED, score, reason)
    words = Words(
        "一半的申请在 {days} 天内办结。", "Half of all applications are decided within {days} days."
    )
    if median_days <= 1:
        words = Words("一半的申请在一天内办结。", "Half of all applications are decided within a day.")
    return _scored(Part.SPEED, score, words.fill(days=median_days))


def likelihood_score(estimate: Likelihood | None) -> int:
    """The score, 0 to 100, of how likely terms are offered."""
    return UNKNOWN_SCORE if estimate is None else estimate.percent


def _likelihood(estimate: Likelihood | None) -> ScoredPart:
    if estimate is None:
        reason = Words(
            "全市审核结果还太少，按中间值计。", "The city has too few decisions yet; counted as the middle."
        )
        return _scored(Part.LIKELIHOOD, likelihood_score(None), reason)
    return _scored(Part.LIKELIHOOD, likelihood_score(estimate), estimate.reason)
