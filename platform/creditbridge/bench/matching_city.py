"""A random city as columns and random products of the shapes that real ones have, for measuring matching.

Both grow from one seed. What firms know, how skewed amounts are and how many labels they have is like the demo city;
nothing is written anywhere.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.facts.columns import (
    DATED,
    EPOCH,
    NO,
    YES,
    Column,
    FactColumns,
    Kind,
    list_key,
    narrow,
)
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.registry import industries, regions
from lenders.admission.tree import Criterion, Group, Missing, Mode, Operator, Test, Tree

ON = date(2026, 7, 1)
LABELS = tuple(f"label_{number:03}" for number in range(283))
YUAN = 100

# Ordered facts: the median and the spread of a log-normal draw, and the thresholds that rules choose from.
_ORDERED: dict[str, tuple[float, float, tuple[int, ...]]] = {
    "annual_revenue": (
        3e6 * YUAN,
        1.8,
        tuple(
            n * 10_000 * YUAN
            for n in (10, 30, 50, 80, 100, 200, 300, 500, 800, 1000, 1500, 2000, 3000, 5000, 10_000)
        ),
    ),
    "tax_sales_12m": (
        2e6 * YUAN,
        1.8,
        tuple(n * 10_000 * YUAN for n in (10, 20, 50, 100, 200, 300, 500, 1000, 2000)),
    ),
    "tax_paid_12m": (
        6e4 * YUAN,
        1.6,
        tuple(n * 1_000 * YUAN for n in (1, 2, 5, 10, 20, 30, 50, 100, 200, 500)),
    ),
    "total_debt": (1e6 * YUAN, 1.5, tuple(n * 100_000 * YUAN for n in (5, 10, 20, 50, 100, 200))),
    "registered_capital": (1e6 * YUAN, 1.3, tuple(n * 100_000 * YUAN for n in (1, 3, 5, 10, 20, 50))),
    "employees": (9, 1.1, (1, 3, 5, 8, 10, 15, 20, 30, 50, 80, 100, 200, 300)),
    "social_insurance_headcount": (7, 1.1, (1, 3, 5, 8, 10, 20, 30, 50, 100)),
    "valid_patents": (1, 1.2, (1, 2, 3, 5, 10)),
    "platform_score": (640, 0.15, (400, 450, 500, 520, 550, 580, 600, 620, 650, 680, 700, 750)),
    "debt_asset_ratio": (500_000, 0.4, (500_000, 550_000, 600_000, 650_000, 700_000, 800_000)),
    "revenue_growth": (60_000, 1.0, (0, 50_000, 100_000, 200_000)),
    "overdue_count_24m": (0.2, 1.5, (0, 1, 2, 3, 6)),
    "credit_inquiries_6m": (2, 0.8, (3, 4, 5, 6, 8, 10)),
    "lenders_with_credit": (1, 0.8, (1, 2, 3, 4, 5)),
    "penalties_12m": (0.1, 1.5, (0, 1, 2)),
}
_AT_MOST = frozenset(
    {"total_debt", "debt_asset_ratio", "overdue_count_24m", "credit_inquiries_6m", "lenders_with_credit"}
    | {"penalties_12m"}
)
_YEARS = {"established_on": (1, 2, 3, 5, 8, 10), "operating_since": (1, 2, 3, 5)}
_BOOLEANS = {
    "abnormal_listed": 0.04,
    "seriously_dishonest": 0.01,
    "under_enforcement": 0.02,
    "judgment_defaulter": 0.02,
    "overdue_now": 0.03,
    "technology_firm": 0.12,
    "social_insurance_current": 0.9,
    "annual_report_filed": 0.92,
    "owns_ip": 0.15,
    "fixed_premises": 0.85,
}
_CODED = ("platform_grade", "tax_credit_grade", "firm_size", "registration_status", "entity_kind")
_LISTS = ("sukedai_reserve", "cultivation_pool")
_KNOWN = 0.9


def make_city(firms: int, seed: int = 1) -> FactColumns:
    """A city of so many firms."""
    draw = np.random.default_rng(seed)
    columns: dict[str, Column] = {}

    def put(
        key: str, kind: Kind, values: NDArray[Any], codes: tuple[str, ...] = (), known: float = _KNOWN
    ) -> None:
        as_of = (ON.toordinal() - EPOCH - draw.integers(0, 800, firms)).astype(np.uint16)
        as_of[draw.random(firms) >= known] = 0
        columns[key] = Column(key, kind, values, as_of, codes)

    for code, (median, spread, _) in _ORDERED.items():
        drawn = np.exp(draw.normal(np.log(median), spread, firms)).astype(np.int64)
        put(code, Kind.ORDERED, narrow(drawn), known=0.8)
    for code in _YEARS:
        put(code, Kind.ORDERED, narrow(ON.toordinal() - (draw.exponential(2_200, firms)).astype(np.int64)))
    for code, share in _BOOLEANS.items():
        put(code, Kind.CODED, (draw.random(firms) < share).astype(np.int16), (NO, YES))
    for code in _CODED:
        fact = catalogue()[code]
        codes = tuple(fact.scale.grades if fact.scale else fact.choices)
        weights = draw.dirichlet(np.full(len(codes), 2.0))
        if code == "registration_status":
            weights = np.where(np.arange(len(codes)) == codes.index("active"), 0.9, 0.1 / (len(codes) - 1))
        put(code, Kind.CODED, draw.choice(len(codes), firms, p=weights).astype(np.int16), codes)
    for code, places in (("registered_region", _places()), ("industry", _lines_of_business())):
        put(code, Kind.CODED, draw.integers(0, len(places), firms).astype(np.int16), places, known=0.99)
    for name in _LISTS:
        put(list_key(name), Kind.CODED, (draw.random(firms) < 0.1).astype(np.int16), (NO, YES), known=0.3)
    for code, codes, share in (
        ("labels", LABELS, 0.04),
        ("tech_certifications", tuple(catalogue()["tech_certifications"].choices), 0.05),
    ):
        put(code, Kind.SETS, _sets(draw, firms, len(codes), share), codes, known=0.95)
    return FactColumns(np.arange(1, firms + 1, dtype=np.uint32), columns)


def _sets(draw: np.random.Generator, firms: int, codes: int, share: float) -> NDArray[np.uint64]:
    """Random sets; the first codes are common, the last rare."""
    words = np.zeros((firms, -(-codes // 64)), dtype=np.uint64)
    for code in range(codes):
        has = draw.random(firms, dtype=np.float32) < min(0.4, share * 3 / (1 + code / 40))
        words[:, code >> 6] |= has.astype(np.uint64) << np.uint64(code & 63)
    return words


def _places() -> tuple[str, ...]:
    return tuple(region.code for region in regions.children(regions.DEMO_CITY))


def _lines_of_business() -> tuple[str, ...]:
    return tuple(f"{division.code}{n}" for division in industries.divisions() for n in ("", "1", "11", "20"))


def make_products(products: int, seed: int = 2) -> tuple[Tree, ...]:
    """Random rules: mostly six to eleven criteria that must all hold, some conditional, some with alternatives."""
    dice = random.Random(seed)  # noqa: S311 - a measured city has to grow again
    return tuple(_rule(dice) for _ in range(products))


def _rule(dice: random.Random) -> Tree:
    facts = dice.sample(sorted(_ORDERED), dice.randint(2, 4))
    facts += dice.sample(sorted(_BOOLEANS), dice.randint(2, 3))
    facts += ["platform_grade", "established_on"] if dice.random() < 0.7 else ["tax_credit_grade"]
    for code, chance in (("registered_region", 0.3), ("industry", 0.4), ("labels", 0.3), ("firm_size", 0.2)):
        facts += [code] * (dice.random() < chance)
    nodes: list[Criterion | Group] = [
        _criterion(dice, f"c{place}", code, when=dice.random() < 0.05) for place, code in enumerate(facts)
    ]
    if dice.random() < 0.2:
        inner = dice.sample(
            ["technology_firm", "valid_patents", "tech_certifications", "in_list", "owns_ip"], 2
        )
        nodes.append(Group(Mode.ANY, tuple(_criterion(dice, f"a{n}", code) for n, code in enumerate(inner))))
    nodes.append(
        Criterion("active", Test("registration_status", Operator.IN_SET, ("active",)), missing=Missing.PASS)
    )
    return Tree(Group(Mode.ALL, tuple(nodes)))


def _criterion(dice: random.Random, name: str, code: str, *, when: bool = False) -> Criterion:
    missing = dice.choices((Missing.TENTATIVE, Missing.FAIL, Missing.PASS), (7, 2, 1))[0]
    before = (Test("employees", Operator.MORE_THAN, dice.choice((50, 100, 300))),) if when else ()
    age = dice.choice((180, 365)) if dice.random() < 0.1 else None
    return Criterion(name, _test(dice, code), before, missing, age)


def _test(dice: random.Random, code: str) -> Test:
    if code in _ORDERED:
        operator = Operator.AT_MOST if code in _AT_MOST else Operator.AT_LEAST
        return Test(code, operator, dice.choice(_ORDERED[code][2]))
    if code in _YEARS:
        return Test(code, Operator.AT_LEAST, dice.choice(_YEARS[code]))
    if code in _BOOLEANS:
        return Test(code, Operator.IS_TRUE if _BOOLEANS[code] > 0.1 else Operator.IS_FALSE)
    if code == "in_list":
        return Test(code, Operator.IN_LIST, dice.choice(_LISTS))
    return _test_of_codes(dice, code)


def _test_of_codes(dice: random.Random, code: str) -> Test:
    fact = catalogue()[code]
    if fact.type is FactType.SCALE_GRADE and fact.scale is not None:
        return Test(code, Operator.AT_LEAST, dice.choice(list(fact.scale.grades)[1:4]))
    if fact.type is FactType.CHOICE:
        return Test(code, Operator.IN_SET, tuple(dice.sample(sorted(fact.choices), 3)))
    if fact.type is FactType.REGION:
        return Test(code, Operator.WITHIN, tuple(dice.sample(_places(), 4)))
    if fact.type is FactType.INDUSTRY:
        sections = [section.code for section in industries.sections()]
        return Test(code, Operator.WITHIN, tuple(dice.sample(sections, dice.randint(2, 8))))
    codes = LABELS[:40] if fact.type is FactType.LABEL_SET else sorted(fact.choices)
    operator = dice.choice((Operator.ANY_OF, Operator.ANY_OF, Operator.NONE_OF))
    return Test(code, operator, tuple(dice.sample(codes, dice.randint(1, 4))))


def firm_of(city: FactColumns, place: int) -> FirmFacts:
    """One firm of the columns as the value that one-firm evaluators read."""
    values: dict[str, FactValue] = {}
    lists: dict[str, ListMembership] = {}
    for key, column in city.columns.items():
        if not column.as_of[place]:
            continue
        as_of = date.fromordinal(int(column.as_of[place]) + EPOCH)
        if "/" in key:
            lists[key.partition("/")[2]] = ListMembership(bool(column.values[place]), FactSource.DEMO, as_of)
        else:
            values[key] = FactValue(value_of(column, place), FactSource.DEMO, as_of)
    return FirmFacts(int(city.firm_nos[place]), values, lists)


def value_of(column: Column, place: int) -> Any:
    """The value of one firm, as one-firm evaluators read it."""
    fact, held = catalogue()[column.key], column.values[place]
    if column.kind is Kind.SETS:
        words = [int(word) for word in held]
        return frozenset(code for at, code in enumerate(column.codes) if words[at >> 6] >> (at & 63) & 1)
    if column.kind is Kind.ORDERED:
        return date.fromordinal(int(held)) if fact.type in DATED else int(held)
    code = column.codes[int(held)]
    return code == YES if fact.type is FactType.BOOLEAN else code
