"""What is known of the firm, what is missing, and reporting it group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from borrowers.claims.service import firm_of
from borrowers.documents import media
from borrowers.documents.rules import DocumentKind
from borrowers.documents.sending import evidence_sent
from borrowers.reported_facts import service
from borrowers.reported_facts.schemas import input_kind, schema_of, to_form, to_values
from borrowers.reported_facts.service import Item, ItemGroup
from creditbridge.access.guard import current_actor
from creditbridge.facts.firm_facts import SOURCE_WORDS
from creditbridge.facts.values import say_value
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError, InvalidInput, NotFound
from creditbridge.kernel.words import Words
from creditbridge.pages import messages
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit

if TYPE_CHECKING:
    from creditbridge.registry.model import Firm

blueprint = Blueprint("reported_facts", __name__, template_folder="templates")


@blueprint.get("/firm/facts")
def overview() -> ResponseReturnValue:
    firm = _firm()
    groups = service.overview(unit.session(), firm.id)
    return render_template(
        "reported_facts/overview.html",
        firm=firm,
        groups=groups,
        missing=sum(group.missing for group in groups),
        total=sum(len(group.items) for group in groups),
        say_known=_say_known,
        sources=SOURCE_WORDS,
    )


@blueprint.get("/firm/facts/<code>")
def group(code: str) -> ResponseReturnValue:
    found = _group(code)
    return _page(found, Form(_schema(found), {"as_of": clock.today(), **_standing(found)}))


@blueprint.post("/firm/facts/<code>")
def report(code: str) -> ResponseReturnValue:
    found = _group(code)
    form = Form.from_request(_schema(found))
    if form.validate():
        try:
            count = _report(found, form)
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("已保存 %(n)s 项，标记为企业自报。", n=count), "success")
            return redirect(url_for("reported_facts.overview", _anchor=f"g-{code}"))
    return _page(_group(code), form)


@blueprint.post("/firm/facts/reports/<public_id>/withdraw")
def withdraw(public_id: str) -> ResponseReturnValue:
    service.withdraw(unit.session(), current_actor(), _firm().id, public_id)
    flash(_("已撤回该项自报信息。"), "success")
    return redirect(url_for("reported_facts.overview"))


def _report(found: ItemGroup, form: Form) -> int:
    session, actor, firm = unit.session(), current_actor(), _firm()
    try:
        values = to_values([item.fact for item in found.items], form.data)
    except ValidationError as error:
        raise InvalidInput(messages.by_path(error.messages)) from error
    document_id = evidence_sent(firm.id, DocumentKind.EVIDENCE)
    made = service.report(
        session, actor, firm_id=firm.id, values=values, as_of=form.data["as_of"], document_id=document_id
    )
    return len(made)


def _firm() -> Firm:
    return firm_of(unit.session(), current_actor())


def _group(code: str) -> ItemGroup:
    for found in service.overview(unit.session(), _firm().id):
        if found.group.code == code:
            return found
    raise NotFound(Words("分组", "group"))


def _schema(found: ItemGroup) -> Any:
    return schema_of([item.fact for item in found.items if item.may_report])


def _standing(found: ItemGroup) -> dict[str, Any]:
    return {
        item.fact.code: to_form(item.fact, item.known.value)
        for item in found.items
        if item.may_report and item.known is not None
    }


def _say_known(item: Item) -> Words | None:
    return None if item.known is None else say_value(item.fact, item.known.value, clock.today())


def _page(found: ItemGroup, form: Form) -> ResponseReturnValue:
    page = render_template(
        "reported_facts/group.html",
        found=found,
        form=form,
        input_kind=input_kind,
        say_known=_say_known,
        sources=SOURCE_WORDS,
        accept=media.ACCEPT,
        max_mb=media.MAX_BYTES // media.MIB,
    )
    return page, form.status
