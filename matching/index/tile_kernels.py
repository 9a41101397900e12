"""The compiled loops over tiles of firms: from cells to packed verdicts, and from these to each firm's first products.

Nothing here knows what a fact or a product is: cells, bits and places are all there is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.index.instructions import both, either, has_bits, lowest, no_row, put_row, row_at, turn, without
from matching.index.tiles import END, TILE_WORDS


@njit(cache=True, nogil=True)
def _comparisons(
    begin: int, cells: Any, sources: Any, ends: Any, table: Any, tile: Any
) -> None:  # pragma: no cover - compiled
    """The bits of every comparison over one tile: a word of them a firm, turned so that firms lie along the word.

    A word's bits come from the cells of one axis or of several, each looked up in a table of its own.
    """
    at = 0
    for word in range(len(ends)):
        rows = tile[word * 64 : word * 64 + 64]
        first = True
        while at < ends[word]:
            own, some = table[sources[at, 1] :], cells[sources[at, 0], begin : begin + 64 * TILE_WORDS]
            _look_up(some, own, rows, first)
            first = False
            at += 1
        turn(tile, word * 64)


@njit(cache=True, nogil=True)
def _look_up(cells: Any, table: Any, rows: Any, first: bool) -> None:  # pragma: no cover - compiled
    """Write each firm's word, or join it to what stands there: firm ``i`` in row ``i % 64``, column ``i // 64``."""
    if first:
        for place in range(64):
            for part in range(TILE_WORDS):
                rows[place, part] = table[np.uint64(cells[part * 64 + place])]
    else:
        for place in range(64):
            for part in range(TILE_WORDS):
                rows[place, part] |= table[np.uint64(cells[part * 64 + place])]


# No closures here: those of one factory share a name in the cache, and another process may be given the wrong one.
# Lists of rows end with END.


@njit(cache=True, nogil=True)
def _clauses(tile: Any, at: int, lists: Any, many: int) -> None:  # pragma: no cover - compiled
    """The clauses that join comparisons, written behind them: each is any of the rows of its list."""
    place, one = np.uint64(0), np.uint64(1)
    for clause in range(many):
        row = no_row()
        part = lists[place]
        while part != END:
            row = either(row, row_at(tile, part))
            place += one
            part = lists[place]
        place += one
        put_row(tile, at + clause, row)


@njit(cache=True, nogil=True)
def _products(tile: Any, lists: Any, mask: Any, out: Any) -> None:  # pragma: no cover - compiled
    """Each product's bits over one tile: all of the rows of its list."""
    place, one = np.uint64(0), np.uint64(1)
    firms = row_at(mask, 0)
    for product in range(len(out)):
        row = firms
        part = lists[place]
        while part != END:
            row = both(row, row_at(tile, part))
            place += one
            part = lists[place]
        place += one
        put_row(out, product, row)


@njit(cache=True, nogil=True, inline="always")
def _mask(begin, firms, mask):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Which places of a tile are firms."""
    for part in range(TILE_WORDS):
        left = firms - begin - part * 64
        if left >= 64:
            mask[part] = ~np.uint64(0)
        elif left <= 0:
            mask[part] = np.uint64(0)
        else:
            mask[part] = (np.uint64(1) << np.uint64(left)) - np.uint64(1)


@njit(cache=True, nogil=True)
def match_tiles(
    firms: int,
    cells: Any,
    sources: Any,
    ends: Any,
    table: Any,
    joined: int,
    clauses: Any,
    products: Any,
    out: Any,
) -> None:  # pragma: no cover - compiled
    """The firms of some tiles against every product: ``out[tile, product]`` are eight words of bits over firms.

    ``cells`` has a row an axis and is as long as the tiles; behind the last firm anything may stand. ``sources`` are an axis
    and where its table begins, ``ends`` where each word's sources end. ``clauses`` and ``products`` are lists of rows of a
    tile: comparisons stand first, then the ``joined`` clauses.
    """
    comparisons = 64 * len(ends)
    tile, mask = np.empty((comparisons + joined, TILE_WORDS), np.uint64), np.empty((1, TILE_WORDS), np.uint64)
    for number in range(len(out)):
        begin = number * 64 * TILE_WORDS
        _comparisons(begin, cells, sources, ends, table, tile)
        _clauses(tile, comparisons, clauses, joined)
        _mask(begin, firms, mask[0])
        _products(tile, products, mask, out[number])


@njit(cache=True, nogil=True)
def cheapest_of_tiles(
    firms: int, tiles: Any, by_cost: Any, costs: Any, cheapest: Any
) -> None:  # pragma: no cover - compiled
    """For the firms of some tiles the least cost among the products open to them.

    ``by_cost`` are products in ascending order of ``costs``; what no product of theirs is open to keeps what stands there.
    """
    products = tiles.shape[1] // 2
    mask, hits = np.empty((1, TILE_WORDS), np.uint64), np.empty((1, TILE_WORDS), np.uint64)
    for number in range(len(tiles)):
        begin = number * 64 * TILE_WORDS
        _mask(begin, firms, mask[0])
        waiting = row_at(mask, 0)
        for product in by_cost:
            hit = both(waiting, row_at(tiles[number], products + product))
            if not has_bits(hit):
                continue
            put_row(hits, 0, hit)
            for part in range(TILE_WORDS):
                bits = hits[0, part]
                while bits != 0:
                    cheapest[begin + part * 64 + lowest(bits)] = costs[product]
                    bits &= bits - np.uint64(1)
            waiting = without(waiting, hit)
            if not has_bits(waiting):
                break


@njit(cache=True, nogil=True)
def _by_firm(tile: Any, products: int, rows: Any) -> None:  # pragma: no cover - compiled
    """Turn a tile's bits so that products lie along the words: ``rows[group, firm % 64, firm // 64]``."""
    for group in range(len(rows)):
        some = tile[group * 64 : min(group * 64 + 64, products)]
        rows[group, : len(some)] = some
        rows[group, len(some) :] = 0
        turn(rows[group], 0)


