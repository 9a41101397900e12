"""Writing an application: the need, the products and branches, the documents; saved at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from borrowers.documents import service as documents
from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from lenders.institutions.model import Branch
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.applications.lookup import application_of
from matching.applications.model import Application, ApplicationDocument
from matching.applications.rules import APPLICATION, MAX_PRODUCTS, ApplicationState, Purpose

MAX_DOCUMENTS = 30


@dataclass(frozen=True, slots=True)
class Need:
    """What the firm needs. ``amount_fen`` and ``term_months`` as applied for; the contact is whom the lender calls."""

    amount_fen: int
    term_months: int
    purpose: Purpose
    contact_name: str
    contact_phone: str
    purpose_note: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A product the firm applies to, and the branch that should handle it (None: the lender decides)."""

    product_id: str
    branch_id: str | None = None


def start_draft(session: Session, actor: Actor, *, product_id: str | None = None) -> Application:
    """A new draft of the actor's firm, with a product chosen already if it came from one.

    Raises:
        NotFound: the actor speaks for no verified firm, or there is no such product.
    """
    firm = claims.firm_of(session, actor)
    draft = Application(
        firm_id=firm.id,
        organisation_id=actor.organisation_id,
        created_by_id=actor.user_id,
        contact_name=actor.name,
    )
    if product_id is not None:
        products.published_product(session, product_id)
        draft.choices = [{"product": product_id, "branch": None}]
    session.add(draft)
    session.flush()
    _record(session, actor, draft, "application.started")
    return draft


def save_need(session: Session, actor: Actor, application_id: str, need: Need) -> Application:
    """Save the first step of a draft.

    Raises:
        NotFound: there is no such draft of this firm.
        Conflict: it was sent already.
    """
    draft = _draft(session, actor, application_id)
    draft.amount_fen, draft.term_months = need.amount_fen, need.term_months
    draft.purpose, draft.purpose_note = need.purpose.value, need.purpose_note
    draft.contact_name, draft.contact_phone = need.contact_name, need.contact_phone
    draft.saved_at = clock.now()
    return draft


def choose_products(
    session: Session, actor: Actor, application_id: str, chosen: Sequence[Chosen]
) -> Application:
    """Save the second step of a draft: one to :data:`~matching.applications.rules.MAX_PRODUCTS` products.

    Raises:
        NotFound: there is no such draft or product.
        InvalidInput: none, too many or repeated products; a branch that is not the lender's.
    """
    draft = _draft(session, actor, application_id)
    if not 1 <= len(chosen) <= MAX_PRODUCTS:
        words = Words("请选择 1 至 {most} 个产品。", "Choose one to {most} products.").fill(most=MAX_PRODUCTS)
        raise InvalidInput({"products": [words]})
    if len({choice.product_id for choice in chosen}) != len(chosen):
        raise InvalidInput({"products": [Words("同一产品只能选择一次。", "Choose each product once.")]})
    for choice in chosen:
        branch_of(session, products.published_product(session, choice.product_id), choice.branch_id)
    draft.choices = [{"product": choice.product_id, "branch": choice.branch_id} for choice in chosen]
    draft.saved_at = clock.now()
    return draft


def attach_document(
    session: Session, actor: Actor, application_id: str, document_id: str, material_code: str = ""
) -> Application:
    """Put one of the firm's documents to a draft, under the material it answers; a second time changes nothing.

    Raises:
        NotFound: there is no such draft, or no such document of this firm.
        InvalidInput: there are too many.
    """
    draft = _draft(session, actor, application_id)
    document = documents.document(session, draft.firm_id, document_id)
    if len(draft.documents) >= MAX_DOCUMENTS:
        words = Words("一次申请最多上传 {most} 份材料。", "Add at most {most} documents.").fill(
            most=MAX_DOCUMENTS
        )
        raise InvalidInput({"documents": [words]})
    if not any(
        row.document_id == document.id and row.material_code == material_code for row in draft.documents
    ):
        draft.documents.append(ApplicationDocument(document_id=document.id, material_code=material_code))
    draft.saved_at = clock.now()
    return draft


def detach_document(session: Session, actor: Actor, application_id: str, document_id: str) -> Application:
    """Take a document off a draft; the file stays with the firm.

    Raises:
        NotFound: there is no such draft, or no such document of this firm.
    """
    draft = _draft(session, actor, application_id)
    document = documents.document(session, draft.firm_id, document_id)
    draft.documents[:] = [row for row in draft.documents if row.document_id != document.id]
    draft.saved_at = clock.now()
    return draft


def discard(session: Session, actor: Actor, application_id: str) -> Application:
    """Throw a draft away; it stays in the list as closed.

    Raises:
        NotFound: there is no such application of this firm.
        Conflict: it was sent already.
    """
    draft = application_of(session, actor, application_id)
    move(session, draft, APPLICATION, "discard")
    _record(session, actor, draft, "application.discarded")
    return draft


def chosen_of(draft: Application) -> list[Chosen]:
    """The products chosen so far."""
    return [Chosen(row["product"], row["branch"]) for row in draft.choices]


def need_of(draft: Application) -> Need | None:
    """The need, once every part of it is filled in."""
    if not (
        draft.amount_fen
        and draft.term_months
        and draft.purpose
        and draft.contact_name
        and draft.contact_phone
    ):
        return None
    return Need(
        draft.amount_fen,
        draft.term_months,
        Purpose(draft.purpose),
        draft.contact_name,
        draft.contact_phone,
        draft.purpose_note,
    )


def branch_of(session: Session, product: PublishedProduct, branch_id: str | None) -> Branch | None:
    """The branch a firm prefers, checked to be an active one of the product's lender.

    Raises:
        InvalidInput: ``branch``.
    """
    if branch_id is None:
        return None
    for branch in institutions.branches_of(session, product.lender.id, active_only=True):
        if branch.public_id == branch_id:
            return branch
    words = Words(
        "请选择该机构正在受理业务的网点。", "Choose a branch of this lender that takes applications."
    )
    raise InvalidInput({"branch": [words]})


def _draft(session: Session, actor: Actor, application_id: str) -> Application:
    draft = application_of(session, actor, application_id)
    APPLICATION.check("submit", ApplicationState(draft.state))
    return draft


def _record(session: Session, actor: Actor, draft: Application, action: str) -> None:
    record_as(session, actor, action, subject_kind="application", subject_id=draft.public_id)
