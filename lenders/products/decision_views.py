"""The steps of products and versions as buttons: each a POST that goes back to the product's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import InvalidInput
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.schemas import Schema
from creditbridge.store import unit
from lenders.products import deciding, drafting
from lenders.products.schemas import DecisionForm, ReasonForm, ReturnForm
from lenders.products.views import product_page

blueprint = Blueprint("product_steps", __name__)


@blueprint.post("/lender/products/<public_id>/versions")
def start(public_id: str) -> ResponseReturnValue:
    """Begin a new version from the live one."""
    drafting.start_version(unit.session(), current_actor(), public_id)
    flash(_("已建立新版本草稿，内容与已发布版本相同。"), "success")
    return redirect(url_for("product_editor.edit", public_id=public_id))


@blueprint.post("/lender/products/<public_id>/submit")
def submit(public_id: str) -> ResponseReturnValue:
    """Hand the saved draft to the lender's approver."""
    try:
        drafting.submit(unit.session(), current_actor(), public_id)
    except InvalidInput as error:
        return _complain(public_id, error)
    flash(_("已提交本机构审批人复核。"), "success")
    return _back(public_id)


@blueprint.post("/lender/products/<public_id>/discard")
def discard(public_id: str) -> ResponseReturnValue:
    """Throw the draft away."""
    drafting.discard_draft(unit.session(), current_actor(), public_id)
    flash(_("草稿已放弃。"), "success")
    return _back(public_id)


@blueprint.post("/lender/products/<public_id>/approve")
def approve(public_id: str) -> ResponseReturnValue:
    """The second officer approves."""

    def step(data: dict[str, Any]) -> str:
        deciding.approve(unit.session(), current_actor(), public_id, seen=data["seen"])
        return _("已复核通过，等待平台发布。")

    return _decide(public_id, DecisionForm, step)


@blueprint.post("/lender/products/<public_id>/return")
def return_to_draft(public_id: str) -> ResponseReturnValue:
    """The approver or the platform hands the version back."""

    def step(data: dict[str, Any]) -> str:
        deciding.return_to_draft(
            unit.session(), current_actor(), public_id, data["reason"], seen=data["seen"]
        )
        return _("已退回，产品经理会收到原因。")

    return _decide(public_id, ReturnForm, step)


@blueprint.post("/lender/products/<public_id>/publish")
def publish(public_id: str) -> ResponseReturnValue:
    """The platform publishes."""

    def step(data: dict[str, Any]) -> str:
        deciding.publish(unit.session(), current_actor(), public_id, seen=data["seen"])
        return _("产品已发布，企业现在可以看到。")

    return _decide(public_id, DecisionForm, step)


@blueprint.post("/lender/products/<public_id>/suspend")
def suspend(public_id: str) -> ResponseReturnValue:
    """Take no applications for now."""

    def step(data: dict[str, Any]) -> str:
        deciding.suspend(unit.session(), current_actor(), public_id, data["reason"])
        return _("产品已暂停受理。")

    return _decide(public_id, ReasonForm, step)


@blueprint.post("/lender/products/<public_id>/resume")
def resume(public_id: str) -> ResponseReturnValue:
    """Take applications again."""
    deciding.resume(unit.session(), current_actor(), public_id)
    flash(_("产品已恢复受理。"), "success")
    return _back(public_id)


@blueprint.post("/lender/products/<public_id>/retire")
def retire(public_id: str) -> ResponseReturnValue:
    """Take the product off the platform for good."""

    def step(data: dict[str, Any]) -> str:
        deciding.retire(unit.session(), current_actor(), public_id, data["reason"])
        return _("产品已下架。")

    return _decide(public_id, ReasonForm, step)


def _decide(
    public_id: str, schema: type[Schema], step: Callable[[dict[str, Any]], str]
) -> ResponseReturnValue:
    form = Form.from_request(schema)
    if not form.validate():
        return product_page(public_id, sent=form)
    flash(step(form.data), "success")
    return _back(public_id)


def _complain(public_id: str, error: InvalidInput) -> ResponseReturnValue:
    """Go back to the page with what is missing; nothing was changed."""
    for words in (words for several in error.fields.values() for words in several):
        flash(say(words), "danger")
    return _back(public_id)


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("lender_products.product", public_id=public_id))
