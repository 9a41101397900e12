"""Looking into an XLSX package before anything unpacks it: sizes, entities, the rectangle of cells, where a sheet is cut.

The sizes a zip declares can lie, so every member is inflated here with a counter that stops at the cap. A sheet
with one cell in the first and one in the last corner makes a reader allocate 17 billion cells, and one long
shared string may stand in every cell, so cells are counted and their text is summed as well.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO
from xml.parsers import expat

from creditbridge.sheets.limits import MIB, Limits
from creditbridge.sheets.refusals import refusal

PIECE = 4 * MIB
"""So much of a sheet's XML is read at once, unless its shared texts are longer."""
_DEPTH_OF_ROWS = 3
_MOST_DIGITS = 7
_LONGEST_INDEX = 32
_CHUNK = 64 * 1024
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x1
# What the standard library raises over broken packages; NotImplementedError for zip versions
# to come, LookupError for unknown encodings of XML.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    OSError,
    ValueError,
    EOFError,
    NotImplementedError,
    LookupError,
)
_XML_STARTS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)


@dataclass(slots=True)
class Layout:
    """Where the rows of a sheet lie in its XML.

    Attributes:
        name: of the member.
        used: whether any cell holds something.
        cuts: before which row a new piece may begin: the byte, and how many rows are before it. The first is the first row.
        end: the byte behind the last row.
        closing: the tags that are open there, closed.
    """

    name: str
    used: bool = False
    cuts: list[tuple[int, int]] = field(default_factory=list)
    end: int = 0
    closing: str = ""

    @property
    def is_long(self) -> bool:
        """Whether it is more than one piece."""
        return len(self.cuts) > 1


def inspect(stream: BinaryIO, limits: Limits) -> list[Layout]:
    """Refuse a package that is damaged, protected, too large once unpacked, or unsafe; answer what sheets it has.

    Raises:
        InvalidInput: file_damaged, file_protected, file_unpacks_too_large, file_unsafe, too_many_columns.
    """
    try:
        members = zipfile.ZipFile(stream).infolist()
        if len(members) > limits.members:
            raise refusal("file_unpacks_too_large")
        return _Inspection(stream, limits).run(members)
    except _DAMAGE as error:
        raise refusal("file_damaged") from error
    finally:
        stream.seek(0)


class Handler:
    """What is told of each element of an XML, by its local name.

    ``opened`` are the outermost elements that are open, as they are written; ``place`` says at which byte the parser is.
    """

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.depth = 0
        self.place: Callable[[], int] = int

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def text(self, data: str) -> None:
        """Some text, maybe not all, of the element that is open."""

    def end(self, name: str) -> None:
        """An element ends."""


