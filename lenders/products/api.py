"""Products as their lender and the platform work on them: documents, approval, publication, suspension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from creditbridge.access.guard import current_actor
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, encode_cursor, number_after
from creditbridge.store import unit
from lenders.institutions import service as institutions
from lenders.products import deciding, drafting, editing, lookup
from lenders.products.api_schemas import (
    EXAMPLE_DRAFT,
    DecisionBody,
    DraftBody,
    OwnProductAnswer,
    OwnProductDetailAnswer,
    OwnProductQuery,
    ProductReasonBody,
    ReturnBody,
    SavedDraftBody,
)
from lenders.products.documents import document_of, read_document

if TYPE_CHECKING:
    from lenders.products.model import Product, ProductVersion

blueprint = Blueprint(
    "api_products", __name__, description="产品维护与发布 Products as lenders and the platform keep them"
)

OWN = "/lender/products/<public_id:product_id>"
PUBLISHING = "/platform/products/<public_id:product_id>"


@blueprint.reading("/lender/products", asks=OwnProductQuery, answers=page_schema(OwnProductAnswer))
def own_products(asked: dict[str, Any]) -> dict[str, Any]:
    """List your lender's products, newest first."""
    session = unit.session()
    lender = institutions.lender_of(session, current_actor())
    return _page(list(lookup.products_of_lender(session, lender.id)), asked)


@blueprint.reading(OWN, answers=OwnProductDetailAnswer)
def own_product(product_id: str) -> dict[str, Any]:
    """Show one of your lender's products with its newest version's document."""
    return _detail(product_id)


@blueprint.changing(
    "/lender/products", takes=DraftBody, answers=OwnProductDetailAnswer, status=201, example=EXAMPLE_DRAFT
)
def create(body: dict[str, Any]) -> Any:
    """Make a product with its first version in draft."""
    made = drafting.create_product(unit.session(), current_actor(), read_document(body))
    return (
        _detail(made.public_id),
        201,
        {"Location": url_for("api_products.own_product", product_id=made.public_id)},
    )


@blueprint.changing(f"{OWN}/versions", answers=OwnProductDetailAnswer, status=201)
def start_version(product_id: str) -> dict[str, Any]:
    """Start a new version that says what the live one says."""
    drafting.start_version(unit.session(), current_actor(), product_id)
    return _detail(product_id)


