"""Writing versions: a new product, a new version of a live one, saving and submitting a draft."""

from __future__ import annotations

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, RuleRefused
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from creditbridge.store.transitions import move
from lenders.admission.amount import Amount
from lenders.admission.tree import Tree
from lenders.admission.validation import Severity, validate, validate_amount
from lenders.institutions import service as institutions
from lenders.products import lookup
from lenders.products.announcing import announce
from lenders.products.completeness import problems_before_submission
from lenders.products.lifecycle import (
    PRODUCT_STATE_WORDS,
    VERSION,
    VERSION_STATE_WORDS,
    ProductState,
    VersionState,
)
from lenders.products.model import Product, ProductVersion
from lenders.products.rules import ApplicantKind, Draft, ProductTerms
from lenders.schemes import service as schemes


def _version_in_work() -> Conflict:
    return Conflict(
        "version_in_work",
        Words("已有一个版本正在编辑或审批。", "A version is already being written or approved."),
    )


# Two who begin a version at once: SQLite names the columns of a unique index, PostgreSQL its name.
constraints.register(
    dict.fromkeys(
        (
            "uq_product_version_in_work",
            "uq_product_version_product_id",
            "uq_product_version_product_id_number",
        ),
        _version_in_work(),
    )
)


def create_product(session: Session, actor: Actor, draft: Draft) -> Product:
    """A new product of the actor's lender with its first version in draft.

    Raises:
        NotAllowed: if the actor is no product manager, or the lender is not approved.
        InvalidInput: if the scheme is not one the lender takes part in.
    """
    _check_writer(actor)
    lender = institutions.working_lender_of(session, actor)
    product = Product(
        lender_id=lender.id,
        applicant_kind=draft.applicant_kind.value,
        scheme_id=_scheme_id(session, draft, lender.id),
        state=ProductState.UNPUBLISHED.value,
    )
    session.add(product)
    session.flush()
    version = _add_version(session, actor, product, 1, draft)
    _record(session, actor, product, version, "created")
    return lookup.product(session, actor, product.public_id)


def start_version(session: Session, actor: Actor, public_id: str) -> ProductVersion:
    """A new draft that says what the live version says.

    Raises:
        Conflict: ``version_in_work`` if one is being worked on already.
        RuleRefused: ``retired`` for a retired product.
    """
    _check_writer(actor)
    institutions.working_lender_of(session, actor)
    product = lookup.product(session, actor, public_id)
    lookup.check_not_retired(product)
    if lookup.version_in_work(product) is not None:
        raise _version_in_work()
    version = _add_version(session, actor, product, product.versions[-1].number + 1, draft_of(product))
    _record(session, actor, product, version, "started")
    return version


def draft_of(product: Product) -> Draft:
    """What the newest version of a product says, as a draft."""
    return draft_of_version(lookup.newest_version(product))


def draft_of_version(version: ProductVersion) -> Draft:
    """What any version says, as a draft."""
    product = version.product
    return Draft(
        name_zh=version.name_zh,
        name_en=version.name_en,
        terms=ProductTerms.from_json(version.terms),
        admission=Tree.from_json(version.admission),
        amount_formula=Amount.from_json(version.amount_formula) if version.amount_formula else None,
        applicant_kind=ApplicantKind(product.applicant_kind),
        scheme_public_id=product.scheme.public_id if product.scheme else None,
        change_note=version.change_note if version.state == VersionState.DRAFT else "",
    )


def save_draft(session: Session, actor: Actor, public_id: str, draft: Draft, *, seen: int) -> ProductVersion:
    """Write a draft anew. ``seen`` is the row version its writer had before them.

    Raises:
        Conflict: if the version is no draft any more, or somebody else saved it meanwhile.
        RuleRefused: ``retired`` for a retired product.
    """
    _check_writer(actor)
    lender = institutions.working_lender_of(session, actor)
    product = lookup.product(session, actor, public_id)
    lookup.check_not_retired(product)
    version = _draft_version(product)
    if version.version != seen:
        raise Conflict(
            "changed_meanwhile",
            Words(
                "其他同事刚刚保存过这份草稿。您填写的内容仍在本页，请在新窗口核对后再保存。",
                "A colleague has just saved this draft. What you typed is still on this page: compare before you save.",
            ),
            seen=seen,
            current=version.version,
        )
    if product.state == ProductState.UNPUBLISHED:
        product.applicant_kind = draft.applicant_kind.value
        product.scheme_id = _scheme_id(session, draft, lender.id)
    version.version += 1
    _write(version, actor, draft)
    session.flush()
    record_as(
        session, actor, "product.draft_saved", subject_kind="product_version", subject_id=version.public_id
    )
    return version