@njit(cache=True, nogil=True)
def rank_tiles(
    firms: int, tiles: Any, orders: Any, places: Any, ordered: Any, nothing: int, best: Any
) -> None:  # pragma: no cover - compiled
    """For the firms of some tiles their first products: of those that surely pass, then of those that may.

    ``orders`` says for each firm which order is its own. ``places[order, product]`` is a product's place in it,
    ``ordered[order, place]`` the product in a place; ``nothing`` stands behind a
    firm's last.
    """
    products = tiles.shape[1] // 2
    groups = (products + 63) // 64
    # A row more than there are bits: else all groups of a firm would fall into one set of the cache.
    surely = np.empty((groups, 65, TILE_WORDS), np.uint64)
    perhaps = np.empty((groups, 65, TILE_WORDS), np.uint64)
    marks, room = np.zeros(2 * groups, np.uint64), np.empty(best.shape[1] + 3, best.dtype)
    for number in range(len(tiles)):
        _by_firm(tiles[number, :products], products, surely[:, :64])
        _by_firm(tiles[number, products:], products, perhaps[:, :64])
        begin = number * 64 * TILE_WORDS
        for place in range(64):
            for part in range(TILE_WORDS):
                firm = begin + part * 64 + place
                if firm < firms:
                    which = np.uint64(orders[firm])
                    _mark(surely, perhaps, place, part, places, which, marks)
                    _read(marks, ordered, which, room, best, firm, nothing)


# Whether a word has one more bit cannot be guessed, and a wrong guess costs more than the work for a bit. So some bits a
# turn are gone through whether they are there or not, and one that is not there leaves nothing.


@njit(cache=True, nogil=True, inline="always")
def _mark(surely, perhaps, place, part, places, order, marks):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Mark the place of each product of a firm: of those that surely pass in the first half, of others in the second."""
    half, six, one = np.uint64(len(marks) * 32), np.uint64(6), np.uint64(1)
    for group in range(len(perhaps)):
        bits, sure, first = perhaps[group, place, part], surely[group, place, part], np.uint64(group * 64)
        while bits != 0:
            for _ in range(3):
                bit = lowest(bits)
                at = np.uint64(places[order, first + bit]) + half * (one ^ ((sure >> bit) & one))
                marks[at >> six] |= np.uint64(bits != 0) << (at & np.uint64(63))
                bits &= bits - one


@njit(cache=True, nogil=True, inline="always")
def _read(marks, ordered, order, room, best, firm, nothing):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Write down the products of the marked places, as many as there is room for; no mark stays."""
    found, groups, one = np.uint64(0), len(marks) // 2, np.uint64(1)
    most = np.uint64(best.shape[1])
    for at in range(len(marks)):
        if found >= most:
            break
        bits, first = marks[at], np.uint64((at if at < groups else at - groups) * 64)
        for _ in range(3):
            room[found] = ordered[order, first + lowest(bits)]
            found += np.uint64(bits != 0)
            bits &= bits - one
        while bits != 0 and found < most:
            room[found] = ordered[order, first + lowest(bits)]
            found += one
            bits &= bits - one
    marks[:] = 0
    for at in range(most):
        best[firm, at] = room[at] if at < found else nothing
