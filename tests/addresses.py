"""What each variable of an address names: the kinds of objects of :mod:`tests.city`, and whose secret each is.

A route with a variable that does not stand in :data:`PLACES` fails the access matrix: whoever adds one says here what
it names. The most exact entry counts: ``endpoint:variable``, then ``blueprint:variable``, then ``*:variable``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from werkzeug.routing import Rule as Address

from creditbridge.access.rules import OrganisationKind, Role
from matching.lines.dimensions import Dimension
from tests.city import City

NOTHING: frozenset[OrganisationKind] = frozenset()
TENANTS = frozenset({OrganisationKind.LENDER, OrganisationKind.FIRM})
EVERYONE = frozenset(OrganisationKind)
NO_SUCH_ID = "0" * 20
OWN, FOREIGN = "a", "b"


@dataclass(frozen=True, slots=True)
class Place:
    """One variable of an address.

    ``kind`` is a kind of object; ``hidden_from`` are the kinds of organisations that must not find another's;
    ``within`` says that it belongs to the object before it in the address; ``words`` are what it may say where it
    names no object at all.
    """

    kind: str = ""
    hidden_from: frozenset[OrganisationKind] = TENANTS
    within: bool = False
    words: tuple[str, ...] = ()


PUBLIC = NOTHING
PLACES: Mapping[str, Place] = {
    "*:filename": Place(words=("css/review.css",)),
    "bootstrap.static:filename": Place(words=("css/bootstrap.min.css",)),
    # what a person has for themselves
    "account.end_session:public_id": Place("sign_in", EVERYONE),
    "account.revoke_token:public_id": Place("token", EVERYONE),
    "*:membership_id": Place("membership", EVERYONE),
    "*:notice_id": Place("notice", EVERYONE),
    # applications
    "*:submission_id": Place("submission"),
    "*:application_id": Place("draft"),
    "firm_applications.application:application_id": Place("application"),
    "firm_applications.detach:document_id": Place("attached", within=True),
    "lender_applications.document:document_id": Place("handed_in", within=True),
    "lender_decisions:report_id": Place("reported_fact", within=True),
    "lender_applications.document:submission_id": Place("consented_submission"),
    "api_review.document:submission_id": Place("consented_submission"),
    "api_review.firm:submission_id": Place("consented_submission"),
    "api_review:document_id": Place("handed_in", within=True),
    # credit lines
    "*:line_id": Place("line"),
    "*:pool_id": Place("pool", NOTHING),
    "*:drawdown_id": Place("drawdown"),
    "*:amendment_id": Place("amendment"),
    "*:conflict_id": Place("conflict"),
    "*:change_id": Place("limit_change"),
    "approval_limits.decide:step": Place(words=("withdraw", "confirm", "refuse")),
    "lender_drawdowns.step:step": Place(words=("approve", "reject")),
    "lender_drawdowns.decide:step": Place(words=("approve", "return")),
    "firm_drawdowns.answer:step": Place(words=("accept", "decline")),
    "lender_lines.step:step": Place(words=("freeze", "unfreeze")),
    "lender_lines.record:submission_id": Place("submission_to_sign"),
    "lender_line_imports:import_id": Place("line_import"),
    "lender_line_imports:content": Place(words=("grants", "balances")),
    "platform_reports:dimension": Place(words=tuple(dimension.value for dimension in Dimension)),
    "lender_reports:dimension": Place(
        words=tuple(dimension.value for dimension in Dimension if dimension is not Dimension.LENDER)
    ),
    # a firm's own things
    "documents:public_id": Place("free_document"),
    "disputes:public_id": Place("dispute"),
    "disputes:record_no": Place("credit_record"),
    "dispute_desk:public_id": Place("dispute"),
    "reported_facts:code": Place(words=("operations",)),
    "reported_facts.withdraw:public_id": Place("reported_fact"),
    "consents:public_id": Place("consent"),
    "consents.sign:public_id": Place("awaiting_consent"),
    "profile:public_id": Place("firm_staff"),
    "api_documents:document_id": Place("free_document"),
    "api_consents:consent_id": Place("consent"),
    # a lender's own things
    "*:endpoint_id": Place("endpoint"),
    "*:alert_id": Place("alert"),
    "*:delivery_id": Place("delivery"),
    "lender_institutions:public_id": Place("branch"),
    "lender_products:public_id": Place("product"),
    "lender_products:number": Place(words=("1",)),
    "product_editor:public_id": Place("product"),
    "whatif:public_id": Place("product"),
    "product_steps:public_id": Place("product"),
    "api_products:product_id": Place("product"),
    # what the platform keeps
    "audit_trail.entry:number": Place(words=("1",)),
    "claim_desk:public_id": Place("claim"),
    "claim_desk:proof_id": Place("proof", within=True),
    "registry:public_id": Place("firm"),
    "labels:public_id": Place("firm"),
    "labels:code": Place(words=("tax_a",)),
    "registry.import_report:public_id": Place("firm_import"),
    "registry.refused_rows:public_id": Place("firm_import"),
    "records:public_id": Place("record_batch"),
    "runs:public_id": Place("run"),
    "firm_portraits:public_id": Place("firm"),
    "records:code": Place(words=("abnormal_list",)),
    "platform_lenders:public_id": Place("lender"),
    "platform_lenders:member_id": Place("lender_member", within=True),
    "staff:public_id": Place("colleague", EVERYONE),
    "platform_lenders:step": Place(words=("suspend", "approve")),
    "scorecards:version_id": Place("scorecard_version", PUBLIC),
    "schemes:public_id": Place("scheme"),
    "schemes:lender_id": Place("lender"),
    "schemes:step": Place(words=("close",)),
    # what anyone may read
    "market.product:public_id": Place("published_product", PUBLIC),
    "lenders.institution:public_id": Place("lender", PUBLIC),
    "lenders.scheme:public_id": Place("scheme", PUBLIC),
    "api_directory:product_id": Place("published_product", PUBLIC),
    "api_directory:lender_id": Place("lender", PUBLIC),
    "firm_needs:need_id": Place("firm_need"),
    "lender_needs:need_id": Place("need"),
    "api_needs:need_id": Place("firm_need"),
    "api_needs.lender_need:need_id": Place("need"),
    "api_needs.respond:need_id": Place("need"),
    "api_needs.decline:need_id": Place("need"),
    "api_needs.firm:need_id": Place("revealed_need"),
    "api_paths:product_id": Place("published_product", PUBLIC),
    "api_whatif:product_id": Place("product"),
    "platform_honesty:product_id": Place("published_product", PUBLIC),
    "firm_paths:product_id": Place("published_product", PUBLIC),
    "api_matches:product_id": Place("published_product", PUBLIC),
    "api_docs.asset:name": Place(words=("swagger-ui.css",)),
}


def place_of(endpoint: str, variable: str) -> Place | None:
    blueprint = endpoint.rpartition(".")[0]
    for where in (endpoint, blueprint, "*"):
        found = PLACES.get(f"{where}:{variable}")
        if found is not None:
            return found
    return None


def is_known(address: Address) -> bool:
    return all(place_of(address.endpoint, name) is not None for name in address.arguments)


def variables(address: Address) -> list[str]:
    """The variables in the order of the address."""
    return sorted(address.arguments, key=lambda name: address.rule.index(f"{name}>"))


def places(address: Address) -> dict[str, Place]:
    """Every variable with what it names."""
    found = {name: place_of(address.endpoint, name) for name in variables(address)}
    return {name: place for name, place in found.items() if place is not None}


def own(city: City, address: Address, role: Role | None, world: str = OWN) -> Iterator[dict[str, str]]:
    """Values of the address that name objects of one world: all of its objects of each kind in turn."""
    named = places(address)
    choices = [place.words or city.worlds[world].of(place.kind, role) for place in named.values()]
    yield from (dict(zip(named, chosen, strict=True)) for chosen in product(*choices))


def hidden(city: City, address: Address, role: Role) -> Iterator[dict[str, str]]:
    """Values that name at least one object this role must not find: another tenant's, or a part of another object."""
    named = places(address)
    objects = [name for name, place in named.items() if not place.words]
    for mix in product((OWN, FOREIGN), repeat=len(objects)):
        worlds = dict(zip(objects, mix, strict=True))
        if not _is_hidden(named, worlds, role):
            continue
        choices = [
            place.words or city.worlds[worlds[name]].of(place.kind, role) for name, place in named.items()
        ]
        yield from (dict(zip(named, chosen, strict=True)) for chosen in product(*choices))


def misspelt(city: City, address: Address, role: Role) -> Iterator[dict[str, str]]:
    """Values of which one is a word that is none of those it may be."""
    values = next(own(city, address, role), {})
    for name, place in places(address).items():
        if place.words:
            yield {**values, name: "999" if place.words[0].isdigit() else "nonsense"}


def missing(city: City, address: Address, role: Role) -> Iterator[dict[str, str]]:
    """Values of which one names nothing there is."""
    named = places(address)
    values = next(own(city, address, role), {})
    for name, place in named.items():
        if not place.words:
            yield {**values, name: NO_SUCH_ID}


def _is_hidden(named: Mapping[str, Place], worlds: Mapping[str, str], role: Role) -> bool:
    before = OWN
    for name, world in worlds.items():
        place = named[name]
        if world == FOREIGN and role.kind in place.hidden_from:
            return True
        if place.within and world != before:
            return True
        before = world
    return False
