"""What people do at each step: the terms they propose, the reasons they give, the papers they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from creditbridge.demo.dice import Dice, rounded
from creditbridge.demo.history.walking import Walk
from creditbridge.kernel import clock, ids
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType, ProductTerms
from matching.applications.offering import Terms
from matching.applications.reasons import Reason

WAN = 1_000_000
OFFER_DAYS = 21
SUPPLEMENT_DAYS = 10
_METHODS = (
    RepaymentMethod.EQUAL_INSTALMENT,
    RepaymentMethod.INTEREST_THEN_BULLET,
    RepaymentMethod.REVOLVING,
)
_USUAL_RATES = (36_000, 48_000)
_RATE_STEP = 500

REJECTIONS: Mapping[Reason, float] = {
    Reason.CASH_FLOW_WEAK: 5, Reason.DEBT_TOO_HIGH: 4, Reason.REVENUE_TOO_LOW: 3, Reason.OVERDUE_RECORDS: 3,
    Reason.LITIGATION: 2, Reason.PURPOSE_UNCLEAR: 3, Reason.GUARANTEE_INSUFFICIENT: 2, Reason.TAX_RECORDS: 2,
    Reason.AMOUNT_TOO_HIGH: 2, Reason.MATERIALS_INCONSISTENT: 1,
}  # fmt: skip
_REFUSALS: Mapping[Reason, float] = {
    Reason.OUTSIDE_AREA: 3, Reason.MATERIALS_MISSING: 3, Reason.FIRM_UNREACHABLE: 1, Reason.INDUSTRY_NOT_SERVED: 1,
}  # fmt: skip
_PAPERS = ("近三个月银行流水", "最近一期财务报表", "主要购销合同", "纳税证明", "经营场所租赁合同", "上下游客户清单")  # fmt: skip
_WITHDRAWALS = ("资金已自行解决", "暂不需要贷款", "改申请其他产品")
_DECLINES = ("利率高于预期", "额度不能满足需要", "已从其他渠道取得资金")
_WISHES = ("希望提高额度", "希望延长期限", "希望改为随借随还")


@dataclass
class Grant:
    """A grant to be recorded: when, how much, and the public id its line will have."""

    walk: Walk
    at: datetime
    amount_fen: int
    public_id: str


class Player:
    """Takes the steps of one walk, one after another."""

    def __init__(self, walk: Walk, dice: Dice) -> None:
        self.walk = walk
        self.grant: Grant | None = None
        self._dice = dice
        self._acts: Mapping[str, Callable[[datetime], None]] = {
            "accept": walk.accept,
            "start_review": walk.start_review,
            "request_supplement": self._request,
            "answer_supplement": lambda at: walk.answer_supplement(at, "已按要求补充，请查收。"),
            "miss_supplement": lambda _: walk.miss_supplement(_midnight_after(self._deadline())),
            "propose_terms": lambda at: walk.propose_terms(at, self._terms(at)),
            "return_terms": lambda at: walk.return_terms(at, "请复核还款来源后调整额度。"),
            "approve_terms": walk.approve_terms,
            "reject": self._reject,
            "not_accept": lambda at: walk.not_accept(at, [dice.weighted(_REFUSALS)]),
            "accept_offer": walk.accept_offer,
            "decline_offer": lambda at: walk.decline_offer(at, dice.pick(_DECLINES)),
            "renegotiate": lambda at: walk.renegotiate(at, dice.pick(_WISHES)),
            "expire_offer": lambda _: walk.expire_offer(_midnight_after(self._last_day())),
            "withdraw": lambda at: walk.withdraw(at, dice.pick(_WITHDRAWALS)),
            "record_grant": self._grant,
            "close": walk.close,
        }

    def take(self, step: str, at: datetime) -> None:
        self._acts[step](at)

    def _request(self, at: datetime) -> None:
        self.walk.request_supplement(at, self._dice.sample(_PAPERS, self._dice.whole(1, 3)), SUPPLEMENT_DAYS)

    def _reject(self, at: datetime) -> None:
        count = self._dice.weighted({1: 5, 2: 4, 3: 1})
        codes = list(dict.fromkeys(self._dice.weighted(REJECTIONS) for _ in range(count)))
        self.walk.reject(at, codes)

    def _grant(self, at: datetime) -> None:
        accepted = self.walk.row.accepted_fen or 0
        amount = accepted if self._dice.chance(0.93) else max(rounded(accepted * 0.8, 5 * WAN), 5 * WAN)
        self.grant = Grant(self.walk, at, min(amount, accepted), ids.public_id())
        self.walk.record_grant(at, self.grant.amount_fen, self.grant.public_id)

    def _terms(self, at: datetime) -> Terms:
        row, product = self.walk.row, self.walk.product.published.terms
        share = self._dice.pick((1.0, 1.0, 0.9, 0.8, 0.6))
        return Terms(
            amount_fen=min(max(rounded(row.applied_fen * share, 5 * WAN), 3 * WAN), row.applied_fen),
            annual_rate_ppm=drawn_rate(self._dice, product, clock.legal_date(row.started_at)),
            term_months=row.term_months,
            repayment_method=self._dice.pick(product.repayment_methods or _METHODS),
            guarantee_type=self._dice.pick(product.guarantee_types or (GuaranteeType.UNSECURED,)),
            expires_on=clock.legal_date(at) + timedelta(days=OFFER_DAYS),
            fees=product.fees,
        )

    def _deadline(self) -> date:
        request = self.walk.row.open_supplement
        assert request is not None
        return request.deadline

    def _last_day(self) -> date:
        offer = self.walk.row.current_offer
        assert offer is not None
        return offer.expires_on


def drawn_rate(dice: Dice, product: ProductTerms, on: date) -> int:
    """A yearly rate within what the product publishes, in steps of five basis points; a usual one where it is silent."""
    bounds = product.rate.bounds(on)
    low = _USUAL_RATES[0] if bounds.low_ppm is None else bounds.low_ppm
    high = max(_USUAL_RATES[1], low) if bounds.high_ppm is None else bounds.high_ppm
    low = min(low, high)
    return min(low + rounded(dice.between(0, high - low), _RATE_STEP), high)


def play(player: Player, steps: Sequence[str], at: Sequence[datetime], until: datetime | None = None) -> None:
    """Take steps at their moments; with ``until`` only those before it, and none once the submission has ended."""
    for step, moment in zip(steps, at, strict=True):
        if until is not None and moment >= until:
            return
        player.take(step, moment)


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0, 10), clock.LEGAL_ZONE)
