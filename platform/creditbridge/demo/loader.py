"""Loading the demo city: firms, lenders, products, people and a year and a half of their history.

Everything is invented. The same seed and the same day give the same city, down to the public ids. It is written in
one transaction: a load that is interrupted leaves nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.demo import in_hand, needs, showcase
from creditbridge.demo.accounts import PASSWORD
from creditbridge.demo.claims import WAITING_CLAIMS, FirmAccount, leave_waiting, open_accounts
from creditbridge.demo.dice import Dice
from creditbridge.demo.firms import coverage, evaluation, knowing, writing
from creditbridge.demo.firms.register import DemoFirm, draw_firms
from creditbridge.demo.history import writing as history
from creditbridge.demo.history.lines import Book
from creditbridge.demo.history.telling import Tale, Teller
from creditbridge.demo.market.institutions import DemoLender, open_lenders
from creditbridge.demo.market.products import DemoProduct, load_products
from creditbridge.demo.names import Names
from creditbridge.demo.people import People, open_platform, second_administrator
from creditbridge.demo.reports import let_report
from creditbridge.demo.telling_in_order import telling_in_order
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store.database import Database
from creditbridge.store.files import FileStore
from creditbridge.store.outbox import OutboxEvent
from lenders.products.deciding import PUBLISHED
from matching.eligibility.admitting import rule_of
from matching.eligibility.rules import Verdict, verdict

__all__ = ["FIRMS", "PASSWORD", "SEED", "load"]

SEED = "creditbridge-demo-1"
FIRMS = 2_000
BORROWERS = 330
"""Firms of a whole city that have an account and a history."""
OFFLINE_GRANTS = 40
TREND_MONTHS = 2
"""Months before this one whose ends are evaluated too."""
_EVALUATION = "信用评价 · evaluation"
_FOUNDED_BEFORE = timedelta(days=620)
_OLD_ENOUGH = timedelta(days=900)


class Progress(Protocol):
    """Told of each part as it is made: its name in both languages, how much is done, of how much."""

    def __call__(self, label: str, done: int, total: int) -> None: ...


def load(
    database: Database, files: FileStore, progress: Progress, *, seed: str = SEED, firms: int = FIRMS
) -> None:
    """Fill an empty database with the demo city.

    Args:
        database: migrated, with no organisation in it.
        files: where documents and proofs go.
        progress: told of each part.
        seed: another seed gives another city.
        firms: how many; the history is as much smaller as the city.

    Raises:
        RuleRefused: ``not_empty`` if there is an organisation already.
    """
    dice = Dice(seed)
    # The present is held still, so that what is "today" is the same for every part.
    with (
        _without_collector(),
        clock.at(clock.now()),
        ids.drawn_with(dice.stream("ids").pick),
        database.write() as session,
    ):
        _check_empty(session)
        with telling_in_order(session):
            _Loading(session, files, dice, progress, firms).run()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nearly everything made in a load is kept to its end: looking for cycles took a sixth of the time and freed 3%."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _check_empty(session: Session) -> None:
    if session.scalar(select(Organisation.id).limit(1)) is not None:
        raise RuleRefused(
            "not_empty",
            Words(
                "演示数据只能载入空数据库。",
                "The demo city goes into an empty database only.",
            ),
        )


@dataclass(frozen=True, slots=True)
class _Market:
    lenders: Mapping[str, DemoLender]
    products: Sequence[DemoProduct]

    @property
    def shown(self) -> list[DemoProduct]:
        """What firms are matched with today."""
        return [product for product in self.products if product.code != "old_micro"]


class _Loading:
    """One load: its parts in the order in which they need each other."""

    def __init__(
        self, session: Session, files: FileStore, dice: Dice, progress: Progress, firms: int
    ) -> None:
        self._session = session
        self._files = files
        self._dice = dice
        self._progress = progress
        self._count = firms
        self._share = firms / FIRMS
        self._now: datetime = clock.now()
        self._today: date = clock.today()
        self._names = Names(dice.stream("people"))

    def run(self) -> None:
        with clock.at(self._now - _FOUNDED_BEFORE):
            people = People(self._session, self._names)
            administrator = open_platform(self._session, people)
        market = self._open_market(people, administrator)
        register = self._register()
        accounts = self._accounts(people, administrator, register)
        change_seq = self._facts(register, accounts, market)
        self._history(accounts, register, market, change_seq)
        self._present(people, administrator, accounts, register, market)
        second_administrator(self._session, people, administrator)
        # Firms heard of these products when they opened; a visitor's first page should not be full of them.
        self._session.execute(delete(OutboxEvent).where(OutboxEvent.name == PUBLISHED))
        record_as(
            self._session,
            None,
            "demo.loaded",
            subject_kind="demo",
            subject_id="city",
            firms=len(register),
            lenders=len(market.lenders),
            products=len(market.products),
        )

    def _open_market(self, people: People, administrator: Actor) -> _Market:
        label = "机构与产品 · lenders and products"
        self._progress(label, 0, 2)
        lenders = open_lenders(self._session, people, administrator, self._now)
        self._progress(label, 1, 2)
        products = load_products(self._session, lenders, administrator, self._names, self._now)
        self._progress(label, 2, 2)
        return _Market(lenders, products)

    def _register(self) -> list[DemoFirm]:
        label = "企业 · firms"
        self._progress(label, 0, self._count)
        register = draw_firms(self._dice.stream("firms"), self._count, self._today)
        showcase.shape_register(showcase.showcase_firm(register))
        writing.write_register(self._session, register)
        self._progress(label, self._count, self._count)
        return register

    def _accounts(
        self, people: People, administrator: Actor, register: Sequence[DemoFirm]
    ) -> list[FirmAccount]:
        first = showcase.showcase_firm(register)
        borrowers = [firm for firm in register if firm is not first and _may_borrow(firm, self._today)]
        count = max(round(BORROWERS * self._share), WAITING_CLAIMS * 10)
        chosen = self._dice.stream("borrowers").sample(borrowers, count)
        return open_accounts(self._session, people, [first, *chosen], administrator, self._now)

    def _facts(self, register: Sequence[DemoFirm], accounts: Sequence[FirmAccount], market: _Market) -> int:
        label = "企业信息 · facts of firms"
        for number, firm in enumerate(register):
            knowing.learn(self._dice.stream(f"facts {number}"), firm, self._today)
            if number % 100 == 0:
                self._progress(label, number, self._count)
        showcase.shape_facts(accounts[0].firm, self._today)
        let_report(self._session, self._dice.stream("reports"), accounts[1:], self._now)
        self._progress(label, self._count, self._count)
        self._progress(_EVALUATION, 0, 3)
        records, batches = evaluation.draw_records(
            self._dice.stream("records"), register, self._today, shown=accounts[0].firm
        )
        evaluation.learn_from_records(register, records, self._today)
        self._progress(_EVALUATION, 1, 3)
        self._cover(register, accounts, market)
        change_seq = writing.write_facts(self._session, register)
        evaluation.take_records(self._session, records, batches)
        self._progress(_EVALUATION, 2, 3)
        evaluation.run(self._session, self._today, TREND_MONTHS)
        self._progress(_EVALUATION, 3, 3)
        return change_seq

    def _cover(self, register: Sequence[DemoFirm], accounts: Sequence[FirmAccount], market: _Market) -> None:
        """Every criterion has all outcomes, and every product somebody whom it may admit."""
        with_account = {account.firm.row.firm_no for account in accounts}
        spare = [firm for firm in register if firm.is_active and firm.row.firm_no not in with_account]
        trees = [product.published.admission for product in market.shown]
        coverage.cover(spare, trees, self._today)
        for number, product in enumerate(market.shown):
            rule = rule_of(product.published)
            open_to = any(
                verdict(rule, firm.known, self._today) is not Verdict.NOT_ELIGIBLE for firm in register
            )
            if not open_to:
                coverage.admit(spare[-1 - number], rule, self._today)

    def _history(
        self,
        accounts: Sequence[FirmAccount],
        register: Sequence[DemoFirm],
        market: _Market,
        change_seq: int,
    ) -> None:
        label = "业务记录 · history"
        self._progress(label, 0, 3)
        dice = self._dice.stream("history")
        teller = Teller(dice, accounts[1:], market.products, self._now, change_seq)
        tales = [*teller.finished(self._share), *teller.in_flight(self._share)]
        self._progress(label, 1, 3)
        book = Book(self._session, dice.stream("lines"), self._now)
        book.record([grant for tale in tales for grant in tale.grants], self._offline(dice, register, market))
        self._progress(label, 2, 3)
        history.write(self._session, tales, book, self._now)
        self._no_longer_first(tales)
        self._progress(label, 3, 3)

    def _offline(
        self, dice: Dice, register: Sequence[DemoFirm], market: _Market
    ) -> list[tuple[DemoFirm, DemoProduct, datetime]]:
        """Firms that branches granted credit without the platform, spread over the whole time."""
        firms = [firm for firm in register if _may_borrow(firm, self._today)]
        products = [product for product in market.shown if product.published.terms.repayment_methods]
        chosen = []
        for _ in range(max(round(OFFLINE_GRANTS * self._share), 4)):
            product = dice.pick(products)
            days = dice.between(1, (self._now - product.open_from).days - 20)
            chosen.append((dice.pick(firms), product, self._now - timedelta(days=days)))
        return chosen

    def _no_longer_first(self, tales: Sequence[Tale]) -> None:
        """Whoever was granted a line is no first-time borrower any more."""
        changes = {}
        for grant in (grant for tale in tales for grant in tale.grants):
            firm = grant.walk.account.firm
            known = firm.facts.get("first_time_borrower")
            if known is not None and known.value is True:
                on = clock.legal_date(grant.at)
                changes[firm.firm_id] = {
                    "first_time_borrower": FactValue(value=False, source=FactSource.LENDER, as_of=on)
                }
        facts.record_many(self._session, changes, actor=None, reason="grants recorded")

    def _present(
        self,
        people: People,
        administrator: Actor,
        accounts: Sequence[FirmAccount],
        register: Sequence[DemoFirm],
        market: _Market,
    ) -> None:
        """What goes through the real use cases: the showcase firm's story, needs, its lender's work, waiting claims."""
        label = "当前业务 · work in hand"
        self._progress(label, 0, 4)
        products = {product.code: product for product in market.products}
        stage = showcase.Stage(self._session, self._files, products, self._now)
        showcase.play(stage, accounts[0])
        self._progress(label, 1, 4)
        needs.play(self._session, accounts, market.lenders, self._now)
        self._progress(label, 2, 4)
        desk = in_hand.Desk(self._session, products["textile"], administrator, self._now)
        in_hand.leave(desk, accounts[0], accounts[1:])
        self._progress(label, 3, 4)
        claimed = {account.firm.row.firm_no for account in accounts}
        free = [firm for firm in register if firm.is_active and firm.row.firm_no not in claimed]
        leave_waiting(self._session, self._files, people, free, self._now)
        history.read_old_notices(self._session, _members(accounts, market), self._now)
        self._progress(label, 4, 4)


def _members(accounts: Sequence[FirmAccount], market: _Market) -> list[Actor]:
    """Whoever of firms and lenders has an account."""
    members = [member for account in accounts for member in account.members]
    members += [
        officer
        for lender in market.lenders.values()
        for officer in (lender.manager, *lender.reviewers, lender.approver)
    ]
    return members


def _may_borrow(firm: DemoFirm, today: date) -> bool:
    """Active, not young, and not in trouble: such firms have the history."""
    founded = firm.row.established_on
    return firm.is_active and founded is not None and founded < today - _OLD_ENOUGH and firm.soundness > -0.9
