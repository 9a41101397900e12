"""Drawing the register of the demo city: what a firm is, where, how old, how big, how sound."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from creditbridge.demo.dice import Dice, rounded
from creditbridge.demo.names import Names
from creditbridge.facts.firm_facts import FactValue, FirmFacts, ListMembership
from creditbridge.kernel import ids, uscc
from creditbridge.registry import regions
from creditbridge.registry.model import Firm
from creditbridge.registry.readings import EntityKind, FirmStatus

TOWNS: Mapping[str, float] = {
    "990101": 26, "990102": 20, "990103": 20, "990111": 14, "990112": 12, "990113": 8,
}  # fmt: skip
"""Weights of the city's districts and towns."""

_GONE: Mapping[FirmStatus, float] = {
    FirmStatus.DORMANT: 5, FirmStatus.DEREGISTERED: 8, FirmStatus.LICENCE_REVOKED: 5, FirmStatus.LIQUIDATING: 2,
}  # fmt: skip
GONE_SHARE = 0.03
_UNSTATED_STATUS = 0.004
_UNSTATED = 0.01
"""How often the register does not state something it nearly always does."""
_PREFIX = {
    EntityKind.ENTERPRISE: "91",
    EntityKind.INDIVIDUAL_BUSINESS: "92",
    EntityKind.FARMERS_COOPERATIVE: "93",
}
_FEN_PER_WAN = 1_000_000


@dataclass(frozen=True, slots=True)
class Sector:
    """A trade of the city; see the note in ``data/sectors.json``."""

    code: str
    weight: float
    revenue: float
    staff: float
    kwh: float
    export: float
    technology: float
    kinds: tuple[EntityKind, ...]
    names: tuple[str, ...]


@cache
def sectors() -> tuple[Sector, ...]:
    """Every trade of the city."""
    text = resources.files("creditbridge.demo").joinpath("data/sectors.json").read_text("utf-8")
    return tuple(_sector(row) for row in json.loads(text)["sectors"])


def _sector(row: Mapping[str, Any]) -> Sector:
    kinds = tuple(EntityKind(kind) for kind in row["kinds"])
    return Sector(**{**row, "kinds": kinds, "names": tuple(row["names"])})


@dataclass
class DemoFirm:
    """An invented firm: its row of the register, and what the draw of its facts rests on.

    ``soundness`` runs from -2.5 (in trouble) to 2.5; ``revenue_fen`` is the true one, known or not. ``firm_id`` is 0
    until the row is written.
    """

    row: Firm
    sector: Sector
    soundness: float
    revenue_fen: int
    employees: int
    technology: bool
    facts: dict[str, FactValue] = field(default_factory=dict)
    lists: dict[str, ListMembership] = field(default_factory=dict)
    grade_history: list[tuple[date, int, str]] = field(default_factory=list)

    @property
    def firm_id(self) -> int:
        return self.row.id

    @property
    def is_active(self) -> bool:
        return self.row.status == FirmStatus.ACTIVE.value

    @property
    def known(self) -> FirmFacts:
        """What is known of it, as matching reads it."""
        return FirmFacts(self.row.firm_no, self.facts, self.lists)


def draw_firms(dice: Dice, count: int, today: date) -> list[DemoFirm]:
    """The firms of the city, numbered from 0, not yet written."""
    names = Names(dice.stream("names"))
    weights = {sector: sector.weight for sector in sectors()}
    return [_firm(dice.stream(f"firm {n}"), names, n, weights, today) for n in range(count)]


def _firm(dice: Dice, names: Names, number: int, weights: Mapping[Sector, float], today: date) -> DemoFirm:
    sector = dice.weighted(weights)
    kind = sector.kinds[0] if dice.chance(0.75) else sector.kinds[-1]
    town = dice.weighted(TOWNS)
    soundness = dice.bell(0.25, 0.95, -2.5, 2.5)
    revenue = _revenue(dice, sector, kind, soundness)
    employees = max(1, round(revenue / _FEN_PER_WAN / 100 * sector.staff * dice.between(0.7, 1.4)))
    row = Firm(
        public_id=ids.public_id(),
        firm_no=number,
        uscc=uscc.synthetic(number, prefix=_PREFIX[kind]),
        name=names.firm(*_name_parts(dice, sector, kind, town)),
        entity_kind=kind.value,
        status=_status(dice),
        established_on=today - timedelta(days=round(dice.bell(2700, 2100, 120, 9800))),
        type_raw=_TYPES[kind],
        region_code=None if dice.chance(_UNSTATED) else town,
        industry_code=None if dice.chance(0.12) else sector.code,
        scope="、".join(sector.names),
        address=f"{regions.region_name(town).zh}演示路 {dice.whole(1, 999)} 号",
        is_demo=True,
        source="demo",
        **_capital(dice, kind, revenue),
    )
    if dice.chance(_UNSTATED):
        row.established_on = None
    if dice.chance(_UNSTATED):
        row.entity_kind, row.type_raw = EntityKind.UNKNOWN.value, ""
    return DemoFirm(row, sector, soundness, revenue, employees, dice.chance(sector.technology))


_TYPES = {
    EntityKind.ENTERPRISE: "有限责任公司",
    EntityKind.INDIVIDUAL_BUSINESS: "个体工商户",
    EntityKind.FARMERS_COOPERATIVE: "农民专业合作社",
}


def _name_parts(dice: Dice, sector: Sector, kind: EntityKind, town: str) -> tuple[str, str, str]:
    trade = dice.pick(sector.names)
    place = "演示市" if kind is EntityKind.ENTERPRISE else f"演示市{regions.region_name(town).zh}"
    if kind is EntityKind.FARMERS_COOPERATIVE:
        return place, trade, "专业合作社"
    if kind is EntityKind.INDIVIDUAL_BUSINESS:
        return place, trade, "经营部"
    return place, trade, "有限公司" if dice.chance(0.95) else "厂"


def _revenue(dice: Dice, sector: Sector, kind: EntityKind, soundness: float) -> int:
    scale = 0.25 if kind is EntityKind.INDIVIDUAL_BUSINESS else 1.0
    middle = sector.revenue * _FEN_PER_WAN * scale * (1 + 0.15 * soundness)
    return max(rounded(dice.spread(middle, 0.95)), 5 * _FEN_PER_WAN)


def _capital(dice: Dice, kind: EntityKind, revenue: int) -> dict[str, Any]:
    if kind is not EntityKind.ENTERPRISE or dice.chance(0.04):
        return {"capital_raw": "", "capital_minor": None, "capital_currency": None}
    wan = min(max(round(revenue / _FEN_PER_WAN * dice.pick((0.1, 0.2, 0.3, 0.5)) / 10) * 10, 10), 20_000)
    return {"capital_raw": f"{wan}万元人民币", "capital_minor": wan * _FEN_PER_WAN, "capital_currency": "CNY"}


def _status(dice: Dice) -> str:
    if dice.chance(GONE_SHARE):
        return dice.weighted(_GONE).value
    return FirmStatus.UNKNOWN.value if dice.chance(_UNSTATED_STATUS) else FirmStatus.ACTIVE.value
