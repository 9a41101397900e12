"""The lender's pages of needs: firms without their names, answers, and the firm once it has revealed itself."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rights import REVIEWER
from creditbridge.disclosure import door
from creditbridge.disclosure.door import DisclosedFirm
from creditbridge.disclosure.rules import Purpose
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import SOURCE_WORDS
from creditbridge.facts.values import say_value
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError, NotAllowed, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import asked_position
from creditbridge.store import unit
from matching.conflicts import service as conflicts
from matching.needs import answering, lookup
from matching.needs.model import NeedLender
from matching.needs.revealing import SCOPES, WHY
from matching.needs.rules import PartState
from matching.needs.schemas import AnswerForm, DeclineForm, indication_of
from matching.needs.showing import WORDS, firm_lines, purpose_words

blueprint = Blueprint("lender_needs", __name__, template_folder="templates")
NAMED = (PartState.REVEALED, PartState.MATCHED)


@blueprint.get("/lender/needs")
def index() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    everything = request.args.get("show") == "all"
    rows, cursor = lookup.parts_of_lender(session, actor, open_only=not everything, cursor=asked_position())
    return render_template(
        "needs/lender_list.html",
        rows=sorted(rows, key=lambda part: not part.suggested),
        waiting=lookup.waiting_of_lender(session, actor),
        everything=everything,
        next_url=_next(cursor, everything=everything),
        lines_of=firm_lines,
        purpose_of=purpose_words,
        **WORDS,
    )


@blueprint.get("/lender/needs/<need_id>")
def show(need_id: str) -> ResponseReturnValue:
    return _page(need_id, None, None)


@blueprint.post("/lender/needs/<need_id>/respond")
def respond(need_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    lookup.part_of_lender(session, actor, need_id)
    form = Form.from_request(AnswerForm)
    if form.validate():
        try:
            answering.respond(session, actor, need_id, indication_of(form.data))
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("已回应，企业会收到通知。"), "success")
            return redirect(url_for("lender_needs.show", need_id=need_id))
    return _page(need_id, form, None)


@blueprint.post("/lender/needs/<need_id>/decline")
def decline(need_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    lookup.part_of_lender(session, actor, need_id)
    form = Form.from_request(DeclineForm)
    if form.validate():
        try:
            answering.decline(session, actor, need_id, message=form.data["message"])
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("已记录为无意向。"), "success")
            return redirect(url_for("lender_needs.show", need_id=need_id))
    return _page(need_id, None, form)


def _page(need_id: str, answer: Form | None, refusal: Form | None) -> ResponseReturnValue:
    actor = current_actor()
    unit.abandon()  # a refused answer's unit would hold up the look, which has one of its own
    with unit.database().read() as session:
        shown, refused = _look(lookup.part_of_lender(session, actor, need_id))
    session = unit.session()
    part = lookup.part_of_lender(session, actor, need_id)
    begin = {
        "offer_amount_fen": part.need.amount_fen,
        "offer_term_months": part.need.term_months,
    }
    body = render_template(
        "needs/lender_need.html",
        part=part,
        need=part.need,
        lines=firm_lines(part.need),
        purpose=purpose_words(part.need.purpose),
        shown=shown,
        refused=refused,
        known=_facts(shown) if shown else [],
        may_answer=actor.role in REVIEWER and clock.today() <= (part.need.respond_by or clock.today()),
        answer_form=answer or Form(AnswerForm, begin),
        decline_form=refusal or Form(DeclineForm),
        **WORDS,
    )
    return body, answer.status if answer else refusal.status if refusal else 200


def _next(cursor: int | None, *, everything: bool) -> str | None:
    if cursor is None:
        return None
    return url_for("lender_needs.index", cursor=cursor, show="all" if everything else None)


def _look(part: NeedLender) -> tuple[DisclosedFirm | None, Words | None]:
    """The firm through the door, once it revealed itself and while its consent lives; not for who has an interest in it."""
    if part.state_now not in NAMED:
        return None, None
    try:
        with unit.database().read() as session:
            conflicts.check(session, current_actor(), part.need.firm_id, phones=(part.need.contact_phone,))
        shown = door.look(
            unit.database(),
            current_actor(),
            part.need.firm_id,
            purpose=Purpose.PRE_LOAN,
            what=SCOPES,
            why=WHY,
            for_id=part.need.public_id,
        )
    except (NotAllowed, RuleRefused) as refusal:
        return None, refusal.words
    return shown, None


def _facts(shown: DisclosedFirm) -> list[tuple[Words, Words, Words]]:
    on = clock.today()
    return [
        (fact.name, say_value(fact, held.value, on), SOURCE_WORDS[held.source])
        for code, fact in catalogue().items()
        if (held := shown.facts.values.get(code)) is not None
    ]
