"""Matching at city scale beside its peers, on one random city and the same rules; every engine's answers compared.

``seconds`` begin with fact columns in memory, include compiling the rules and end with packed verdicts of all firms and
products; ``ranked_seconds`` go on to the first twenty products of each firm, in the order of ``matching.ranking``.
Numba's loops are compiled before, as those of the peers were when they were built. What-if, curve and labels are
measured on at most 620,000 of the firms. ``index_mb`` is what processes share by memory-mapping: fact columns, packed
verdicts and a bitmap for each label; ``private_mb`` what a process has of its own beside it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from creditbridge.bench import matching_peers as peers
from creditbridge.bench.matching_city import LABELS, ON, firm_of, make_city, make_products
from creditbridge.bench.matching_offers import grades_of, make_estimates, make_offers
from creditbridge.bench.matching_sharing import private_mb
from creditbridge.facts.columns import FactColumns
from lenders.admission.tree import Tree
from matching.index import kernels
from matching.index.failing import Reasons
from matching.index.firm_bitsets import FirmBitsets
from matching.index.parts import Part
from matching.index.product_bitsets import ProductBitsets, codes_of, compile_rules
from matching.index.profile import make_profile
from matching.index.whole_city import Verdicts, match_city
from matching.ranking.whole_city import rank_city
from matching.whatif.counting import Counting

WHATIF_FIRMS = 620_000
TOP = 20
MEGA = 1_000_000
# What the slow peers are measured on; their seconds are scaled up to the whole.
SAMPLES = {"duckdb": 200, "postgresql": 40, "python": 40}
PYTHON_FIRMS = 2_000
RUNS = 5


def measure(
    firms: int, products: int, *, with_peers: bool = True, postgresql: str | None = None
) -> dict[str, Any]:
    """The figures on a city of so many firms and so many products.

    Raises:
        AssertionError: two engines do not agree.
    """
    city, rules = make_city(firms), make_products(products)
    compile_loops(city, rules)
    seconds, compiled, found = median_run(lambda: matched(city, rules))
    ranked, _, _ = median_run(_ranking(city, rules))
    some = first_firms(city, WHATIF_FIRMS)
    whatif_ms, curve_ms = _whatif(some, rules)
    return {
        "firms": firms,
        "products": products,
        "pairs_eligible": sum(found.counts(product)[0] for product in range(products)),
        "seconds": round(seconds, 4),
        "peers": _peers(city, rules, found, postgresql) if with_peers else {},
        "one_firm_us": round(_one_firm(city, compiled), 1),
        "whatif_ms": round(whatif_ms, 3),
        "curve_ms": round(curve_ms, 3),
        "labels_ms": round(_labels(some), 4),
        "update_us": round(_update(city, compiled), 1),
        "index_mb": round(_index_bytes(city, found) / MEGA, 1),
        "ranked_seconds": round(ranked, 4),
        "one_firm_explained_us": round(_explained(city, compiled), 1),
        "private_mb": private_mb(city, rules, found),
    }


def compile_loops(city: FactColumns, rules: Sequence[Tree]) -> None:
    """Have Numba's loops compiled, or read from where they are kept, on a part of the city."""
    _ranking(first_firms(city, 2_000), rules[:3])()


def matched(city: FactColumns, rules: Sequence[Tree]) -> tuple[ProductBitsets, Verdicts]:
    """From rules and columns to packed verdicts."""
    compiled = compile_rules(rules, ON, codes_of(city))
    return compiled, match_city(compiled, city)


def _ranking(city: FactColumns, rules: Sequence[Tree]) -> Callable[[], tuple[ProductBitsets, Verdicts]]:
    """The same and then the first products of every firm; what is known of the offers is in memory before."""
    offers, grades = make_offers(len(rules)), grades_of(city)
    estimates = make_estimates(offers)

    def ranked() -> tuple[ProductBitsets, Verdicts]:
        compiled, found = matched(city, rules)
        rank_city(found, offers, grades, estimates, TOP)
        return compiled, found

    return ranked


def median_run(
    work: Callable[[], tuple[ProductBitsets, Verdicts]],
) -> tuple[float, ProductBitsets, Verdicts]:
    """The median of five runs; what a run made is let go before the next."""
    times = []
    for _ in range(RUNS - 1):
        spent, made = _timed(work)
        times.append(spent)
        del made
    spent, (compiled, found) = _timed(work)
    return statistics.median([*times, spent]), compiled, found


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    done = work()
    return time.perf_counter() - begun, done


