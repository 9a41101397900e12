"""Telling a year and a half of applications: which firms applied where, when, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from creditbridge.demo.accounts import SHOWCASE_LENDER
from creditbridge.demo.claims import FirmAccount
from creditbridge.demo.dice import Dice, rounded
from creditbridge.demo.history.pacing import Ending, moments, office_hour, path
from creditbridge.demo.history.playing import WAN, Grant, Player, play
from creditbridge.demo.history.walking import Frozen, Walk
from creditbridge.demo.market.products import DemoProduct
from creditbridge.kernel import clock, ids
from lenders.browsing.rules import loan_facts
from lenders.products.rules import ProductTerms
from matching.applications import kept_matches
from matching.applications.drafting import Need
from matching.applications.figures import grade_of
from matching.applications.model import Application
from matching.applications.rules import APPLICATION, ApplicationState, Purpose
from matching.applications.standing import facts_digest, frozen_explanation
from matching.eligibility.admitting import rule_of
from matching.eligibility.rules import Explanation, Verdict, explain, verdict

MONTHS = 18
_ENDED_DAYS_AGO = 45
_APART = timedelta(days=150)
_SHOWCASE_WEIGHT = 4.0
_MOST_PRODUCTS = 3
_COMING_BACK = 0.15
_MONTHS_A_YEAR = 12
_YEAR = timedelta(days=358)
_ENOUGH = 20
"""So many firms near a branch are enough to draw applications from."""

FINISHED: Mapping[Ending, int] = {
    Ending.GRANTED: 222, Ending.REJECTED: 56, Ending.NOT_ACCEPTED: 12, Ending.WITHDRAWN: 20, Ending.DECLINED: 12,
    Ending.EXPIRED: 9, Ending.INCOMPLETE: 11,
}  # fmt: skip
"""How many applications of a whole city ended how."""
OPEN: Mapping[Ending, Sequence[float]] = {
    Ending.SUBMITTED: (0.1, 0.3, 0.9, 1.4, 2.2, 5.5, 7.4),
    Ending.ACCEPTED: (0.3, 1.1, 2.5, 4.0),
    Ending.UNDER_REVIEW: (0.4, 1.2, 2.0, 3.3, 5.0, 7.5, 11.0, 14.0, 17.0),
    Ending.ACTION_REQUIRED: (0.6, 2.1, 4.4, 7.0),
    Ending.PENDING_APPROVAL: (0.2, 0.9, 2.6, 9.0),
    Ending.OFFERED: (0.5, 2.0, 4.2, 8.1),
    Ending.OFFER_ACCEPTED: (0.4, 1.5, 3.2),
}
"""The applications in flight: for each state, how many days ago each one came into it."""


@dataclass
class Tale:
    """One application of a firm with its submissions, lived through."""

    application: Application
    walks: list[Walk]
    grants: list[Grant] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Granted:
    """A loan for a year that the firm may renew."""

    account: FirmAccount
    product: DemoProduct
    granted_at: datetime


def _is_near(account: FirmAccount, products: Sequence[DemoProduct]) -> bool:
    """Whether a firm is served by the branch of the showcase lender's first reviewer."""
    lender = next(product.lender for product in products if product.lender.code == SHOWCASE_LENDER)
    return lender.branch_for(account.firm.row.region_code).id == lender.reviewers[0].branch_id


