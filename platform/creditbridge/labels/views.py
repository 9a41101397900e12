"""The platform's pages of labels: the catalogue, one label with its firms, one firm with its labels."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.labels import counting, service, showing
from creditbridge.labels.catalogue import labels, vocabulary
from creditbridge.labels.index import Combination
from creditbridge.labels.rules import Viewer
from creditbridge.labels.saying import say_rule
from creditbridge.registry import service as registry
from creditbridge.store import unit

blueprint = Blueprint("labels", __name__, template_folder="templates")


@blueprint.get("/platform/labels")
def index() -> ResponseReturnValue:
    """Every label, filtered by words, category, nature and whether it is still given."""
    asked = {name: request.args.get(name, "") for name in ("category", "nature", "state")}
    found = showing.chosen(Viewer.PLATFORM, text=request.args.get("q", ""), **asked)
    counted = counting.current(unit.session())
    return render_template(
        "labels/index.html",
        table=showing.catalogue_table(found, counted),
        found=len(found),
        total=len(labels()),
        counted=counted,
        firms=counted.index.count(Combination()),
        categories=showing.category_choices(),
        natures=showing.nature_choices(),
    )


@blueprint.get("/platform/labels/catalogue/<code>")
def label(code: str) -> ResponseReturnValue:
    """One label: what it says, what it rests on, and which firms carry it."""
    known, session, words = service.label(code), unit.session(), vocabulary()
    wanted = Combination(all_of=(code,))
    counted = counting.current(session)
    total = counted.index.count(wanted)
    return render_template(
        "labels/label.html",
        label=known,
        rule=say_rule(known.rule),
        words=words,
        successor=labels().get(known.successor or ""),
        counted=counted,
        total=total,
        table=showing.firms_table(
            service.firms_of(session, wanted),
            total,
            viewer=Viewer.PLATFORM,
            export_url=url_for("label_combinations.export", all=code),
        ),
    )


@blueprint.get("/platform/labels/firms/<public_id>")
def firm(public_id: str) -> ResponseReturnValue:
    """All labels of one firm with their evidence, internal ones too."""
    session = unit.session()
    found = registry.firm(session, public_id)
    held = service.labels_of_firm(session, found.id, Viewer.PLATFORM)
    return render_template("labels/firm.html", **showing.firm_page(found, held, Viewer.PLATFORM))