def _median(work: Callable[[int], object], times: int) -> float:
    """The median seconds of a call."""
    work(0)
    spent = []
    for turn in range(1, times + 1):
        begun = time.perf_counter()
        work(turn)
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def first_firms(city: FactColumns, firms: int) -> FactColumns:
    """The first firms of a city."""
    cut = {
        key: replace(column, values=column.values[:firms], as_of=column.as_of[:firms])
        for key, column in city.columns.items()
    }
    return FactColumns(city.firm_nos[:firms], cut)


def _one_firm(city: FactColumns, compiled: ProductBitsets) -> float:
    known = [firm_of(city, place) for place in range(min(200, len(city)))]
    return _median(lambda turn: compiled.firm(known[turn % len(known)]), 400) * MEGA


def _explained(city: FactColumns, compiled: ProductBitsets) -> float:
    known = [firm_of(city, place) for place in range(min(50, len(city)))]
    reasons = Reasons(compiled)
    return _median(lambda turn: reasons.of(known[turn % len(known)]), 100) * MEGA


def _update(city: FactColumns, compiled: ProductBitsets) -> float:
    """A firm's facts change: its verdicts on every product, laid over the index."""
    known = [firm_of(city, place) for place in range(min(200, len(city)))]
    over: dict[int, Any] = {}

    def changed(turn: int) -> None:
        one = known[turn % len(known)]
        over[one.firm_no] = compiled.firm(one)

    return _median(changed, 400) * MEGA


def _whatif(city: FactColumns, rules: Sequence[Tree]) -> tuple[float, float]:
    """Moving one threshold with all breakdowns, and the whole curve; of the rule with the most criteria."""
    rule = max(rules, key=lambda one: len(list(one.criteria())))
    bitsets = FirmBitsets(city, ON)
    counting = Counting([Part(bitsets, make_profile(city, ON), bitsets.everyone)], rule, 1)
    moving = next(
        one for one in rule.criteria() if len(counting.curve(one.id)) > 20 and isinstance(one.test.value, int)
    )

    def move(turn: int) -> object:
        moved = replace(moving.test, value=int(moving.test.value or 0) + turn)  # type: ignore[arg-type]
        return counting.eligible({moving.id: moved})

    return _median(move, 100) * 1_000, _median(lambda _: counting.curve(moving.id), 100) * 1_000


def _labels(city: FactColumns) -> float:
    """All of three labels, any of two others and none of one."""
    bitsets = FirmBitsets(city, ON)
    bitmaps = bitsets.sets("labels")
    dice = np.random.default_rng(3)
    drawn = [dice.choice(len(LABELS), 6, replace=False) for _ in range(200)]

    def ask(turn: int) -> int:
        chosen = drawn[turn % len(drawn)]
        return int(kernels.combined(bitmaps, chosen[:3], chosen[3:5], chosen[5:], bitsets.everyone.copy()))

    return _median(ask, 200) * 1_000


def _index_bytes(city: FactColumns, found: Verdicts) -> int:
    bitmaps = len(city.columns["labels"].codes) * -(-len(city) // 64) * 8
    return city.nbytes + found.tiles.nbytes + bitmaps


def _peers(
    city: FactColumns, rules: Sequence[Tree], found: Verdicts, url: str | None
) -> dict[str, float | None]:
    """Each engine's seconds for the whole, after its answers were compared with ours."""
    asked = {name: min(most, len(rules)) for name, most in SAMPLES.items()}
    answers = {
        "polars": sorted((peers.polars(city, rules, len(rules)) for _ in range(3)), key=_seconds)[1],
        "duckdb": peers.duckdb(city, rules, asked["duckdb"]),
        "postgresql": peers.postgresql(city, rules, asked["postgresql"], url) if url else None,
        "python": peers.python(city, rules, asked["python"], min(PYTHON_FIRMS, len(city))),
    }
    ours = [found.counts(product)[:2] for product in range(len(rules))]
    for name, peer in answers.items():
        if peer is None:
            continue
        same = ours if peer.firms == len(city) else _counts_of_first(found, peer.firms, peer.products)
        wrong = [n for n, one in enumerate(peer.answer) if tuple(one) != tuple(same[n])]
        if wrong:
            raise AssertionError(f"{name} does not agree on products {wrong[:5]}")
    return {name: None if peer is None else round(peer.seconds, 3) for name, peer in answers.items()}


def _seconds(peer: peers.Peer) -> float:
    return peer.seconds


def _counts_of_first(found: Verdicts, firms: int, products: int) -> list[tuple[int, int]]:
    counts = []
    for product in range(products):
        halves = (found.yes(product), found.maybe(product))
        yes, maybe = (
            int(np.unpackbits(half.view(np.uint8), count=firms, bitorder="little").sum()) for half in halves
        )
        counts.append((yes, maybe - yes))
    return counts
