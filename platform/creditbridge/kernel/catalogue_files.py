"""Where the catalogues of a room lie: with its code, or in a folder of catalogues as they were at an earlier time.

A past finding is worked out again by the catalogues it was found with. A process of its own does that: the first thing it
does is :func:`read_from`, and every room's catalogues are then those of the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

_kept: list[Path] = []


def read_from(folder: Path) -> None:
    """Read the catalogues of every package from a folder, in this process and from now on: before any is read.

    Args:
        folder: holds a folder for each package, called as the package is.
    """
    _kept[:] = [folder]


def kept() -> Path | None:
    """The folder that catalogues are read from in this process; None for those that lie with the code."""
    return _kept[0] if _kept else None


def data_of(package: str) -> Traversable:
    """The folder ``data`` of a package such as ``creditbridge.scoring``."""
    if _kept:
        return _kept[0] / package
    return resources.files(package).joinpath("data")


def files_of(package: str) -> Iterator[tuple[str, Traversable]]:
    """Every file of it with its path, in the order of the paths' parts."""
    return _within(data_of(package), "")


def _within(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _within(entry, below)
        else:
            yield below, entry
