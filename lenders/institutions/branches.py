"""Opening, changing and closing a lender's branches: its product manager's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import DuplicateRequest, InvalidInput, NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from lenders.institutions import service
from lenders.institutions.model import Branch, Lender, ServiceArea
from lenders.institutions.rules import BranchKind, may_head

_NAME_TAKEN = DuplicateRequest(
    "branch_name_taken", Words("已有同名的网点。", "There is a branch of that name already.")
)
constraints.register({"uq_branch_lender_id_name": _NAME_TAKEN})
_WRONG_PARENT = Words(
    "上级须比本网点高一级：分行之下是支行，支行之下是网点。",
    "The parent must be one level up: branch, then sub-branch, then outlet.",
)


@dataclass(frozen=True, slots=True)
class BranchProfile:
    """What a branch is; ``regions`` are six-digit codes, none meaning that it serves everywhere."""

    kind: BranchKind
    name: str
    name_en: str = ""
    address: str = ""
    phone: str = ""
    regions: Sequence[str] = ()
    parent_public_id: str | None = None


def open_branch(session: Session, actor: Actor, profile: BranchProfile) -> Branch:
    """A new branch of the actor's lender.

    Raises:
        NotAllowed: if the actor is no product manager.
        InvalidInput: if the parent cannot head it, or the name is taken.
    """
    lender = _own_lender(session, actor)
    return add_branch(session, actor, lender, profile)


def add_branch(session: Session, actor: Actor | None, lender: Lender, profile: BranchProfile) -> Branch:
    """A new branch of any lender: for the demo city, which has no actor, and for :func:`open_branch`."""
    branch = Branch(lender_id=lender.id)
    _write(session, lender, branch, profile)
    session.add(branch)
    session.flush()
    _record(session, actor, branch, "opened")
    return branch


def change_branch(session: Session, actor: Actor, public_id: str, profile: BranchProfile) -> Branch:
    """Change what a branch is.

    Raises:
        NotFound: if it is not the actor's lender's.
        InvalidInput: if the parent cannot head it, or the name is taken.
    """
    lender = _own_lender(session, actor)
    branch = service.branch_of_lender(session, lender.id, public_id)
    _write(session, lender, branch, profile)
    session.flush()
    _record(session, actor, branch, "changed")
    return branch


def set_active(session: Session, actor: Actor, public_id: str, *, active: bool) -> Branch:
    """Close a branch to new work, or open it again.

    Raises:
        NotFound: if it is not the actor's lender's.
    """
    lender = _own_lender(session, actor)
    branch = service.branch_of_lender(session, lender.id, public_id)
    branch.is_active = active
    session.flush()
    _record(session, actor, branch, "reopened" if active else "closed")
    return branch


def _own_lender(session: Session, actor: Actor) -> Lender:
    if not actor.has_role(Role.LENDER_PRODUCT_MANAGER):
        raise NotAllowed
    return service.lender_of(session, actor)


def _write(session: Session, lender: Lender, branch: Branch, profile: BranchProfile) -> None:
    parent = None
    if profile.parent_public_id:
        parent = service.branch_of_lender(session, lender.id, profile.parent_public_id)
        if not may_head(BranchKind(parent.kind), profile.kind):
            raise InvalidInput({"parent": [_WRONG_PARENT]})
    others = service.branches_of(session, lender.id)
    if any(other.name == profile.name and other is not branch for other in others):
        raise InvalidInput({"name": [_NAME_TAKEN.words]})
    branch.parent_id = parent.id if parent else None
    branch.kind = profile.kind.value
    branch.name, branch.name_en = profile.name, profile.name_en
    branch.address, branch.phone = profile.address, profile.phone
    held = {area.region_code: area for area in branch.service_areas}
    branch.service_areas = [held.get(code) or ServiceArea(region_code=code) for code in profile.regions]


def _record(session: Session, actor: Actor | None, branch: Branch, what: str) -> None:
    record_as(session, actor, f"branch.{what}", subject_kind="branch", subject_id=branch.public_id)
