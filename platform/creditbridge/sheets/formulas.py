"""Text that a spreadsheet would run as a formula: made harmless when written, restored when read back."""

from __future__ import annotations

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_MARK = "'"


def neutral(text: str) -> str:
    """The text with a leading apostrophe if a spreadsheet could take it for a formula. A lone sign is left alone."""
    if len(text) > 1 and (text.startswith(_STARTERS) or _is_marked(text)):
        return _MARK + text
    return text


def original(text: str) -> str:
    """What :func:`neutral` was given."""
    return text[1:] if _is_marked(text) else text


def _is_marked(text: str) -> bool:
    inner = text.lstrip(_MARK)
    return text.startswith(_MARK) and len(inner) > 1 and inner.startswith(_STARTERS)
