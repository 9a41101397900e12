"""Who sees which label. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from creditbridge.kernel.words import Words
from creditbridge.labels.catalogue import Label, Nature

SMALLEST_SHOWN = 5
"""Anybody but the platform is not told how many firms carry a label when they are fewer (domain.md 4.15)."""


class Viewer(StrEnum):
    """Who looks. A lender sees labels only after the door of disclosure has opened the firm's evaluation for it."""

    PLATFORM = "platform"
    FIRM = "firm"
    LENDER = "lender"
    ANYONE = "anyone"


class Ending(StrEnum):
    """Why a firm no longer carries a label."""

    WITHDRAWN = "withdrawn"
    RETIRED = "retired"


ENDING_WORDS: Mapping[Ending, Words] = {
    Ending.WITHDRAWN: Words("依据不再成立", "What it rested on no longer holds"),
    Ending.RETIRED: Words("标签已停用", "The label was retired"),
}

_SEEN: Mapping[Viewer, frozenset[Nature]] = {
    Viewer.PLATFORM: frozenset(Nature),
    Viewer.FIRM: frozenset({Nature.PUBLIC, Nature.AUTHORISED}),
    Viewer.LENDER: frozenset({Nature.PUBLIC, Nature.AUTHORISED}),
    Viewer.ANYONE: frozenset({Nature.PUBLIC}),
}


def may_see(viewer: Viewer, label: Label) -> bool:
    """Whether somebody may see that a firm carries a label."""
    return label.nature in _SEEN[viewer]
