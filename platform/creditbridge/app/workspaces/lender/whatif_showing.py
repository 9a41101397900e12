"""What the pages of a what-if show: thresholds that can be moved, figures by dimension, curve, near misses, problems."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from creditbridge.access.rules import Actor
from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.values import say_code, say_number
from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.charts import LineChart
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from lenders.admission.sentence import comparison_sentence, criterion_sentence
from lenders.admission.tree import Criterion, Test
from lenders.products import thresholds
from matching.index.profile import DIMENSION_WORDS, Dimension, value_words
from matching.tracking import honesty
from matching.whatif import kept
from matching.whatif import service as whatif
from matching.whatif.asking import LEFT_OUT, MOVABLE, is_of_firm, typed
from matching.whatif.configured import protection
from matching.whatif.kept import Earlier
from matching.whatif.protecting import Figures
from matching.whatif.service import Answer, Asked, Missed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

AUDITED = (Dimension.SIZE, Dimension.AGE, Dimension.SECTION)


def figures_of(
    session: Session, actor: Actor, asked: Asked, told: Answer, curve_of: str | None
) -> dict[str, Any]:
    """What both pages show of an answer."""
    report = whatif.report(session, actor, asked, told.rule, salt=protection().salt)
    return {
        "asked": asked,
        "answer": told,
        "breakdown": _breakdown(told),
        "curve": _chart(told, curve_of),
        "missed": [_missed(row) for row in report.missed],
        "overlap": report.overlap,
        "outcomes": _outcomes(session, asked),
        "exact": actor.is_platform,
    }


def rows_of(
    asked: Asked, answer: Answer, typed_ones: Mapping[str, str], problems: Mapping[str, Sequence[Words]]
) -> list[dict[str, Any]]:
    """The criteria with what may be typed for each; the threshold typed last stays in its place."""
    return [
        _row(criterion, answer, typed_ones, problems.get(criterion.id, ()))
        for criterion in asked.tree.criteria()
    ]


def _row(
    criterion: Criterion, answer: Answer, typed_ones: Mapping[str, str], wrong: Sequence[Words]
) -> dict[str, Any]:
    test, fact = criterion.test, catalogue()[criterion.test.fact]
    moved = answer.moves.get(criterion.id, test)
    grades = fact.scale.grades if fact.scale and test.operator in MOVABLE else {}
    return {
        "id": criterion.id,
        "sentence": criterion_sentence(criterion),
        "movable": test.operator in MOVABLE and is_of_firm(criterion),
        "curved": test.operator in MOVABLE and is_of_firm(criterion) and not isinstance(test.value, tuple),
        "value": typed_ones.get(f"t-{criterion.id}", "") if wrong else _typed(moved),
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


def _chart(answer: Answer, name: str | None) -> LineChart | None:
    if not answer.curve or not name:
        return None
    criterion = next((one for one in answer.rule.criteria() if one.id == name), None)
    if criterion is None:
        return None
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


def _outcomes(session: Session, asked: Asked) -> list[honesty.GradeRow]:
    """What became of the product's own grants, by the firm's grade at the grant."""
    return [] if asked.product_id is None else honesty.by_grade(session, asked.product_id)


def earlier_table(session: Session, actor: Actor, asked: Asked) -> Table:
    """What was asked of the city about this product before."""
    criteria = {criterion.id: criterion for criterion in asked.tree.criteria()}
    return Table(
        columns=[
            Column("at", _("时间"), kind="moment"),
            Column("who", _("测算人"), note=(lambda row: row.organisation) if actor.is_platform else None),
            Column("version_number", _("版本"), kind="number"),
            Column("asked", _("测算内容"), value=lambda row: _asked_words(row, criteria)),
        ],
        rows=kept.asked_before(session, actor, asked),
        caption=_("之前的测算"),
        id="earlier",
        empty=Empty(_("还没有测算过"), _("调整一个门槛并测算后，记录列在这里。")),
    )


def _asked_words(earlier: Earlier, criteria: Mapping[str, Criterion]) -> str:
    parts = [] if earlier.conditions is None else [_("编辑中的条件，共 %(n)s 条", n=earlier.conditions)]
    for name, test in earlier.moved.items():
        if test is not None:
            parts.append(say(comparison_sentence(test)))
        elif name in criteria:
            parts.append(_("不设条件：%(words)s", words=say(criterion_sentence(criteria[name]))))
        else:
            parts.append(_("不设一项已删除的条件"))
    curved = criteria.get(earlier.curve_of or "")
    if curved is not None:
        parts.append(_("曲线：%(words)s", words=say(catalogue()[curved.test.fact].name)))
    return _("；").join(parts)


def stops_of(curved: Criterion | None, told: Answer) -> list[dict[str, Any]]:
    """The thresholds a slider stops at: as typed, in words, and how many qualify."""
    if curved is None:
        return []
    fact = catalogue()[curved.test.fact]
    return [
        {
            "typed": thresholds.show(fact, value)[0][0],
            "words": say(_said(curved.test, value)),
            "eligible": figure,
        }
        for value, figure in told.curve
    ]


def problems_of(error: DomainError) -> list[Words]:
    if isinstance(error, InvalidInput) and error.fields:
        return [_at(path, words) for path, several in error.fields.items() for words in several]
    return [error.words]


def _at(path: str, words: Words) -> Words:
    """What is wrong, with the number of the condition it is wrong in."""
    found = re.match(r"criteria\.([0-9]+)", path)
    if found is None:
        return words
    return Words("条件 {n}：{words}", "Condition {n}: {words}").fill(n=int(found[1]) + 1, words=words)