@blueprint.changing(
    f"{OWN}/draft",
    method="PUT",
    takes=SavedDraftBody,
    answers=OwnProductDetailAnswer,
    example={**EXAMPLE_DRAFT, "revision": 1},
)
def save_draft(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Replace the draft by this document."""
    seen = body["revision"]
    drafting.save_draft(unit.session(), current_actor(), product_id, read_document(body), seen=seen)
    return _detail(product_id)


@blueprint.changing(f"{OWN}/submit", answers=OwnProductDetailAnswer)
def submit(product_id: str) -> dict[str, Any]:
    """Hand the draft to a second officer of your lender."""
    drafting.submit(unit.session(), current_actor(), product_id)
    return _detail(product_id)


@blueprint.changing(
    f"{OWN}/approve", takes=DecisionBody, answers=OwnProductDetailAnswer, example={"revision": 2}
)
def approve(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Approve the version that waits; whoever wrote any part of it cannot."""
    deciding.approve(unit.session(), current_actor(), product_id, seen=body["revision"])
    return _detail(product_id)


@blueprint.changing(
    f"{OWN}/return", takes=ReturnBody, answers=OwnProductDetailAnswer, example={"reason": "请补充收费说明。"}
)
def return_to_draft(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Return the version that waits for approval to draft."""
    return _returned(body, product_id)


@blueprint.changing(
    f"{OWN}/suspend",
    takes=ProductReasonBody,
    answers=OwnProductDetailAnswer,
    example={"reason": "季度额度已满。"},
)
def suspend(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Take no more applications for now."""
    return _suspended(body, product_id)


@blueprint.changing(f"{OWN}/resume", answers=OwnProductDetailAnswer)
def resume(product_id: str) -> dict[str, Any]:
    """Take applications again."""
    return _resumed(product_id)


@blueprint.changing(
    f"{OWN}/retire",
    takes=ProductReasonBody,
    answers=OwnProductDetailAnswer,
    example={"reason": "由新产品替代。"},
)
def retire(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Take a suspended product off the platform for good."""
    return _retired(body, product_id)


@blueprint.reading("/platform/products", asks=OwnProductQuery, answers=page_schema(OwnProductAnswer))
def all_products(asked: dict[str, Any]) -> dict[str, Any]:
    """List every lender's products, newest first."""
    return _page(list(lookup.all_products(unit.session())), asked)


@blueprint.reading(PUBLISHING, answers=OwnProductDetailAnswer)
def any_product(product_id: str) -> dict[str, Any]:
    """Show any product with its newest version's document."""
    return _detail(product_id)


@blueprint.changing(
    f"{PUBLISHING}/publish", takes=DecisionBody, answers=OwnProductDetailAnswer, example={"revision": 3}
)
def publish(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Put an approved version before the firms."""
    deciding.publish(unit.session(), current_actor(), product_id, seen=body["revision"])
    return _detail(product_id)


@blueprint.changing(
    f"{PUBLISHING}/return",
    takes=ReturnBody,
    answers=OwnProductDetailAnswer,
    example={"reason": "利率说明不完整。"},
)
def return_unpublished(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Return an approved version to its lender."""
    return _returned(body, product_id)


@blueprint.changing(
    f"{PUBLISHING}/suspend",
    takes=ProductReasonBody,
    answers=OwnProductDetailAnswer,
    example={"reason": "正在核查投诉。"},
)
def suspend_any(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Suspend any lender's product."""
    return _suspended(body, product_id)


@blueprint.changing(f"{PUBLISHING}/resume", answers=OwnProductDetailAnswer)
def resume_any(product_id: str) -> dict[str, Any]:
    """Open any lender's suspended product again."""
    return _resumed(product_id)


@blueprint.changing(
    f"{PUBLISHING}/retire",
    takes=ProductReasonBody,
    answers=OwnProductDetailAnswer,
    example={"reason": "机构退出平台。"},
)
def retire_any(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Retire any lender's suspended product."""
    return _retired(body, product_id)


def _returned(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    session, actor = unit.session(), current_actor()
    deciding.return_to_draft(session, actor, product_id, body["reason"], seen=body["revision"])
    return _detail(product_id)


def _suspended(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    deciding.suspend(unit.session(), current_actor(), product_id, body["reason"])
    return _detail(product_id)


def _resumed(product_id: str) -> dict[str, Any]:
    deciding.resume(unit.session(), current_actor(), product_id)
    return _detail(product_id)


def _retired(body: dict[str, Any], product_id: str) -> dict[str, Any]:
    deciding.retire(unit.session(), current_actor(), product_id, body["reason"])
    return _detail(product_id)


def _page(found: list[Product], asked: dict[str, Any]) -> dict[str, Any]:
    start, limit, state = number_after(asked["cursor"]) or 0, asked["limit"], asked["state"]
    wanted = [product for product in found if state is None or product.state == state]
    return {
        "items": [_shown(product) for product in wanted[start : start + limit]],
        "next_cursor": encode_cursor(start + limit if start + limit < len(wanted) else None),
    }


def _detail(product_id: str) -> dict[str, Any]:
    found = lookup.product(unit.session(), current_actor(), product_id)
    draft = drafting.draft_of(found)
    return {**_shown(found), "document": document_of(draft), "warnings": editing.warnings(draft.admission)}


def _shown(product: Product) -> dict[str, Any]:
    return {
        "id": product.public_id,
        "lender": {"id": product.lender.public_id, "name": product.lender.name},
        "state": product.state,
        "state_reason": product.state_reason,
        "quota_fen": product.quota_fen,
        "quota_used_fen": product.quota_used_fen,
        "versions": [_version(version) for version in product.versions],
    }


def _version(version: ProductVersion) -> dict[str, Any]:
    return {
        "id": version.public_id,
        "number": version.number,
        "state": version.state,
        "revision": version.version,
        "name": version.name,
        "change_note": version.change_note,
        "returned_reason": version.returned_reason,
        "submitted_at": version.submitted_at,
        "approved_at": version.approved_at,
        "published_at": version.published_at,
        "replaced_at": version.replaced_at,
    }