class Teller:
    """Draws applications that the firm could really have sent: to products that were open and did not rule it out."""

    def __init__(
        self,
        dice: Dice,
        accounts: Sequence[FirmAccount],
        products: Sequence[DemoProduct],
        now: datetime,
        change_seq: int,
    ) -> None:
        self._dice = dice
        self._accounts = accounts
        self._near = [account for account in accounts if _is_near(account, products)]
        self._products = products
        self._now = now
        self._seq = change_seq
        self._granted: list[_Granted] = []
        self._applied: dict[tuple[int, str], list[datetime]] = {}

    def finished(self, share: float) -> list[Tale]:
        """The applications that ended; ``share`` is the size of the city, 1 for a whole one."""
        endings = [ending for ending, count in FINISHED.items() for _ in range(max(1, round(count * share)))]
        return [self._finished(ending) for ending in endings]

    def in_flight(self, share: float) -> list[Tale]:
        """The applications under way, most of them with the showcase lender."""
        plans = [(ending, days) for ending, ages in OPEN.items() for days in ages]
        wanted = max(len(OPEN), round(len(plans) * share))
        chosen = plans if share >= 1 else [plans[n * len(plans) // wanted] for n in range(wanted)]
        # Two of three are the showcase lender's, every other of these at the branch of its first reviewer.
        return [
            self._in_flight(ending, days, showcase=n % 3 != 0, near=n % 3 == 1)
            for n, (ending, days) in enumerate(chosen)
        ]

    def _finished(self, ending: Ending) -> Tale:
        while True:
            granted = ending is Ending.GRANTED
            back = self._coming_back() if granted and self._dice.chance(_COMING_BACK) else None
            start = self._start() if back is None else office_hour(self._dice, back.granted_at + _YEAR)
            steps = path(self._dice, ending)
            at = moments(self._dice, steps, start)
            if at[-1] > self._now - timedelta(hours=2):
                continue
            tale = self._begin(start, siblings=granted, back=back)
            if tale is not None:
                return self._live(tale, [pause.step for pause in steps], at)

    def _in_flight(self, ending: Ending, days: float, *, showcase: bool, near: bool) -> Tale:
        steps = path(self._dice, ending)
        last = self._now - timedelta(days=days)
        start = last - timedelta(days=sum((pause.low + pause.high) / 2 for pause in steps))
        at = moments(self._dice, steps, start)
        if at:
            start -= max(at[-1] - last, timedelta())
            late = max(at[-1] - last, timedelta())
            at = [moment - late for moment in at]
        while True:
            tale = self._begin(start, siblings=False, showcase=showcase, near=near)
            if tale is not None:
                return self._live(tale, [pause.step for pause in steps], at)

    def _start(self) -> datetime:
        """Some moment of the last months, more of them lately, in office hours."""
        months = {month: 1 + 0.09 * month for month in range(MONTHS)}
        month = self._dice.weighted(months)
        days = (MONTHS - month - self._dice.between(0, 1)) * 30.4
        return office_hour(self._dice, self._now - timedelta(days=days))

    def _coming_back(self) -> _Granted | None:
        """A firm whose loan of a year ago ends soon, and which renews it."""
        due = [past for past in self._granted if past.granted_at < self._now - _YEAR]
        if not due:
            return None
        past = self._dice.pick(due)
        self._granted.remove(past)
        return past

    def _begin(
        self,
        start: datetime,
        *,
        siblings: bool,
        showcase: bool = False,
        near: bool = False,
        back: _Granted | None = None,
    ) -> Tale | None:
        """An application of some firm that could be sent then; None if none was found in this draw."""
        accounts = self._near if near and len(self._near) >= _ENOUGH else self._accounts
        account = back.account if back else self._dice.pick(accounts)
        options = self._options(account, start, showcase=showcase)
        if back:
            options = [option for option in options if option.code == back.product.code]
        if not options:
            return None
        first = self._dice.weighted({n: self._weight(option) for n, option in enumerate(options)})
        product = options.pop(first)
        need = self._need(account, product)
        if need is None:
            return None
        return self._walks(account, start, need, [product, *self._more(options, need, siblings=siblings)])

    def _walks(
        self, account: FirmAccount, start: datetime, need: Need, chosen: Sequence[DemoProduct]
    ) -> Tale | None:
        application = _application(account, need, start)
        walks = []
        for product in chosen:
            frozen = self._frozen(account, product, need, start)
            if frozen is not None:
                walks.append(Walk(application, account, product, need, frozen))
        if not walks or walks[0].product is not chosen[0]:
            return None
        for walk in walks:
            self._applied.setdefault((account.firm.firm_id, walk.product.code), []).append(start)
            walk.submit(start)
        application.choices = [
            {"product": walk.product.published.public_id, "branch": walk.branch.public_id} for walk in walks
        ]
        return Tale(application, walks)

    def _live(self, tale: Tale, steps: Sequence[str], at: Sequence[datetime]) -> Tale:
        """Play the first submission to its end, and the others as far as they came beside it."""
        main = Player(tale.walks[0], self._dice)
        play(main, steps, at)
        if main.grant is not None:
            tale.grants.append(main.grant)
            walk = tale.walks[0]
            if walk.row.term_months == _MONTHS_A_YEAR:
                self._granted.append(_Granted(walk.account, walk.product, main.grant.at))
        accepted = next(
            (moment for step, moment in zip(steps, at, strict=True) if step == "accept_offer"), None
        )
        for walk in tale.walks[1:]:
            self._beside(walk, accepted or self._now)
        self._finish(tale)
        return tale

    def _beside(self, walk: Walk, accepted: datetime) -> None:
        ending = Ending.REJECTED if self._dice.chance(0.3) else Ending.UNDER_REVIEW
        steps = path(self._dice, ending)
        at = moments(self._dice, steps, walk.row.started_at)
        play(Player(walk, self._dice), [pause.step for pause in steps], at, until=accepted)
        walk.supersede(accepted)

    def _finish(self, tale: Tale) -> None:
        """What the platform does by itself: expire consents, close the form once nothing is in flight."""
        for walk in tale.walks:
            walk.let_consent_expire(self._now)
        if all(walk.row.in_flight is None for walk in tale.walks):
            tale.application.state = APPLICATION.check("close", ApplicationState.SUBMITTED).value
            tale.application.version += 1

    def _options(self, account: FirmAccount, at: datetime, *, showcase: bool) -> list[DemoProduct]:
        on, known = clock.legal_date(at), account.firm.known
        return [
            product
            for product in self._products
            if product.open_from < at < product.open_until
            and (not showcase or product.lender.code == SHOWCASE_LENDER)
            and self._is_free(account, product, at)
            and verdict(rule_of(product.published), known, on) is not Verdict.NOT_ELIGIBLE
        ]

    def _is_free(self, account: FirmAccount, product: DemoProduct, at: datetime) -> bool:
        """No application for the same product near in time, so that none was in flight."""
        before = self._applied.get((account.firm.firm_id, product.code), ())
        return all(abs(at - other) > _APART for other in before)

    def _weight(self, product: DemoProduct) -> float:
        rated = 2.0 if product.published.terms.repayment_methods else 1.0
        return rated * (_SHOWCASE_WEIGHT if product.lender.code == SHOWCASE_LENDER else 1.0)

    def _more(self, options: Sequence[DemoProduct], need: Need, *, siblings: bool) -> list[DemoProduct]:
        if not siblings or not self._dice.chance(0.3):
            return []
        fitting = [option for option in options if _fits(need, option.published.terms)]
        return self._dice.sample(fitting, self._dice.whole(1, _MOST_PRODUCTS - 1))

    def _need(self, account: FirmAccount, product: DemoProduct) -> Need | None:
        """What the firm asks for: within the product's range and its own limit under the product, a share of its revenue."""
        terms, firm = product.published.terms, account.firm
        limit = explain(
            rule_of(product.published),
            firm.known,
            on=clock.legal_date(self._now),
            amount=product.published.amount_formula,
        ).amount
        most = min(terms.amount_max_fen or 1000 * WAN, (limit.most_fen if limit else None) or 1000 * WAN)
        least = max(terms.amount_min_fen or 5 * WAN, 5 * WAN)
        if most < least:
            return None
        wished = rounded(firm.revenue_fen * self._dice.between(0.04, 0.22), 5 * WAN)
        months = self._dice.weighted({12: 6, 6: 1, 24: 2, 36: 1})
        return Need(
            amount_fen=min(max(wished, least), most),
            term_months=min(max(months, terms.term_months_min or 1), terms.term_months_max or 36),
            purpose=self._dice.weighted(
                {Purpose.WORKING_CAPITAL: 6, Purpose.EQUIPMENT: 2, Purpose.EXPANSION: 2, Purpose.RESEARCH: 1}
            ),
            contact_name=account.owner.name,
            contact_phone=f"100{self._dice.whole(0, 99_999_999):08d}",
        )

    def _frozen(self, account: FirmAccount, product: DemoProduct, need: Need, at: datetime) -> Frozen | None:
        """The verdict on the loan asked for; None if the firm could not have applied."""
        on = clock.legal_date(at)
        beside = loan_facts(need.amount_fen, need.term_months, need.purpose.value, on)
        found: Explanation = explain(
            rule_of(product.published),
            account.firm.known,
            on=on,
            beside=beside,
            amount=product.published.amount_formula,
        )
        if found.verdict is Verdict.NOT_ELIGIBLE:
            return None
        return Frozen(
            found.verdict.value,
            frozen_explanation(found),
            facts_digest(account.firm.known),
            self._seq,
            grade_of(account.firm.known),
            kept_matches.keep(product.published, account.firm.known, beside, on, self._seq),
        )


def _application(account: FirmAccount, need: Need, at: datetime) -> Application:
    return Application(
        public_id=ids.public_id(),
        created_at=at - timedelta(minutes=35),
        saved_at=at,
        submitted_at=at,
        firm_id=account.firm.firm_id,
        organisation_id=account.owner.organisation_id,
        created_by_id=account.owner.user_id,
        state=APPLICATION.check("submit", ApplicationState.DRAFT).value,
        version=2,
        amount_fen=need.amount_fen,
        term_months=need.term_months,
        purpose=need.purpose.value,
        purpose_note=need.purpose_note,
        contact_name=need.contact_name,
        contact_phone=need.contact_phone,
        choices=[],
    )


def _fits(need: Need, terms: ProductTerms) -> bool:
    """Whether an application for this need may go to a product of these terms too."""
    return (terms.amount_min_fen or 0) <= need.amount_fen <= (terms.amount_max_fen or need.amount_fen) and (
        terms.term_months_min or 0
    ) <= need.term_months <= (terms.term_months_max or need.term_months)
