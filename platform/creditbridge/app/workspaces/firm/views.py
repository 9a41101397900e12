"""The firm workspace: my firm on one screen, and the products it matches."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from creditbridge.access import throttle
from creditbridge.access.guard import current_actor
from creditbridge.app.workspaces.explaining import EXPLAINING
from creditbridge.app.workspaces.firm.one_screen import one_screen, ranked_matches
from creditbridge.app.workspaces.firm.schemas import MatchesSchema
from creditbridge.app.workspaces.links import notice_link, report_link
from creditbridge.kernel.errors import Throttled
from creditbridge.labels import service as labels_service
from creditbridge.labels import showing as labels_showing
from creditbridge.labels.rules import Viewer
from creditbridge.pages.forms import Form
from creditbridge.pages.tables import asked_position, query_url
from creditbridge.registry import regions
from creditbridge.registry.readings import ENTITY_KIND_WORDS, FIRM_STATUS_WORDS, EntityKind, FirmStatus
from creditbridge.runs import portrait_showing
from creditbridge.store import unit
from lenders.browsing.schemas import purposes
from lenders.products.rules import GUARANTEE_TYPE_WORDS
from matching.applications.rules import (
    APPLICATION_STATE_WORDS,
    SUBMISSION_STATE_TONES,
    SUBMISSION_STATE_WORDS,
)
from matching.eligibility.rules import Verdict
from matching.needs.searches import Wanted, note_unmet
from matching.ranking.rules import Need
from matching.ranking.service import RankedMatch, by_verdict

if TYPE_CHECKING:
    from creditbridge.registry.model import Firm

blueprint = Blueprint("firm_workspace", __name__, template_folder="templates")
LISTED = 20
"""So many products of a group stand on one page; a city may have a thousand."""
NOTED_A_DAY = 100
"""How many searches of a firm are noted as demand in a day."""


@blueprint.get("/firm")
def my_firm() -> ResponseReturnValue:
    """The firm on one screen; before the claim is verified, what to do first."""
    session, actor = unit.session(), current_actor()
    firm = claims.firm_or_none(session, actor)
    if firm is None:
        return render_template("firm_workspace/no_firm.html")
    return render_template(
        "firm_workspace/my_firm.html",
        screen=one_screen(session, actor, firm),
        credit=portrait_showing.summary(session, firm),
        status=FirmStatus(firm.status),
        status_words=FIRM_STATUS_WORDS[FirmStatus(firm.status)],
        kind_words=ENTITY_KIND_WORDS[EntityKind(firm.entity_kind)],
        region=regions.region_name(firm.region_code) if firm.region_code else None,
        explaining=EXPLAINING,
        verdicts=list(Verdict),
        report_link=report_link,
        notice_link=notice_link,
        application_words={state.value: words for state, words in APPLICATION_STATE_WORDS.items()},
        submission_words={state.value: words for state, words in SUBMISSION_STATE_WORDS.items()},
        submission_tones={state.value: tone for state, tone in SUBMISSION_STATE_TONES.items()},
    )


@blueprint.get("/firm/matches")
def matches() -> ResponseReturnValue:
    """Every product in three groups, each opening to its conditions; the need in the address orders them anew."""
    session, actor = unit.session(), current_actor()
    firm = claims.firm_or_none(session, actor)
    if firm is None:
        return render_template("firm_workspace/no_firm.html")
    form = Form.from_query(MatchesSchema)
    asked = form.data if form.validate() else {}
    need, group = Need(asked.get("amount"), asked.get("term")), asked.get("group")
    ranked = ranked_matches(session, firm, need, asked.get("purpose"))
    if asked.keys() - {"group"} and not any(_answers(row, need) for row in ranked):
        # Statistics of demand, without the firm; nothing of the business changes.
        _note_unmet(firm, Wanted(need.amount_fen, need.term_months, asked.get("purpose")))
    groups, start = by_verdict(ranked), (asked_position() or 0) if group else 0
    body = render_template(
        "firm_workspace/matches.html",
        firm=firm,
        form=form,
        groups=groups,
        group=group,
        listed={
            verdict: rows[start : start + LISTED]
            for verdict, rows in groups.items()
            if group in (None, verdict)
        },
        previous=max(start - LISTED, 0) if start else None,
        following=start + LISTED if group and start + LISTED < len(groups[group]) else None,
        query_url=query_url,
        total=len(ranked),
        purposes=purposes(),
        explaining=EXPLAINING,
        guarantee_words=GUARANTEE_TYPE_WORDS,
    )
    return body, form.status


@blueprint.get("/firm/labels")
def labels() -> ResponseReturnValue:
    """The firm's own labels with what they rest on; internal ones are not shown."""
    session, actor = unit.session(), current_actor()
    firm = claims.firm_or_none(session, actor)
    if firm is None:
        return render_template("firm_workspace/no_firm.html")
    found = labels_service.labels_of_firm(session, firm.id, Viewer.FIRM)
    page = labels_showing.firm_page(firm, found, Viewer.FIRM)
    return render_template("firm_workspace/labels.html", **page)


def _note_unmet(firm: Firm, wanted: Wanted) -> None:
    """Note a search that nothing answered, so many of a firm in a day: a script must not make up demand."""
    with suppress(Throttled):
        throttle.take(
            unit.database(), "unmet_search", firm.public_id, limit=NOTED_A_DAY, window=timedelta(days=1)
        )
        with unit.database().write() as writing:
            note_unmet(writing, firm, wanted)


def _answers(row: RankedMatch, need: Need) -> bool:
    """Whether a product is open to the firm for the amount it looks for."""
    if row.match.verdict is not Verdict.ELIGIBLE or not row.match.takes_applications:
        return False
    terms, wanted = row.match.product.terms, need.amount_fen
    return wanted is None or (
        (terms.amount_min_fen or 0) <= wanted
        and (terms.amount_max_fen is None or wanted <= terms.amount_max_fen)
    )
