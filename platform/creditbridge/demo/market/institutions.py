"""The invented lenders of the demo city: their registration, branches and officers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.demo.accounts import SHOWCASE_LENDER
from creditbridge.demo.people import People
from creditbridge.kernel import clock
from creditbridge.registry import regions
from lenders.institutions import branches, onboarding
from lenders.institutions.branches import BranchProfile
from lenders.institutions.model import Branch, Lender
from lenders.institutions.onboarding import LenderProfile
from lenders.institutions.rules import BranchKind, LenderKind
from lenders.products.seed.loader import SeedLender, seed_lenders

_JOINED_BEFORE = timedelta(days=610)


@dataclass(frozen=True, slots=True)
class DemoLender:
    """A lender of the city with its officers. Each reviewer belongs to a branch; other officers to none."""

    code: str
    row: Lender
    branches: tuple[Branch, ...]
    manager: Actor
    reviewers: tuple[Actor, ...]
    approver: Actor

    def branch_for(self, region_code: str | None) -> Branch:
        """The branch that serves a place; the first one where none does."""
        serving = [
            branch
            for branch in self.branches
            if region_code and any(regions.is_within(region_code, area) for area in branch.region_codes)
        ]
        return serving[0] if serving else self.branches[0]

    def reviewer_for(self, branch: Branch) -> Actor:
        """Who reviews what a branch handles."""
        return self.reviewers[self.branches.index(branch) % len(self.reviewers)]


@cache
def content() -> Mapping[str, Any]:
    """The file of lenders and schemes."""
    text = resources.files("creditbridge.demo").joinpath("data/lenders.json").read_text("utf-8")
    read: Mapping[str, Any] = json.loads(text)
    return read


def open_lenders(
    session: Session, people: People, administrator: Actor, now: datetime
) -> dict[str, DemoLender]:
    """Bring every lender onto the platform, the showcase lender first; answers them by code."""
    known = {lender.code: lender for lender in seed_lenders()}
    rows = sorted(content()["lenders"], key=lambda row: row["code"] != SHOWCASE_LENDER)
    opened: dict[str, DemoLender] = {}
    for number, row in enumerate(rows):
        with clock.at(now - _JOINED_BEFORE + timedelta(days=number)):
            opened[row["code"]] = _open(
                session, people, administrator, known[row["code"]], row=row, number=number
            )
    return opened


def _open(
    session: Session,
    people: People,
    administrator: Actor,
    seed: SeedLender,
    *,
    row: Mapping[str, Any],
    number: int,
) -> DemoLender:
    lender = onboarding.register(
        session,
        administrator,
        LenderProfile(
            name_zh=seed.name.zh,
            name_en=seed.name.en,
            kind=LenderKind(row["kind"]),
            licence_number=f"DEMO-{number + 1:04d}",
            intro_zh=row["intro"]["zh"],
            intro_en=row["intro"]["en"],
            contact_name=people.names.person(),
            contact_phone=people.names.phone(),
            address=f"演示市临江区演示路 {number + 1} 号",
        ),
    )
    onboarding.take_step(session, administrator, lender.public_id, "approve")
    opened = tuple(
        branches.add_branch(session, None, lender, _branch(people, seed, branch))
        for branch in row["branches"]
    )
    return _staffed(people, seed.code, lender, opened)


def _branch(people: People, seed: SeedLender, branch: list[Any]) -> BranchProfile:
    name_zh, name_en, areas = branch
    kind = BranchKind.BRANCH if name_zh.endswith("分行") else BranchKind.SUB_BRANCH
    return BranchProfile(
        kind=kind,
        name=f"{seed.name.zh}{name_zh}",
        name_en=f"{seed.name.en} {name_en}",
        address=f"演示市{regions.region_name(areas[0]).zh}演示大道",
        phone=people.names.phone(),
        regions=areas,
    )


def _staffed(people: People, code: str, lender: Lender, opened: tuple[Branch, ...]) -> DemoLender:
    """One officer of each role and a second reviewer; those of the showcase lender have the telling login names."""
    showcase = code == SHOWCASE_LENDER

    def officer(role: Role, name: str, branch: Branch | None = None) -> Actor:
        branch_id = branch.id if branch else None
        if showcase and not name.endswith("2"):
            return people.known(lender.organisation, role, branch_id=branch_id)
        login_name = name if showcase else f"{code}-{name}"
        return people.member(lender.organisation, role, login_name, branch_id=branch_id)

    manager = officer(Role.LENDER_PRODUCT_MANAGER, "manager")
    reviewers = (
        officer(Role.LENDER_REVIEWER, "reviewer", opened[0]),
        officer(Role.LENDER_REVIEWER, "reviewer2", opened[1]),
    )
    approver = officer(Role.LENDER_APPROVER, "approver")
    officer(Role.LENDER_VIEWER, "viewer")
    return DemoLender(code, lender, opened, manager, reviewers, approver)
