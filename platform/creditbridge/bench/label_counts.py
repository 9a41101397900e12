"""Counting combinations of labels over an invented city, beside Polars and DuckDB on the same bits.

Every engine is held to the same answer. Three labels all-of, two any-of, one none-of, as in the pilots' question
“which firms have these, one of those, and not that”.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from creditbridge.labels.catalogue import numbered
from creditbridge.labels.index import CityIndex, Combination, build

ROUNDS = 200
_PEER_ROUNDS = 5


def measure(firms: int, seed: int = 1) -> dict[str, Any]:
    """Milliseconds to count one combination of six labels, the median of many different ones."""
    draw = np.random.default_rng(seed)
    codes = [label.code for label in numbered()]
    shares = draw.beta(0.4, 4, len(codes))
    members = {
        code: np.flatnonzero(draw.random(firms) < share) for code, share in zip(codes, shares, strict=True)
    }
    index = build(np.arange(firms), members.items())
    wanted = [_combination(draw, codes) for _ in range(ROUNDS)]
    index.count(wanted[0])  # compiles
    counts, spent = _times(index.count, wanted)
    peers = {}
    for name, engine in (("polars", _polars(index, codes, firms)), ("duckdb", _duckdb(index, codes, firms))):
        if engine is not None:
            theirs, times = _times(engine, wanted[:_PEER_ROUNDS])
            if theirs != counts[:_PEER_ROUNDS]:
                raise AssertionError(f"{name} counts {theirs}, not {counts[:_PEER_ROUNDS]}")
            peers[name] = round(statistics.median(times), 4)
    return {
        "firms": firms,
        "labels": len(codes),
        "median_ms": round(statistics.median(spent), 4),
        "p95_ms": round(sorted(spent)[int(len(spent) * 0.95)], 4),
        "peers_ms": peers,
    }


def _combination(draw: np.random.Generator, codes: list[str]) -> Combination:
    chosen = [codes[place] for place in draw.choice(len(codes), 6, replace=False)]
    return Combination(tuple(chosen[:3]), (tuple(chosen[3:5]),), (chosen[5],))


def _times(
    count: Callable[[Combination], int], wanted: Sequence[Combination]
) -> tuple[list[int], list[float]]:
    """What each combination counts, and the milliseconds it took."""
    counts, spent = [], []
    for one in wanted:
        began = time.perf_counter()
        counts.append(count(one))
        spent.append((time.perf_counter() - began) * 1000)
    return counts, spent


def _flags(index: CityIndex, code: str, firms: int) -> Any:
    found = np.zeros(firms, np.bool_)
    found[index.firm_nos(Combination(all_of=(code,)))] = True
    return found


def _polars(index: CityIndex, codes: list[str], firms: int) -> Callable[[Combination], int]:
    import polars as pl

    table = pl.DataFrame({code: _flags(index, code, firms) for code in codes})

    def count(wanted: Combination) -> int:
        columns = [pl.col(code) for code in wanted.all_of]
        columns += [pl.any_horizontal(group) for group in wanted.any_of]
        columns += [~pl.col(code) for code in wanted.none_of]
        return int(table.select(pl.all_horizontal(columns).sum()).item())

    return count


def _duckdb(index: CityIndex, codes: list[str], firms: int) -> Callable[[Combination], int] | None:
    try:
        import duckdb
    except ImportError:
        return None
    import pyarrow as pa

    connection = duckdb.connect()
    connection.register("held", pa.table({code: _flags(index, code, firms) for code in codes}))
    connection.execute("create table labels as select * from held")

    def count(wanted: Combination) -> int:
        parts = [f'"{code}"' for code in wanted.all_of]
        parts += ["(" + " or ".join(f'"{code}"' for code in group) + ")" for group in wanted.any_of]
        parts += [f'not "{code}"' for code in wanted.none_of]
        # Codes are those of the catalogue, which holds them to letters, digits and underscores.
        row = connection.execute(f"select count(*) from labels where {' and '.join(parts)}").fetchone()  # noqa: S608
        return int(row[0]) if row else 0

    return count
