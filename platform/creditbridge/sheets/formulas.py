"""Text that a spreadsheet would run as a formula: made harmless when written, restored when read back."""

from __future__ import annotations

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_SKIPPED = " \u00a0\u2007\u202f\u3000\u200b\u200c\u200d\u2060\ufeff\u2028\u2029\x0b\x0c"
"""Blanks a program may skip before it looks whether there is a formula."""
_MARK = "'"


def neutral(text: str) -> str:
    """The text with a leading apostrophe if a spreadsheet could take it for a formula. A lone sign is left alone."""
    if _may_run(text) or _is_marked(text):
        return _MARK + text
    return text


def original(text: str) -> str:
    """What :func:`neutral` was given."""
    return text[1:] if _is_marked(text) else text


def _is_marked(text: str) -> bool:
    return text.startswith(_MARK) and _may_run(text.lstrip(_MARK))


def _may_run(text: str) -> bool:
    return len(text) > 1 and text.lstrip(_SKIPPED).startswith(_STARTERS)
