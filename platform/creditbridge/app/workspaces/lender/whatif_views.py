"""What-if of a product: a page of its own, its figures as JSON, and those of what is not saved yet in the editor.

All are read: nothing of the product changes. That it was asked, and what was shown, is kept in a transaction of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Actor
from creditbridge.app.workspaces.lender.whatif_showing import (
    earlier_table,
    figures_of,
    problems_of,
    rows_of,
    stops_of,
)
from creditbridge.kernel.errors import InvalidInput, Throttled
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import say
from creditbridge.store import unit
from lenders.products.editing import Unsaved, read_unsaved, warnings
from lenders.products.rules import ApplicantKind
from lenders.products.schemas import RuleForm
from matching.whatif import service as whatif
from matching.whatif.asking import is_of_firm
from matching.whatif.configured import protection
from matching.whatif.service import Answer, Asked

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint("whatif", __name__, template_folder="templates")

_FOR_PERSONS = Words(
    "面向个人的产品不参与企业匹配，没有测算结果。",
    "A product for natural persons is not matched to firms, so there is nothing to count.",
)
_ROW = re.compile(r"criteria-([0-9]{1,4})")
_ROW_NAME = re.compile(r"criteria-([0-9]{1,4})-")


@blueprint.get("/lender/products/<public_id>/what-if")
def page(public_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    asked = whatif.asked_of(session, actor, public_id)
    problems: Mapping[str, Sequence[Words]] = {}
    try:
        answer = _asked(asked, actor)
    except InvalidInput as error:
        problems = error.fields
        answer = whatif.ask(
            session, unit.database(), actor, asked, {}, curve_of=None, protection=protection()
        )
    shown = render_template(
        "whatif/page.html",
        rows=rows_of(asked, answer, request.args, problems),
        problems=problems,
        earlier=earlier_table(session, actor, asked),
        **figures_of(session, actor, asked, answer, request.args.get("curve")),
    )
    return shown, 422 if problems else 200


@blueprint.get("/lender/products/<public_id>/what-if/figures")
def answer(public_id: str) -> ResponseReturnValue:
    """The figures alone, for the page's script."""
    actor = current_actor()
    asked = whatif.asked_of(unit.session(), actor, public_id)
    try:
        told = _asked(asked, actor)
    except InvalidInput as error:
        problems = {name: [say(words) for words in several] for name, several in error.fields.items()}
        return jsonify(problems=problems), 422
    except Throttled as error:
        return jsonify(problems={"limit": [say(error.words)]}), 429, {"Retry-After": str(error.retry_after)}
    return jsonify(whatif.as_json(told))


@blueprint.post("/lender/products/<public_id>/what-if/unsaved")
def unsaved(public_id: str) -> ResponseReturnValue:
    """The figures of a product's rule as it stands in the editor."""
    return _unsaved(public_id)


@blueprint.post("/lender/products/new/what-if")
def unsaved_new() -> ResponseReturnValue:
    """The figures of a rule in the editor of a product that was never saved."""
    return _unsaved(None)


def _unsaved(public_id: str | None) -> ResponseReturnValue:
    """The editor's rule counted: the part of a page that its script puts in place, or a page without the script."""
    actor = current_actor()
    # The form was sent, but nothing is written with it: the writer's place in the queue is free for others meanwhile.
    unit.abandon()
    part = bool(request.args.get("part"))
    template = "whatif/unsaved_part.html" if part else "whatif/unsaved_page.html"
    try:
        with unit.database().read() as session:
            asked = (
                whatif.asked_of_new(session, actor)
                if public_id is None
                else whatif.asked_of(session, actor, public_id)
            )
            shown = _of_editor(session, actor, asked)
            return render_template(template, **shown)
    except (InvalidInput, Throttled) as error:
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Throttled) else {}
        # A rule is half written most of the time it is written: to the script that asks along, saying so is the answer.
        status = 429 if isinstance(error, Throttled) else 200 if part else 422
        return render_template(template, refused=problems_of(error)), status, headers


def _of_editor(session: Session, actor: Actor, asked: Asked) -> dict[str, Any]:
    """What is shown of the rule in the editor.

    Raises:
        InvalidInput: it cannot be read, or is for natural persons.
        Throttled: the lender has asked as much as it may in a day.
    """
    if request.form.get("applicant_kind") == ApplicantKind.NATURAL_PERSON.value:
        raise InvalidInput({"": [_FOR_PERSONS]})
    typed_rule = _typed_rule()
    curved = typed_rule.criterion_at(_row_asked())
    told = whatif.ask_unsaved(
        session,
        unit.database().write_together,
        actor,
        asked,
        typed_rule.tree,
        regions=typed_rule.regions,
        curve_of=curved.id if curved is not None and is_of_firm(curved) else None,
        protection=protection(),
    )
    return {
        **figures_of(session, actor, asked, told, curved.id if curved else None),
        "warnings": warnings(told.rule),
        "stops": stops_of(curved, told),
        "row": request.form.get("curve", ""),
    }


def _typed_rule() -> Unsaved:
    """The rule and the regions in the sent form; rows nobody has begun to fill are left out.

    Raises:
        InvalidInput: by the form's fields.
    """
    form = Form.decode(RuleForm, MultiDict(_rule_pairs()))
    if not form.validate():
        raise InvalidInput(form.errors)
    return read_unsaved(form.data, request.form.get("regions", ""))


def _rule_pairs() -> list[tuple[str, str]]:
    known = RuleForm().fields
    return [
        (name, text)
        for name, text in request.form.items(multi=True)
        if name in known or name.startswith("criteria-")
    ]


def _row_asked() -> int:
    """Which of the begun rows the curve is asked of; -1 for none."""
    found = _ROW.fullmatch(request.form.get("curve", ""))
    if found is None:
        return -1
    named = (_ROW_NAME.match(name) for name in request.form)
    begun = [
        place
        for place in sorted({int(row[1]) for row in named if row is not None})
        if request.form.get(f"criteria-{place}-fact") or request.form.get(f"criteria-{place}-json")
    ]
    return begun.index(int(found[1])) if int(found[1]) in begun else -1


def _asked(asked: Asked, actor: Actor) -> Answer:
    typed_ones = {name[2:]: text for name, text in request.args.items() if name.startswith("t-")}
    return whatif.ask(
        unit.session(),
        unit.database(),
        actor,
        asked,
        typed_ones,
        curve_of=request.args.get("curve") or None,
        protection=protection(),
    )
