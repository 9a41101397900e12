"""The integration page of a lender: tokens and documents, endpoints, deliveries with their tries, replay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import DomainError, InvalidInput, RuleRefused
from creditbridge.outbound import service as outbound
from creditbridge.outbound.rules import AddressRefused
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.store import unit
from creditbridge.webhooks import deliveries, endpoints
from creditbridge.webhooks.endpoints import Wish
from creditbridge.webhooks.rules import (
    DELIVERY_TONES,
    DELIVERY_WORDS,
    ENDPOINT_TONES,
    ENDPOINT_WORDS,
    EVENT_WORDS,
    OLD_SECRET_KEPT,
    DeliveryState,
    Event,
)
from creditbridge.webhooks.schemas import CHOICES, EndpointForm
from creditbridge.webhooks.showing import attempt_rows, event_words, last_answer

if TYPE_CHECKING:
    from creditbridge.webhooks.model import WebhookEndpoint

blueprint = Blueprint("integration", __name__, template_folder="templates")


@blueprint.get("/integration")
def overview() -> ResponseReturnValue:
    """Everything about how a lender's systems work with the platform."""
    session, actor = unit.session(), current_actor()
    state = _asked_state()
    rows, cursor = deliveries.of_organisation(session, actor, state=state, cursor=asked_position())
    return render_template(
        "webhooks/integration.html",
        endpoints=endpoints.of_organisation(session, actor),
        may_keep=endpoints.may_keep(actor),
        endpoint_words=ENDPOINT_WORDS,
        endpoint_tones=ENDPOINT_TONES,
        event_words=EVENT_WORDS,
        table=_delivery_table(rows, cursor),
        tabs=_state_tabs(state),
    )


@blueprint.route("/integration/endpoints/new", methods=["GET", "POST"])
def new_endpoint() -> ResponseReturnValue:
    actor = current_actor()
    form = Form.from_request(EndpointForm) if request.method == "POST" else Form(EndpointForm)
    if request.method == "POST" and form.validate():
        try:
            wish = _checked_wish(form)
            made, secret = endpoints.add(unit.session(), actor, wish)
        except DomainError as error:
            form.add_error(error)
        else:
            return _show_secret(made, secret)
    return render_template(
        "webhooks/endpoint_form.html", form=form, endpoint=None, choices=CHOICES
    ), form.status


