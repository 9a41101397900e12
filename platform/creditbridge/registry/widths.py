"""Full-width signs of Chinese input read as the half-width ones they stand for."""

from __future__ import annotations

_OFFSET = 0xFEE0
# One by one: Unicode's compatibility forms would also turn 10² into 102.
_HALF = {wide: wide - _OFFSET for wide in range(0xFF01, 0xFF5F)} | {ord("￥"): ord("¥"), ord("￡"): ord("£")}
_SPACES = dict.fromkeys((0x3000, 0x00A0, 0x2002, 0x2003, 0x2007, 0x2009, 0x202F), " ")


def half_width(text: str) -> str:
    """The text with full-width Latin letters, digits, signs and wide spaces as half-width ones, trimmed."""
    if text.isascii():
        return text.strip()
    return text.translate(_HALF).translate(_SPACES).strip()
