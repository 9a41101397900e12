from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from creditbridge.disclosure.model import Consent
from creditbridge.facts import service as facts
from creditbridge.kernel import clock
from creditbridge.kernel.errors import (
    Conflict,
    DuplicateRequest,
    InvalidInput,
    NotAllowed,
    NotFound,
    RuleRefused,
)
from creditbridge.store import constraints
from lenders.products import deciding
from lenders.products import service as products
from matching.applications import drafting, submitting, withdrawing
from matching.applications.drafting import Chosen
from matching.applications.model import Submission
from matching.applications.standing import facts_digest
from tests.scene import ALL_SCOPES, NEED, WAN, Scene, TestFirm, grade_at_least, submit_within


def _send(session: Session, firm: TestFirm, draft_id: str, signed, actor=None):
    return submitting.submit(
        session,
        actor or firm.owner,
        draft_id,
        signed_lenders=signed,
        scope=ALL_SCOPES,
        consent_expires_on=clock.today() + timedelta(days=30),
    )


def _draft(session: Session, firm: TestFirm, *products) -> str:
    draft = drafting.start_draft(session, firm.staff)
    drafting.save_need(session, firm.staff, draft.public_id, NEED)
    drafting.choose_products(
        session, firm.staff, draft.public_id, [Chosen(row.public_id) for row in products]
    )
    return draft.public_id


def test_a_submission_freezes_what_was_known(product, firm, session: Session) -> None:
    (submission,) = submit_within(session, firm, [product])
    known = facts.facts_of(session, firm.id)
    assert submission.product_version_id == product.version_id
    assert submission.verdict == "eligible"
    assert submission.facts_digest == facts_digest(known)
    assert submission.explanation["verdict"] == "eligible"


def test_each_lender_gets_its_own_consent(scene: Scene, firm, session: Session) -> None:
    first, second = scene.product(scene.lender()), scene.product(scene.lender())
    sent = submit_within(session, firm, [first, second])
    signed = [session.get_one(Consent, row.consent_id) for row in sent]
    assert [row.lender_organisation_id for row in signed] == [
        first.lender.organisation_id,
        second.lender.organisation_id,
    ]
    assert [row.for_id for row in signed] == [row.public_id for row in sent]
    assert {row.state for row in signed} == {"active"}


def test_an_unticked_lender_stops_the_whole_application(scene: Scene, firm, session: Session) -> None:
    first, second = scene.product(scene.lender()), scene.product(scene.lender())
    draft_id = _draft(session, firm, first, second)
    with pytest.raises(InvalidInput) as refusal:
        _send(session, firm, draft_id, {first.lender.public_id})
    assert list(refusal.value.fields) == ["signed_lenders"]
    assert session.scalar(select(func.count()).select_from(Submission)) == 0


def test_staff_may_draft_but_not_send(product, firm, session: Session) -> None:
    draft_id = _draft(session, firm, product)
    with pytest.raises(NotAllowed):
        _send(session, firm, draft_id, {product.lender.public_id}, actor=firm.staff)


def test_an_empty_draft_is_not_sent(firm, session: Session) -> None:
    draft = drafting.start_draft(session, firm.owner)
    with pytest.raises(InvalidInput) as refusal:
        _send(session, firm, draft.public_id, set())
    assert set(refusal.value.fields) == {"need", "products"}


def test_an_ineligible_firm_is_refused_and_told_why(scene: Scene, lender, session: Session) -> None:
    strict = scene.product(lender, admission=grade_at_least("A"))
    weak = scene.firm(grade="D")
    with pytest.raises(RuleRefused) as refusal:
        submit_within(session, weak, [strict])
    assert refusal.value.details["obstacles"] == {strict.public_id: ["not_eligible"]}


def test_a_tentative_firm_may_apply(scene: Scene, lender, session: Session) -> None:
    strict = scene.product(lender, admission=grade_at_least("A"))
    (submission,) = submit_within(session, scene.firm(grade=None), [strict])
    assert submission.verdict == "tentative"


def test_a_firm_that_is_not_active_is_refused(scene: Scene, product, session: Session) -> None:
    with pytest.raises(RuleRefused) as refusal:
        submit_within(session, scene.firm(status="dormant"), [product])
    assert refusal.value.details["obstacles"] == {product.public_id: ["firm_not_active"]}


