"""Scenario 4 of the domain with one lender, from the product's draft to the statistics, by the API alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from creditbridge.access.rules import Role
from creditbridge.registry import service as registry
from lenders.products.api_schemas import EXAMPLE_DRAFT
from lenders.products.rules import PublishedProduct
from matching.applications.applicant.api_schemas import EXAMPLE_NEED
from matching.applications.desk.api_schemas import EXAMPLE_REASONS, EXAMPLE_REQUEST, EXAMPLE_TERMS
from tests.integration.api.conftest import Caller
from tests.scene import WAN, Scene, TestFirm, TestLender, grade_at_least

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SCOPE = ["registration", "operations", "evaluation", "documents", "contacts"]
Callers = Callable[..., Caller]


@pytest.fixture
def owner(caller: Callers, firm: TestFirm) -> Caller:
    return caller(firm.owner)


@pytest.fixture
def reviewer(caller: Callers, lender: TestLender) -> Caller:
    return caller(lender.reviewer)


@pytest.fixture
def approver(caller: Callers, lender: TestLender) -> Caller:
    return caller(lender.approver)


def apply(owner: Caller, product: PublishedProduct) -> str:
    """Apply to one product; answers the submission's id."""
    draft = owner.ok("POST", "/applications", EXAMPLE_NEED)
    one = f"/applications/{draft['id']}"
    owner.ok("PUT", f"{one}/products", {"products": [{"product_id": product.public_id}]})
    checked = owner.ok("GET", f"{one}/check")
    signed = [row["lender"]["id"] for row in checked["items"]]
    sent = owner.ok(
        "POST",
        f"{one}/submit",
        {"signed_lenders": signed, "scope": SCOPE, "consent_expires_on": checked["consent_expires_on"]},
    )
    (submission,) = sent["submissions"]
    return str(submission["id"])


def into_review(reviewer: Caller, submission: str) -> None:
    reviewer.ok("POST", f"/lender/submissions/{submission}/accept")
    reviewer.ok("POST", f"/lender/submissions/{submission}/start-review")


def offered(reviewer: Caller, approver: Caller, submission: str) -> None:
    into_review(reviewer, submission)
    reviewer.ok("POST", f"/lender/submissions/{submission}/propose-terms", EXAMPLE_TERMS)
    approver.ok("POST", f"/lender/submissions/{submission}/approve-terms")


def test_a_product_is_drafted_approved_and_published(
    caller: Callers, scene: Scene, lender: TestLender
) -> None:
    manager = caller(lender.manager)
    made = manager.ok("POST", "/lender/products", EXAMPLE_DRAFT)
    own, platform = f"/lender/products/{made['id']}", f"/platform/products/{made['id']}"
    assert made["state"] == "unpublished"
    saved = manager.ok("PUT", f"{own}/draft", {**made["document"], "change_note": "首版", "revision": 1})
    assert saved["document"] == {**made["document"], "change_note": "首版"}
    manager.ok("POST", f"{own}/submit")
    caller(lender.approver).ok("POST", f"{own}/approve", {})
    published = caller(scene.publisher).ok("POST", f"{platform}/publish", {})
    assert published["state"] == "open"
    shown = caller(None).ok("GET", f"/products/{made['id']}")
    assert shown["admission"] == EXAMPLE_DRAFT["admission"]
    assert shown["conditions"][0]["text"]["en"] == "Credit grade must be B or better"
    assert shown["rate"]["max_ppm"] == 48_000


def test_a_new_version_replaces_the_live_one(caller: Callers, scene: Scene, lender, product) -> None:
    manager = caller(lender.manager)
    own = f"/lender/products/{product.public_id}"
    started = manager.ok("POST", f"{own}/versions")
    document = {**started["document"], "amount_max_fen": 500 * WAN}
    saved = manager.ok("PUT", f"{own}/draft", {**document, "revision": started["versions"][-1]["revision"]})
    manager.ok("POST", f"{own}/submit")
    caller(lender.approver).ok("POST", f"{own}/approve", {})
    caller(scene.publisher).ok("POST", f"/platform/products/{product.public_id}/publish", {})
    assert saved["document"]["amount_max_fen"] == 500 * WAN
    shown = caller(None).ok("GET", f"/products/{product.public_id}")
    assert (shown["version"], shown["amount_max_fen"]) == (2, 500 * WAN)


