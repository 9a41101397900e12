"""What processors can do and Numba does not offer, for the compiled loops: a tile's row as one value, the lowest bit's place.

A row is eight words of bits over 512 firms. Numba knows no vectors, and its compiler keeps eight words in eight
registers rather than in the one the processor has for them; LLVM knows them, and uses several registers where none is so wide.
Loads the compiler.
"""
# ruff: noqa: ARG001, ARG005 - Numba hands more to what writes an instruction than most need

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel.models import PrimitiveModel
from numba.core.extending import intrinsic, register_model

from matching.index.tiles import TILE_WORDS


def _instruction(written: Callable[..., Any]) -> Any:
    """What compiled loops call with other arguments than those it is written with."""
    return intrinsic(written)


_VECTOR = ir.VectorType(ir.IntType(64), TILE_WORDS)


class _RowType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="TileRow")


_ROW = _RowType()


@register_model(_RowType)
class _RowModel(PrimitiveModel):
    def __init__(self, manager: Any, kind: _RowType) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Where a row of an array of rows, one behind the other, begins."""
    data = context.make_array(kind)(context, builder, value=array).data
    return builder.gep(builder.bitcast(data, _VECTOR.as_pointer()), [at], inbounds=True)


@_instruction
def row_at(typing: Any, rows: Any, at: Any) -> Any:
    """The row in a place of a C-ordered array of rows."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = builder.load(_place(context, builder, signature.args[0], *arguments))
        found.align = 8
        return found

    return _ROW(rows, types.uintp), made


@_instruction
def put_row(typing: Any, rows: Any, at: Any, row: Any) -> Any:
    """Write a row into a place of a C-ordered array of rows."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], where, align=8)
        return context.get_dummy_value()

    return types.void(rows, types.uintp, _ROW), made


@_instruction
def both(typing: Any, one: Any, other: Any) -> Any:
    """The bits that both rows have."""
    return _ROW(_ROW, _ROW), lambda context, builder, signature, arguments: builder.and_(*arguments)


@_instruction
def either(typing: Any, one: Any, other: Any) -> Any:
    """The bits that one row has, or the other."""
    return _ROW(_ROW, _ROW), lambda context, builder, signature, arguments: builder.or_(*arguments)


@_instruction
def no_row(typing: Any) -> Any:
    """A row without a bit."""
    return _ROW(), lambda context, builder, signature, arguments: ir.Constant(_VECTOR, None)


@_instruction
def without(typing: Any, one: Any, other: Any) -> Any:
    """The bits of one row that the other does not have."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.and_(arguments[0], builder.not_(arguments[1]))

    return _ROW(_ROW, _ROW), made


@_instruction
def has_bits(typing: Any, row: Any) -> Any:
    """Whether a row has any bit."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = ir.IntType(64 * TILE_WORDS)
        return builder.icmp_unsigned("!=", builder.bitcast(arguments[0], whole), ir.Constant(whole, 0))

    return types.boolean(_ROW), made


@_instruction
def lowest(typing: Any, word: Any) -> Any:
    """The place of a word's lowest bit; some place where it has none."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))
        return builder.and_(found, ir.Constant(ir.IntType(64), 63))

    return types.uint64(types.uint64), made


_STEPS = (
    (32, 0x00000000FFFFFFFF),
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


@_instruction
def turn(typing: Any, rows: Any, first: Any) -> Any:
    """Turn eight blocks of 64 words, side by side in 64 rows, about their diagonals (Warren, Hacker's Delight, 7-3).

    Of the six steps three at a time need eight rows only, which stay in registers meanwhile.
    """

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        begin = _place(context, builder, signature.args[0], *arguments)
        for steps, groups in (
            (_STEPS[:3], [range(n, 64, 8) for n in range(8)]),
            (_STEPS[3:], [range(n, n + 8) for n in range(0, 64, 8)]),
        ):
            for group in groups:
                _turn_group(builder, begin, steps, group)
        return context.get_dummy_value()

    return types.void(rows, types.uintp), made


def _turn_group(builder: Any, begin: Any, steps: Any, group: range) -> None:
    places = {n: builder.gep(begin, [ir.Constant(ir.IntType(64), n)], inbounds=True) for n in group}
    held = {}
    for n, place in places.items():
        held[n] = builder.load(place)
        held[n].align = 8
    for width, mask in steps:
        kept, shift = (ir.Constant(_VECTOR, [number] * TILE_WORDS) for number in (mask, width))
        for n in group:
            if n & width:
                continue
            upper, lower = held[n], held[n + width]
            swap = builder.and_(builder.xor(builder.lshr(upper, shift), lower), kept)
            held[n + width] = builder.xor(lower, swap)
            held[n] = builder.xor(upper, builder.shl(swap, shift))
    for n, place in places.items():
        builder.store(held[n], place, align=8)