@blueprint.get("/integration/endpoints/<endpoint_id>")
def endpoint(endpoint_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    found = endpoints.endpoint_of(session, actor, endpoint_id)
    rows, cursor = deliveries.of_organisation(
        session, actor, endpoint_id=found.id, state=_asked_state(), cursor=asked_position()
    )
    return render_template(
        "webhooks/endpoint.html",
        endpoint=found,
        events=[EVENT_WORDS[Event(event)] for event in found.events],
        may_keep=endpoints.may_keep(actor),
        endpoint_words=ENDPOINT_WORDS,
        endpoint_tones=ENDPOINT_TONES,
        table=_delivery_table(rows, cursor),
        tabs=_state_tabs(_asked_state(), endpoint_id=endpoint_id),
    )


@blueprint.route("/integration/endpoints/<endpoint_id>/edit", methods=["GET", "POST"])
def edit_endpoint(endpoint_id: str) -> ResponseReturnValue:
    actor = current_actor()
    found = endpoints.endpoint_of(unit.session(), actor, endpoint_id)
    if request.method == "GET":
        held = {"url": found.url, "name": found.name, "events": [Event(event) for event in found.events]}
        form = Form(EndpointForm, held)
    else:
        form = Form.from_request(EndpointForm)
        if form.validate():
            try:
                wish = _checked_wish(form)
                endpoints.change(unit.session(), actor, endpoint_id, wish)
            except DomainError as error:
                form.add_error(error)
            else:
                flash(_("接收地址已保存。"), "success")
                return redirect(url_for("integration.endpoint", endpoint_id=endpoint_id))
    return render_template(
        "webhooks/endpoint_form.html", form=form, endpoint=found, choices=CHOICES
    ), form.status


@blueprint.post("/integration/endpoints/<endpoint_id>/rotate")
def rotate_secret(endpoint_id: str) -> ResponseReturnValue:
    found, secret = endpoints.rotate(unit.session(), current_actor(), endpoint_id)
    return _show_secret(found, secret)


@blueprint.post("/integration/endpoints/<endpoint_id>/pause")
def pause_endpoint(endpoint_id: str) -> ResponseReturnValue:
    endpoints.take_step(unit.session(), current_actor(), endpoint_id, "pause")
    flash(_("已暂停推送，期间的消息会在恢复后补发。"), "success")
    return redirect(url_for("integration.endpoint", endpoint_id=endpoint_id))


@blueprint.post("/integration/endpoints/<endpoint_id>/resume")
def resume_endpoint(endpoint_id: str) -> ResponseReturnValue:
    endpoints.take_step(unit.session(), current_actor(), endpoint_id, "resume")
    flash(_("已恢复推送。"), "success")
    return redirect(url_for("integration.endpoint", endpoint_id=endpoint_id))


@blueprint.post("/integration/endpoints/<endpoint_id>/remove")
def remove_endpoint(endpoint_id: str) -> ResponseReturnValue:
    endpoints.take_step(unit.session(), current_actor(), endpoint_id, "remove")
    flash(_("接收地址已移除。"), "success")
    return redirect(url_for("integration.overview"))


@blueprint.post("/integration/endpoints/<endpoint_id>/test")
def test_endpoint(endpoint_id: str) -> ResponseReturnValue:
    try:
        endpoints.send_test(unit.session(), current_actor(), endpoint_id)
    except RuleRefused as refusal:
        unit.abandon()
        flash(say(refusal.words), "warning")
    else:
        flash(_("测试消息已提交，结果见下方推送记录。"), "success")
    return redirect(url_for("integration.endpoint", endpoint_id=endpoint_id))


@blueprint.get("/integration/deliveries/<delivery_id>")
def delivery(delivery_id: str) -> ResponseReturnValue:
    actor = current_actor()
    found = deliveries.delivery_of(unit.session(), actor, delivery_id)
    return render_template(
        "webhooks/delivery.html",
        delivery=found,
        state_words=DELIVERY_WORDS[found.state_now],
        tone=DELIVERY_TONES[found.state_now],
        event_words=event_words(found),
        body=json.dumps(json.loads(found.message.body), ensure_ascii=False, indent=2),
        attempts=attempt_rows(found),
        may_replay=endpoints.may_keep(actor) and found.ended_at is not None,
    )


@blueprint.post("/integration/deliveries/<delivery_id>/replay")
def replay(delivery_id: str) -> ResponseReturnValue:
    deliveries.replay(unit.session(), current_actor(), delivery_id)
    flash(_("已提交重新发送。"), "success")
    return redirect(url_for("integration.delivery", delivery_id=delivery_id))


def _checked_wish(form: Form) -> Wish:
    """The form's wish, its address tested. A name is looked up, so no transaction may be open meanwhile."""
    unit.abandon()
    try:
        outbound.check(form.data["url"])
    except AddressRefused as error:
        raise InvalidInput({"url": [error.words]}) from error
    return Wish(form.data["url"], form.data["name"], form.data["events"])


def _show_secret(found: WebhookEndpoint, secret: str) -> ResponseReturnValue:
    """The secret stands on this one answer only."""
    hours = int(OLD_SECRET_KEPT.total_seconds() // 3600)
    return render_template("webhooks/secret.html", endpoint=found, secret=secret, hours=hours)


def _asked_state() -> DeliveryState | None:
    wish = request.args.get("state", "")
    return DeliveryState(wish) if wish in list(DeliveryState) else None


def _state_tabs(state: DeliveryState | None, **values: Any) -> list[tuple[Any, str, bool]]:
    where = request.endpoint or "integration.overview"
    every = (_("全部"), url_for(where, **values), state is None)
    return [
        every,
        *(
            (words, url_for(where, state=each.value, **values), each is state)
            for each, words in DELIVERY_WORDS.items()
        ),
    ]


def _delivery_table(rows: Any, cursor: int | None) -> Table:
    return Table(
        columns=[
            Column("created_at", _("时间"), kind="moment"),
            Column(
                "event",
                _("事件"),
                value=lambda row: say(event_words(row)),
                href=lambda row: url_for("integration.delivery", delivery_id=row.public_id),
            ),
            Column("endpoint", _("接收地址"), value=lambda row: row.endpoint.name or row.endpoint.url),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: DELIVERY_WORDS[row.state_now],
                tone=lambda row: DELIVERY_TONES[row.state_now],
            ),
            Column("tries", _("尝试次数"), kind="number", value=lambda row: len(row.attempts)),
            Column("answer", _("最近结果"), value=last_answer),
            Column("next_try_at", _("下次尝试"), kind="moment"),
        ],
        rows=rows,
        caption=_("推送记录"),
        empty=Empty(_("没有推送记录"), _("设置接收地址后，发生的事件会推送到贵机构的系统。")),
        next_cursor=str(cursor) if cursor else None,
    )