def test_the_firm_sees_why_it_qualifies(
    owner: Caller, product: PublishedProduct, scene: Scene, lender
) -> None:
    strict = scene.product(lender, name="优选贷", admission=grade_at_least("A"))
    (found,) = (
        row for row in owner.ok("GET", "/matches")["items"] if row["product"]["id"] == strict.public_id
    )
    (criterion,) = (row for row in found["criteria"] if row["fact"] == "platform_grade")
    assert found["verdict"] == "eligible"
    assert (criterion["verdict"], criterion["value"], criterion["source"]) == ("pass", "A", "platform_score")
    assert criterion["as_of"] == "2026-11-01"
    assert owner.ok("GET", f"/matches/{strict.public_id}")["criteria"] == found["criteria"]


def test_the_whole_job(
    caller: Callers, scene: Scene, firm, lender, product, owner: Caller, reviewer: Caller, approver: Caller
) -> None:
    submission = apply(owner, product)
    mine, theirs = f"/submissions/{submission}", f"/lender/submissions/{submission}"
    (queued,) = reviewer.ok("GET", "/lender/submissions")["items"]
    assert (queued["id"], queued["state"], queued["firm_name"]) == (submission, "submitted", firm.name)

    into_review(reviewer, submission)
    looked = reviewer.ok("GET", f"{theirs}/firm")
    assert {row["fact"]: row["value"] for row in looked["facts"]}["platform_grade"] == "A"
    (entry,) = owner.ok("GET", "/access-ledger")["items"]
    assert (entry["id"], entry["via"], entry["officer"]) == (looked["entry_id"], "api", lender.reviewer.name)

    reviewer.ok("POST", f"{theirs}/request-supplement", EXAMPLE_REQUEST)
    assert owner.ok("GET", mine)["supplement"]["items"] == EXAMPLE_REQUEST["items"]
    document = owner.ok(
        "POST",
        "/documents/content?file_name=流水.pdf&kind=bank_statement",
        data=PDF,
        content_type="application/pdf",
    )
    owner.ok("POST", f"{mine}/answer-supplement", {"answer": "见附件", "document_ids": [document["id"]]})
    held = reviewer.ok("GET", f"{theirs}/firm")["documents"]
    assert [row["file_name"] for row in held] == ["流水.pdf"]
    assert reviewer.get(f"{theirs}/documents/{document['id']}/content").data == PDF

    reviewer.ok("POST", f"{theirs}/propose-terms", EXAMPLE_TERMS)
    assert owner.ok("GET", mine)["offer"] is None
    approver.ok("POST", f"{theirs}/approve-terms")
    offer = owner.ok("GET", mine)["offer"]
    assert (offer["amount_fen"], offer["annual_rate_ppm"], offer["state"]) == (150 * WAN, 38_500, "sent")
    accepted = owner.ok("POST", f"{mine}/accept-offer")
    assert (accepted["state"], accepted["accepted_fen"]) == ("offer_accepted", 150 * WAN)

    line = reviewer.ok(
        "POST",
        f"{theirs}/record-grant",
        {"contract_number": "HT-1", "granted_on": "2026-11-23", "first_time_borrower": True},
    )
    assert (line["amount_fen"], line["state"], line["grade"]) == (150 * WAN, "active", "A")
    assert owner.ok("GET", mine)["state"] == "granted"
    (consent,) = owner.ok("GET", "/consents")["items"]
    assert consent["state"] == "consumed"
    reported = reviewer.ok(
        "POST",
        f"/lender/lines/{line['id']}/balances",
        {"as_of": "2026-11-23", "disbursed_fen": 80 * WAN, "balance_fen": 60 * WAN},
    )
    assert (reported["disbursed_fen"], reported["balance_fen"]) == (80 * WAN, 60 * WAN)
    assert [row["id"] for row in owner.ok("GET", "/firm/lines")["items"]] == [line["id"]]

    platform = caller(scene.people.member(Role.PLATFORM_AUDITOR))
    counted = platform.ok("GET", "/statistics?by=lender")
    assert counted["total"]["amount_fen"] == 150 * WAN
    assert counted["rows"][0]["key"] == lender.public_id
    assert [row["id"] for row in platform.ok("GET", "/platform/lines")["items"]] == [line["id"]]


def test_a_rejected_firm_is_told_the_reasons(
    owner: Caller, reviewer: Caller, approver: Caller, product
) -> None:
    submission = apply(owner, product)
    into_review(reviewer, submission)
    reviewer.ok("POST", f"/lender/submissions/{submission}/reject", EXAMPLE_REASONS)
    told = owner.ok("GET", f"/submissions/{submission}")["decision"]
    assert [row["code"] for row in told["reasons"]] == EXAMPLE_REASONS["reasons"]
    assert told["text"] == EXAMPLE_REASONS["text"]
    approver.ok("POST", f"/lender/submissions/{submission}/reopen", {"reason": "补充了担保"})
    assert owner.ok("GET", f"/submissions/{submission}")["state"] == "under_review"


