"""The city as it is now: the newest generation, with the firms changed since laid over it.

Each answer begins with one read of the change counter. While it stands still, what was read last is used again; when it
has moved, the few firms whose facts changed are read and form a second, small part of the city, and the first part
leaves them out. So a committed change is in the next answer of every process. Where very many changed at once, as after a
run, they are read as columns and form a part of their own. Nothing is kept of what a writing session sees, for it may never
be committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.columns import Builder, FactColumns, Kind, columns_of
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel import clock
from creditbridge.store import change_counter
from lenders.admission.tree import Tree
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.eligibility.admitting import rule_of
from matching.index import generations
from matching.index.comparing import Words
from matching.index.firm_bitsets import FirmBitsets, Pair, count, pack
from matching.index.generations import Generation
from matching.index.parts import Part
from matching.index.product_bitsets import codes_of, compile_rules
from matching.index.profile import make_profile
from matching.index.whole_city import match_city

FEW_CHANGES = 1_000
"""With more firms changed than this, and than one in fifty, a new generation is due."""
MANY_CHANGES = 2_000
"""More firms than this are read as columns: as values they would take hundreds of times the memory."""
MOST_LAYERS = 8
"""With more parts of many firms they are read again as one."""


@dataclass(slots=True)
class City:
    """The city at a moment of the change counter, on a legal date."""

    change_seq: int
    on: date
    generation: Generation
    parts: tuple[Part, ...]
    changed: int
    kept: dict[Any, Any] = field(default_factory=dict)
    """What others made of the city and may ask for again; gone with it."""
    _counts: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        """Whether a new generation would serve better."""
        return self.generation.on != self.on or self.changed > max(
            FEW_CHANGES, len(self.generation.city) // 50
        )

    def counts(self, product: PublishedProduct) -> tuple[int, int, int]:
        """Eligible, tentative, not eligible. What was counted is kept, the bitmaps are not: they are large and at hand."""
        held = self._counts.get(product.version_id)
        if held is None:
            held = self._counts[product.version_id] = self._counted(product)
        return held

    def _counted(self, product: PublishedProduct) -> tuple[int, int, int]:
        eligible = possible = 0
        for part, pair in zip(self.parts, self._read(product), strict=True):
            eligible += count(pair.yes & part.among)
            possible += count(pair.maybe & part.among)
        return eligible, possible - eligible, sum(count(part.among) for part in self.parts) - possible

    def eligible_firm_nos(self, tree: Tree) -> set[int]:
        """The numbers of the firms that qualify under a rule."""
        found: set[int] = set()
        for part in self.parts:
            bitmap = part.bitsets.tree(tree).yes & part.among
            flags = np.unpackbits(bitmap.view(np.uint8), count=part.bitsets.firms, bitorder="little")
            found.update(part.bitsets.city.firm_nos[flags.view(np.bool_)].tolist())
        return found

    def _read(self, product: PublishedProduct) -> tuple[Pair, ...]:
        tree, place = rule_of(product), self.generation.versions.get(product.version_id)
        read = [part.bitsets.tree(tree) for part in self.parts[1:]]
        if place is not None and self.generation.on == self.on:
            verdicts = self.generation.verdicts
            return (Pair(verdicts.yes(place), verdicts.maybe(place)), *read)
        return (self.parts[0].bitsets.tree(tree), *read)


def city(session: Session) -> City:
    """The city as this reading session sees it, today."""
    seq, on = change_counter.current(session), clock.today()
    live = _live_of(session)
    held = live.city
    if held is not None and (held.change_seq, held.on) == (seq, on):
        return held
    with live.lock:
        return live.moved(session, seq, on)


def build(session: Session, on: date) -> Generation:
    """A generation of the city as this session sees it."""
    # Read before the rows: what is committed meanwhile is read again as a change.
    seq = change_counter.current(session)
    builder, highest = Builder(), 0
    for firm_id, firm_no, values, lists in facts.stored_city(session):
        builder.add(firm_no, values, lists)
        highest = max(highest, firm_id)
    columns = builder.columns(seq)
    asked = [product for product in products.published(session) if product.for_firms]
    compiled = compile_rules([rule_of(product) for product in asked], on, codes_of(columns))
    bitsets = FirmBitsets(columns, on)
    sets = {key: bitsets.sets(key) for key, column in columns.columns.items() if column.kind is Kind.SETS}
    versions = {product.version_id: place for place, product in enumerate(asked)}
    return Generation(columns, highest, on, versions, match_city(compiled, columns), sets)


def refresh(session: Session) -> bool:
    """Write a new generation where the current one has grown old; answers whether it did."""
    folder = folder_of(session)
    if folder is None:
        return False
    name, on = generations.current(folder), clock.today()
    if name is not None:
        held = generations.load(folder, name)
        changed = facts.count_changed_since(session, held.city.change_seq, held.highest_firm_id)
        if not City(0, on, held, (), changed).is_old:
            return False
    generations.write(folder, build(session, on))
    return True


def folder_of(session: Session) -> Path | None:
    place = session.info.get(generations.FOLDER_KEY)
    return None if place is None else Path(place)


class _Live:
    """What this process holds of one database's city."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.city: City | None = None
        self._base: Part | None = None
        self._layers: list[Part] = []
        """Parts of many firms changed since, each laid over those before it."""
        self._changed: dict[int, FirmFacts] = {}
        self._seen = 0

    def moved(self, session: Session, seq: int, on: date) -> City:
        """The city after the counter moved, a new generation came or a day began."""
        held = self.city
        if held is not None and (held.change_seq, held.on) == (seq, on):
            return held
        generation = self._newest(session, on, None if held is None else held.generation)
        if held is None or generation is not held.generation or held.on != on or self._base is None:
            bitsets = FirmBitsets(generation.city, on, sets=generation.sets)
            self._base = Part(bitsets, make_profile(generation.city, on), bitsets.everyone)
            self._layers = [_part(layer.bitsets.city, on) for layer in self._layers]
            if held is None or generation is not held.generation:
                self._layers, self._changed, self._seen = [], {}, generation.city.change_seq
        self._take_changes(session, generation, on)
        self._seen = seq
        parts = self._parts(self._base, on)
        changed = sum(count(part.among) for part in parts[1:])
        self.city = City(seq, on, generation, parts, changed)
        return self.city

    def _take_changes(self, session: Session, generation: Generation, on: date) -> None:
        """Read the firms changed since the last look: few as values, many as a part."""
        highest = generation.highest_firm_id
        if facts.count_changed_since(session, self._seen, highest) <= MANY_CHANGES:
            self._changed |= facts.changed_since(session, self._seen, highest)
            if len(self._changed) > MANY_CHANGES:
                self._layers.append(_part(columns_of(self._changed.values()), on))
                self._changed = {}
            return
        if len(self._layers) >= MOST_LAYERS:
            self._layers, self._changed, self._seen = [], {}, generation.city.change_seq
        builder = Builder()
        for firm_id, firm_no, values, lists in facts.stored_changed_since(session, self._seen, highest):
            builder.add(firm_no, values, lists)
            self._changed.pop(firm_id, None)
        self._layers.append(_part(builder.columns(), on))

    def _newest(self, session: Session, on: date, held: Generation | None) -> Generation:
        folder = folder_of(session)
        name = None if folder is None else generations.current(folder)
        if held is not None and (name is None or name == held.name):
            return held
        if folder is None:
            return build(session, on)
        if name is None:
            name = generations.write(folder, build(session, on))
        try:
            return generations.load(folder, name)
        except FileNotFoundError:  # swept since its name was read
            return generations.load(folder, generations.current(folder) or name)

    def _parts(self, base: Part, on: date) -> tuple[Part, ...]:
        parts = [base, *self._layers]
        if self._changed:
            parts.append(_part(columns_of(self._changed.values()), on))
        later = np.zeros(0, dtype=np.uint32)
        shown = []
        for part in reversed(parts):
            shown.append(replace(part, among=_without(part, later)))
            later = np.union1d(later, part.bitsets.city.firm_nos)
        return tuple(reversed(shown))


def _part(columns: FactColumns, on: date) -> Part:
    bitsets = FirmBitsets(columns, on)
    return Part(bitsets, make_profile(columns, on), bitsets.everyone)


def _without(part: Part, later: NDArray[np.uint32]) -> Words:
    """The firms of a part but those that a later part tells of."""
    if not len(later):
        return part.bitsets.everyone
    firm_nos = part.bitsets.city.firm_nos
    stays = np.ones(len(firm_nos), dtype=np.bool_)
    places = np.searchsorted(firm_nos, later)
    inside = places < len(firm_nos)
    hit = places[inside][firm_nos[places[inside]] == later[inside]]
    stays[hit] = False
    return pack(stays) & part.bitsets.everyone


_lives: WeakKeyDictionary[Engine, _Live] = WeakKeyDictionary()
_lives_lock = Lock()


def _live_of(session: Session) -> _Live:
    bind: Any = session.get_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    with _lives_lock:
        if engine not in _lives:
            _lives[engine] = _Live()
        return _lives[engine]
