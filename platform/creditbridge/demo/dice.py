"""Chance with a seed: the same seed gives the same city, whatever else is drawn before or after."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")
MONEY_STEP = 10_000
"""Drawn sums are whole hundreds of yuan, in fen."""


class Dice:
    """One named stream of chance. Streams of different names do not disturb each other."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._random = random.Random(seed)

    def stream(self, name: str) -> Dice:
        """A stream of its own under this one."""
        return Dice(f"{self._seed}/{name}")

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def bell(self, mean: float, spread: float, low: float, high: float) -> float:
        """Normally distributed, and cut off at both ends."""
        return min(max(self._random.gauss(mean, spread), low), high)

    def spread(self, middle: float, sigma: float) -> float:
        """Log-normally distributed around a middle value."""
        return middle * self._random.lognormvariate(0, sigma)

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self._random.random() * len(items))]

    def weighted(self, items: Mapping[Item, float]) -> Item:
        return self._random.choices(list(items), weights=list(items.values()))[0]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        return self._random.sample(items, min(count, len(items)))

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        return self.sample(items, len(items))


def rounded(fen: float, step: int = MONEY_STEP) -> int:
    """A sum without false precision."""
    return round(fen / step) * step
