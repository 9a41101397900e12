"""How much of a file is read at most. What is beyond is refused before it costs memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one file.

    ``file_bytes`` is the size as sent; ``unpacked_bytes`` and ``members`` bound what an XLSX unpacks to. A long sheet is
    read in pieces: ``held_bytes`` bounds the texts that are held at once, and ``cells`` the rectangle that the used cells
    of a piece span, since a reader allocates all of it.
    """

    file_bytes: int = 20 * MIB
    rows: int = 200_000
    columns: int = 200
    cell_chars: int = 32_767
    unpacked_bytes: int = 200 * MIB
    held_bytes: int = 200 * MIB
    members: int = 500
    cells: int = 5_000_000


UPLOAD: Final = Limits()
"""For files that come through a page or the API."""

OPERATOR: Final = Limits(file_bytes=4096 * MIB, rows=20_000_000, unpacked_bytes=4096 * MIB)
"""For files an operator of the installation loads from the command line; they are streamed."""