def test_a_suspended_product_takes_nothing(scene: Scene, product, firm, session: Session) -> None:
    deciding.suspend(session, scene.publisher, product.public_id, "检查")
    with pytest.raises(RuleRefused) as refusal:
        submit_within(session, firm, [product])
    assert refusal.value.details["obstacles"] == {product.public_id: ["product_not_open"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_fen": 301 * WAN}, "amount_too_high"),
        ({"amount_fen": 9 * WAN}, "amount_too_low"),
        ({"term_months": 37}, "term_too_long"),
        ({"term_months": 5}, "term_too_short"),
    ],
)
def test_a_need_outside_the_product_is_refused(product, firm, session: Session, changes, code) -> None:
    with pytest.raises(RuleRefused) as refusal:
        submit_within(session, firm, [product], need=replace(NEED, **changes))
    assert refusal.value.details["obstacles"] == {product.public_id: [code]}


def test_a_second_application_for_the_product_in_flight_is_refused(product, firm, session: Session) -> None:
    submit_within(session, firm, [product])
    with pytest.raises(RuleRefused) as refusal:
        submit_within(session, firm, [product])
    assert refusal.value.details["obstacles"] == {product.public_id: ["submission_in_flight"]}


def test_the_database_itself_refuses_the_duplicate(product, firm, session: Session) -> None:
    (first,) = submit_within(session, firm, [product])
    columns = {
        column.key: getattr(first, column.key)
        for column in Submission.__mapper__.column_attrs
        if column.key not in ("id", "public_id")
    }
    second = Submission(**columns)
    session.add(second)
    with pytest.raises(IntegrityError) as failure:
        session.flush()
    assert isinstance(constraints.explain(failure.value), DuplicateRequest)


def test_a_draft_is_sent_once(product, firm, session: Session) -> None:
    draft_id = _draft(session, firm, product)
    _send(session, firm, draft_id, {product.lender.public_id})
    with pytest.raises(Conflict):
        _send(session, firm, draft_id, {product.lender.public_id})


def test_after_withdrawing_the_firm_may_apply_again(product, firm, session: Session) -> None:
    (first,) = submit_within(session, firm, [product])
    withdrawing.withdraw(session, firm.owner, first.public_id)
    (second,) = submit_within(session, firm, [product])
    assert second.public_id != first.public_id


def test_another_firms_draft_is_not_found(stranger, product, firm, session: Session) -> None:
    draft_id = _draft(session, firm, product)
    with pytest.raises(NotFound):
        _send(session, firm, draft_id, {product.lender.public_id}, actor=stranger.owner)


def test_a_branch_of_another_lender_is_refused(strange_lender, product, firm, session: Session) -> None:
    draft = drafting.start_draft(session, firm.owner)
    foreign = strange_lender.branches[0]
    with pytest.raises(InvalidInput) as refusal:
        drafting.choose_products(session, firm.owner, draft.public_id, [Chosen(product.public_id, foreign)])
    assert list(refusal.value.fields) == ["branch"]


def test_the_chosen_branch_handles_it(lender, product, firm, session: Session) -> None:
    (submission,) = submit_within(session, firm, [product], branch_id=lender.branches[1])
    assert submission.branch_id == lender.branch_ids[1]


def test_a_discarded_draft_cannot_be_sent(product, firm, session: Session) -> None:
    draft_id = _draft(session, firm, product)
    drafting.discard(session, firm.owner, draft_id)
    with pytest.raises(Conflict):
        _send(session, firm, draft_id, {product.lender.public_id})


def test_a_repeated_product_is_refused(product, firm, session: Session) -> None:
    draft = drafting.start_draft(session, firm.owner, product_id=product.public_id)
    with pytest.raises(InvalidInput):
        drafting.choose_products(
            session, firm.owner, draft.public_id, [Chosen(product.public_id), Chosen(product.public_id)]
        )


def test_a_product_without_quota_is_refused(scene: Scene, lender, firm, session: Session) -> None:
    small = scene.product(lender, quota_fen=100 * WAN)
    products.take_quota(session, small.product_id, 100 * WAN)
    with pytest.raises(RuleRefused) as refusal:
        submit_within(session, firm, [small])
    assert refusal.value.details["obstacles"] == {small.public_id: ["quota_exhausted"]}