class _Inspection:
    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._unpacked = 0
        self._text = _SharedText()
        self._piece = PIECE
        self._layouts: list[Layout] = []

    def run(self, members: list[zipfile.ZipInfo]) -> list[Layout]:
        # The shared texts first: the sheets point into them.
        for member in sorted(members, key=lambda each: "sharedstrings" not in each.filename.lower()):
            if member.filename.lower().endswith("sharedstrings.xml"):
                parse(self._inflate(member), self._text)
                self._piece = _piece_of(self._unpacked)
                if self._unpacked > self._limits.held_bytes:
                    raise refusal("file_unpacks_too_large")
            else:
                self._look_for_cells(member)
        return self._layouts

    def _look_for_cells(self, member: zipfile.ZipInfo) -> None:
        """A sheet may lie under any name, so everything that begins like XML is looked through."""
        chunks = self._inflate(member)
        first = next(chunks, b"")
        if not first.lstrip().startswith(_XML_STARTS):
            for _ in chunks:
                pass
            return
        try:
            layout = Layout(member.filename)
            parse(
                chain((first,), chunks), _SheetBounds(self._limits, self._text.lengths, layout, self._piece)
            )
            if layout.cuts:
                self._layouts.append(layout)
        except expat.ExpatError:
            # Old drawings of comments are not well-formed, and nothing reads them.
            if not member.filename.lower().endswith(".vml"):
                raise

    def _inflate(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        if member.flag_bits & _ENCRYPTED:
            raise refusal("file_protected")
        self._stream.seek(member.header_offset)
        magic, name_length, extra_length = _LOCAL_HEADER.unpack(self._stream.read(_LOCAL_HEADER.size))
        if magic != _LOCAL_MAGIC or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refusal("file_damaged")
        self._stream.seek(name_length + extra_length, io.SEEK_CUR)
        packed = self._packed(member.compress_size)
        for chunk in packed if member.compress_type == zipfile.ZIP_STORED else _inflated(packed):
            self._unpacked += len(chunk)
            if self._unpacked > self._limits.unpacked_bytes:
                raise refusal("file_unpacks_too_large")
            yield chunk

    def _packed(self, size: int) -> Iterator[bytes]:
        while size > 0:
            chunk = self._stream.read(min(size, _CHUNK))
            if not chunk:
                raise refusal("file_damaged")
            size -= len(chunk)
            yield chunk


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for chunk in packed:
        rest = chunk
        while rest and not inflater.eof:
            yield inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
    if not inflater.eof:
        raise refusal("file_damaged")


def _piece_of(shared: int) -> int:
    """How long a piece is: each is read with all shared texts, so there are few where these are long."""
    return max(PIECE, shared // 2)


class _SharedText(Handler):
    """Collects the length of each shared text."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths = array("q")

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "si":
            self.lengths.append(0)

    def text(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)


class _SheetBounds(Handler):
    """Follows the used cells of a sheet, cuts it into pieces and refuses those that would unpack beyond the limits."""

    def __init__(self, limits: Limits, lengths: array[int], layout: Layout, piece: int) -> None:
        self._limits = limits
        self._lengths = lengths
        self._layout = layout
        self._piece = piece
        super().__init__()
        self._row, self._column, self._shared = 0, 0, False
        self._value = ""
        self._columns: dict[str, int] = {}
        self._most_chars = min(limits.held_bytes, limits.unpacked_bytes)
        self._begin_piece()

    def _begin_piece(self) -> None:
        self._top, self._left, self._bottom, self._right = 1 << 30, 1 << 30, 0, 0
        self._chars = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._cut()
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif name == "c":
            self._place(attributes.get("r"))
            self._shared = attributes.get("t") == "s"
            self._value = ""

    def _cut(self) -> None:
        """Let a piece begin here where the last is long enough; what else is called a row is none of the sheet's."""
        if self.depth != _DEPTH_OF_ROWS or self._layout.end or not self._is_sheet():
            return
        at, cuts = self.place(), self._layout.cuts
        if not cuts or at - cuts[-1][0] >= self._piece:
            cuts.append((at, self._row))
            self._begin_piece()

    def _is_sheet(self) -> bool:
        return self.opened[-1].rpartition(":")[2] == "sheetData"

    def text(self, data: str) -> None:
        if self._shared and len(self._value) < _LONGEST_INDEX:
            self._value += data[:_LONGEST_INDEX]

    def end(self, name: str) -> None:
        if name in ("v", "is") and self._column:
            self._use()
        elif name == "sheetData" and not self._layout.end and self.depth == _DEPTH_OF_ROWS - 1:
            self._layout.end = self.place()
            self._layout.closing = "".join(f"</{one}>" for one in reversed(self.opened))

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
            return
        letters = reference.rstrip("0123456789")
        row = reference[len(letters) :]
        column = self._columns.get(letters)
        if column is None or not 0 < len(row) <= _MOST_DIGITS:
            match = _REFERENCE.fullmatch(reference.upper())
            if match is None:
                raise refusal("file_damaged")
            column = 0
            for letter in match.group(1):
                column = column * 26 + ord(letter) - 64
            self._columns[letters] = column
        self._column, self._row = column, int(row)

    def _use(self) -> None:
        row, column = self._row, self._column
        if not (self._top <= row <= self._bottom and self._left <= column <= self._right):
            self._widen(row, column)
        if self._shared:
            value = self._value.strip()
            if value.isascii() and value.isdigit():
                index = int(value)
                self._chars += self._lengths[index] if index < len(self._lengths) else 0
                if self._chars > self._most_chars:
                    raise refusal("file_unpacks_too_large")

    def _widen(self, row: int, column: int) -> None:
        """Let the rectangle hold a cell outside it."""
        self._layout.used = True
        self._top, self._bottom = min(self._top, row), max(self._bottom, row)
        self._left, self._right = min(self._left, column), max(self._right, column)
        width = self._right - self._left + 1
        if width > self._limits.columns:
            raise refusal("too_many_columns", limit=self._limits.columns)
        if (self._bottom - self._top + 1) * width > self._limits.cells:
            raise refusal("file_unpacks_too_large")


class _LocalNames(dict[str, str]):
    """Names without their prefix, each looked at once."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(":")[2]
        return self[name]


def parse(chunks: Iterable[bytes], handler: Handler) -> None:
    """Run XML through a handler by local names; a document type is refused before it can define anything."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    local = _LocalNames()
    opened = handler.opened

    def start(name: str, attributes: dict[str, str]) -> None:
        handler.depth += 1
        if handler.depth < _DEPTH_OF_ROWS:
            opened.append(name)
        handler.start(local[name], attributes)

    def end(name: str) -> None:
        handler.end(local[name])
        handler.depth -= 1
        if handler.depth < _DEPTH_OF_ROWS - 1:
            opened.pop()

    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    handler.place = lambda: parser.CurrentByteIndex
    for chunk in chunks:
        parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by place
    parser.Parse(b"", True)  # noqa: FBT003


def _refuse_doctype(*_: object) -> None:
    raise refusal("file_unsafe")
