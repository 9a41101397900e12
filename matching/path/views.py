"""The firm's pages of paths: to one product, to most products, and the calendar."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from borrowers.reported_facts.rules import groups
from creditbridge.access.guard import current_actor
from creditbridge.facts.actions import ACTION_KIND_WORDS, Action, ActionKind, fact_actions
from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.store import unit
from lenders.admission.sentence import criterion_sentence
from lenders.admission.tree import Criterion
from lenders.browsing.rules import loan_facts
from lenders.browsing.schemas import LoanSchema
from lenders.products import service as products
from matching.path import service

blueprint = Blueprint("firm_paths", __name__, template_folder="templates")
_TOLD = frozenset({ActionKind.REPORT, ActionKind.REFRESH})


class Showing:
    """What templates ask about actions and criteria; one object so that macros need one argument."""

    def kind(self, action: Action) -> Words:
        return ACTION_KIND_WORDS[action.kind]

    def report_url(self, action: Action) -> str | None:
        """Where the firm supplies the fact that an action tells."""
        if action.kind not in _TOLD:
            return None
        for code, group in groups().items():
            if any(row.code == action.slot for row in group.facts):
                return url_for("reported_facts.group", code=code.value, _anchor=f"f-{action.slot}")
        return None

    def sentence(self, criterion: Criterion) -> Words:
        return criterion_sentence(criterion)

    def why_not(self, criterion: Criterion) -> Words | None:
        """Why nothing can be done about what a criterion asks."""
        row = fact_actions().get(criterion.test.fact)
        return row.why_not if row else None

    def names(self, codes: tuple[str, ...]) -> list[Words]:
        return [catalogue()[code].name for code in codes]


SHOWING = Showing()


@blueprint.get("/firm/paths")
def index() -> ResponseReturnValue:
    """Every product the firm does not qualify for, nearest first, and what opens most of them."""
    session, actor = unit.session(), current_actor()
    firm = claims.firm_or_none(session, actor)
    if firm is None:
        return render_template("firm_workspace/no_firm.html")
    overview = service.overview(session, firm.id)
    return render_template("path/index.html", firm=firm, overview=overview, showing=SHOWING)


@blueprint.get("/firm/paths/<product_id>")
def product(product_id: str) -> ResponseReturnValue:
    """The ways to one product, best first, each step with its date; the loan asked for may stand in the address."""
    session, actor = unit.session(), current_actor()
    firm = claims.firm_of(session, actor)
    found = products.published_product(session, product_id)
    form, asked = _asked()
    beside = loan_facts(asked.get("amount"), asked.get("term"), asked.get("purpose"), clock.today())
    paths = service.paths_to(session, firm.id, found, beside=beside)
    body = render_template(
        "path/product.html",
        firm=firm,
        product=found,
        paths=paths,
        form=form,
        asked={key: form.value(key) for key in ("amount", "term", "purpose") if form.value(key)},
        showing=SHOWING,
    )
    return body, form.status


@blueprint.get("/firm/calendar")
def calendar() -> ResponseReturnValue:
    """On which dates which products open, by themselves or after one thing."""
    session, actor = unit.session(), current_actor()
    firm = claims.firm_or_none(session, actor)
    if firm is None:
        return render_template("firm_workspace/no_firm.html")
    entries = service.calendar(session, firm.id)
    return render_template("path/calendar.html", firm=firm, entries=entries, showing=SHOWING)


def _asked() -> tuple[Form, dict[str, Any]]:
    form = Form.from_query(LoanSchema)
    return form, form.data if form.validate() else {}
