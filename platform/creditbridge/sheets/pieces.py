"""Reading a long sheet of an XLSX piece by piece: the native reader holds every cell of what it is given.

Each piece is a small workbook in memory: the package without its other sheets, and of the sheet its beginning, some
rows, and the closing tags.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import BinaryIO

from creditbridge.sheets.packages import Handler, Layout, parse

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_KEPT = (".xml", ".rels")


class _Targets(Handler):
    """Which member each relation leads to, by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            self.found[attributes.get("Id", "")] = attributes.get("Target", "")


class _Sheets(Handler):
    """The relation of each sheet, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            ids = [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]
            self.found[attributes.get("name", "")] = ids[0] if ids else ""


def members_of_sheets(stream: BinaryIO) -> dict[str, str]:
    """The member that holds each sheet, in small letters, by the sheet's name; without those that are not there."""
    package = zipfile.ZipFile(stream)
    sheets, targets = _Sheets(), _Targets()
    try:
        parse([package.read(_WORKBOOK)], sheets)
        parse([package.read(_RELATIONS)], targets)
    except KeyError:
        return {}
    there = {name.lower() for name in package.namelist()}
    named = {
        name: posixpath.normpath(posixpath.join("/xl", targets.found.get(relation, ""))).lstrip("/").lower()
        for name, relation in sheets.found.items()
    }
    return {name: member for name, member in named.items() if member in there}


def without_sheets(stream: BinaryIO, layouts: Sequence[Layout]) -> bytes:
    """The package without its sheets and pictures, which says all the same what sheets it has."""
    left_out = {one.name for one in layouts}
    package = zipfile.ZipFile(stream)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name in package.namelist():
            if name not in left_out and name.lower().endswith(_KEPT):
                written.writestr(name, package.read(name))
    return out.getvalue()


def pieces(stream: BinaryIO, sheet: Layout, frame: bytes) -> Iterator[tuple[int, BinaryIO]]:
    """The pieces of a sheet, each as a workbook, and how many rows are before it; ``frame`` is the package without sheets."""
    with zipfile.ZipFile(stream).open(sheet.name) as xml:
        head = xml.read(sheet.cuts[0][0])
        closing = sheet.closing.encode()
        for (begin, before), (end, _) in pairwise([*sheet.cuts, (sheet.end, 0)]):
            piece = io.BytesIO(frame)
            with zipfile.ZipFile(piece, "a") as written:
                written.writestr(sheet.name, head + xml.read(end - begin) + closing)
            piece.seek(0)
            yield before, piece
