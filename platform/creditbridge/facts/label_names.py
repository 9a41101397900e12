"""Names of labels. The room that keeps the catalogue of labels lies above and tells them here when a process starts."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words

_named: dict[str, Words] = {}


def name_labels_with(names: Mapping[str, Words]) -> None:
    """Tell the names of all labels that may be matched; those told before are forgotten."""
    _named.clear()
    _named.update(names)


def are_told() -> bool:
    """Whether the names are known here: they are not where only single rooms are loaded."""
    return bool(_named)


def label_name(code: str) -> Words | None:
    """The name of a label; None if nobody told it."""
    return _named.get(code)


def label_of(text: str) -> str | None:
    """The code of the label with this code or name; None if there is none."""
    wanted = text.strip()
    if wanted in _named:
        return wanted
    plain = _plain(wanted)
    return next(
        (code for code, words in _named.items() if plain in (_plain(words.zh), _plain(words.en))), None
    )


def _plain(text: str) -> str:
    """Without the spaces between Chinese and Latin, which people leave out."""
    return text.replace(" ", "").casefold()