@pytest.mark.parametrize(
    ("step", "body", "state"),
    [
        ("decline-offer", {"reason": "利率偏高"}, "offer_declined"),
        ("renegotiate", {"reason": "期限太短"}, "under_review"),
        ("withdraw", {}, "withdrawn"),
    ],
)
def test_the_firm_answers_an_offer(
    owner: Caller, reviewer: Caller, approver: Caller, product, step: str, body: dict[str, Any], state: str
) -> None:
    submission = apply(owner, product)
    offered(reviewer, approver, submission)
    assert owner.ok("POST", f"/submissions/{submission}/{step}", body)["state"] == state


def test_a_revoked_consent_closes_the_door(owner: Caller, reviewer: Caller, product) -> None:
    submission = apply(owner, product)
    (consent,) = owner.ok("GET", "/consents")["items"]
    assert owner.ok("POST", f"/consents/{consent['id']}/revoke", {})["state"] == "revoked"
    refused = reviewer.get(f"/lender/submissions/{submission}/firm")
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "no_live_consent")
    assert owner.ok("GET", f"/submissions/{submission}")["state"] == "withdrawn"


def test_the_proposer_cannot_approve_nor_the_reviewer(owner: Caller, reviewer: Caller, product) -> None:
    submission = apply(owner, product)
    into_review(reviewer, submission)
    reviewer.ok("POST", f"/lender/submissions/{submission}/propose-terms", EXAMPLE_TERMS)
    assert reviewer.post(f"/lender/submissions/{submission}/approve-terms").status_code == 403


def test_an_illegal_step_is_a_conflict(owner: Caller, reviewer: Caller, product) -> None:
    submission = apply(owner, product)
    answer = reviewer.post(f"/lender/submissions/{submission}/start-review")
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")


def test_obstacles_are_named_by_product(owner: Caller, product, firm) -> None:
    apply(owner, product)
    draft = owner.ok("POST", "/applications", EXAMPLE_NEED)
    one = f"/applications/{draft['id']}"
    owner.ok("PUT", f"{one}/products", {"products": [{"product_id": product.public_id}]})
    checked = owner.ok("GET", f"{one}/check")
    assert [row["code"] for row in checked["items"][0]["obstacles"]] == ["submission_in_flight"]
    refused = owner.post(
        f"{one}/submit",
        {
            "signed_lenders": [checked["items"][0]["lender"]["id"]],
            "scope": SCOPE,
            "consent_expires_on": checked["consent_expires_on"],
        },
    )
    body = refused.get_json(force=True)
    assert (refused.status_code, body["code"]) == (409, "cannot_submit")
    assert body["obstacles"] == {product.public_id: ["submission_in_flight"]}


def test_reported_facts_count_at_once(owner: Caller, scene: Scene) -> None:
    made = owner.ok("POST", "/firm/reported-facts", {"as_of": "2026-10-31", "values": {"employees": 42}})
    assert [row["fact"] for row in made["items"]] == ["employees"]
    held = {row["fact"]: row for row in owner.ok("GET", "/firm")["facts"]}["employees"]
    assert (held["value"], held["source_code"], held["confirmed"]) == (42, "self_reported", False)


def test_an_offline_grant_is_recorded(caller: Callers, reviewer: Caller, firm, product, database) -> None:
    with database.read() as session:
        code = registry.firm(session, firm.public_id).uscc
    line = reviewer.ok(
        "POST",
        "/lender/lines",
        {
            "firm_uscc": code,
            "product_id": product.public_id,
            "contract_number": "HT-9",
            "granted_on": "2026-11-20",
            "amount_fen": 100 * WAN,
            "annual_rate_ppm": 39_000,
            "term_months": 12,
            "repayment_method": "interest_then_bullet",
            "guarantee_type": "unsecured",
        },
    )
    assert (line["source"], line["grade"]) == ("offline", None)
    assert [row["id"] for row in reviewer.ok("GET", "/lender/lines?q=HT-9")["items"]] == [line["id"]]


def test_the_platform_finds_firms(caller: Callers, scene: Scene, firm) -> None:
    platform = caller(scene.people.member(Role.PLATFORM_REGULATOR))
    found = platform.ok("GET", "/platform/firms", query_string={"q": firm.name})["items"]
    assert [row["id"] for row in found] == [firm.public_id]


def test_lists_are_read_page_by_page(caller: Callers, scene: Scene, lender) -> None:
    ids = {scene.product(lender, name=f"产品{n}").public_id for n in range(3)}
    anyone = caller(None)
    seen, cursor = [], None
    for _ in range(3):
        page = anyone.ok(
            "GET", "/products", query_string={"limit": 1, **({"cursor": cursor} if cursor else {})}
        )
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert (set(seen), cursor) == (ids, None)
