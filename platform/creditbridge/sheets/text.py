"""Reading tables from text: which encoding, which delimiter, are quotes quotes; then row by row."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from creditbridge.sheets.limits import Limits
from creditbridge.sheets.refusals import refusal

HEADER_WITHIN = 10
"""Among so many rows that are not empty headings are looked for."""
_CHUNK = 1024 * 1024
_DELIMITERS = ("\t", ",", ";")
_BOM = codecs.BOM_UTF8
# Chinese text in GB18030 all but never reads as UTF-8 for this long: what breaks later is damaged UTF-8.
_SURELY_UTF8 = 8


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How a text file is written. ``quoted`` tells whether ``"`` encloses cells or is an ordinary sign."""

    encoding: str
    delimiter: str
    quoted: bool


def detect(stream: BinaryIO) -> TextFormat:
    """Read the whole stream once and say how it is written; the stream is left at its start.

    Raises:
        InvalidInput: file_empty, file_encoding, file_truncated.
    """
    encoding = _encoding(stream)
    stream.seek(0)
    lines = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        begun = list(islice((line for line in lines if line.strip()), HEADER_WITHIN))
        if not begun:
            raise refusal("file_empty")
        # A title above the headings has no cells to be told apart.
        parted = (place for place, line in enumerate(begun) if any(_count(line, one) for one in _DELIMITERS))
        place = next(parted, 0)
        first = begun[place]
        lines_after = chain(begun[place + 1 :], lines)
        delimiter = max(_DELIMITERS, key=lambda sign: _count(first, sign))
        quoted = delimiter != "\t" or _tab_cells_are_quoted(first, lines_after)
    finally:
        lines.detach()
    stream.seek(0)
    return TextFormat(encoding, delimiter, quoted)


def read(stream: BinaryIO, form: TextFormat, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line it begins on.

    Raises:
        InvalidInput: file_quotes, cell_too_long.
    """
    lines = io.TextIOWrapper(stream, encoding=form.encoding, newline="")
    if form.quoted:
        reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=form.delimiter, quoting=csv.QUOTE_NONE, quotechar=None)
    line = 1
    try:
        for record in reader:
            if any(len(cell) > limits.cell_chars for cell in record):
                raise refusal("cell_too_long", line=line, limit=limits.cell_chars)
            yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            raise refusal("cell_too_long", line=line, limit=limits.cell_chars) from error
        raise refusal("file_quotes", line=line) from error
    finally:
        # Rows left unread are dropped after their file was closed.
        if not stream.closed:
            lines.detach()


def _count(header: str, sign: str) -> int:
    """How often a sign stands outside quotes."""
    return sum(part.count(sign) for part in header.split('"')[::2])


def _tab_cells_are_quoted(first: str, rest: Iterator[str]) -> bool:
    """Whether a tab-separated file encloses cells in quotes.

    Programs that write tabs mostly quote nothing, and a name may begin with a quote. When every line already
    has all its cells, quotes enclose only if each cell that begins with one is a well-formed quoted cell.
    """
    width = first.count("\t")
    well_formed = True
    for line in chain((first,), rest):
        if '"' not in line:
            continue
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) != width + 1 and any(_opens_only(cell) for cell in cells):
            return True  # a cell that goes on in the next line
        well_formed = well_formed and all(_is_quoted_or_plain(cell) for cell in cells)
    return well_formed


def _opens_only(cell: str) -> bool:
    return cell.startswith('"') and cell.count('"') % 2 == 1


def _is_quoted_or_plain(cell: str) -> bool:
    if not cell.startswith('"'):
        return True
    inner = cell[1:-1].replace('""', "")
    return len(cell) >= 2 and cell.endswith('"') and '"' not in inner


def _encoding(stream: BinaryIO) -> str:
    if stream.read(len(_BOM)) == _BOM:
        failure = _failure(stream, "utf-8")
        if failure is None:
            return "utf-8-sig"
        raise _unreadable(failure)
    failure = _failure(stream, "utf-8")
    if failure is None:
        return "utf-8"
    if failure.chinese >= _SURELY_UTF8 or _failure(stream, "gb18030") is not None:
        raise _unreadable(failure)
    return "gb18030"


@dataclass(frozen=True, slots=True)
class _Failure:
    line: int
    chinese: int
    at_end: bool


def _failure(stream: BinaryIO, encoding: str) -> _Failure | None:
    """Where the bytes stop being text of an encoding, or None if they never do."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    line, chinese = 1, 0
    while True:
        chunk = stream.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding, "ignore")
            return _Failure(line + before.count("\n"), chinese + _chinese(before), at_end=not chunk)
        if "\0" in text:
            return _Failure(line + text[: text.index("\0")].count("\n"), 0, at_end=False)
        line += text.count("\n")
        chinese += _chinese(text) if chinese < _SURELY_UTF8 else 0
        if not chunk:
            return None


def _chinese(text: str) -> int:
    return sum("\u3400" <= sign <= "\u9fff" for sign in text)


def _unreadable(failure: _Failure) -> Exception:
    return refusal("file_truncated" if failure.at_end else "file_encoding", line=failure.line)
