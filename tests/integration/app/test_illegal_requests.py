"""Every act over HTTP, by page and API, on a thing in each state where the act is illegal: refused, and nothing written.

Which acts there are is found out from the routes (:mod:`tests.acting`): each is first taken where it is legal, by who
may and with a right body, so that afterwards the state alone is what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.exc import IntegrityError

from tests import acting
from tests.acting import CYCLE_OF, Act, Row
from tests.conftest import opened_database
from tests.stage import KEPT_BY_ASKING, KEPT_BY_LOOKING, Stage, opened_stage
from tests.watching import digest

pytestmark = pytest.mark.timeout(600)  # some 3,000 requests: half a minute, unless the machine is busy

IN_FLIGHT = frozenset({
    "submitted", "accepted", "under_review", "action_required", "pending_approval", "offered", "offer_accepted"
})  # fmt: skip
NOT_RETIRED = frozenset({"unpublished", "open", "suspended"})
SIGNED = frozenset({"active", "frozen", "expired", "terminated"})
OPEN_NEED = frozenset({"posted", "responded", "revealed"})
DRAFT = frozenset({"draft"})
LEGAL: dict[str, frozenset[str]] = {
    # submissions
    **dict.fromkeys(("lender_decisions.assign", "lender_decisions.transfer"), IN_FLIGHT),
    **dict.fromkeys(("api_review.assign", "api_review.transfer"), IN_FLIGHT),
    **dict.fromkeys(("firm_applications.name_conflict", "api_applications.name_conflict"), IN_FLIGHT),
    "firm_applications.rematch": frozenset({"rejected", "not_accepted"}),
    "api_applications.rematch": frozenset({"rejected", "not_accepted"}),
    # applications that are being written
    **{f"firm_applications.{name}": DRAFT for name in ("need", "products", "attach", "detach")},
    **{f"api_applications.{name}": DRAFT for name in ("save_need", "choose_products", "attach")},
    # lines and drawdowns
    **{f"{room}.{name}": frozenset({"active"}) for room in ("firm_drawdowns", "api_drawdowns") for name in ("request", "carry")},
    "lender_drawdowns.propose_limit": frozenset({"active", "frozen"}),
    "api_drawdowns.propose_limit": frozenset({"active", "frozen"}),
    "lender_lines.void": SIGNED | {"pending_signing", "cancelled"},  # a record that never should have been
    "lender_lines.balance": SIGNED,
    "api_lines.report_balance": SIGNED,
    "lender_drawdowns.pay": frozenset({"performing", "overdue"}),
    "api_drawdowns.pay": frozenset({"performing", "overdue"}),
    "lender_drawdowns.set_rate": frozenset({"performing", "overdue"}),
    "lender_drawdowns.propose_extension": frozenset({"performing"}),
    "lender_drawdowns.propose_rate": frozenset({"performing"}),
    # products
    "product_editor.edit": NOT_RETIRED | DRAFT,
    **{f"product_steps.{name}": NOT_RETIRED for name in ("start", "submit", "approve", "publish")},
    **{f"api_products.{name}": NOT_RETIRED for name in ("start_version", "save_draft", "submit", "approve", "publish")},
    # needs
    "firm_needs.edit": DRAFT,
    "api_needs.rewrite": DRAFT,
    "lender_needs.respond": OPEN_NEED,
    "api_needs.respond": OPEN_NEED,
    "lender_needs.decline": OPEN_NEED,
    "api_needs.decline": OPEN_NEED,
    "firm_needs.reveal": frozenset({"responded", "revealed"}),
    "api_needs.reveal": frozenset({"responded", "revealed"}),
    # the rest
    "platform_lenders.member_new": frozenset({"applied", "approved", "suspended"}),
    "integration.edit_endpoint": frozenset({"active", "paused"}),
    "integration.rotate_secret": frozenset({"active", "paused"}),
    "integration.test_endpoint": frozenset({"active", "paused"}),
    **dict.fromkeys(("scorecards.edit", "scorecards.upload"), DRAFT),
    "scorecards.trial": frozenset({"draft", "pending_approval"}),
}  # fmt: skip
"""Acts that are no step of the thing their address names, or more than one step: where they are legal all the same."""

IN_ANY_STATE = frozenset({
    # what is said about a submission, and about the firm, may be said after its end
    "lender_decisions.add_note", "lender_decisions.confirm_fact", "lender_decisions.refuse_fact",
    "lender_decisions.declare_conflict", "api_review.declare_conflict",
    # records of what was agreed are put right whenever an error is found
    "lender_lines.correct", "lender_line_support.record",
    # the firm may let its lender watch as long as anything is owed, after the line's end too
    "firm_monitoring.consent",
    # a product off the platform may still be asked about, and a draft of it thrown away or handed back
    "whatif.unsaved", "api_whatif.unsaved", "product_steps.discard", "product_steps.return_to_draft",
    "api_products.return_to_draft", "api_products.return_unpublished",
    # members of institutions and participants of schemes come and go; what is registered is put right at any time
    "platform_lenders.edit", "platform_lenders.member_edit", "platform_lenders.member_end",
    "platform_lenders.member_reset_link",
    "schemes.edit", "schemes.add_participant", "schemes.remove_participant",
})  # fmt: skip

SHOWN_AGAIN = frozenset({"lender_needs.respond", "lender_needs.decline"})
"""Pages that show the firm again beside the refusal: a look, which the door writes down."""

INCIDENTAL = frozenset({("offer", "lapse")})
"""Steps that an act makes of what lies beside where they are legal, and does without where they are not."""


@dataclass
class Tried:
    stage: Stage
    acts: Sequence[Act]
    never_taken: Sequence[str]


@pytest.fixture(scope="module")
def tried(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    compiled_templates: FileSystemBytecodeCache,
) -> Iterator[Tried]:
    folder = tmp_path_factory.mktemp("acts")
    with opened_database(request, folder) as database, opened_stage(database, folder) as stage:
        stage.app.jinja_env.bytecode_cache = compiled_templates
        acting.prepare(stage)
        acts, never = [], []
        with acting.rolled_back(), acting.listening() as heard:
            for requests in acting.requests(stage):
                act = acting.find_act(stage, heard, requests)
                if act is None and acting.rows_of(database, requests[0].values):
                    never += [requests[0].name] if acting.is_offered(stage, requests) else []
                elif act is not None and act.rows:
                    acts.append(act)
        yield Tried(stage, acts, never)


def illegal_states(act: Act, row: Row) -> Iterator[str]:
    """The states of a row in which an act must be refused."""
    name = act.request.address.endpoint
    steps = [step for step in act.steps[row] if (row.cycle.kind, step) not in INCIDENTAL]
    legal = {state.value for step in steps for state in row.cycle.steps[step].sources}
    if row.named:
        legal |= LEGAL.get(name, frozenset())
        if not legal:
            return
    elif not steps:
        return
    for state in row.cycle.words:
        if state.value not in legal:
            yield state.value


def test_every_route_that_names_something_with_a_life_cycle_is_tried(tried: Tried) -> None:
    assert tried.never_taken == []
    known = {row.model for act in tried.acts for row in act.rows if act.steps[row]}
    by_hand = {cycle.kind for model, cycle in CYCLE_OF.items() if model in known}
    assert by_hand >= {
        "submission", "offer", "credit_line", "drawdown", "amendment", "consent", "product", "product_version",
        "claim", "financing_need", "need_lender", "dispute", "application", "reported_fact",
    }  # fmt: skip


def test_of_every_act_it_is_known_where_it_is_legal(tried: Tried) -> None:
    unknown = {
        act.request.address.endpoint
        for act in tried.acts
        for row in act.rows
        if row.named and not act.steps[row] and not any(act.steps[other] for other in act.rows if other.named)
    }
    assert unknown - set(LEGAL) - IN_ANY_STATE == set()
    assert {act.request.address.endpoint for act in tried.acts} >= set(LEGAL) | IN_ANY_STATE


def test_an_act_in_a_state_where_it_is_illegal_is_refused_and_writes_nothing(tried: Tried) -> None:
    stage, asked, wrong = tried.stage, 0, []
    before = digest(stage.database, without=KEPT_BY_ASKING | KEPT_BY_LOOKING)
    for act in tried.acts:
        for row in act.rows:
            for state in illegal_states(act, row):
                states = {one: one.state for one in act.rows} | {row: state}
                try:
                    with acting.in_states(stage.database, states):
                        stage.watch.taken()
                        answer = acting.send(stage, act.request)
                        wrote = stage.watch.taken() - KEPT_BY_ASKING
                        if act.request.address.endpoint in SHOWN_AGAIN:
                            wrote -= KEPT_BY_LOOKING
                except IntegrityError:
                    continue  # the tables do not let it be in that state
                asked += 1
                refused = answer.status_code in (403, 404, 409, 422)
                if wrote or not (refused or answer.status_code == 302):
                    wrong.append(
                        f"{act.request.role} {act.request.name} on {row.cycle.kind} {state}:"
                        f" {answer.status_code}, wrote {sorted(wrote)}"
                    )
    assert not wrong, "\n".join(wrong)
    assert asked > 800
    assert digest(stage.database, without=KEPT_BY_ASKING | KEPT_BY_LOOKING) == before
