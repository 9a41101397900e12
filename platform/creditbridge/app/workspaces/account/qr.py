"""A QR code as the path of an inline SVG: no image file, no inline style."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode


@dataclass(frozen=True, slots=True)
class QrPath:
    """``d`` of an SVG path and the side of its view box, quiet zone included."""

    d: str
    side: int


def path(text: str) -> QrPath:
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    dots = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return QrPath("".join(dots), len(matrix))
