"""Finding out what each route does to things with a life cycle, by asking it: the ground for trying what it must refuse.

A route is asked about real things of :mod:`tests.city`, in the state they are in and then in every other, until it
takes the request; meanwhile it is heard which steps of which life cycles it makes. What it did is rolled back.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.routing import Rule as Address
from werkzeug.test import TestResponse

from creditbridge.access.model import User
from creditbridge.access.permissions import ROUTES
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.outbound import service as outbound
from creditbridge.pages.forms import Form
from creditbridge.scoring import service as scorecards
from creditbridge.scoring import trying
from creditbridge.scoring.model import ScorecardVersion
from creditbridge.scoring.schemas import values_of as card_values
from creditbridge.store import audit_changes, unit
from creditbridge.store.database import Database
from creditbridge.webhooks.rules import Event
from lenders.institutions.model import Lender
from lenders.pricing.rates import LprTerm, RateStructure
from lenders.products import drafting as product_drafting
from lenders.products import editing as product_editing
from lenders.products import lookup as product_lookup
from lenders.products.model import Product, ProductVersion
from lenders.products.schemas import ProductForm
from matching.applications.model import Offer, Submission
from matching.drawdowns import deciding as drawing
from matching.drawdowns import requesting
from matching.drawdowns.rules import Request as DrawRequest
from matching.lines.model import CreditLine
from matching.lines.rules import LineKind
from matching.needs.model import FinancingNeed, NeedLender
from tests import addresses
from tests.addresses import FOREIGN, OWN
from tests.city import World
from tests.illegal_steps import CYCLES
from tests.lines import Lines
from tests.people import People
from tests.scene import ALL_SCOPES, Scene
from tests.stage import KEPT_BY_ASKING, UNSAFE, Stage

CYCLE_OF: Mapping[type[Any], Lifecycle[Any]] = dict(CYCLES)
BESIDE: Mapping[type[Any], Sequence[tuple[type[Any], str]]] = {
    Submission: ((Offer, "submission_id"),),
    Product: ((ProductVersion, "product_id"),),
    FinancingNeed: ((NeedLender, "need_id"),),
}
"""What has a life cycle and no address of its own: it is reached by the thing it belongs to. The newest counts."""


@dataclass(frozen=True, slots=True)
class Row:
    """A thing with a life cycle and the state it is in; ``named`` by the address, or beside what is."""

    model: type[Any]
    key: int
    state: str
    named: bool

    @property
    def cycle(self) -> Lifecycle[Any]:
        return CYCLE_OF[self.model]

    def __str__(self) -> str:
        return f"{self.cycle.kind} {self.key}"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as one role sends it."""

    address: Address
    method: str
    role: Role
    values: Mapping[str, str]
    body: Any

    @property
    def name(self) -> str:
        """The route, with the step where the address says it."""
        step = self.values.get("step")
        return f"{self.address.endpoint} {step}" if step else self.address.endpoint


@dataclass(slots=True)
class Act:
    """A request that was taken: in which states, of which rows, and which steps they made by it."""

    request: Request
    rows: Sequence[Row]
    steps: Mapping[Row, Sequence[str]]


@dataclass
class Listener:
    """Hears every legal step of every row."""

    steps: list[tuple[Lifecycle[Any], str, type[Any], int]] = field(default_factory=list)
    _checked: list[tuple[Lifecycle[Any], str]] = field(default_factory=list)

    def listen(self, patched: pytest.MonkeyPatch) -> None:
        check, note = Lifecycle.check, audit_changes.note

        def checked(cycle: Lifecycle[Any], name: str, state: Any) -> Any:
            target = check(cycle, name, state)
            self._checked[:] = [(cycle, name)]
            return target

        def noted(session: Any, row: Any, values: Any) -> None:
            if self._checked:
                self.steps.append((*self._checked.pop(), type(row), row.id))
            note(session, row, values)

        patched.setattr(Lifecycle, "check", checked)
        patched.setattr(audit_changes, "note", noted)


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener for as long as the block lasts."""
    heard = Listener()
    with pytest.MonkeyPatch.context() as patched:
        heard.listen(patched)
        yield heard


def send(stage: Stage, request: Request) -> TestResponse:
    """Send it; what a body makes anew each time (a file) is made now."""
    body = request.body
    if isinstance(body, dict):
        body = {name: value() if callable(value) else value for name, value in body.items()}
    return stage.ask(request.role, request.address, request.method, dict(request.values), body)


def requests(stage: Stage) -> Iterator[list[Request]]:
    """For each route that writes, and each step an address can say, the requests to try: each role and own thing."""
    for address, method in stage.addresses():
        rule = ROUTES[address.endpoint]
        if method not in UNSAFE or rule.anyone or not address.arguments:
            continue
        found: dict[str, list[Request]] = {}
        for role in Role:
            if not rule.allows(role):
                continue
            for values in addresses.own(stage.city, address, role):
                for said in _steps_said(stage.database, values):
                    one = Request(address, method, role, said, body_of(stage, address, method, said))
                    found.setdefault(one.name, []).append(one)
        yield from found.values()


def _steps_said(database: Database, values: dict[str, str]) -> Iterator[dict[str, str]]:
    """An address that says a step is tried with every step of the life cycle of what it names."""
    if "step" not in values:
        yield values
        return
    names = {name for row in rows_of(database, values) if row.named for name in row.cycle.steps}
    for name in sorted(names | {values["step"]}):
        yield {**values, "step": name}


def body_of(stage: Stage, address: Address, method: str, values: Mapping[str, str]) -> Any:
    """A body that is right in itself, with the ids of the world's own things where it must name some."""
    body = stage.body(address, method)
    filled = FILLED.get(address.endpoint)
    if filled is None:
        return body
    with stage.database.read() as session:
        return {**(body or {}), **filled(session, stage.city.worlds[OWN], values)}


