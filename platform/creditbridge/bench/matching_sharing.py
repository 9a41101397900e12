"""What a process needs of its own to answer from a shared index: private memory beside the mapped generation.

A generation is written to a folder for a time; a process of its own, started for it, maps it as a web process does,
answers every kind of question until what it keeps is full, and reads its private dirty pages from ``smaps_rollup``
before and after.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from creditbridge.bench.matching_city import ON, firm_of, make_city, make_products
from creditbridge.facts.columns import FactColumns, Kind, columns_of
from lenders.admission.tree import Tree
from matching.index import generations
from matching.index.firm_bitsets import FirmBitsets, pack
from matching.index.generations import Generation
from matching.index.live import FEW_CHANGES, City
from matching.index.parts import Part
from matching.index.product_bitsets import codes_of, compile_rules
from matching.index.profile import make_profile
from matching.index.whole_city import Verdicts, match_city
from matching.whatif.service import counting_of

SMAPS = Path("/proc/self/smaps_rollup")
MEGA = 1_000_000
RULES = 12
"""More rules than a process keeps countings of."""


def private_mb(city: FactColumns, rules: Sequence[Tree], found: Verdicts) -> float | None:
    """Megabytes of private dirty memory for the index, in a process of its own; None where the system does not tell."""
    if not SMAPS.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        name = generations.write(Path(folder), _generation(city, rules, found))
        _settle(Path(folder))
        asked = [sys.executable, "-m", "creditbridge.bench.matching_sharing", folder, name, str(len(rules))]
        told = subprocess.run(asked, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    return round(int(json.loads(told.stdout)["private_bytes"]) / MEGA, 1)


def _generation(city: FactColumns, rules: Sequence[Tree], found: Verdicts) -> Generation:
    bitsets = FirmBitsets(city, ON)
    sets = {key: bitsets.sets(key) for key, column in city.columns.items() if column.kind is Kind.SETS}
    return Generation(city, len(city), ON, {n: n for n in range(len(rules))}, found, sets)


def _settle(folder: Path) -> None:
    """Bring files to the disk: until then Linux counts their pages as dirty in whoever maps them."""
    for file in folder.rglob("*.npy"):
        with file.open("rb") as opened:
            os.fsync(opened.fileno())


def _dirty() -> int:
    """Private dirty bytes of this process."""
    row = next(line for line in SMAPS.read_text().splitlines() if line.startswith("Private_Dirty:"))
    return int(row.split()[1]) * 1024


def _held(generation: Generation, rules: Sequence[Tree]) -> City:
    """The city as a web process holds it, with a thousand changed firms, once it has answered all it may keep."""
    city = generation.city
    bitsets = FirmBitsets(city, ON, sets=generation.sets)
    step = max(1, len(city) // FEW_CHANGES)
    changed = [firm_of(city, place) for place in range(0, len(city), step)][:FEW_CHANGES]
    stays = np.ones(len(city), dtype=np.bool_)
    stays[: step * len(changed) : step] = False
    over = FirmBitsets(columns_of(changed), ON)
    parts = (
        Part(bitsets, make_profile(city, ON), pack(stays)),
        Part(over, make_profile(over.city, ON), over.everyone),
    )
    held = City(0, ON, generation, parts, len(changed))
    held.kept["changed"] = changed
    for product in range(generation.verdicts.products):
        generation.verdicts.counts(product)
    for rule in rules[:RULES]:
        counting = counting_of(held, rule, 1)
        counting.both()
        counting.near_misses()
        for criterion in rule.criteria():
            counting.curve(criterion.id)
            counting.eligible({criterion.id: None})
    return held


def _main(folder: str, name: str, products: int) -> None:
    rules = make_products(products)
    small = make_city(2_000)
    _held(
        _generation(small, rules[:50], match_city(compile_rules(rules[:50], ON, codes_of(small)), small)),
        rules,
    )
    del small
    gc.collect()
    before = _dirty()
    held = _held(generations.load(Path(folder), name), rules)
    gc.collect()
    after = _dirty()
    sys.stdout.write(json.dumps({"private_bytes": after - before, "firms": len(held.generation.city)}))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
