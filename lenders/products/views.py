"""Pages about products for those who work on them: lists, one product with its history, a version, comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.store import unit
from lenders.admission.sentence import OutlineLine, amount_sentence, outline
from lenders.admission.tree import Tree
from lenders.institutions import service as institutions
from lenders.products import completeness, drafting, editing, lookup, service
from lenders.products.differences import Change, differences
from lenders.products.lifecycle import (
    PRODUCT_STATE_TONES,
    PRODUCT_STATE_WORDS,
    VERSION_STATE_TONES,
    VERSION_STATE_WORDS,
    ProductState,
    VersionState,
)
from lenders.products.rules import APPLICANT_KIND_WORDS, ApplicantKind, Draft, ProductTerms
from lenders.products.schemas import DecisionForm, ReasonForm, ReturnForm
from lenders.products.wording import Line, amount_range, term_lines

if TYPE_CHECKING:
    from lenders.products.model import Product, ProductEvent, ProductVersion

blueprint = Blueprint("lender_products", __name__, template_folder="templates")

LISTED = 50
"""So many of all products stand on one page of the platform's."""
EVENT_WORDS: Mapping[str, Words] = {
    "created": Words("新建产品", "Product created"),
    "started": Words("新建版本草稿", "New version begun"),
    "submitted": Words("提交复核", "Submitted for approval"),
    "approved": Words("机构复核通过", "Approved by the lender"),
    "returned": Words("退回修改", "Returned"),
    "published": Words("平台发布", "Published"),
    "discarded": Words("放弃草稿", "Draft discarded"),
    "suspended": Words("暂停受理", "Suspended"),
    "resumed": Words("恢复受理", "Resumed"),
    "retired": Words("下架", "Retired"),
}
EVENT_TONES = {
    "returned": "warning",
    "suspended": "warning",
    "published": "success",
    "resumed": "success",
    "approved": "success",
}


@blueprint.app_template_filter("term_lines")
def lines_of(terms: ProductTerms) -> list[Line]:
    """A product's terms, line by line, as they read today."""
    return term_lines(terms, clock.today())


@blueprint.app_template_filter("amount_range")
def amount_range_of(terms: ProductTerms) -> Words:
    """The range of a product's amounts in words."""
    return amount_range(terms)


@blueprint.app_template_filter("rule_lines")
def rule_lines_of(tree: Tree) -> Sequence[OutlineLine]:
    """An admission rule as indented lines without the heading of the whole."""
    lines = outline(tree)
    return lines[1:] if tree.root.mode == "all" else lines


@blueprint.app_template_filter("formula_words")
def formula_words_of(formula: Any) -> Words | None:
    """An amount formula in words."""
    return amount_sentence(formula) if formula is not None else None


@blueprint.get("/lender/products")
def products() -> ResponseReturnValue:
    """A lender's own products."""
    actor = current_actor()
    lender = institutions.lender_of(unit.session(), actor)
    rows = lookup.products_of_lender(unit.session(), lender.id)
    may_write = actor.has_role(Role.LENDER_PRODUCT_MANAGER) and lender.state == "approved"
    waiting = [row for row in rows if _waits_for(row, VersionState.PENDING_APPROVAL)]
    empty = Empty(
        _("还没有产品"),
        _("新建产品后，由本机构另一位审批人复核，再由平台发布，企业就能看到。"),
        _("新建产品") if may_write else None,
        url_for("product_editor.new") if may_write else None,
    )
    return render_template(
        "lender_products/products.html",
        lender=lender,
        table=_table(rows, _("本机构产品"), empty),
        waiting=waiting,
        may_write=may_write,
    )


@blueprint.get("/platform/products")
def publication() -> ResponseReturnValue:
    """The platform's queue of products to publish, and every product, page by page."""
    session = unit.session()
    queue = lookup.waiting_for_publication(session)
    waiting = Table(
        columns=[
            Column("name", _("产品"), value=lambda row: say(row.name), href=lambda row: _url(row.product)),
            Column("lender", _("金融机构"), value=lambda row: say(row.product.lender.name)),
            Column("number", _("版本"), value=lambda row: _("第 %(n)s 版", n=row.number)),
            Column("approved_at", _("复核通过时间"), kind="moment"),
        ],
        rows=queue,
        caption=_("待发布"),
        queue=True,
        id="queue",
        empty=Empty(_("没有待发布的产品"), _("机构审批人复核通过后，产品会出现在这里。")),
    )
    rows, following = lookup.page_of_products(session, before=asked_position(), limit=LISTED)
    everything = _table(rows, _("全部产品"), Empty(_("还没有产品")), with_lender=True)
    everything.next_cursor = str(following) if following else None
    return render_template("lender_products/publication.html", waiting=waiting, everything=everything)


@blueprint.get("/lender/products/<public_id>")
def product(public_id: str) -> ResponseReturnValue:
    """One product: what is live, what is in work and how it differs, what can be done, and what happened."""
    return product_page(public_id)


def product_page(public_id: str, *, sent: Form | None = None) -> ResponseReturnValue:
    """The page of one product; ``sent`` is a form of it that was refused, shown again as it was typed."""
    session, actor = unit.session(), current_actor()
    found = lookup.product(session, actor, public_id)
    live, in_work = lookup.live_version(found), lookup.version_in_work(found)
    shown = in_work or live or lookup.newest_version(found)
    seen = {"seen": in_work.version if in_work else 0}
    page = render_template(
        "lender_products/product.html",
        product=found,
        live=live,
        in_work=in_work,
        shown=shown,
        draft=_draft(shown),
        changes=_changes(live, in_work),
        advice=_advice(found, shown),
        warnings=editing.warnings(Tree.from_json(shown.admission)),
        quota_left=service.quota_left(session, found.id),
        events=[_event(event) for event in lookup.events_of(session, found.id)],
        may=_may(actor, found, in_work),
        decision=Form(DecisionForm, seen),
        returning=sent if sent and isinstance(sent.schema, ReturnForm) else Form(ReturnForm, seen),
        reason=sent if sent and isinstance(sent.schema, ReasonForm) else Form(ReasonForm),
        words=_STATE_WORDS,
    )
    return page, sent.status if sent else 200