def submit(session: Session, actor: Actor, public_id: str) -> ProductVersion:
    """Hand the draft to a second officer of the lender.

    Raises:
        InvalidInput: naming what has to be filled in first.
        RuleRefused: ``retired`` for a retired product.
    """
    _check_writer(actor)
    institutions.working_lender_of(session, actor)
    product = lookup.product(session, actor, public_id)
    lookup.check_not_retired(product)
    version = _draft_version(product)
    problems = problems_before_submission(
        version.name_zh, ProductTerms.from_json(version.terms), on=clock.today()
    )
    problems |= _rule_problems(version)
    if problems:
        raise InvalidInput(problems)
    move(session, version, VERSION, "submit", submitted_at=clock.now(), returned_reason="")
    announce(session, product, version, "submitted")
    _record(session, actor, product, version, "submitted", reason=version.change_note)
    return version


def discard_draft(session: Session, actor: Actor, public_id: str) -> None:
    """Throw a draft away, if the product has another version to stand on.

    Raises:
        RuleRefused: ``only_version``.
    """
    _check_writer(actor)
    product = lookup.product(session, actor, public_id)
    version = _draft_version(product)
    if len(product.versions) == 1:
        raise RuleRefused(
            "only_version",
            Words(
                "这是产品的第一个版本，不能放弃。",
                "This is the product's first version; it cannot be discarded.",
            ),
        )
    lookup.note_event(session, actor, product, "discarded", number=version.number)
    record_as(
        session,
        actor,
        "product.draft_discarded",
        subject_kind="product_version",
        subject_id=version.public_id,
    )
    product.versions.remove(version)
    session.delete(version)
    session.flush()


def _rule_problems(version: ProductVersion) -> dict[str, list[Words]]:
    """Errors of the admission rule and the formula: a rule that means nothing is never put before anybody."""
    found = [
        p for p in validate(Tree.from_json(version.admission), catalogue()) if p.severity is Severity.ERROR
    ]
    if version.amount_formula:
        found += validate_amount(Amount.from_json(version.amount_formula), catalogue())
    return {"criteria": [problem.words for problem in found]} if found else {}


def _check_writer(actor: Actor) -> None:
    if not actor.has_role(Role.LENDER_PRODUCT_MANAGER):
        raise NotAllowed


def _draft_version(product: Product) -> ProductVersion:
    version = lookup.version_in_work(product)
    if version is None:
        raise illegal_step(PRODUCT_STATE_WORDS[ProductState(product.state)])
    if version.state != VersionState.DRAFT:
        raise illegal_step(VERSION_STATE_WORDS[VersionState(version.state)])
    return version


def _scheme_id(session: Session, draft: Draft, lender_id: int) -> int | None:
    if not draft.scheme_public_id:
        return None
    scheme = schemes.joined_scheme(session, lender_id, draft.scheme_public_id)
    if scheme is None:
        words = Words(
            "贵机构未参与该政策产品，请重新选择。",
            "Your institution does not take part in that scheme. Choose again.",
        )
        raise InvalidInput({"scheme": [words]})
    return scheme.id


def _add_version(
    session: Session, actor: Actor, product: Product, number: int, draft: Draft
) -> ProductVersion:
    version = ProductVersion(product=product, number=number, author_ids=[])
    _write(version, actor, draft)
    session.add(version)
    session.flush()
    return version


def _write(version: ProductVersion, actor: Actor, draft: Draft) -> None:
    version.name_zh, version.name_en = draft.name_zh, draft.name_en
    version.terms = draft.terms.as_json()
    version.admission = draft.admission.to_json()
    version.amount_formula = draft.amount_formula.to_json() if draft.amount_formula else None
    version.change_note = draft.change_note
    if actor.user_id not in version.author_ids:
        version.author_ids = [*version.author_ids, actor.user_id]


def _record(
    session: Session, actor: Actor, product: Product, version: ProductVersion, step: str, *, reason: str = ""
) -> None:
    lookup.note_event(session, actor, product, step, number=version.number, reason=reason)
    record_as(
        session,
        actor,
        f"product.{step}",
        subject_kind="product_version",
        subject_id=version.public_id,
        product=product.public_id,
        number=version.number,
    )
