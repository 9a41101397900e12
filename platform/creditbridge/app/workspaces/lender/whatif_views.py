"""What-if of a product: the page beside the editor, and the same figures as JSON while a threshold is moved.

Both are read: nothing of the product changes. That it was asked, and what was shown, is kept in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Actor
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.values import say_code, say_number
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.charts import LineChart
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.store import unit
from lenders.admission.sentence import criterion_sentence
from lenders.admission.tree import Criterion, Test
from lenders.products import thresholds
from matching.index.profile import DIMENSION_WORDS, Dimension, value_words
from matching.lines.dimensions import Dimension as LineDimension
from matching.lines.dimensions import Selection
from matching.tracking import service as tracking
from matching.whatif import service as whatif
from matching.whatif.asking import LEFT_OUT, MOVABLE, is_of_firm, typed
from matching.whatif.protecting import Figures, salt_of
from matching.whatif.service import Answer, Asked, Missed

blueprint = Blueprint("whatif", __name__, template_folder="templates")

AUDITED = (Dimension.SIZE, Dimension.AGE, Dimension.SECTION)


@blueprint.get("/lender/products/<public_id>/what-if")
def page(public_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    asked = whatif.asked_of(session, actor, public_id)
    problems: Mapping[str, Sequence[Words]] = {}
    try:
        answer = _asked(asked, actor)
    except InvalidInput as error:
        problems = error.fields
        answer = whatif.ask(session, unit.database(), actor, asked, {}, curve_of=None, salt=_salt())
    report = whatif.report(session, actor, asked, answer.moves, salt=_salt())
    shown = render_template(
        "whatif/page.html",
        asked=asked,
        rows=_rows(asked, answer, problems),
        answer=answer,
        breakdown=_breakdown(answer),
        curve=_chart(asked, answer),
        missed=[_missed(row) for row in report.missed],
        overlap=report.overlap,
        outcomes=_outcomes(actor, asked),
        exact=actor.is_platform,
        problems=problems,
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
    return jsonify(whatif.as_json(told))


def _asked(asked: Asked, actor: Actor) -> Answer:
    typed_ones = {name[2:]: text for name, text in request.args.items() if name.startswith("t-")}
    return whatif.ask(
        unit.session(),
        unit.database(),
        actor,
        asked,
        typed_ones,
        curve_of=request.args.get("curve") or None,
        salt=_salt(),
    )


def _salt() -> int:
    return salt_of(str(current_app.config["SECRET_KEY"]))


def _rows(asked: Asked, answer: Answer, problems: Mapping[str, Sequence[Words]]) -> list[dict[str, Any]]:
    """The criteria with what may be typed for each; the threshold typed last stays in its place."""
    return [_row(criterion, answer, problems.get(criterion.id, ())) for criterion in asked.tree.criteria()]


def _row(criterion: Criterion, answer: Answer, wrong: Sequence[Words]) -> dict[str, Any]:
    test, fact = criterion.test, catalogue()[criterion.test.fact]
    moved = answer.moves.get(criterion.id, test)
    grades = fact.scale.grades if fact.scale and test.operator in MOVABLE else {}
    return {
        "id": criterion.id,
        "sentence": criterion_sentence(criterion),
        "movable": test.operator in MOVABLE and is_of_firm(criterion),
        "curved": test.operator in MOVABLE and is_of_firm(criterion) and not isinstance(test.value, tuple),
        "value": request.args.get(f"t-{criterion.id}") if wrong else _typed(moved),
        "original": typed(test) if test.operator in MOVABLE else "",
        "left_out": moved is None,
        "unit": thresholds.unit_of(fact),
        "grades": list(grades.items()),
        "wrong": wrong,
        "of_firm": is_of_firm(criterion),
    }


def _typed(test: Test | None) -> str:
    return LEFT_OUT if test is None else typed(test) if test.operator in MOVABLE else ""


def _breakdown(answer: Answer) -> list[dict[str, Any]]:
    """For each dimension the values that anybody has, now and as moved."""
    found = []
    for dimension in Dimension:
        now, moved = answer.now.eligible.by[dimension], answer.moved.eligible.by[dimension]
        rows = [
            {
                "key": f"{dimension.value}:{value}",
                "label": value_words(dimension, value),
                "now": now.get(value),
                "moved": moved.get(value),
            }
            for value in dict.fromkeys((*now, *moved))
        ]
        found.append({"words": DIMENSION_WORDS[dimension], "rows": rows})
    return found


def _chart(asked: Asked, answer: Answer) -> LineChart | None:
    name = request.args.get("curve")
    if not answer.curve or not name:
        return None
    criterion = next(one for one in asked.tree.criteria() if one.id == name)
    points = [(_said(criterion.test, value), figure) for value, figure in answer.curve]
    return LineChart(
        _("门槛变化时的符合企业数"),
        points,
        label_heading=say(catalogue()[criterion.test.fact].name),
        value_heading=_("符合企业数"),
    )


def _said(test: Test, value: int | str) -> Words:
    fact = catalogue()[test.fact]
    return say_number(fact, value) if isinstance(value, int) else say_code(fact, value)


def _missed(row: Missed) -> dict[str, Any]:
    return {
        "sentence": criterion_sentence(row.criterion),
        "failing": row.failing.total,
        "lacking": row.lacking,
        "audit": [(DIMENSION_WORDS[each], _those(row.failing, each)) for each in AUDITED],
    }


def _those(figures: Figures, dimension: Dimension) -> list[tuple[Words, int]]:
    """The values of which enough firms are kept out to be shown."""
    return [(value_words(dimension, value), n) for value, n in figures.by[dimension].items() if n]


def _outcomes(actor: Actor, asked: Asked) -> list[dict[str, Any]]:
    """What became of the lender's own grants, by the firm's grade at the grant."""
    wanted = Selection(picked={LineDimension.PRODUCT: asked.public_id})
    return [
        {"grade": row.words, "figures": row.figures}
        for row in tracking.report(unit.session(), actor, LineDimension.GRADE, wanted).rows
    ]