@blueprint.get("/lender/products/<public_id>/versions/<int:number>")
def version(public_id: str, number: int) -> ResponseReturnValue:
    """One version as it was, beside any other."""
    found = lookup.product(unit.session(), current_actor(), public_id)
    shown = lookup.numbered_version(found, number)
    against = request.args.get("against", type=int)
    other = lookup.numbered_version(found, against) if against is not None else _previous(found, number)
    return render_template(
        "lender_products/version.html",
        product=found,
        shown=shown,
        draft=_draft(shown),
        other=other,
        changes=_changes(other, shown),
        words=_STATE_WORDS,
    )


_STATE_WORDS = {
    "product": PRODUCT_STATE_WORDS,
    "product_tones": PRODUCT_STATE_TONES,
    "version": VERSION_STATE_WORDS,
    "version_tones": VERSION_STATE_TONES,
    "applicant": APPLICANT_KIND_WORDS,
}


def _previous(found: Product, number: int) -> ProductVersion | None:
    return next((row for row in reversed(found.versions) if row.number < number), None)


def _draft(shown: ProductVersion) -> Draft:
    return drafting.draft_of_version(shown)


def _changes(before: ProductVersion | None, after: ProductVersion | None) -> list[Change] | None:
    if before is None or after is None or before is after:
        return None
    return differences(_draft(before), _draft(after), clock.today())


def _advice(found: Product, shown: ProductVersion) -> list[Words]:
    kind = ApplicantKind(found.applicant_kind)
    return completeness.advice(ProductTerms.from_json(shown.terms), kind, on=clock.today())


def _may(actor: Actor, found: Product, in_work: ProductVersion | None) -> dict[str, bool]:
    """Which buttons to show; the use cases check again."""
    state = in_work.state if in_work else None
    writer = actor.has_role(Role.LENDER_PRODUCT_MANAGER)
    admin = actor.has_role(Role.PLATFORM_ADMINISTRATOR)
    approver = actor.has_role(Role.LENDER_APPROVER) and state == VersionState.PENDING_APPROVAL
    keeper = writer or admin
    return {
        "ask": (actor.is_lender or admin) and found.applicant_kind == ApplicantKind.FIRM,
        "edit": writer and state == VersionState.DRAFT,
        "discard": writer and state == VersionState.DRAFT and len(found.versions) > 1,
        "start": writer and in_work is None and found.state != ProductState.RETIRED,
        "approve": approver and in_work is not None and actor.user_id not in in_work.author_ids,
        "own_work": approver and in_work is not None and actor.user_id in in_work.author_ids,
        "publish": admin and state == VersionState.PENDING_PUBLICATION,
        "suspend": keeper and found.state == ProductState.OPEN,
        "resume": keeper
        and found.state == ProductState.SUSPENDED
        and (admin or not found.suspended_by_platform),
        "retire": keeper and found.state == ProductState.SUSPENDED,
    }


def _event(event: ProductEvent) -> dict[str, Any]:
    title = say(EVENT_WORDS[event.step])
    if event.version_number is not None:
        title = _("%(step)s（第 %(n)s 版）", step=title, n=event.version_number)
    return {
        "at": event.at,
        "title": title,
        "text": event.reason,
        "who": _("%(who)s，%(organisation)s", who=event.who, organisation=event.organisation),
        "tone": EVENT_TONES.get(event.step, "neutral"),
    }


def _waits_for(found: Product, state: VersionState) -> bool:
    in_work = lookup.version_in_work(found)
    return in_work is not None and in_work.state == state


def _url(found: Product) -> str:
    return url_for("lender_products.product", public_id=found.public_id)


def _in_work_words(found: Product) -> Words | None:
    in_work = lookup.version_in_work(found)
    if in_work is None:
        return None
    state = VERSION_STATE_WORDS[VersionState(in_work.state)]
    return Words("第 {n} 版：{state}", "Version {n}: {state}").fill(n=in_work.number, state=state)


def _table(rows: Sequence[Product], caption: str, empty: Empty, *, with_lender: bool = False) -> Table:
    columns = [
        Column("name", _("产品"), value=lambda row: say(lookup.newest_version(row).name), href=_url),
        Column(
            "applicant", _("对象"), value=lambda row: APPLICANT_KIND_WORDS[ApplicantKind(row.applicant_kind)]
        ),
        Column(
            "state",
            _("状态"),
            kind="state",
            value=lambda row: PRODUCT_STATE_WORDS[ProductState(row.state)],
            tone=lambda row: PRODUCT_STATE_TONES[ProductState(row.state)],
        ),
        Column("live", _("已发布版本"), value=_live_number),
        Column("in_work", _("进行中的版本"), value=_in_work_words),
        Column("quota_used_fen", _("已用额度"), kind="amount", note=_quota_note),
    ]
    if with_lender:
        columns.insert(1, Column("lender", _("金融机构"), value=lambda row: say(row.lender.name)))
    return Table(columns=columns, rows=rows, caption=caption, empty=empty, queue=not with_lender)


def _live_number(found: Product) -> str | None:
    live = lookup.live_version(found)
    return _("第 %(n)s 版", n=live.number) if live else None


def _quota_note(found: Product) -> str | None:
    if found.quota_fen is None:
        return None
    return _("共 %(amount)s", amount=say(amount_words(found.quota_fen)))
