"""Two people at once: exactly one of them is first, and the other is told so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError
from creditbridge.store.database import is_retryable
from lenders.products import service as products
from matching.applications import offering, reviewing
from matching.applications.model import Submission
from tests.scene import WAN, Scene, TestLender, terms


def _offered(scene: Scene, lender: TestLender, submission: Submission, *, approve: bool = True) -> None:
    with scene.people.database.write() as session:
        reviewing.accept(session, lender.reviewer, submission.public_id)
        reviewing.start_review(session, lender.reviewer, submission.public_id)
        offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
        if approve:
            offering.approve_terms(session, lender.approver, submission.public_id)


def _at_once(database, *calls: Callable) -> list[str]:
    """What each call came to: ``done``, or the code of its refusal. Retried as the application does."""
    gate, today = Barrier(len(calls)), clock.now()

    def run(call: Callable) -> str:
        gate.wait(timeout=30)
        for _ in range(3):
            try:
                with clock.at(today), database.write() as session:
                    call(session)
            except DomainError as refusal:
                return refusal.code
            except Exception as error:
                if not is_retryable(error):
                    raise
            else:
                return "done"
        return "given_up"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def test_of_two_offers_accepted_at_once_one_stands(scene: Scene, database, firm) -> None:
    lenders = [scene.lender(), scene.lender()]
    sent = scene.submit(firm, [scene.product(lender) for lender in lenders])
    for lender, submission in zip(lenders, sent, strict=True):
        _offered(scene, lender, submission)
    answers = _at_once(
        database,
        *(lambda session, it=it: offering.accept_offer(session, firm.owner, it.public_id) for it in sent),
    )
    assert answers.count("done") == 1
    with database.read() as session:
        assert sorted(session.scalars(select(Submission.state))) == ["offer_accepted", "superseded"]


def test_two_approvals_at_once_make_one_offer(scene: Scene, database, lender, product, firm) -> None:
    (submission,) = scene.submit(firm, [product])
    _offered(scene, lender, submission, approve=False)
    answers = _at_once(
        database,
        *[lambda session: offering.approve_terms(session, lender.approver, submission.public_id)] * 2,
    )
    assert answers.count("done") == 1


def test_a_quota_for_one_is_not_promised_twice(scene: Scene, database, lender) -> None:
    product = scene.product(lender, quota_fen=200 * WAN)
    sent = [scene.submit(scene.firm(), [product])[0] for _ in range(3)]
    for submission in sent:
        _offered(scene, lender, submission, approve=False)
    answers = _at_once(
        database,
        *(
            lambda session, it=it: offering.approve_terms(session, lender.approver, it.public_id)
            for it in sent
        ),
    )
    assert answers == ["done", "quota_exhausted", "quota_exhausted"]
    with database.read() as session:
        assert products.quota_left(session, product.product_id) == 50 * WAN
