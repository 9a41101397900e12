"""How the cost of matching a whole city grows with its firms, and with the products; as figures and as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import log10
from typing import Any

from creditbridge.bench.matching import compile_loops, first_firms, matched, median_run
from creditbridge.bench.matching_city import make_city, make_products

FIRMS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 4_000_000)
PRODUCTS = (100, 250, 500, 1_000)
PRODUCTS_ON = 1_000_000
"""On so many firms, where there are as many, the products are varied."""
_WIDE, _HIGH, _LEFT, _FOOT = 360, 260, 56, 44


@dataclass(frozen=True, slots=True)
class Point:
    """A city, the products it was matched with, and the seconds it took: rules in, packed verdicts out."""

    firms: int
    products: int
    seconds: float


def measure(most_firms: int = FIRMS[-1], most_products: int = PRODUCTS[-1]) -> dict[str, list[Point]]:
    """The points by firms with the most products, and by products on a city of a million or the largest."""
    whole, rules = make_city(most_firms), make_products(most_products)
    compile_loops(whole, rules)

    def point(firms: int, products: int) -> Point:
        city, some = first_firms(whole, firms), rules[:products]
        seconds, _, _ = median_run(lambda: matched(city, some))
        return Point(firms, products, round(seconds, 4))

    sizes = [firms for firms in FIRMS if firms < most_firms] + [most_firms]
    ranges = [products for products in PRODUCTS if products < most_products] + [most_products]
    return {
        "by_firms": [point(firms, most_products) for firms in sizes],
        "by_products": [point(min(PRODUCTS_ON, most_firms), products) for products in ranges],
    }


def steepest(points: Sequence[Point], along: str) -> float:
    """How much faster the seconds grow than what they grow along, from point to point at the most; 1 is linear."""
    return max(
        (
            log10(after.seconds / before.seconds) / log10(getattr(after, along) / getattr(before, along))
            for before, after in pairwise(points)
        ),
        default=0.0,
    )


def drawing(curves: dict[str, list[Point]]) -> str:
    """Both curves side by side as SVG, with logarithmic axes; a dashed line is what linear would be."""
    parts = [
        _panel(0, f"{curves['by_firms'][0].products:,} products", curves["by_firms"], "firms"),
        _panel(_WIDE, f"{curves['by_products'][0].firms:,} firms", curves["by_products"], "products"),
    ]
    told = "; ".join(
        f"{one.firms:,} × {one.products:,}: {one.seconds:.3f} s"
        for several in curves.values()
        for one in several
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDE} {_HIGH}" role="img" '
        f'font-family="sans-serif" font-size="11"><title>Seconds to match a city</title>'
        f"<desc>{escape(told)}</desc>{''.join(parts)}</svg>\n"
    )


def _panel(left: int, title: str, points: Sequence[Point], along: str) -> str:
    xs = [log10(getattr(one, along)) for one in points]
    ys = [log10(one.seconds) for one in points]
    low, high = min(ys), max(*ys, ys[0] + xs[-1] - xs[0])

    def x(value: float) -> float:
        return left + _LEFT + (value - xs[0]) / max(xs[-1] - xs[0], 1e-9) * (_WIDE - _LEFT - 24)

    def y(value: float) -> float:
        return _HIGH - _FOOT - (value - low) / max(high - low, 1e-9) * (_HIGH - _FOOT - 40)

    line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(xs, ys, strict=True))
    dots = "".join(
        f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="#0b5cad"/>'
        f'<text x="{x(a):.1f}" y="{y(b) + 16:.1f}" text-anchor="middle">{one.seconds:.3g} s</text>'
        f'<text x="{x(a):.1f}" y="{_HIGH - 12}" text-anchor="middle">{_short(getattr(one, along))}</text>'
        for a, b, one in zip(xs, ys, points, strict=True)
    )
    return (
        f'<text x="{left + _WIDE / 2}" y="18" text-anchor="middle">by {along}, {title}</text>'
        f'<line x1="{x(xs[0]):.1f}" y1="{y(ys[0]):.1f}" x2="{x(xs[-1]):.1f}" '
        f'y2="{y(ys[0] + xs[-1] - xs[0]):.1f}" stroke="#888" stroke-dasharray="4 3"/>'
        f'<polyline points="{line}" fill="none" stroke="#0b5cad" stroke-width="2"/>{dots}'
    )


def _short(number: int) -> str:
    return f"{number / 1e6:g}M" if number >= 1e6 else f"{number / 1e3:g}k" if number >= 1e4 else str(number)


def as_json(curves: dict[str, list[Point]]) -> dict[str, Any]:
    """The points, and how steep each curve is at the most."""
    return {
        **{
            name: [{"firms": one.firms, "products": one.products, "seconds": one.seconds} for one in points]
            for name, points in curves.items()
        },
        "steepest_by_firms": round(steepest(curves["by_firms"], "firms"), 3),
        "steepest_by_products": round(steepest(curves["by_products"], "products"), 3),
    }