Filled = Callable[[Session, World, Mapping[str, str]], dict[str, Any]]


def _officer(session: Session, world: World, _: Mapping[str, str]) -> dict[str, Any]:
    user = session.get_one(User, world.lender.other_reviewer.user_id)
    return {"officer": user.public_id}


def _branch(_session: Session, world: World, _: Mapping[str, str]) -> dict[str, Any]:
    return {"branch": world.lender.branches[1], "reason": "就近办理"}


def _seen(name: str) -> Filled:
    """The row version of the product's newest version, as who decides has seen it."""

    def filled(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
        product = session.scalars(select(Product).where(Product.public_id.in_(values.values()))).one()
        return {name: max(product.versions, key=lambda version: version.id).version}

    return filled


def _parts(session: Session, values: Mapping[str, str]) -> list[str]:
    need = session.scalars(select(FinancingNeed).where(FinancingNeed.public_id == values["need_id"])).one()
    return [part.public_id for part in need.parts] or [addresses.NO_SUCH_ID]


def _reveal(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
    return {"lenders": _parts(session, values)}


def _match(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
    return {"lender": _parts(session, values)[0]}


def _send(_session: Session, world: World, _: Mapping[str, str]) -> dict[str, Any]:
    return {
        "signed_lenders": [world.lender.public_id],
        "scope": [scope.value for scope in ALL_SCOPES],
        "consent_expires_on": "2027-02-20",
    }


def _loan_to_renew(_session: Session, world: World, _: Mapping[str, str]) -> dict[str, Any]:
    return {"drawdown_id": world.ids["loan_to_renew"][0], "term_months": 12}


def _product_form(session: Session, world: World, values: Mapping[str, str]) -> dict[str, Any]:
    """The editor's own page of the product's draft, sent back as it is."""
    product = product_lookup.product(session, world.lender.manager, values["public_id"])
    version = product_lookup.version_in_work(product)
    if version is None:
        return {}
    held = product_editing.form_values(product_drafting.draft_of(product), seen=version.version)
    return dict(Form(ProductForm, held).values)


def _card(session: Session, values: Mapping[str, str]) -> ScorecardVersion:
    return scorecards.version(session, values["version_id"])


def _card_form(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
    card = _card(session, values)
    return {**card_values(dict(card.content)), "note": "改权重", "seen": card.version}


def _card_file(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
    card = _card(session, values)
    text = json.dumps(card.content).encode()
    return {"note": "改权重", "seen": card.version, "file": lambda: (io.BytesIO(text), "card.json")}


def _card_seen(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
    return {"seen": _card(session, values).version}


def _member(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
    return {"login_name": f"new.{values['public_id']}", "name": "新成员", "role": Role.LENDER_VIEWER.value}


def _registration(session: Session, _world: World, values: Mapping[str, str]) -> dict[str, Any]:
    lender = session.scalars(select(Lender).where(Lender.public_id == values["public_id"])).one()
    return {"name_zh": "改名银行", "kind": lender.kind, "licence_number": lender.licence_number}


def _other_lender(session: Session, world: World, _: Mapping[str, str]) -> dict[str, Any]:
    other = select(Lender.public_id).where(Lender.public_id != world.lender.public_id).limit(1)
    return {"lender": session.scalars(other).one()}


def constant(**values: Any) -> Filled:
    return lambda _session, _world, _values: values


DAY = {"on": "2026-11-23"}
FILLED: Mapping[str, Filled] = {
    "lender_decisions.assign": _officer,
    "api_review.assign": _officer,
    "lender_decisions.transfer": _branch,
    "api_review.transfer": _branch,
    "product_steps.approve": _seen("seen"),
    "product_steps.publish": _seen("seen"),
    "product_steps.return_to_draft": _seen("seen"),
    "api_products.approve": _seen("revision"),
    "api_products.publish": _seen("revision"),
    "firm_needs.reveal": _reveal,
    "api_needs.reveal": _reveal,
    "firm_needs.match": _match,
    "api_needs.match": _match,
    "firm_applications.check": _send,
    "api_applications.submit": _send,
    "api_applications.choose_products": lambda _session, world, _values: {
        "products": [{"product_id": world.ids["published_product"][0], "branch_id": world.lender.branches[0]}]
    },
    "firm_applications.products": lambda _session, world, _values: {
        "choices-0-product_id": world.ids["published_product"][0],
        "choices-0-chosen": "1",
        "choices-0-branch_id": world.lender.branches[0],
    },
    "firm_applications.attach": lambda _session, world, _values: {
        "document_id": world.ids["free_document"][0],
        "material_code": "licence",
    },
    "api_applications.attach": lambda _session, world, _values: {
        "document_id": world.ids["free_document"][0],
        "material_code": "licence",
    },
    "api_applications.answer_supplement": constant(answer="已上传", document_ids=[]),
    "firm_drawdowns.request": constant(amount_fen="1", term_months="3", purpose=""),
    "api_drawdowns.request": constant(amount_fen=1_000_000, term_months=3, purpose=""),
    "firm_drawdowns.cancel": constant(reason="不再需要"),
    "lender_drawdowns.step": constant(reason="说明原因"),
    "lender_drawdowns.pay_out": constant(**DAY),
    "lender_drawdowns.pay": constant(**DAY, amount_fen="100", keep="term"),
    "api_drawdowns.pay": constant(**DAY, amount_fen=10_000, keep="term"),
    "lender_drawdowns.set_rate": constant(on="2026-12-01", rate_ppm="3.9"),
    "lender_drawdowns.propose_extension": constant(months="3", reason="说明原因"),
    "lender_drawdowns.propose_rate": constant(rate_ppm="3.5", reason="说明原因"),
    "lender_drawdowns.propose_limit": constant(amount_fen="151", reason="说明原因"),
    "lender_lines.record": constant(amount_fen="150", granted_on="2026-11-23"),
    "firm_monitoring.consent": constant(agreed="1"),
    "lender_alerts.handle": constant(note="已联系企业"),
    "integration.edit_endpoint": constant(
        url="https://hooks.example.com/in", name="核心", events=[Event.SUBMISSION_RECEIVED.value]
    ),
    "firm_drawdowns.carry": _loan_to_renew,
    "api_drawdowns.carry": _loan_to_renew,
    "product_editor.edit": _product_form,
    "scorecards.edit": _card_form,
    "scorecards.upload": _card_file,
    "scorecards.approve": _card_seen,
    "scorecards.return_to_draft": _card_seen,
    "platform_lenders.edit": _registration,
    "platform_lenders.member_new": _member,
    "schemes.add_participant": _other_lender,
    "schemes.edit": constant(name_zh="风险补偿", sponsor_zh="市财政局"),
}


def rows_of(database: Database, values: Mapping[str, str]) -> list[Row]:
    """What an address names that has a life cycle, and what belongs to it."""
    found = []
    with database.read() as session:
        for model in CYCLE_OF:
            if not hasattr(model, "public_id"):
                continue
            for key, state in session.execute(
                select(model.id, model.state).where(model.public_id.in_(values.values()))
            ):
                found.append(Row(model, key, state, named=True))
                for other, column in BESIDE.get(model, ()):
                    newest = session.execute(
                        select(other.id, other.state)
                        .where(getattr(other, column) == key)
                        .order_by(other.id.desc())
                        .limit(1)
                    ).first()
                    if newest is not None:
                        found.append(Row(other, *newest, named=False))
    return found


@contextmanager
def in_states(database: Database, states: Mapping[Row, str]) -> Iterator[None]:
    """Rows put into states by force, and back.

    Raises:
        IntegrityError: if the tables themselves let a row be in such a state no more than once.
    """
    with ExitStack() as back:
        for row, state in states.items():
            before = _force(database, row, state)
            back.callback(_force, database, row, before)
        yield


def _force(database: Database, row: Row, state: str) -> str:
    """Put a row into a state; answers the one it was in."""
    table = row.model.__table__
    with database.engine.begin() as connection:
        before = connection.execute(select(table.c.state).where(table.c.id == row.key)).scalar_one()
        if before != state:
            connection.execute(update(table).where(table.c.id == row.key).values(state=state))
    return str(before)


def is_offered(stage: Stage, tried: Sequence[Request]) -> bool:
    """Whether an address that says a step names one that its route knows."""
    return "step" not in tried[0].values or any(send(stage, request).status_code != 404 for request in tried)


def find_act(stage: Stage, heard: Listener, tried: Sequence[Request]) -> Act | None:
    """The first of these requests that is taken, with things as they are or in other states."""
    known = [(request, rows_of(stage.database, request.values)) for request in tried]
    for request, rows in known:
        if act := _try(stage, heard, request, rows, {}):
            return act
    if not is_offered(stage, tried):
        return None
    for request, rows in reversed(
        known
    ):  # the last of a kind has come farthest: what a later state needs is there
        for row in rows:
            for state in row.cycle.words:
                if act := _try(stage, heard, request, rows, {row: state.value}):
                    return act
    for request, rows in known[-2:]:
        for one, other in ((one, other) for one in rows for other in rows if one.named and not other.named):
            for states in product(one.cycle.words, other.cycle.words):
                if act := _try(stage, heard, request, rows, dict(zip((one, other), states, strict=True))):
                    return act
    return None


def _try(
    stage: Stage, heard: Listener, request: Request, rows: Sequence[Row], states: Mapping[Row, str]
) -> Act | None:
    heard.steps.clear()
    try:
        with in_states(stage.database, states):
            stage.watch.tried.clear()
            if send(stage, request).status_code >= 400 or not stage.watch.tried - KEPT_BY_ASKING:
                return None
    except IntegrityError:
        return None
    rows = [Row(row.model, row.key, states.get(row, row.state), row.named) for row in rows]
    steps = {
        row: [name for cycle, name, model, key in heard.steps if (model, key) == (row.model, row.key)]
        for row in rows
    }
    return Act(request, rows, steps)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Requests do their whole work, but nothing of it is kept; every outside address is taken for a good one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(unit, "commit", lambda: unit.session().flush())
        patched.setattr(outbound, "check", lambda _url: None)
        yield


def prepare(stage: Stage) -> None:
    """What the city lacks for every act to be possible."""
    world = stage.city.worlds[OWN]
    _change_a_product(stage.database, world)
    online = world.ids["line"][0]
    asked, loan = (_drawn(stage.database, world, online, paid_out=paid) for paid in (False, True))
    renewing = _renewing_line(stage.database, world, online)
    floating = _drawn(stage.database, world, renewing, paid_out=True)
    world.ids["loan_to_renew"] = (loan,)
    world.ids["drawdown"] = (*world.ids["drawdown"], floating, asked, loan)
    world.ids["line"] = (*world.ids["line"], renewing)
    _try_a_scorecard(stage, world)


def _change_a_product(database: Database, world: World) -> None:
    """An open product gets a new version to work on."""
    with database.write() as session:
        found = session.scalars(
            select(Product)
            .where(Product.lender_id == world.lender.id, Product.state == "open")
            .order_by(Product.id)
        ).all()
        changed = found[1].public_id
        product_drafting.start_version(session, world.lender.manager, changed)
    world.ids["product"] = (*world.ids["product"], changed)


def _drawn(database: Database, world: World, line_id: str, *, paid_out: bool) -> str:
    """A drawdown that is approved, or paid out too."""
    with database.write() as session:
        asked = DrawRequest(10_000_000, 3)
        made = requesting.request(session, world.firm.owner, line_id, asked).public_id
    with database.write() as session:
        drawing.approve(session, world.lender.approver, made)
    if paid_out:
        with database.write() as session:
            drawing.disburse(session, world.lender.reviewer, made, on=clock.today())
    return made


def _renewing_line(database: Database, world: World, line_id: str) -> str:
    """A line that renews another, under a product whose rate floats over LPR."""
    scene = Scene(People(database))
    product = scene.product(
        world.lender, name="浮动利率贷", rate=RateStructure.over_lpr(LprTerm.ONE_YEAR, 0, 200)
    )
    with database.read() as session:
        renewed = session.scalars(select(CreditLine).where(CreditLine.public_id == line_id)).one()
    return (
        Lines(scene)
        .online(
            world.lender,
            product,
            world.firm,
            contract_number="HT-RENEWING",
            kind=LineKind.RENEWAL,
            renews=renewed.contract_number,
        )
        .public_id
    )


def _try_a_scorecard(stage: Stage, world: World) -> None:
    """The draft says something new, stood beside the version in use, and was written by somebody else."""
    role = Role.PLATFORM_ADMINISTRATOR
    key = world.ids["scorecard_version"][0]
    with stage.database.write() as session:
        draft = scorecards.version(session, key)
        weights = dict(draft.content["weights"])
        first = min(weights)
        weights[first] += 1
        content = {**draft.content, "weights": weights}
        draft.author_ids = []
        scorecards.rewrite(session, stage.city.worlds[FOREIGN].actors[role], key, content, note="改权重")
    with stage.database.write() as session:
        trial = trying.ask(session, world.actors[role], key).public_id
    trying.carry_out(stage.database, trial)
